"""The Desk inside the office: what the server serves. Reads go to the vault beside the writer, commands to the actor.

Every call, chunk and event is judged by the caller's Scope as it is then (Z6). Must not decide what may be seen or
done: the vault's queries and the desk's commands do.
"""

import asyncio
import contextlib
import functools
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import msgspec
import pykka

from actors.base import DiedHandling
from actors.desk import attaching, secrets, shelving, signing_in
from actors.desk.api import (
    PROTOCOL_VERSION,
    AuditResult,
    Imported,
    JournalCheck,
    JournalPage,
    LocalCopy,
    NewClient,
    NewContact,
    NewMailbox,
    Sink,
    SyncResult,
    Welcome,
    Wording,
)
from actors.desk.commands.resolving import clean_address
from actors.desk.front import ANNOUNCED, RESTARTED, Front, Waiter
from actors.desk.local_people import LocalPeople
from actors.desk.zone import minutes_east
from actors.messages import (
    AskActors,
    AuditDone,
    AuditNow,
    BodyAway,
    Command,
    CopiesImported,
    ImportCopies,
    Restarted,
    SyncDone,
    SyncNow,
    WantBody,
)
from actors.switchboard import DESK, SUPERVISOR, Switchboard, mailbox_name
from store.mime.names import file_name
from store.model.document import Document, Export, Standing
from store.model.errors import Away, BadRequest, DeskError, NotAllowed, NotFound
from store.model.filing_rules import Conditions, FilingRule, RuleTrial
from store.model.firm import Client, ClientDetail, Contact, Member, MemberRole, Right
from store.model.found import Found
from store.model.ids import (
    DocumentId,
    EmailId,
    EmailKey,
    MailboxKey,
    MemberKey,
    NoteId,
    NoticeId,
    OutboxId,
    RequestId,
    ThreadId,
)
from store.model.mailbox import Ending, MailboxScope, MailboxView, ServerSettings
from store.model.note import Note, NoteMade
from store.model.outbox import Answering, Completion, Draft, OutboxDraft, OutboxRow, Proposal, Sender
from store.model.people import ClientPage, ContactDetail, ContactPage
from store.model.preview import Glimpsed, Preview
from store.model.record import Record
from store.model.secrets import SecretKind, SecretsView, Untold
from store.model.sign_in import ProviderApp, SignIn, SignInWay
from store.model.views import (
    ActorStatus,
    Announcement,
    ClientMade,
    Comment,
    Done,
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
    OfficeStatus,
    SuggestedClient,
    ThreadPage,
    ThreadQuery,
    Why,
)
from store.rules.importing import CleanPerson, Plan
from store.rules.settings import LANGUAGE
from store.vault.files import Files

if TYPE_CHECKING:
    from providers.protocols import Secret

Answer = TypeVar("Answer")

COMMAND_SECONDS = 30.0
QUOTED_SECONDS = 10.0  # that an answer's writer waits for the text which is quoted
KILLS = 2
REPEAT_SECONDS = 30.0
COALESCE_SECONDS = 0.01  # from one telling to the next: what comes alone is told at once
SETTLE_SECONDS = 0.5
EVENTS_AT_ONCE = 500
EXPORTED_AT_ONCE = 200
MOST_ROWS = 1_000
MOST_CHECKED = 20_000  # entries of the journal in one read
CHUNK = 256 << 10
IMPORT_COPIES = 100
IMPORT_BYTES = 4 << 20
MOST_MAIL_BYTES = 64 << 20


class OwnMailbox(Record, frozen=True, kw_only=True):
    """A mailbox of the caller's, as far as the desk's plumbing needs it."""

    key: MailboxKey
    address: str
    local: bool
    paused: bool


class Reader(Protocol):
    """One member's view of the vault, for one call: every answer by their Scope of then. NotFound for the hidden."""

    @property
    def generation(self) -> int: ...
    def firm_name(self) -> str: ...
    def me(self) -> Member: ...
    def has_mailboxes(self) -> bool: ...
    def folders(self) -> tuple[FolderRow, ...]: ...
    def threads(self, query: ThreadQuery, *, offset: int, limit: int) -> ThreadPage: ...
    def thread(self, thread: ThreadId) -> tuple[EmailRow, ...]: ...
    def email(self, email: EmailId, *, version: int) -> EmailView: ...
    def email_key(self, email: EmailId) -> EmailKey: ...
    def raw(self, email: EmailId) -> bytes: ...
    def search(self, text: str, *, limit: int, before: EmailId | None) -> tuple[EmailRow, ...]: ...
    def why(self, email: EmailId) -> Why: ...
    def part(self, email: EmailId, n: int, *, version: int) -> bytes: ...
    def comments(self, thread: ThreadId) -> tuple[Comment, ...]: ...
    def mail_folders(self) -> tuple[MailFolder, ...]: ...
    def next_undo(self) -> NextUndo | None: ...
    def suggest_clients(self, *, limit: int) -> tuple[SuggestedClient, ...]: ...
    def count_past(self, addresses: Sequence[str]) -> int: ...
    def settings(self) -> dict[str, str]: ...
    def oldest_announcement(self) -> int: ...
    def senders(self) -> tuple[Sender, ...]: ...
    def propose(self, *, how: Answering, answers: EmailId | None, to: str, wording: Wording) -> Proposal: ...
    def complete(self, text: str, *, limit: int) -> tuple[Completion, ...]: ...
    def outbox(self) -> tuple[OutboxRow, ...]: ...
    def draft(self, outbox: OutboxId, /) -> OutboxDraft: ...
    def mailbox_statuses(self, *, member: str | None) -> tuple[MailboxStatus, ...]: ...
    def mailboxes(self) -> tuple[MailboxView, ...]: ...
    def ending(self, address: str) -> Ending: ...
    def stored_servers(
        self, imap: ServerSettings, login: str
    ) -> tuple[ServerSettings, ServerSettings | None] | None: ...
    def preview(self, mailbox: NewMailbox, seen: Glimpsed) -> Preview: ...
    def team(self) -> tuple[MemberSync, ...]: ...
    def server_keys(self) -> dict[str, str]: ...
    def own_mailboxes(self) -> tuple[OwnMailbox, ...]: ...
    def looked_after(self) -> tuple[OwnMailbox, ...]: ...
    def clients(self) -> tuple[Client, ...]: ...
    def client(self, ref: str) -> ClientDetail: ...
    def contacts(self) -> tuple[Contact, ...]: ...
    def client_page(self, text: str, *, offset: int, limit: int) -> ClientPage: ...
    def contact_page(self, text: str, client: str | None, *, offset: int, limit: int) -> ContactPage: ...
    def contact(self, ref: str) -> ContactDetail: ...
    def import_plan(self, people: Sequence[CleanPerson]) -> tuple[Plan, int]: ...
    def members(self) -> tuple[Member, ...]: ...
    def documents(self, client: str) -> tuple[Document, ...]: ...
    def find_documents(self, text: str, *, client: str | None, limit: int) -> tuple[Document, ...]: ...
    def most_document(self) -> int: ...
    def export(self, client: str) -> Export: ...
    def client_emails(self, client: str, *, after: int, limit: int) -> tuple[tuple[EmailRow, ...], int]: ...
    def client_standing(self, client: str) -> Standing: ...
    def document_name(self, document: DocumentId) -> str: ...
    def document_places(self, document: DocumentId) -> tuple[str, ...]: ...
    def notices(self, *, archived: bool) -> tuple[NoticeRow, ...]: ...
    def notice_count(self) -> NoticeCount: ...
    def journal(self, *, verify: bool, after: int, limit: int) -> JournalPage: ...
    def newest_entries(self, *, before: int, client: str | None, member: str | None, limit: int) -> JournalPage: ...
    def check_journal(self, *, after: int, limit: int) -> JournalCheck: ...
    def activity(self, client: str, *, before: int, limit: int) -> tuple[JournalEntry, ...]: ...
    def notes(self, client: str) -> tuple[Note, ...]: ...
    def rules(self) -> tuple[FilingRule, ...]: ...
    def try_rule(self, conditions: Conditions, client: str, *, limit: int) -> RuleTrial: ...
    def announced(self, *, after: int, limit: int) -> tuple[tuple[Announcement, ...], int]: ...
    def last_announced(self) -> int: ...


