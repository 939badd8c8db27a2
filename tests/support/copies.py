"""Copies of made-up mail as the classifier hands them to the desk, without parsing; and a desk to hand them to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from actors.desk.founding import found
from actors.desk.writer import DeskWriter
from actors.messages import (
    ClosePass,
    DeclareFolders,
    Deposit,
    Deposited,
    FolderSeen,
    Opened,
    OpenPass,
    Origin,
    SeenCopy,
)
from store.mime.compress import compress
from store.mime.content import header_content_hash, identity
from store.model.address import Person
from store.model.copy import Body, Copy, Headers, Part
from store.model.evidence import Kind, Verified
from store.model.filing import Reason
from store.model.firm import MemberRole, Right
from store.model.ids import ClientKey, ContactKey, DepositId, EmailKey, FolderKey, MailboxKey, MemberKey
from store.model.ledger import Present
from store.model.mailbox import MailboxScope, MailboxSettings, ServerSettings
from store.model.record import Record
from store.model.uidset import UidSet
from store.rules.evidence import evidence
from store.vault.vault import Vault
from tests.support.office import ManualTime

NOW = 1_764_000_000


def people(*addresses: str) -> tuple[Person, ...]:
    return tuple(Person(name=address.partition("@")[0].title(), address=address) for address in addresses)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A made-up mail; `copy` makes what a worker would read of one of its copies."""

    id: str | None
    sender: str = "ana@client.example"
    to: tuple[str, ...] = ("clara@firm.example",)
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    delivered_to: str = ""
    reply_to: tuple[str, ...] = ()
    subject: str = "Annual accounts"
    text: str = "Please find the papers."
    at: int = NOW - 1000
    date: int | None = None
    answers: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    list_id: str = ""
    kind: Kind | None = None
    verified: Verified | None = None
    size: int = 2000

    def headers(self) -> Headers:
        return Headers(
            message_id=self.id,
            date=self.at if self.date is None else self.date,
            subject=self.subject,
            from_=people(self.sender) if self.sender else (),
            reply_to=people(*self.reply_to),
            to=people(*self.to),
            cc=people(*self.cc),
            bcc=people(*self.bcc),
            delivered_to=(self.delivered_to,) if self.delivered_to else (),
            in_reply_to=self.answers[-1:],
            references=self.answers,
            list_id=self.list_id,
        )

    def copy(self, uid: int, *, whole: bool = True) -> Copy:
        headers = self.headers()
        known = Copy(
            uid=uid,
            headers=headers,
            header_block=compress(repr(headers).encode()),
            identity=identity(headers),
            content_hash=header_content_hash(headers),
            size=self.size,
        )
        if not whole:
            return known
        parts = tuple(
            Part(n=n, name=name, type="application/pdf", size=10, sha256=_hash(name).hex())
            for n, name in enumerate(self.files, 1)
        )
        return Copy(
            uid=uid,
            headers=headers,
            header_block=known.header_block,
            identity=known.identity,
            content_hash=_hash("whole", self.subject, *self.reply_to, self.text, *self.files),
            body=Body(text=self.text, parts=parts),
            body_hash=_hash("body", self.text),
            raw_body=compress(self.text.encode()),
            text_body=compress(self.text.encode()),
            snippet=self.text[:160],
            index_text=self.text,
            size=self.size,
        )

    def seen(
        self,
        uid: int,
        *,
        whole: bool = True,
        flags: Sequence[str] = (),
        at: int | None = None,
        backfill: bool = False,
        msgid: int = 0,
    ) -> SeenCopy:
        """As deposited."""
        copy = self.copy(uid, whole=whole)
        found = evidence(copy.headers, copy.body, trusted_authserv=None)
        if self.kind is not None or self.verified is not None:
            found = type(found)(
                addresses=found.addresses,
                names=found.names,
                kind=self.kind or found.kind,
                verified=self.verified or found.verified,
            )
        return SeenCopy(
            copy=copy,
            evidence=found,
            flags=tuple(flags),
            internaldate=self.at if at is None else at,
            size=self.size,
            backfill=backfill,
            msgid=msgid,
        )


def _hash(*parts: str) -> bytes:
    return blake2b("\0".join(parts).encode(), digest_size=16).digest()


