"""Sign-ins under way as they lie among the sealed secrets, each until its end, so that an office may end meanwhile.

What a sign-in waits with (a verifier, a state, a device's code) is a secret like what it brings. Must not speak to a
provider.
"""

import contextlib
from collections.abc import Callable
from typing import Final

import msgspec

from actors.desk.signing_in import About
from providers.errors import ProviderError
from providers.oauth.records import App, Flow, Grant, Hidden, Token
from providers.protocols import SecretBox
from store.model.ids import MemberKey
from store.model.sign_in import SignIn

PREFIX: Final = "sign-in/"


class Brought(Hidden, frozen=True, kw_only=True):
    """A grant of the right account that nobody has taken yet, and when it came."""

    grant: Grant
    token: Token
    at: int


class KeptSignIn(Hidden, frozen=True, kw_only=True):
    """One of them, whole."""

    caller: MemberKey
    told: SignIn
    about: About
    app: App
    flow: Flow
    brought: Brought | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(KeptSignIn).decode


class KeptSignIns:
    """See the module. All of it may block."""

    def __init__(self, box: Callable[[], SecretBox]) -> None:
        self._box = box

    def put(self, kept: KeptSignIn) -> None:
        """Raises ProviderError."""
        self._box().put(PREFIX + kept.told.sign_in, _encode(kept))

    def remove(self, sign_in: str) -> None:
        """What cannot be taken out now is too old soon."""
        with contextlib.suppress(ProviderError):
            self._box().remove(PREFIX + sign_in)

    def all(self) -> tuple[KeptSignIn, ...]:
        """Those that this version knows; others go. Raises ProviderError."""
        box = self._box()
        found = []
        for name in [name for name in box.names() if name.startswith(PREFIX)]:
            raw = box.get(name)
            try:
                found.append(_decode(raw or b""))
            except ValueError:  # msgspec's errors are ValueErrors
                box.remove(name)
        return tuple(found)