class Inside(Protocol):
    """What the office gives its desks."""

    @property
    def switchboard(self) -> Switchboard: ...
    @property
    def front(self) -> Front: ...
    @property
    def version(self) -> str: ...
    @property
    def pid(self) -> int: ...
    @property
    def since(self) -> float: ...
    @property
    def shared(self) -> bool:
        """A server's home."""
        ...

    async def read(self, member: MemberKey, work: Callable[[Reader], Answer]) -> Answer: ...

    async def unsettled(self) -> bool:
        """Whether past mail still waits to be settled again after somebody's act."""
        ...

    @property
    def files(self) -> Files:
        """The documents folder."""
        ...

    @property
    def logins(self) -> signing_in.Logins:
        """Sign-ins under way, and what they bring."""
        ...

    async def find_servers(self, address: str) -> tuple[Found, ...]:
        """What table, network and guesses know of an address."""
        ...

    async def check_servers(self, mailbox: NewMailbox) -> None:
        """Raises Away("server") or SignInRefused, naming the step."""

    async def keep_secret(self, mailbox: NewMailbox) -> signing_in.Settle:
        """Seal the password; what is returned takes it back."""
        ...

    async def see_off(self, desk: "LocalDesk") -> None:
        """Whoever is nobody any more is hung up on; the caller of `desk` when it has its answer."""

    async def staff(self) -> None:
        """Start the actors of mailboxes that have none."""

    def end(self) -> None:
        """Finish and end the office."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who calls: the member behind the uid, and the one they act as."""

    member: MemberKey
    as_: MemberKey | None = None
    zone: str = ""  # as they say it

    @property
    def seen_as(self) -> MemberKey:
        """Whose Scope holds."""
        return self.member if self.as_ is None else self.as_


