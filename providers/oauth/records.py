"""What signing in is made of. Whatever holds a secret says nothing of itself in a log or traceback."""

from typing import Any, Final, Literal

import msgspec

from store.model.record import Record

ProviderName = Literal["microsoft", "google", "openid"]
SEALED: Final = b"\0"  # no password begins with it (RFC 4616): what follows is no password


class Hidden(Record, frozen=True):
    """The base of records with secrets."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class App(Hidden, frozen=True, kw_only=True):
    """A firm's own registration with a provider. `authority` is the address of a provider's own (an OpenID issuer, or
    Microsoft's login host in another cloud); empty is the usual one. `certificates` (PEM) are trusted for it beside the
    system's.
    """

    provider: ProviderName
    client_id: str
    client_secret: str = ""  # Google gives one to desktop programs too
    tenant: str = "common"  # Microsoft's
    authority: str = ""
    certificates: str | None = None


class Grant(Hidden, frozen=True, kw_only=True, tag="grant"):
    """What a person has agreed to, in the form that their provider renews."""

    app: App
    account: str  # whose it is, as the provider said
    refresh: str = ""  # a refresh token
    cache: str = ""  # msal's own


class Command(Hidden, frozen=True, kw_only=True, tag="command"):
    """A person's own program: `argv` in a home of one's own, on a server `named` in the administrator's file."""

    gives: Literal["password", "token"]
    argv: tuple[str, ...] = ()
    named: str = ""


class Token(Hidden, frozen=True, kw_only=True):
    """An access token and for how long it is good, in seconds from when it came."""

    token: str
    seconds: float


class Gained(Hidden, frozen=True, kw_only=True):
    """A grant just got, its first token, and who the provider says has given it."""

    grant: Grant
    token: Token
    identities: frozenset[str]


class DeviceCode(Hidden, frozen=True, kw_only=True):
    """What a person opens and types to grant a device."""

    url: str
    user_code: str
    seconds: int
    interval: int


class NotYet(Record, frozen=True, kw_only=True):
    """The person has not agreed yet. `slower`: we ask too often (RFC 8628, 3.5)."""

    slower: bool = False


class DeviceFlow(Hidden, frozen=True, kw_only=True, tag="device"):
    """One attempt under way on a device; `flow` is msal's own."""

    code: DeviceCode
    flow: dict[str, Any]


class BrowserFlow(Hidden, frozen=True, kw_only=True, tag="browser"):
    """One attempt under way in a browser; `flow` is msal's own."""

    url: str
    state: str
    flow: dict[str, Any]


class CodeFlow(Hidden, frozen=True, kw_only=True, tag="code"):
    """One attempt under way in a browser, without msal."""

    url: str
    state: str
    nonce: str
    verifier: str
    redirect: str


Flow = DeviceFlow | BrowserFlow | CodeFlow

Kept = str | Grant | Command  # what logs a mailbox in: a password, or where one comes from

_encode = msgspec.msgpack.Encoder().encode
_decode_app = msgspec.msgpack.Decoder(App).decode
_decode = msgspec.msgpack.Decoder(Grant | Command).decode


def app_sealed(app: App) -> bytes:
    """A registration as it goes into the box."""
    return _encode(app)


def app_opened(raw: bytes) -> App:
    """Raises ValueError for what this version does not know."""
    app: App = _decode_app(raw)
    return app


def sealed(kept: Kept) -> bytes:
    """As it goes into the box."""
    return kept.encode() if isinstance(kept, str) else SEALED + _encode(kept)


def opened(raw: bytes) -> Kept:
    """What came out of the box. Raises ValueError for what this version does not know."""
    if raw.startswith(SEALED):
        found: Grant | Command = _decode(raw[len(SEALED) :])
        return found
    return raw.decode()
