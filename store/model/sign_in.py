"""Signing a mailbox in: what is asked for, what the person is to do, and the firm's registrations with providers."""

from enum import StrEnum

from store.model.record import Record


class SignInWay(StrEnum):
    """How a mailbox gets what it logs in with."""

    PASSWORD = "password"  # noqa: S105 - a way
    DEVICE = "device"  # open an address anywhere, type a code
    BROWSER = "browser"  # on the office's own machine: the provider sends the browser back there
    PASTE = "paste"  # anywhere: the address that the browser ends at is pasted
    PASSWORD_COMMAND = "password-command"  # noqa: S105 - a way
    TOKEN_COMMAND = "token-command"  # noqa: S105 - a way


BY_PROVIDER = frozenset({SignInWay.DEVICE, SignInWay.BROWSER, SignInWay.PASTE})
BY_COMMAND = frozenset({SignInWay.PASSWORD_COMMAND, SignInWay.TOKEN_COMMAND})


class SignIn(Record, frozen=True, kw_only=True):
    """A sign-in that waits for a person: for whom, by when, and what they open and type."""

    sign_in: str
    way: SignInWay
    member: str
    address: str
    account: str  # who must be the one that signs in
    expires_at: int
    url: str = ""
    user_code: str = ""


class ProviderApp(Record, frozen=True, kw_only=True):
    """A firm's registration with a provider, without its secret."""

    provider: str  # microsoft, google, openid
    client_id: str = ""  # empty: there is none
    tenant: str = "common"
    authority: str = ""
    certificates: str = ""  # PEM of an authority that is trusted for it beside the system's
    has_secret: bool = False
