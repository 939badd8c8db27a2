"""SecretBox in the keychain of the desktop session: SecretService on Linux, the login keychain on macOS.

The only module that knows keyring. The backend is named, never discovered: discovery may end with one that writes plain
text or asks on standard input. Nothing here opens a dialog: a locked keychain is said to be locked. Every call has a
time limit, since what is asked is another program.
"""

import base64
import contextlib
import json
import platform
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from providers.errors import ProviderError, Unavailable
from providers.sealed import MAX_NAME, MAX_SECRET, BoxUnreadable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend
    from secretstorage import Collection, Item

SECONDS: Final = 10.0
_NAMES: Final = "names"  # keyring cannot list, so what is kept is an entry too
_PREFIX: Final = "secret "

Answer = TypeVar("Answer")


class Keychain:
    """`service` sets our entries apart from everybody else's and from other homes'."""

    def __init__(
        self, service: str, *, backend: "Callable[[], KeyringBackend] | None" = None, seconds: float = SECONDS
    ) -> None:
        self._service, self._seconds = service, seconds
        self._open = backend or _backend
        self._lock = threading.Lock()

    def put(self, name: str, secret: bytes) -> None:
        if not name.isprintable() or not 0 < len(name) <= MAX_NAME or len(secret) > MAX_SECRET:
            raise ValueError("a secret's name or size is out of bounds")
        self._do(lambda ring: self._put(ring, name, secret))

    def get(self, name: str) -> bytes | None:
        value = self._do(lambda ring: ring.get_password(self._service, _PREFIX + name))
        return None if value is None else _bytes(value)

    def remove(self, name: str) -> None:
        self._do(lambda ring: self._remove(ring, name))

    def names(self) -> tuple[str, ...]:
        return self._do(lambda ring: tuple(name for name in self._names(ring) if self._has(ring, name)))

    def check(self) -> None:
        """Raises ProviderError if what is kept cannot be read."""
        for name in self.names():
            self.get(name)

    def erase(self) -> None:
        """Take out all of ours. The list goes last, so that what a kill leaves is found again."""
        self._do(self._erase)

    def try_out(self) -> None:
        """Whether something put in comes out again. Raises ProviderError."""
        try:
            self.put("try", b"try")
            if self.get("try") != b"try":
                raise Unavailable("keychain_away")
        finally:
            with contextlib.suppress(ProviderError):
                self.erase()

    # ------------------------------------------------------------ inside
    def _put(self, ring: "KeyringBackend", name: str, secret: bytes) -> None:
        names = self._names(ring)
        if name not in names:
            self._list(ring, (*names, name))  # first: what stands in no list is never found again
        ring.set_password(self._service, _PREFIX + name, base64.b64encode(secret).decode())

    def _remove(self, ring: "KeyringBackend", name: str) -> None:
        names = self._names(ring)
        if name in names:
            self._delete(ring, _PREFIX + name)
            self._list(ring, tuple(one for one in names if one != name))

    def _erase(self, ring: "KeyringBackend") -> None:
        for name in self._names(ring):
            self._delete(ring, _PREFIX + name)
        self._delete(ring, _NAMES)

    def _delete(self, ring: "KeyringBackend", entry: str) -> None:
        if ring.get_password(self._service, entry) is not None:
            ring.delete_password(self._service, entry)

    def _has(self, ring: "KeyringBackend", name: str) -> bool:
        return ring.get_password(self._service, _PREFIX + name) is not None

    def _names(self, ring: "KeyringBackend") -> tuple[str, ...]:
        kept = ring.get_password(self._service, _NAMES)
        try:
            names = json.loads(kept or "[]")
        except ValueError:
            raise BoxUnreadable("tampered") from None
        if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
            raise BoxUnreadable("tampered")
        return tuple(sorted(names))

    def _list(self, ring: "KeyringBackend", names: tuple[str, ...]) -> None:
        ring.set_password(self._service, _NAMES, json.dumps(names))

    def _do(self, act: "Callable[[KeyringBackend], Answer]") -> Answer:
        """On a thread of its own, which is left behind when the other program says nothing."""
        done: list[Answer] = []
        wrong: list[Exception] = []

        def work() -> None:
            try:
                done.append(act(self._open()))
            except Exception as error:  # noqa: BLE001 - judged by whoever waits
                wrong.append(error)

        with self._lock:
            thread = threading.Thread(target=work, name="keychain", daemon=True)
            thread.start()
            thread.join(self._seconds)
        if wrong:
            raise _mapped(wrong[0]) from None
        if not done:
            raise Unavailable("keychain_timeout")
        return done[0]


def _mapped(error: Exception) -> ProviderError:
    """By what mends it. A keychain's own words stay here."""
    from keyring.errors import KeyringLocked

    if isinstance(error, ProviderError):
        return error
    if isinstance(error, KeyringLocked) or type(error).__name__ == "LockedException":
        return Unavailable("keychain_locked")
    return Unavailable("keychain_away")  # no session bus, no such service, no collection, or it has just ended


def _bytes(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise BoxUnreadable("tampered") from None


def _backend() -> "KeyringBackend":
    """This system's own, by name."""
    if platform.system() == "Darwin":
        from keyring.backends import macOS

        made: KeyringBackend = macOS.Keyring()  # type: ignore[no-untyped-call]
        return made
    import secretstorage
    from keyring.backends import SecretService
    from keyring.errors import KeyringLocked

    class Unprompted(SecretService.Keyring):
        """keyring's own would make a missing collection and open a locked one, both by a dialog."""

        def get_preferred_collection(self) -> "Collection":
            connection = secretstorage.dbus_init()
            try:
                collection = secretstorage.Collection(connection)  # the default one
                if collection.is_locked():
                    raise KeyringLocked
            except BaseException:
                connection.close()
                raise
            return collection

        def unlock(self, item: "Item") -> None:
            if item.is_locked():
                raise KeyringLocked

    own: KeyringBackend = Unprompted()  # type: ignore[no-untyped-call]
    return own
