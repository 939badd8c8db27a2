"""The bottom line: the keys that matter in the place one is in, from the one table."""

from collections.abc import Sequence

from tui import keys
from tui.keys import Place
from tui.plain import Span, width
from tui.widgets.lines import Bar

GAP = "   "


class KeysBar(Bar):
    """Whole keys only: one that does not fit is left out."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._place = Place.THREADS
        self._left_out: Sequence[str] = ()

    def show_place(self, place: Place, *, leave_out: Sequence[str] = ()) -> None:
        """The keys of this place, but for some actions that are not meant now."""
        self._place, self._left_out = place, leave_out
        self._tell()

    def on_resize(self) -> None:
        self._tell()

    def _tell(self) -> None:
        spans: list[Span] = [Span(" ")]
        left = self.size.width - 2
        for key in keys.footer(self._place):
            if key.action in self._left_out:
                continue
            label, gap = f" {key.brief_label}", GAP if len(spans) > 1 else ""
            left -= width(gap) + width(key.shown) + width(label)
            if left < 0:
                break
            spans += [Span(gap), Span(key.shown, "accent"), Span(label, "dim")]
        self.say(tuple(spans))
