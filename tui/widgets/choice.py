"""One of a few words, chosen with left and right in a line of a form."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.strip import Strip
from textual.widget import Widget

from tui.plain import Span, strip
from tui.widgets.looks import look

_STEPS = {"left": -1, "h": -1, "up": -1, "right": 1, "l": 1, "down": 1, "space": 1}


class Choosing(Widget, can_focus=True):
    """`words` are what can be chosen, `at` which one is."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice--row", "choice--focus"}
    DEFAULT_CSS = """
    Choosing { height: 1; }
    Choosing > .choice--focus { background: $cursor-background; text-style: $cursor-style; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.at = 0

    def words(self) -> Sequence[str]:
        """As they are shown now; there may be none."""
        raise NotImplementedError

    def moved(self) -> None:
        """Another one was chosen."""

    def on_key(self, event: events.Key) -> None:
        step, count = _STEPS.get(event.key), len(self.words())
        if step is None or count < 2:
            return
        event.stop()
        event.prevent_default()
        self.at = (self.at + step) % count
        self.refresh()
        self.moved()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base = self.get_component_rich_style("choice--focus" if self.has_focus else "choice--row")
        words = self.words()
        hint = f"  ← → {self.at + 1}/{len(words)}" if self.has_focus and len(words) > 1 else ""
        row = (Span(words[self.at]), Span(hint, "dim")) if words else ()
        return strip(row, self.size.width, base=base, look=lambda name: look(self, name, base=base))


class Choice(Choosing):
    """Words that are asked for whenever it is drawn; Enter is told to `entered`."""

    def __init__(self, words: Callable[[], Sequence[str]], *, id: str, entered: Callable[[], None]) -> None:
        super().__init__(id=id)
        self._words, self._entered = words, entered

    def words(self) -> Sequence[str]:
        return self._words()

    def on_key(self, event: events.Key) -> None:
        """Before the keys of every choice, which Textual asks next."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self._entered()
