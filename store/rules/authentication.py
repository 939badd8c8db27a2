"""What a mailbox's own provider says of a sender, read from its Authentication-Results (RFC 8601; [C9], Z19).

Invariant: only fields that name the trusted authserv-id count, of those above the first Received; the worst of them
counts; a pass needs one From, whose domain is the one that was checked. Reading costs by the length of the field.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from store.model.evidence import Verified

MAX_SERVER: Final = 255


class Result(NamedTuple):
    """One method's result with its properties, all lower case: dkim, pass, {"header.d": "firm.example"}."""

    method: str
    result: str
    properties: dict[str, str]


def verdict(fields: Sequence[str], *, trusted: str | None, from_domains: Sequence[str]) -> Verified:
    """Of one copy. `from_domains` are the domains of all addresses in From."""
    if not trusted or not fields:
        return Verified.UNKNOWN
    wanted = trusted.casefold()
    results = [
        result
        for text in fields
        if wanted in text.casefold()
        for server, found in (parse(text),)
        if server == wanted
        for result in found
    ]
    if _failed(results):
        return Verified.FAIL
    passed = len(from_domains) == 1 and any(_passes(result, from_domains[0]) for result in results)
    return Verified.PASS if passed else Verified.UNKNOWN


def parse(text: str) -> tuple[str, tuple[Result, ...]]:
    """The authserv-id and the results of one field; what cannot be read is left out."""
    head, *rest = _split(text.casefold())
    server = head.split()[0] if head.split() else ""
    return server.strip('"'), tuple(result for part in rest if (result := _result(part)) is not None)


def topmost(fields: Sequence[str]) -> str:
    """The authserv-id of the first field, believed or not; empty where it is none."""
    if not fields:
        return ""
    head = fields[0].partition(";")[0].split() if "(" not in fields[0] else _split(fields[0])[0].split()
    server = head[0].strip('"').casefold() if head else ""
    return server if len(server) <= MAX_SERVER and server.isprintable() else ""


def _failed(results: Sequence[Result]) -> bool:
    """DMARC says so, or SPF and DKIM both."""
    if any(result.method == "dmarc" and result.result == "fail" for result in results):
        return True
    if any(result.method == "dmarc" and result.result == "pass" for result in results):
        return False
    spf = {result.result for result in results if result.method == "spf"}
    dkim = {result.result for result in results if result.method == "dkim"}
    return "fail" in spf and "pass" not in spf and "fail" in dkim and "pass" not in dkim


def _passes(result: Result, domain: str) -> bool:
    if result.result != "pass":
        return False
    if result.method == "dmarc":
        return result.properties.get("header.from", domain) == domain
    if result.method == "dkim":
        signed = result.properties.get("header.d") or result.properties.get("header.i", "").rpartition("@")[2]
        return _aligned(signed, domain)
    if result.method == "spf":
        return _aligned(result.properties.get("smtp.mailfrom", "").rpartition("@")[2], domain)
    return False


def _aligned(checked: str, domain: str) -> bool:
    """The same domain or one above it; not one below, since anybody may have one below a public suffix."""
    return checked == domain or ("." in checked and domain.endswith(f".{checked}"))


def _result(part: str) -> Result | None:
    method, sign, rest = part.partition("=")
    words = rest.split()
    if not sign or not words:
        return None
    properties = {}
    for word in words[1:]:
        name, sign, value = word.partition("=")
        if sign and name not in properties:
            properties[name] = value.strip('"')
    return Result(method.partition("/")[0].strip(), words[0], properties)


def _split(text: str) -> list[str]:
    """The parts between semicolons, comments left out. What is quoted keeps its quotes but gives up blanks and
    semicolons, which no domain or result has, so that nothing written inside can pass for a part of its own.
    """
    if '"' not in text and "\\" not in text:
        return _uncommented(text).split(";")
    return "".join(_plain(text)).split(";")


def _uncommented(text: str) -> str:
    """The usual case, nothing quoted: by whole pieces."""
    first, *rest = text.split("(")
    kept, depth = [first], 0
    for chunk in rest:
        depth += 1
        _, *after = chunk.split(")")
        for piece in after:
            depth = max(0, depth - 1)
            if depth == 0:
                kept.append(piece)
    return " ".join(kept)


def _plain(text: str) -> Iterator[str]:
    depth, in_quotes, skip = 0, False, False
    for letter in text:
        if skip:
            skip = False
        elif letter == "\\":
            skip = True
        elif in_quotes:
            if letter == '"':
                in_quotes = False
                yield letter
            elif not letter.isspace() and letter not in ";=":
                yield letter
        elif letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
            yield " "
        elif depth == 0:
            in_quotes = letter == '"'
            yield letter
