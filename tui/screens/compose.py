"""Writing a mail: new, an answer, a forwarded one, or a draft that is written on.

What is typed is kept as a draft after every pause, in the office; Esc leaves it there. The screen reads attachments
with the caller's own rights and streams them. Decides nothing about who may send: the desk does.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual import events
from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static, TextArea
from textual.worker import WorkType

from actors.desk.api import Wording
from store.mime.signature import DELIMITER, signed
from store.model.address import Person
from store.model.errors import DeskError
from store.model.ids import EmailId, OutboxId
from store.model.outbox import Answering, Attached, Draft, OutboxDraft
from store.model.plain import plain_lines
from store.model.signature import Signature
from store.model.views import Announcement, EmailView
from tui import editor, keys, recipients
from tui.absence import away_words
from tui.files import kind_of, name_of, pieces
from tui.i18n import N_, _, ngettext
from tui.keys import Place
from tui.link import PASSING, Changed, Link, new_request
from tui.plain import Row, Span, content, wrap
from tui.screens.asking import Confirm
from tui.screens.dialog import Dialog
from tui.screens.pick_file import PickFile
from tui.sentences import error_words
from tui.surroundings import Surroundings
from tui.when import brief, full
from tui.widgets.area import safe_text
from tui.widgets.fields import Completions, FromField, MailText, PeopleLine, TextLine, heading
from tui.widgets.keys_bar import KeysBar
from tui.widgets.letter import size_word
from tui.widgets.lines import Bar

PEOPLE: Final = ("to", "cc", "bcc")
MOST_LOOKED_UP: Final = 20  # recipients: whether they are away
LABELS: Final = {
    "from": N_("From"),
    "to": N_("To"),
    "cc": N_("Cc"),
    "bcc": N_("Bcc"),
    "subject": N_("Subject"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is written: something new, an answer to an email, or a draft."""

    how: Answering = Answering.NEW
    answers: EmailId | None = None
    to: str = ""
    subject: str = ""
    outbox: OutboxId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What the screen below says when this one has gone."""

    words: str
    look: str = ""
    sending: OutboxId | None = None


def wording(answered: EmailView | None) -> Wording:
    """The words of an answer in the person's language, the answered mail's date by their own clock."""
    return Wording(
        wrote=_("On {date}, {who} wrote:"),
        forwarded=_("Forwarded message"),
        from_=_("From"),
        to=_("To"),
        cc=_("Cc"),
        date=_("Date"),
        subject=_("Subject"),
        moment="" if answered is None else full(answered.received if answered.date is None else answered.date),
    )


class ComposeScreen(Screen[Ended | None]):
    """See the module."""

    CSS_PATH = "compose.tcss"
    AUTO_FOCUS = ""
    place = Place.WRITING

    def __init__(self, link: Link, around: Surroundings, sheet: Sheet) -> None:
        super().__init__()
        self._link, self._around, self._sheet = link, around, sheet
        self._outbox = sheet.outbox
        self._how, self._answers = sheet.how, sheet.answers
        self._files: tuple[Attached, ...] = ()
        self._signs = True
        self._known_here: set[str] = set()  # addresses of whom it is known whether they are away
        self._follows = sheet.outbox is None and sheet.how is Answering.NEW  # From follows the first of To
        self._followed = sheet.to
        self._clients: tuple[str, ...] = ()  # of the mail that is answered
        self._kept: Draft | None = None  # as the office has it, or as it was proposed
        self._saving = False
        self._ready = False
        self._early: list[events.Key] = []  # typed before it was ready
        self._title_bar, self._files_bar = Bar(id="compose-title"), Bar(id="compose-files")
        self._signature_bar, self._status_bar = Bar(id="compose-signature"), Bar(id="compose-status")
        self._from = FromField(id="compose-from")
        self._completions = Completions(id="compose-completions")
        self._people_lines = {
            name: PeopleLine(id=f"compose-{name}", entered=self._entered, completions=self._completions)
            for name in PEOPLE
        }
        self._subject = TextLine(id="compose-subject", entered=self._entered)
        self._text = MailText(id="compose-text")
        self._completing = ""
        self._complained = False
        self._one_at_a_time = asyncio.Lock()

    # ------------------------------------------------------------ what it is made of
    def compose(self) -> ComposeResult:
        yield self._title_bar
        with Vertical(id="compose-head"):
            with Horizontal():
                yield _label("from")
                yield self._from
            for name in PEOPLE:
                with Horizontal():
                    yield _label(name)
                    yield self._people(name)
            with Horizontal():
                yield _label("subject")
                yield self._subject
            yield self._completions
        yield self._files_bar
        yield self._text
        yield self._signature_bar
        yield self._status_bar
        yield KeysBar(id="keys")

    def on_mount(self) -> None:
        self.query_one(KeysBar).show_place(Place.WRITING)
        self._title("")
        self._say(_("opening…"), "dim")
        self._ask(self._load, group="load")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return keys.acts(action, Place.WRITING)

    def _people(self, name: str) -> PeopleLine:
        return self._people_lines[name]

    # ------------------------------------------------------------ opening
    async def _load(self) -> None:
        try:
            desk = self._link.desk
            if self._outbox is not None:
                held = await desk.draft(self._outbox)
                draft, self._files = held.draft, held.attachments
                parts: tuple[int, ...] = ()
            else:
                answered = None if self._answers is None else await desk.email(self._answers)
                proposal = await desk.propose(
                    how=self._how, answers=self._answers, to=self._sheet.to, wording=wording(answered)
                )
                draft = proposal.draft
                self._clients = tuple(one.client.name for one in answered.clients) if answered is not None else ()
                parts = tuple(part.n for part in proposal.parts if not part.inline)
            senders = await desk.senders()
        except DeskError as error:
            self.dismiss(Ended(words=error_words(error), look="warn"))
            return
        self._how, self._answers, self._signs = draft.how, draft.answers, draft.signature
        self._from.fill(senders, draft.from_)
        self._tell_signature()
        self._fill(draft)
        self._kept = self._draft()
        self._ready = True
        self._title("")
        self._tell_files()
        self._say_ready()
        self.set_focus(self._text if draft.to else self._people("to"))
        early, self._early = self._early, []
        for key in early:
            self.app.post_message(key)
        for n in parts:
            await self._with_part(n)

    def _fill(self, draft: Draft) -> None:
        with self.prevent(Input.Changed, TextArea.Changed):
            for name, people in zip(PEOPLE, (draft.to, draft.cc, draft.bcc), strict=True):
                self._people(name).value = safe_text(recipients.written(people))
            self._subject.value = safe_text(draft.subject or self._sheet.subject)
            self._text.load_text(safe_text(draft.text))
            self._text.move_cursor((0, 0))

    def _draft(self) -> Draft:
        """What stands on the screen. What is no address is not in it."""
        to, cc, bcc = (recipients.read(self._people(name).value).people for name in PEOPLE)
        sender = self._from.sender
        return Draft(
            from_=sender.address if sender else "",
            to=to,
            cc=cc,
            bcc=bcc,
            subject=" ".join(self._subject.value.split()),
            text=self._text.text,
            how=self._how,
            answers=self._answers,
            signature=self._signs,
        )

    # ------------------------------------------------------------ saying
    def _title(self, note: str) -> None:
        words = heading(self._how.value if self._sheet.outbox is None else "draft")
        filed = ", ".join(self._clients)
        self._title_bar.say(
            (Span(f" {words}", "heading"), Span(f"   {filed}" if filed else "", "client")),
            right=(Span(note, "dim"), Span(" ")),
        )

    def _say(self, words: str, look: str = "") -> None:
        self._status_bar.say((Span(" "), Span(words, look)))

    def _say_ready(self) -> None:
        sender = self._from.sender
        if sender is not None and sender.code is not None:
            self._say(sender_words(sender.code), "warn")
        else:
            self._say(_("Markdown is sent as text and HTML; **bold**, lists and links work."), "dim")

    def _tell_files(self) -> None:
        bar = self._files_bar
        bar.display = bool(self._files)
        said = "   ".join(f"{one.n} {one.name} ({size_word(one.size)})" for one in self._files)
        bar.say((Span("⊕ ", "accent"), Span(said)))

    @property
    def _signature(self) -> str:
        """What will stand below the text, or above what is quoted."""
        sender = self._from.sender
        return sender.signature if sender is not None and self._signs else ""

    def _tell_signature(self) -> None:
        """It is the address's, so it is shown beside the text and never in it."""
        sender, bar = self._from.sender, self._signature_bar
        bar.display = sender is not None and bool(sender.signature)
        lines = [line.strip() for line in plain_lines(self._signature) if line.strip()]
        said = DELIMITER + " · ".join(lines) if lines else _("without the signature")
        bar.say((Span(said, "dim"),), right=(Span(keys.BY_ACTION["sign"].shown, "dim"),))

    def _ask(self, act: Callable[[], Awaitable[object]], *, group: str, exclusive: bool = True) -> None:
        async def guarded() -> None:
            try:
                await act()
            except DeskError as error:
                if error.code not in PASSING:
                    self._say(error_words(error), "warn")

        work: WorkType[None] = guarded
        self.run_worker(work, group=group, exclusive=exclusive)

    # ------------------------------------------------------------ the office
    def line_changed(self, changed: Changed) -> None:
        """The office is there again, or away; what is typed stays here and is kept when it is back."""
        if changed.attached:
            self._say_ready()
            self._changed()
        else:
            self._say(_("The office is away; what you write stays here and is kept as soon as it is back."), "warn")

    def told(self, announcement: Announcement) -> None:
        """Nothing of this changes what is being written."""

    # ------------------------------------------------------------ keeping
    def on_input_changed(self, event: Input.Changed) -> None:
        self._changed()
        if isinstance(event.input, PeopleLine):
            self._complete(event.input)

    def on_text_area_changed(self) -> None:
        self._changed()

    def on_from_field_chosen(self) -> None:
        self._follows = False
        self._tell_signature()
        self._say_ready()
        self._changed()

    def _changed(self) -> None:
        """Keep it after a pause; what was said of the mail as it was is over."""
        if self._complained:
            self._complained = False
            self._say_ready()
        if self._ready and not self._saving and self._link.here and self._draft() != self._kept:
            self._saving = True
            self._ask(self._keep_on, group="save", exclusive=False)

    async def _keep_on(self) -> None:
        try:
            while self._ready and self._draft() != self._kept and self._link.here:
                await self._around.sleep(self._around.pace.keeping)
                if self._ready:
                    await self._save()
        finally:
            self._saving = False

    async def _save(self) -> None:
        """The office has it as it stands now; one at a time, so that a new draft is made once."""
        async with self._one_at_a_time:
            draft = self._draft()
            if draft == self._kept and self._outbox is not None:
                return
            request = new_request()
            row = await self._link.command(lambda desk: desk.put_draft(request, draft, outbox=self._outbox))
            self._outbox, self._kept = row.outbox, draft
            now = self._around.clock()
            self._title(_("kept {when}").format(when=brief(now, now=now)))

    # ------------------------------------------------------------ completing
    def _complete(self, line: PeopleLine) -> None:
        start, end = recipients.under_cursor(line.value, line.cursor_position)
        words = line.value[start:end].strip()
        self._completing = words
        if len(words) < 2 or recipients.read(words).people:
            self._completions.offer(())
        else:
            self._ask(self._offer, group="complete")

    async def _offer(self) -> None:
        words = self._completing
        found = await self._link.desk.complete(words, limit=Completions.MOST)
        if words == self._completing and isinstance(self.focused, PeopleLine):
            self._completions.offer(found)

    def on_completions_taken(self) -> None:
        line, chosen = self.focused, self._completions.chosen
        if isinstance(line, PeopleLine) and chosen is not None:
            start, end = recipients.under_cursor(line.value, line.cursor_position)
            said = safe_text(recipients.one(Person(name=chosen.name, address=chosen.address)))
            after = line.value[end:].lstrip(" ,;")
            with line.prevent(Input.Changed):
                line.value = f"{line.value[:start]}{said}, {after}"
            line.cursor_position = start + len(said) + 2
            self._completions.offer(())
            self._changed()

    def on_descendant_focus(self) -> None:
        if not isinstance(self.focused, PeopleLine):
            self._completions.offer(())
            if self._ready:
                self._ask(self._tell_away, group="away")
            first = next((one.address for one in recipients.read(self._people("to").value).people), "")
            if self._ready and self._follows and first not in ("", self._followed):
                self._followed = first
                self._ask(self._follow, group="follow")

    async def _tell_away(self) -> None:
        """Of the colleagues that it goes to those who are away, each once."""
        people = [who for name in PEOPLE for who in recipients.read(self._people(name).value).people]
        for who in people[:MOST_LOOKED_UP]:
            if who.address in self._known_here:
                continue
            self._known_here.add(who.address)
            found = await self._link.desk.complete(who.address, limit=1)
            if found and found[0].address.casefold() == who.address.casefold():
                words = away_words(found[0].name or who.address, found[0].away_until, found[0].deputy)
                if words:
                    self._say(words, "warn")

    async def _follow(self) -> None:
        """A new mail goes out from the address last used with whom it is for, until another one is chosen."""
        first = self._followed
        begins = await self._link.desk.propose(to=first, wording=wording(None))
        if self._follows and first == self._followed:
            self._from.fill(self._from.senders, begins.draft.from_)
            self._tell_signature()
            self._say_ready()
            self._changed()

    def _entered(self, _typed: str) -> None:
        self.focus_next()

    # ------------------------------------------------------------ keys
    async def take_key(self, event: events.Key) -> bool:
        """What is typed while it opens is kept for when it is open; Esc still leaves."""
        early = self._kept is None and event.key != "escape"
        if early:
            self._early.append(event)
        return early

    def action_send(self) -> None:
        if self._ready:
            self._ask(self._send, group="send")

    async def _send(self) -> None:
        if self._is_wrong():
            return
        if not any(self._people(name).value.strip() for name in PEOPLE):
            self._complained = True
            self._say(_("Nobody to send it to: write an address."), "warn")
            self.set_focus(self._people("to"))
            return
        await self._save()
        outbox, request = self._outbox, new_request()
        if outbox is None:
            return
        row = await self._link.command(lambda desk: desk.send(request, outbox))
        self._ready = False
        seconds = max(0, round((row.send_at or 0) - self._around.clock()))
        words = _("Sent.")
        if row.send_at is not None and seconds:
            words = ngettext(
                "Goes out in {count} second. u takes it back.", "Goes out in {count} seconds. u takes it back.", seconds
            ).format(count=seconds)
        self.dismiss(Ended(words=words, sending=outbox))

    def _is_wrong(self) -> bool:
        """Whether something stands among the people that is no address; nothing that was typed is dropped."""
        for name in PEOPLE:
            wrong = recipients.read(self._people(name).value).wrong
            if wrong:
                self._complained = True
                self._say(_("“{text}” is no e-mail address: mend it, or take it out.").format(text=wrong[0]), "warn")
                self.set_focus(self._people(name))
                return True
        return False

    def action_keep(self) -> None:
        if self._completions.display:
            self._completions.offer(())
        elif not self._ready or (self._outbox is None and self._draft() == self._kept):
            self.dismiss(None)
        elif self._is_wrong():
            return
        elif not self._link.here:
            self._say(_("The office is away; the draft cannot be kept yet. ^X discards it."), "warn")
        else:
            self._ask(self._keep, group="send")

    async def _keep(self) -> None:
        await self._save()
        self.dismiss(Ended(words=_("Kept in Drafts.")))

    def action_discard(self) -> None:
        if not self._ready or (self._outbox is None and self._draft() == self._kept):
            self.dismiss(None)
            return
        self.app.push_screen(Confirm(_("Throw this mail away?"), yes=_("throw away")), self._discarded)

    def _discarded(self, sure: bool | None) -> None:  # noqa: FBT001 - a callback
        if sure:
            self._ask(self._throw_away, group="send")

    async def _throw_away(self) -> None:
        async with self._one_at_a_time:
            outbox, request = self._outbox, new_request()
            self._ready = False
        if outbox is not None:
            await self._link.command(lambda desk: desk.discard(request, outbox))
        self.dismiss(Ended(words=_("Thrown away.")))

    def action_editor(self) -> None:
        """The text in the person's own editor; the screen comes back with what they made of it."""
        if not self._ready or self._around.editor is None:
            self._say(_("There is no editor here."), "warn")
            return
        try:
            with self.app.suspend():
                text = self._around.editor(self._text.text)
        except SuspendNotSupported:
            self._say(_("There is no editor here."), "warn")
        except editor.NoEditor:
            self._say(_("No editor ran: set $EDITOR to one. The text is as it was."), "warn")
        else:
            self._text.load_text(safe_text(text))
            self._changed()

    def action_sign(self) -> None:
        """With the signature, or without."""
        if self._ready:
            self._signs = not self._signs
            self._tell_signature()
            self._changed()

    def action_preview(self) -> None:
        """The mail's text as it goes out."""
        if self._ready:
            signature = Signature(source=self._signature) if self._signature else None
            text = signed(self._text.text, signature)
            rows = [*self._from.words()[self._from.at : self._from.at + 1], self._subject.value, ""]

            def made(cells: int) -> list[Row]:
                lines = [line for part in (*rows, text) for line in (wrap(part, cells - 2) if part else ("",))]
                return [(Span(" "), Span(line, "dim" if line.startswith(">") else "")) for line in lines]

            self.app.push_screen(Dialog(_("As it will be read"), made))

    # ------------------------------------------------------------ files
    def action_attach(self) -> None:
        if self._ready:
            self.app.push_screen(PickFile(), self._picked)

    def _picked(self, path: Path | None) -> None:
        if path is not None:
            self._ask(lambda: self._attach_file(path), group="attach", exclusive=False)

    async def _attach_file(self, path: Path) -> None:
        """Stream a file to the draft."""
        await self._save()
        outbox, request = self._outbox, new_request()
        if outbox is None:
            return
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except OSError:
            self._say(_("{path} cannot be read.").format(path=path), "warn")
            return
        self._say(_("attaching {name}…").format(name=name_of(path)), "dim")

        async def told() -> AsyncIterator[bytes]:
            done = 0
            async for piece in pieces(path):
                yield piece
                done += len(piece)
                if size:
                    self._say(
                        _("attaching {name}: {percent} %").format(name=name_of(path), percent=100 * done // size), "dim"
                    )

        try:
            held = await self._link.command(
                lambda desk: desk.attach(request, outbox, name_of(path), kind_of(path), told())
            )
        except OSError:
            self._say(_("{path} cannot be read.").format(path=path), "warn")
            return
        self._have(held)

    async def _with_part(self, n: int) -> None:
        """An attachment of the mail that is forwarded."""
        await self._save()
        outbox, answers, request = self._outbox, self._answers, new_request()
        if outbox is not None and answers is not None:
            self._have(await self._link.command(lambda desk: desk.attach_part(request, outbox, answers, n)))

    def _have(self, held: OutboxDraft) -> None:
        self._files = held.attachments
        self._tell_files()
        self._say_ready()

    def action_detach(self) -> None:
        """The last file goes."""
        if self._files and self._outbox is not None:
            self._ask(self._detach_last, group="attach", exclusive=False)

    async def _detach_last(self) -> None:
        outbox, n, request = self._outbox, self._files[-1].n, new_request()
        if outbox is not None:
            self._have(await self._link.command(lambda desk: desk.detach(request, outbox, n)))


def _label(name: str) -> Static:
    return Static(content(_(LABELS[name])), classes="compose-label")


def sender_words(code: str) -> str:
    """Why an address cannot be sent from now."""
    return {
        "receive_only": _("This mailbox only receives: no sending server is set up for it."),
        "needs_sign_in": _("This mailbox needs sign-in before anything can be sent from it."),
        "paused": _("This mailbox is paused; resume it to send from it."),
        "local": _("Imported mail has no server to send through."),
    }.get(code, _("This address cannot be sent from now."))