class LocalDesk(LocalPeople):
    """See the module. Used on the server's loop."""

    def __init__(self, caller: Caller, inside: Inside) -> None:
        self._caller = caller
        self._inside = inside

    # ---- Plumbing

    async def _read(self, work: Callable[[Reader], Answer]) -> Answer:
        return await self._inside.read(self._caller.seen_as, work)

    async def _ask(self, request: RequestId, method: str, **arguments: Any) -> Any:  # noqa: ANN401 - typed by the API
        """The DeskActor's answer. Its death is survived by asking the next one; the id makes that safe."""
        command = self._command(request, method, arguments)
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                answer = await self._answered(command)
        except TimeoutError:
            raise Away("timeout") from None
        if isinstance(answer, DeskError):
            raise answer
        return answer

    def _command(self, request: RequestId, method: str, arguments: dict[str, Any]) -> Command:
        return Command(
            id=request,
            member=self._caller.member,
            as_=self._caller.as_,
            method=method,
            arguments=arguments,
        )

    async def _answered(self, command: Command) -> Any:  # noqa: ANN401 - see _ask
        """What kills the desk twice is a bug; what only waited while something else killed it is asked again."""
        kills = 0
        with self._inside.front.waiting(RESTARTED) as restarted:
            while True:
                while not self._inside.switchboard.answers(DESK):
                    with contextlib.suppress(TimeoutError):
                        await restarted.next(seconds=1)
                try:
                    return await self._inside.switchboard.ask(DESK, command)
                except DiedHandling:
                    kills += 1
                    if kills == KILLS:
                        raise DeskError("bug") from None
                except pykka.ActorDeadError:
                    continue

    async def _until(
        self,
        tells: Iterable[tuple[str, Record]],
        waiter: Waiter,
        *,
        answers: int,
        seconds: float | None,
        some: bool = False,
    ) -> list[Any]:
        """Post what is answered to the front, again after a restart and every while, until all is answered; with
        `some`, what was answered in time.
        """
        answered: dict[Any, Any] = {}
        tells = tuple(tells)
        try:
            async with asyncio.timeout(seconds):
                while len(answered) < answers:
                    self._post(tells)
                    await self._gather(waiter, answered, answers)
        except TimeoutError:
            if not some:
                raise Away("timeout") from None
        return list(answered.values())

    def _post(self, tells: Iterable[tuple[str, Record]]) -> None:
        for name, message in tells:
            self._inside.switchboard.tell(name, message)

    @staticmethod
    async def _gather(waiter: Waiter, answered: dict[Any, Any], answers: int) -> None:
        while len(answered) < answers:
            try:
                message = await waiter.next(seconds=REPEAT_SECONDS)
            except TimeoutError:
                return
            if isinstance(message, Restarted):
                return
            answered[getattr(message, "id", None)] = message

    # ---- Reading

    async def welcome(self) -> Welcome:
        def work(reader: Reader) -> Welcome:
            return Welcome(
                protocol=PROTOCOL_VERSION,
                version=self._inside.version,
                pid=self._inside.pid,
                firm=reader.firm_name(),
                member=reader.me(),
                empty=not reader.has_mailboxes(),
                language=reader.settings().get(LANGUAGE, "auto"),
            )

        return await self._read(work)

    async def folders(self) -> tuple[FolderRow, ...]:
        return await self._read(lambda reader: reader.folders())

    async def threads(self, query: ThreadQuery, *, offset: int = 0, limit: int = 200) -> ThreadPage:
        return await self._read(lambda reader: reader.threads(query, offset=max(0, offset), limit=_rows(limit)))

    async def thread(self, thread: ThreadId) -> tuple[EmailRow, ...]:
        return await self._read(lambda reader: reader.thread(thread))

    async def email(self, email: EmailId, *, version: int = 0) -> EmailView:
        return await self._read(lambda reader: reader.email(email, version=version))

    async def fetch_body(self, email: EmailId, *, timeout: float = 30) -> EmailView:
        view = await self.email(email)
        if view.whole:
            return view
        key = await self._read(lambda reader: reader.email_key(email))
        deadline = asyncio.get_running_loop().time() + _seconds(timeout, COMMAND_SECONDS)
        while not view.whole:  # the body that came may be another mailbox's, whose content is not the caller's to read
            left = max(0.0, deadline - asyncio.get_running_loop().time())
            with self._inside.front.waiting(("body", key), RESTARTED) as waiter:
                (told,) = await self._until([(DESK, WantBody(email=key))], waiter, answers=1, seconds=left)
            if isinstance(told, BodyAway):
                raise Away("body_unavailable", cause=told.code)
            view = await self.email(email)
        return view

    async def raw(self, email: EmailId) -> AsyncIterator[bytes]:
        generation, whole = await self._read(lambda reader: (reader.generation, reader.raw(email)))
        for start in range(0, len(whole), CHUNK):
            if start:  # between two chunks the right to see it may have gone
                now = await self._read(lambda reader: reader.generation)
                if now != generation:
                    generation, whole = await self._read(lambda reader: (reader.generation, reader.raw(email)))
            yield whole[start : start + CHUNK]

    async def search(self, text: str, *, limit: int = 50, before: EmailId | None = None) -> tuple[EmailRow, ...]:
        return await self._read(lambda reader: reader.search(text, limit=_rows(limit), before=before))

    async def why(self, email: EmailId) -> Why:
        return await self._read(lambda reader: reader.why(email))

    async def part(self, email: EmailId, n: int, *, version: int = 0) -> AsyncIterator[bytes]:
        generation, whole = await self._read(lambda reader: (reader.generation, reader.part(email, n, version=version)))
        for start in range(0, max(len(whole), 1), CHUNK):
            if start and await self._read(lambda reader: reader.generation) != generation:
                await self._read(lambda reader: reader.email(email, version=version))  # may it still be seen?
            yield whole[start : start + CHUNK]

    async def comments(self, thread: ThreadId) -> tuple[Comment, ...]:
        return await self._read(lambda reader: reader.comments(thread))

    async def mail_folders(self) -> tuple[MailFolder, ...]:
        return await self._read(lambda reader: reader.mail_folders())

    async def next_undo(self) -> NextUndo | None:
        return await self._read(lambda reader: reader.next_undo())

    async def suggest_clients(self, *, limit: int = 200) -> tuple[SuggestedClient, ...]:
        return await self._read(lambda reader: reader.suggest_clients(limit=_rows(limit)))

    async def count_past(self, addresses: Sequence[str]) -> int:
        return await self._read(lambda reader: reader.count_past(addresses))

    async def settings(self) -> dict[str, str]:
        return await self._read(lambda reader: reader.settings())

    async def oldest_announcement(self) -> int:
        return await self._read(lambda reader: reader.oldest_announcement())

    async def status(self, *, actors: bool = False, member: str | None = None) -> OfficeStatus:
        firm, mailboxes, keys = await self._read(
            lambda reader: (reader.firm_name(), reader.mailbox_statuses(member=member), reader.server_keys())
        )
        return OfficeStatus(
            pid=self._inside.pid,
            since=int(self._inside.since),
            version=self._inside.version,
            firm=firm,
            mailboxes=self._aged(mailboxes, keys),
            actors=await self._actors() if actors else (),
        )

    async def _actors(self) -> tuple[ActorStatus, ...]:
        try:
            told = await self._inside.switchboard.ask(SUPERVISOR, AskActors())
        except pykka.ActorDeadError:
            return ()
        return cast("tuple[ActorStatus, ...]", told)

    async def mailboxes(self) -> tuple[MailboxView, ...]:
        return await self._read(lambda reader: reader.mailboxes())

    async def clients(self) -> tuple[Client, ...]:
        return await self._read(lambda reader: reader.clients())

    async def client(self, ref: str) -> ClientDetail:
        return await self._read(lambda reader: reader.client(ref))

    async def contacts(self) -> tuple[Contact, ...]:
        return await self._read(lambda reader: reader.contacts())

    async def members(self) -> tuple[Member, ...]:
        return await self._read(lambda reader: reader.members())

    async def team(self) -> tuple[MemberSync, ...]:
        team, keys = await self._read(lambda reader: (reader.team(), reader.server_keys()))
        return tuple(msgspec.structs.replace(one, mailboxes=self._aged(one.mailboxes, keys)) for one in team)

    def _aged(self, statuses: Iterable[MailboxStatus], keys: Mapping[str, str]) -> tuple[MailboxStatus, ...]:
        """With the age of what each logs in with: nobody but the office itself knows it."""
        ages, now = self._inside.logins.token_ages(), time.time()

        def aged(status: MailboxStatus) -> MailboxStatus:
            age = ages.get(keys.get(status.address, ""))
            return status if age is None else msgspec.structs.replace(status, token_at=int(now - age))

        return tuple(map(aged, statuses))

    async def notice_count(self) -> NoticeCount:
        return await self._read(lambda reader: reader.notice_count())

    async def notices(self, *, archived: bool = False) -> tuple[NoticeRow, ...]:
        return await self._read(lambda reader: reader.notices(archived=archived))

    async def journal(
        self,
        *,
        verify: bool = False,
        after: int = 0,
        limit: int = 1000,
        before: int | None = None,
        client: str | None = None,
        member: str | None = None,
    ) -> JournalPage:
        if before is None:
            return await self._journal(lambda reader: reader.journal(verify=verify, after=after, limit=_rows(limit)))
        start = max(before, 0)
        return await self._journal(
            lambda reader: reader.newest_entries(before=start, client=client, member=member, limit=_rows(limit))
        )

    async def check_journal(self, *, after: int = 0, limit: int = 5000) -> JournalCheck:
        most = max(1, min(limit, MOST_CHECKED))
        return await self._journal(lambda reader: reader.check_journal(after=max(after, 0), limit=most))

    async def _journal(self, work: Callable[[Reader], Answer]) -> Answer:
        try:
            return await self._read(work)
        except NotAllowed:
            self._post([(DESK, self._command(RequestId(uuid.uuid4().hex), "journal", {}))])  # journals the refusal
            raise

    async def activity(self, client: str, *, before: int = 0, limit: int = 100) -> tuple[JournalEntry, ...]:
        return await self._read(lambda reader: reader.activity(client, before=max(before, 0), limit=_rows(limit)))

    async def notes(self, client: str) -> tuple[Note, ...]:
        return await self._read(lambda reader: reader.notes(client))

    async def rules(self) -> tuple[FilingRule, ...]:
        return await self._read(lambda reader: reader.rules())

    async def try_rule(self, conditions: Conditions, client: str, *, limit: int = 10) -> RuleTrial:
        return await self._read(lambda reader: reader.try_rule(conditions, client, limit=min(limit, 200)))

    async def add_rule(
        self, request: RequestId, name: str, client: str, conditions: Conditions, *, place: int | None = None
    ) -> Done:
        asked = self._ask(request, "add_rule", name=name, client=client, conditions=conditions, place=place)
        return cast("Done", await asked)

    async def remove_rule(self, request: RequestId, name: str) -> Done:
        return cast("Done", await self._ask(request, "remove_rule", name=name))

    async def put_note(self, request: RequestId, client: str, text: str, *, note: NoteId | None = None) -> NoteMade:
        return cast("NoteMade", await self._ask(request, "put_note", client=client, text=text, note=note))

    async def remove_note(self, request: RequestId, note: NoteId) -> Done:
        return cast("Done", await self._ask(request, "remove_note", note=note))

    async def announcements(self, *, since: int | None = None) -> AsyncIterator[Announcement]:
        after = await self._read(lambda reader: reader.last_announced()) if since is None else since
        async for events in self._announced(after):
            for event in events:
                yield event

    async def subscribe(self, sink: Sink) -> Callable[[], None]:
        after = await self._read(lambda reader: reader.last_announced())
        telling = asyncio.get_running_loop().create_task(self._tell(after, sink))
        return lambda: cast("None", telling.cancel())

    async def _tell(self, after: int, sink: Sink) -> None:
        async for events in self._announced(after):
            for event in events:
                sink(event)

    async def _announced(self, after: int) -> AsyncIterator[list[Announcement]]:
        """What was announced since, as this caller may know it now, then as it comes; coalesced."""
        clock, next_at = asyncio.get_running_loop().time, 0.0
        with self._inside.front.waiting(ANNOUNCED) as waiter:
            while True:
                waiter.drain()
                start = after
                told, after = await self._read(functools.partial(_announced_after, start))
                if told:
                    yield coalesced(told)
                    next_at = clock() + COALESCE_SECONDS
                if after == start:
                    await waiter.next()
                    await asyncio.sleep(next_at - clock())

    # ---- Mail

    async def file(
        self,
        request: RequestId,
        *,
        email: EmailId | None = None,
        thread: ThreadId | None = None,
        client: str | None,
        always: bool = False,
    ) -> Done:
        done = await self._ask(request, "file", email=email, thread=thread, client=client, always=always)
        return cast("Done", done)

    async def mark(
        self,
        request: RequestId,
        emails: Sequence[EmailId],
        *,
        threads: Sequence[ThreadId] = (),
        read: bool | None = None,
        starred: bool | None = None,
        passing: bool = False,
    ) -> Done:
        return await self._carry(request, "mark", emails, threads, read=read, starred=starred, passing=passing)

    async def _carry(
        self, request: RequestId, method: str, emails: Sequence[EmailId], threads: Sequence[ThreadId], **more: object
    ) -> Done:
        said = {"emails": tuple(emails), "threads": tuple(threads), **more}
        return cast("Done", await self._ask(request, method, **said))

    async def archive(self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()) -> Done:
        return await self._carry(request, "archive", emails, threads)

    async def delete(self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()) -> Done:
        return await self._carry(request, "delete", emails, threads)

    async def move(
        self, request: RequestId, emails: Sequence[EmailId], folder: str, *, threads: Sequence[ThreadId] = ()
    ) -> Done:
        return await self._carry(request, "move", emails, threads, folder=folder)

    async def spam(self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()) -> Done:
        return await self._carry(request, "spam", emails, threads)

    async def unspam(
        self,
        request: RequestId,
        emails: Sequence[EmailId] = (),
        *,
        threads: Sequence[ThreadId] = (),
        notices: Sequence[NoticeId] = (),
    ) -> Done:
        if notices:
            named = {"emails": tuple(emails), "threads": tuple(threads), "notices": tuple(notices)}
            return cast("Done", await self._ask(request, "unspam", **named))
        return await self._carry(request, "unspam", emails, threads)

    async def done(self, request: RequestId, thread: ThreadId) -> Done:
        return cast("Done", await self._ask(request, "done", thread=thread))

    async def reopen(self, request: RequestId, thread: ThreadId) -> Done:
        return cast("Done", await self._ask(request, "reopen", thread=thread))

    async def snooze(self, request: RequestId, thread: ThreadId, until: int | None) -> Done:
        return cast("Done", await self._ask(request, "snooze", thread=thread, until=until))

    async def assign(self, request: RequestId, thread: ThreadId, member: str | None) -> Done:
        return cast("Done", await self._ask(request, "assign", thread=thread, member=member))

    async def comment(self, request: RequestId, thread: ThreadId, text: str) -> Done:
        return cast("Done", await self._ask(request, "comment", thread=thread, text=text))

    async def undo(self, request: RequestId) -> Done:
        return cast("Done", await self._ask(request, "undo"))

    # ---- Writing

    async def senders(self) -> tuple[Sender, ...]:
        return await self._read(lambda reader: reader.senders())

    async def propose(
        self,
        *,
        how: Answering = Answering.NEW,
        answers: EmailId | None = None,
        to: str = "",
        wording: Wording = Wording(),  # noqa: B008 - frozen
    ) -> Proposal:
        if answers is not None and how is not Answering.NEW:
            with contextlib.suppress(Away):  # then it is quoted as far as it is here
                await self.fetch_body(answers, timeout=QUOTED_SECONDS)
        return await self._read(lambda reader: reader.propose(how=how, answers=answers, to=to, wording=wording))

    async def complete(self, text: str, *, limit: int = 8) -> tuple[Completion, ...]:
        return await self._read(lambda reader: reader.complete(text, limit=_rows(limit)))

    async def outbox(self) -> tuple[OutboxRow, ...]:
        return await self._read(lambda reader: reader.outbox())

    async def draft(self, outbox: OutboxId) -> OutboxDraft:
        return await self._read(lambda reader: reader.draft(outbox))

    async def put_draft(self, request: RequestId, draft: Draft, *, outbox: OutboxId | None = None) -> OutboxRow:
        return cast("OutboxRow", await self._ask(request, "put_draft", draft=draft, outbox=outbox))

    async def attach(
        self, request: RequestId, outbox: OutboxId, name: str, type_: str, pieces: AsyncIterator[bytes]
    ) -> OutboxDraft:
        return cast("OutboxDraft", await attaching.attach(self._ask, request, outbox, name, type_, pieces))

    async def attach_part(self, request: RequestId, outbox: OutboxId, email: EmailId, n: int) -> OutboxDraft:
        """Read beside the writer, and then attached like a file of the caller's."""

        def work(reader: Reader) -> tuple[EmailView, bytes]:
            return reader.email(email, version=0), reader.part(email, n, version=0)

        view, data = await self._read(work)
        part = next((part for part in view.attachments if part.n == n), None)
        if part is None:
            raise NotFound
        pieces = attaching.cut(data)
        return cast("OutboxDraft", await attaching.attach(self._ask, request, outbox, part.name, part.type, pieces))

    async def detach(self, request: RequestId, outbox: OutboxId, n: int) -> OutboxDraft:
        return cast("OutboxDraft", await self._ask(request, "detach", outbox=outbox, n=n))

    async def send(self, request: RequestId, outbox: OutboxId, *, hold: int | None = None) -> OutboxRow:
        zone = minutes_east(self._caller.zone, at=time.time())
        return cast("OutboxRow", await self._ask(request, "send", outbox=outbox, hold=hold, zone=zone))

    async def cancel(self, request: RequestId, outbox: OutboxId) -> OutboxRow:
        return cast("OutboxRow", await self._ask(request, "cancel", outbox=outbox))

    async def retry(self, request: RequestId, outbox: OutboxId) -> OutboxRow:
        return cast("OutboxRow", await self._ask(request, "retry", outbox=outbox))

    async def resolve(self, request: RequestId, outbox: OutboxId, answer: str) -> OutboxRow:
        return cast("OutboxRow", await self._ask(request, "resolve", outbox=outbox, answer=answer))

    async def discard(self, request: RequestId, outbox: OutboxId) -> Done:
        return cast("Done", await self._ask(request, "discard", outbox=outbox))

    # ---- Mailboxes

    async def find_servers(self, address: str) -> tuple[Found, ...]:
        clean_address(address)
        return await self._inside.find_servers(address.strip())

    async def preview(self, mailbox: NewMailbox, *, sign_in: str = "", answer: str = "") -> AsyncIterator[Preview]:
        """As what it would become is looked up at its end, nothing is held but what was seen."""
        from actors.previewing import Previewing, glimpses  # noqa: PLC0415 - seldom wanted

        clean_address(mailbox.address)
        await self._need_right_for(mailbox.member)
        stored = await self._read(lambda reader: reader.stored_servers(mailbox.imap, mailbox.login))
        asked = mailbox if stored is None else msgspec.structs.replace(mailbox, imap=stored[0], smtp=stored[1])
        logins, secret = self._inside.logins, await self._secret_for(mailbox, sign_in, answer)

        def look(told: Callable[[int, int], None], ended: threading.Event) -> Glimpsed:
            since, trusted = mailbox.history_from, mailbox.authserv_id
            return logins.look_in(
                asked,
                secret,
                lambda source: Previewing(source, since=since, authserv_id=trusted, told=told, ended=ended).look(),
            )

        async with contextlib.aclosing(glimpses(look)) as news:
            async for told in news:
                if isinstance(told, Preview):
                    yield told
                else:
                    yield await self._read(functools.partial(_settled_preview, mailbox, told))

    async def _secret_for(self, mailbox: NewMailbox, sign_in: str, answer: str) -> "Secret":
        if sign_in:
            caller, shared = self._caller.seen_as, self._inside.shared
            return await signing_in.secret_of(self._inside.logins, sign_in, caller=caller, answer=answer, shared=shared)
        if not mailbox.password:
            raise BadRequest("no_password")
        return mailbox.password

    async def add_mailbox(self, request: RequestId, mailbox: NewMailbox) -> MailboxView:
        """Nothing is kept unless both servers let us in. The secret is sealed before the record, so that no kill
        between the two leaves a mailbox that cannot sign in. Whoever hangs up while the servers are tried wants none.
        """
        clean_address(mailbox.address)
        await self._need_right_for(mailbox.member)
        stored = await self._read(lambda reader: reader.stored_servers(mailbox.imap, mailbox.login))
        if stored is not None and mailbox.member is None:  # others' mailbox: only its own servers say who may join (Z4)
            await self._inside.check_servers(msgspec.structs.replace(mailbox, imap=stored[0], smtp=stored[1]))
            return cast("MailboxView", await self._ask(request, "add_mailbox", **_said(mailbox), joins=True))
        await self._inside.check_servers(mailbox)
        return await asyncio.shield(self._keep_mailbox(request, mailbox))

    async def _keep_mailbox(self, request: RequestId, mailbox: NewMailbox) -> MailboxView:
        """What has begun is done to its end."""
        settle = await self._inside.keep_secret(mailbox)
        made = await signing_in.or_as_it_was(
            lambda: self._ask(request, "add_mailbox", **_said(mailbox)),
            settle,
        )
        await self._inside.staff()
        return cast("MailboxView", made)

    async def begin_sign_in(
        self,
        *,
        way: SignInWay,
        mailbox: NewMailbox | None = None,
        address: str = "",
        provider: str = "",
        account: str = "",
        command: Sequence[str] = (),
    ) -> SignIn:
        me = await self._read(lambda reader: reader.me())
        if mailbox is not None:
            clean_address(mailbox.address)
            await self._need_right_for(mailbox.member)
            about = signing_in.About(wanted=mailbox, command=tuple(command))
        else:
            own = await self._own(address)
            about = signing_in.About(wanted=signing_in.wanted_again(own), own=own.key, command=tuple(command))
        return await signing_in.begin(
            self._inside.logins,
            about,
            caller=self._caller.seen_as,
            member=me.name,
            way=way,
            provider=provider,
            account=account,
            shared=self._inside.shared,
        )

    async def _own(self, address: str) -> signing_in.Own:
        views, keys = await self._read(lambda reader: (reader.mailboxes(), reader.own_mailboxes()))
        return signing_in.own_of(views, {one.address: one.key for one in keys}, address)

    async def wait_sign_in(self, sign_in: str, *, timeout: float = 25) -> bool:
        seconds = min(_seconds(timeout, signing_in.MOST_SECONDS), signing_in.MOST_SECONDS)
        return await self._inside.logins.sign_ins.wait(self._caller.seen_as, sign_in, seconds=seconds)

    async def finish_sign_in(self, request: RequestId, sign_in: str, *, answer: str = "") -> MailboxView:
        async def record(about: signing_in.About, *, joins: bool) -> MailboxView:
            if about.own is not None:
                return cast("MailboxView", await self._ask(request, "signed_in", address=about.wanted.address))
            said = {**_said(about.wanted), "joins": True} if joins else _said(about.wanted)
            return cast("MailboxView", await self._ask(request, "add_mailbox", **said))

        async def stored(wanted: NewMailbox) -> signing_in.Stored | None:
            return await self._read(lambda reader: reader.stored_servers(wanted.imap, wanted.login))

        view, about = await signing_in.finish(
            self._inside.logins,
            sign_in,
            caller=self._caller.seen_as,
            answer=answer,
            shared=self._inside.shared,
            stored=stored,
            record=record,
        )
        await self._inside.staff()
        if about.own is not None:
            signing_in.look_again(self._inside.switchboard, about.own)
        return view

    async def cancel_sign_in(self, sign_in: str) -> Done:
        await asyncio.to_thread(self._inside.logins.sign_ins.cancel, self._caller.seen_as, sign_in)
        return Done(done=True, affected=0)

    async def providers(self) -> tuple[ProviderApp, ...]:
        return await signing_in.registrations(self._inside.logins)

    async def set_provider(self, request: RequestId, app: ProviderApp, *, client_secret: str | None = None) -> Done:
        await self._need_manager("set_provider")
        done = await signing_in.register(
            self._inside.logins,
            app,
            client_secret=client_secret,
            record=lambda: self._ask(request, "set_provider", provider=app.provider),
        )
        return cast("Done", done)

    async def secrets(self) -> SecretsView:
        return await secrets.view(self._inside.logins.box)

    async def keep_secrets(self, request: RequestId, kind: SecretKind, *, passphrase: str | None = None) -> Done:
        await self._need_manager("keep_secrets")
        done = await secrets.move(
            self._inside.logins.box,
            kind,
            passphrase=passphrase,
            untold=Untold(request=request, member=self._caller.member, as_=self._caller.as_),
            record=lambda: self._ask(request, "keep_secrets", kind=kind),
        )
        return cast("Done", done)

    async def unlock_secrets(self, passphrase: str) -> Done:
        await self._need_manager("keep_secrets")
        await secrets.unlock(self._inside.logins.box, passphrase)
        await self.sync()
        return Done(done=True, affected=0)

    async def _need_manager(self, right: str) -> None:
        """Before anything is sealed or moved; the command judges finally."""
        _refuse_employee(await self._read(lambda reader: reader.me()), right)

    async def _need_right_for(self, member: str | None) -> None:
        """Before a server is called for somebody else; the command judges finally."""
        me = await self._read(lambda reader: reader.me())
        if member is None or member in (me.member, me.name):
            return
        _refuse_employee(me, "add_mailbox")
        known = await self._read(lambda reader: reader.members())
        if not any(member == one.member or member.casefold() == one.name.casefold() for one in known):
            raise NotFound

    async def pause(self, request: RequestId, address: str) -> Done:
        return cast("Done", await self._ask(request, "pause", address=address))

    async def resume(self, request: RequestId, address: str) -> Done:
        return cast("Done", await self._ask(request, "resume", address=address))

    async def set_mailbox(
        self,
        request: RequestId,
        address: str,
        *,
        scope: MailboxScope | None = None,
        history_from: int | None = None,
        shared: Sequence[str] | None = None,
        save_attachments: bool | None = None,
        on_behalf: bool | None = None,
        signature: str | None = None,
        signature_html: bool = False,
        aliases: Sequence[str] | None = None,
        never_sync: Sequence[str] | None = None,
        no_send: bool = False,
        authserv_id: str | None = None,
    ) -> Done:
        return await self._and_staff(
            request,
            "set_mailbox",
            address=address,
            scope=scope,
            history_from=history_from,
            shared=None if shared is None else tuple(shared),
            save_attachments=save_attachments,
            on_behalf=on_behalf,
            signature=signature,
            signature_html=signature_html,
            aliases=None if aliases is None else tuple(aliases),
            never_sync=None if never_sync is None else tuple(never_sync),
            no_send=no_send,
            authserv_id=authserv_id,
        )

    async def set_own_address(
        self,
        request: RequestId,
        mailbox: str,
        address: str,
        *,
        name: str | None = None,
        signature: str | None = None,
        html: bool = False,
    ) -> Done:
        asked = self._ask(
            request, "set_own_address", mailbox=mailbox, address=address, name=name, signature=signature, html=html
        )
        return cast("Done", await asked)

    async def ending(self, address: str) -> Ending:
        return await self._read(lambda reader: reader.ending(address))

    async def stop_mailbox(self, request: RequestId, address: str) -> Done:
        return await self._and_staff(request, "stop_mailbox", address=address)

    async def reset_mailbox(self, request: RequestId, address: str) -> Done:
        return await self._and_staff(request, "reset_mailbox", address=address)

    async def share(self, request: RequestId, address: str, member: str) -> Done:
        return cast("Done", await self._ask(request, "share", address=address, member=member))

    async def unshare(self, request: RequestId, address: str, member: str) -> Done:
        return await self._and_staff(request, "unshare", address=address, member=member)

    async def _and_staff(
        self,
        request: RequestId,
        method: str,
        then: "Callable[[LocalDesk], Awaitable[None]] | None" = None,
        **arguments: object,
    ) -> Done:
        """What ends with the act, actors, secrets and sessions, ends even if the caller hangs up."""

        async def whole() -> Done:
            done = cast("Done", await self._ask(request, method, **arguments))
            await self._inside.staff()
            if then is not None:
                await then(self)
            return done

        return await asyncio.shield(whole())

    async def _chosen(self, addresses: Sequence[str]) -> list[OwnMailbox]:
        """The caller's mailboxes of these addresses; none named: all of them. A hidden one is not found."""
        own = await self._read(lambda reader: reader.own_mailboxes())
        return chosen(own, addresses)

    async def sync(
        self, addresses: Sequence[str] = (), *, wait: bool = False, timeout: float | None = None
    ) -> SyncResult:
        known = await self._read(lambda reader: reader.looked_after())
        mailboxes = chosen(known, addresses) if addresses else [mailbox for mailbox in known if not mailbox.paused]
        asked = {uuid.uuid4().hex: mailbox for mailbox in mailboxes if not mailbox.local}
        tells = [(mailbox_name(mailbox.key), SyncNow(id=id_)) for id_, mailbox in asked.items()]
        told: list[SyncDone] = []
        if wait:
            seconds = None if timeout is None else _seconds(timeout, COMMAND_SECONDS)
            await self._settled(seconds)
            with self._inside.front.waiting(*asked, RESTARTED) as waiter:
                told = await self._until(tells, waiter, answers=len(asked), seconds=seconds)
        else:
            self._post(tells)
        bad = {asked[done.id].address: done for done in told if done.code is not None}
        return SyncResult(
            synced=tuple(mailbox.address for mailbox in mailboxes if mailbox.address not in bad),
            failed={address: done.code or "" for address, done in bad.items() if not done.offline},
            offline={address: done.code or "" for address, done in bad.items() if done.offline},
        )

    async def _settled(self, seconds: float | None) -> None:
        """What an act touches is settled in slices, and only then known to be wanted."""
        try:
            async with asyncio.timeout(seconds):
                with self._inside.front.waiting(ANNOUNCED) as waiter:
                    while await self._inside.unsettled():
                        with contextlib.suppress(TimeoutError):
                            await waiter.next(seconds=SETTLE_SECONDS)
        except TimeoutError:
            raise Away("timeout") from None

    async def audit(
        self, addresses: Sequence[str] = (), *, all_folders: bool = False, timeout: float = 600
    ) -> AuditResult:
        mailboxes = await self._chosen(addresses)
        if addresses and any(mailbox.local for mailbox in mailboxes):
            raise BadRequest("local_mailbox")
        asked = {uuid.uuid4().hex: mailbox for mailbox in mailboxes if not mailbox.local}
        tells = [
            (mailbox_name(mailbox.key), AuditNow(id=id_, all_folders=all_folders)) for id_, mailbox in asked.items()
        ]
        with self._inside.front.waiting(*asked, RESTARTED) as waiter:
            seconds = _seconds(timeout, 600)
            told: list[AuditDone] = await self._until(tells, waiter, answers=len(asked), seconds=seconds, some=True)
        by_id = {done.id: done for done in told}
        codes = {id_: by_id[id_].error_code if id_ in by_id else "timeout" for id_ in asked}
        return AuditResult(
            lines=tuple(line for id_, code in codes.items() if code is None for line in by_id[id_].lines),
            failed={asked[id_].address: code for id_, code in codes.items() if code is not None},
        )

    async def import_copies(self, request: RequestId, mailbox: str, copies: AsyncIterator[LocalCopy]) -> Imported:
        opening = RequestId(f"{request}.open")
        view = cast("MailboxView", await self._ask(opening, "open_import", mailbox=mailbox))
        await self._inside.staff()
        (target,) = await self._chosen([view.settings.address])
        sums = [0, 0, 0]
        async for folder, batch in batched(copies):
            told = await self._bring(target.key, folder, batch)
            sums = [one + other for one, other in zip(sums, (told.added, told.known, told.failed), strict=True)]
        kept = await self._ask(request, "import_copies", mailbox=mailbox, added=sums[0], known=sums[1], failed=sums[2])
        return cast("Imported", kept)

    async def _bring(
        self, mailbox: MailboxKey, folder: str, copies: Sequence[tuple[bytes, tuple[str, ...], int | None]]
    ) -> CopiesImported:
        id_ = uuid.uuid4().hex
        message = ImportCopies(id=id_, folder=folder, copies=tuple(copies))
        with self._inside.front.waiting(id_, RESTARTED) as waiter:
            (told,) = await self._until([(mailbox_name(mailbox), message)], waiter, answers=1, seconds=600)
        return cast("CopiesImported", told)

    # ---- Firm

    async def add_client(self, request: RequestId, name: str, contacts: Sequence[NewContact] = ()) -> Client:
        return cast("Client", await self._ask(request, "add_client", name=name, contacts=tuple(contacts)))

    async def add_contact(self, request: RequestId, name: str, addresses: Sequence[str]) -> Contact:
        return cast("Contact", await self._ask(request, "add_contact", name=name, addresses=tuple(addresses)))

    async def link(self, request: RequestId, address: str, client: str) -> Done:
        return cast("Done", await self._ask(request, "link", address=address, client=client))

    async def unlink(self, request: RequestId, address: str, client: str) -> Done:
        return cast("Done", await self._ask(request, "unlink", address=address, client=client))

    async def set_email_sync(self, request: RequestId, address: str, *, client: str, on: bool) -> Done:
        return cast("Done", await self._ask(request, "set_email_sync", address=address, client=client, on=on))

    async def add_member(
        self,
        request: RequestId,
        name: str,
        *,
        role: MemberRole = MemberRole.EMPLOYEE,
        rights: Sequence[Right] = (),
        user: str | None = None,
    ) -> Member:
        made = await self._ask(request, "add_member", name=name, role=role, rights=tuple(rights), user=user)
        return cast("Member", made)

    async def set_access(
        self,
        request: RequestId,
        member: str,
        *,
        give: Sequence[str] = (),
        take: Sequence[str] = (),
        rights: Sequence[Right] | None = None,
    ) -> Done:
        chosen_rights = None if rights is None else tuple(rights)
        done = await self._ask(
            request, "set_access", member=member, give=tuple(give), take=tuple(take), rights=chosen_rights
        )
        return cast("Done", done)

    async def set_role(self, request: RequestId, member: str, role: MemberRole) -> Done:
        return cast("Done", await self._ask(request, "set_role", member=member, role=role))

    async def set_wall(self, request: RequestId, client: str, member: str, *, on: bool) -> Done:
        return cast("Done", await self._ask(request, "set_wall", client=client, member=member, on=on))

    async def set_private(self, request: RequestId, thread: ThreadId, *, on: bool) -> Done:
        return cast("Done", await self._ask(request, "set_private", thread=thread, on=on))

    async def set_away(self, request: RequestId, member: str, until: int | None, *, deputy: str | None = None) -> Done:
        return cast("Done", await self._ask(request, "set_away", member=member, until=until, deputy=deputy))

    async def leave_firm(self, request: RequestId, member: str, *, pass_to: str) -> Done:
        return await self._and_staff(request, "leave_firm", self._inside.see_off, member=member, pass_to=pass_to)

    async def client_from(
        self, request: RequestId, email: EmailId, *, name: str | None = None, client: str | None = None
    ) -> ClientMade:
        return cast("ClientMade", await self._ask(request, "client_from", email=email, name=name, client=client))

    async def make_clients(self, request: RequestId, clients: Sequence[NewClient]) -> ClientMade:
        return cast("ClientMade", await self._ask(request, "make_clients", clients=tuple(clients)))

    async def set_setting(self, request: RequestId, key: str, value: str | None) -> Done:
        return cast("Done", await self._ask(request, "set_setting", key=key, value=value))

    # ---- Documents

    async def documents(self, client: str) -> tuple[Document, ...]:
        return await self._read(lambda reader: reader.documents(client))

    async def find_documents(self, text: str, *, client: str | None = None, limit: int = 50) -> tuple[Document, ...]:
        return await self._read(lambda reader: reader.find_documents(text, client=client, limit=_rows(limit)))

    async def document_name(self, document: DocumentId) -> str:
        return await self._read(lambda reader: reader.document_name(document))

    async def document(self, document: DocumentId) -> AsyncIterator[bytes]:
        async for piece in shelving.told(
            self._inside.files, lambda: self._read(lambda reader: reader.document_places(document))
        ):
            yield piece

    async def add_document(self, request: RequestId, client: str, name: str, pieces: AsyncIterator[bytes]) -> Document:
        return await self._bring_file(request, "add_document", pieces, client=client, name=name)

    async def save_attachment(
        self, request: RequestId, email: EmailId, n: int, *, client: str | None = None
    ) -> Document:
        await self.fetch_body(email)

        def work(reader: Reader) -> tuple[EmailView, bytes]:
            return reader.email(email, version=0), reader.part(email, n, version=0)

        view, data = await self._read(work)
        name = next((part.name for part in view.attachments if part.n == n), "")
        pieces = attaching.cut(data)
        return await self._bring_file(
            request, "save_attachment", pieces, email=email, n=n, client=client, name=name or file_name("")
        )

    async def _bring_file(
        self, request: RequestId, method: str, pieces: AsyncIterator[bytes], **said: object
    ) -> Document:
        most = await self._read(lambda reader: reader.most_document())
        brought = await shelving.bring(self._ask, request, self._inside.files, pieces, method, most, said)
        return cast("Document", brought)

    async def rename_document(self, request: RequestId, document: DocumentId, name: str) -> Done:
        return cast("Done", await self._ask(request, "rename_document", document=document, name=name))

    async def move_document(self, request: RequestId, document: DocumentId, client: str) -> Done:
        return cast("Done", await self._ask(request, "move_document", document=document, client=client))

    async def delete_document(self, request: RequestId, document: DocumentId) -> Done:
        return cast("Done", await self._ask(request, "delete_document", document=document))

    async def begin_export(self, request: RequestId, client: str) -> Export:
        await self._ask(request, "begin_export", client=client)
        return await self._read(lambda reader: reader.export(client))

    async def client_emails(self, client: str) -> AsyncIterator[EmailRow]:
        after = 0
        while True:
            start = after
            rows, after = await self._read(functools.partial(_emails_after, client, start))
            for row in rows:
                yield row
            if not after:
                return

    async def end_export(self, request: RequestId, client: str, *, emails: int, documents: int, manifest: str) -> Done:
        said = {"emails": emails, "documents": documents, "manifest": manifest}
        return cast("Done", await self._ask(request, "end_export", client=client, **said))

    async def client_standing(self, client: str) -> Standing:
        return await self._read(lambda reader: reader.client_standing(client))

    async def hold_client(self, request: RequestId, client: str, *, on: bool) -> Done:
        return cast("Done", await self._ask(request, "hold_client", client=client, on=on))

    async def erase_client(self, request: RequestId, client: str) -> Done:
        return cast("Done", await self._ask(request, "erase_client", client=client))

    # ---- Notices

    async def see_notice(self, request: RequestId, notice: NoticeId) -> Done:
        return cast("Done", await self._ask(request, "see_notice", notice=notice))

    async def archive_notice(self, request: RequestId, notice: NoticeId) -> Done:
        return cast("Done", await self._ask(request, "archive_notice", notice=notice))

    async def later_notice(self, request: RequestId, notice: NoticeId) -> Done:
        return cast("Done", await self._ask(request, "later_notice", notice=notice))

    async def never_notice(self, request: RequestId, notice: NoticeId) -> Done:
        return cast("Done", await self._ask(request, "never_notice", notice=notice))

    # ---- Office

    async def stop_office(self) -> None:
        if self._inside.shared or self._caller.as_ is not None:
            raise NotAllowed("not_allowed", right="stop_office")
        self._inside.end()


