"""What the form that syncs one's mail says: its fields and steps, what is wrong and where."""

from collections.abc import Mapping, Sequence
from typing import Final

from store.model.errors import DeskError
from tui.i18n import N_, _
from tui.plain import EMPTY, Row, Span, wrap
from tui.sentences import sentence

SECURITY, WAY, SCOPE = "security", "way", "scope"
FIELDS: Final = {
    "address": N_("E-mail address"),
    "password": N_("Password"),
    "imap": N_("Incoming (IMAP)"),
    "smtp": N_("Outgoing (SMTP)"),
    SECURITY: N_("Encryption"),
    "login": N_("Login, if different"),
    WAY: N_("Sign in by"),
    "account": N_("Sign in as"),
    "history": N_("History: 12m, 2y, all"),
    SCOPE: N_("What is copied"),
    "authority": N_("Certificate authority"),
}
CHOICES: Final = (SECURITY, WAY, SCOPE)
STEPS: Final = (
    N_("address"),
    N_("servers"),
    N_("sign in"),
    N_("test of both servers"),
    N_("history and what is copied"),
    N_("syncing"),
)
TESTING: Final = 3
STEP_OF: Final = {
    "address": 0,
    "password": 2,
    WAY: 2,
    "account": 2,
    "history": 4,
    SCOPE: 4,
}  # the others are about servers
SERVERS: Final = 1
HISTORY: Final = "12m"
HISTORY_FIELD: Final = "--history"  # as `history_from` calls it
UNSECURED: Final = frozenset({"tls_other", "no_tls_offered", "before_tls"})
AUTHORITY: Final = frozenset({"tls_certificate", "tls_authority"})


def step_words(step: int) -> str:
    """Which step it is."""
    return _("step {number} of {count}: {name}").format(number=step + 1, count=len(STEPS), name=_(STEPS[step]))


def where(error: DeskError, values: Mapping[str, str]) -> str:
    """The field in which the person can mend it."""
    step, given = str(error.arguments.get("step", "")), error.arguments.get("field")
    if error.code == "bad_value":
        return next((name for name in ("imap", "smtp") if values[name] == given), "history")
    if error.arguments.get("cause") in AUTHORITY:
        return "authority"
    if error.arguments.get("cause") in UNSECURED or error.code == "plain_refused":
        return SECURITY
    return {
        "bad_address": "address",
        "no_password": "password",
        "login_refused": "password",
        "no_server": "imap",
        "hosts_unconfirmed": "imap",
        "no_file": "authority",
        "bad_command": WAY,
        "command_not_named": WAY,
        "command": WAY,
    }.get(error.code, step if step in FIELDS else "address")


def wrong_words(error: DeskError) -> str:
    """What is wrong, and what to do about it here: in the form there are no options."""
    wrong, remedy = sentence(error)
    if error.code == "no_password":
        return wrong
    if error.code == "hosts_unconfirmed":
        remedy = _("If they are right, check and sync once more: then it is sent there.")
    if error.code == "login_refused":
        remedy = _("Check login name and password.")
    if error.code in ("login_refused", "smtp_off") and error.arguments.get("step") == "smtp":
        remedy = _("If you cannot mend that now, leave the outgoing server empty: then mail is received only.")
    if error.code == "plain_refused":
        remedy = _("Choose TLS or STARTTLS.")
    if error.code == "bad_address" and not error.arguments.get("address"):
        return _("Your e-mail address is needed.")
    if error.code == "no_server":
        return _("The server for incoming mail is needed: HOST or HOST:PORT.")
    if error.code == "bad_value":
        given = error.arguments.get("field")
        if given == HISTORY_FIELD:
            return _("How far back: 12m, 2y, 90d, all, or a date as 2026-01-31.")
        return _("“{text}” names no server: write HOST or HOST:PORT.").format(text=given)
    if error.code == "server":
        remedy = _server_remedy(error)
        if not remedy:
            return _("That file holds no certificate authority.")
    return " ".join(part for part in (wrong, remedy) if part)


def _server_remedy(error: DeskError) -> str:
    """Nothing where it is the file that is wrong."""
    cause = error.arguments.get("cause")
    if cause == "tls_authority":
        return ""
    if cause in AUTHORITY:
        return _("If it has one of its own, name the file of its certificate authority.")
    if cause in UNSECURED:
        return _("Check the port, and choose another encryption.")
    return _("Check host and port.")


def placeholder(name: str) -> str:
    """What may stand in a field."""
    return {
        "address": _("name@domain"),
        "password": _("some providers want an app password"),
        "imap": _("HOST[:PORT]"),
        "smtp": _("HOST[:PORT]; empty: receive only"),
        "login": _("the address"),
        "account": _("the login; for a shared mailbox your own account"),
        "history": _("or a date"),
        "authority": _("a file, if the server has a certificate of its own"),
    }[name]


def note_rows(cells: int) -> Sequence[Row]:
    """What is said to everybody."""
    words = (
        _(
            "postroom copies your mail; your provider keeps the original. "
            "Only what you archive, move, delete or mark here changes there."
        ),
        _("Both servers are tried first. The password is kept sealed by your own office."),
    )
    return [row for said in words for row in (*((Span(line, "dim"),) for line in wrap(said, max(cells, 20))), EMPTY)]
