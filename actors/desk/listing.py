"""A member's lists of threads: worked out once, then only brought up to date with what was announced since.

Keeps keys in order, never rows: what a row says is read anew for each window.
"""

from array import array
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from actors.desk.asking import asked
from actors.desk.keeping_lists import KeptLists, Moment
from store.model.ids import ClientKey
from store.model.people import ClientRow, ContactPage
from store.model.views import FolderRow, ThreadQuery, View
from store.vault.queries import lists, people_lists, search, views
from store.vault.queries.names import all_client_names, visible_client
from store.vault.queries.sight import Sight
from store.vault.queries.told import last_announced

VIEWS: Final = (
    View.INBOX, View.WAITING, View.CC, View.ASSIGNED, View.UNFILED, View.AMBIGUOUS, View.SNOOZED, View.DONE, View.SENT,
    View.DELETED, View.ALL,
)  # fmt: skip
GRACE_SECONDS: Final = 30  # how long what hangs on a filing in grace is kept
_CODES: Final = {
    View.INBOX: lists.TO_ANSWER, View.WAITING: lists.WAITING, View.CC: lists.IN_COPY, View.DONE: lists.DONE,
}  # fmt: skip
_IN_SIGHT: Final = frozenset({View.INBOX, View.WAITING, View.CC})  # without what the reader has put off

Answer = TypeVar("Answer")


class InFolder(NamedTuple):
    """What a reader sees in a client's folder, in threads; `last`: seconds of its newest email."""

    threads: int = 0
    to_answer: int = 0
    unread: int = 0
    last: int | None = None


