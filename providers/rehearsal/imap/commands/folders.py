"""Folders: SELECT, EXAMINE, STATUS, CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE."""

from typing import NamedTuple

from providers.rehearsal.faults import Fault
from providers.rehearsal.imap import numbers
from providers.rehearsal.imap.cursor import Cursor
from providers.rehearsal.imap.errors import Bad, No
from providers.rehearsal.imap.folder import Folder
from providers.rehearsal.imap.names import on_the_wire
from providers.rehearsal.imap.post import read_name
from providers.rehearsal.imap.session import Session
from providers.rehearsal.imap.view import View

STATUS_ITEMS = frozenset({"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"})


class Resync(NamedTuple):
    """What a client says it knows of a folder (RFC 7162, 3.2.5)."""

    uidvalidity: int
    modseq: int
    known: numbers.Ranges


class Parameters(NamedTuple):
    """Of SELECT and EXAMINE."""

    condstore: bool = False
    resync: Resync | None = None


def one_name(cursor: Cursor) -> str:
    cursor.space()
    name = read_name(cursor.astring())
    cursor.end()
    return name


async def select(session: Session, cursor: Cursor) -> bytes:
    return await _open(session, cursor, read_only=False)


async def examine(session: Session, cursor: Cursor) -> bytes:
    return await _open(session, cursor, read_only=True)


async def _open(session: Session, cursor: Cursor, *, read_only: bool) -> bytes:
    cursor.space()
    wire_name = cursor.astring()
    wanted = _parameters(session, cursor)
    cursor.end()
    if session.view is not None:
        session.look_at(None)
        await session.untagged(b"OK [CLOSED] Previous mailbox closed.")
    if wanted.condstore:
        await session.use_condstore()
    folder = session.box.folder(read_name(wire_name))
    view = View(folder, read_only=read_only, stir=session.wire.stir, end=session.end)
    session.look_at(view)
    await session.wire.send(b"".join([*_opening(session, view), *_since(view, wanted.resync)]))
    return b"OK [READ-ONLY] Examine completed." if read_only else b"OK [READ-WRITE] Select completed."


def _parameters(session: Session, cursor: Cursor) -> Parameters:
    if not cursor.takes(b" "):
        return Parameters()
    found = Parameters()
    cursor.needs(b"(")
    while not cursor.takes(b")"):
        if found != Parameters():
            cursor.space()
        word = cursor.key()
        if word == "CONDSTORE" and session.can("CONDSTORE"):
            found = found._replace(condstore=True)
        elif word == "QRESYNC" and session.qresync:
            cursor.space()
            found = found._replace(condstore=True, resync=_resync(cursor))
        else:
            raise Bad("Unknown select parameter")
    return found


def _resync(cursor: Cursor) -> Resync:
    """What the client knows. Its pairs of numbers and UIDs are read and not needed: no expunge is forgotten here."""
    cursor.needs(b"(")
    uidvalidity = cursor.number()
    cursor.space()
    modseq = cursor.number()
    known: numbers.Ranges = ((1, numbers.HIGHEST),)
    while cursor.takes(b" "):
        if cursor.takes(b"("):
            _without_star(cursor)
            cursor.space()
            _without_star(cursor)
            cursor.needs(b")")
        else:
            known = _without_star(cursor)
    cursor.needs(b")")
    return Resync(uidvalidity, modseq, known)


def _without_star(cursor: Cursor) -> numbers.Ranges:
    found = numbers.parse(cursor.numbers())
    if any(numbers.STAR in pair for pair in found):
        raise Bad("Invalid QRESYNC known-uids")
    return found


def _since(view: View, resync: Resync | None) -> list[bytes]:
    """What vanished and what changed since the client last looked; nothing under another UIDVALIDITY."""
    if resync is None or resync.uidvalidity != view.folder.uidvalidity:
        return []
    told = [earlier(view.folder, resync.modseq, resync.known)]
    for number, message in view.messages(view.chosen(resync.known, by_uid=True)):
        if message.modseq > resync.modseq:
            about = (number, message.uid, view.flags(message), message.modseq)
            told.append(b"* %d FETCH (UID %d FLAGS %s MODSEQ (%d))\r\n" % about)
    return told


