"""Syncing one's mail for the first time: address, password, and servers, which are found from the address and can be
edited. Both servers are tried before anything is kept. The password goes to the office, which seals it, and nowhere
else; to hosts that only DNS or a guess named when it was asked for twice (Z10).
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import WorkType

from actors.desk.api import Desk, NewMailbox
from store.model.errors import BadRequest, DeskError
from store.model.found import Found
from store.model.mailbox import ServerSettings
from store.model.sign_in import SignIn
from store.model.views import Announcement
from tui import keys
from tui.found import best, lacks_words, named, needs_words, source_words
from tui.history import history_from
from tui.i18n import N_, _
from tui.keys import Place
from tui.link import Changed, Link, new_request
from tui.plain import EMPTY, Row, Span, content, wrap
from tui.screens.sign_in import SignInDialog
from tui.sentences import sentence
from tui.servers import IMAP_PORTS, SMTP_PORTS, guessed, server
from tui.sign_in import provider_for, way_for
from tui.surroundings import Surroundings
from tui.widgets.ask import Line
from tui.widgets.choice import Choice
from tui.widgets.keys_bar import KeysBar
from tui.widgets.lines import Bar, Lines

SECURITY: Final = "security"
FIELDS: Final = {
    "address": N_("E-mail address"),
    "password": N_("Password"),
    "imap": N_("Incoming (IMAP)"),
    "smtp": N_("Outgoing (SMTP)"),
    SECURITY: N_("Encryption"),
    "login": N_("Login, if different"),
    "history": N_("History: 12m, 2y, all"),
    "authority": N_("Certificate authority"),
}
HISTORY: Final = "12m"
HISTORY_FIELD: Final = "--history"  # as `history_from` calls it
TLS: Final = (None, "ssl", "starttls", "none")  # None: by the port
SECURED: Final = {"ssl": N_("TLS"), "starttls": N_("STARTTLS"), "none": N_("none")}
UNSECURED: Final = frozenset({"tls_other", "no_tls_offered", "before_tls"})
AUTHORITY: Final = frozenset({"tls_certificate", "tls_authority"})


class SyncForm(Screen[str | None]):
    """Answers the address that syncs now, or None."""

    CSS_PATH = "welcome.tcss"
    AUTO_FOCUS = "#form-address"

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__()
        self._link, self._around = link, around
        self._filled = {"imap": "", "smtp": "", "login": ""}  # what stands there as long as nobody edits it
        self._found: Found | None = None  # where that comes from; None: a guess
        self._asked = ""  # the address that was last looked for
        self._looked = asyncio.Event()
        self._looked.set()
        self._agreed: set[str] = set()  # hosts that somebody has seen named as doubtful
        self._trying = False
        self._said: tuple[str, str] = ("", "")  # words, and how they look
        self._note = Lines(id="form-note")
        self._security = Choice(self._security_words, id=f"form-{SECURITY}", entered=self.action_accept_lines)
        self._fields = {name: self._made(name) for name in FIELDS if name != SECURITY}

    @property
    def place(self) -> Place:
        """What keys mean here."""
        return Place.FORM

    def compose(self) -> ComposeResult:
        yield Bar(id="form-title")
        with Vertical(id="form-head"):
            for name, label in FIELDS.items():
                with Horizontal():
                    yield Static(content(_(label)), classes="form-label")
                    yield self._security if name == SECURITY else self._fields[name]
        yield self._note
        yield KeysBar(id="keys")

    def on_mount(self) -> None:
        self._tell_keys()
        self.query_one("#form-title", Bar).say((Span(f" {_('Sync my email')}", "heading"),))
        self._note.can_focus = False
        self._field("history").value = HISTORY

    def _tell_keys(self) -> None:
        """While it tries there is nothing to do but stop."""
        named = {"accept": _("next"), "accept_lines": _("check and sync")}
        busy = ("accept", "accept_lines", "next_field")
        if self._trying:
            self.query_one(KeysBar).show_place(Place.FORM, leave_out=busy, named={"cancel": _("stop")})
        else:
            self.query_one(KeysBar).show_place(Place.FORM, named=named)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return keys.acts(action, Place.FORM)

    def on_lines_resized(self) -> None:
        self._draw_note()

    def _draw_note(self) -> None:
        """What is to be said first, as many lines as it needs."""
        cells = max(self._note.size.width, 20)
        words, look = self._said
        said: list[Row] = [(Span(line, look),) for line in wrap(words, cells)] if words else []
        self._note.show([*said, *([EMPTY] if said else []), *_note_rows(cells)])

    def _made(self, name: str) -> Line:
        typed: Callable[[str], None] | None = {
            "address": self._address_typed,
            "imap": self._server_typed,
            "smtp": self._server_typed,
        }.get(name)
        line = Line(placeholder=_placeholder(name), entered=self._entered, typed=typed)
        line.id, line.password = f"form-{name}", name == "password"
        return line

    def _field(self, name: str) -> Line:
        return self._fields[name]

    def _value(self, name: str) -> str:
        value = self._field(name).value
        return value if name == "password" else value.strip()

    def _say(self, words: str, look: str = "") -> None:
        self._said = (words, look)
        self._draw_note()

    def line_changed(self, changed: Changed) -> None:
        """The office is there again, or away."""
        self._say("" if changed.attached else _("The office is away; attaching again…"), "warn")

    def told(self, announcement: Announcement) -> None:
        """Nothing of this changes the form."""

    # ------------------------------------------------------------ typing
    def _address_typed(self, address: str) -> None:
        """The servers follow the address until somebody edits them."""
        if self._asked:
            self.workers.cancel_group(self, "look")
            self._asked, self._found = "", None
        imap, smtp = guessed(address)
        self._fill(imap=imap, smtp=smtp, login="")

    def _fill(self, **texts: str) -> None:
        for name, text in texts.items():
            untouched = self._untouched(name)
            self._filled[name] = text
            if untouched:
                self._field(name).value = text
                self._field(name).cursor_position = len(text)

    def _untouched(self, name: str) -> bool:
        return self._field(name).value == self._filled[name]

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Whoever leaves the address, by whatever way, has named it."""
        if event.widget is self._field("address"):
            self._look()

    def _look(self) -> None:
        """Once for an address."""
        address = self._value("address")
        if "@" in address and address != self._asked:
            self._asked = address
            self._looked.clear()
            work: WorkType[None] = self._find
            self.run_worker(work, group="look", exclusive=True)

    async def _find(self) -> None:
        address = self._asked
        try:
            self._tell(_("Looking for the servers of {address}…").format(address=address), "dim")
            answers = await self._link.command(lambda desk: desk.find_servers(address))
            if address == self._value("address"):
                self._show_found(answers)
        except DeskError:
            self._tell("")  # what is wrong with the address is said when it is tried
        finally:
            if address == self._asked or not self._asked:
                self._looked.set()

    def _show_found(self, answers: Sequence[Found]) -> None:
        found = best(answers)
        if found is None or found.imap is None:
            words = lacks_words(answers[0]) if answers else _("Nobody names its servers: these names are a guess.")
            self._tell(words, "warn")
            return
        self._found = found
        login = "" if found.imap.login == self._value("address") else found.imap.login
        self._fill(imap=named(found.imap), smtp=named(found.smtp), login=login)
        self._security.refresh()
        self._tell(" ".join((source_words(found), *needs_words(found))), "" if found.trusted else "warn")

    def _tell(self, words: str, look: str = "") -> None:
        """What is found; not while something is tried."""
        if not self._trying:
            self._say(words, look)

    def _server_typed(self, _typed: str) -> None:
        """How it is secured may follow from the port."""
        self._security.refresh()

    def _security_words(self) -> Sequence[str]:
        """What can be chosen; what the ports say is told in full."""
        told = [f"{name} {words}" for name, words in (("IMAP", self._by_port("imap")), ("SMTP", self._by_port("smtp")))
                if words]  # fmt: skip
        by_port = _("by the port")
        return (
            f"{by_port}: {', '.join(told)}" if told else by_port,
            _("TLS from the beginning"),
            _("STARTTLS: TLS after a first word"),
            _("none: only for a server on this machine"),
        )

    def _by_port(self, name: str) -> str:
        """How the server that is named would be secured; "" where none is."""
        try:
            meant = self._meant(name)
        except BadRequest:
            return ""
        return "" if meant is None else f"{_(SECURED[meant.tls])} ({meant.port})"

    def _meant(self, name: str, *, tls: str | None = None, authority: str | None = None) -> ServerSettings | None:
        """The server that a field names: the one that was found, or what somebody wrote. Raises BadRequest."""
        text = self._value(name)
        found = None if self._found is None else self._found.imap if name == "imap" else self._found.smtp
        if found is not None and tls is None and self._untouched(name):
            login = self._value("login") if self._untouched("login") else ""
            return found.settings(authority=authority, login=login or self._value("address"))
        ports = IMAP_PORTS if name == "imap" else SMTP_PORTS
        return server(text, ports=ports, tls=tls, authority=authority) if text else None

    def _entered(self, _typed: str) -> None:
        if self.focused is self._field("address"):
            self._look()
            self.set_focus(self._field("password"))
        else:
            self.action_accept_lines()

    def action_cancel(self) -> None:
        """Stop the trying; where nothing is tried, leave."""
        if self._trying:
            self.workers.cancel_group(self, "try")
        else:
            self.dismiss(None)

    def action_accept_lines(self) -> None:
        if not self._trying:
            self._look()
            self._trying = True
            self._tell_keys()
            work: WorkType[None] = self._try
            self.run_worker(work, group="try")

    # ------------------------------------------------------------ trying
    async def _try(self) -> None:
        try:
            if self._untouched("imap") or self._untouched("smtp"):
                await self._looked.wait()
            wanted = self._wanted()
            if not wanted.password:
                self._sign_in(wanted)
                return
            self._say(_("trying {imap} and {smtp}…").format(imap=self._value("imap"), smtp=self._value("smtp")), "dim")
            request = new_request()
            made = await self._link.command(lambda desk: desk.add_mailbox(request, wanted))
        except DeskError as error:
            self._say(_words(error), "warn")
            where = self._where(error)
            self.set_focus(self._security if where == SECURITY else self._field(where))
            return
        except asyncio.CancelledError:
            self._say(_("Stopped; nothing is kept of it."), "warn")
            raise
        finally:
            self._trying = False
            if self.is_attached:
                self._tell_keys()
        self.dismiss(made.settings.address)

    def _signs_in(self) -> bool:
        """Whether the server is one whose provider has a sign-in of its own: then no password is needed."""
        meant = self._meant("imap")
        return meant is not None and provider_for(meant.host) != "openid"

    def _sign_in(self, wanted: NewMailbox) -> None:
        provider = provider_for(wanted.imap.host)
        way = way_for(provider, os.environ)

        def signed_in(address: str | None) -> None:
            if address:
                self.dismiss(address)

        def begins(desk: Desk) -> Awaitable[SignIn]:
            return desk.begin_sign_in(way=way, mailbox=wanted, provider=provider)

        self._say("")
        self.app.push_screen(SignInDialog(self._link, begins), signed_in)

    def _wanted(self) -> NewMailbox:
        """Raises BadRequest."""
        address, password = self._value("address"), self._value("password")
        if not address:
            raise BadRequest("bad_address", address="")
        if not password and not self._signs_in():
            raise BadRequest("no_password")
        authority, tls = self._authority(), TLS[self._security.at]
        imap, smtp = (self._meant(name, tls=tls, authority=authority) for name in ("imap", "smtp"))
        if imap is None:
            raise BadRequest("no_server")
        since = history_from(self._value("history") or HISTORY, now=datetime.fromtimestamp(self._around.clock(), UTC))
        self._need_word(imap, smtp)
        return NewMailbox(
            address=address,
            login=self._value("login") or address,
            password=password,
            imap=imap,
            smtp=smtp,
            history_from=since,
            authserv_id=self._found.authserv_id if self._found is not None and self._untouched("imap") else None,
        )

    def _need_word(self, imap: ServerSettings, smtp: ServerSettings | None) -> None:
        """Hosts that nobody wrote and nobody who can be trusted named are shown before a password goes there."""
        if self._found is not None and self._found.trusted:
            return
        both = {"imap": imap, "smtp": smtp}
        doubtful = [one.host for name, one in both.items() if one is not None and self._untouched(name)]
        unseen = [host for host in doubtful if host not in self._agreed]
        self._agreed.update(unseen)
        if unseen:
            raise BadRequest("hosts_unconfirmed", hosts=", ".join(dict.fromkeys(unseen)))

    def _authority(self) -> str | None:
        """The caller's own file, read here."""
        text = self._value("authority")
        if not text:
            return None
        try:
            return Path(text).expanduser().read_text("ascii", "replace")
        except OSError:
            raise BadRequest("no_file", path=text) from None

    def _where(self, error: DeskError) -> str:
        """The field in which the person can mend it."""
        step, given = str(error.arguments.get("step", "")), error.arguments.get("field")
        if error.code == "bad_value":
            return next((name for name in ("imap", "smtp") if self._value(name) == given), "history")
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
        }.get(error.code, step if step in FIELDS else "address")