class Lists:
    """Of one reader, within one snapshot."""

    def __init__(self, sight: Sight, kept: KeptLists) -> None:
        self._sight = sight
        self._kept = kept
        self._moment = Moment(sight.scope.generation, last_announced(sight))

    # ---- Threads

    def of(self, query: ThreadQuery) -> "array[int]":
        """The threads that are asked for, newest first."""
        if query.client is None and not query.text.strip():
            return self._view(query.view)
        return self._keep(("list", query), lambda: self._narrowed(query), until=lambda _: self._any_due())

    def _narrowed(self, query: ThreadQuery) -> "array[int]":
        found = self._view(query.view)
        if query.client is not None:
            folder = self._client(query.client)
            if query.view is View.ALL:
                found = folder
            else:
                also = frozenset(found)
                found = array("q", [thread for thread in folder if thread in also])
        if query.text.strip():
            wanted, _words = asked(query.text, now=self._sight.now)
            with self._sight.deadline():
                hit = search.threads(self._sight, wanted)
            found = array("q", [thread for thread in found if thread in hit])
        return found

    def _client(self, word: str) -> "array[int]":
        sight = self._sight
        key = visible_client(sight, word)
        folder = lists.client_folder(sight, key)
        return self._places(("client", key), folder, lambda: lists.client_threads(sight, key))

    def _view(self, view: View) -> "array[int]":
        sight = self._sight
        match view:
            case View.ALL:
                return self._listing().threads
            case View.UNFILED:
                return self._places(view, lists.unfiled_folder(sight), lambda: lists.unfiled_threads(sight))
            case View.AMBIGUOUS:
                return self._places(view, lists.ambiguous_folder(sight), lambda: lists.ambiguous_threads(sight))
            case View.SENT:
                return self._places(view, views.sent_folder(), lambda: views.sent_threads(sight))
            case View.DELETED:
                return self._deleted()
            case View.SNOOZED:
                return self._keep(view, lambda: self._listing().among(self._snoozed()), until=lambda _: self._due())
            case View.ASSIGNED:
                return self._keep(view, lambda: self._listing().among(self._assigned(), but=lists.DONE))
            case _:
                return self._keep(view, lambda: self._in_state(view), until=lambda _: self._due())

    def _in_state(self, view: View) -> "array[int]":
        return self._listing().of(_CODES[view], without=self._snoozed() if view in _IN_SIGHT else ())

    def _snoozed(self) -> dict[int, int]:
        """Thread → until when it is out of the reader's sight."""
        sight = self._sight

        def again(old: dict[int, int], then: Moment) -> dict[int, int] | None:
            changed = self._changed(then)
            return None if changed is None else views.snoozed_again(sight, old, changed)

        return self._keep(("marks", "snoozed"), lambda: views.snoozed_threads(sight), again, until=_first)

    def _due(self) -> int | None:
        """When the next thread comes back into sight."""
        return _first(self._snoozed())

    def _any_due(self) -> int | None:
        """When time alone changes any of the views."""
        return min((at for at in (self._due(), views.deleted_until(self._sight)) if at is not None), default=None)

    def _assigned(self) -> frozenset[int]:
        """The threads that the reader answers for."""
        sight = self._sight

        def again(old: frozenset[int], then: Moment) -> frozenset[int] | None:
            changed = self._changed(then)
            return None if changed is None else (old - changed) | views.assigned(sight, changed)

        return self._keep(("marks", "assigned"), lambda: views.assigned_threads(sight), again)

    def _deleted(self) -> "array[int]":
        left = self._sight.with_left()
        folder = views.deleted_folder(left)

        def again(old: lists.Places, then: Moment) -> lists.Places | None:
            changed = self._changed(then)
            return None if changed is None else folder.again(left, old, changed)

        kept = self._keep(
            View.DELETED, lambda: views.deleted_threads(left), again, until=lambda _: views.deleted_until(left)
        )
        return kept.threads

    def _listing(self) -> lists.Listing:
        def again(old: lists.Listing, then: Moment) -> lists.Listing | None:
            changed = self._changed(then)
            return None if changed is None else lists.listing_again(self._sight, old, changed)

        return self._keep("listing", lambda: lists.listing(self._sight), again)

    def _places(self, what: Hashable, folder: lists.Folder, make: Callable[[], lists.Places]) -> "array[int]":
        def again(old: lists.Places, then: Moment) -> lists.Places | None:
            changed = self._changed(then)
            return None if changed is None else folder.again(self._sight, old, changed)

        return self._keep(what, make, again).threads

    def _changed(self, then: Moment) -> frozenset[int] | None:
        return lists.changed_threads(self._sight, since=then.announced, last=self._moment.announced)

    def _keep(
        self,
        what: Hashable,
        make: Callable[[], Answer],
        again: Callable[[Answer, Moment], Answer | None] = lambda _old, _then: None,
        *,
        until: Callable[[Answer], int | None] = lambda _: None,
    ) -> Answer:
        sight = self._sight

        def next_moment(value: Answer) -> int | None:
            in_grace = sight.now + GRACE_SECONDS if lists.has_partial(sight) else None
            return min((at for at in (in_grace, until(value)) if at is not None), default=None)

        return self._kept.get(
            sight.scope.member,
            what,
            self._moment,
            make,
            now=sight.now,
            until=next_moment,
            again=again,
        )

    # ---- Folders

    def folders(self) -> tuple[FolderRow, ...]:
        """The left pane."""
        return self._keep("folders", self._folders, until=lambda _: self._any_due())

    def _folders(self) -> tuple[FolderRow, ...]:
        whole = self._listing()
        to_answer = frozenset(self._view(View.INBOX))
        of_views = [FolderRow(view=view, **_counts(self._view(view), to_answer, whole.unread)) for view in VIEWS]
        by_client = lists.clients_threads(self._sight)
        names = all_client_names(self._sight)
        clients = [
            FolderRow(client=named, **_counts(by_client.get(key, []), to_answer, whole.unread))
            for key, named in sorted(names.items(), key=lambda item: (item[1].name.casefold(), item[1].name))
        ]
        return (*of_views, *clients)

    # ---- Clients and contacts

    def client_rows(self, text: str) -> Sequence[ClientRow]:
        """The clients by name, of which every word of the text stands in name or tags."""
        rows = self._keep("clients", self._client_rows, until=lambda _: self._any_due())
        return people_lists.fitting(text, rows, lambda row: (row.name, *row.tags))

    def _client_rows(self) -> tuple[ClientRow, ...]:
        return people_lists.client_rows(self._sight, self.in_folders())

    def in_folders(self) -> dict[ClientKey, InFolder]:
        """What the reader sees in each client's folder."""
        return self._keep("in folders", self._in_folders, until=lambda _: self._any_due())

    def _in_folders(self) -> dict[ClientKey, InFolder]:
        to_answer, unread = frozenset(self._view(View.INBOX)), self._listing().unread
        last = people_lists.last_mail(self._sight)
        return {
            client: InFolder(
                len(threads), len(to_answer.intersection(threads)), len(unread.intersection(threads)), last.get(client)
            )
            for client, threads in lists.clients_threads(self._sight).items()
        }

    def contact_entries(self) -> Sequence[people_lists.ContactEntry]:
        """All that the reader may know, by name."""

        def again(
            old: tuple[people_lists.ContactEntry, ...], then: Moment
        ) -> tuple[people_lists.ContactEntry, ...] | None:
            return old if people_lists.same_people(self._sight, since=then.announced) else None

        return self._keep("contacts", lambda: people_lists.contact_entries(self._sight), again)

    def contact_page(self, text: str, client: ClientKey | None, *, offset: int, limit: int) -> ContactPage:
        """A window of the contacts by name: a client's alone, or those in whose name or addresses every word stands."""
        kept = self.contact_entries()
        if client is not None:
            linked = people_lists.linked_with(self._sight, client)
            kept = tuple(entry for entry in kept if entry.contact in linked)
        found = people_lists.containing(text, kept)
        window = [entry.contact for entry in found[offset : offset + limit]]
        return ContactPage(rows=people_lists.contacts(self._sight, window), total=len(found))


def _first(snoozed: Mapping[int, int]) -> int | None:
    return min(snoozed.values(), default=None)


def _counts(threads: Sequence[int], to_answer: frozenset[int], unread: frozenset[int]) -> dict[str, Any]:
    return {
        "threads": len(threads),
        "to_answer": len(to_answer.intersection(threads)),
        "unread": not unread.isdisjoint(threads),
    }
