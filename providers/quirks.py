"""What is known of certain providers' servers, by their host names, where no protocol tells it. One table.

Facts with where they are told; what nobody tells for sure is left out, and what a protocol tells is not here. Nor are
the names of folders, which servers write in their users' languages (providers/imap/folders.py knows them).
"""

from collections.abc import Mapping
from typing import Final

from store.model.record import Record


class Quirks(Record, frozen=True, kw_only=True):
    """Of one provider. What is not set is as everywhere.

    `labels`: folders are labels of one mail in All Mail (X-GM-LABELS). `saves_sent`: what its SMTP server takes stands
    in the mailbox's Sent folder without our doing. `app_password`: the account's own password is refused; one is made
    for each program. `oauth_only`: no password is taken. `switched_off`: IMAP is allowed in the provider's own settings
    first. `newest`: how many mails of a folder are shown at all. `connections`: how many an account may have at once,
    all its programs together; of them a mailbox here takes two. `authserv_id`: of its Authentication-Results, which
    take away what claims the same.
    """

    name: str = ""
    labels: bool = False
    saves_sent: bool = False
    app_password: bool = False
    oauth_only: bool = False
    switched_off: bool = False
    newest: int | None = None
    connections: int | None = None
    authserv_id: str | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Those that a person is told, as words of ours."""
        named = ("labels", "saves_sent", "app_password", "oauth_only", "switched_off")
        told = [name for name in named if getattr(self, name)]
        counted = (("newest", self.newest), ("connections", self.connections))
        return (*told, *(f"{name}:{count}" for name, count in counted if count is not None))


_NONE: Final = Quirks()
_GMAIL: Final = Quirks(  # developers.google.com/workspace/gmail/imap, support.google.com/mail/answer/7126229
    name="Gmail",
    labels=True,
    saves_sent=True,
    app_password=True,
    connections=15,
    authserv_id="mx.google.com",
)
_MICROSOFT: Final = Quirks(  # learn.microsoft.com: deprecation of basic authentication; it writes no authserv-id
    name="Microsoft",
    saves_sent=True,
    oauth_only=True,
)
_ICLOUD: Final = Quirks(  # support.apple.com/102525: IMAP wants the name before the @, SMTP the whole address
    name="iCloud",
    app_password=True,
)
_YAHOO: Final = Quirks(name="Yahoo", app_password=True, newest=10_000)  # help.yahoo.com/kb/SLN28681.html
_AOL: Final = Quirks(name="AOL", app_password=True)
_APP_PASSWORD: Final = Quirks(app_password=True)
_SWITCHED_OFF: Final = Quirks(switched_off=True)

_BY_HOST: Final[Mapping[str, Quirks]] = {
    "imap.gmail.com": _GMAIL,
    "imap.googlemail.com": _GMAIL,
    "smtp.gmail.com": _GMAIL,
    "smtp.googlemail.com": _GMAIL,
    "outlook.office365.com": _MICROSOFT,
    "outlook.office.com": _MICROSOFT,
    "imap-mail.outlook.com": _MICROSOFT,
    "smtp.office365.com": _MICROSOFT,
    "smtp-mail.outlook.com": _MICROSOFT,
    "smtp.live.com": _MICROSOFT,
    "smtp.hotmail.com": _MICROSOFT,
    "imap.mail.me.com": _ICLOUD,
    "smtp.mail.me.com": _ICLOUD,
    "imap.mail.yahoo.com": _YAHOO,
    "smtp.mail.yahoo.com": _YAHOO,
    "imap.aol.com": _AOL,
    "smtp.aol.com": _AOL,
    "imap.mail.att.net": _AOL,  # Yahoo's house too: currently.com/help
    "imap.fastmail.com": _APP_PASSWORD,  # fastmail.help: app passwords
    "smtp.fastmail.com": _APP_PASSWORD,
    "imap.mail.ru": _APP_PASSWORD,  # help.mail.ru: passwords for external applications
    "smtp.mail.ru": _APP_PASSWORD,
    "imap.yandex.com": Quirks(app_password=True, switched_off=True),  # yandex.com/support/mail/mail-clients
    "imap.gmx.net": _SWITCHED_OFF,  # hilfe.gmx.net: POP3/IMAP
    "imap.gmx.com": _SWITCHED_OFF,
    "imap.web.de": _SWITCHED_OFF,  # hilfe.web.de: POP3/IMAP
    "imap.zoho.com": _SWITCHED_OFF,  # zoho.com/mail/help/imap-access.html
    "imap.zoho.eu": _SWITCHED_OFF,
    "imap.zoho.in": _SWITCHED_OFF,
    "imap.zoho.com.au": _SWITCHED_OFF,
    "imap.zoho.jp": _SWITCHED_OFF,
    "imappro.zoho.com": _SWITCHED_OFF,
    "imappro.zoho.eu": _SWITCHED_OFF,
    "imappro.zoho.in": _SWITCHED_OFF,
    "imappro.zoho.com.au": _SWITCHED_OFF,
}


def quirks_of(*hosts: str) -> Quirks:
    """Those of the first of these hosts that is known."""
    return next((_BY_HOST[name] for name in map(_name, hosts) if name in _BY_HOST), _NONE)


def saves_sent(smtp_host: str) -> bool:
    """Whether what this host accepts for delivery stands in the mailbox's Sent folder without our doing."""
    return quirks_of(smtp_host).saves_sent


def _name(host: str) -> str:
    return host.strip().rstrip(".").lower()
