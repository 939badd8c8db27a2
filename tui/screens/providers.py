"""Settings › Providers: the firm's registrations, and the way through one. Owner and admins set them; others are told
whom to ask. Nothing here is a secret: what a provider gives as one is sealed by the office and not shown again.
"""

from collections.abc import Sequence
from typing import Final

from store.model.firm import MemberRole
from store.model.plain import plain
from store.model.sign_in import ProviderApp
from tui import registering
from tui.i18n import N_, _
from tui.keys import Place
from tui.link import Link, new_request
from tui.plain import EMPTY, Row, Span, fit, short, width, wrap
from tui.registering import Step
from tui.screens.asking import AskText, Confirm
from tui.screens.page import Left, Page
from tui.surroundings import Surroundings

KEPT: Final = Left()  # what the way through is left for when a registration was kept
STEP_LINES: Final = 5


class ProvidersScreen(Page[ProviderApp]):
    """See the module."""

    PLACE = Place.PROVIDERS
    TALL = 3

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._ask_whom = ""  # who may set it, where one may not oneself

    def title_words(self) -> str:
        return _("Settings › Providers")

    async def look(self) -> Sequence[ProviderApp]:
        self._ask_whom = await whom_to_ask(self._link)
        return await self._link.desk.providers()

    def count_words(self) -> str:
        return ""

    def name_of(self, item: ProviderApp) -> str:
        return item.provider

    def row(self, item: ProviderApp, cells: int) -> tuple[Row, ...]:
        return provider_rows(item, cells)

    def hint(self, item: ProviderApp | None) -> str:
        if self._ask_whom:
            return ask_words(self._ask_whom)
        return _("Enter shows the steps of a registration.") if item is not None else ""

    def not_meant(self, item: ProviderApp | None) -> Sequence[str]:
        if item is None or self._ask_whom:
            return ("open", "forget_provider") if item is None else ("forget_provider",)
        return () if item.client_id else ("forget_provider",)

    def action_open(self) -> None:
        app = self._rows.chosen
        if app is None:
            return

        def left(answer: Left | None) -> None:
            if answer is KEPT:
                self.say(_("Kept. Members sign in now; nobody needs the steps again."))
                self.look_again()
            elif answer is not None:
                self.leave(answer)

        self.app.push_screen(RegisterScreen(self._link, self._around, app), left)

    def action_forget_provider(self) -> None:
        app = self._rows.chosen
        if app is None or not app.client_id:
            return
        if self._ask_whom:
            self.say(ask_words(self._ask_whom), "warn")
            return
        question = _("Forget the registration with {provider}? Mailboxes that were signed in by it need another way.")

        async def forgotten() -> None:
            request = new_request()
            await self._link.command(lambda desk: desk.set_provider(request, ProviderApp(provider=app.provider)))
            self.say(_("Forgotten."))
            self.look_again()

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                self.ask(forgotten)

        words = question.format(provider=registering.provider_name(app.provider))
        self.app.push_screen(Confirm(words, yes=_("forget")), said)

    def action_undo(self) -> None:
        """A registration is set again by hand."""
        self.say(_("There is nothing to undo."))


