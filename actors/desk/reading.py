"""What a member is told: each answer is read in one snapshot of the vault, by their Scope of then.

Brings together the vault's queries, the rules they need, and the reading of packed text. Must not write.
"""

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from msgspec.structs import replace

from actors.desk import recalling
from actors.desk.api import JournalCheck, JournalPage, NewMailbox, Wording
from actors.desk.asking import asked, asked_documents
from actors.desk.book import Book
from actors.desk.boxes import own_boxes
from actors.desk.commands.importing import planned
from actors.desk.commands.mailboxes import server_key
from actors.desk.commands.resolving import clean_address
from actors.desk.commands.undos import KEPT_SECONDS
from actors.desk.explaining import other_filings
from actors.desk.keeping_lists import KeptLists
from actors.desk.likely import likely_clients
from actors.desk.listing import Lists
from actors.desk.local import OwnMailbox
from actors.desk.previewing import preview
from actors.desk.proposing import own_addresses, proposed
from actors.desk.senders import senders
from actors.desk.suggesting import suggested_clients
from actors.desk.trying import own_rules, tried
from actors.desk.viewing import email_view, part_bytes, raw_bytes, snippet_around, text_of
from store.model.document import Document, Export, Standing
from store.model.errors import Away, NotAllowed, NotFound
from store.model.filing_rules import Conditions, FilingRule, RuleTrial
from store.model.firm import Client, ClientDetail, Contact, Member
from store.model.ids import DocumentId, EmailId, EmailKey, MailboxKey, MemberKey, OutboxId, ThreadId
from store.model.mailbox import Ending, MailboxView, ServerSettings
from store.model.note import Note
from store.model.outbox import Answering, Completion, OutboxDraft, OutboxRow, Proposal, Sender
from store.model.people import ClientPage, ContactDetail, ContactPage
from store.model.preview import Glimpsed, Preview
from store.model.views import (
    Announcement,
    Comment,
    EmailRow,
    EmailView,
    FolderRow,
    JournalEntry,
    MailboxStatus,
    MailFolder,
    MemberSync,
    NextUndo,
    NoticeCount,
    NoticeRow,
    SuggestedClient,
    ThreadPage,
    ThreadQuery,
    ThreadRow,
    View,
    Why,
)
from store.rules.importing import CleanPerson, Plan
from store.rules.permissions import Action, MemberFacts, Verdict, may, scope
from store.rules.settings import DOCUMENT_LIMIT, with_defaults
from store.rules.snooze import snoozed_until
from store.rules.thread_state import newest_counting, state
from store.vault.collections import seen as set_up
from store.vault.database import Database
from store.vault.ids import Ids
from store.vault.meta import AMBIGUOUS_AS_ALL, Meta
from store.vault.queries import (
    boxes,
    completing,
    documents,
    judging,
    letters,
    mails,
    notes,
    outbox,
    people,
    people_lists,
    reasons,
    rows,
    search,
    suggesting,
    told,
    undos,
    views,
)
from store.vault.queries.names import client_key
from store.vault.queries.sight import Rules, Sight, TooSlow
from store.vault.settings import firm_settings, own_settings
from store.vault.vault import Vault

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Readers:
    """Makes readers over connections, which share the lists that were worked out."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._kept = KeptLists()
        self._ids = functools.lru_cache(4)(Ids)
        self._rules = Rules(
            state=state, newest_counting=newest_counting, snoozed_until=snoozed_until, monotonic=monotonic
        )

    def reader(self, connection: Database, member: MemberKey, now: int) -> "VaultReader":
        """A member's view of the vault, for one call."""
        return VaultReader(connection, member, now=now, rules=self._rules, kept=self._kept, ids_of=self._ids)


def in_sight(
    method: "Callable[Concatenate[VaultReader, Sight, Given], Answer]",
) -> "Callable[Concatenate[VaultReader, Given], Answer]":
    """A read: in one snapshot, with the Scope that holds in it."""

    @functools.wraps(method)
    def read(reader: "VaultReader", /, *given: Given.args, **named: Given.kwargs) -> Answer:
        with reader.sight() as sight:
            return method(reader, sight, *given, **named)

    return read


