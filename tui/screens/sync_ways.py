"""How somebody who syncs their mail signs in: what fits, what was chosen, and what is offered where the firm has no
registration with a provider ([S1]): an app password, a program that gives tokens, the way to a registration.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from textual.screen import Screen

from actors.desk.api import Desk, NewMailbox
from store.model.mailbox import MailboxView
from store.model.sign_in import ProviderApp, SignIn, SignInWay
from tui import app_passwords, registering
from tui.i18n import N_, _
from tui.link import Link, new_request
from tui.plain import EMPTY, Row, Span, wrap
from tui.registering import GOOGLE, MICROSOFT, OPENID
from tui.screens.asking import AskText
from tui.screens.chooser import Chooser, Option
from tui.screens.dialog import Dialog
from tui.screens.page import Left
from tui.screens.providers import KEPT, RegisterScreen
from tui.sign_in import provider_for
from tui.surroundings import Surroundings

FITS, PASSWORD, PROGRAM, TOKENS = "fits", "password", "program", "tokens"
WAYS: Final = (FITS, PASSWORD, MICROSOFT, GOOGLE, OPENID, PROGRAM, TOKENS)
PROVIDERS: Final = (MICROSOFT, GOOGLE, OPENID)
COMMANDS: Final = {PROGRAM: SignInWay.PASSWORD_COMMAND, TOKENS: SignInWay.TOKEN_COMMAND}
_NAMED: Final = {
    PASSWORD: N_("a password, or an app password"),
    PROGRAM: N_("a program that gives the password"),
    TOKENS: N_("a program that gives tokens"),
}


def means(chosen: str, *, host: str, password: str) -> str:
    """What was chosen; where nothing was, a password that was typed, else the sign-in of a provider that has one."""
    if chosen != FITS:
        return chosen
    provider = provider_for(host)
    return PASSWORD if password or provider == OPENID else provider


def way_words(*, fitting: str) -> Sequence[str]:
    """What can be chosen, as a person reads it."""
    return [_("what fits: {way}").format(way=named(fitting)), *(named(way) for way in WAYS[1:])]


def named(way: str) -> str:
    """What it is called."""
    return _(_NAMED[way]) if way in _NAMED else registering.provider_name(way)


async def unregistered(link: Link, provider: str) -> ProviderApp | None:
    """The registration that is missing; None where the firm has it."""
    apps: tuple[ProviderApp, ...] = await link.command(lambda desk: desk.providers())
    found = next((app for app in apps if app.provider == provider), ProviderApp(provider=provider))
    return None if found.client_id else found


def offer(
    screen: Screen[Any],
    link: Link,
    around: Surroundings,
    app: ProviderApp,
    *,
    host: str,
    has_app_password: bool,
    chosen: Callable[[str], None],
) -> None:
    """Never a dead end. `chosen` is told PASSWORD, TOKENS, or the provider as soon as it is registered."""
    name = registering.provider_name(app.provider)
    register = _("register the firm with {provider}").format(provider=name)
    options = [
        *([Option(PASSWORD, _("an app password"), _("made on the provider's page"))] if has_app_password else []),
        Option(TOKENS, named(TOKENS), _("one of your own")),
        Option(app.provider, register, _("once; the steps are shown")),
    ]

    def registered(left: Left | None) -> None:
        if left is KEPT:
            chosen(app.provider)

    def went(way: str | None) -> None:
        if way == PASSWORD:
            steps = Dialog(_("An app password"), lambda cells: app_password_rows(host, cells))
            screen.app.push_screen(steps, lambda _left: chosen(PASSWORD))
        elif way == TOKENS:
            chosen(TOKENS)
        elif way is not None:
            screen.app.push_screen(RegisterScreen(link, around, app), registered)

    title = _("The firm has no registration with {provider} yet. Go on with").format(provider=name)
    screen.app.push_screen(Chooser(title, options), went)


def app_password_rows(host: str, cells: int) -> list[Row]:
    """Where one is made and how."""
    link = app_passwords.link_for(host)
    rows: list[Row] = [(Span(" "), Span(link, "accent")), EMPTY] if link else []
    for number, step in enumerate(app_passwords.steps_for(host), start=1):
        lines = list(wrap(step, max(cells - 6, 20)))
        rows += [(Span(f" {number}. " if not n else "    "), Span(line)) for n, line in enumerate(lines)]
    return rows


def ask_command(screen: Screen[Any], kind: str, told: Callable[[str], None]) -> None:
    """Which program, as it is typed; what is none is said when it is tried."""

    def typed(text: str | None) -> None:
        if text and text.strip():
            told(text.strip())

    note = _("With its words, as in: pass show mail/ana. No shell reads it; the office runs it, at each start again.")
    screen.app.push_screen(AskText(named(kind), note=note), typed)


async def by_command(link: Link, wanted: NewMailbox, kind: str, command: str) -> MailboxView:
    """Begun and ended at once. Raises DeskError, and then nothing is kept."""
    from tui.cli.sign_in import argv

    way, request, words = COMMANDS[kind], new_request(), argv(command)

    def begins(desk: Desk) -> Any:  # noqa: ANN401 - an awaitable SignIn
        return desk.begin_sign_in(way=way, mailbox=wanted, command=words)

    told: SignIn = await link.command(begins)
    try:
        return await link.command(lambda desk: desk.finish_sign_in(request, told.sign_in))
    except BaseException:
        await link.command(lambda desk: desk.cancel_sign_in(told.sign_in))
        raise
