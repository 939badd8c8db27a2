"""People at the desk: commands as they come from callers, run on a desk's writer over a real vault."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from actors.desk.commands.commands import Commands
from actors.messages import Carried, Carry, Change, Command
from actors.switchboard import mailbox_name
from store.model.errors import DeskError, ErrorFrame
from store.model.ids import ClientKey, EmailKey, FolderKey, MailboxKey, MemberKey, RequestId, ThreadKey
from store.model.views import Done
from store.rules.journal import Entry, Kept, verify
from tests.support.copies import DeskRig

Refusal = TypeVar("Refusal", bound=DeskError)

OWN_UID = 4_000
LOGINS = {"ana": 1_001, "bob": 1_002, "root": 0, "nobody": 65_534, "office": OWN_UID}


@dataclass
class Hands:
    """Runs commands for members of a rig's firm; each call has a request id of its own unless it is given one."""

    rig: DeskRig
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.commands = Commands(self.rig.writer, look_up=LOGINS.get, own_uid=OWN_UID)

    def ask(
        self,
        caller: MemberKey,
        method: str,
        /,
        *,
        request: str | None = None,
        as_: MemberKey | None = None,
        **named: object,
    ) -> Any:  # noqa: ANN401 - whatever is answered
        """The answer or refusal."""
        return self._send(caller, method, named, request=request, as_=as_)

    def _send(
        self,
        caller: MemberKey,
        method: str,
        arguments: dict[str, object],
        *,
        request: str | None = None,
        as_: MemberKey | None = None,
    ) -> object:
        id_ = RequestId(request or f"r{next(self._serial)}")
        return self.commands(Command(id=id_, member=caller, as_=as_, method=method, arguments=arguments))

    def do(self, caller: MemberKey, method: str, /, **named: object) -> Done:
        """An act that must be done."""
        answer = self._send(caller, method, named)
        assert isinstance(answer, Done), answer
        assert answer.done
        return answer

    def refused(self, kind: type[Refusal], caller: MemberKey, method: str, /, **named: object) -> Refusal:
        """An act that must be refused, and change nothing but the journal of refusals and the kept answers."""
        before = self.state()
        answer = self._send(caller, method, named)
        assert isinstance(answer, kind), answer
        assert self.state() == before
        return answer

    def bytes_of(self, caller: MemberKey, method: str, /, **named: object) -> bytes:
        """A refusal as it goes over the wire."""
        answer = self._send(caller, method, named)
        assert isinstance(answer, DeskError), answer
        return msgspec.msgpack.encode(ErrorFrame.of(answer))

    # ---- Names

    def email(self, message_id: str) -> str:
        return self.rig.vault.ids.email(self.rig.email(message_id))

    def thread(self, message_id: str) -> str:
        return self.rig.vault.ids.thread(self.thread_key(message_id))

    def thread_key(self, message_id: str) -> ThreadKey:
        (row,) = self.rig.rows("SELECT thread FROM emails WHERE email = ?", self.rig.email(message_id))
        return ThreadKey(row[0])  # type: ignore[arg-type]

    def client(self, key: ClientKey) -> str:
        return self.rig.vault.ids.client(key)

    # ---- Looking

    def state(self) -> list[list[tuple[object, ...]]]:
        """Everything that a refused command must leave as it is."""
        tables = [row[0] for row in self.rig.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        left_out = ("fts", "sqlite", "commands", "journal", "undo")
        chosen = [name for name in tables if not str(name).startswith(left_out)]
        return [self.rig.rows(f"SELECT * FROM {name}") for name in chosen]  # noqa: S608 - the schema's own names

    def clients_of(self, message_id: str) -> set[int]:
        return set(self.rig.filings(message_id))

    def unread(self, member: MemberKey, message_id: str) -> bool:
        return self._state(member, message_id)[0]

    def starred(self, member: MemberKey, message_id: str) -> bool:
        return self._state(member, message_id)[1]

    def _state(self, member: MemberKey, message_id: str) -> tuple[bool, bool]:
        sql = "SELECT unread, starred FROM member_states WHERE member = ? AND email = ?"
        rows = self.rig.rows(sql, member, self.rig.email(message_id))
        return (bool(rows[0][0]), bool(rows[0][1])) if rows else (False, False)

    def thread_state(self, message_id: str) -> str:
        (row,) = self.rig.rows("SELECT state FROM threads WHERE thread = ?", self.thread_key(message_id))
        return str(row[0])

    def journal(self) -> list[tuple[object, ...]]:
        """(member, as, action, object), oldest first; the chain must hold."""
        rows = self.rig.vault.database.rows(
            "SELECT seq, at, member, as_member, action, object, prev, hash FROM journal ORDER BY seq"
        )
        assert verify(Kept(Entry(*row[:6]), row[6], row[7]) for row in rows) is None
        return [tuple(row[2:6]) for row in rows]

    def acts(self) -> list[object]:
        """The actions that people took."""
        return [entry[2] for entry in self.journal() if entry[0] is not None]

    def announced(self) -> set[tuple[object, ...]]:
        """(kind, client, mailbox, member) so far."""
        return set(self.rig.rows("SELECT kind, client, mailbox, member FROM announcements"))

    # ---- Servers

    def waiting(self) -> list[tuple[object, ...]]:
        """(uid, add, remove, target folder, target use, told) of what waits for servers, oldest first."""
        return self.rig.rows(
            "SELECT uid, flags_add, flags_remove, target_folder, target_use, told FROM changes ORDER BY change"
        )

    def given(self, mailbox: MailboxKey) -> list[Change]:
        """The changes that a mailbox was told of since the last time."""
        told = [message for name, message in self.rig.take_told(Carry) if name == mailbox_name(mailbox)]
        return [change for message in told if isinstance(message, Carry) for change in message.changes]

    def carry(
        self,
        mailbox: MailboxKey,
        change: Change,
        *,
        folder: FolderKey | None = None,
        uid: int = 0,
        outcome: str = "done",
    ) -> None:
        """Its server did it, or did not."""
        self.rig.writer.carried(
            Carried(
                mailbox=mailbox,
                incarnation=1,
                change=change.change,
                outcome=outcome,
                new_folder=folder,
                new_uidvalidity=7 if folder is not None else 0,
                new_uid=uid,
            )
        )

    def place(self, key: EmailKey) -> list[tuple[object, ...]]:
        """(folder, uid, gone, aim) of an email's copies."""
        return self.rig.rows(
            "SELECT folder, uid, gone_at IS NOT NULL, aim FROM sightings WHERE email = ? ORDER BY sighting", key
        )