def _refuse_employee(me: Member, right: str) -> None:
    if me.role is MemberRole.EMPLOYEE:
        raise NotAllowed("not_allowed", right=right)


def _settled_preview(mailbox: NewMailbox, seen: Glimpsed, reader: Reader) -> Preview:
    return reader.preview(mailbox, seen)


def _said(mailbox: NewMailbox) -> dict[str, Any]:
    """All of it but the secret."""
    return {name: getattr(mailbox, name) for name in mailbox.__struct_fields__ if name != "password"}


def _announced_after(after: int, reader: Reader) -> tuple[tuple[Announcement, ...], int]:
    return reader.announced(after=after, limit=EVENTS_AT_ONCE)


def _emails_after(client: str, after: int, reader: Reader) -> tuple[tuple[EmailRow, ...], int]:
    return reader.client_emails(client, after=after, limit=EXPORTED_AT_ONCE)


def _rows(limit: int) -> int:
    return max(1, min(limit, MOST_ROWS))


def _seconds(timeout: float, otherwise: float) -> float:
    """A caller's time limit, where it is one; NaN and nonsense are not."""
    return timeout if 0 < timeout <= 7 * 86_400 else otherwise


def chosen(own: Sequence[OwnMailbox], addresses: Sequence[str]) -> list[OwnMailbox]:
    """Of one's own mailboxes those that are named, in the order given; all when none is."""
    if not addresses:
        return list(own)
    by_name = {mailbox.address.casefold(): mailbox for mailbox in own}
    if any(address.casefold() not in by_name for address in addresses):
        raise NotFound
    return list({by_name[address.casefold()].key: by_name[address.casefold()] for address in addresses}.values())


