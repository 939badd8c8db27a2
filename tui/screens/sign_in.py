"""Signing in at a provider: the address to open, the code, whose it is, and waiting. The address can be copied, and
photographed where there is room for a code; what the browser ended at is pasted here.

Whose sign-in it is stands first: nobody is to finish another's (Z24). Must not open anything by itself.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.worker import WorkType

from actors.desk.api import Desk
from store.model.errors import DeskError
from store.model.plain import plain
from store.model.sign_in import SignIn, SignInWay
from tui import keys
from tui.i18n import _
from tui.keys import Place
from tui.link import Link, new_request
from tui.plain import EMPTY, Row, Span, wrap
from tui.screens.asking import AskText
from tui.screens.sync_words import wrong_words
from tui.sign_in import provider_for, way_for
from tui.signs import is_plain
from tui.widgets.ask import Line
from tui.widgets.keys_bar import KeysBar
from tui.widgets.lines import Bar, Lines

STEP = 20.0  # seconds that one call waits
AROUND = 9  # lines that frame, title, field, words and keys take
INNER = 68
Begins = Callable[[Desk], Awaitable[SignIn]]
Agreed = Callable[[SignIn, str, Callable[[bool], None]], None]


class SignInDialog(ModalScreen[str | None]):
    """Answers the address that is signed in, or None."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = "Line"
    place = Place.FORM

    def __init__(self, link: Link, begins: Begins, *, agreed: Agreed | None = None, why: str = "") -> None:
        """`agreed` is asked before anything is kept, with the answer that was pasted, and told whom to answer."""
        super().__init__()
        self._link, self._begins, self._agreed, self._why = link, begins, agreed, why
        self._told: SignIn | None = None
        self._said: tuple[str, str] = ("", "")
        self._ends = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Bar(id="dialog-title")
            yield Lines(id="dialog-note")
            yield Line(placeholder=_("Enter copies the address"), entered=self._entered)
            yield KeysBar(id="dialog-keys")

    def on_mount(self) -> None:
        self.query_one("#dialog-title", Bar).say((Span(f" {_('Sign in')}", "heading"),))
        self.query_one(KeysBar).show_place(
            Place.FORM, leave_out=("next_field", "accept_lines"), named={"cancel": _("stop")}
        )
        self.query_one("#dialog-note", Lines).can_focus = False
        self._say(_("asking the provider…"), "dim")
        work: WorkType[None] = self._run
        self.run_worker(work, group="sign-in")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return keys.acts(action, Place.FORM)

    def on_resize(self) -> None:
        self._draw()

    def on_lines_resized(self) -> None:
        self._draw()

    # ------------------------------------------------------------ what is shown
    def _say(self, words: str, look: str = "") -> None:
        self._said = (words, look)
        self._draw()

    def _draw(self) -> None:
        shown = self.query_one("#dialog-note", Lines)
        cells = (shown.size.width or INNER) - 2
        words, look = self._said
        why = [(Span(" "), Span(line, "warn")) for line in wrap(self._why, cells)] if self._why else []
        rows = [*why, EMPTY] if why else []
        if self._told is not None:
            rows += sign_in_rows(self._told, cells, lines=self.size.height - AROUND - len(rows))
        rows += [(Span(" "), Span(line, look)) for line in wrap(words, cells)] if words else []
        room = self.size.height - AROUND + 1
        if len(rows) > room:  # a long address on a small screen: field and keys stay in sight
            rows = [row for row in rows if row is not EMPTY]
            rows = rows[len(why) if len(rows) > room else 0 :]
        shown.styles.height = max(len(rows), 1)
        shown.show(rows)

    # ------------------------------------------------------------ what is done
    async def _run(self) -> None:
        """From the beginning until the person has agreed elsewhere, or it is over."""
        try:
            self._told = told = await self._link.command(self._begins)
            pastes = told.way is SignInWay.PASTE
            self._say(_("then paste here the address at which the browser ended") if pastes else _("waiting…"), "dim")
            if pastes:
                self.query_one(Line).placeholder = _("the address, or Enter to copy the one above")
                return
            while not await self._link.command(lambda desk: desk.wait_sign_in(told.sign_in, timeout=STEP)):
                pass
            await self._finish(told, "")
        except DeskError as error:
            self._over(error)

    async def _finish(self, told: SignIn, answer: str) -> None:
        if self._ends:
            return
        self._ends = True
        if self._agreed is not None:
            agreed, self._ends = self._agreed, False
            agreed(told, answer, lambda yes: self._answered(told, answer, yes=yes))
            return
        self._say(_("trying the servers…"), "dim")
        request = new_request()
        try:
            made = await self._link.command(lambda desk: desk.finish_sign_in(request, told.sign_in, answer=answer))
        finally:
            self._ends = False
        self.dismiss(made.settings.address)

    def _answered(self, told: SignIn, answer: str, *, yes: bool) -> None:
        """The person has seen what it would bring. What was pasted can be pasted again."""
        if yes:
            self._agreed = None
            self._finish_beside(told, answer)
        elif told.way is not SignInWay.PASTE:
            self.action_cancel()

    def _over(self, error: DeskError) -> None:
        """What is wrong. A wrong paste can be mended; anything else begins anew."""
        self.query_one(Line).value = ""
        if error.code != "not_redirected":
            self._told = None
        self._say(wrong_words(error), "warn")

    def _entered(self, typed: str) -> None:
        told = self._told
        if told is None:
            return
        if not typed.strip() or told.way is SignInWay.DEVICE:
            self.app.copy_to_clipboard(told.url)
            self._say(_("The address is copied."), "dim")
            return
        self._finish_beside(told, typed.strip())

    def _finish_beside(self, told: SignIn, answer: str) -> None:
        async def finish() -> None:
            try:
                await self._finish(told, answer)
            except DeskError as error:
                self._over(error)

        work: WorkType[None] = finish
        self.run_worker(work, group="finish")

    def action_accept_lines(self) -> None:
        self._entered(self.query_one(Line).value)

    def action_cancel(self) -> None:
        told, self._told = self._told, None
        if told is not None:

            async def cancel() -> None:
                await self._link.command(lambda desk: desk.cancel_sign_in(told.sign_in))

            work: WorkType[None] = cancel
            self.app.run_worker(work, group="cancel-sign-in", exit_on_error=False)
        self.dismiss(None)


