"""What was found of the servers of an address: where, how to log in, and who says so ([S1], Z10)."""

from enum import StrEnum

from store.model.mailbox import ServerSettings
from store.model.record import Record


class FoundBy(StrEnum):
    """Who says so, the most reliable first."""

    TABLE = "table"  # the packaged table of providers
    AUTOCONFIG = "autoconfig"  # the domain's own file, over https
    SRV = "srv"  # the domain's SRV records (RFC 6186, RFC 8314)
    MX = "mx"  # where its mail is delivered is a known provider's
    GUESS = "guess"  # a usual name that answered over TLS


class Way(StrEnum):
    """How one can log in."""

    PASSWORD = "password"  # noqa: S105 - the name of a way, no secret
    GOOGLE = "oauth-google"
    MICROSOFT = "oauth-microsoft"
    OAUTH = "oauth"  # somebody else's


class FoundServer(Record, frozen=True, kw_only=True):
    """A server, always over TLS. `login` is `login_form` filled in for the address."""

    host: str
    port: int
    tls: str  # ssl, starttls
    login_form: str = "%EMAILADDRESS%"
    login: str
    ways: tuple[Way, ...] = ()  # the provider's first choice first; empty: it is not known

    def settings(self, *, authority: str | None = None, login: str | None = None) -> ServerSettings:
        """As a mailbox keeps it; `login` is the mailbox's, from which this server's may differ."""
        own = None if login is None or login == self.login else self.login
        return ServerSettings(host=self.host, port=self.port, tls=self.tls, authority=authority, login=own)


class Found(Record, frozen=True, kw_only=True):
    """One answer to where an address's mail is.

    `trusted`: a secret may go there unasked (Z10); else a person says yes to the hosts first. `provider` is foreign
    text, and may be empty. Without `imap` this is why there is none: `lacks` is imap (it has none) or tls (not over
    TLS). Of `quirks`, codes only.
    """

    source: FoundBy
    provider: str = ""
    imap: FoundServer | None = None
    smtp: FoundServer | None = None
    trusted: bool = False
    lacks: str = ""
    quirks: tuple[str, ...] = ()
    authserv_id: str | None = None  # whose Authentication-Results can be believed ([C9])
