"""The bottom line: the keys that matter in the place one is in, from the one table."""

from tui import keys
from tui.i18n import _
from tui.keys import Place
from tui.plain import Span, width
from tui.widgets.lines import Bar


class KeysBar(Bar):
    """Whole keys only: one that does not fit is left out."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._place = Place.THREADS

    def show_place(self, place: Place) -> None:
        """The keys of this place."""
        self._place = place
        self._tell()

    def on_resize(self) -> None:
        self._tell()

    def _tell(self) -> None:
        spans: list[Span] = [Span(" ")]
        left = self.size.width - 1
        for key in keys.footer(self._place):
            label = f" {_(key.label)}"
            left -= width(key.shown) + width(label)
            if left < 0:
                break
            spans += [Span(key.shown, "accent"), Span(label, "dim"), Span("   ")]
            left -= 3
        self.say(tuple(spans))