def sign_in_again(
    screen: Screen[Any], link: Link, address: str, *, host: str, done: Callable[[str | None], None], why: str = ""
) -> None:
    """Mend a mailbox of one's own: at the provider that it was signed in with, else by its password. Said are `why` it
    needs that, and why beginning at the provider failed.
    """
    provider = provider_for(host)
    way, named = way_for(provider, os.environ), "" if provider == "openid" else provider

    async def begin() -> None:
        try:
            told = await link.command(lambda desk: desk.begin_sign_in(way=way, address=address, provider=named))
        except DeskError as error:  # no grant, or no registration: a password can still be given
            failed = "" if provider == "openid" and error.code == "no_client_id" else wrong_words(error)
            _ask_password(screen, link, address, done, note=" ".join(part for part in (why, failed) if part))
        else:
            screen.app.push_screen(SignInDialog(link, lambda _desk: _given(told), why=why), done)

    work: WorkType[None] = begin
    screen.run_worker(work, group="sign-in")


async def _given(told: SignIn) -> SignIn:
    return told


def _ask_password(
    screen: Screen[Any], link: Link, address: str, done: Callable[[str | None], None], *, note: str = ""
) -> None:
    """Until both servers take it, or the person leaves."""

    def typed(password: str | None) -> None:
        if password:
            screen.run_worker(finish(password), group="sign-in")

    async def finish(password: str) -> None:
        request = new_request()
        try:
            told = await link.command(lambda desk: desk.begin_sign_in(way=SignInWay.PASSWORD, address=address))
            await link.command(lambda desk: desk.finish_sign_in(request, told.sign_in, answer=password))
        except DeskError as error:
            _ask_password(screen, link, address, done, note=wrong_words(error))
        else:
            done(address)

    title = _("Password of {login}").format(login=plain(address))
    screen.app.push_screen(AskText(title, password=True, note=note), typed)


def sign_in_rows(told: SignIn, cells: int, *, lines: int) -> list[Row]:
    """Whose it is, what to open and to type, and the address as a picture where it fits."""
    whose = _("{member} adds {address}; sign in as {account}, and as nobody else.").format(
        member=plain(told.member), address=plain(told.address), account=plain(told.account)
    )
    rows: list[Row] = [*_lines(whose, cells), EMPTY, *_lines(_("Open {url}").format(url=plain(told.url)), cells)]
    if told.user_code:
        words = _("and type the code {code}").format(code=plain(told.user_code))
        rows += [(Span(" "), Span(words, "heading"))]
    rows.append(EMPTY)
    return [*rows, *_picture(told, cells, lines=lines - len(rows))]


def _lines(text: str, cells: int) -> list[Row]:
    return [(Span(" "), Span(line)) for line in wrap(text, cells)]


def _picture(told: SignIn, cells: int, *, lines: int) -> list[Row]:
    """Of the address that is opened anywhere; a browser on this machine needs none, and letters cannot draw."""
    if is_plain() or told.way is SignInWay.BROWSER:
        return []
    from tui.qr import qr_rows

    drawn = qr_rows(told.url, cells=cells, lines=lines - 1)
    return [*((Span(" "), Span(line)) for line in drawn), *([EMPTY] if drawn else [])]
