"""Syncing one's mail for the first time: address, password, and servers, which are found from the address and can be
edited. Both servers are tried before anything is kept. The password goes to the office, which seals it, and nowhere
else; to hosts that only DNS or a guess named when it was asked for twice (Z10). What was entered half-way, but for the
password, is offered again.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import WorkType

from actors.desk.api import Desk, NewMailbox
from store.model.errors import BadRequest, DeskError
from store.model.found import Found
from store.model.mailbox import MailboxScope, MailboxView, ServerSettings
from store.model.secrets import SecretsView
from store.model.sign_in import SignIn
from store.model.views import Announcement
from tui import keys
from tui.found import best, lacks_words, named, needs_words, source_words
from tui.history import history_from
from tui.i18n import N_, _
from tui.keys import Place
from tui.link import Changed, Link, new_request
from tui.plain import EMPTY, Row, Span, content, wrap
from tui.registering import GOOGLE
from tui.screens.dialog import Dialog
from tui.screens.preview import PreviewDialog
from tui.screens.sign_in import SignInDialog
from tui.screens.sync_ways import (
    COMMANDS,
    FITS,
    PASSWORD,
    PROVIDERS,
    WAYS,
    ask_command,
    by_command,
    means,
    offer,
    unregistered,
    way_words,
)
from tui.screens.sync_words import (
    CHOICES,
    FIELDS,
    HISTORY,
    SCOPE,
    SECURITY,
    SERVERS,
    STEP_OF,
    TESTING,
    WAY,
    note_rows,
    placeholder,
    step_words,
    where,
    wrong_words,
)
from tui.servers import IMAP_PORTS, SMTP_PORTS, guessed, server
from tui.sign_in import way_for
from tui.surroundings import Surroundings
from tui.unfinished import Entered
from tui.widgets.ask import Line
from tui.widgets.choice import Choice
from tui.widgets.keys_bar import KeysBar
from tui.widgets.lines import Bar, Lines
from tui.words import scope_word

TLS: Final = (None, "ssl", "starttls", "none")  # None: by the port
KEPT_FIELDS: Final = ("address", "imap", "smtp", "login", "account", "history", "authority")
SECURED: Final = {"ssl": N_("TLS"), "starttls": N_("STARTTLS"), "none": N_("none")}


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
        self._trying = self._shows = False  # servers are tried; a preview is shown
        self._again = ""  # said as long as nothing else is: that this was entered before
        self._said: tuple[str, str] = ("", "")  # words, and how they look
        self._note = Lines(id="form-note")
        self._choices = {
            name: Choice(words, id=f"form-{name}", entered=self.action_accept_lines)
            for name, words in (
                (SECURITY, self._security_words),
                (WAY, self._way_words),
                (SCOPE, lambda: [scope_word(scope) for scope in MailboxScope]),
            )
        }
        self._security = self._choices[SECURITY]
        self._fields = {name: self._made(name) for name in FIELDS if name not in CHOICES}
        self._command = ""  # the program that gives the secret, once somebody named it

    @property
    def place(self) -> Place:
        """What keys mean here."""
        return Place.SYNC_FORM

    def compose(self) -> ComposeResult:
        yield Bar(id="form-title")
        with Vertical(id="form-head"):
            for name, label in FIELDS.items():
                with Horizontal():
                    yield Static(content(_(label)), classes="form-label")
                    yield self._choices[name] if name in CHOICES else self._fields[name]
        yield self._note
        yield KeysBar(id="keys")

    def on_mount(self) -> None:
        self._tell_keys()
        self._tell_step()
        self._note.can_focus = False
        self._field("history").value = HISTORY
        self._offer_again()

    def _tell_step(self) -> None:
        """Which of the steps one is at."""
        at = next((name for name in FIELDS if self.focused is self._widget(name)), "address")
        step = STEP_OF[SCOPE] if self._shows else TESTING if self._trying else STEP_OF.get(at, SERVERS)
        right = (Span(step_words(step), "dim"), Span(" "))
        self.query_one("#form-title", Bar).say((Span(f" {_('Sync my email')}", "heading"),), right=right)

    def on_descendant_focus(self) -> None:
        self._tell_step()

    # ------------------------------------------------------------ left half-way
    def _offer_again(self) -> None:
        """What was entered the last time, if that was not finished."""
        left = self._around.unfinished.load()
        if left is None or not left.address:
            return
        for name in KEPT_FIELDS:
            self._field(name).value = getattr(left, name)
            self._field(name).cursor_position = len(self._field(name).value)  # a guess may have stood there
        for name in CHOICES:
            self._choices[name].at = min(max(getattr(left, name), 0), len(self._choices[name].words()) - 1)
        self._again = _("What you entered the last time stands here; a password is not kept.")
        self._look()
        self._say(self._again, "dim")

    def _keep_entered(self) -> None:
        """Never the password."""
        if self._value("address"):
            texts: dict[str, Any] = {name: self._value(name) for name in KEPT_FIELDS}
            chosen: dict[str, Any] = {name: self._choices[name].at for name in CHOICES}
            self._around.unfinished.keep(Entered(**texts, **chosen))

    def _tell_keys(self) -> None:
        """While it tries there is nothing to do but stop."""
        named = {"accept": _("next"), "accept_lines": _("check and sync")}
        busy = ("accept", "accept_lines", "next_field", "preview_box")
        if self._trying:
            self.query_one(KeysBar).show_place(self.place, leave_out=busy, named={"cancel": _("stop")})
        else:
            self.query_one(KeysBar).show_place(self.place, leave_out=("next_field",), named=named)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return keys.acts(action, self.place)

    def on_lines_resized(self) -> None:
        self._draw_note()

    def _draw_note(self) -> None:
        """What is to be said first, as many lines as it needs."""
        cells = max(self._note.size.width, 20)
        words, look = self._said
        said: list[Row] = [(Span(line, look),) for line in wrap(words, cells)] if words else []
        self._note.show([*said, *([EMPTY] if said else []), *note_rows(cells)])

    def _made(self, name: str) -> Line:
        typed: Callable[[str], None] | None = {
            "address": self._address_typed,
            "imap": self._server_typed,
            "smtp": self._server_typed,
            "password": self._password_typed,
        }.get(name)
        line = Line(placeholder=placeholder(name), entered=self._entered, typed=typed)
        line.id, line.password = f"form-{name}", name == "password"
        return line

    def _field(self, name: str) -> Line:
        return self._fields[name]

    def _widget(self, name: str) -> Line | Choice:
        return self._choices[name] if name in CHOICES else self._fields[name]

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
        self._choices[WAY].refresh()
        again, self._again = self._again, ""
        told = (source_words(found), *needs_words(found), *([again] if again else []))
        self._tell(" ".join(told), "" if found.trusted else "warn")

    def _tell(self, words: str, look: str = "") -> None:
        """What is found; not while something is tried."""
        if not self._trying:
            self._say(words, look)

    def _server_typed(self, _typed: str) -> None:
        """How it is secured may follow from the port, how one signs in from the host."""
        self._security.refresh()
        self._choices[WAY].refresh()

    def _password_typed(self, _typed: str) -> None:
        """What fits is a password then."""
        self._choices[WAY].refresh()

    def _way_words(self) -> Sequence[str]:
        try:
            meant = self._meant("imap")
        except BadRequest:
            meant = None
        host = "" if meant is None else meant.host
        return way_words(fitting=means(FITS, host=host, password=self._value("password")))

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
            self._keep_entered()
            self.dismiss(None)

    def action_accept_lines(self) -> None:
        self._begin(only_look=False)

    def action_preview_box(self) -> None:
        """What it would bring, before anything is kept; from there on it can be synced."""
        self._begin(only_look=True)

    def _begin(self, *, only_look: bool) -> None:
        if not self._trying:
            self._look()
            self._keep_entered()
            self._trying = True
            self._tell_keys()
            self._tell_step()
            work: WorkType[None] = partial(self._try, only_look=only_look)
            self.run_worker(work, group="try")

    # ------------------------------------------------------------ trying
    async def _try(self, *, only_look: bool) -> None:
        made: MailboxView | None = None
        before = SecretsView(kind=None)
        try:
            if self._untouched("imap") or self._untouched("smtp"):
                await self._looked.wait()
            wanted, by = self._wanted()
            before = await self._link.command(lambda desk: desk.secrets())
            if by in PROVIDERS:
                await self._sign_in(wanted, by, only_look=only_look, before=before)
            elif by in COMMANDS and not self._command:
                self._ask_command(by)
            elif only_look and by not in COMMANDS:
                self._show_preview(wanted, lambda yes: self._begin(only_look=False) if yes else None)
            else:
                made = await self._add(wanted, by)
        except DeskError as error:
            self._say(wrong_words(error), "warn")
            at = where(error, {name: self._value(name) for name in ("imap", "smtp")})
            if error.code in ("bad_command", "command_not_named", "command"):
                self._command = ""
            self.set_focus(self._widget(at))
        except asyncio.CancelledError:
            self._say(_("Stopped; nothing is kept of it."), "warn")
            raise
        finally:
            self._trying = False
            if self.is_attached:
                self._tell_keys()
                self._tell_step()
        if made is not None:
            await self._added(made.settings.address, before)

    async def _add(self, wanted: NewMailbox, by: str) -> MailboxView:
        """Both servers are tried; then it is kept. Raises DeskError."""
        self._say(_("trying {imap} and {smtp}…").format(imap=self._value("imap"), smtp=self._value("smtp")), "dim")
        if by in COMMANDS:
            return await by_command(self._link, wanted, by, self._command)
        request = new_request()
        made: MailboxView = await self._link.command(lambda desk: desk.add_mailbox(request, wanted))
        return made

    async def _added(self, address: str, before: SecretsView) -> None:
        """It syncs. Where its secret lies is told once, when the first one was kept."""
        self._around.unfinished.forget()
        now = before
        with contextlib.suppress(DeskError):
            now = await self._link.command(lambda desk: desk.secrets())
        if before.kind is None and now.kind is not None:
            from tui.cli.secrets import place

            words = _("Secrets are kept {place} from now on. Owner and admins can change that: {command}")
            said = words.format(place=place(now), command="postroom config set secrets")
            told = Dialog(
                _("Where your password lies"), lambda cells: [(Span(f" {one}"),) for one in wrap(said, cells - 2)]
            )
            self.app.push_screen(told, lambda _left: self.dismiss(address))
        else:
            self.dismiss(address)

    def _ask_command(self, kind: str) -> None:
        def told(command: str) -> None:
            self._command = command
            self.action_accept_lines()

        self._say("")
        ask_command(self, kind, told)

    def _show_preview(
        self, wanted: NewMailbox, then: Callable[[bool], None], *, sign_in: str = "", answer: str = ""
    ) -> None:
        """What it would bring; `then` is told whether the person wants it synced."""

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            self._shows = False
            self._tell_step()
            then(bool(yes))

        self._shows = True
        self._tell_step()
        self._say("")
        self.app.push_screen(PreviewDialog(self._link, wanted, sign_in=sign_in, answer=answer), said)

    async def _sign_in(self, wanted: NewMailbox, provider: str, *, only_look: bool, before: SecretsView) -> None:
        """At the provider; where the firm is not registered there, what else there is."""
        missing = await unregistered(self._link, provider)
        self._say("")
        if missing is not None:
            apps = self._found is not None and "app_password" in self._found.quirks
            offer(
                self,
                self._link,
                self._around,
                missing,
                host=wanted.imap.host,
                has_app_password=apps or provider == GOOGLE,
                chosen=self._go_on_with,
            )
            return
        way, account = way_for(provider, os.environ), self._value("account")

        def signed_in(address: str | None) -> None:
            if address:
                work: WorkType[None] = partial(self._added, address, before)
                self.run_worker(work, group="added")

        def begins(desk: Desk) -> Awaitable[SignIn]:
            return desk.begin_sign_in(way=way, mailbox=wanted, provider=provider, account=account)

        def agreed(told: SignIn, answer: str, then: Callable[[bool], None]) -> None:
            self._show_preview(wanted, then, sign_in=told.sign_in, answer=answer)

        self.app.push_screen(SignInDialog(self._link, begins, agreed=agreed if only_look else None), signed_in)

    def _go_on_with(self, way: str) -> None:
        """What was chosen instead of a registration, or after one was made."""
        self._choices[WAY].at = WAYS.index(way)
        self._choices[WAY].refresh()
        if way == PASSWORD:
            self.set_focus(self._field("password"))
        else:
            self.action_accept_lines()

    def _wanted(self) -> tuple[NewMailbox, str]:
        """The mailbox, and by what it is signed in. Raises BadRequest."""
        address, password = self._value("address"), self._value("password")
        if not address:
            raise BadRequest("bad_address", address="")
        meant = self._meant("imap")
        by = means(WAYS[self._choices[WAY].at], host="" if meant is None else meant.host, password=password)
        if by == PASSWORD and not password:
            raise BadRequest("no_password")
        authority, tls = self._authority(), TLS[self._security.at]
        imap, smtp = (self._meant(name, tls=tls, authority=authority) for name in ("imap", "smtp"))
        if imap is None:
            raise BadRequest("no_server")
        since = history_from(self._value("history") or HISTORY, now=datetime.fromtimestamp(self._around.clock(), UTC))
        self._need_word(imap, smtp)
        wanted = NewMailbox(
            address=address,
            login=self._value("login") or address,
            password=password if by == PASSWORD else "",
            imap=imap,
            smtp=smtp,
            history_from=since,
            scope=tuple(MailboxScope)[self._choices[SCOPE].at],
            authserv_id=self._found.authserv_id if self._found is not None and self._untouched("imap") else None,
        )
        return wanted, by

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