class VaultReader:
    """See the module."""

    def __init__(
        self,
        connection: Database,
        member: MemberKey,
        *,
        now: int,
        rules: Rules,
        kept: KeptLists,
        ids_of: Callable[[bytes], Ids],
    ) -> None:
        self._connection = connection
        self._member = member
        self._now = now
        self._rules = rules
        self._kept = kept
        self._ids_of = ids_of

    @contextmanager
    def sight(self) -> Iterator[Sight]:
        """The vault as the member sees it now. Raises NotFound for who is no member (any more)."""
        with self._connection.reading():
            standing = people.standing(self._connection, self._member)
            meta = Meta(self._connection)
            facts = MemberFacts(
                member=standing.member,
                generation=meta.generation(),
                role=standing.role,
                rights=standing.rights,
                clients=standing.clients,
                walls=standing.walls,
                mailboxes=standing.mailboxes,
                ambiguous_as_all=bool(meta.number(AMBIGUOUS_AS_ALL)),
            )
            try:
                yield Sight(
                    self._connection,
                    scope(facts),
                    now=self._now,
                    ids=self._ids_of(meta.data("id_secret")),
                    rules=self._rules,
                )
            except TooSlow:
                raise Away("timeout") from None

    # ---- The reader's own acts

    @in_sight
    def next_undo(self, sight: Sight) -> NextUndo | None:
        return undos.next_undo(sight, since=self._now - KEPT_SECONDS)

    # ---- The firm

    @property
    def generation(self) -> int:
        """Raised with every change of what anybody may see (Z6)."""
        return Meta(self._connection).generation()

    def firm_name(self) -> str:
        return Meta(self._connection).text("firm")

    @in_sight
    def me(self, sight: Sight) -> Member:
        return people.me(sight)

    @in_sight
    def has_mailboxes(self, sight: Sight) -> bool:
        return bool(boxes.own(sight))

    @in_sight
    def clients(self, sight: Sight) -> tuple[Client, ...]:
        return people.clients(sight)

    @in_sight
    def client(self, sight: Sight, ref: str) -> ClientDetail:
        key = client_key(sight, ref)
        counts = self._lists(sight).in_folders().get(key)
        return people_lists.whole_detail(sight, people.client(sight, ref), key, counts)

    @in_sight
    def client_page(self, sight: Sight, text: str, *, offset: int, limit: int) -> ClientPage:
        found = self._lists(sight).client_rows(text)
        return ClientPage(rows=tuple(found[offset : offset + limit]), total=len(found))

    @in_sight
    def contact_page(self, sight: Sight, text: str, client: str | None, *, offset: int, limit: int) -> ContactPage:
        key = None if client is None else client_key(sight, client)
        return self._lists(sight).contact_page(text, key, offset=offset, limit=limit)

    @in_sight
    def contact(self, sight: Sight, ref: str) -> ContactDetail:
        return people_lists.contact(sight, ref)

    @in_sight
    def import_plan(self, sight: Sight, people: Sequence[CleanPerson]) -> tuple[Plan, int]:
        if may(sight.scope, Action.MANAGE_CLIENTS) is not Verdict.ALLOWED:
            raise NotAllowed("not_allowed", right=str(Action.MANAGE_CLIENTS))
        vault = Vault.over(self._connection)
        return planned(vault, Book(vault), sight.scope, people), told.last_announced(sight)

    @in_sight
    def contacts(self, sight: Sight) -> tuple[Contact, ...]:
        return people.contacts(sight)

    @in_sight
    def members(self, sight: Sight) -> tuple[Member, ...]:
        return people.members(sight)

    @in_sight
    def mailbox_statuses(self, sight: Sight, *, member: str | None) -> tuple[MailboxStatus, ...]:
        return boxes.statuses(sight, member=member)

    @in_sight
    def mailboxes(self, sight: Sight) -> tuple[MailboxView, ...]:
        return own_boxes(sight)

    @in_sight
    def ending(self, sight: Sight, address: str) -> Ending:
        return boxes.ending(sight, address)

    @in_sight
    def stored_servers(
        self, sight: Sight, imap: ServerSettings, login: str
    ) -> tuple[ServerSettings, ServerSettings | None] | None:
        return boxes.stored_servers(sight, server_key(imap, login))

    @in_sight
    def preview(self, sight: Sight, mailbox: NewMailbox, seen: Glimpsed) -> Preview:
        return preview(
            sight,
            seen.seen,
            member=self._member,
            address=clean_address(mailbox.address),
            key=server_key(mailbox.imap, mailbox.login),
            excluded=seen.excluded,
            total=seen.total,
            cut=seen.cut,
        )

    @in_sight
    def team(self, sight: Sight) -> tuple[MemberSync, ...]:
        return boxes.team(sight)

    @in_sight
    def server_keys(self, sight: Sight) -> dict[str, str]:
        return boxes.server_keys(sight)

    @in_sight
    def mail_folders(self, sight: Sight) -> tuple[MailFolder, ...]:
        return boxes.mail_folders(sight)

    @in_sight
    def own_mailboxes(self, sight: Sight) -> tuple[OwnMailbox, ...]:
        return _brief(boxes.own(sight))

    @in_sight
    def looked_after(self, sight: Sight) -> tuple[OwnMailbox, ...]:
        return _brief(boxes.looked_after(sight))

    @in_sight
    def suggest_clients(self, sight: Sight, *, limit: int) -> tuple[SuggestedClient, ...]:
        return suggested_clients(sight, limit=limit)

    @in_sight
    def count_past(self, sight: Sight, addresses: Sequence[str]) -> int:
        wanted = {clean_address(address) for address in addresses}
        with sight.deadline():
            return suggesting.past(sight, wanted)

    # ---- Lists

    @in_sight
    def folders(self, sight: Sight) -> tuple[FolderRow, ...]:
        return self._lists(sight).folders()

    @in_sight
    def threads(self, sight: Sight, query: ThreadQuery, *, offset: int, limit: int) -> ThreadPage:
        found = self._lists(sight).of(query)
        shown = sight.with_left() if query.view is View.DELETED else sight
        window = rows.thread_rows(shown, found[offset : offset + limit])
        return ThreadPage(rows=window, offset=offset, total=len(found), seq=told.last_announced(sight))

    def _lists(self, sight: Sight) -> Lists:
        return Lists(sight, self._kept)

    @in_sight
    def thread(self, sight: Sight, thread: ThreadId) -> tuple[EmailRow, ...]:
        sight = sight.with_left()
        found = mails.of_thread_keys(sight, (letters.thread_key(sight, thread),))
        if not found:
            raise NotFound
        mails.hang(sight, found)
        return mails.email_rows(sight, found[::-1])

    @in_sight
    def search(self, sight: Sight, text: str, *, limit: int, before: EmailId | None) -> tuple[EmailRow, ...]:
        below = None if before is None else letters.email_key(sight, before)
        wanted, words = asked(text, now=self._now)
        with sight.deadline():
            hits = dict(search.contents(sight, wanted, below=below, limit=limit))
        found = mails.of_keys(sight, hits)
        mails.hang(sight, found)
        told_rows = mails.email_rows(sight, found)
        return _with_snippets(sight, found, told_rows, hits, words) if words else told_rows

    @in_sight
    def comments(self, sight: Sight, thread: ThreadId) -> tuple[Comment, ...]:
        sight = sight.with_left()
        return views.comments(sight, letters.thread_key(sight, thread))

    # ---- One email

    @in_sight
    def email(self, sight: Sight, email: EmailId, *, version: int) -> EmailView:
        sight = sight.with_left()
        letter = letters.letter(sight, email, version=version)
        judged = judging.judged(sight, (letter.mail.thread,))[letter.mail.thread]
        names = mails.answerers(sight, (judged,))
        return email_view(
            letter,
            judged,
            filings=mails.filing_views(sight, (letter.mail,))[letter.mail.email],
            answered_by=mails.answerer(judged, names),
            last_contact_at=mails.last_contact(sight.live, letter.mail),
            private=letters.is_private(sight, letter.mail.email),
            ids=sight.ids,
        )

    @in_sight
    def email_key(self, sight: Sight, email: EmailId) -> EmailKey:
        return letters.email_key(sight.with_left(), email)

    @in_sight
    def raw(self, sight: Sight, email: EmailId) -> bytes:
        return raw_bytes(letters.raw_copy(sight.with_left(), email))

    @in_sight
    def part(self, sight: Sight, email: EmailId, n: int, *, version: int) -> bytes:
        return part_bytes(letters.part_copy(sight.with_left(), email, version=version, n=n), n)

    @in_sight
    def why(self, sight: Sight, email: EmailId) -> Why:
        sight = sight.with_left()
        key = letters.email_key(sight, email)
        others = other_filings(sight, Vault.over(self._connection), key)
        if not others:
            packed = letters.letter(sight, email, version=0).text
            others = likely_clients(sight, key, text=text_of(packed) if packed else "")
        return reasons.why(sight, email, others)

    # ---- Writing

    @in_sight
    def senders(self, sight: Sight) -> tuple[Sender, ...]:
        own = own_addresses(sight, Vault.over(self._connection))
        return senders(own, name=people.me(sight).name)

    @in_sight
    def propose(self, sight: Sight, *, how: Answering, answers: EmailId | None, to: str, wording: Wording) -> Proposal:
        vault = Vault.over(self._connection)
        return proposed(sight.with_left(), vault, how=how, answers=answers, to=to, wording=wording)

    @in_sight
    def complete(self, sight: Sight, text: str, *, limit: int) -> tuple[Completion, ...]:
        return completing.completions(sight, text, self._lists(sight).contact_entries(), limit=limit)

    @in_sight
    def outbox(self, sight: Sight) -> tuple[OutboxRow, ...]:
        return outbox.shown(sight.with_left())

    @in_sight
    def draft(self, sight: Sight, asked_for: OutboxId) -> OutboxDraft:
        return outbox.draft(sight.with_left(), asked_for)

    # ---- What was told

    @in_sight
    def notices(self, sight: Sight, *, archived: bool) -> tuple[NoticeRow, ...]:
        found = told.notices(sight, archived=archived)
        threads = dict.fromkeys(notice.thread for notice in found if notice.thread is not None)
        seen = [letters.thread_key(sight, one) for one in threads]
        about = {row.thread: row for row in rows.thread_rows(sight, seen)}
        return tuple(_with_subject(notice, about.get(notice.thread) if notice.thread else None) for notice in found)

    @in_sight
    def notice_count(self, sight: Sight) -> NoticeCount:
        return told.notice_count(sight)

    @in_sight
    def announced(self, sight: Sight, *, after: int, limit: int) -> tuple[tuple[Announcement, ...], int]:
        return told.announced(sight, after=after, limit=limit)

    @in_sight
    def last_announced(self, sight: Sight) -> int:
        return told.last_announced(sight)

    @in_sight
    def oldest_announcement(self, sight: Sight) -> int:
        return told.oldest_announced(sight)

    # ---- Documents

    @in_sight
    def documents(self, sight: Sight, client: str) -> tuple[Document, ...]:
        return documents.of_client(sight, client)

    @in_sight
    def find_documents(self, sight: Sight, text: str, *, client: str | None, limit: int) -> tuple[Document, ...]:
        wanted, words = asked_documents(text, now=self._now)
        with sight.deadline():
            found, texts = documents.find(sight, wanted, client, limit=limit)
        around = (None if packed is None or not words else snippet_around(text_of(packed), words) for packed in texts)
        return tuple(replace(one, snippet=snippet or "") for one, snippet in zip(found, around, strict=True))

    @in_sight
    def export(self, sight: Sight, client: str) -> Export:
        self._need_export(sight, client)
        return documents.export(sight, client, firm=self.firm_name(), by=people.me(sight).name)

    @in_sight
    def client_emails(self, sight: Sight, client: str, *, after: int, limit: int) -> tuple[tuple[EmailRow, ...], int]:
        self._need_export(sight, client)
        return documents.emails_of(sight, client, after=after, limit=limit)

    def _need_export(self, sight: Sight, client: str) -> None:
        client_key(sight, client)
        if may(sight.scope, Action.EXPORT) is not Verdict.ALLOWED:
            raise NotAllowed("not_allowed", right=str(Action.EXPORT))

    @in_sight
    def client_standing(self, sight: Sight, client: str) -> Standing:
        return documents.standing(sight, client)

    @in_sight
    def document_name(self, sight: Sight, document: DocumentId) -> str:
        return documents.name(sight, document)

    @in_sight
    def document_places(self, sight: Sight, document: DocumentId) -> tuple[str, ...]:
        return documents.places(sight, document)

    def most_document(self) -> int:
        said = firm_settings(functools.partial(set_up, self._connection))
        return int(with_defaults(said)[DOCUMENT_LIMIT]) << 20

    @in_sight
    def settings(self, sight: Sight) -> dict[str, str]:
        kept = functools.partial(set_up, self._connection)
        return with_defaults({**own_settings(kept, sight.scope.member), **firm_settings(kept)})

    @in_sight
    def journal(self, sight: Sight, *, verify: bool, after: int, limit: int) -> JournalPage:
        return recalling.oldest_entries(sight, whole=verify, after=after, limit=limit)

    @in_sight
    def newest_entries(
        self, sight: Sight, *, before: int, client: str | None, member: str | None, limit: int
    ) -> JournalPage:
        return recalling.newest_entries(sight, before=before, client=client, member=member, limit=limit)

    @in_sight
    def check_journal(self, sight: Sight, *, after: int, limit: int) -> JournalCheck:
        return recalling.checked(sight, after=after, limit=limit)

    @in_sight
    def activity(self, sight: Sight, client: str, *, before: int, limit: int) -> tuple[JournalEntry, ...]:
        return recalling.activity(sight, client, before=before, limit=limit)

    @in_sight
    def rules(self, sight: Sight) -> tuple[FilingRule, ...]:
        return own_rules(sight, Vault.over(self._connection))

    @in_sight
    def try_rule(self, sight: Sight, conditions: Conditions, client: str, *, limit: int) -> RuleTrial:
        return tried(sight, Vault.over(self._connection), conditions, client=client, limit=limit)

    @in_sight
    def notes(self, sight: Sight, client: str) -> tuple[Note, ...]:
        return notes.of_client(sight, client)


