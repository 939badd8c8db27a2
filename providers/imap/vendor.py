"""The only module that imports imapclient; nothing else touches its `_imap`. It knows responses, not their meaning.

imapclient brings greeting, capabilities and the names' encoding. Its own commands are not used: they refuse UID ranges
after the server has acted, quote no CR or LF away, and keep every response in memory.
Import this module late: imapclient costs 61 ms.
"""

import imaplib
import socket
from typing import cast

import imapclient
import imapclient.imap_utf7

from providers.errors import Garbled, ProviderError, Refused, Unavailable
from providers.imap.line import Line


class _Wire(imaplib.IMAP4):
    """imaplib over our own line, through the methods that it documents as overridable."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.sock = self._line.socket

    def read(self, size: int) -> bytes:
        return self._line.read(size)

    def readline(self) -> bytes:
        line = self._line.readline()
        return line if line.endswith(b"\r\n") else line[:-1] + b"\r\n"

    def send(self, data: bytes) -> None:  # type: ignore[override]  # typeshed says Buffer; imaplib sends bytes only
        self._line.send(data)

    def shutdown(self) -> None:
        self._line.close()

    def socket(self) -> socket.socket:
        return self._line.socket

    def _log(self, line: str) -> None:
        """Keeps nothing: imaplib would hold its last ten lines for a traceback, and they may be mail."""


class _Client(imapclient.IMAPClient):  # type: ignore[misc]  # imapclient has no types
    """An IMAPClient on a socket that exists already."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__("", ssl=False)

    def _create_IMAP4(self) -> _Wire:  # noqa: N802  # pyright: ignore[reportIncompatibleMethodOverride]  # its name
        return _Wire(self._line)

    def _set_read_timeout(self) -> None:
        """The line has its own."""


class Vendor:
    """A greeted connection: what it said of itself."""

    def __init__(self, line: Line) -> None:
        try:
            imap = cast("_Wire", _Client(line)._imap)  # noqa: SLF001  # the one place
        except ProviderError:
            raise
        except imaplib.IMAP4.error as error:
            raise _refused_greeting(error) from None
        except (ValueError, LookupError, TypeError):
            raise Garbled("parse") from None
        self.preauth: bool = imap.state == "AUTH"
        self.said: frozenset[str] = frozenset(imap.capabilities)


def _refused_greeting(error: imaplib.IMAP4.error) -> ProviderError:
    first = error.args[0] if error.args else b""
    return Unavailable("bye") if isinstance(first, bytes) and first.startswith(b"* BYE") else Garbled("parse")


def encode_name(name: str) -> bytes:
    """A folder's name as IMAP writes it: modified UTF-7 (RFC 3501, 5.1.3)."""
    if any(letter in name for letter in "\r\n\0"):
        raise Refused("characters")
    try:
        encoded: bytes = imapclient.imap_utf7.encode(name)
    except UnicodeError:
        raise Refused("characters") from None
    return encoded


def decode_name(raw: bytes) -> str:
    """A name as sent, for people; what cannot be decoded is shown as it stands. Never used to address the folder."""
    try:
        name: str = imapclient.imap_utf7.decode(raw) if raw.isascii() else raw.decode()
    except (UnicodeError, ValueError):
        name = raw.decode("ascii", "replace")
    return name.encode("utf-8", "replace").decode()
