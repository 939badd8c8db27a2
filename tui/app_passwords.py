"""Where an app password is made, by provider: for whoever must have one, and may not know what it is. Pure.

As the providers' own help pages tell it; a link is copied, never opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.i18n import N_, _


@dataclass(frozen=True, kw_only=True, slots=True)
class Making:
    """The page, and what to do there."""

    link: str
    steps: tuple[str, ...]


_GOOGLE: Final = Making(
    link="https://myaccount.google.com/apppasswords",
    steps=(
        N_("Security › 2-Step Verification must be on; a Workspace administrator can have switched app passwords off."),
        N_("Security › 2-Step Verification › App passwords: make one for mail."),
    ),
)
_APPLE: Final = Making(
    link="https://account.apple.com",
    steps=(N_("Sign-In and Security › App-Specific Passwords: generate one. Two-factor authentication must be on."),),
)
_YAHOO: Final = Making(
    link="https://login.yahoo.com/account/security",
    steps=(N_("Generate app password: name it postroom."),),
)
_FASTMAIL: Final = Making(
    link="https://app.fastmail.com/settings/security",
    steps=(N_("App passwords › New app password, with access to IMAP and SMTP."),),
)
_BY_HOST: Final = {
    "imap.gmail.com": _GOOGLE,
    "imap.googlemail.com": _GOOGLE,
    "imap.mail.me.com": _APPLE,
    "imap.mail.yahoo.com": _YAHOO,
    "imap.fastmail.com": _FASTMAIL,
}
_LAST: Final = (
    N_("Copy what is shown there: it is shown once."),
    N_("Here, it goes into the field Password."),
)


def link_for(host: str) -> str:
    """The page on which one is made; "" where it is not known."""
    found = _BY_HOST.get(host)
    return "" if found is None else found.link


def steps_for(host: str) -> Sequence[str]:
    """What to do, in order, in the person's language."""
    found = _BY_HOST.get(host)
    first = (N_("Sign in on your provider's account page, and look for app passwords under security."),)
    return [_(step) for step in (*(first if found is None else found.steps), *_LAST)]
