"""A member's lists of threads: worked out once, then only brought up to date with what was announced since.

Keeps keys in order, never rows: what a row says is read anew for each window.
"""

from array import array
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, TypeVar

from actors.desk.asking import asked
from actors.desk.keeping_lists import KeptLists, Moment
from store.model.views import FolderRow, ThreadQuery, View
from store.vault.queries import lists, search
from store.vault.queries.names import all_client_names, visible_client
from store.vault.queries.sight import Sight
from store.vault.queries.told import last_announced

VIEWS: Final = (View.INBOX, View.WAITING, View.UNFILED, View.AMBIGUOUS, View.DONE, View.ALL)
_CODES: Final = {View.INBOX: lists.TO_ANSWER, View.WAITING: lists.WAITING, View.DONE: lists.DONE}

Answer = TypeVar("Answer")


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
        return self._keep(("list", query), lambda: self._narrowed(query))

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
            case _:
                return self._keep(view, lambda: self._listing().of(_CODES[view]))

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
    ) -> Answer:
        sight = self._sight
        return self._kept.get(
            sight.scope.member,
            what,
            self._moment,
            make,
            now=sight.now,
            fleeting=lambda: lists.has_partial(sight),
            again=again,
        )

    # ---- Folders

    def folders(self) -> tuple[FolderRow, ...]:
        """The left pane."""
        return self._keep("folders", self._folders)

    def _folders(self) -> tuple[FolderRow, ...]:
        whole = self._listing()
        to_answer = frozenset(whole.of(lists.TO_ANSWER))
        views = [FolderRow(view=view, **_counts(self._view(view), to_answer, whole.unread)) for view in VIEWS]
        by_client = lists.clients_threads(self._sight)
        names = all_client_names(self._sight)
        clients = [
            FolderRow(client=named, **_counts(by_client.get(key, []), to_answer, whole.unread))
            for key, named in sorted(names.items(), key=lambda item: (item[1].name.casefold(), item[1].name))
        ]
        return (*views, *clients)


def _counts(threads: Sequence[int], to_answer: frozenset[int], unread: frozenset[int]) -> dict[str, Any]:
    return {
        "threads": len(threads),
        "to_answer": len(to_answer.intersection(threads)),
        "unread": not unread.isdisjoint(threads),
    }
