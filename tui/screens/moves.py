"""The keys that move, for every screen whose focus is on rows: counts and chords are taken here for all."""

from textual import events
from textual.screen import Screen

from tui.keys import Typed
from tui.widgets.lines import Lines


class Moves(Screen[None]):
    """A screen that has rows with the focus; `lines` is None while keys go elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.typed = Typed()

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

    async def take_key(self, event: events.Key) -> bool:
        """Keys that are part of a count or a chord. The application asks before it looks at bindings."""
        self.before_key()
        if self.lines is None:
            return False
        before = self.typed.shown
        taken, action = self.typed.feed(event.key, event.character)
        if action is not None:
            await self.run_action(action)
        if before != self.typed.shown:
            self.typed_changed()
        return taken

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
