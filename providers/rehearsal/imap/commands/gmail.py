r"""Gmail's extension X-GM-EXT-1: labels in FETCH, STORE and SEARCH."""

from providers.rehearsal.imap import names
from providers.rehearsal.imap.cursor import Cursor
from providers.rehearsal.imap.errors import Bad, No
from providers.rehearsal.imap.folder import Folder, Message
from providers.rehearsal.imap.labels import LabelledMailbox, labels_shown, letter_of
from providers.rehearsal.imap.session import Session

SYSTEM = ("\\Inbox", "\\Sent", "\\Draft", "\\Starred", "\\Important")
_FIXED = frozenset({"\\Sent", "\\Draft"})  # nobody sets or takes these
_READ = {label.lower(): label for label in SYSTEM}


def written_labels(message: Message, folder: Folder) -> bytes:
    """As Gmail writes them: quoted wherever a backslash or a blank is in them."""
    return b"X-GM-LABELS (" + b" ".join(names.on_the_wire(label) for label in labels_shown(message, folder)) + b")"


def read_labels(cursor: Cursor) -> list[str]:
    """Labels in parentheses, or a single one: astrings, or a system label bare."""
    found: list[bytes] = []
    if not cursor.takes(b"("):
        return [_label(_one(cursor))]
    while not cursor.takes(b")"):
        if found:
            cursor.space()
        found.append(_one(cursor))
    return [_label(raw) for raw in found]


def _one(cursor: Cursor) -> bytes:
    return b"\\" + cursor.word() if cursor.takes(b"\\") else cursor.astring()


def _label(raw: bytes) -> str:
    try:
        name = names.decode(raw)
    except ValueError as error:
        raise No("[CANNOT] Label is not valid mUTF-7") from error
    if name.startswith("\\") and name.lower() not in _READ:
        raise Bad("Unknown system label")
    return _READ.get(name.lower(), name)


async def store_labels(
    session: Session, cursor: Cursor, picked: list[tuple[int, int]], verb: str, *, silent: bool
) -> bytes:
    """+X-GM-LABELS, -X-GM-LABELS, or X-GM-LABELS for all of them. A label that nobody has made is made."""
    cursor.space()
    given = frozenset(read_labels(cursor))
    cursor.end()
    view, box = session.open_folder, session.box
    if view.read_only:
        raise No("[READ-ONLY] Mailbox is read-only")
    if given & _FIXED or not isinstance(box, LabelledMailbox):
        raise No("[CANNOT] This label can't be changed")
    for name in sorted(given - set(SYSTEM) - set(box.folders)):
        box.create(name)
    out: list[bytes] = []
    for number, message in list(view.messages(picked)):
        letter = letter_of(message)
        kept = letter.labels & _FIXED
        add = given if not verb.startswith("-") else frozenset()
        remove = {"+": frozenset(), "-": given}.get(verb[0], letter.labels - given - kept)
        box.label(letter, add=add, remove=remove)
        if not silent:
            uid = b"UID %d " % message.uid if session.verb.startswith("UID ") else b""
            out.append(b"* %d FETCH (%s%s)\r\n" % (number, uid, written_labels(message, view.folder)))
    await session.wire.send(b"".join(out))
    return b"OK Success"
