"""What a client's profile is made of: a line for each email, contact, document, note and act. Records in, rows out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, Final

from store.model.document import Document, Standing
from store.model.firm import ClientDetail, Contact, LinkedAddress
from store.model.note import Note
from store.model.record import Record
from store.model.thread import ThreadState
from store.model.views import EmailRow, JournalEntry
from tui.deeds import deed_words
from tui.i18n import N_, _, ngettext
from tui.link import Link
from tui.plain import EMPTY, Row, Span, fit, short, width, wrap
from tui.screens.page import Page, Rows
from tui.surroundings import Surroundings
from tui.when import brief, full
from tui.widgets.deed_row import entry_row, who_words
from tui.widgets.letter import size_word
from tui.words import state_word

LABEL: Final = 14
WHEN: Final = 8
WIDE: Final = 100


class Tab(StrEnum):
    """The parts of a profile ([C6]). Jobs are not among them while there are none."""

    OVERVIEW = "overview"
    EMAIL = "email"
    DOCUMENTS = "documents"
    CONTACTS = "contacts"
    NOTES = "notes"
    ACTIVITY = "activity"


TAB_NAMES: Final = {
    Tab.OVERVIEW: N_("Overview"),
    Tab.EMAIL: N_("Email"),
    Tab.DOCUMENTS: N_("Documents"),
    Tab.CONTACTS: N_("Contacts"),
    Tab.NOTES: N_("Notes"),
    Tab.ACTIVITY: N_("Activity"),
}


class Part(Record, frozen=True, kw_only=True):
    """A line. `value` is what it is about: an email, a contact, a document, a note; None: it is only read."""

    key: str
    made: Callable[[int], Row]
    value: Any = None
    stands: bool = True  # whether the cursor may be on it


class Parts(Rows[Part]):
    """The lines of a tab; the cursor passes over headings."""

    def can_stand(self, index: int) -> bool:
        return index < len(self.items) and self.items[index].stands

    def place_words(self) -> str:
        """Headings are not counted."""
        stood = [number for number, part in enumerate(self.items) if part.stands]
        return f"{stood.index(self.cursor) + 1}/{len(stood)}" if self.cursor in stood else ""

    def fill(self, items: Sequence[Part]) -> None:
        super().fill(items)
        if self.items and not self.can_stand(self.cursor):
            self.cursor = self._standing(self.cursor, 1) or 0
            self._jump()


class PartPage(Page[Part]):
    """A page of such lines."""

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._rows = Parts(id="page-rows", made=self.row, named=self.name_of, tall=self.TALL)

    def name_of(self, item: Part) -> str:
        return item.key

    def row(self, item: Part, cells: int) -> tuple[Row, ...]:
        return (item.made(cells),)


def blank(key: str) -> Part:
    """A line with nothing on it."""
    return Part(key=f"blank {key}", made=lambda _cells: EMPTY, stands=False)


def _same(row: Row, _cells: int) -> Row:
    """One row for every width."""
    return row


def head(words: str, note: str = "") -> Part:
    """A heading."""
    row = (Span(f" {words}", "heading"), Span(f"  {note}", "dim"))
    return Part(key=f"head {words}", made=lambda _cells: row, stands=False)


def told(words: str) -> Part:
    """A sentence where there is nothing else."""
    key = f"told {words}"
    return Part(key=key, made=lambda cells: (Span("   "), Span(short(words, cells - 4), "dim")), stands=False)


def fact(label: str, value: str, *, stands: bool = False) -> Part:
    """A name of something, and what it is."""

    def made(cells: int) -> Row:
        return Span("   "), Span(fit(label, LABEL), "dim"), Span(short(value, max(cells - LABEL - 5, 4)) or "–")

    return Part(key=f"fact {label}", made=made, stands=stands)


# ---------------------------------------------------------------- overview


def overview_parts(
    detail: ClientDetail, emails: Sequence[EmailRow], standing: Standing, *, now: float
) -> Iterator[Part]:
    """The latest emails, who they are, and what else the firm knows of them."""
    yield head(_("Latest emails"))
    yield from (email_part(email, now=now) for email in emails)
    if not emails:
        yield told(_("No email is filed here yet."))
    yield blank("contacts")
    yield head(_("Contacts"))
    yield from contact_parts(detail)
    if not detail.contacts:
        yield told(_("Nobody is linked yet: + links a contact by their address."))
    yield blank("facts")
    yield head(_("About"))
    yield fact(_("tags"), ", ".join(detail.tags))
    yield fact(_("domains"), ", ".join(detail.domains))
    yield fact(_("followers"), ", ".join(detail.followers))
    yield fact(_("seen by"), ", ".join(detail.access))
    if standing.held:
        yield fact(_("legal hold"), _("nothing of it is removed until owner or admins lift it"))
    if standing.exported_at is not None:
        yield fact(_("exported"), full(standing.exported_at))


def email_part(email: EmailRow, *, now: float) -> Part:
    """One email with what became of it."""
    return Part(key=f"email {email.email}", made=lambda cells: email_line(email, cells, now=now), value=email)


def email_line(email: EmailRow, cells: int, *, now: float) -> Row:
    """Unread, who wrote, subject, its thread's state, when."""
    who_cells, state_cells = (24, 22) if cells >= WIDE else (18, 16)
    who = next((one.name or one.address for one in email.from_), "") or _("(no sender)")
    said, look = status_words(email, state_cells)
    room = max(cells - 3 - who_cells - 2 - state_cells - 2 - WHEN - 1, 6)
    weight = "" if email.read else "strong"
    return (
        Span("   " if email.read else " ● ", "accent"),
        Span(fit(who, who_cells), weight),
        Span("  "),
        Span(fit(" ".join(email.subject.split()) or _("(no subject)"), room), weight),
        Span("  "),
        Span(fit(said, state_cells), look),
        Span(fit(brief(email.received, now=now), WHEN, right=True), "dim"),
        Span(" "),
    )


