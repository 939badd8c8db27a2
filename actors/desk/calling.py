"""Reaching an office's socket, and saying the first words to it before there is anything that could take the answers:
a program that loads for a while has them waiting when it is there.

Loads neither Pykka, providers nor the vault. Says nothing before it knows that the other end is the right user's (Z11).
"""

import os
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from actors.desk import endpoint, wire
from actors.desk.api import Hello
from actors.paths import Home
from store.model.errors import Away, DeskError, NotAllowed

ANSWER_SECONDS = 5.0  # to a greeting; an office that is slower than this is begun anew at the lock

_PEER = struct.Struct("3i")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request as it went out: whoever makes this very one gets its answer."""

    method: str
    arguments: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A connection on which the greeting is said, and requests are numbered from 1."""

    connected: socket.socket
    asked: tuple[Asked, ...]


def call(home: Home, hello: Hello, requests: Sequence[tuple[str, Mapping[str, Any]]] = ()) -> Call | None:
    """Greet the office of a home and ask, without waiting for a word of it. None where nobody was reached: what stands
    in the way is said to whoever attaches.
    """
    try:
        asked = tuple(Asked(method=name, arguments=wire.encode(arguments)) for name, arguments in requests)
        said = wire.framed(wire.Greeting(hello=hello)) + b"".join(
            wire.framed(wire.Request(id=number, method=each.method, arguments=msgspec.Raw(each.arguments)))
            for number, each in enumerate(asked, 1)
        )
        connected = reached(home)
    except (DeskError, ValueError):  # a word that is no text, too
        return None
    try:
        whole = connected.send(said) == len(said)
    except OSError:
        whole = False
    if not whole:
        connected.close()
        return None
    return Call(connected=connected, asked=asked)


def reached(home: Home) -> socket.socket:
    """The office's socket. Raises Away: no_office (nobody listens), not_ours (somebody else does), office_gone;
    NotAllowed unknown_caller.
    """
    try:
        connected = endpoint.reach(home.socket, seconds=ANSWER_SECONDS)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        raise Away("no_office") from None
    except PermissionError:
        raise NotAllowed("unknown_caller") from None
    except OSError:
        raise Away("office_gone") from None
    _pid, uid, _gid = _peer(connected)
    if uid != (os.getuid() if home.office_uid is None else home.office_uid):
        connected.close()
        raise Away("not_ours")
    return connected


def office_pid(home: Home) -> int:
    """The process that serves a home's socket. Raises as `reached` does."""
    with reached(home) as connected:
        return _peer(connected)[0]


def _peer(connected: socket.socket) -> tuple[int, int, int]:
    """The pid, uid and gid of whoever listens, from the kernel."""
    pid, uid, gid = _PEER.unpack(connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return pid, uid, gid
