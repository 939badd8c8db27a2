"""A Desk in memory for the tests of screens and commands: the real one's contract, and it can be told to fail.

One reader, the owner. It files by hand and by address; what it cannot know (imap servers) answers as if all were well.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from actors.desk.api import (
    PROTOCOL_VERSION,
    AuditResult,
    Imported,
    LocalCopy,
    NewContact,
    NewMailbox,
    Sink,
    SyncResult,
    Welcome,
)
from providers.table import by_domain
from store.model.address import Address
from store.model.address import NotAllowed as BadText
from store.model.errors import BadRequest, Conflict, DeskError, NotFound
from store.model.firm import Client, ClientDetail, Contact, LinkedAddress, Member, MemberRole, Right
from store.model.found import Found
from store.model.ids import ClientId, EmailId, MailboxId, MemberId, NoticeId, RequestId, ThreadId
from store.model.mailbox import MailboxScope, MailboxSettings, MailboxView, SyncState
from store.model.thread import DoneMark, ThreadState
from store.model.views import (
    Announcement,
    Done,
    EmailRow,
    EmailView,
    FolderRow,
    JournalEntry,
    MailboxStatus,
    NoticeCount,
    NoticeRow,
    OfficeStatus,
    ThreadPage,
    ThreadQuery,
    View,
    Why,
    WhyFiling,
)
from store.rules.authserv import clean
from store.rules.settings import LANGUAGE, allowed, canonical, is_known, with_defaults
from tests.support.fake_acts import FakeActs, FakeUndo
from tests.support.fake_boxes import FakeBoxes, named, set_up
from tests.support.fake_calls import call, command
from tests.support.fake_clients import FakeClients
from tests.support.fake_documents import FakeDocuments
from tests.support.fake_mail import FakeFirm, FakeMail
from tests.support.fake_members import FakeMembers
from tests.support.fake_notes import FakeNotes
from tests.support.fake_people import FakePeople
from tests.support.fake_rules import FakeRules
from tests.support.fake_secrets import FakeSecrets
from tests.support.fake_sign_in import FakeSignIns
from tests.support.fake_views import VIEWS, FakeViews, in_view
from tests.support.fake_writing import FakeWriting

NOW = 1_764_000_000
CHUNK = 64 << 10


class FakeDesk(
    FakeActs,
    FakeBoxes,
    FakeClients,
    FakeDocuments,
    FakeMembers,
    FakeNotes,
    FakePeople,
    FakeRules,
    FakeSecrets,
    FakeSignIns,
    FakeViews,
    FakeWriting,
):
    """See the module. `calls` are the calls made, as (method, positional, named)."""

    def __init__(self) -> None:
        FakeSignIns.__init__(self)
        FakeSecrets.__init__(self)
        FakeDocuments.__init__(self)
        FakeNotes.__init__(self)
        FakeRules.__init__(self)
        self.firm = FakeFirm()
        self.firm.members.append(self.firm.owner)
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.answers: dict[RequestId, Any] = {}
        self.asked: dict[RequestId, str] = {}
        self.kept: list[Announcement] = []
        self.boxes: list[MailboxView] = []
        self.told: list[NoticeRow] = []
        self.journal_entries: list[JournalEntry] = []
        self.audited = AuditResult(lines=())
        self.stopped = False
        self.own: dict[str, str] = {}  # settings
        self.found: dict[str, tuple[Found, ...]] = {}  # servers by address, beside those of the table
        self.undos: list[FakeUndo] = []
        self._failures: dict[str, list[DeskError]] = {}
        self._held: dict[str, asyncio.Event] = {}
        self._sinks: list[Sink] = []
        self._changed: list[asyncio.Event] = []

    # ---- For tests

    def deliver(
        self,
        raw: bytes,
        *,
        mailbox: str = "olga@firm.example",
        folder: str = "INBOX",
        read: bool = False,
        whole: bool = True,
    ) -> EmailId:
        """A mail has come in."""
        mail = self.firm.add_mail(raw, mailbox=mailbox, folder=folder, read=read, whole=whole)
        self.announce(
            "emails_filed" if self.firm.filings(mail) else "threads_changed", email=mail.id, thread=mail.thread
        )
        return mail.id

    def fail(self, method: str, error: DeskError, *, times: int = 1) -> None:
        """Let the next calls of a method fail."""
        self._failures.setdefault(method, []).extend([error] * times)

    def hold(self, method: str) -> asyncio.Event:
        """Let calls of a method wait until the event is set."""
        return self._held.setdefault(method, asyncio.Event())

    def announce(
        self,
        kind: str,
        *,
        email: EmailId | None = None,
        thread: ThreadId | None = None,
        client: ClientId | None = None,
    ) -> None:
        """Tell everybody who listens."""
        told = Announcement(seq=len(self.kept) + 1, at=NOW, kind=kind, email=email, thread=thread, client=client)
        self.kept.append(told)
        for sink in tuple(self._sinks):
            sink(told)
        for changed in self._changed:
            changed.set()

    async def called(self, name: str, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Record a call; wait or fail if a test said so."""
        self.calls.append((name, given, named))
        if name in self._held:
            await self._held[name].wait()
        if failures := self._failures.get(name):
            raise failures.pop(0)

    def mail(self, email: EmailId) -> FakeMail:
        """An email by its id."""
        found = next((mail for mail in self.firm.mails if mail.id == email), None)
        if found is None:
            raise NotFound
        return found

    # ---- Reading

    @call
    async def welcome(self) -> Welcome:
        return Welcome(
            protocol=PROTOCOL_VERSION,
            version="fake",
            pid=1,
            firm="Owner & Co",
            member=self.firm.owner,
            empty=not self.boxes,
            language=with_defaults(self.own)[LANGUAGE],
        )

    @call
    async def folders(self) -> tuple[FolderRow, ...]:
        rows = [self._folder(ThreadQuery(view=view), view=view) for view in VIEWS]
        for client in sorted(self.firm.clients, key=lambda client: client.name.casefold()):
            row = self._folder(ThreadQuery(client=client.client), view=None)
            rows.append(
                FolderRow(
                    client=self.firm.named(client.client),
                    to_answer=row.to_answer,
                    unread=row.unread,
                    threads=row.threads,
                )
            )
        return tuple(rows)

    def _folder(self, query: ThreadQuery, *, view: View | None) -> FolderRow:
        rows = [self.firm.thread_row(thread) for thread in self._threads(query)]
        return FolderRow(
            view=view,
            to_answer=sum(row.state is ThreadState.TO_ANSWER for row in rows),
            unread=any(row.unread for row in rows),
            threads=len(rows),
        )

    @call
    async def threads(self, query: ThreadQuery, *, offset: int = 0, limit: int = 200) -> ThreadPage:
        if query.client is not None and all(client.client != query.client for client in self.firm.clients):
            raise NotFound
        threads = self._threads(query)
        rows = tuple(self.firm.thread_row(thread) for thread in threads[offset : offset + limit])
        return ThreadPage(rows=rows, offset=offset, total=len(threads), seq=len(self.kept))

    def _threads(self, query: ThreadQuery) -> list[ThreadId]:
        """Newest first."""
        mails = [mail for mail in self.firm.mails if self._in_query(mail, query)]
        return list(dict.fromkeys(mail.thread for mail in reversed(self.firm.in_order(mails))))

    def _in_query(self, mail: FakeMail, query: ThreadQuery) -> bool:
        if query.client is not None and not self.firm.is_filed(mail, query.client):
            return False
        if not all(word in f"{mail.subject} {mail.text}".casefold() for word in query.text.casefold().split()):
            return False
        return in_view(self.firm, mail, query.view)

    @call
    async def thread(self, thread: ThreadId) -> tuple[EmailRow, ...]:
        mails = self._of_thread(thread)
        return tuple(self.firm.email_row(mail) for mail in mails)

    def _of_thread(self, thread: ThreadId) -> list[FakeMail]:
        mails = self.firm.of_thread(thread)
        if not mails:
            raise NotFound
        return mails

    @call
    async def email(self, email: EmailId, *, version: int = 0) -> EmailView:
        return self.firm.email_view(self.mail(email))

    @call
    async def fetch_body(self, email: EmailId, *, timeout: float = 30) -> EmailView:
        mail = self.mail(email)
        mail.whole = True
        return self.firm.email_view(mail)

    async def raw(self, email: EmailId) -> AsyncIterator[bytes]:
        await self.called("raw", (email,), {})
        raw = self.mail(email).raw
        for start in range(0, len(raw), CHUNK):
            yield raw[start : start + CHUNK]

    @call
    async def search(self, text: str, *, limit: int = 50, before: EmailId | None = None) -> tuple[EmailRow, ...]:
        found = [mail for mail in self.firm.in_order() if self._in_query(mail, ThreadQuery(text=text))]
        found.reverse()
        if before is not None:
            found = found[found.index(self.mail(before)) + 1 :]
        return tuple(self.firm.email_row(mail) for mail in found[:limit])

    @call
    async def why(self, email: EmailId) -> Why:
        filings = self.firm.filings(self.mail(email))
        told = tuple(
            WhyFiling(client=each.client, reason=each.reason, confidence=each.confidence, ambiguous=each.ambiguous)
            for each in filings
        )
        return Why(email=email, filings=told, alternatives=())

    @call
    async def status(self, *, actors: bool = False, member: str | None = None) -> OfficeStatus:
        return OfficeStatus(
            pid=1,
            since=NOW,
            version="fake",
            firm="Owner & Co",
            mailboxes=tuple(MailboxStatus(address=box.settings.address, state=box.state) for box in self.boxes),
        )

    @call
    async def mailboxes(self) -> tuple[MailboxView, ...]:
        return tuple(self.boxes)

    @call
    async def audit(
        self, addresses: Sequence[str] = (), *, all_folders: bool = False, timeout: float = 600
    ) -> AuditResult:
        return self.audited

    @call
    async def clients(self) -> tuple[Client, ...]:
        return tuple(sorted(self.firm.clients, key=lambda client: client.name.casefold()))

    @call
    async def client(self, ref: str) -> ClientDetail:
        client = self._client(ref)
        contacts = []
        for contact in self.firm.contacts:
            linked = tuple(
                LinkedAddress(
                    address=address,
                    email_sync=self.firm.links[address, client.client],
                    notify=(address, client.client) not in self.firm.quiet,
                )
                for address in contact.addresses
                if (address, client.client) in self.firm.links
            )
            if linked:
                contacts.append((self._with_clients(contact), linked))
        mails = [mail for mail in self.firm.mails if self.firm.is_filed(mail, client.client)]
        detail = ClientDetail(
            client=client.client,
            name=client.name,
            contacts=tuple(contacts),
            emails=len(mails),
            threads=len({mail.thread for mail in mails}),
        )
        return self._whole(detail)

    def _client(self, ref: str) -> Client:
        ref = self.firm.aliases.get(ref, ref)
        for client in self.firm.clients:
            if ref == client.client or ref.casefold() == client.name.casefold():
                return client
        raise NotFound

    def _with_clients(self, contact: Contact) -> Contact:
        linked = {client for address, client in self.firm.links if address in contact.addresses}
        return Contact(
            contact=contact.contact, name=contact.name, addresses=contact.addresses, clients=tuple(sorted(linked))
        )

    @call
    async def contacts(self) -> tuple[Contact, ...]:
        return tuple(self._with_clients(contact) for contact in self.firm.contacts)

    @call
    async def members(self) -> tuple[Member, ...]:
        return tuple(self.firm.members)

    @call
    async def notices(self, *, archived: bool = False) -> tuple[NoticeRow, ...]:
        return tuple(notice for notice in self.told if notice.archived == archived)

    @call
    async def notice_count(self) -> NoticeCount:
        there = [notice for notice in self.told if not notice.archived]
        return NoticeCount(notices=len(there), unseen=sum(not notice.seen for notice in there))

    async def announcements(self, *, since: int | None = None) -> AsyncIterator[Announcement]:
        seen = len(self.kept) if since is None else since
        changed = asyncio.Event()
        self._changed.append(changed)
        try:
            while True:
                while seen < len(self.kept):
                    seen += 1
                    yield self.kept[seen - 1]
                changed.clear()
                await changed.wait()
        finally:
            self._changed.remove(changed)

    @call
    async def oldest_announcement(self) -> int:
        return self.kept[0].seq if self.kept else 1

    @call
    async def settings(self) -> dict[str, str]:
        return with_defaults(self.own)

    @command
    async def set_setting(self, request: RequestId, key: str, value: str | None) -> Done:
        if not is_known(key):
            raise BadRequest("no_setting", name=key)
        wanted = None if value is None else canonical(key, value)
        if value is not None and wanted is None:
            raise BadRequest("bad_setting", name=key, allowed=allowed(key))
        before = self.own.get(key)
        if before == wanted:
            return Done(done=False, affected=0)
        self._set(key, wanted)
        return self._did("set", 1, lambda: self._set(key, before), kind="settings_changed")

    def _set(self, key: str, value: str | None) -> None:
        self.own.pop(key, None)
        if value is not None:
            self.own[key] = value

    @call
    async def subscribe(self, sink: Sink) -> Callable[[], None]:
        self._sinks.append(sink)
        return lambda: self._sinks.remove(sink) if sink in self._sinks else None

    # ---- Mail

    @command
    async def file(
        self,
        request: RequestId,
        *,
        email: EmailId | None = None,
        thread: ThreadId | None = None,
        client: str | None,
        always: bool = False,
    ) -> Done:
        mails = [self.mail(email)] if email is not None else self._of_thread(thread or ThreadId(""))
        hand = () if client is None else (self._client(client).client,)
        before = [(mail, mail.hand) for mail in mails]
        for mail in mails:
            mail.hand = hand

        def back() -> None:
            for mail, was in before:
                mail.hand = was

        return self._did("file", len(mails), back, thread=mails[0].thread)

    @command
    async def done(self, request: RequestId, thread: ThreadId) -> Done:
        newest = self._of_thread(thread)[-1]
        before = self.firm.done.get(thread)
        self.firm.done[thread] = DoneMark(email=newest.key, at=newest.at, by=1)
        return self._did("done", 1, lambda: self._put_done(thread, before), thread=thread)

    @command
    async def reopen(self, request: RequestId, thread: ThreadId) -> Done:
        self._of_thread(thread)
        before = self.firm.done.pop(thread, None)
        return self._did("reopen", 1, lambda: self._put_done(thread, before), thread=thread)

    def _put_done(self, thread: ThreadId, mark: DoneMark | None) -> None:
        if mark is None:
            self.firm.done.pop(thread, None)
        else:
            self.firm.done[thread] = mark

    # ---- Mailboxes

    @call
    async def find_servers(self, address: str) -> tuple[Found, ...]:
        try:
            Address(address)
        except BadText:
            raise BadRequest("bad_address", address=address) from None
        listed = by_domain(address.strip())
        return self.found.get(address.strip(), () if listed is None else (listed,))

    @command
    async def add_mailbox(self, request: RequestId, mailbox: NewMailbox) -> MailboxView:
        if any(box.settings.address == mailbox.address for box in self.boxes):
            raise BadRequest("mailbox_taken")
        settings = MailboxSettings(
            address=mailbox.address,
            login=mailbox.login,
            imap=mailbox.imap,
            smtp=mailbox.smtp,
            scope=mailbox.scope,
            history_from=mailbox.history_from,
        )
        return self._add_box(settings, state=SyncState.SYNCED)

    def _add_box(self, settings: MailboxSettings, *, state: SyncState) -> MailboxView:
        view = MailboxView(
            mailbox=MailboxId(f"b{next(self.firm.serial)}"),
            settings=settings,
            members=(self.firm.owner.name,),
            paused=False,
            state=state,
        )
        self.boxes.append(view)
        self.announce("mailbox_told")
        return view

    @command
    async def pause(self, request: RequestId, address: str) -> Done:
        return self._set_paused(address, paused=True)

    @command
    async def resume(self, request: RequestId, address: str) -> Done:
        return self._set_paused(address, paused=False)

    @command
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
        place = next((n for n, box in enumerate(self.boxes) if box.settings.address == address.casefold()), None)
        if place is None:
            raise NotFound
        box = self.boxes[place]
        if box.settings.imap is None:
            raise BadRequest("local_mailbox")
        if history_from is not None and not 0 <= history_from <= NOW:
            raise BadRequest("bad_value", field="history")
        history = box.settings.history_from if history_from is None else history_from or None
        if shared is not None and not {*box.offered, *box.settings.shared}.issuperset(shared):
            raise BadRequest("no_such_folder")
        after = msgspec.structs.replace(
            box.settings, scope=scope or box.settings.scope, history_from=history,
            shared=box.settings.shared if shared is None else tuple(sorted(set(shared))),
        )  # fmt: skip
        after = set_up(
            after, save_attachments=save_attachments, on_behalf=on_behalf, signature=signature,
            signature_html=signature_html, no_send=no_send,
        )  # fmt: skip
        if authserv_id is not None:
            server = clean(authserv_id)
            if server is None:
                raise BadRequest("bad_value", field="authserv_id")
            after = msgspec.structs.replace(after, authserv_id=server or None)
        view = named(msgspec.structs.replace(box, settings=after), aliases=aliases, never_sync=never_sync)
        if view == box:
            return Done(done=False, affected=0)
        self.boxes[place] = view
        self.announce("mailbox_told")
        return Done(done=True, affected=1)

    def _set_paused(self, address: str, *, paused: bool) -> Done:
        for number, box in enumerate(self.boxes):
            if box.settings.address.casefold() == address.casefold():
                self.boxes[number] = MailboxView(
                    mailbox=box.mailbox,
                    settings=box.settings,
                    members=box.members,
                    paused=paused,
                    state=SyncState.PAUSED if paused else SyncState.SYNCED,
                )
                self.announce("mailbox_told")
                return Done(done=box.paused != paused, affected=int(box.paused != paused))
        raise NotFound

    @call
    async def sync(
        self, addresses: Sequence[str] = (), *, wait: bool = False, timeout: float | None = None
    ) -> SyncResult:
        known = {box.settings.address for box in self.boxes}
        if not known.issuperset(addresses):
            raise NotFound
        return SyncResult(synced=tuple(addresses) or tuple(sorted(known)), failed={}, offline={})

    @command
    async def import_copies(self, request: RequestId, mailbox: str, copies: AsyncIterator[LocalCopy]) -> Imported:
        if all(box.settings.address != mailbox for box in self.boxes):
            self._add_box(MailboxSettings(address=mailbox, login="", imap=None), state=SyncState.SYNCED)
        added = known = 0
        pieces: list[bytes] = []
        async for copy in copies:
            pieces.append(copy.data)
            if not copy.last:
                continue
            raw = b"".join(pieces)
            pieces.clear()
            if any(mail.raw == raw and mail.folder == copy.folder for mail in self.firm.mails):
                known += 1
            else:
                self.deliver(raw, mailbox=mailbox, folder=copy.folder, read="\\Seen" in copy.flags)
                added += 1
        return Imported(added=added, known=known, failed=0)

    # ---- Firm

    @command
    async def add_client(self, request: RequestId, name: str, contacts: Sequence[NewContact] = ()) -> Client:
        if any(client.name.casefold() == name.casefold() for client in self.firm.clients):
            raise BadRequest("name_taken", name=name)
        addresses = [_address(contact.address) for contact in contacts]
        client = Client(client=ClientId(f"c{next(self.firm.serial)}"), name=name)
        before = self._people()
        self.firm.clients.append(client)
        for contact, address in zip(contacts, addresses, strict=True):
            if self.firm.contact_of(address) is None:
                self.firm.add_contact(contact.name, (address,))
            self.firm.links[address, client.client] = True
        self._did("add_client", 0, lambda: self._put_people(before), kind="firm_changed")
        return client

    @command
    async def add_contact(self, request: RequestId, name: str, addresses: Sequence[str]) -> Contact:
        good = tuple(_address(address) for address in addresses)
        for address in good:
            if self.firm.contact_of(address) is not None:
                raise BadRequest("address_taken", address=address)
        before = self._people()
        made = self.firm.add_contact(name, good)
        self._did("add_contact", 1, lambda: self._put_people(before), kind="firm_changed")
        return made

    @command
    async def link(self, request: RequestId, address: str, client: str) -> Done:
        key = (_address(address), self._client(client).client)
        if key in self.firm.links:
            raise Conflict("already_there")
        if self.firm.contact_of(key[0]) is None:
            self.firm.add_contact("", (key[0],))
        self.firm.links[key] = True
        return self._did("link", self._touched(key[0]), lambda: self._unlink(key), kind="firm_changed")

    @command
    async def unlink(self, request: RequestId, address: str, client: str) -> Done:
        key = (_address(address), self._client(client).client)
        if key not in self.firm.links:
            raise NotFound
        was = self.firm.links.pop(key)
        return self._did("unlink", self._touched(key[0]), lambda: self._relink(key, on=was), kind="firm_changed")

    @command
    async def set_email_sync(self, request: RequestId, address: str, *, client: str, on: bool) -> Done:
        key = (_address(address), self._client(client).client)
        if key not in self.firm.links:
            raise NotFound
        was = self.firm.links[key]
        self.firm.links[key] = on
        return self._did("set_email_sync", self._touched(key[0]), lambda: self._relink(key, on=was))

    def _touched(self, address: str) -> int:
        return sum(address in mail.addresses() for mail in self.firm.mails)

    def _unlink(self, key: tuple[str, ClientId]) -> None:
        del self.firm.links[key]

    def _relink(self, key: tuple[str, ClientId], *, on: bool) -> None:
        self.firm.links[key] = on

    @command
    async def add_member(
        self,
        request: RequestId,
        name: str,
        *,
        role: MemberRole = MemberRole.EMPLOYEE,
        rights: Sequence[Right] = (),
        user: str | None = None,
    ) -> Member:
        if any(member.name.casefold() == name.casefold() for member in self.firm.members):
            raise BadRequest("name_taken", name=name)
        member = Member(
            member=MemberId(f"m{next(self.firm.serial)}"), name=name, role=role, rights=tuple(rights), user=user
        )
        self.firm.members.append(member)
        return member

    # ---- Notices

    @command
    async def see_notice(self, request: RequestId, notice: NoticeId) -> Done:
        return self._noticed(notice, seen=True, archived=False)

    @command
    async def archive_notice(self, request: RequestId, notice: NoticeId) -> Done:
        return self._noticed(notice, seen=True, archived=True)

    @command
    async def later_notice(self, request: RequestId, notice: NoticeId) -> Done:
        return self._noticed(notice, seen=False, archived=False)

    @command
    async def never_notice(self, request: RequestId, notice: NoticeId) -> Done:
        return self._noticed(notice, seen=True, archived=True)

    def _noticed(self, notice: NoticeId, *, seen: bool, archived: bool) -> Done:
        for number, known in enumerate(self.told):
            if known.notice == notice:
                self.told[number] = NoticeRow(
                    notice=notice,
                    kind=known.kind,
                    at=known.at,
                    client=known.client,
                    thread=known.thread,
                    email=known.email,
                    arguments=known.arguments,
                    seen=seen,
                    archived=archived,
                    seen_by=known.seen_by,
                )
                return Done(done=True, affected=1)
        raise NotFound

    # ---- Office

    @call
    async def stop_office(self) -> None:
        self.stopped = True


def _address(text: str) -> str:
    try:
        return str(Address(text))
    except BadText:
        raise BadRequest("bad_address", address=text) from None