def status_words(email: EmailRow, cells: int) -> tuple[str, str]:
    """To answer, waiting, answered by whom; and the look of it."""
    if email.thread_state is ThreadState.WAITING and email.answered_by:
        words = _("{who} answered").format(who=short(email.answered_by.split(" ")[0], max(cells - 10, 4)))
        return words, "dim"
    looks = {ThreadState.TO_ANSWER: "answer", ThreadState.DONE: "done"}
    return state_word(email.thread_state), looks.get(email.thread_state, "dim")


# ---------------------------------------------------------------- contacts


def contact_parts(detail: ClientDetail) -> Iterator[Part]:
    """A line for each address of each contact."""
    for contact, addresses in detail.contacts:
        if not addresses:
            yield contact_part(contact, None, first=True)
        for number, address in enumerate(addresses):
            yield contact_part(contact, address, first=not number)


def contact_part(contact: Contact, address: LinkedAddress | None, *, first: bool) -> Part:
    """A contact's address with its switches; the name on its first line only."""
    key = f"contact {contact.contact} {address.address if address else ''}"
    return Part(key=key, made=lambda cells: contact_line(contact, address, cells, first=first), value=contact)


def contact_line(contact: Contact, address: LinkedAddress | None, cells: int, *, first: bool) -> Row:
    """Name, address, email sync, notify."""
    name = max(min(cells // 4, 28), 12)
    sync, notify = switch_words(address) if cells >= WIDE else switch_signs(address)
    room = max(cells - 3 - name - 2 - width(sync) - width(notify) - 4, 8)
    return (
        Span("   "),
        Span(fit((contact.name or _("(no name)")) if first else "", name), "strong"),
        Span("  "),
        Span(fit(address.address if address else ", ".join(contact.addresses), room)),
        Span(sync, "done" if address and address.email_sync else "faint"),
        Span("  "),
        Span(notify, "done" if address and address.notify else "faint"),
        Span(" "),
    )


def switch_signs(address: LinkedAddress | None) -> tuple[str, str]:
    """The same where there is little room: a tick and the name of the switch."""
    words = _("Email").lower(), _("notify")
    if address is None:
        return " " * (width(words[0]) + 2), " " * (width(words[1]) + 2)
    ticks = ("✓" if on else "–" for on in (address.email_sync, address.notify))
    first, second = (f"{tick} {word}" for tick, word in zip(ticks, words, strict=True))
    return first, second


def switch_words(address: LinkedAddress | None) -> tuple[str, str]:
    """How its two switches stand, in columns of one width."""
    sync = {True: _("email sync on"), False: _("email sync off")}
    notify = {True: _("notify on"), False: _("notify off")}
    first, second = max(map(width, sync.values())), max(map(width, notify.values()))
    if address is None:
        return " " * first, " " * second
    return fit(sync[address.email_sync], first), fit(notify[address.notify], second)


# ---------------------------------------------------------------- documents


def document_parts(documents: Sequence[Document], *, now: float) -> Iterator[Part]:
    """A line for each."""
    for document in documents:
        made = partial(document_line, document, now=now)
        yield Part(key=f"document {document.document}", made=made, value=document)


def document_line(document: Document, cells: int, *, now: float) -> Row:
    """Name, where it came from or the words that were looked for, size, when."""
    source = max(cells // 4, 14)
    room = max(cells - 3 - source - 4 - 10 - WHEN - 3, 8)
    return (
        Span("   "),
        Span(fit(document.name, room)),
        Span("  "),
        Span(fit(document.snippet or source_words(document), source), "dim"),
        Span("  "),
        Span(fit(size_word(document.size), 10, right=True), "dim"),
        Span(fit(brief(document.at, now=now), WHEN + 2, right=True), "dim"),
        Span(" "),
    )


def source_words(document: Document) -> str:
    """Who brought it, or which mail."""
    if document.by:
        said = _("saved by {who}") if document.email else _("added by {who}")
        return said.format(who=document.by)
    return _("saved by itself") if document.email else _("found in the folder")


# ---------------------------------------------------------------- the title


def title_words(detail: ClientDetail, *, now: float) -> str:
    """What there is to do, how much there is, and since when nothing came."""
    words = []
    if detail.to_answer:
        words.append(_("{count} to answer").format(count=detail.to_answer))
    if detail.unread:
        words.append(_("{count} unread").format(count=detail.unread))
    words.append(ngettext("{count} email", "{count} emails", detail.emails).format(count=detail.emails))
    if detail.last is not None:
        words.append(_("last {when}").format(when=brief(detail.last, now=now)))
    return " · ".join(words)


# ---------------------------------------------------------------- notes


def note_parts(notes: Sequence[Note], cells: int, *, now: float) -> Iterator[Part]:
    """Each note with who wrote it; Markdown stands as it was written, its text in whole lines."""
    for number, note in enumerate(notes):
        if number:
            yield blank(note.note)
        yield note_head(note, now=now)
        for place, line in enumerate(wrap(note.text, max(cells - 6, 20))):
            row = (Span("   "), Span(line, line_look(line)))
            yield Part(key=f"note {note.note} {place}", made=partial(_same, row), value=note, stands=False)


def note_head(note: Note, *, now: float) -> Part:
    """Who wrote it and when; the cursor stands here for all of it."""
    when = brief(note.at, now=now)
    if note.changed_at is not None:
        when = _("{when}, changed {changed}").format(when=when, changed=brief(note.changed_at, now=now))
    row = (Span(" "), Span(note.by, "strong"), Span(f"  {when}", "dim"))
    return Part(key=f"note {note.note}", made=lambda _cells: row, value=note)


def line_look(line: str) -> str:
    """A heading of Markdown is one here; a quote is quieter."""
    if line.startswith("#"):
        return "heading"
    return "dim" if line.startswith(">") else ""


# ---------------------------------------------------------------- activity


def entry_parts(
    entries: Sequence[JournalEntry], *, clients: Mapping[str, str], members: Mapping[str, str], now: float
) -> Iterator[Part]:
    """A line for each act: when, who, what."""
    for entry in entries:
        who, what = who_words(entry, members), deed_words(entry, clients=clients, members=members)
        yield Part(key=f"entry {entry.seq}", made=partial(entry_row, entry, now=now, who=who, what=what))