def coalesced(told: Iterable[Announcement]) -> list[Announcement]:
    """Those that say the same of the same thing become one, in the place of the last."""
    kept: dict[tuple[Any, ...], Announcement] = {}
    for event in told:
        key = (event.kind, event.email, event.thread, event.client)
        before = kept.pop(key, None)
        count = event.count + (before.count if before is not None else 0)
        kept[key] = Announcement(
            seq=event.seq,
            at=event.at,
            kind=event.kind,
            email=event.email,
            thread=event.thread,
            client=event.client,
            count=count,
        )
    return list(kept.values())


async def batched(
    copies: AsyncIterator[LocalCopy],
) -> AsyncIterator[tuple[str, list[tuple[bytes, tuple[str, ...], int | None]]]]:
    """Pieces put together to mails, mails of one folder to batches."""
    batch: list[tuple[bytes, tuple[str, ...], int | None]] = []
    folder, size, pieces, pending = "", 0, list[bytes](), 0
    async for copy in copies:
        pieces.append(copy.data)
        pending += len(copy.data)
        if pending > MOST_MAIL_BYTES:
            raise BadRequest("too_long")
        if not copy.last:
            continue
        if batch and (copy.folder != folder or len(batch) >= IMPORT_COPIES or size + pending > IMPORT_BYTES):
            yield folder, batch
            batch, size = [], 0
        folder = copy.folder
        batch.append((b"".join(pieces), copy.flags, copy.at))
        size += pending
        pieces, pending = [], 0
    if batch:
        yield folder, batch
