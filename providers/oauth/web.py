"""The one way to a sign-in server: https, no redirects, 64 KB, ten seconds in all; its words are never passed on.

Not requests: its environment variables would replace the authorities that are trusted, and msal's own client follows
redirects. Speaks only to addresses of the built-in providers and of the firm's settings.
"""

import http.client
import json
import socket
import threading
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from providers.errors import Garbled, ProviderError, Refused, Unavailable
from providers.net import dial, outside, secure
from providers.protocols import Server
from store.model.record import Record

SECONDS: Final = 10.0
MAX_REPLY: Final = 64 << 10


class Reply(Record, frozen=True, kw_only=True):
    """What came back: 2xx or 4xx."""

    status: int
    body: bytes

    def object(self) -> dict[str, Any]:
        """As JSON. Raises Garbled."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Garbled("parse") from None
        if not isinstance(found, dict):
            raise Garbled("parse")
        return found


class Web:
    """`certificates` (PEM) are trusted beside the system's."""

    def __init__(self, *, certificates: str | None = None, seconds: float = SECONDS) -> None:
        self._certificates = certificates
        self._seconds = seconds

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Reply:
        return self._ask("GET", url, None, headers or {})

    def post(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Reply:
        named = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._ask("POST", url, urlencode(form).encode(), named)

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Raises Unavailable, Garbled, or Refused("clear_text")."""
        host, port, target = _parted(url)
        server = Server(host=host, port=port, authority=self._certificates)
        sock = dial(server, timeout=self._seconds)
        handle = sock.dup()  # the handshake takes the socket away
        late = threading.Event()
        timer = threading.Timer(self._seconds, _end, (handle, late))  # a drip would satisfy every single timeout
        timer.daemon = True
        timer.start()
        line = http.client.HTTPConnection(host, port, timeout=self._seconds)
        try:
            line.sock = secure(sock, server)
            line.request(method, target, body, {"Accept": "application/json", "Connection": "close", **headers})
            with line.getresponse() as answer:
                return _judged(answer.status, answer.read(MAX_REPLY + 1))
        except (ProviderError, http.client.HTTPException, OSError, ValueError) as error:
            raise (Unavailable("timeout") if late.is_set() else _problem(error)) from None
        finally:
            timer.cancel()
            line.close()
            sock.close()
            handle.close()


def _parted(url: str) -> tuple[str, int, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        raise Garbled("parse") from None
    if parts.scheme != "https" or parts.username is not None:
        raise Refused("clear_text")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not host or not target.isascii() or not target.isprintable() or " " in target:
        raise Garbled("parse")
    return host, port, target


def _problem(error: Exception) -> ProviderError:
    if isinstance(error, http.client.HTTPException):
        return Unavailable("closed") if isinstance(error, ConnectionError) else Garbled("parse")
    return outside(error)


def _judged(status: int, body: bytes) -> Reply:
    if len(body) > MAX_REPLY:
        raise Garbled("limit")
    if status >= 500 or status == 429:
        raise Unavailable("busy")
    if not (200 <= status < 300 or 400 <= status < 500):
        raise Garbled("redirect")
    return Reply(status=status, body=body)


def _end(sock: socket.socket, late: threading.Event) -> None:
    late.set()
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
