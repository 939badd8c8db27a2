"""The text of Office files that are zip archives of XML: docx, xlsx, pptx, odt, ods, odp. By the standard library's zip
and lxml, told to follow nothing: no entity, no network, no huge tree.

Archives inside are not opened, and only members that hold text are unpacked, up to a limit in bytes (Z27).
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Final

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  # compiled, without stubs

MAX_MEMBERS: Final = 5_000
MAX_READ: Final = 400  # sheets or slides
MAX_MEMBER: Final = 64 << 20  # unpacked bytes of one member
MAX_UNPACKED: Final = 96 << 20  # of all that are read
PIECE: Final = 256 << 10

_TEXT: Final = re.compile(
    r"(word/(document|footnotes|endnotes|header\d*|footer\d*|comments)\.xml"
    r"|xl/(sharedStrings|worksheets/sheet\d+)\.xml|ppt/(slides|notesSlides)/[^/]+\.xml|content\.xml)"
)
_BREAKS: Final = frozenset({"p", "h", "si", "row", "table-row", "tr", "br", "tab", "line-break", "tc", "table-cell"})


def office_text(data: bytes, *, most: int) -> str:
    """Its words, at most so many characters."""
    from store.mime.file_text import CannotRead  # noqa: PLC0415 - which imports this one

    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError):
        raise CannotRead("damaged") from None
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise CannotRead("bomb")
    wanted = sorted((one for one in members if _TEXT.fullmatch(one.filename)), key=lambda one: _order(one.filename))
    told: list[str] = []
    size, unpacked = 0, 0
    for member in wanted[:MAX_READ]:
        if member.flag_bits & 1:
            raise CannotRead("encrypted")
        if member.file_size > MAX_MEMBER or (unpacked := unpacked + member.file_size) > MAX_UNPACKED:
            raise CannotRead("bomb")
        for word in _words(_pieces(archive, member), odf=member.filename == "content.xml"):
            told.append(word)
            size += len(word)
            if size > most:
                return "".join(told)
        told.append("\n")
    return "".join(told)


def _order(name: str) -> tuple[str, int, str]:
    """slide2 before slide10."""
    number = re.search(r"(\d+)\.xml$", name)
    return (re.sub(r"\d+\.xml$", "", name), int(number[1]) if number else 0, name)


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a member unpacks to, never more than it says."""
    left = member.file_size
    with archive.open(member) as file:
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


class _Words:
    """Takes a parser's events: the text inside certain elements, a line's end after others."""

    def __init__(self, inside: frozenset[str]) -> None:
        self._inside = inside
        self._depth = 0
        self.told: list[str] = []

    def start(self, tag: str, _attributes: object) -> None:
        self._depth += _local(tag) in self._inside

    def end(self, tag: str) -> None:
        name = _local(tag)
        self._depth -= name in self._inside
        if name in _BREAKS:
            self.told.append("\n")

    def data(self, text: str) -> None:
        if self._depth:
            self.told.append(text)

    def close(self) -> None:
        return


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _words(pieces: Iterator[bytes], *, odf: bool) -> Iterator[str]:
    target = _Words(frozenset(("p", "h") if odf else ("t",)))
    parser = etree.XMLParser(
        target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    for piece in pieces:
        parser.feed(piece)
        yield from target.told
        target.told.clear()
