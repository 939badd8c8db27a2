"""The MIME tree of a message, walked once: its leaves in order, decoded, each with the place it has for a reader.

One decoder for all mail, since contents are compared by what it gives (`content.DECODER_VERSION`). Parts and depth are
bounded before they are entered; what is broken becomes text or an attachment, never nothing.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from store.mime.block import Block, extent, read_block
from store.mime.limits import MAX_DEPTH, MAX_PARTS, Cut
from store.mime.params import Field, read_field
from store.mime.transfer import Undone, token, undo

_SHORT: Final = 200  # bytes of a part's fields that are remembered
_UNSAID: Final = Field("", {})
_TEXTS: Final = ("text/plain", "text/html")
_WANTED: Final = frozenset([
    b"content-type", b"content-transfer-encoding", b"content-disposition", b"content-id",
])  # fmt: skip


class Leaf(NamedTuple):
    """A part without parts, as decoded."""

    type: str  # as declared, lower case; "" if nothing sensible was
    charset: str
    disposition: str
    name: str
    content_id: bool
    related: bool  # below multipart/related
    data: bytes
    sound: bool  # its transfer encoding was


class _Head(NamedTuple):
    """What a part's fields say of it."""

    kind: Field | None  # None: nothing
    encoding: bytes
    how: Field
    content_id: bool


class Tree(NamedTuple):
    """All leaves; which of them are read as the body, by preference for plain text or HTML; the rest is attached."""

    leaves: list[Leaf]
    plain: list[int]
    html: list[int]
    attached: list[int]
    report: bool
    cut: list[str]


def walk(raw: bytes, block: Block) -> Tree:
    """The tree of a message whose block of fields was read with MIME_WANTED."""
    walker = _Walker(raw)
    walker.enter(_head(block.fields), (block.body, len(raw)), default="text/plain", depth=0)
    attached = [number for number in range(len(walker.leaves)) if number not in walker.shown]
    return Tree(walker.leaves, walker.plain, walker.html, attached, walker.report, list(dict.fromkeys(walker.cut)))


def attachment(raw: bytes, block: Block, n: int) -> bytes | None:
    """The bytes of an attachment, counted from 1 in the order of the mail as in `Body.parts`: that part alone is
    decoded. None: there is no such part.
    """
    finder = _Finder(raw)
    finder.enter(_head(block.fields), (block.body, len(raw)), default="text/plain", depth=0)
    attached = [number for number in range(len(finder.leaves)) if number not in finder.shown]
    if not 1 <= n <= len(attached):
        return None
    within, start, end, encoding = finder.places[attached[n - 1]]
    return undo(within[start:end], encoding).data


class _Context(NamedTuple):
    """Where a part stands: the subtype of its multipart, its place in it, whether one of several forms of the same."""

    multipart: str = ""
    place: int = 0
    alternative: bool = False
    related: bool = False


class _Walker:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._entered = 0
        self.leaves: list[Leaf] = []
        self.plain: list[int] = []
        self.html: list[int] = []
        self.shown: set[int] = set()
        self.report = False
        self.cut: list[str] = []

    def enter(
        self,
        head: _Head,
        span: tuple[int, int],
        *,
        default: str,
        depth: int,
        context: _Context = _Context(),  # noqa: B008 - immutable
    ) -> None:
        """One part: its parts if it has any, else a leaf."""
        kind = head.kind or Field(default, {})
        if "/" not in kind.value[1:-1]:
            kind = Field("text/plain" if kind.value.startswith("text") else default, kind.parameters)
        if kind.value.startswith("multipart/"):
            self.report |= kind.value == "multipart/report"
            if self._inside(kind, span, head.encoding, depth=depth, context=context):
                return
            kind = Field("text/plain", kind.parameters)  # no boundary is found: it is all text
        self._leaf(kind, head, span, context)

    def _inside(self, kind: Field, span: tuple[int, int], encoding: bytes, *, depth: int, context: _Context) -> bool:
        raw, (start, end) = self._raw, span
        boundary = kind.parameters.get("boundary", "").encode("utf-8", "replace")
        if boundary[-1:] == b" " and raw.find(b"--" + boundary, start, end) < 0:
            boundary = boundary.rstrip()
        if not boundary:
            return False
        if encoding in (b"base64", b"quoted-printable") and raw.find(b"--" + boundary, start, end) < 0:
            inner = undo(raw[start:end], encoding).data  # against the rules, and it happens
            if b"--" + boundary not in inner:
                return False
            self._raw = inner
            try:
                return self._inside(kind, (0, len(inner)), b"", depth=depth, context=context)
            finally:
                self._raw = raw
        spans, more = _spans(raw, boundary, span, room=MAX_PARTS - self._entered)
        if more:
            self.cut.append(Cut.PARTS)
        if not spans and not more:
            return False
        if depth >= MAX_DEPTH:
            self.cut.append(Cut.DEPTH)
            return False
        self._children(kind.value[10:], spans, depth=depth, context=context)
        return True

    def _children(self, subtype: str, spans: list[tuple[int, int]], *, depth: int, context: _Context) -> None:
        self._entered += len(spans)
        alternative = context.alternative or subtype == "alternative"
        plain, html = len(self.plain), len(self.html)
        for place, span in enumerate(spans):
            head, body = _head_within(self._raw, span[0], span[1])
            self.enter(
                head,
                (body, span[1]),
                default="message/rfc822" if subtype == "digest" else "text/plain",
                depth=depth + 1,
                context=_Context(subtype, place, alternative, context.related or subtype == "related"),
            )
        if subtype == "alternative":  # a form that is missing is lent by the other
            if len(self.plain) == plain:
                self.plain.extend(self.html[html:])
            elif len(self.html) == html:
                self.html.extend(self.plain[plain:])

    def _leaf(self, kind: Field, head: _Head, span: tuple[int, int], context: _Context) -> None:
        undone = self._undone(span, head.encoding)
        leaf = Leaf(
            kind.value,
            kind.parameters.get("charset", ""),
            head.how.value,
            head.how.parameters.get("filename") or kind.parameters.get("name", ""),
            head.content_id,
            context.related,
            undone.data,
            undone.sound,
        )
        number = len(self.leaves)
        self.leaves.append(leaf)
        if not undone.sound:
            self.cut.append(Cut.UNDECODABLE)
        if _is_body(leaf, context):
            self.shown.add(number)
            if not context.alternative or leaf.type == "text/plain":
                self.plain.append(number)
            if not context.alternative or leaf.type == "text/html":
                self.html.append(number)

    def _undone(self, span: tuple[int, int], encoding: bytes) -> Undone:
        return undo(self._raw[span[0] : span[1]], encoding)


