"""FETCH: each asked item is made into a small function once, then called for each message; answers leave in chunks."""

import asyncio
import re
from collections.abc import Callable
from typing import NamedTuple

from providers.rehearsal.faults import At
from providers.rehearsal.imap import numbers
from providers.rehearsal.imap.commands.folders import earlier
from providers.rehearsal.imap.commands.gmail import written_labels
from providers.rehearsal.imap.commands.messages import chosen
from providers.rehearsal.imap.commands.sections import read_section
from providers.rehearsal.imap.cursor import Cursor
from providers.rehearsal.imap.envelope import body_structure, envelope
from providers.rehearsal.imap.errors import Bad, No
from providers.rehearsal.imap.folder import Message
from providers.rehearsal.imap.labels import letter_of
from providers.rehearsal.imap.session import Session
from providers.rehearsal.imap.text import literal, stamp
from providers.rehearsal.imap.view import View

CHUNK = 128 * 1024
MOST_ITEMS = 200
_NAME = re.compile(rb"[A-Za-z0-9.-]+")
_MACROS = {
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}

Render = Callable[[Message, View], bytes]


class Item(NamedTuple):
    name: str
    render: Render
    sees: bool = False  # reading it sets \Seen


_ITEMS: dict[str, Item] = {
    item.name: item
    for item in (
        Item("FLAGS", lambda m, view: b"FLAGS " + view.flags(m)),
        Item("UID", lambda m, _: b"UID %d" % m.uid),
        Item("INTERNALDATE", lambda m, _: b'INTERNALDATE "' + stamp(m.internaldate) + b'"'),
        Item("RFC822.SIZE", lambda m, _: b"RFC822.SIZE %d" % len(m.content.raw)),
        Item("MODSEQ", lambda m, _: b"MODSEQ (%d)" % m.modseq),
        Item("ENVELOPE", lambda m, _: b"ENVELOPE " + envelope(m.content.structure)),
        Item("BODYSTRUCTURE", lambda m, _: b"BODYSTRUCTURE " + body_structure(m.content.structure, extended=True)),
        Item("BODY", lambda m, _: b"BODY " + body_structure(m.content.structure, extended=False)),
        Item("RFC822", lambda m, _: b"RFC822 " + literal(m.content.raw), sees=True),
        Item("RFC822.HEADER", lambda m, _: b"RFC822.HEADER " + literal(m.content.raw[: m.content.body])),
        Item("X-GM-MSGID", lambda m, _: b"X-GM-MSGID %d" % letter_of(m).msgid),
        Item("X-GM-THRID", lambda m, _: b"X-GM-THRID %d" % letter_of(m).thrid),
        Item("X-GM-LABELS", lambda m, view: written_labels(m, view.folder)),
        Item("RFC822.TEXT", lambda m, _: b"RFC822.TEXT " + literal(m.content.raw[m.content.body :]), sees=True),
    )
}


async def fetch(session: Session, cursor: Cursor) -> bytes:
    cursor.space()
    at = cursor.at
    picked = chosen(session, cursor)
    asked = cursor.data[at : cursor.at]
    cursor.space()
    items = _read_items(session, cursor)
    since, vanished = await _changed_since(session, cursor)
    cursor.end()
    named = {item.name for item in items}
    if "MODSEQ" in named:
        await session.use_condstore()
    if since is not None and "MODSEQ" not in named:
        items.append(_ITEMS["MODSEQ"])
    if session.verb == "UID FETCH" and "UID" not in named:
        items.insert(0, _ITEMS["UID"])
    if vanished:
        await session.wire.send(earlier(session.open_folder.folder, since or 0, numbers.parse(asked)))
    if await _answer(session, picked, items, since=since or 0):
        return b"OK Fetch completed."
    raise No("[EXPUNGEISSUED] Some of the requested messages no longer exist.")


def _read_items(session: Session, cursor: Cursor) -> list[Item]:
    if not cursor.takes(b"("):
        return _read_item(session, cursor, macros=True)
    items: dict[str, Item] = {}
    while not cursor.takes(b")"):
        if items:
            cursor.space()
        items |= {item.name: item for item in _read_item(session, cursor, macros=False)}
        if len(items) > MOST_ITEMS:
            raise Bad("Too many items")
    if not items:
        raise Bad("FETCH list is empty")
    return list(items.values())


def _read_item(session: Session, cursor: Cursor, *, macros: bool) -> list[Item]:
    name = cursor.word(_NAME).decode("ascii").upper()
    if name in {"BODY", "BODY.PEEK"} and cursor.sees(b"["):
        label, render = read_section(cursor)
        return [Item(label, lambda m, _: render(m), sees=name == "BODY")]
    if macros and name in _MACROS:
        return [_ITEMS[each] for each in _MACROS[name]]
    needs = "CONDSTORE" if name == "MODSEQ" else "X-GM-EXT-1" if name.startswith("X-GM-") else ""
    if name not in _ITEMS or (needs and not session.can(needs)):
        raise Bad("Unknown parameter")
    return [_ITEMS[name]]


async def _changed_since(session: Session, cursor: Cursor) -> tuple[int | None, bool]:
    """CHANGEDSINCE's number, and whether VANISHED stands beside it."""
    if not (session.can("CONDSTORE") and cursor.takes(b" (")):
        return None, False
    since: int | None = None
    vanished = False
    while not cursor.takes(b")"):
        if since is not None or vanished:
            cursor.space()
        word = cursor.key()
        if word == "CHANGEDSINCE" and since is None:
            cursor.space()
            since = cursor.number()
        elif word == "VANISHED" and session.qresync and session.verb == "UID FETCH":
            vanished = True
        else:
            raise Bad("Unknown fetch modifier")
    if since is None:
        raise Bad("VANISHED used without CHANGEDSINCE")
    await session.use_condstore()
    return since, vanished


async def _answer(session: Session, picked: list[tuple[int, int]], items: list[Item], *, since: int) -> bool:
    """Send what was asked for. False: a message named by its number is not there any more."""
    view = session.open_folder
    marks = not view.read_only and any(item.sees for item in items)
    waiting: list[bytes] = []
    size = told = 0
    for number, message in view.messages(picked):
        told += 1
        if message.modseq <= since:
            continue
        line = _line(session, number, message, items, marks=marks)
        waiting.append(line)
        size += len(line)
        if size >= CHUNK:
            await _send(session, waiting)
            waiting, size = [], 0
            await asyncio.sleep(0)  # the other sessions' turn
    await _send(session, waiting)
    return told == len(picked) or session.verb == "UID FETCH"


def _line(session: Session, number: int, message: Message, items: list[Item], *, marks: bool) -> bytes:
    view = session.open_folder
    shown = items
    if marks and view.folder.flag(message, message.flags | {"\\Seen"}, by=view):
        named = {item.name for item in items}
        extra = ["FLAGS", "MODSEQ"] if session.condstore else ["FLAGS"]
        shown = [*(_ITEMS[name] for name in extra if name not in named), *items]
    return b"* %d FETCH (%s)\r\n" % (number, b" ".join([item.render(message, view) for item in shown]))


async def _send(session: Session, lines: list[bytes]) -> None:
    ready: list[bytes] = []
    for line in lines:
        fault = session.due(At.LITERAL) if b"}\r\n" in line else None
        if fault is None:
            ready.append(line)
            continue
        cut = line.index(b"}\r\n") + 3 + fault.after
        await session.wire.send(b"".join(ready) + line[:cut])
        await session.suffer(fault)
        ready = [line[cut:]]
    await session.wire.send(b"".join(ready))