@dataclass
class DeskRig:
    """A desk's writer over a real vault, with a firm to be filled in."""

    path: Path
    time: ManualTime = field(default_factory=lambda: ManualTime(NOW))
    made: int = 0

    def __post_init__(self) -> None:
        self.vault = Vault.open(self.path)
        found(self.vault, owner="Olga Owner", now=NOW - 10_000_000)
        self.writer = DeskWriter(self.vault, self.time, jitter=lambda: 0.5)
        self.owner = MemberKey(1)
        self.told: list[tuple[str, Record]] = []

    def close(self) -> None:
        self.vault.close()

    def reopen(self) -> "DeskRig":
        """As after a kill: everything in memory is gone."""
        self.vault.close()
        self.vault = Vault.open(self.path)
        self.writer = DeskWriter(self.vault, self.time, jitter=lambda: 0.5)
        return self

    def _id(self) -> DepositId:
        self.made += 1
        return DepositId(f"d{self.made}")

    # ---- The firm

    def member(
        self,
        name: str,
        *clients: ClientKey,
        rights: Sequence[Right] = (),
        role: MemberRole = MemberRole.EMPLOYEE,
    ) -> MemberKey:
        with self.writer.turn() as turn:
            key = self.vault.firm.add_member(name, role=role, rights=rights, user=None, uid=None, at=NOW - 9_000_000)
            for client in clients:
                self.vault.firm.give_access(key, client, at=NOW - 9_000_000)
            self._read_anew(turn)
        return key

    def client(self, name: str, *addresses: str) -> ClientKey:
        """A client with one contact for all its addresses, switches on."""
        with self.writer.turn() as turn:
            client = self.vault.firm.add_client(name, at=NOW - 9_000_000)
            if addresses:
                self._contact(name, client, addresses)
            self._read_anew(turn)
        return client

    def link(self, address: str, *clients: ClientKey) -> ContactKey:
        """A contact of one address, linked to these."""
        with self.writer.turn() as turn:
            contact = self._contact(address, clients[0], (address,))
            for client in clients[1:]:
                self.vault.firm.link(contact, client, on=self.vault.firm.addresses_of(contact))
            self._read_anew(turn)
        return contact

    def _contact(self, name: str, client: ClientKey, addresses: Sequence[str]) -> ContactKey:
        keys = self.vault.addresses.keys(addresses)
        contact = self.vault.firm.add_contact(name, keys.values())
        self.vault.firm.link(contact, client, on=keys.values())
        return contact

    def mailbox(
        self,
        address: str,
        *members: MemberKey,
        scope: MailboxScope = MailboxScope.WHOLE,
        added_at: int = NOW - 100_000,
        local: bool = False,
        smtp: ServerSettings | None = None,
    ) -> MailboxKey:
        imap = None if local else ServerSettings(host="imap.firm.example", port=993, tls="ssl")
        settings = MailboxSettings(address=address, login=address, imap=imap, smtp=smtp, scope=scope)
        with self.writer.turn() as turn:
            own = [] if local else self.vault.addresses.keys((address,)).values()
            key = self.vault.mailboxes.add(
                settings, server_key=f"host {address}", members=members or (self.owner,), own=own, at=added_at
            )
            self._read_anew(turn)
        return key

    def _read_anew(self, turn: object) -> None:
        from actors.desk.book import Book

        turn.book = Book(self.vault)  # type: ignore[attr-defined]

    # ---- A mailbox at work

    def folder(
        self, mailbox: MailboxKey, name: str = "INBOX", *, use: str = "inbox", uidvalidity: int = 7
    ) -> "FolderRig":
        """Declared with those before it, and opened."""
        declared = [
            *self._declared.get(mailbox, ()),
            FolderSeen(name=name, raw=name.encode(), delimiter="/", special_use=use),
        ]
        self._declared[mailbox] = declared
        opened = self.writer.declare(
            DeclareFolders(id=self._id(), mailbox=mailbox, incarnation=1, folders=tuple(declared))
        )
        assert isinstance(opened, Opened)
        folder = FolderRig(self, mailbox, opened.folders[-1].folder)
        folder.open(uidvalidity)
        return folder

    _declared: dict[MailboxKey, list[FolderSeen]] = field(default_factory=dict)

    # ---- Looking

    def rows(self, sql: str, *params: object) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.vault.database.rows(sql, params)]

    def emails(self) -> list[EmailKey]:
        return [EmailKey(row[0]) for row in self.vault.database.rows("SELECT email FROM emails ORDER BY email")]

    def email(self, message_id: str) -> EmailKey:
        (row,) = self.rows("SELECT email FROM emails WHERE message_id = ?", message_id)
        return EmailKey(row[0])  # type: ignore[arg-type]

    def filings(self, message_id: str) -> dict[int, Reason]:
        rows = self.rows("SELECT client, reason FROM filings WHERE email = ?", self.email(message_id))
        return {row[0]: Reason(row[1]) for row in rows}  # type: ignore[misc, arg-type]

    def take_told(self, kind: type[Record]) -> list[tuple[str, Record]]:
        """What was posted since the last time, of one kind."""
        self.told += self.writer.tells
        self.writer.tells = []
        found = [one for one in self.told if isinstance(one[1], kind)]
        self.told = [one for one in self.told if not isinstance(one[1], kind)]
        return found


@dataclass
class FolderRig:
    """One folder of a mailbox, as its actor would speak of it."""

    rig: DeskRig
    mailbox: MailboxKey
    folder: FolderKey
    present: Present = field(default_factory=lambda: Present(folder=FolderKey(0)))

    def open(self, uidvalidity: int = 7) -> Present:
        opened = self.rig.writer.open_pass(
            OpenPass(
                id=self.rig._id(),  # noqa: SLF001 - one rig
                mailbox=self.mailbox,
                incarnation=1,
                folder=self.folder,
                uidvalidity=uidvalidity,
                uidnext=0,
            )
        )
        assert isinstance(opened, Opened)
        self.present = opened.folders[0]
        return self.present

    @property
    def origin(self) -> Origin:
        return Origin(
            mailbox=self.mailbox,
            incarnation=1,
            folder=self.folder,
            uidvalidity=self.present.uidvalidity,
            pass_=self.present.pass_,
        )

    def deposit(self, *copies: SeenCopy, origin: Origin | None = None, **more: object) -> Deposited:
        message = Deposit(id=self.rig._id(), origin=origin or self.origin, copies=copies, **more)  # type: ignore[arg-type]  # noqa: SLF001
        return self.rig.writer.deposit(message)

    def close(self, *, highestmodseq: int = 1) -> Deposited:
        message = ClosePass(id=self.rig._id(), origin=self.origin, highestmodseq=highestmodseq, uidnext=0)  # noqa: SLF001
        return self.rig.writer.close_pass(message)

    def now(self) -> Present:
        """What the ledger knows at this moment, without a new look."""
        from actors.desk.passes import present

        folder = self.rig.vault.mailboxes.folder(self.folder)
        assert folder is not None
        return present(self.rig.vault, folder, now=int(self.rig.time.now()))

    def uids(self, text: str) -> UidSet:
        return UidSet.parse(text)
