"""What can go wrong outside, grouped by what mends it. Codes with arguments, never a server's words (Z14).

ProviderError
├── Unavailable    try again later by itself   (also a ConnectionError)
├── AuthRefused    ask the person to sign in    (also a PermissionError)
├── Refused        this request will never do   (the rest goes on)
├── Unsupported    the server cannot; use another way
├── Garbled        the server broke the protocol; drop the connection, try again
├── NotBegun       nothing was sent, since whoever was asked said no
└── Uncertain      nobody can know whether it was done: never again by guess, a person says
"""

from typing import ClassVar


class ProviderError(Exception):
    """`code` is a stable word such as `tls_name`; `args_` are numbers and words of ours, fit for a log."""

    remedy: ClassVar[str] = "none"

    def __init__(self, code: str, **arguments: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.arguments = arguments


class Unavailable(ProviderError, ConnectionError):
    """Host, port, network or server away, busy or throttling: the same request may do later.

    Codes: dns, unreachable, refused_connection, timeout, closed, tls_certificate, tls_name, tls_expired, tls_authority,
    tls_other, bye, busy, no_tls_offered; of a sign-in server refused_once; of an own program command_missing,
    command_failed, command_timeout, command_empty.
    """

    remedy = "later"


class AuthRefused(ProviderError, PermissionError):
    """The server itself refused the login. Codes: login, disabled, imap_off, smtp_off, needs_app_password,
    plain_refused, no_oauth, characters; of a sign-in server revoked, declined; of what is kept secret_missing,
    secret_unknown.
    """

    remedy = "sign_in"


class Refused(ProviderError):
    """This request was refused (NO). Codes: no, over_quota, no_folder, too_large, recipient, sender, smtputf8,
    line_ends, clear_text; of hosts that others name not_public, status, redirect, too_large;
    of a sign-in server client_id, code_expired, wrong_state, not_redirected, no_refresh.
    """

    remedy = "give_up"


class Unsupported(ProviderError):
    """The server lacks the command. Codes: the capability in lower case."""

    remedy = "other_way"


class Garbled(ProviderError):
    """The server's answer cannot be understood. Codes: parse, literal, limit, before_tls, preauth."""

    remedy = "reconnect"


class NotBegun(ProviderError):
    """A mail's sender was refused the beginning of DATA; nothing of the mail went out. Codes: not_begun."""

    remedy = "none"


class Uncertain(ProviderError):
    """A mail's content was being handed over, and no answer came. Codes: closed, timeout, parse and Unavailable's."""

    remedy = "ask"