def _with_subject(notice: NoticeRow, thread: ThreadRow | None) -> NoticeRow:
    return notice if thread is None else replace(notice, subject=thread.subject, clients=thread.clients)


def _with_snippets(
    sight: Sight,
    found: Sequence[mails.SeenEmail],
    told_rows: Sequence[EmailRow],
    hits: dict[EmailKey, int],
    words: Sequence[str],
) -> tuple[EmailRow, ...]:
    """Cut from the content that was hit, which the reader may see."""
    texts = letters.texts(sight, (mail.email + hits[mail.email] for mail in found))
    changed = []
    for mail, row in zip(found, told_rows, strict=True):
        packed = texts.get(mail.email + hits[mail.email])
        snippet = None if packed is None else snippet_around(text_of(packed), words)
        if snippet is None and row.attachments:
            snippet = _from_files(letters.file_texts(sight, mail.email + hits[mail.email]), words)
        changed.append(row if snippet is None else mails.with_snippet(row, snippet))
    return tuple(changed)


def _from_files(files: Sequence[tuple[str, bytes]], words: Sequence[str]) -> str | None:
    """Of the first attachment in which one of these words stands, with its name before it."""
    for name, packed in files:
        if (around := snippet_around(text_of(packed), words)) is not None:
            return f"{name}: {around}"
    return None


def _brief(found: list[tuple[MailboxKey, str, bool, bool]]) -> tuple[OwnMailbox, ...]:
    return tuple(
        OwnMailbox(key=key, address=address, local=local, paused=paused) for key, address, local, paused in found
    )