class _Finder(_Walker):
    """Notes where each leaf lies, and decodes none: what is attached does not depend on what it says."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self.places: list[tuple[bytes, int, int, bytes]] = []  # within which bytes, from, to, encoding

    def _undone(self, span: tuple[int, int], encoding: bytes) -> Undone:
        self.places.append((self._raw, span[0], span[1], encoding))
        return Undone(b"", True)


def _head(fields: list[tuple[bytes, bytes]]) -> _Head:
    """Of fields that may stand once the first counts."""
    first = dict(reversed(fields))
    return _Head(
        read_field(first[b"content-type"]) if b"content-type" in first else None,
        token(first[b"content-transfer-encoding"]) if b"content-transfer-encoding" in first else b"",
        read_field(first[b"content-disposition"]) if b"content-disposition" in first else _UNSAID,
        b"content-id" in first,
    )


def _head_within(raw: bytes, start: int, end: int) -> tuple[_Head, int]:
    """Of the part that lies there, and where its body begins. What most parts say is remembered as it is written."""
    start, body = extent(raw, start, end)
    if body - start <= _SHORT:
        return _known_head(raw[start:body]), body
    return _head(read_block(raw, wanted=_WANTED, start=start, end=end).fields), body


@lru_cache(maxsize=512)
def _known_head(block: bytes) -> _Head:
    return _head(read_block(block, wanted=_WANTED).fields)


def _is_body(leaf: Leaf, context: _Context) -> bool:
    """Whether a text is part of what is read, by RFC 8621, 4.1.4."""
    if leaf.type not in _TEXTS or leaf.disposition == "attachment":
        return False
    return context.place == 0 or (context.multipart != "related" and not leaf.name)


def _spans(raw: bytes, boundary: bytes, span: tuple[int, int], *, room: int) -> tuple[list[tuple[int, int]], bool]:
    """Where the parts lie between the boundary's lines, at most `room`, and whether there are more."""
    mark = b"--" + boundary
    place, end = span
    spans: list[tuple[int, int]] = []
    begun = -1
    while (found := raw.find(mark, place, end)) >= 0:
        place = after = found + len(mark)
        if found > span[0] and raw[found - 1] != 0x0A:
            continue
        follows = raw[after : min(after + 3, end)]
        closing = follows[:2] == b"--" and follows[2:] in _AFTER
        if not closing and follows[:1] not in _AFTER:
            continue  # a longer boundary that begins like this one
        if begun >= 0:
            if len(spans) >= room:
                return spans, True
            spans.append((begun, max(begun, _before_line_end(raw, found))))
        if closing:
            return spans, False
        begun = raw.find(b"\n", after, end) + 1 or end
        place = max(place, begun - 1)
    if begun >= 0:
        if len(spans) >= room:
            return spans, True
        spans.append((begun, end))
    return spans, False


_AFTER: Final = (b"", b"\n", b"\r", b" ", b"\t")


def _before_line_end(raw: bytes, place: int) -> int:
    """The line end before a boundary belongs to the boundary."""
    if place > 0 and raw[place - 1] == 0x0A:
        place -= 1
        if place > 0 and raw[place - 1] == 0x0D:
            place -= 1
    return place
