"""Mail on its way out: what is written, for whom, how far each one got, and the bytes of what goes with it.

Every change of state is a compare-and-set on (mail, state, attempt). Must not decide which change may follow which.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from store.model.address import Person
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey, OutboxKey
from store.model.outbox import Draft, OutboxState, RecipientState
from store.vault.database import Database, Row, Value

_IN = "IN (SELECT value FROM carray(?1))"
_pack = msgspec.msgpack.Encoder().encode
_draft = msgspec.msgpack.Decoder(Draft).decode
_WRITABLE: Final = frozenset(
    {"attempt", "begun", "tries", "message_id", "date", "send_at", "retry_at", "error", "append", "append_uidnext",
     "email"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeptRecipient:
    """A row of `outbox_recipients`; the address is as it was written."""

    place: int
    role: str  # to, cc, bcc
    name: str
    address: str
    state: RecipientState = RecipientState.WAITING
    code: str | None = None


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A row of `outbox_parts`."""

    n: int
    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class KeptOutbox:
    """A row of `outbox` with what hangs on it. `draft` is without `answers`, which is a key here."""

    outbox: OutboxKey
    member: MemberKey
    mailbox: MailboxKey
    state: OutboxState
    attempt: int
    begun: bool
    tries: int
    draft: Draft
    answers: EmailKey | None
    message_id: str | None
    date: int | None
    send_at: int | None
    retry_at: int | None
    error: str | None
    append: str
    append_uidnext: int | None
    email: EmailKey | None
    made_at: int
    changed_at: int
    recipients: tuple[KeptRecipient, ...] = ()
    parts: tuple[KeptPart, ...] = ()


_SELECT = (
    "SELECT outbox, member, mailbox, state, attempt, begun, tries, draft, answers, message_id, date, send_at, retry_at,"
    " error, append, append_uidnext, email, made_at, changed_at FROM outbox"
)


