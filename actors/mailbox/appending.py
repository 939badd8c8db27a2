r"""The copy of what was sent, into the Sent folder: there exactly once, whatever dies when.

    note UIDNEXT (kept by the desk) ── look for its Message-ID ── there: done
                                                              └── not there: look at what came since, then APPEND \Seen

After a first try that may have succeeded, a search alone is not believed: some servers find late, some give another
Message-ID. Must not decide whether a copy is wanted, and must not send.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from actors.mailbox.door import MailboxDoor
from actors.mailbox.line import Line
from actors.mailbox.looking import FolderWork
from actors.messages import AppendDone, AppendNoted, AppendSent, NoteKept
from actors.switchboard import DESK
from providers.errors import Refused, Unsupported
from store.mime.compose import Composed
from store.model.ids import OutboxKey
from store.model.record import Record
from store.model.uidset import UidSet

if TYPE_CHECKING:
    from actors.mailbox.rounds import Rounds

SENT: Final = "sent"
INBOX: Final = "inbox"
MADE: Final = b"Sent"  # where a mailbox has no such folder
MOST: Final = 500  # of what came since, the newest
HEADERS_LIMIT: Final = 1 << 20


@dataclass(slots=True)
class _Wanted:
    """A copy that is to be put there. `uidnext`: noted, and kept by the desk; `tried`: it may be there already."""

    asked: AppendSent
    uidnext: int | None
    tried: bool
    noting: int | None = None


class Appending:
    """See the module. What waits here is asked for again, so that nothing is lost with this actor."""

    def __init__(self, door: MailboxDoor, line: Line, rounds: "Rounds", tell: Callable[[str, Record], object]) -> None:
        self._door = door
        self._line = line
        self._rounds = rounds
        self._tell = tell
        self._waiting: dict[OutboxKey, _Wanted] = {}
        self._done: set[OutboxKey] = set()
        self._made = False

    def add(self, message: AppendSent) -> None:
        """A copy, new or asked for again."""
        if message.outbox in self._done:
            self._tell(DESK, AppendDone(outbox=message.outbox))
            return
        known = self._waiting.get(message.outbox)
        if known is None:
            tried = message.uidnext is not None
            self._waiting[message.outbox] = _Wanted(message, uidnext=message.uidnext, tried=tried)
        elif known.uidnext is None:
            known.noting = None  # what was told of it may be lost

    def kept(self, message: NoteKept) -> None:
        """The desk has kept what was noted: the first try may begin."""
        wanted = self._waiting.get(message.outbox)
        if wanted is not None and wanted.uidnext is None:
            wanted.uidnext = wanted.noting

    def slice(self) -> bool:
        """Go one step with the first copy that can go on."""
        if self._rounds.reading.busy or not self._rounds.folders:
            return False
        wanted = next((one for one in self._waiting.values() if one.uidnext is not None or one.noting is None), None)
        if wanted is None:
            return False
        try:
            self._step(wanted)
        except (Refused, Unsupported) as error:
            self._over(wanted, code=error.code)
        return True

    def _step(self, wanted: _Wanted) -> None:
        work = self._folder()
        if work is None:
            return
        selected = self._line.select(work, anew=True)
        if wanted.uidnext is None:
            wanted.noting = selected.uidnext
            told = AppendNoted(outbox=wanted.asked.outbox, mailbox=self._door.mailbox, uidnext=selected.uidnext)
            self._tell(DESK, told)
            return
        if not self._is_there(wanted, uidnext=wanted.uidnext, now=selected.uidnext):
            wanted.tried = True  # from here on it may be there, whatever is heard of it
            letter = wanted.asked.letter
            self._line.source.append(work.listed, Composed(letter), flags=("\\Seen",), internaldate=letter.date)
        self._over(wanted)
        self._rounds.look_at(work)

    def _folder(self) -> FolderWork | None:
        """None: one was made, or is not yet known; the next list of folders will tell."""
        found = next((work for work in self._rounds.folders.values() if work.listed.special_use == SENT), None)
        if found is None:
            if not self._made:
                self._make()
                self._made = True
            elif not any(listed.special_use == SENT for listed in self._line.source.folders()):
                raise Refused("no_folder")
            self._rounds.folders = {}  # a list that was under way is older: nothing goes on before the next one
            self._rounds.look_at_all()
        return found

    def _make(self) -> None:
        """At the top, or where a server has nothing there below the inbox, as Courier."""
        source = self._line.source
        try:
            source.create(MADE)
        except Refused:
            inbox = next((one for one in source.folders() if one.special_use == INBOX), None)
            if inbox is None or not inbox.delimiter:
                raise
            source.create(inbox.raw + inbox.delimiter.encode() + MADE)

    def _is_there(self, wanted: _Wanted, *, uidnext: int, now: int) -> bool:
        source = self._line.source
        if source.search_message_id(wanted.asked.letter.message_id):
            return True
        if not wanted.tried:
            return False
        first = uidnext if 0 < uidnext <= now else 1
        since = source.uids() & UidSet([(first, max(first, now))])
        fetched = source.fetch(since.newest(MOST), whole=False, limit=HEADERS_LIMIT) if since else ()
        alike = [one.uid for one in fetched if _is_same(one.raw, wanted.asked)]  # all are read: the answer must end
        return bool(alike)

    def _over(self, wanted: _Wanted, *, code: str | None = None) -> None:
        outbox = wanted.asked.outbox
        del self._waiting[outbox]
        if code is None:
            self._done.add(outbox)
        self._tell(DESK, AppendDone(outbox=outbox, code=code))


def _is_same(header: bytes, asked: AppendSent) -> bool:
    """By its Message-ID, or where a server gave it another, by second, sender and subject as we wrote them."""
    if b"<" + asked.letter.message_id.encode() + b">" in b"".join(header.split()):
        return True
    ours = _fields(Composed(asked.letter).header)
    theirs = _fields(header)
    return all(ours.get(name) == theirs.get(name) for name in (b"date", b"from", b"subject"))


def _fields(header: bytes) -> dict[bytes, bytes]:
    """Field → its words, whatever the folding; the first of each name."""
    found: dict[bytes, bytes] = {}
    name = b""
    for line in header.split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            found[name] = found.get(name, b"") + b" " + line
        else:
            name, _, value = line.partition(b":")
            name = name.strip().lower()
            if name in found:
                name = b""
                continue
            found[name] = value
    return {field: b" ".join(value.split()) for field, value in found.items()}
