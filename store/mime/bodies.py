"""The decoded content below the headers: the text that is read, its links, and every attachment.

Plain text is preferred, HTML is read where there is no other; whatever is not read is attached.
"""

from hashlib import sha256
from typing import Final

from store.mime.block import read_block
from store.mime.charsets import decode
from store.mime.detect import detect
from store.mime.html_text import read_html
from store.mime.limits import MAX_NAME, MAX_SUBJECT, MAX_TEXT, Cut
from store.mime.parts import Leaf, Tree
from store.mime.returned import failed, forwarded, returned
from store.mime.words import header_text
from store.model.copy import Body, Part

_SEEN_OR_HEARD: Final = ("image/", "audio/", "video/")
_MESSAGES: Final = ("message/rfc822", "message/global")
_SUBJECT: Final = frozenset([b"subject"])


def texts_of(tree: Tree) -> dict[int, str]:
    """The text of each leaf that is one, by its number, with plain line ends. What has no meaning is noted as cut."""
    texts: dict[int, str] = {}
    for number, leaf in enumerate(tree.leaves):
        if leaf.type.startswith("text/"):
            text, sound = decode(leaf.data, leaf.charset)
            texts[number] = _unix(text, html=leaf.type == "text/html") if "\r" in text else text
            if not sound:
                tree.cut.append(Cut.UNDECODABLE)
    return texts


def _unix(text: str, *, html: bool) -> str:
    text = text.replace("\r\n", "\n")
    return text if html else text.replace("\r", "\n")  # in HTML a lone one is a blank


def read_body(tree: Tree, texts: dict[int, str]) -> Body:
    """The body of a walked message."""
    reading = _Reading(tree, texts)
    chosen = tree.plain
    text = reading.text(chosen)
    if not text.strip() and tree.html != tree.plain:
        text = reading.text(tree.html)
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT]
        reading.cut.append(Cut.TEXT_SIZE)
    types = {leaf.type for leaf in tree.leaves}
    return Body(
        text=text,
        html=reading.html,
        hidden_text=reading.hidden,
        links=tuple(reading.links),
        parts=tuple(_part(n, tree.leaves[number]) for n, number in enumerate(tree.attached, start=1)),
        calendar="text/calendar" in types or "application/ics" in types,
        report=tree.report,
        failed=failed(tree.leaves) if tree.report else (),
        returned=returned(tree.leaves) if tree.report else "",
        forwarded="" if tree.report else forwarded(tree.leaves, text),
        cut=tuple(dict.fromkeys((*tree.cut, *reading.cut))),
    )


class _Reading:
    """Joins the texts of a body."""

    def __init__(self, tree: Tree, texts: dict[int, str]) -> None:
        self._tree = tree
        self._texts = texts
        self._clear()

    def _clear(self) -> None:
        self.html = self.hidden = False
        self.links: list[tuple[str, str]] = []
        self.cut: list[str] = []

    def text(self, numbers: list[int]) -> str:
        self._clear()
        if len(numbers) == 1:
            return self._one(numbers[0])
        return "\n\n".join(text for number in numbers if (text := self._one(number).rstrip("\n")))

    def _one(self, number: int) -> str:
        if self._tree.leaves[number].type != "text/html":
            return self._texts[number]
        read = read_html(self._texts[number], numbered_from=len(self.links) + 1)
        self.html = True
        self.hidden = self.hidden or read.hidden
        self.links += read.links
        if read.cut:
            self.cut.append(Cut.TEXT_SIZE)
        return read.text


def _part(n: int, leaf: Leaf) -> Part:
    name = leaf.name.strip()[:MAX_NAME]
    if leaf.type in _MESSAGES:
        kind = leaf.type
        name = name or _message_name(leaf.data)
    else:
        kind = detect(leaf.data, declared=leaf.type, name=name)
    digest = sha256(leaf.data).hexdigest()
    return Part(n=n, name=name, type=kind, size=len(leaf.data), sha256=digest, inline=_is_inline(leaf))


def _message_name(data: bytes) -> str:
    """The subject of a message inside this one."""
    found = [value for name, value in read_block(data, wanted=_SUBJECT).fields]
    subject = header_text(found[0], limit=MAX_SUBJECT)[: MAX_NAME - 4] if found else ""
    return f"{subject}.eml" if subject else ""


def _is_inline(leaf: Leaf) -> bool:
    """Whether a picture or sound belongs to the text. What no HTML can name is a document."""
    if not leaf.type.startswith(_SEEN_OR_HEARD) or not (leaf.content_id or leaf.related):
        return False
    return leaf.disposition != "attachment" or (leaf.content_id and leaf.related)