def _words(error: DeskError) -> str:
    """What is wrong, and what to do about it here: in the form there are no options."""
    wrong, remedy = sentence(error)
    if error.code == "no_password":
        return wrong
    if error.code == "hosts_unconfirmed":
        remedy = _("If they are right, check and sync once more: then it is sent there.")
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
        if error.arguments.get("cause") == "tls_authority":
            return _("That file holds no certificate authority.")
        if error.arguments.get("cause") in AUTHORITY:
            remedy = _("If it has one of its own, name the file of its certificate authority.")
        elif error.arguments.get("cause") in UNSECURED:
            remedy = _("Check the port, and choose another encryption.")
        else:
            remedy = _("Check host and port.")
    return " ".join(part for part in (wrong, remedy) if part)


def _placeholder(name: str) -> str:
    return {
        "address": _("name@domain"),
        "password": _("some providers want an app password"),
        "imap": _("HOST[:PORT]"),
        "smtp": _("HOST[:PORT]; empty: receive only"),
        "login": _("the address"),
        "history": _("or a date"),
        "authority": _("a file, if the server has a certificate of its own"),
    }[name]


def _note_rows(cells: int) -> Sequence[Row]:
    words = (
        _(
            "postroom copies your mail; your provider keeps the original. "
            "Only what you archive, move, delete or mark here changes there."
        ),
        _("Both servers are tried first. The password is kept sealed by your own office."),
    )
    return [row for said in words for row in (*((Span(line, "dim"),) for line in wrap(said, max(cells, 20))), EMPTY)]
