"""A relay in front of a mail server that notes when the server said EXISTS, before it passes it on."""

import contextlib
import selectors
import socket
import threading
import time
from typing import Final, Self

_PIECE: Final = 1 << 18
_HOST: Final = "127.0.0.1"


class Relay:
    """Listens on `port`. `heard` are the moments, by time.perf_counter."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listening = socket.create_server((_HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self.heard: list[float] = []
        self._ends: dict[socket.socket, socket.socket] = {}
        self._servers: set[socket.socket] = set()
        self._over = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        with contextlib.suppress(OSError), socket.create_connection((_HOST, self.port), 1):
            pass
        self._thread.join(5)

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            while not self._over:
                for key, _ in selector.select():
                    if key.fileobj is self._listening:
                        self._accept(selector)
                    elif isinstance(key.fileobj, socket.socket):
                        self._pass_on(selector, key.fileobj)
        for end in (*self._ends, self._listening):
            end.close()

    def _accept(self, selector: selectors.BaseSelector) -> None:
        client, _ = self._listening.accept()
        server = socket.create_connection((_HOST, self._target))
        self._servers.add(server)
        for one, other in ((client, server), (server, client)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ends[one] = other
            selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, selector: selectors.BaseSelector, end: socket.socket) -> None:
        other = self._ends.get(end)
        if other is None:  # closed a moment ago, with its other end
            return
        try:
            data = end.recv(_PIECE)
            if end in self._servers and b" EXISTS\r\n" in data:
                self.heard.append(time.perf_counter())
            other.sendall(data)
        except OSError:
            data = b""
        if not data:
            for one in (end, other):
                selector.unregister(one)
                self._ends.pop(one)
                one.close()
