"""Messages as a whole: APPEND, STORE, COPY, MOVE, EXPUNGE, and IDLE, CHECK, CLOSE, UNSELECT."""

from datetime import datetime
from typing import NamedTuple

from providers.rehearsal.faults import At
from providers.rehearsal.imap import numbers
from providers.rehearsal.imap.commands.gmail import store_labels
from providers.rehearsal.imap.cursor import Cursor
from providers.rehearsal.imap.errors import Bad, No
from providers.rehearsal.imap.folder import Content, Folder, Message, known_flag
from providers.rehearsal.imap.post import read_name
from providers.rehearsal.imap.session import Session
from providers.rehearsal.imap.text import read_stamp
from providers.rehearsal.imap.view import View


class Upload(NamedTuple):
    content: Content
    flags: list[str]
    internaldate: datetime


def chosen(session: Session, cursor: Cursor) -> list[tuple[int, int]]:
    """The messages a command names, as (sequence number, UID)."""
    ranges = numbers.parse(cursor.numbers())
    return session.open_folder.chosen(ranges, by_uid=session.verb.startswith("UID "))


def read_flags(cursor: Cursor) -> list[str]:
    flags = cursor.flags()
    if not all(known_flag(flag) for flag in flags):
        raise Bad("Invalid system flag")
    return flags


def writable(session: Session) -> View:
    view = session.open_folder
    if view.read_only:
        raise No("[READ-ONLY] Mailbox is read-only")
    return view


def target(session: Session, wire_name: bytes) -> Folder:
    folder = session.box.folders.get(read_name(wire_name))
    if folder is None:
        raise No("[TRYCREATE] Mailbox doesn't exist")
    return folder


async def append(session: Session, cursor: Cursor) -> bytes:
    cursor.space()
    folder = target(session, cursor.astring())
    uploads = [_upload(session, cursor)]
    while not cursor.ended:
        if not session.can("MULTIAPPEND"):
            raise Bad("Too many arguments")
        uploads.append(_upload(session, cursor))
    added = [folder.add(u.content, flags=u.flags, internaldate=u.internaldate) for u in uploads]
    if not session.can("UIDPLUS"):
        return b"OK Append completed."
    uids = numbers.compact(message.uid for message in added)
    return b"OK [APPENDUID %d %s] Append completed." % (folder.uidvalidity, uids)


def _upload(session: Session, cursor: Cursor) -> Upload:
    cursor.space()
    flags: list[str] = []
    when = session.house.post.clock()
    if cursor.sees(b"("):
        flags = read_flags(cursor)
        cursor.space()
    if cursor.sees(b'"'):
        when = read_stamp(cursor.string())
        cursor.space()
    raw = cursor.literal()
    if raw is None:
        raise Bad("Invalid arguments")
    if not raw:
        raise No("[CANNOT] Can't save a zero byte message")
    return Upload(Content(raw), flags, when)


async def store(session: Session, cursor: Cursor) -> bytes:
    cursor.space()
    picked = chosen(session, cursor)
    cursor.space()
    unchanged_since = await _unchanged_since(session, cursor)
    action = cursor.key()
    verb, silent = action.removesuffix(".SILENT"), action.endswith(".SILENT")
    if verb.endswith("X-GM-LABELS") and session.can("X-GM-EXT-1"):
        return await store_labels(session, cursor, picked, verb, silent=silent)
    if verb not in {"FLAGS", "+FLAGS", "-FLAGS"}:
        raise Bad("Invalid arguments")
    cursor.space()
    given = read_flags(cursor)
    cursor.end()
    view = writable(session)
    flags = view.folder.spelled(given)
    refused: list[int] = []
    out: list[bytes] = []
    by_uid = session.verb.startswith("UID ")
    for number, message in view.messages(picked):
        if unchanged_since is not None and message.modseq > unchanged_since:
            refused.append(message.uid if by_uid else number)
            continue
        changed = view.folder.flag(message, _changed(message, verb, flags), by=view)
        out += _stored(session, number, message, silent=silent, changed=changed)
    await session.wire.send(b"".join([*view.new_keywords(), *out]))
    if refused:
        return b"OK [MODIFIED %s] Conditional store failed." % numbers.compact(refused)
    return b"OK Store completed."


async def _unchanged_since(session: Session, cursor: Cursor) -> int | None:
    if not (session.can("CONDSTORE") and cursor.takes(b"(")):
        return None
    if cursor.key() != "UNCHANGEDSINCE":
        raise Bad("Unknown store modifier")
    cursor.space()
    number = cursor.number()
    cursor.needs(b")")
    cursor.space()
    await session.use_condstore()
    return number


