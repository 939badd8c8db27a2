"""Bring in contacts from a file ([C7]): what its columns are taken for, what would become of each line, then all of it.

The file is read by this process; the office judges it. Until `+` nothing is kept, and after it one undo takes all back.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from textual.screen import Screen

from store.model.errors import DeskError
from store.model.people import PeopleImported, PlannedLine
from tui.cli.people_import import outcome_word, why
from tui.i18n import N_, _, ngettext
from tui.keys import Place
from tui.link import Link, new_request
from tui.people.found import ROLES, Column, FoundPeople
from tui.people.reading import batches, bytes_of, read_people
from tui.plain import Row, Span, fit, short
from tui.screens.chooser import Chooser, Option
from tui.screens.client_parts import Part, PartPage, blank, head, told
from tui.screens.pick_file import PickFile
from tui.sentences import error_words
from tui.surroundings import Surroundings

MOST_LINES: Final = 500  # of a plan that are shown
ROLE_WORDS: Final = {
    "name": N_("name"),
    "first": N_("first name"),
    "last": N_("last name"),
    "email": N_("address"),
    "client": N_("client"),
    "": N_("not used"),
}


def role_word(role: str) -> str:
    """What a column is taken for."""
    return _(ROLE_WORDS[role]) if role in ROLE_WORDS else role


def begin_import(page: Screen[Any], link: Link, around: Surroundings, *, done: Callable[[str], object]) -> None:
    """Choose a file; `done` is told in a sentence what was brought in."""

    def picked(path: Path | None) -> None:
        if path is not None:
            screen = ImportScreen(link, around, path=path)

            def over(_left: None) -> None:
                if screen.brought:
                    done(screen.brought)

            page.app.push_screen(screen, over)

    title = _("Contacts from a CSV, vCard or LDIF file")
    page.app.push_screen(PickFile(start=around.outside.folder, title=title), picked)


class ImportScreen(PartPage):
    """See the module."""

    PLACE = Place.IMPORT

    def __init__(self, link: Link, around: Surroundings, *, path: Path) -> None:
        super().__init__(link, around)
        self.brought = ""  # what was brought in, as a sentence
        self._path = path
        self._found: FoundPeople | None = None
        self._plan: PeopleImported | None = None
        self._roles: dict[int, str] = {}  # as the person chose
        self._busy = False

    # ------------------------------------------------------------ what is shown
    def title_words(self) -> str:
        return _("Import contacts")

    def count_words(self) -> str:
        name = short(self._path.name, 40)
        if self._found is None:
            return name
        return f"{name} · {self._found.format} · {self._found.encoding}"

    async def look(self) -> Sequence[Part]:
        """Read the file, and ask what would become of it."""
        self.say(_("looking through the file…"), "dim")
        try:
            self._found = await asyncio.to_thread(read_file, self._path, self._mapping())
            people = self._found.people
            self._plan = await self._link.desk.plan_import(batches(people))
        except DeskError as error:
            self.say("")
            return [told(error_words(error))]
        self.say("")
        return list(plan_parts(self._found, self._plan))

    def _mapping(self) -> dict[str, list[str]]:
        """Nothing is chosen: as the file says itself."""
        if not self._roles or self._found is None:
            return {}
        mapping: dict[str, list[str]] = {}
        for place, column in enumerate(self._found.columns):
            role = self._roles.get(place, column.role)
            if role:
                mapping.setdefault(role, []).append(str(place + 1))
        return mapping

    def not_meant(self, item: Part | None) -> Sequence[str]:
        is_column = item is not None and isinstance(item.value, int) and self._is_table
        out = [] if is_column else ["choose_role"]
        return out if self._plan is not None and self._adds else [*out, "import_now"]

    @property
    def _is_table(self) -> bool:
        return self._found is not None and self._found.format == "csv"

    @property
    def _adds(self) -> int:
        return self._plan.made + self._plan.joined + self._plan.clients if self._plan is not None else 0

    def hint(self, item: Part | None) -> str:
        if self._plan is None:
            return ""
        if not self._adds:
            return _("Nothing to bring in.")
        return _("Nothing is kept yet; + brings in all that is not refused.")

    # ------------------------------------------------------------ keys
    def action_choose_role(self) -> None:
        part = self._rows.chosen
        if part is None or not isinstance(part.value, int) or self._found is None or not self._is_table:
            return
        place = part.value

        def chosen(role: str | None) -> None:
            if role is not None:
                self._roles[place] = role
                self.look_again()

        roles = [*dict.fromkeys(ROLES), ""]
        options = [Option(value=role, text=role_word(role)) for role in roles]
        title = _("What is in “{column}”?").format(column=short(self._found.columns[place].name, 30))
        self.app.push_screen(Chooser(title, options), chosen)

    def action_import_now(self) -> None:
        if self._found is not None and self._adds and not self._busy:
            self._busy = True
            self.ask(self._import)

    async def _import(self) -> None:
        request, found = new_request(), self._found
        if found is None:
            return
        self.say(_("bringing in contacts, filing the past…"), "dim")
        try:
            made = await self._link.command(lambda desk: desk.import_people(request, batches(found.people)))
        finally:
            self._busy = False
        words = _("{made} new, {joined} joined, {clients} new clients.").format(
            made=made.made, joined=made.joined, clients=made.clients
        )
        self.brought = f"{words} {filed_words(made.emails)} " + _("u takes it back.")
        self.leave(None)

    def action_undo(self) -> None:
        """Nothing is kept yet."""
        self.say(_("There is nothing to undo."))


def read_file(path: Path, mapping: dict[str, list[str]]) -> FoundPeople:
    """A file as it is understood. Raises BadRequest."""
    return read_people(bytes_of(path), mapping=mapping, encoding=None)


def counts_words(counts: PeopleImported) -> str:
    """How many of each outcome."""
    return _("{made} new, {joined} joined, {known} known already, {refused} refused; {clients} new clients.").format(
        made=counts.made, joined=counts.joined, known=counts.known, refused=counts.refused, clients=counts.clients
    )


def filed_words(emails: int) -> str:
    """What it does to past mail."""
    return ngettext("{count} past email filed.", "{count} past emails filed.", emails).format(count=emails)


def plan_parts(found: FoundPeople, plan: PeopleImported) -> Iterator[Part]:
    """The columns, what would be, and line by line: the refused first, since those want a look."""
    yield head(_("Columns"), _("⏎ says what a column is") if found.format == "csv" else "")
    for place, column in enumerate(found.columns):
        yield column_part(place, column)
    yield blank("plan")
    yield head(_("What would become of it"))
    yield told(counts_words(plan))
    lines = sorted(plan.lines, key=lambda line: (line.outcome != "refused", line.line))
    for line in lines[:MOST_LINES]:
        yield line_part(line)
    if len(lines) > MOST_LINES:
        yield told(_("… and {count} more lines").format(count=len(lines) - MOST_LINES))


def column_part(place: int, column: Column) -> Part:
    """A column: what it is called, what it is taken for, what stands in it first."""

    def made(cells: int) -> Row:
        name, role = max(cells // 4, 14), 14
        return (
            Span("   "),
            Span(fit(column.name, name)),
            Span(fit(role_word(column.role), role), "accent" if column.role else "faint"),
            Span(fit(column.sample, max(cells - name - role - 4, 4)), "dim"),
        )

    return Part(key=f"column {place}", made=made, value=place)


def line_part(line: PlannedLine) -> Part:
    """A line of the file and its fate."""
    reason = why(line) if line.code else ""

    def made(cells: int) -> Row:
        outcome = outcome_word(line.outcome)
        return (
            Span(fit(str(line.line), 8, right=True), "dim"),
            Span("  "),
            Span(fit(outcome, 15), {"made": "done", "joined": "done", "refused": "warn"}.get(line.outcome, "dim")),
            Span(fit(line.name, 28)),
            Span("  "),
            Span(short(reason, max(cells - 56, 4)), "warn"),
        )

    return Part(key=f"line {line.line} {line.outcome} {line.about}", made=made)
