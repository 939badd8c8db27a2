"""A domain's own file of mail servers (Thunderbird's config-v1.1.xml), read as a stranger's bytes. Pure.

No document type, so no entities but XML's five; UTF-8 only; bounds on size, depth and number. What makes no sense is
left out, and so is every server without TLS.
"""

from typing import Final
from urllib.parse import quote
from xml.parsers import expat  # document types are refused below, so that nothing can be expanded or fetched

from providers.errors import Garbled
from providers.forms import LOGIN_FORM, server_of, way_of
from store.model.found import FoundServer
from store.model.plain import plain
from store.model.record import Record

MAX_BYTES: Final = 64 << 10
MAX_DEPTH: Final = 16
MAX_ELEMENTS: Final = 2_000
MAX_TEXT: Final = 320
MAX_NAME: Final = 80
_TLS: Final = {"SSL": "ssl", "STARTTLS": "starttls"}
_KINDS: Final = {"incomingServer": "imap", "outgoingServer": "smtp"}


class Told(Record, frozen=True, kw_only=True):
    """What the file says. `lacks` is why there is no IMAP server: imap, tls."""

    provider: str = ""
    imap: FoundServer | None = None
    smtp: FoundServer | None = None
    lacks: str = ""


def places(address: str) -> tuple[tuple[str, str], ...]:
    """Hosts and paths where a domain says it, in order."""
    domain, asked = address.rpartition("@")[2], f"?emailaddress={quote(address, safe='')}"
    return (
        (f"autoconfig.{domain}", f"/mail/config-v1.1.xml{asked}"),
        (domain, f"/.well-known/autoconfig/mail/config-v1.1.xml{asked}"),
    )


def read(data: bytes, address: str) -> Told:
    """Raises Garbled parse, limit."""
    if len(data) > MAX_BYTES:
        raise Garbled("limit")
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        data.decode("utf-8")  # a byte order mark would choose another charset
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError):
        raise Garbled("parse") from None
    return _told(reader, address)


class _Reader:
    """Gathers servers as dictionaries of their texts; of authentications all, of the rest the first."""

    def __init__(self) -> None:
        self.servers: list[tuple[str, dict[str, list[str]]]] = []  # imap, pop3, smtp …, as the file orders them
        self.name: dict[str, list[str]] = {}
        self._path: list[str] = []
        self._count = 0
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        self._path.append(name)
        if self._count > MAX_ELEMENTS or len(self._path) > MAX_DEPTH:
            raise Garbled("limit")
        self._text = ""
        if name in _KINDS and self._path[:-1] == ["clientConfig", "emailProvider"]:
            kind = attributes.get("type", _KINDS[name]) if name == "incomingServer" else "smtp"
            self.servers.append((kind, {}))

    def text(self, piece: str) -> None:
        if len(self._text) <= MAX_TEXT:
            self._text += piece

    def end(self, name: str) -> None:
        self._path.pop()
        if self._path[:2] == ["clientConfig", "emailProvider"] and len(self._text) <= MAX_TEXT:
            if len(self._path) == 2:
                self.name.setdefault(name, []).append(self._text.strip())
            elif len(self._path) == 3 and self._path[2] in _KINDS:
                self.servers[-1][1].setdefault(name, []).append(self._text.strip())
        self._text = ""

    def refuse(self, *_said: object) -> None:
        raise Garbled("parse")


def _told(reader: _Reader, address: str) -> Told:
    names = reader.name.get("displayShortName") or reader.name.get("displayName") or [""]
    imap, smtp = (_first(reader, kind, address) for kind in ("imap", "smtp"))
    spoken = {kind for kind, _texts in reader.servers}
    lacks = "" if imap is not None else "tls" if "imap" in spoken else "imap" if "pop3" in spoken else ""
    return Told(provider=plain(names[0])[:MAX_NAME], imap=imap, smtp=smtp, lacks=lacks)


def _first(reader: _Reader, kind: str, address: str) -> FoundServer | None:
    made = (_server(texts, address) for spoken, texts in reader.servers if spoken == kind)
    return next((server for server in made if server is not None), None)


def _server(texts: dict[str, list[str]], address: str) -> FoundServer | None:
    host, port = texts.get("hostname", [""])[0], texts.get("port", [""])[0]
    if not (port.isascii() and port.isdigit() and len(port) <= 5):
        return None
    ways = dict.fromkeys(filter(None, (way_of(said, host) for said in texts.get("authentication", []))))
    return server_of(
        address,
        host=host,
        port=int(port),
        tls=_TLS.get(texts.get("socketType", [""])[0].upper(), ""),
        form=texts.get("username", [""])[0] or LOGIN_FORM,
        ways=tuple(ways),
    )
