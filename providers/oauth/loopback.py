"""Where a browser on this machine is sent back to: one listener on loopback, one answer, a page that quotes nothing.

Only an answer with the right state ends it: whatever else a web page of the browser's sends here is not found.
"""

import contextlib
import hmac
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from providers.errors import Refused, Unavailable

MAX_URL: Final = 16 << 10
_PAGE: Final = (
    b"<!doctype html><meta charset=utf-8><title>postroom</title>"
    b"<p>postroom has heard from you. You can close this window and go back to the terminal.</p>"
)


def answer_in(redirected: str, *, state: str) -> dict[str, str]:
    """What a redirected address says, which may have been pasted by a person.

    Raises Refused: not_redirected where it is no such address, wrong_state where it answers another question.
    """
    text = redirected.strip()
    try:
        said = parse_qs(urlsplit(text).query, keep_blank_values=True) if len(text) <= MAX_URL else {}
    except ValueError:
        said = {}
    answer = {key: values[0] for key, values in said.items() if len(values) == 1}
    if not ("code" in answer or "error" in answer):
        raise Refused("not_redirected")
    if not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
        raise Refused("wrong_state")
    return answer


class Loopback:
    """Listens from its making to its close, and believes nothing before it knows the state to `expect`. `on_answer` is
    called once at most, on the listener's thread.
    """

    def __init__(self, *, host: str = "127.0.0.1", on_answer: Callable[[str], None]) -> None:
        """Raises Unavailable("unreachable") where no port can be had. `host` is how the address names this machine."""
        handler = type("_Handler", (_Handler,), {"waiting": self})
        try:
            self._server = HTTPServer(("127.0.0.1", 0), handler)
        except OSError:
            raise Unavailable("unreachable") from None
        self._state: str | None = None
        self._on_answer = on_answer
        self._answered = False
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="sign-in", daemon=True)
        self._thread.start()

    def expect(self, state: str) -> None:
        """The state that the answer must bear."""
        self._state = state

    def taken(self, target: str) -> bool:
        """Whether this is the answer."""
        if self._answered or self._state is None:
            return False
        try:
            answer_in(target, state=self._state)
        except Refused:
            return False
        self._answered = True
        self._on_answer(target)
        return True

    def close(self) -> None:
        """Not from `on_answer`."""
        self._server.shutdown()
        self._thread.join()
        with contextlib.suppress(OSError):
            self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    waiting: ClassVar[Loopback]
    timeout = 5

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class names it
        """The address that came is a secret."""

    def do_GET(self) -> None:
        known = self.waiting.taken(self.path)
        page = _PAGE if known else b""
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(page)
        self.close_connection = True
