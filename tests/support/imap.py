"""Another mail program at the same mailbox, by Python's own imaplib: it looks without touching, and acts like a person.

Must know nothing of the office and share no code with it.
"""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, Self

LISTED = re.compile(rb'\((?P<flags>[^)]*)\) "(?P<delimiter>.)" (?P<name>.+)')
UID = re.compile(rb"UID (\d+)")  # servers tell both in either order
FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
OURS = frozenset({"\\Seen", "\\Flagged", "\\Answered", "\\Deleted", "\\Draft"})  # \Recent is the server's own


class Reached(Protocol):
    """How a server is reached over TLS. All its users have one password."""

    @property
    def cafile(self) -> Path: ...
    @property
    def tls_port(self) -> int: ...
    @property
    def password(self) -> str: ...


class OtherProgram:
    """One login; leaving the block logs out."""

    def __init__(self, server: Reached, user: str) -> None:
        trust = ssl.create_default_context(cafile=str(server.cafile))
        self._imap = imaplib.IMAP4_SSL("localhost", server.tls_port, ssl_context=trust, timeout=20)
        self._imap.login(user, server.password)
        _, lines = self._imap.capability()
        self._can = b" ".join(line for line in lines if isinstance(line, bytes)).decode().split()

    # ------------------------------------------------------------ looking
    def folders(self) -> list[str]:
        return sorted(self._folders())

    def flags(self, folder: str) -> dict[int, frozenset[str]]:
        """UID → flags, looked at read-only."""
        return dict(self._flags(folder))

    def everything(self) -> dict[str, dict[int, frozenset[str]]]:
        """The flags of every mail in every folder."""
        return {folder: self.flags(folder) for folder in self.folders()}

    def tokens(self, folder: str) -> dict[str, int]:
        """The last word of each subject → UID."""
        self._open(folder, readonly=True)
        found = {}
        for part in self._ask("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"):
            if isinstance(part, tuple):
                uid = re.search(rb"UID (\d+)", part[0])
                words = part[1].split()
                if uid and words:
                    found[words[-1].decode()] = int(uid[1])
        return found

    # ------------------------------------------------------------ acting
    def flag(self, folder: str, uid: int, sign: str, flag: str) -> None:
        """Add (+) or take (-) a flag."""
        self._open(folder, readonly=False)
        self._ask("STORE", str(uid), f"{sign}FLAGS", f"({flag})")

    def move(self, folder: str, uid: int, to: str) -> None:
        self._open(folder, readonly=False)
        if "MOVE" in self._can:
            self._ask("MOVE", str(uid), f'"{to}"')
            return
        self._ask("COPY", str(uid), f'"{to}"')
        self._ask("STORE", str(uid), "+FLAGS", "(\\Deleted)")
        self._ask("EXPUNGE", str(uid))

    def make(self, folder: str) -> None:
        kind, data = self._imap.create(f'"{folder}"')
        assert kind == "OK", data

    def share(self, folder: str, user: str, rights: str) -> None:
        """Let another user see a folder, with these rights (RFC 4314)."""
        kind, data = self._imap.setacl(f'"{folder}"', user, rights)
        assert kind == "OK", data

    def rename(self, folder: str, to: str) -> None:
        self._leave()
        kind, data = self._imap.rename(f'"{folder}"', f'"{to}"')
        assert kind == "OK", data

    def remove(self, folder: str) -> None:
        """A folder with all that is in it."""
        self._leave()
        kind, data = self._imap.delete(f'"{folder}"')
        assert kind == "OK", data

    def put(self, folder: str, raw: bytes, flags: str = "") -> None:
        if self._imap.is_readonly:  # then Courier takes no mail, whatever the folder
            self._open(folder, readonly=False)
        kind, data = self._imap.append(f'"{folder}"', flags, "", raw)
        assert kind == "OK", data

    def expunge_all(self, folder: str, uids: list[int]) -> None:
        """Delete many for good."""
        self._open(folder, readonly=False)
        self._ask("STORE", ",".join(map(str, uids)), "+FLAGS", "(\\Deleted)")
        self._imap.expunge()

    def expunge(self, folder: str, uid: int) -> None:
        """Delete it for good."""
        self.flag(folder, uid, "+", "\\Deleted")
        self._imap.expunge()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self._imap.logout()

    # ------------------------------------------------------------ inside
    def _leave(self) -> None:
        """Have no folder open."""
        if self._imap.state == "SELECTED":
            self._imap.unselect()

    def _folders(self) -> Iterator[str]:
        for line in self._imap.list()[1]:
            match = LISTED.fullmatch(line) if isinstance(line, bytes) else None
            if match and rb"\NoSelect" not in match["flags"].replace(rb"\Noselect", rb"\NoSelect"):
                yield match["name"].decode().strip('"')

    def _flags(self, folder: str) -> Iterator[tuple[int, frozenset[str]]]:
        if not self._open(folder, readonly=True):
            return
        for part in self._ask("FETCH", "1:*", "(FLAGS)"):
            if isinstance(part, bytes) and (uid := UID.search(part)) and (match := FLAGS.search(part)):
                yield int(uid[1]), frozenset(match[1].decode().split()) & OURS

    def _open(self, folder: str, *, readonly: bool) -> int:
        kind, data = self._imap.select(f'"{folder}"', readonly=readonly)
        assert kind == "OK", (folder, data)
        return int(data[0] or b"0")

    def _ask(self, command: str, *args: str) -> list[bytes | tuple[bytes, bytes] | None]:
        kind, data = self._imap.uid(command, *args)
        assert kind == "OK", (command, args, data)
        return list(data)
