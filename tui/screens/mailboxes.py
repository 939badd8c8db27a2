"""Settings › Email integration: the member's mailboxes and what each is set to. All of it stands in the office; the
page needs no network to open.
"""

from collections.abc import Sequence
from typing import Final

from store.model.mailbox import Ending, MailboxScope, MailboxView, SyncState
from tui.i18n import _
from tui.keys import Place
from tui.link import Link
from tui.plain import EMPTY, Row, Span, fit, short, width, wrap
from tui.screens.asking import Confirm
from tui.screens.chooser import Chooser, Option
from tui.screens.dialog import Dialog
from tui.screens.mailbox_keys import MailboxKeys
from tui.screens.sign_in import sign_in_again
from tui.sentences import cause
from tui.surroundings import Surroundings
from tui.when import brief
from tui.widgets.status import left_words
from tui.words import SIGN_IN_CODES, believed_words, scope_word, sync_word

WARN: Final = frozenset({SyncState.NEEDS_SIGN_IN, SyncState.BROKEN})
TROUBLED: Final = WARN | {SyncState.OFFLINE}
_SERVED: Final = (  # what needs a server
    "sign_in_box",
    "pause_box",
    "scope_box",
    "history_box",
    "aliases_box",
    "never_box",
    "no_send_box",
    "folders_box",
    "signature_box",
    "share_box",
    "reset_box",
)


