"""One of a few words, chosen with left and right in a line of a form."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.strip import Strip
from textual.widget import Widget

from tui.plain import Span, strip
from tui.widgets.looks import look

_STEPS = {"left": -1, "h": -1, "up": -1, "right": 1, "l": 1, "down": 1, "space": 1}


class Choice(Widget, can_focus=True):
    """`words` are shown as they stand when it is drawn; Enter is told to `entered`."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice--row", "choice--focus"}
    DEFAULT_CSS = """
    Choice { height: 1; }
    Choice > .choice--focus { background: $cursor-background; text-style: $cursor-style; }
    """

    def __init__(self, words: Callable[[], Sequence[str]], *, id: str, entered: Callable[[], None]) -> None:
        super().__init__(id=id)
        self._words, self._entered = words, entered
        self.at = 0

    def on_key(self, event: events.Key) -> None:
        step = _STEPS.get(event.key)
        if step is None and event.key != "enter":
            return
        event.stop()
        event.prevent_default()
        if step is None:
            self._entered()
        else:
            self.at = (self.at + step) % len(self._words())
            self.refresh()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base = self.get_component_rich_style("choice--focus" if self.has_focus else "choice--row")
        words = self._words()
        hint = f"  ← → {self.at + 1}/{len(words)}" if self.has_focus else ""
        row = (Span(words[self.at]), Span(hint, "dim"))
        return strip(row, self.size.width, base=base, look=lambda name: look(self, name, base=base))
