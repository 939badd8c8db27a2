"""SecretBox in one sealed file: AES-256-GCM, an entry each, the name bound to it. Never plain text on disk.

The key is a file of 32 random bytes beside the configuration, not beside the sealed file, so that a backup of the data
opens nothing. A lost or wrong key is said, and nothing is overwritten: `set_aside` is a person's decision.
"""

import contextlib
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from providers.errors import ProviderError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
MAX_NAME: Final = 500
MAX_SECRET: Final = 64 << 10
MAX_FILE: Final = 16 << 20
_VERSION: Final = 1
_PROOF: Final = "\0key"  # an entry that only tells a wrong key from a changed entry; no secret can have its name


class BoxUnreadable(ProviderError):
    """The secrets cannot be read.

    Codes: key_missing, key_wrong, key_unsafe, file_unsafe, file_garbled, file_newer, tampered, disk.
    """

    remedy: ClassVar[str] = "sign_in"


class _File(msgspec.Struct, frozen=True):
    version: int
    entries: dict[str, bytes]


class SealedBox:
    """Args:
    path: the sealed file; made with the first secret, in a folder that exists.
    key_path: the key file; made with it.
    random: so many bytes that nobody can guess.
    """

    def __init__(self, path: Path, key_path: Path, *, random: Callable[[int], bytes] = os.urandom) -> None:
        self._path, self._key_path, self._random = path, key_path, random
        self._lock = threading.Lock()

    def put(self, name: str, secret: bytes) -> None:
        if not name.isprintable() or not 0 < len(name) <= MAX_NAME or len(secret) > MAX_SECRET:
            raise ValueError("a secret's name or size is out of bounds")
        with self._lock, _disk():
            entries = self._entries()
            key = self._key() if entries else self._first_key()
            entries.setdefault(_PROOF, self._sealed(key, _PROOF, b""))
            entries[name] = self._sealed(key, name, secret)
            self._write(entries)

    def get(self, name: str) -> bytes | None:
        with self._lock, _disk():
            entry = self._entries().get(name) if name != _PROOF else None
            return None if entry is None else _opened(self._key(), name, entry)

    def remove(self, name: str) -> None:
        """Needs no key: forgetting is always possible."""
        with self._lock, _disk():
            entries = self._entries()
            if name != _PROOF and entries.pop(name, None) is not None:
                self._write(entries)

    def names(self) -> tuple[str, ...]:
        with self._lock, _disk():
            return tuple(sorted(self._entries().keys() - {_PROOF}))

    def check(self) -> None:
        """Raises BoxUnreadable if what is kept cannot be opened."""
        for name in self.names():
            self.get(name)

    def set_aside(self) -> Path | None:
        """After a lost key: the sealed file gets another name, and the box is empty. Nothing is deleted."""
        with self._lock, _disk():
            if not self._path.exists():
                return None
            aside = self._path.with_name(f"{self._path.name}.{self._random(8).hex()}.lost")
            self._path.rename(aside)
            _sync_folder(self._path.parent)
            return aside

    # ------------------------------------------------------------ the file
    def _entries(self) -> dict[str, bytes]:
        raw = _read_private(self._path, unsafe="file_unsafe", most=MAX_FILE)
        if raw is None:
            return {}
        try:
            kept = msgspec.msgpack.decode(raw, type=_File)
        except (msgspec.MsgspecError, ValueError):
            raise BoxUnreadable("file_garbled") from None
        if kept.version > _VERSION:
            raise BoxUnreadable("file_newer")
        if kept.version < _VERSION:
            raise BoxUnreadable("file_garbled")
        if kept.entries and _PROOF not in kept.entries:
            raise BoxUnreadable("tampered")
        return dict(kept.entries)

    def _write(self, entries: dict[str, bytes]) -> None:
        data = msgspec.msgpack.encode(_File(version=_VERSION, entries=entries))
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.unlink(missing_ok=True)  # of a crash; we are its only writer
        _write_private(fresh, data)
        fresh.replace(self._path)
        _sync_folder(self._path.parent)

    # ------------------------------------------------------------ the key
    def _key(self) -> bytes:
        """The key that opens what is kept."""
        key = _read_private(self._key_path, unsafe="key_unsafe", most=KEY_BYTES)
        if key is None:
            raise BoxUnreadable("key_missing")
        if len(key) != KEY_BYTES:
            raise BoxUnreadable("key_wrong")
        proof = self._entries().get(_PROOF)
        if proof is not None:
            _opened(key, _PROOF, proof, wrong="key_wrong")
        return key

    def _first_key(self) -> bytes:
        """For an empty box: the key file that stands there, else a new one, whole before it has its name."""
        if not self._key_path.exists():
            fresh = self._key_path.with_name(f"{self._key_path.name}.{self._random(8).hex()}")
            _write_private(fresh, self._random(KEY_BYTES))
            try:
                with contextlib.suppress(FileExistsError):  # somebody else was first: theirs is the key
                    os.link(fresh, self._key_path)
            finally:
                fresh.unlink()
            _sync_folder(self._key_path.parent)
        return self._key()

    def _sealed(self, key: bytes, name: str, secret: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 30 ms

        nonce = self._random(NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, secret, _bound_to(name))


def _opened(key: bytes, name: str, entry: bytes, *, wrong: str = "tampered") -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(entry[:NONCE_BYTES], entry[NONCE_BYTES:], _bound_to(name))
    except (InvalidTag, ValueError):
        raise BoxUnreadable(wrong) from None


def _bound_to(name: str) -> bytes:
    return b"postroom secret 1\0" + name.encode()


def _read_private(path: Path, *, unsafe: str, most: int) -> bytes | None:
    """None if there is no such file. One that others could write or read, or a link, is not believed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError:
        raise BoxUnreadable(unsafe) from None
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
            raise BoxUnreadable(unsafe)
        return file.read(most + 1)


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    """A full or read-only disk, without its path."""
    try:
        yield
    except BoxUnreadable:
        raise
    except OSError:
        raise BoxUnreadable("disk") from None