class MailboxesScreen(MailboxKeys):
    """See the module."""

    PLACE = Place.MAILBOXES
    KINDS = frozenset({"mailbox_told"})
    TALL = 2

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._left: dict[str, int] = {}  # seconds that a first sync still takes, by address
        self._rows.empty_words = _("No mailbox is synced. n syncs one.")

    def title_words(self) -> str:
        return _("Settings › Email integration")

    async def look(self) -> Sequence[MailboxView]:
        boxes = await self._link.desk.mailboxes()
        if any(box.state is SyncState.SYNCING for box in boxes):
            told = await self._link.desk.status()
            self._left = {one.address: one.eta_s for one in told.mailboxes if one.eta_s}
        return boxes

    def name_of(self, item: MailboxView) -> str:
        return item.mailbox

    def row(self, item: MailboxView, cells: int) -> tuple[Row, ...]:
        return mailbox_rows(item, cells, now=self._around.clock(), left=self._left.get(item.settings.address, 0))

    def not_meant(self, item: MailboxView | None) -> Sequence[str]:
        if item is None:
            return ("open", *_SERVED, "stop_box")
        if item.settings.imap is None:
            return _SERVED
        return () if item.offered or item.settings.shared else ("folders_box",)

    def hint(self, item: MailboxView | None) -> str:
        if item is None or item.last_error is None or item.state not in (*WARN, SyncState.OFFLINE):
            return ""
        wrong = cause(item.last_error)
        return f"{wrong} · {remedy_here(item.last_error)}" if item.last_error in SIGN_IN_CODES else wrong

    # ------------------------------------------------------------ keys
    def action_open(self) -> None:
        box = self._rows.chosen
        if box is not None:
            now = self._around.clock()
            self.app.push_screen(Dialog(box.settings.address, lambda cells: mailbox_facts(box, cells, now=now)))

    def action_add_box(self) -> None:
        from tui.screens.sync_form import SyncForm

        def added(address: str | None) -> None:
            if address:
                self.say(_("{address} is syncing; what is here can be read already.").format(address=address))
                self.look_again()

        self.app.push_screen(SyncForm(self._link, self._around), added)

    def action_sign_in_box(self) -> None:
        box = self.served()
        if box is None or box.settings.imap is None:
            return

        def done(address: str | None) -> None:
            if address:
                self.say(_("{address} is signed in.").format(address=address))
                self.look_again()

        why = " ".join(why_words(box, now=self._around.clock())[:2]) if box.state in WARN else ""
        sign_in_again(self, self._link, box.settings.address, host=box.settings.imap.host, done=done, why=why)

    def action_pause_box(self) -> None:
        box = self.served()
        if box is None:
            return
        if box.paused:
            self.act(lambda desk, request: desk.resume(request, box.settings.address), _("Syncing again."))
        else:
            self.act(lambda desk, request: desk.pause(request, box.settings.address), _("Paused."))

    def action_scope_box(self) -> None:
        box = self.served()
        if box is None:
            return

        def chosen(scope: MailboxScope | None) -> None:
            if scope is not None:
                address = box.settings.address
                self.act(lambda desk, request: desk.set_mailbox(request, address, scope=scope), _("Set."))

        options = [
            Option(value=scope, text=scope_word(scope), note=_("now") * (scope is box.settings.scope))
            for scope in MailboxScope
        ]
        self.app.push_screen(Chooser(_("What is copied"), options), chosen)

    def action_attachments_box(self) -> None:
        box = self.served()
        if box is not None:
            address, on = box.settings.address, not box.settings.save_attachments
            words = _("Attachments of clients' mail are saved.") if on else _("Attachments are not saved.")
            self.act(lambda desk, request: desk.set_mailbox(request, address, save_attachments=on), words)

    def action_behalf_box(self) -> None:
        box = self.served()
        if box is not None:
            address, on = box.settings.address, not box.settings.on_behalf
            words = _("Team members may reply on your behalf.") if on else _("Only you reply from it.")
            self.act(lambda desk, request: desk.set_mailbox(request, address, on_behalf=on), words)

    def action_share_box(self) -> None:
        box = self.served()
        if box is None:
            return
        address = box.settings.address

        def chosen(member: Option[str] | None) -> None:
            if member is None:
                return
            if member.text in box.members:
                self.act(
                    lambda desk, request: desk.unshare(request, address, member.value),
                    _("{member} has left it.").format(member=member.text),
                )
            else:
                self.act(
                    lambda desk, request: desk.share(request, address, member.value),
                    _("{member} is told.").format(member=member.text),
                )

        async def options() -> Sequence[Option[Option[str]]]:
            members = [one for one in await self._link.desk.members() if [one.name] != list(box.members)]
            return [
                Option(
                    value=Option(value=str(one.member), text=one.name),
                    text=one.name,
                    note=_("shares it; leaves") if one.name in box.members else "",
                )
                for one in members
            ]

        self.app.push_screen(Chooser(_("Share with"), options), chosen)

    def action_reset_box(self) -> None:
        box = self.served()
        if box is None:
            return
        address = box.settings.address
        question = _(
            "Sync {address} afresh? What it privately holds is fetched again; what is filed stays with its client."
        ).format(address=address)

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                self.act(lambda desk, request: desk.reset_mailbox(request, address), _("It is synced afresh."))

        self.app.push_screen(Confirm(question, yes=_("reset")), said)

    def action_stop_box(self) -> None:
        box = self._rows.chosen
        if box is None:
            return
        address = box.settings.address

        async def asked() -> None:
            ending = await self._link.desk.ending(address)
            self.app.push_screen(Confirm(stop_question(ending), yes=_("stop")), said)

        def said(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
            if yes:
                self.act(lambda desk, request: desk.stop_mailbox(request, address), _("Its sync has ended."))

        self.ask(asked)

    def action_undo(self) -> None:
        """What is set here is set back the same way; what ended has ended."""
        self.say(_("There is nothing to undo."))


def stop_question(ending: Ending) -> str:
    """What stopping means, as one question."""
    from tui.cli.boxes import ending_words

    return " ".join((_("Stop syncing {address}?").format(address=ending.address), *ending_words(ending)))


def state_words(box: MailboxView, *, left: int = 0) -> str:
    """How its sync goes, with how far a first one is and how long it still takes."""
    said = sync_word(box.state)
    if box.state is not SyncState.SYNCING or not box.total:
        return said
    far = f"{said} {box.done * 100 // box.total} %"
    return f"{far}, {left_words(left)}" if left else far


def why_words(box: MailboxView, *, now: float) -> tuple[str, ...]:
    """How it is and since when, what was wrong last, and the one thing to do; a sentence each."""
    since = box.broke_at if box.broke_at is not None else box.last_success
    state = sync_word(box.state)
    if since is not None:
        state = _("{state} since {when}").format(state=state, when=brief(since, now=now).strip())
    if box.last_error is None:
        return (f"{state}.",)
    wrong = cause(box.last_error)
    return f"{state}.", f"{wrong[:1].upper()}{wrong[1:]}.", remedy_here(box.last_error)


def remedy_here(code: str) -> str:
    """What to do about it on this page."""
    if code in SIGN_IN_CODES:
        return _("Sign in again: i.")
    if code == "imap_off":
        return _("Switch IMAP on in the provider's settings, then sign in again: i.")
    return _("It is tried again by itself; `postroom doctor` looks closer.")


def mailbox_rows(box: MailboxView, cells: int, *, now: float, left: int = 0) -> tuple[Row, ...]:
    """Which it is and how it goes; then what is copied and since when."""
    state, last = state_words(box, left=left), "" if box.last_success is None else brief(box.last_success, now=now)
    room = max(cells - 3 - width(state) - 10, 10)
    look = "warn" if box.state in WARN else "dim"
    first = (
        Span("   "),
        Span(fit(box.settings.address, room), "strong"),
        Span(state, look),
        Span(f"  {last:>7}", "dim"),
    )
    facts = [scope_word(box.settings.scope) if box.settings.imap is not None else _("imported")]
    if box.settings.imap is not None:
        facts.append(_since(box, now=now))
    if len(box.members) > 1:
        facts.append(_("shared by {names}").format(names=", ".join(box.members)))
    return first, (Span("   "), Span(short(" · ".join(facts), max(cells - 5, 10)), "dim"))


def _since(box: MailboxView, *, now: float) -> str:
    since = box.settings.history_from
    return _("all mail") if since is None else _("since {date}").format(date=brief(since, now=now).strip())


def mailbox_facts(box: MailboxView, cells: int, *, now: float) -> list[Row]:
    """All that it is set to."""
    settings = box.settings
    on, off = _("on"), _("off")
    pairs = [
        (_("state"), state_words(box)),
        *([(_("why"), " ".join(why_words(box, now=now)[1:]))] if box.last_error and box.state in TROUBLED else []),
        (_("login"), settings.login),
        *((_("server"), f"{one.host}:{one.port} ({one.tls})") for one in (settings.imap, settings.smtp) if one),
        (_("copied"), scope_word(settings.scope)),
        (_("history"), _since(box, now=now)),
        (_("members"), ", ".join(box.members)),
        (_("aliases"), ", ".join(box.aliases) or "–"),
        (_("never synced"), ", ".join(box.never_sync) or "–"),
        (_("attachments"), _("saved by itself: {switch}").format(switch=on if settings.save_attachments else off)),
        (_("on my behalf"), _("team members may reply: {switch}").format(switch=on if settings.on_behalf else off)),
        *(((_("believed"), believed_words(box)),) if settings.imap is not None else ()),
        (_("signature"), "–" if not settings.signature else ""),
    ]
    wide = max(width(name) for name, _value in pairs) + 2
    rows: list[Row] = []
    for name, value in pairs:
        for number, line in enumerate(list(wrap(value, max(cells - wide - 2, 8))) or [""]):
            rows.append((Span(" "), Span(fit(name if not number else "", wide), "dim"), Span(line)))
    rows += [(Span("   "), Span(line)) for text in settings.signature.splitlines() for line in wrap(text, cells - 4)]
    return rows or [EMPTY]
