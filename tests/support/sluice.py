"""A relay in front of a server that lets through as many bytes as it is told and then holds all lines still.

So a test decides how far a sync has come when it kills the office, instead of hoping to be quick enough:

    with Sluice(server.tls_port) as sluice:
        ...  # the office is told sluice.port
        sluice.let(100_000)
        sluice.wait_dry()  # the server has more to say and may not

It passes TLS on unread. The first bytes of each line are free, so that logging in always works.
"""

import contextlib
import socket
import threading
from typing import Self

HOST = "127.0.0.1"
PIECE = 4096
FREE = 12_000  # a handshake, a login and a list of folders


class Sluice:
    """Only what the server says is counted; before the first `let` everything passes.

    `asked` is what each client said, line by line: of use where nothing is encrypted.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self.asked: list[bytearray] = []
        self._news = threading.Condition()
        self._left: int | None = None
        self._waiting = 0
        self._lines: set[socket.socket] = set()
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, name="sluice", daemon=True)]

    # ------------------------------------------------------------ what a test does
    def let(self, count: int) -> None:
        """From now on so many bytes may pass."""
        with self._news:
            self._left = count
            self._news.notify_all()

    def open(self) -> None:
        """Everything may pass."""
        with self._news:
            self._left = None
            self._news.notify_all()

    def wait_dry(self, seconds: float = 60) -> None:
        """Return when the server has something to say that may not pass."""
        with self._news:
            assert self._news.wait_for(lambda: self._left == 0 and self._waiting > 0, seconds), "nothing was held back"

    @property
    def dry(self) -> bool:
        with self._news:
            return self._left == 0 and self._waiting > 0

    # ------------------------------------------------------------ life
    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._news:
            lines = [*self._lines]
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self.open()
        for thread in self._threads:
            thread.join(10)

    # ------------------------------------------------------------ inside
    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self._target), 10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            pair = _Pair(client, server)
            with self._news:
                self._lines |= {client, server}
                self.asked.append(pair.asked)
            for source, sink, counted in ((client, server, False), (server, client, True)):
                thread = threading.Thread(target=self._pass, args=(pair, source, sink), kwargs={"counted": counted})
                thread.daemon = True
                self._threads.append(thread)
                thread.start()

    def _pass(self, pair: "_Pair", source: socket.socket, sink: socket.socket, *, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE):
                if not counted:
                    pair.asked += data
                while data:
                    allowed = self._allowed(len(data), pair) if counted and pair.paid(len(data)) else len(data)
                    if not allowed:
                        break
                    sink.sendall(data[:allowed])
                    data = data[allowed:]
                else:
                    continue
                break
        if pair.end():
            with self._news:
                self._lines -= {pair.client, pair.server}
        with self._news:
            self._news.notify_all()

    def _allowed(self, wanted: int, pair: "_Pair") -> int:
        """How many of these bytes may pass now; waits for some. 0 if the line was cut meanwhile."""
        with self._news:
            self._waiting += 1
            self._news.notify_all()
            try:
                self._news.wait_for(lambda: pair.cut or self._left != 0)
            finally:
                self._waiting -= 1
            if pair.cut:
                return 0
            if self._left is None:
                return wanted
            allowed = min(wanted, self._left)
            self._left -= allowed
            return allowed


class _Pair:
    """The two ends of one line; both are closed when both directions are over."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.cut = False
        self.asked = bytearray()
        self._free = FREE
        self._lock = threading.Lock()

    def paid(self, count: int) -> bool:
        """Whether so many bytes are beyond the free ones. Only the thread that counts asks."""
        self._free -= min(count, self._free)
        return self._free == 0

    def end(self) -> bool:
        """One direction is over. True for the one that comes last, which closes both."""
        with self._lock:
            last, self.cut = self.cut, True
        for line in (self.client, self.server):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        if last:
            self.client.close()
            self.server.close()
        return last
