"""ENVELOPE and BODYSTRUCTURE: a message described in IMAP's words, undecoded, as RFC 3501 (7.4.2) wants it."""

import re

from providers.rehearsal.imap.structure import Part, parameters
from providers.rehearsal.imap.text import string

_TOKEN = re.compile(rb'\s+|"(?:[^"\\]|\\.)*"?|<[^>]*>?|[,;:]|\([^()]*\)?|[^\s",;:<(]+|.', re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
MOST_ADDRESSES = 1_000


def envelope(part: Part) -> bytes:
    def said(name: bytes) -> bytes:
        return string(part.headers.get(name))

    senders = part.headers.get(b"from", b"")
    people = [
        addresses(part.headers.get(name) or (senders if inherited else b""))
        for name, inherited in ((b"from", 0), (b"sender", 1), (b"reply-to", 1), (b"to", 0), (b"cc", 0), (b"bcc", 0))
    ]
    pieces = [said(b"date"), said(b"subject"), *people, said(b"in-reply-to"), said(b"message-id")]
    return b"(" + b" ".join(pieces) + b")"


def addresses(text: bytes) -> bytes:
    """The addresses of a header field, groups included; NIL for none."""
    found: list[bytes] = []
    words: list[bytes] = []
    comment = angle = None
    grouped = False
    for token in [*_TOKEN.findall(text), b","]:
        if len(found) >= MOST_ADDRESSES:
            break
        if token[:1] == b"<":
            angle = token.strip(b"<>").strip()
        elif token[:1] == b"(":
            comment = token.strip(b"()").strip()
        elif token == b":" and not grouped and angle is None:
            found.append(b"(NIL NIL " + string(_phrase(words)) + b" NIL)")
            grouped, words, comment = True, [], None
        elif token in {b",", b";"}:
            one = _address(words, angle, comment)
            words, comment, angle = [], None, None
            found += [one] if one else []
            if token == b";" and grouped:
                found.append(b"(NIL NIL NIL NIL)")
                grouped = False
        else:
            words.append(token)
    if grouped:
        found.append(b"(NIL NIL NIL NIL)")
    return b"(" + b"".join(found) + b")" if found else b"NIL"


def _address(words: list[bytes], angle: bytes | None, comment: bytes | None) -> bytes | None:
    name = _phrase(words) if angle is not None else comment
    spec = angle.rpartition(b":")[2] if angle is not None else b"".join(words)
    spec = b"".join(spec.split())
    if not spec and not name:
        return None
    local, at, host = spec.rpartition(b"@")
    if not at:
        local, host = spec, b"MISSING_DOMAIN"  # a NIL here would open a group
    if local.startswith(b'"'):
        local = _unquoted(local)
    return b"(" + string(name or None) + b" NIL " + string(local) + b" " + string(host) + b")"


def _phrase(words: list[bytes]) -> bytes:
    return b" ".join(b"".join(_unquoted(w) if w[:1] == b'"' else w for w in words).split())


def _unquoted(text: bytes) -> bytes:
    return _ESCAPE.sub(rb"\1", text.strip(b'"'))


def body_structure(part: Part, *, extended: bool) -> bytes:
    if part.is_multipart:
        inner = b"".join(body_structure(child, extended=extended) for child in part.children)
        pieces = [inner, string(part.subkind)]
        if extended:
            pieces += [_parameters(part.parameters), *_how(part)]
        return b"(" + b" ".join(pieces) + b")"
    return b"(" + b" ".join(_leaf(part, extended=extended)) + b")"


def _leaf(part: Part, *, extended: bool) -> list[bytes]:
    given = part.parameters
    if part.kind == b"text" and part.parameter(b"charset") is None:
        given = (*given, (b"charset", b"us-ascii"))
    header = part.headers.get
    body = part.body_bytes
    pieces = [
        string(part.kind),
        string(part.subkind),
        _parameters(given),
        string(header(b"content-id")),
        string(header(b"content-description")),
        string(header(b"content-transfer-encoding", b"7bit").strip()),
        b"%d" % len(body),
    ]
    if part.is_message:
        inner = part.children[0]
        pieces += [envelope(inner), body_structure(inner, extended=extended)]
    if part.is_message or part.kind == b"text":
        pieces.append(b"%d" % body.count(b"\n"))
    if extended:
        pieces += [string(header(b"content-md5")), *_how(part)]
    return pieces


def _how(part: Part) -> list[bytes]:
    """Disposition, language and location."""
    stated = part.headers.get(b"content-disposition")
    disposition = b"NIL"
    if stated:
        word, _, _ = stated.partition(b";")
        disposition = b"(" + string(word.strip().lower()) + b" " + _parameters(parameters(stated[len(word) :])) + b")"
    tongues = [t.strip() for t in part.headers.get(b"content-language", b"").split(b",") if t.strip()]
    language = b"(" + b" ".join(map(string, tongues)) + b")" if tongues else b"NIL"
    return [disposition, language, string(part.headers.get(b"content-location"))]


def _parameters(pairs: tuple[tuple[bytes, bytes], ...]) -> bytes:
    if not pairs:
        return b"NIL"
    return b"(" + b" ".join(string(text) for pair in pairs for text in pair) + b")"