def _changed(message: Message, verb: str, flags: frozenset[str]) -> frozenset[str]:
    if verb == "FLAGS":
        return flags
    return message.flags | flags if verb == "+FLAGS" else message.flags - flags


def _stored(session: Session, number: int, message: Message, *, silent: bool, changed: bool) -> list[bytes]:
    """What STORE answers for one message: silent ones tell their modseq only (RFC 7162, 3.1.3)."""
    if silent and not (session.condstore and changed):
        return []
    pieces = [b"UID %d" % message.uid] if session.verb.startswith("UID ") else []
    if session.condstore:
        pieces.append(b"MODSEQ (%d)" % message.modseq)
    if not silent:
        pieces.append(b"FLAGS " + session.open_folder.flags(message))
    return [b"* %d FETCH (%s)\r\n" % (number, b" ".join(pieces))]


async def copy(session: Session, cursor: Cursor) -> bytes:
    picked, folder = _where_to(session, cursor)
    copied = _copied(session, picked, folder)
    if not copied:
        return b"OK No messages found."
    return b"OK " + _copyuid(session, copied, folder) + b"Copy completed."


async def move(session: Session, cursor: Cursor) -> bytes:
    picked, folder = _where_to(session, cursor)
    view = writable(session)
    moved = _copied(session, picked, folder)
    if not moved:
        return b"OK No messages found."
    code = _copyuid(session, moved, folder)
    if code:
        await session.untagged(b"OK " + code + b"Moved UIDs.")
    view.folder.move_out([old for old, _ in moved])
    return b"OK Move completed."


def _where_to(session: Session, cursor: Cursor) -> tuple[list[tuple[int, int]], Folder]:
    cursor.space()
    picked = chosen(session, cursor)
    cursor.space()
    folder = target(session, cursor.astring())
    cursor.end()
    return picked, folder


def _copied(session: Session, picked: list[tuple[int, int]], folder: Folder) -> list[tuple[int, int]]:
    found = [message for _, message in session.open_folder.messages(picked)]
    added = ((m.uid, folder.add(m.content, flags=m.flags, internaldate=m.internaldate).uid) for m in found)
    return list(added)


def _copyuid(session: Session, pairs: list[tuple[int, int]], folder: Folder) -> bytes:
    if not session.can("UIDPLUS"):
        return b""
    old, new = (numbers.compact(side) for side in zip(*pairs, strict=True))
    return b"[COPYUID %d %s %s] " % (folder.uidvalidity, old, new)


async def expunge(session: Session, cursor: Cursor) -> bytes:
    view = session.open_folder
    uids = view.uids
    if session.verb == "UID EXPUNGE":
        cursor.space()
        uids = [uid for _, uid in chosen(session, cursor)]
    cursor.end()
    writable(session)
    _expunge(view.folder, uids)
    if session.qresync:
        return b"OK [HIGHESTMODSEQ %d] Expunge completed." % view.folder.highestmodseq
    return b"OK Expunge completed."


def _expunge(folder: Folder, uids: list[int]) -> None:
    there = (folder.messages.get(uid) for uid in uids)
    folder.expunge([message.uid for message in there if message is not None and "\\Deleted" in message.flags])


async def check(_session: Session, cursor: Cursor) -> bytes:
    cursor.end()
    return b"OK Check completed."


async def close(session: Session, cursor: Cursor) -> bytes:
    cursor.end()
    view = session.open_folder
    session.look_at(None)  # first, for the session is not told of what goes now
    if not view.read_only:
        _expunge(view.folder, list(view.folder.messages))
    return b"OK Close completed."


async def unselect(session: Session, cursor: Cursor) -> bytes:
    cursor.end()
    session.look_at(None)
    return b"OK Unselect completed."


async def idle(session: Session, cursor: Cursor) -> bytes:
    """Tell what happens as it happens, until DONE."""
    cursor.end()
    await session.wire.send(b"+ idling\r\n")
    await session.suffer(session.due(At.IDLE))
    while True:
        session.check_over()
        if session.view is not None and session.view.has_news:
            await session.suffer(session.due(At.PUSH))
            await session.tell()
        line = session.wire.whole_line()
        if line is not None:
            break
        await session.wire.stirred()
    if line.upper() != b"DONE":
        raise Bad("Expected DONE")
    return b"OK Idle completed."
