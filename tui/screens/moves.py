"""The keys that move, for every screen whose focus is on rows, and those that every place has: help, commands, colours.

Counts and keys typed one after the other are taken here for all.
"""

from typing import ClassVar, Protocol, runtime_checkable

from textual import events
from textual.screen import Screen

from tui.i18n import _
from tui.keys import BY_ACTION, Place, Typed
from tui.widgets.kept import Kept
from tui.widgets.lines import Lines

MOUSE_KEY = BY_ACTION["mouse"]


@runtime_checkable
class HasMouse(Protocol):
    """The application, which says whether the terminal tells of the mouse."""

    mouse: bool

    def set_mouse(self, on: bool) -> None: ...  # noqa: FBT001 - what it is set to


class Moves(Screen[None]):
    """A screen that has rows with the focus; `lines` is None while keys go elsewhere."""

    PLACE: ClassVar[Place] = Place.DIALOG

    def __init__(self) -> None:
        super().__init__()
        self._styles_cache = Kept()
        self.typed = Typed()

    @property
    def place(self) -> Place:
        """Where the person is: what keys mean."""
        return self.PLACE

    @property
    def lines(self) -> Lines | None:
        """The rows that keys move."""
        return self.focused if isinstance(self.focused, Lines) else None

    def typed_changed(self) -> None:
        """What waits to be completed is another."""

    def take(self) -> int | None:
        """The count typed before this key."""
        count = self.typed.take()
        self.typed_changed()
        return count

    def before_key(self) -> None:
        """A key is pressed."""

    def say(self, words: str, look: str = "") -> None:
        """A sentence to the person, where the screen has a place for it."""

    async def take_key(self, event: events.Key) -> bool:
        """Keys that are part of a count or a chord. The application asks before it looks at the table."""
        self.before_key()
        if self.lines is None:
            return False
        before = self.typed.shown
        taken, action = self.typed.feed(event.key, event.character, place=self.place)
        if action is not None:
            await self.run_action(action)
        if before != self.typed.shown:
            self.typed_changed()
        return taken

    # ------------------------------------------------------------ moving
    def action_down(self) -> None:
        if self.lines is not None:
            self.lines.move(self.take() or 1)

    def action_up(self) -> None:
        if self.lines is not None:
            self.lines.move(-(self.take() or 1))

    def action_half_down(self) -> None:
        if self.lines is not None:
            self.lines.half(1, self.take() or 1)

    def action_half_up(self) -> None:
        if self.lines is not None:
            self.lines.half(-1, self.take() or 1)

    def action_top(self) -> None:
        if self.lines is not None:
            self.lines.go_top(self.take())

    def action_bottom(self) -> None:
        if self.lines is not None:
            self.lines.go_bottom(self.take())

    # ------------------------------------------------------------ what every place has
    async def action_help(self) -> None:
        from tui.screens.help import help_page

        self.app.push_screen(help_page(self.place), lambda _nothing: None)

    async def action_palette(self) -> None:
        from tui.screens.palette import palette

        self.app.push_screen(palette(self.place, self.undo_note), self._named)

    async def undo_note(self) -> str:
        """What undo would take back, where that is known."""
        return ""

    def action_mouse(self) -> None:
        if not isinstance(self.app, HasMouse):
            return
        self.app.set_mouse(not self.app.mouse)
        if self.app.mouse:
            self.say(_("The mouse works here now; {key} leaves it to the terminal.").format(key=MOUSE_KEY.shown))
        else:
            self.say(
                _("The mouse is the terminal's now, which selects text; {key} takes it.").format(key=MOUSE_KEY.shown)
            )

    def _named(self, action: str | None) -> None:
        if action is not None:
            self.app.call_later(self.run_action, action)

    def action_light(self) -> None:
        from tui import theme

        self.app.theme = theme.other(self.app.theme)
