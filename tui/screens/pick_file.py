"""Choosing a file of one's own: a path is typed, the folder it is in is listed below. Reads names only."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui import keys
from tui.i18n import _
from tui.keys import Place
from tui.plain import Row, Span, fit, width
from tui.widgets.ask import Line
from tui.widgets.letter import size_word
from tui.widgets.lines import Bar
from tui.widgets.picker import Picker

MOST: Final = 500  # names of a folder that are shown


class Entry(NamedTuple):
    """A name in a folder."""

    name: str
    folder: bool
    size: int


def entries(folder: Path, beginning: str) -> list[Entry]:
    """Folders first, then files, whose names begin so (case ignored); hidden ones only if asked for. OSError: none."""
    found: list[Entry] = []
    try:
        with os.scandir(folder) as names:
            for one in names:
                if not one.name.casefold().startswith(beginning.casefold()):
                    continue
                if one.name.startswith(".") and not beginning.startswith("."):
                    continue
                told = one.stat()
                found.append(Entry(one.name, one.is_dir(), told.st_size))
    except OSError:
        return []
    return sorted(found, key=lambda one: (not one.folder, one.name.casefold()))[:MOST]


class Names(Picker):
    """The folder's names."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.can_focus = False
        self.found: Sequence[Entry] = ()

    def offer(self, found: Sequence[Entry]) -> None:
        """Show these."""
        self.found = found
        self.cursor = self.top = 0
        self.refresh()

    @property
    def total(self) -> int:
        return len(self.found)

    def item(self, index: int) -> tuple[Row, ...]:
        one = self.found[index]
        size = "" if one.folder else size_word(one.size)
        name = f"{one.name}/" if one.folder else one.name
        room = max(self.size.width - width(size) - 2, 4)
        return ((Span(fit(name, room), "accent" if one.folder else ""), Span(" "), Span(size, "dim"), Span(" ")),)


class PickFile(ModalScreen[Path | None]):
    """Enter goes into a folder or takes a file; Tab completes the name; Esc takes none."""

    CSS_PATH = "pick_file.tcss"
    AUTO_FOCUS = "#pick-file Input"
    place = Place.CHOOSER

    def __init__(self, *, start: Path | None = None, title: str = "") -> None:
        super().__init__()
        self._start, self._title = start or Path.cwd(), title
        self._offered: str | None = None  # what the names shown belong to
        self._wanted: str | None = None  # Enter came before the names of this
        self._names = Names(id="pick-names")
        self._line = Line(placeholder=_("a file's path"), entered=self._entered)

    def compose(self) -> ComposeResult:
        with Vertical(id="pick-file"):
            yield Bar(id="pick-title")
            yield self._line
            yield self._names

    def on_mount(self) -> None:
        title = (Span(self._title or _("Attach a file"), "heading"),)
        self.query_one("#pick-title", Bar).say(title, right=(Span(_("⏎ takes it · Esc leaves"), "dim"),))
        self._show(f"{self._start}/")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return keys.acts(action, Place.CHOOSER)

    def _show(self, text: str) -> None:
        self._line.value = text
        self._line.cursor_position = len(text)

    def _split(self) -> tuple[Path, str]:
        text = os.path.expanduser(self._line.value)  # noqa: PTH111 - a trailing slash must stay
        folder, _sign, name = text.rpartition("/")
        return Path(f"{folder}/" if _sign else "."), name

    async def on_input_changed(self) -> None:
        text = self._line.value
        found = await asyncio.to_thread(entries, *self._split())
        if self.is_attached and text == self._line.value:
            self._names.offer(found)
            self._offered = text
            if self._wanted == text:
                self._wanted = None
                self._entered(text)

    @property
    def _chosen(self) -> Entry | None:
        found = self._names.found
        return found[self._names.cursor] if self._names.cursor < len(found) else None

    def _entered(self, typed: str) -> None:
        """Take what is under the cursor, once the names shown are those of what is typed."""
        if typed != self._offered:
            self._wanted = typed
            return
        folder, name = self._split()
        chosen = self._chosen
        path = folder / (chosen.name if chosen is not None else name)
        if path.is_file():
            self.dismiss(path)
        elif chosen is not None and chosen.folder:
            self._show(f"{path}/")

    def action_choose(self) -> None:
        self._entered(self._line.value)

    def action_reach(self) -> None:
        """Tab: the name under the cursor."""
        chosen = self._chosen
        if chosen is not None:
            self._show(f"{self._split()[0] / chosen.name}{'/' if chosen.folder else ''}")

    def action_next_option(self) -> None:
        self._names.move(1)

    def action_previous_option(self) -> None:
        self._names.move(-1)

    def action_cancel_choice(self) -> None:
        self.dismiss(None)