class RegisterScreen(Page[Step]):
    """The steps at one provider; Enter goes on to what is entered here. Answers KEPT, or where somebody went."""

    PLACE = Place.REGISTERING
    TALL = STEP_LINES

    def __init__(self, link: Link, around: Surroundings, app: ProviderApp) -> None:
        super().__init__(link, around)
        self._provider = app
        self._ask_whom = ""

    def title_words(self) -> str:
        name = registering.provider_name(self._provider.provider)
        return _("Register the firm with {provider}").format(provider=name)

    async def look(self) -> Sequence[Step]:
        self._ask_whom = await whom_to_ask(self._link)
        return registering.steps(self._provider.provider)

    def count_words(self) -> str:
        return _("once for the whole firm")

    def name_of(self, item: Step) -> str:
        return item.text

    def row(self, item: Step, cells: int) -> tuple[Row, ...]:
        return step_rows(item, cells, number=self._rows.items.index(item) + 1)

    def hint(self, item: Step | None) -> str:
        if self._ask_whom:
            return ask_words(self._ask_whom)
        return _("y copies {text}").format(text=item.copies) if item is not None and item.copies else ""

    def not_meant(self, item: Step | None) -> Sequence[str]:
        left_out = () if item is not None and item.copies else ("copy_step",)
        return (*left_out, "enter_ids") if self._ask_whom else left_out

    def action_copy_step(self) -> None:
        step = self._rows.chosen
        if step is not None and step.copies:
            self.app.copy_to_clipboard(step.copies)
            self.say(_("Copied: {text}").format(text=step.copies))

    def action_enter_ids(self) -> None:
        if self._ask_whom:
            self.say(ask_words(self._ask_whom), "warn")
        else:
            self._ask_entry({}, at=0)

    def action_undo(self) -> None:
        """Nothing is done before all is entered."""
        self.say(_("There is nothing to undo."))

    def _ask_entry(self, values: dict[str, str], *, at: int, text: str | None = None, note: str = "") -> None:
        """One after the other; what cannot be it is asked again."""
        wanted = registering.entries(self._provider.provider)
        if at == len(wanted):
            self.ask(lambda: self._keep(values))
            return
        entry = wanted[at]

        def typed(answer: str | None) -> None:
            if answer is None:
                return
            said = answer.strip()
            wrong = registering.trouble(self._provider.provider, entry.name, said)
            if wrong:
                self._ask_entry(values, at=at, text=said, note=wrong)
            else:
                self._ask_entry({**values, entry.name: said}, at=at + 1)

        shown = registering.given(self._provider, entry) if text is None else text
        told = note or (_(entry.note) if entry.note else "")
        title = f"{_(entry.label)}  {at + 1}/{len(wanted)}"
        self.app.push_screen(AskText(title, text=shown, password=entry.secret, note=told), typed)

    async def _keep(self, values: dict[str, str]) -> None:
        app, request = registering.made(self._provider, values), new_request()
        secret = values.get("client_secret") or None
        await self._link.command(lambda desk: desk.set_provider(request, app, client_secret=secret))
        self.leave(KEPT)


async def whom_to_ask(link: Link) -> str:
    """The owner's name for an employee; "" for who may set registrations."""
    me = (await link.desk.welcome()).member
    if me.role is not MemberRole.EMPLOYEE:
        return ""
    owners = [one.name for one in await link.desk.members() if one.role is MemberRole.OWNER]
    return owners[0] if owners else _("the owner")


def ask_words(whom: str) -> str:
    """Who sets registrations, where one may not."""
    return _("Only the owner and admins register the firm: ask {name}.").format(name=plain(whom))


def provider_rows(app: ProviderApp, cells: int) -> tuple[Row, ...]:
    """Which it is and how the firm stands with it; then what is registered."""
    state = registering.state_words(app)
    room = max(cells - 5 - width(state), 8)
    first = (
        Span("   "),
        Span(fit(registering.provider_name(app.provider), room), "strong"),
        Span(state, "" if app.client_id else "dim"),
        Span("  "),
    )
    facts = [app.client_id, app.authority or (app.tenant if app.provider == registering.MICROSOFT else "")]
    facts.append(_("with a secret") if app.has_secret else "")
    words = " · ".join(one for one in facts if one) if app.client_id else _(_WITHOUT[app.provider])
    return first, (Span("   "), Span(short(words, max(cells - 5, 10)), "dim")), EMPTY


_WITHOUT: Final = {
    registering.MICROSOFT: N_("Outlook.com and Microsoft 365 need it: they take no passwords."),
    registering.GOOGLE: N_("Gmail and Workspace: without it members use app passwords."),
    registering.OPENID: N_("A sign-in of the firm's own, for its own mail server."),
}


def step_rows(step: Step, cells: int, *, number: int) -> tuple[Row, ...]:
    """The number, the words, and what is opened or typed there on a line of its own."""
    lines = list(wrap(step.text, max(cells - 8, 20)))[: STEP_LINES - (2 if step.copies else 1)]
    rows: list[Row] = [(Span(f"  {number}. " if not n else "     "), Span(line)) for n, line in enumerate(lines)]
    if step.copies:
        rows.append((Span("     "), Span(short(step.copies, max(cells - 7, 10)), "accent")))
    return tuple([*rows, *[EMPTY] * STEP_LINES][:STEP_LINES])
