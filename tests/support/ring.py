"""A keyring backend in one file, to be killed at any time: an entry is set or taken out whole, or not at all."""

import json
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class FileRing(KeyringBackend):
    """`locked` is asked at every call."""

    priority = 0  # pyright: ignore[reportAssignmentType] - never discovered

    def __init__(self, path: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.path = path
        self.locked = False

    def entries(self) -> dict[str, str]:
        if self.locked:
            raise KeyringLocked
        found: dict[str, str] = json.loads(self.path.read_text()) if self.path.exists() else {}
        return found

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries().get(f"{service}|{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write(self.entries() | {f"{service}|{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        entries = self.entries()
        if entries.pop(f"{service}|{username}", None) is None:
            raise PasswordDeleteError
        self._write(entries)

    def _write(self, entries: dict[str, str]) -> None:
        fresh = self.path.with_suffix(".fresh")
        fresh.write_text(json.dumps(entries))
        fresh.replace(self.path)