class Outbox:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # ---- Reading

    def get(self, outbox: OutboxKey) -> KeptOutbox | None:
        """One mail."""
        return next(iter(self._with_rest(self._db.rows(f"{_SELECT} WHERE outbox = ?", (outbox,)))), None)

    def in_states(self, states: Iterable[OutboxState]) -> list[KeptOutbox]:
        """Everybody's in these states, oldest first."""
        sql = f"{_SELECT} WHERE state IN (SELECT value FROM carray(?1)) ORDER BY outbox"
        return self._with_rest(self._db.of_texts(sql, [str(state) for state in states]))

    def sent_unfinished(self) -> list[KeptOutbox]:
        """Sent, but its copy in Sent is not yet there, or it is no email yet; oldest first."""
        sql = f"{_SELECT} WHERE state = 'sent' AND (append = 'wanted' OR email IS NULL) ORDER BY outbox"
        return self._with_rest(self._db.rows(sql))

    def by_message_ids(self, message_ids: Iterable[str]) -> list[KeptOutbox]:
        """Those that bear one of these ids."""
        sql = f"{_SELECT} WHERE message_id {_IN} ORDER BY outbox"
        return self._with_rest(self._db.of_texts(sql, message_ids))

    def shown(self, member: MemberKey, *, since: int) -> list[KeptOutbox]:
        """A member's mail that is not sent, and what was sent since; the newest first."""
        sql = (
            f"{_SELECT} WHERE member = ? AND (state <> 'sent' OR changed_at >= ?) ORDER BY changed_at DESC, outbox DESC"
        )
        return self._with_rest(self._db.rows(sql, (member, since)))

    def unfinished_mailboxes(self) -> set[MailboxKey]:
        """Whose sender has something to do, or will have when its time comes."""
        sql = (
            "SELECT mailbox FROM outbox WHERE state IN ('queued', 'sending')"
            " UNION SELECT mailbox FROM outbox WHERE state = 'sent' AND (append = 'wanted' OR email IS NULL)"
        )
        return {MailboxKey(row[0]) for row in self._db.rows(sql)}

    def is_busy(self, *, uncertain_since: int) -> bool:
        """Whether mail is about to go out, or it became uncertain so lately that somebody may still say."""
        sql = (
            "SELECT 1 FROM outbox WHERE state IN ('held', 'queued', 'sending')"
            " UNION ALL SELECT 1 FROM outbox WHERE state = 'uncertain' AND changed_at >= ?"
            " UNION ALL SELECT 1 FROM outbox WHERE state = 'sent' AND (append = 'wanted' OR email IS NULL) LIMIT 1"
        )
        return self._db.value(sql, (uncertain_since,)) is not None

    def clients_written_to(self, addresses: Iterable[int]) -> set[ClientKey]:
        """The clients whose contacts have these addresses."""
        sql = (
            "SELECT DISTINCT l.client FROM contact_addresses AS a JOIN links AS l ON l.contact = a.contact"
            f" WHERE a.address {_IN}"
        )
        return {ClientKey(row[0]) for row in self._db.of_keys(sql, addresses)}

    def kept_about(self, mailbox: MailboxKey, *, first: int, last: int) -> list[KeptOutbox]:
        """Those of a mailbox that are emails, with a Date between."""
        sql = f"{_SELECT} WHERE mailbox = ? AND email NOT NULL AND date BETWEEN ? AND ? ORDER BY outbox"
        return self._with_rest(self._db.rows(sql, (mailbox, first, last)))

    def count(self, member: MemberKey) -> int:
        """How many a member has that are not sent."""
        return int(self._db.value("SELECT count(*) FROM outbox WHERE member = ? AND state <> 'sent'", (member,)))

    def data(self, outbox: OutboxKey, n: int) -> bytes:
        """A whole attachment."""
        whole = io.BytesIO()  # one by one: a file is not held twice
        sql = "SELECT data FROM outbox_pieces WHERE outbox = ? AND n = ? ORDER BY piece"
        for (piece,) in self._db.connection.execute(sql, (outbox, n)):
            whole.write(piece)
        return whole.getvalue()

    def _with_rest(self, rows: Sequence[Row]) -> list[KeptOutbox]:
        keys = [row[0] for row in rows]
        recipients: dict[int, list[KeptRecipient]] = {}
        for outbox, place, role, name, address, state, code in self._db.of_keys(
            f"SELECT outbox, place, role, name, address, state, code FROM outbox_recipients WHERE outbox {_IN}"
            " ORDER BY outbox, place",
            keys,
        ):
            one = KeptRecipient(place, role, name, address, RecipientState(state), code)
            recipients.setdefault(outbox, []).append(one)
        parts: dict[int, list[KeptPart]] = {}
        for outbox, *part in self._db.of_keys(
            f"SELECT outbox, n, name, type, size FROM outbox_parts WHERE outbox {_IN} ORDER BY outbox, n", keys
        ):
            parts.setdefault(outbox, []).append(KeptPart(*part))
        return [_kept(row, tuple(recipients.get(row[0], ())), tuple(parts.get(row[0], ()))) for row in rows]

    # ---- Writing it

    def add(
        self, draft: Draft, *, member: MemberKey, mailbox: MailboxKey, answers: EmailKey | None, at: int
    ) -> OutboxKey:
        """A new draft."""
        key = OutboxKey(
            self._db.insert(
                "INSERT INTO outbox (member, mailbox, state, draft, answers, made_at, changed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (member, mailbox, OutboxState.DRAFT, _packed(draft), answers, at, at),
            )
        )
        self._address(key, draft)
        return key

    def rewrite(
        self, outbox: OutboxKey, draft: Draft, *, mailbox: MailboxKey, answers: EmailKey | None, at: int
    ) -> None:
        """Another wording of what nobody got: a draft again, that will go out under an id of its own."""
        self._db.run(
            "UPDATE outbox SET mailbox = ?, state = ?, draft = ?, answers = ?, begun = 0, tries = 0, message_id = NULL,"
            " date = NULL, send_at = NULL, retry_at = NULL, error = NULL, append = '', append_uidnext = NULL,"
            " changed_at = ? WHERE outbox = ?",
            (mailbox, OutboxState.DRAFT, _packed(draft), answers, at, outbox),
        )
        self._db.run("DELETE FROM outbox_recipients WHERE outbox = ?", (outbox,))
        self._address(outbox, draft)

    def _address(self, outbox: OutboxKey, draft: Draft) -> None:
        listed = [(role, who) for role, people in _roles(draft) for who in people]
        self._db.many(
            "INSERT INTO outbox_recipients (outbox, place, role, name, address, state) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (outbox, place, role, who.name, who.address, RecipientState.WAITING)
                for place, (role, who) in enumerate(listed)
            ],
        )

    def touch(self, outbox: OutboxKey, *, at: int) -> None:
        """It was changed just now."""
        self._db.run("UPDATE outbox SET changed_at = ? WHERE outbox = ?", (at, outbox))

    def remove(self, outbox: OutboxKey) -> None:
        """Without a trace."""
        for table in ("outbox_pieces", "outbox_uploads", "outbox_parts", "outbox_recipients", "outbox"):
            self._db.run(f"DELETE FROM {table} WHERE outbox = ?", (outbox,))

    # ---- What goes with it

    def upload(self, outbox: OutboxKey, upload: str, *, at: int) -> int:
        """The number that a file on its way has, given with its first piece."""
        known = self._db.value("SELECT n FROM outbox_uploads WHERE outbox = ? AND upload = ?", (outbox, upload))
        if known is not None:
            return int(known)
        n = self._next_part(outbox)
        self._db.run("INSERT INTO outbox_uploads (outbox, upload, n, at) VALUES (?, ?, ?, ?)", (outbox, upload, n, at))
        return n

    def _next_part(self, outbox: OutboxKey) -> int:
        sql = (
            "SELECT max(coalesce((SELECT max(n) FROM outbox_parts WHERE outbox = ?1), 0),"
            " coalesce((SELECT max(n) FROM outbox_uploads WHERE outbox = ?1), 0)) + 1"
        )
        return int(self._db.value(sql, (outbox,)))

    def add_piece(self, outbox: OutboxKey, n: int, piece: int, data: bytes) -> None:
        """The next bytes of a file."""
        self._db.run(
            "INSERT OR REPLACE INTO outbox_pieces (outbox, n, piece, data) VALUES (?, ?, ?, ?)",
            (outbox, n, piece, data),
        )

    def pieces(self, outbox: OutboxKey, n: int) -> tuple[int, int]:
        """(how many there are, their bytes together)."""
        row = self._db.row(
            "SELECT count(*), coalesce(sum(length(data)), 0) FROM outbox_pieces WHERE outbox = ? AND n = ?", (outbox, n)
        )
        return (0, 0) if row is None else (row[0], row[1])

    def add_part(self, outbox: OutboxKey, part: KeptPart, *, upload: str) -> None:
        """A file is whole and goes with it."""
        self._db.run("DELETE FROM outbox_uploads WHERE outbox = ? AND upload = ?", (outbox, upload))
        self._db.run(
            "INSERT INTO outbox_parts (outbox, n, name, type, size) VALUES (?, ?, ?, ?, ?)",
            (outbox, part.n, part.name, part.type, part.size),
        )

    def remove_part(self, outbox: OutboxKey, n: int) -> bool:
        """Whether there was one."""
        self._db.run("DELETE FROM outbox_pieces WHERE outbox = ? AND n = ?", (outbox, n))
        return self._db.changed("DELETE FROM outbox_parts WHERE outbox = ? AND n = ?", (outbox, n)) > 0

    def clients_filed_with(self, email: EmailKey) -> set[ClientKey]:
        """The clients of an email that is answered."""
        return {ClientKey(row[0]) for row in self._db.rows("SELECT client FROM filings WHERE email = ?", (email,))}

    def uploads(self, outbox: OutboxKey) -> int:
        """How many files are on their way."""
        return int(self._db.value("SELECT count(*) FROM outbox_uploads WHERE outbox = ?", (outbox,)))

    def drop_uploads(self, outbox: OutboxKey, *, before: int | None = None) -> None:
        """Files whose caller has gone half-way: all, or those begun before a time."""
        where = "outbox = ?1 AND (?2 IS NULL OR at < ?2)"
        self._db.run(
            f"DELETE FROM outbox_pieces WHERE outbox = ?1 AND n IN (SELECT n FROM outbox_uploads WHERE {where})",
            (outbox, before),
        )
        self._db.run(f"DELETE FROM outbox_uploads WHERE {where}", (outbox, before))

    def drop_sent_files(self, *, before: int) -> None:
        """The bytes of what has long been sent: the email that it became has them. Who got it as Bcc stays known."""
        self._db.run(
            "DELETE FROM outbox_pieces WHERE outbox IN (SELECT outbox FROM outbox WHERE state = 'sent'"
            " AND append <> 'wanted' AND email IS NOT NULL AND changed_at < ?)",
            (before,),
        )

    # ---- From state to state

    def move(
        self, outbox: OutboxKey, *, state: OutboxState, attempt: int, to: OutboxState, at: int, **changes: Value
    ) -> bool:
        """Another state, if it is still in this one: whether it was. `changes` are columns (see KeptOutbox)."""
        if unknown := changes.keys() - _WRITABLE:
            raise ValueError(sorted(unknown))
        names = sorted(changes)
        columns = "".join(f", {name} = ?" for name in names)
        values = [changes[name] for name in names]
        return (
            self._db.changed(
                f"UPDATE outbox SET state = ?, changed_at = ?{columns} WHERE outbox = ? AND state = ? AND attempt = ?",
                (to, at, *values, outbox, state, attempt),
            )
            > 0
        )

    def note(self, outbox: OutboxKey, *, at: int, **changes: Value) -> None:
        """Columns that are no part of a transition: the copy in Sent, the email that it became."""
        if unknown := changes.keys() - _WRITABLE:
            raise ValueError(sorted(unknown))
        names = sorted(changes)
        columns = "".join(f", {name} = ?" for name in names)
        self._db.run(
            f"UPDATE outbox SET changed_at = ?{columns} WHERE outbox = ?",
            (at, *[changes[name] for name in names], outbox),
        )

    def tell_recipients(self, outbox: OutboxKey, told: Mapping[int, tuple[RecipientState, str | None]]) -> None:
        """How far it got with some of them: place → (state, code)."""
        self._db.many(
            "UPDATE outbox_recipients SET state = ?, code = ? WHERE outbox = ? AND place = ?",
            [(state, code, outbox, place) for place, (state, code) in sorted(told.items())],
        )


def _roles(draft: Draft) -> tuple[tuple[str, Sequence[Person]], ...]:
    return (("to", draft.to), ("cc", draft.cc), ("bcc", draft.bcc))


def _packed(draft: Draft) -> bytes:
    return _pack(msgspec.structs.replace(draft, answers=None))


def _kept(row: Row, recipients: tuple[KeptRecipient, ...], parts: tuple[KeptPart, ...]) -> KeptOutbox:
    state, begun, draft = OutboxState(row[3]), bool(row[5]), _draft(row[7])
    known: Row = (*row[:3], state, row[4], begun, row[6], draft, *row[8:], recipients, parts)
    return KeptOutbox(*known)
