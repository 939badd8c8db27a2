"""LIST with its extensions (RFC 5258, 5819, 6154) and LSUB."""

import re
from typing import NamedTuple

from providers.rehearsal.imap import names
from providers.rehearsal.imap.commands.folders import check_status, status_line
from providers.rehearsal.imap.cursor import Cursor
from providers.rehearsal.imap.errors import Bad
from providers.rehearsal.imap.post import Mailbox
from providers.rehearsal.imap.session import Session

LONGEST_PATTERN = 255
MOST_PATTERNS = 50
_RUN = re.compile(r"[*%]+")
_SELECTIONS = frozenset({"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"})
_RETURNS = frozenset({"SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "STATUS"})


class Wanted(NamedTuple):
    selection: frozenset[str]
    patterns: list[str]
    returns: frozenset[str]
    status: list[str]
    extended: bool


async def list_folders(session: Session, cursor: Cursor) -> bytes:
    wanted = await _read(session, cursor)
    if wanted.patterns == [""]:
        await session.untagged(b'LIST (\\Noselect) "/" ""')
        return b"OK List completed."
    box, parents = session.box, session.box.parents()
    lines: list[bytes] = []
    for name in _names(box, wanted, parents):
        attributes = _attributes(session, name, wanted, parent=name in parents)
        info = _child_info(box, name, wanted)
        lines.append(b"* LIST " + attributes + b' "/" ' + names.on_the_wire(name) + info + b"\r\n")
        if wanted.status and name in box.folders:
            lines.append(b"* " + status_line(session, box.folders[name], wanted.status) + b"\r\n")
    await session.wire.send(b"".join(lines))
    return b"OK List completed."


async def list_subscribed(session: Session, cursor: Cursor) -> bytes:
    wanted = await _read(session, cursor)
    known = session.box.subscribed
    parents = {name[:at] for name in known for at, sign in enumerate(name) if sign == "/"} - known
    lines = []
    for name in sorted(known | parents, key=_order):
        if not _matches(name, wanted.patterns):
            continue
        if name in known:
            lines.append(b'* LSUB () "/" ' + names.on_the_wire(name) + b"\r\n")
        elif not any(_matches(n, wanted.patterns) for n in known if n.startswith(name + "/")):
            lines.append(b'* LSUB (\\Noselect) "/" ' + names.on_the_wire(name) + b"\r\n")
    await session.wire.send(b"".join(lines))
    return b"OK Lsub completed."


async def _read(session: Session, cursor: Cursor) -> Wanted:
    cursor.space()
    extended = session.can("LIST-EXTENDED")
    selection: list[str] = []
    chosen = extended and cursor.sees(b"(")
    if chosen:
        selection = cursor.keys()
        cursor.space()
    reference = cursor.astring() if not cursor.sees(b"(") else b""
    cursor.space()
    several = extended and cursor.sees(b"(")
    patterns = _patterns(cursor) if several else [cursor.pattern()]
    returns, status = await _returns(session, cursor)
    cursor.end()
    if set(selection) - _SELECTIONS or set(selection) == {"RECURSIVEMATCH"}:
        raise Bad("Unknown select options")
    if len(patterns) > MOST_PATTERNS or any(len(reference + p) > LONGEST_PATTERN for p in patterns):
        raise Bad("Invalid pattern")
    full = [_decoded(reference + pattern) if pattern else "" for pattern in patterns]
    return Wanted(frozenset(selection), full, returns, status, extended=bool(chosen or several or returns or status))


def _patterns(cursor: Cursor) -> list[bytes]:
    cursor.needs(b"(")
    found = [cursor.pattern()]
    while not cursor.takes(b")"):
        cursor.space()
        found.append(cursor.pattern())
    return found


async def _returns(session: Session, cursor: Cursor) -> tuple[frozenset[str], list[str]]:
    if not (session.can("LIST-EXTENDED") and cursor.takes(b" RETURN (")):
        return frozenset(), []
    found: set[str] = set()
    status: list[str] = []
    while not cursor.takes(b")"):
        if found:
            cursor.space()
        word = cursor.key()
        if word not in _RETURNS or (word == "STATUS" and not session.can("LIST-STATUS")):
            raise Bad("Unknown return options")
        if word == "STATUS":
            cursor.space()
            status = cursor.keys()
            await check_status(session, status)
        found.add(word)
    return frozenset(found), status


def _decoded(pattern: bytes) -> str:
    """Wildcards are plain ASCII in modified UTF-7 too, so a pattern decodes like a name. Runs of them say no more than
    one.
    """
    try:
        return _RUN.sub(lambda run: "*" if "*" in run[0] else "%", names.decode(pattern))
    except ValueError as error:
        raise Bad("Invalid pattern") from error


def _order(name: str) -> tuple[bool, str]:
    return name != "INBOX", name


def _names(box: Mailbox, wanted: Wanted, parents: set[str]) -> list[str]:
    existing = set(box.folders) | parents
    if "SUBSCRIBED" in wanted.selection:
        found = set(box.subscribed)
        if "RECURSIVEMATCH" in wanted.selection:
            found |= {name for name in existing if any(s.startswith(name + "/") for s in box.subscribed)}
    else:
        found = existing
    if "SPECIAL-USE" in wanted.selection:
        found = {name for name in found if name in box.folders and box.folders[name].special_use}
    return sorted((name for name in found if _matches(name, wanted.patterns)), key=_order)


def _attributes(session: Session, name: str, wanted: Wanted, *, parent: bool) -> bytes:
    box = session.box
    folder = box.folders.get(name)
    words: list[str] = []
    if folder is None:
        words.append("\\NonExistent" if wanted.extended else "\\Noselect")
    if "SUBSCRIBED" in wanted.selection | wanted.returns and name in box.subscribed:
        words.append("\\Subscribed")
    if session.can("CHILDREN") and (not wanted.extended or "CHILDREN" in wanted.returns):
        words.append("\\HasChildren" if parent else "\\HasNoChildren")
    shows_use = not wanted.extended or "SPECIAL-USE" in wanted.selection | wanted.returns
    if folder is not None and folder.special_use and session.can("SPECIAL-USE") and shows_use:
        words.append(folder.special_use)
    return b"(" + " ".join(words).encode("ascii") + b")"


def _child_info(box: Mailbox, name: str, wanted: Wanted) -> bytes:
    if not {"RECURSIVEMATCH", "SUBSCRIBED"} <= wanted.selection:
        return b""
    below = any(other.startswith(name + "/") for other in box.subscribed)
    return b' ("CHILDINFO" ("SUBSCRIBED"))' if below else b""


def _matches(name: str, patterns: list[str]) -> bool:
    return any(_fits(name, p) or (name == "INBOX" and _fits(name, p.upper())) for p in patterns)


def _fits(name: str, pattern: str) -> bool:
    """Whether the wildcards fit. All ways are followed at once, so no pattern takes longer than its length times the
    name's.
    """
    ways = _skipped({0}, pattern)
    for sign in name:
        onward = {
            at for at in ways if at < len(pattern) and (pattern[at] == "*" or (pattern[at] == "%" and sign != "/"))
        }
        onward |= {at + 1 for at in ways if at < len(pattern) and pattern[at] == sign and sign not in "*%"}
        ways = _skipped(onward, pattern)
        if not ways:
            return False
    return len(pattern) in ways


def _skipped(ways: set[int], pattern: str) -> set[int]:
    """The places and those behind wildcards that stand for nothing."""
    found = set(ways)
    for at in ways:
        place = at
        while place < len(pattern) and pattern[place] in "*%":
            place += 1
            found.add(place)
    return found
