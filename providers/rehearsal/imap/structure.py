"""Where in a message's bytes its parts lie: a tree of offsets, found once and only when a client asks for parts.

Nothing is decoded or copied here. Depth and number of parts are limited: what lies beyond is part of the leaf that
holds it.
"""

import re
from collections.abc import Iterator

DEEPEST = 50
MOST_PARTS = 1_000
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[^\n]*(?:\n|\Z)(?:[ \t][^\n]*(?:\n|\Z))*")
_TYPE = re.compile(rb"\s*([^\s/;()<>@,\"]+)\s*/\s*([^\s/;()<>@,\"]+)")
_PARAMETER = re.compile(rb";\s*([^\s=;\"]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^\s;]*)", re.DOTALL)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


def end_of_header(raw: bytes, start: int, end: int) -> int:
    """The offset behind the empty line; `end` where there is none."""
    if raw.startswith(b"\r\n", start, end):
        return start + 2
    found = raw.find(b"\r\n\r\n", start, end)
    return end if found < 0 else found + 4


def fields(raw: bytes, start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """(name in lower case, the field as it stands) for each header field."""
    at = start
    while at < end:
        match = _FIELD.match(raw, at, end)
        if match:
            yield match[1].lower(), match[0]
            at = match.end()
        else:
            line = raw.find(b"\n", at, end)
            at = end if line < 0 else line + 1


def value(field: bytes) -> bytes:
    """What a field says: unfolded, without its name."""
    return _FOLD.sub(b"", field.partition(b":")[2]).strip()


def parameters(text: bytes) -> tuple[tuple[bytes, bytes], ...]:
    found = []
    for name, given in _PARAMETER.findall(text):
        plain = _ESCAPE.sub(rb"\1", given[1:-1]) if given.startswith(b'"') else given
        found.append((name.lower(), plain))
    return tuple(found)


class Part:
    """One entity: its header from `start`, its body from `body` to `end`."""

    __slots__ = ("body", "children", "end", "headers", "kind", "parameters", "raw", "start", "subkind")

    def __init__(self, raw: bytes, start: int, end: int, *, kind: bytes = b"text", subkind: bytes = b"plain") -> None:
        self.raw, self.start, self.end = raw, start, end
        self.body = end_of_header(raw, start, end)
        self.headers: dict[bytes, bytes] = {}
        for name, field in fields(raw, start, self.body):
            self.headers.setdefault(name, value(field))
        self.kind, self.subkind = kind, subkind
        self.parameters: tuple[tuple[bytes, bytes], ...] = ()
        stated = self.headers.get(b"content-type", b"")
        match = _TYPE.match(stated)
        if match:
            self.kind, self.subkind = match[1].lower(), match[2].lower()
            self.parameters = parameters(stated[match.end() :])
        self.children: tuple[Part, ...] = ()

    @property
    def header_bytes(self) -> bytes:
        return self.raw[self.start : self.body]

    @property
    def body_bytes(self) -> bytes:
        return self.raw[self.body : self.end]

    @property
    def is_multipart(self) -> bool:
        return self.kind == b"multipart" and bool(self.children)

    @property
    def is_message(self) -> bool:
        return self.kind == b"message" and self.subkind == b"rfc822" and bool(self.children)

    def parameter(self, name: bytes) -> bytes | None:
        return next((v for n, v in self.parameters if n == name), None)


def structure(raw: bytes) -> Part:
    root = Part(raw, 0, len(raw))
    left = MOST_PARTS
    waiting = [(root, 1)]
    while waiting and left > 0:
        part, depth = waiting.pop()
        if depth < DEEPEST:
            part.children = tuple(_children(part, left))
            left -= len(part.children)
            waiting += [(child, depth + 1) for child in part.children]
    return root


def _children(part: Part, most: int) -> list[Part]:
    if part.kind == b"message" and part.subkind == b"rfc822":
        return [Part(part.raw, part.body, part.end)]
    boundary = part.parameter(b"boundary") if part.kind == b"multipart" else None
    if not boundary:
        return []
    digest = part.subkind == b"digest"
    kind, subkind = (b"message", b"rfc822") if digest else (b"text", b"plain")
    return [Part(part.raw, a, b, kind=kind, subkind=subkind) for a, b in _between(part, boundary)[:most]]


def _between(part: Part, boundary: bytes) -> list[tuple[int, int]]:
    """Start and end of what lies between the boundary's lines."""
    line = re.compile(rb"(?<=\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    found: list[tuple[int, int]] = []
    opened = -1
    at = part.body
    while match := line.search(part.raw, at, part.end):
        if opened >= 0:
            cut = match.start() - (2 if part.raw[match.start() - 2 : match.start()] == b"\r\n" else 1)
            found.append((opened, max(opened, cut)))
        opened = match.end()
        at = opened
        if match[1]:
            return found
    if opened >= 0:
        found.append((opened, part.end))
    return found


def section(root: Part, path: tuple[int, ...]) -> Part | None:
    """The part a client means by 2.1 (RFC 3501, 6.4.5)."""
    part = root
    for depth, number in enumerate(path):
        holder = part.children[0] if depth and part.is_message else part
        if holder.is_multipart:
            if not 1 <= number <= len(holder.children):
                return None
            part = holder.children[number - 1]
        elif number == 1:
            part = holder
        else:
            return None
    return part
