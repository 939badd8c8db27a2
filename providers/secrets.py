"""The home's SecretBox: the one place where secrets are kept now, and the way to another one.

Where is decided once, at the first secret, and written down. A re-sealing fills a new place, writes down that it is the
one, and only then empties the old: killed at any moment it leaves the old or the new, whole, and what is left over is
emptied at the next start. Must not ask anybody anything: a passphrase is given by whoever stands at a terminal.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, Protocol

from msgspec.structs import replace

from providers.errors import ProviderError, Unavailable, Unsupported
from providers.keychain import Keychain
from providers.protocols import SecretBox
from providers.sealed import KEY_BYTES, BoxUnreadable, SealedBox, disk, read_private, replace_private
from store.model.record import Record
from store.model.secrets import CHOICE_FILE, SecretChoice, SecretKind, SecretPlace, SecretsView, SecretWhy, Untold
from store.model.secrets import choice_of as _read
from store.model.secrets import written as _written

CREDENTIAL: Final = "secrets.key"
MAX_CHOICE: Final = 64 << 10
_SALT: Final = 16


class Ground(Record, frozen=True, kw_only=True):
    """Where a home keeps what. `credential` is systemd's, `shared` a server's home, which has no keychain."""

    data: Path
    key: Path
    credential: Path | None = None
    shared: bool = False


class _Box(SecretBox, Protocol):
    """What every place can do."""

    def check(self) -> None: ...

    def erase(self) -> None: ...


class Secrets:
    """See the module. Thread-safe."""

    def __init__(
        self,
        ground: Ground,
        *,
        keychain: Callable[[str], Keychain] = Keychain,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._ground, self._keychain, self._random = ground, keychain, random
        self._lock = threading.RLock()
        self._choice: SecretChoice | None = None
        self._box: _Box | None = None
        self._key: bytes | None = None  # made of the passphrase that was given

    # ------------------------------------------------------------ a SecretBox
    def put(self, name: str, secret: bytes) -> None:
        with self._lock:
            if self._chosen() is None:
                self._decide()
            self._opened().put(name, secret)

    def get(self, name: str) -> bytes | None:
        with self._lock:
            return None if self._chosen() is None else self._opened().get(name)

    def remove(self, name: str) -> None:
        with self._lock:
            if self._chosen() is not None:
                self._opened(keyless=True).remove(name)

    def names(self) -> tuple[str, ...]:
        with self._lock:
            return () if self._chosen() is None else self._opened(keyless=True).names()

    # ------------------------------------------------------------ for who looks after it
    def view(self) -> SecretsView:
        """Where, why, and whether it can be read now. Never raises."""
        with self._lock:
            try:
                choice = self._chosen()
                if choice is None:
                    return SecretsView(kind=None)
                trouble = None
            except ProviderError as error:
                return SecretsView(kind=None, trouble=error.code)
            try:
                self._opened().check()
            except ProviderError as error:
                trouble = error.code
            return SecretsView(kind=choice.now.kind, why=choice.why, key=self._key_of(choice.now), trouble=trouble)

    def unlock(self, passphrase: str) -> None:
        """For as long as this process lives. Raises BoxUnreadable("key_wrong"); a place of another kind needs none."""
        with self._lock:
            choice = self._chosen()
            if choice is None or choice.now.kind != "passphrase":
                return
            key = _stretched(passphrase, bytes.fromhex(choice.now.salt))
            box = SealedBox(self._path(choice.now), key, random=self._random)
            box.check()
            self._key, self._box = key, box

    def move(
        self,
        kind: SecretKind,
        *,
        passphrase: str | None = None,
        why: SecretWhy = "chosen",
        untold: Untold | None = None,
    ) -> bool:
        """Keep everything in another place, or nothing of it. False if it is kept there already. `untold` is written
        down with it, until it is `told`.

        Raises ProviderError, and then all is as it was: Unsupported("server") where there is no choice.
        """
        if self._ground.shared and kind != "file":
            raise Unsupported("server")
        with self._lock:
            choice = self._chosen()
            if choice is not None and choice.now.kind == kind and passphrase is None:
                return False
            place, key = self._fresh(kind, passphrase)
            kept = {} if choice is None else self._all()
            left = () if choice is None else choice.leftovers
            if choice is not None:
                self._write(replace(choice, leftovers=(*left, place)))
            box = self._made(place, key)
            try:
                if isinstance(box, Keychain):
                    box.try_out()  # in the place that is written down already
                _fill(box, kept)
            except BaseException:
                self._mend()
                raise
            gone = () if choice is None else (choice.now,)
            self._write(SecretChoice(now=place, why=why, leftovers=(*left, *gone), untold=untold))
            self._box, self._key = box, key
            self._mend()
            return True

    def untold(self) -> Untold | None:
        """An act that moved them and may not be journalled. Raises ProviderError."""
        with self._lock:
            choice = self._chosen()
            return None if choice is None else choice.untold

    def told(self) -> None:
        """It is journalled now. Raises ProviderError."""
        with self._lock:
            choice = self._chosen()
            if choice is not None and choice.untold is not None:
                self._write(replace(choice, untold=None))

    # ------------------------------------------------------------ where
    def _chosen(self) -> SecretChoice | None:
        """As it is written down; read once, and what an earlier life left over is emptied then."""
        if self._choice is not None:
            return self._choice
        with disk():
            raw = read_private(self._ground.data / CHOICE_FILE, unsafe="file_unsafe", most=MAX_CHOICE)
            if raw is not None:
                try:
                    self._choice = _read(raw)
                except ValueError:
                    raise BoxUnreadable("file_garbled") from None
            elif self._path(SecretPlace(kind="file")).exists():  # of a version that knew one place only
                self._choice = SecretChoice(now=SecretPlace(kind="file"), why="before")
        if self._choice is not None and self._choice.leftovers:
            self._mend()
        return self._choice

    def _decide(self) -> None:
        """Once, at the first secret."""
        if self._ground.shared:
            self.move("file", why="server")
        elif self._credential() is not None:
            self.move("file", why="credential")
        else:
            try:
                self.move("keychain", why="keychain_answers")
            except ProviderError:
                self.move("file", why="no_keychain")

    def _write(self, choice: SecretChoice) -> None:
        self._choice, box, self._box = None, self._box, None  # if this fails, what is on disk is read again
        with disk():
            replace_private(self._ground.data / CHOICE_FILE, _written(choice))
        self._choice, self._box = choice, box

    def _mend(self) -> None:
        """Empty what is left over; a place that cannot be reached now stays on the list."""
        choice = self._choice
        if choice is None or not choice.leftovers:
            return
        still = tuple(place for place in choice.leftovers if not self._erased(place))
        if still != choice.leftovers:
            with contextlib.suppress(ProviderError):
                self._write(replace(choice, leftovers=still))

    def _erased(self, place: SecretPlace) -> bool:
        try:
            self._made(place, None).erase()
        except ProviderError:
            return False
        return True

    # ------------------------------------------------------------ the boxes
    def _opened(self, *, keyless: bool = False) -> _Box:
        """The box of now. Forgetting and listing need no key."""
        if self._box is not None:
            return self._box
        if self._choice is None:
            raise BoxUnreadable("file_garbled")
        place = self._choice.now
        if place.kind != "passphrase":
            self._box = self._made(place, None)
            return self._box
        if not keyless:
            raise Unavailable("passphrase_needed")
        return self._made(place, None)

    def _made(self, place: SecretPlace, key: bytes | None) -> _Box:
        if place.kind == "keychain":
            return self._keychain(f"postroom {place.generation}")
        given: Path | bytes = key or b""  # no key is a wrong key
        if place.kind == "file":
            given = self._credential() or self._ground.key
        return SealedBox(self._path(place), given, random=self._random)

    def _fresh(self, kind: SecretKind, passphrase: str | None) -> tuple[SecretPlace, bytes | None]:
        """A place that never was, and its key if it is made of a passphrase."""
        generation = self._random(8).hex()
        if kind != "passphrase":
            first = kind == "file" and self._choice is None
            return SecretPlace(kind=kind, generation="" if first else generation), None
        if not passphrase:
            raise Unavailable("passphrase_needed")
        salt = self._random(_SALT)
        return SecretPlace(kind=kind, generation=generation, salt=salt.hex()), _stretched(passphrase, salt)

    def _all(self) -> dict[str, bytes]:
        """Everything, or an error: what cannot be read must not be lost on the way."""
        box = self._opened()
        box.check()
        found = {name: box.get(name) for name in box.names()}
        return {name: secret for name, secret in found.items() if secret is not None}

    def _path(self, place: SecretPlace) -> Path:
        name = f"secrets-{place.generation}.sealed" if place.generation else "secrets.sealed"
        return self._ground.data / name

    def _credential(self) -> bytes | None:
        if self._ground.credential is None:
            return None
        with disk():
            return read_private(self._ground.credential, unsafe="key_unsafe", most=KEY_BYTES, lent=True)

    def _key_of(self, place: SecretPlace) -> Literal["file", "credential", "passphrase"] | None:
        if place.kind != "file":
            return "passphrase" if place.kind == "passphrase" else None
        return "file" if self._ground.credential is None else "credential"


def _fill(box: _Box, kept: dict[str, bytes]) -> None:
    """All of it, and read again: the old place is emptied after this."""
    if isinstance(box, SealedBox):
        box.begin()
    for name, secret in kept.items():
        box.put(name, secret)
    for name, secret in kept.items():
        if box.get(name) != secret:
            raise BoxUnreadable("tampered")


def _stretched(passphrase: str, salt: bytes) -> bytes:
    """A key of a passphrase: a tenth of a second and 32 MB for each guess."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=KEY_BYTES, n=2**15, r=8, p=1).derive(passphrase.encode())


def credential_of(environ: "os._Environ[str] | dict[str, str]") -> Path | None:
    """The credential that systemd has given this service, if there is one."""
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    path = Path(folder) / CREDENTIAL
    return path if folder.startswith("/") and path.exists() else None
