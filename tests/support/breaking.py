"""A relay in front of a TLS server that breaks the line once, after so many of the server's bytes.

    with Breaking(server.tls_port, "garble", after=50_000) as relay:
        ...  # the client is told relay.port

`cut` resets the connection amid a record, `garble` changes a byte on its way, `end` closes as if all were said (no
close_notify), `hold` lets nothing more through.
"""

import contextlib
import socket
import struct
import threading
from typing import Final, Literal, Self

HOST: Final = "127.0.0.1"
PIECE: Final = 4096
Way = Literal["cut", "garble", "end", "hold"]


class Breaking:
    """The first line that has carried so much is broken; later ones pass untouched."""

    def __init__(self, port: int, way: Way, *, after: int) -> None:
        self.broken = threading.Event()
        self._target, self._way, self._left = port, way, after
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, name="breaking", daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listening, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for one in (self._listening, *self._sockets):
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection((HOST, self._target), 10)
            except OSError:
                return
            server.settimeout(None)
            self._sockets += [client, server]
            for work in (self._up, self._down):
                thread = threading.Thread(target=work, args=(client, server), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(PIECE):
                server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(PIECE):
                if not self._due(len(data)):
                    client.sendall(data)
                elif not self._break(client, data):
                    return
            client.shutdown(socket.SHUT_RDWR)

    def _due(self, count: int) -> bool:
        with self._lock:
            if self.broken.is_set():
                return False
            self._left -= count
            if self._left >= 0:
                return False
            self.broken.set()
            return True

    def _break(self, client: socket.socket, data: bytes) -> bool:
        """Whether the line goes on."""
        half = len(data) // 2
        match self._way:
            case "garble":
                client.sendall(data[:half] + bytes([data[half] ^ 0xFF]) + data[half + 1 :])
                return True
            case "cut":
                client.sendall(data[:half])
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.shutdown(socket.SHUT_RD)  # wakes the other thread, whose read would put the reset off
                client.close()
            case "end":
                client.sendall(data[:half])
                client.shutdown(socket.SHUT_RDWR)
            case "hold":
                client.sendall(data[:half])
        return False
