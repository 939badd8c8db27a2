"""Registering the firm with a provider: the steps that a person takes there, and what is entered here.

As docs/sign-in.md tells it; names of buttons stay as the provider's English pages show them. Must not ask anybody: what
is entered is checked by its form alone, and by the provider when the first member signs in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from store.model.sign_in import ProviderApp
from tui.i18n import N_, _

MICROSOFT, GOOGLE, OPENID = "microsoft", "google", "openid"
ORDER: Final = (MICROSOFT, GOOGLE, OPENID)
TENANT: Final = "common"
CERTIFICATES: Final = "certificates"
MAY_BE_EMPTY: Final = ("client_secret", CERTIFICATES)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_TENANT: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_WORD: Final = re.compile(r"[\x21-\x7e]{1,300}")
_GOOGLE_END: Final = ".apps.googleusercontent.com"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step at the provider. `copies` is what is opened or typed there: a link, a scope."""

    text: str
    copies: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing that is entered here. `secret`: not shown, and never given back."""

    name: str
    label: str
    note: str = ""
    secret: bool = False
    first: str = ""  # what stands there where nothing is set yet


_STEPS: Final[dict[str, tuple[Step, ...]]] = {
    MICROSOFT: (
        Step(
            text=N_(
                "Open this page as an administrator of the firm: Identity › Applications › App registrations › "
                "New registration."
            ),
            copies="https://entra.microsoft.com",
        ),
        Step(
            text=N_(
                "Name: postroom. Accounts: in this organizational directory only (or any, with personal accounts, "
                "for Outlook.com)."
            )
        ),
        Step(
            text=N_(
                "Authentication › Add a platform › Mobile and desktop applications: this redirect address. Below, "
                "Allow public client flows: yes (the device code needs it)."
            ),
            copies="http://localhost",
        ),
        Step(
            text=N_(
                "API permissions › Add › APIs my organization uses › Office 365 Exchange Online › Delegated: "
                "these two. Then Grant admin consent, so that members need not ask."
            ),
            copies="IMAP.AccessAsUser.All SMTP.Send",
        ),
        Step(text=N_("Exchange admin centre: IMAP and Authenticated SMTP must be on for each mailbox.")),
        Step(text=N_("Overview: the Application (client) ID and the Directory (tenant) ID. Enter them here.")),
    ),
    GOOGLE: (
        Step(text=N_("Open this page, make a project, and enable the Gmail API."), copies="https://console.cloud.google.com"),
        Step(
            text=N_(
                "OAuth consent screen: Internal for a Workspace firm. (External in testing takes listed test users "
                "only, for seven days; published, it needs Google's review.)"
            )
        ),
        Step(text=N_("On the consent screen, the scope:"), copies="https://mail.google.com/"),
        Step(text=N_("Credentials › Create credentials › OAuth client ID › Desktop app.")),
        Step(text=N_("The client ID and the client secret that are shown then. Enter them here.")),
    ),
    OPENID: (
        Step(
            text=N_("At your provider make a public client with PKCE. Its redirect addresses are loopback ones:"),
            copies="http://127.0.0.1",
        ),
        Step(text=N_("Allow it these scopes:"), copies="openid email offline_access"),
        Step(text=N_("The mail server must take the provider's tokens as XOAUTH2 or OAUTHBEARER.")),
        Step(text=N_("The address in front of /.well-known/openid-configuration, and the client ID. Enter them here.")),
    ),
}  # fmt: skip

_CLIENT_ID: Final = Entry(name="client_id", label=N_("Client ID"))
_ENTRIES: Final[dict[str, tuple[Entry, ...]]] = {
    MICROSOFT: (
        Entry(name="client_id", label=N_("Application (client) ID")),
        Entry(
            name="tenant",
            label=N_("Directory (tenant) ID"),
            note=N_("“common” lets accounts of any organization and personal ones sign in."),
            first=TENANT,
        ),
    ),
    GOOGLE: (
        _CLIENT_ID,
        Entry(
            name="client_secret",
            label=N_("Client secret"),
            note=N_("It is sealed and not given back. Empty: as it is."),
            secret=True,
        ),
    ),
    OPENID: (
        Entry(name="authority", label=N_("Address of the provider")),
        _CLIENT_ID,
        Entry(
            name=CERTIFICATES,
            label=N_("Certificate authority"),
            note=N_("A file, if the provider's certificate is of the firm's own authority. Empty: as it is."),
        ),
    ),
}


def provider_name(provider: str) -> str:
    """As people call it."""
    return {MICROSOFT: "Microsoft", GOOGLE: "Google"}.get(provider) or _("OpenID of your own")


def steps(provider: str) -> Sequence[Step]:
    """What is done at a provider, in order, in the person's language."""
    return [Step(text=_(one.text), copies=one.copies) for one in _STEPS[provider]]


def entries(provider: str) -> Sequence[Entry]:
    """What is entered here afterwards, in order."""
    return _ENTRIES[provider]


def trouble(provider: str, name: str, text: str) -> str:
    """What is wrong with what was entered, as a sentence; "" if nothing is."""
    if name in MAY_BE_EMPTY and not text:
        return ""
    if name == CERTIFICATES:
        return "" if authority_in(text) else _("That file holds no certificate authority.")
    if not _WORD.fullmatch(text):
        return _("That cannot be it: letters, digits and signs, without blanks.")
    if name == "client_id" and provider == MICROSOFT and not _UUID.fullmatch(text):
        return _("Microsoft's look like 0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9.")
    if name == "client_id" and provider == GOOGLE and not text.endswith(_GOOGLE_END):
        return _("Google's end with {end}.").format(end=_GOOGLE_END)
    if name == "tenant" and not _TENANT.fullmatch(text):
        return _("It is an ID, a domain of the firm's, or “common”.")
    if name == "authority" and not text.startswith("https://"):
        return _("It begins with https://.")
    return ""


def authority_in(path: str) -> str:
    """The caller's own file, read here; "" where it is none."""
    try:
        text = Path(path).expanduser().read_text("ascii", "replace")
    except OSError:
        return ""
    return text if "-----BEGIN CERTIFICATE-----" in text else ""


def given(app: ProviderApp, entry: Entry) -> str:
    """What stands there now."""
    if entry.secret or entry.name == CERTIFICATES:
        return ""
    return str(getattr(app, entry.name)) if app.client_id else entry.first


def made(app: ProviderApp, values: dict[str, str]) -> ProviderApp:
    """The registration with what was entered; the rest stays."""
    return ProviderApp(
        provider=app.provider,
        client_id=values["client_id"],
        tenant=values.get("tenant") or app.tenant,
        authority=values.get("authority", app.authority).rstrip("/"),
        certificates=authority_in(values[CERTIFICATES]) if values.get(CERTIFICATES) else app.certificates,
    )


def state_words(app: ProviderApp) -> str:
    """How the firm stands with a provider."""
    if not app.client_id:
        return _("not registered")
    return _("registered")
