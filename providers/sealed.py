"""SecretBox in one sealed file: AES-256-GCM, an entry each, the name bound to it. Never plain text on disk.

The key is a file of 32 random bytes beside the configuration, not beside the sealed file, so that a backup of the data
opens nothing; or it is given, read from a credential of systemd or made of a passphrase. A lost or wrong key is said,
and nothing is overwritten: `set_aside` is a person's decision.
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
    key: the key file, made with it; or the key itself.
    random: so many bytes that nobody can guess.
    """

    def __init__(self, path: Path, key: Path | bytes, *, random: Callable[[int], bytes] = os.urandom) -> None:
        self._path, self._given, self._random = path, key, random
        self._lock = threading.Lock()

    def put(self, name: str, secret: bytes) -> None:
        if not name.isprintable() or not 0 < len(name) <= MAX_NAME or len(secret) > MAX_SECRET:
            raise ValueError("a secret's name or size is out of bounds")
        with self._lock, disk():
            entries = self._entries()
            key = self._key() if entries else self._first_key()
            entries.setdefault(_PROOF, self._sealed(key, _PROOF, b""))
            entries[name] = self._sealed(key, name, secret)
            self._write(entries)

    def get(self, name: str) -> bytes | None:
        with self._lock, disk():
            entry = self._entries().get(name) if name != _PROOF else None
            return None if entry is None else _opened(self._key(), name, entry)

    def remove(self, name: str) -> None:
        """Needs no key: forgetting is always possible."""
        with self._lock, disk():
            entries = self._entries()
            if name != _PROOF and entries.pop(name, None) is not None:
                self._write(entries)

    def names(self) -> tuple[str, ...]:
        with self._lock, disk():
            return tuple(sorted(self._entries().keys() - {_PROOF}))

    def begin(self) -> None:
        """Seal the key's proof before anything else, so that a wrong key is noticed in an empty box too."""
        with self._lock, disk():
            entries = self._entries()
            key = self._key() if entries else self._first_key()
            self._write(entries | {_PROOF: self._sealed(key, _PROOF, b"")})

    def erase(self) -> None:
        """Take the file away, with what a kill left beside it. A key file stays: it may open a backup."""
        with self._lock, disk():
            for path in (_fresh(self._path), self._path):
                path.unlink(missing_ok=True)
            _sync_folder(self._path.parent)

    def check(self) -> None:
        """Raises BoxUnreadable if what is kept cannot be opened."""
        with self._lock, disk():
            if self._entries():
                self._key()
        for name in self.names():
            self.get(name)

    def set_aside(self) -> Path | None:
        """After a lost key: the sealed file gets another name, and the box is empty. Nothing is deleted."""
        with self._lock, disk():
            if not self._path.exists():
                return None
            aside = self._path.with_name(f"{self._path.name}.{self._random(8).hex()}.lost")
            self._path.rename(aside)
            _sync_folder(self._path.parent)
            return aside

    # ------------------------------------------------------------ the file
    def _entries(self) -> dict[str, bytes]:
        raw = read_private(self._path, unsafe="file_unsafe", most=MAX_FILE)
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
        replace_private(self._path, msgspec.msgpack.encode(_File(version=_VERSION, entries=entries)))

    # ------------------------------------------------------------ the key
    def _key(self) -> bytes:
        """The key that opens what is kept."""
        key: Path | bytes | None = self._given
        if isinstance(key, Path):
            key = read_private(key, unsafe="key_unsafe", most=KEY_BYTES)
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
        path = self._given
        if isinstance(path, Path) and not path.exists():
            fresh = path.with_name(f"{path.name}.{self._random(8).hex()}")
            _write_private(fresh, self._random(KEY_BYTES))
            try:
                with contextlib.suppress(FileExistsError):  # somebody else was first: theirs is the key
                    os.link(fresh, path)
            finally:
                fresh.unlink()
            _sync_folder(path.parent)
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


def read_private(path: Path, *, unsafe: str, most: int, lent: bool = False) -> bytes | None:
    """None if there is no such file. One that others could write or read, or a link, is not believed. A file that is
    `lent` may be root's too, who lets its group read it: so systemd gives credentials.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError:
        raise BoxUnreadable(unsafe) from None
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        owners, closed = ((0, os.geteuid()), 0o037) if lent else ((os.geteuid(),), 0o077)
        if not stat.S_ISREG(about.st_mode) or about.st_uid not in owners or about.st_mode & closed:
            raise BoxUnreadable(unsafe)
        return file.read(most + 1)


def replace_private(path: Path, data: bytes) -> None:
    """The old file or the new one, whole, whenever it ends. Its folder has one writer: us."""
    fresh = _fresh(path)
    fresh.unlink(missing_ok=True)  # of a crash
    _write_private(fresh, data)
    fresh.replace(path)
    _sync_folder(path.parent)


def _fresh(path: Path) -> Path:
    return path.with_name(path.name + ".new")


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
def disk() -> Iterator[None]:
    """A full or read-only disk, without its path."""
    try:
        yield
    except BoxUnreadable:
        raise
    except OSError:
        raise BoxUnreadable("disk") from None
