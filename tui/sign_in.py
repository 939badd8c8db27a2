"""Which way of signing in fits, by provider and by where one sits. Pure."""

from collections.abc import Mapping
from typing import Final

from store.model.sign_in import SignInWay

PROVIDERS: Final = ("microsoft", "google", "openid")
_MICROSOFT: Final = ("outlook.office365.com", "imap-mail.outlook.com", "outlook.office.com")
_GOOGLE: Final = ("imap.gmail.com", "imap.googlemail.com")


def provider_for(host: str) -> str:
    """Whose sign-in a mail server takes; one's own OpenID provider where it is nobody's that is known."""
    name = host.strip().rstrip(".").lower()
    if name in _MICROSOFT:
        return "microsoft"
    return "google" if name in _GOOGLE else "openid"


def way_for(provider: str, environ: Mapping[str, str]) -> SignInWay:
    """Microsoft's works anywhere; others' sends a browser back to this machine, where that browser must then be."""
    if provider == "microsoft":
        return SignInWay.DEVICE
    remote = any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
    here = any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return SignInWay.BROWSER if here and not remote else SignInWay.PASTE