def earlier(folder: Folder, modseq: int, asked: numbers.Ranges) -> bytes:
    """Which of these UIDs were expunged since (RFC 7162, 3.2.10)."""
    gone = folder.expunged_since(modseq)
    told = [gone[place] for place in numbers.places(asked, gone)]
    return b"* VANISHED (EARLIER) " + numbers.compact(told) + b"\r\n" if told else b""


def _opening(session: Session, view: View) -> list[bytes]:
    folder, lie = view.folder, session.lie
    unseen = next((n for n, uid in enumerate(view.uids, 1) if "\\Seen" not in folder.messages[uid].flags), 0)
    lines = [
        *view.known_flags(),
        b"* %d EXISTS\r\n" % _exists(lie, len(view.uids)),
        b"* %d RECENT\r\n" % len(view.recent),
    ]
    if unseen:
        lines.append(b"* OK [UNSEEN %d] First unseen.\r\n" % unseen)
    lines.append(b"* OK [UIDVALIDITY %d] UIDs valid\r\n" % folder.uidvalidity)
    lines.append(b"* OK [UIDNEXT %d] Predicted next UID\r\n" % _uidnext(lie, folder.uidnext))
    if session.can("CONDSTORE"):
        lines.append(b"* OK [HIGHESTMODSEQ %d] Highest\r\n" % folder.highestmodseq)
    return lines


def _exists(lie: Fault | None, truth: int) -> int:
    return truth if lie is None or lie.exists is None else lie.exists


def _uidnext(lie: Fault | None, truth: int) -> int:
    return truth if lie is None or lie.uidnext is None else lie.uidnext


async def status(session: Session, cursor: Cursor) -> bytes:
    cursor.space()
    wire_name = cursor.astring()
    cursor.space()
    items = cursor.keys()
    cursor.end()
    await check_status(session, items)
    await session.untagged(status_line(session, session.box.folder(read_name(wire_name)), items))
    return b"OK Status completed."


async def check_status(session: Session, items: list[str]) -> None:
    allowed = STATUS_ITEMS | ({"HIGHESTMODSEQ"} if session.can("CONDSTORE") else set())
    if not items or set(items) - allowed:
        raise Bad("Invalid status item")
    if "HIGHESTMODSEQ" in items:
        await session.use_condstore()


def status_line(session: Session, folder: Folder, items: list[str]) -> bytes:
    lie = session.lie

    def value(item: str) -> int:
        match item:
            case "MESSAGES":
                return _exists(lie, len(folder.messages))
            case "RECENT":
                return sum(1 for uid in folder.messages if uid >= folder.first_recent)
            case "UIDNEXT":
                return _uidnext(lie, folder.uidnext)
            case "UIDVALIDITY":
                return folder.uidvalidity
            case "UNSEEN":
                return folder.count(without="\\Seen")
            case _:
                return folder.highestmodseq

    said = b" ".join(b"%s %d" % (item.encode("ascii"), value(item)) for item in dict.fromkeys(items))
    return b"STATUS " + on_the_wire(folder.name) + b" (" + said + b")"


async def create(session: Session, cursor: Cursor) -> bytes:
    session.box.create(one_name(cursor))
    return b"OK Create completed."


async def delete(session: Session, cursor: Cursor) -> bytes:
    name = one_name(cursor)
    if session.view is not None and session.view.folder is session.box.folder(name):
        session.look_at(None)
    session.box.delete(name)
    return b"OK Delete completed."


async def rename(session: Session, cursor: Cursor) -> bytes:
    cursor.space()
    old = read_name(cursor.astring())
    session.box.rename(old, to=one_name(cursor))
    return b"OK Rename completed."


async def subscribe(session: Session, cursor: Cursor) -> bytes:
    name = session.box.folder(one_name(cursor)).name
    session.box.subscribed.add(name)
    return b"OK Subscribe completed."


async def unsubscribe(session: Session, cursor: Cursor) -> bytes:
    name = one_name(cursor)
    if name not in session.box.subscribed and name not in session.box.folders:
        raise No("[NONEXISTENT] Mailbox doesn't exist")
    session.box.subscribed.discard(name)
    return b"OK Unsubscribe completed."
