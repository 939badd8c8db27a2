"""The bottom line: the keys that matter in the place one is in, from the one table; the way out at its right end."""

from collections.abc import Mapping, Sequence

from tui import keys
from tui.keys import Place
from tui.plain import Span, cells_of, width
from tui.widgets.lines import Bar

GAP = "  "
OUT = "back"


class KeysBar(Bar):
    """Whole keys only: one that does not fit is left out."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._place = Place.THREADS
        self._left_out: Sequence[str] = ()
        self._named: Mapping[str, str] = {}

    def show_place(
        self, place: Place, *, leave_out: Sequence[str] = (), named: Mapping[str, str] | None = None
    ) -> None:
        """The keys of this place, but for some actions that are not meant now; `named` are called otherwise here."""
        self._place, self._left_out, self._named = place, leave_out, named or {}
        self._tell()

    def on_resize(self) -> None:
        self._tell()

    def _tell(self) -> None:
        spans: list[Span] = [Span(" ")]
        meant = [key for key in keys.footer(self._place) if key.action not in self._left_out]
        out = next((key for key in meant if key.action == OUT), None)
        way_out = () if out is None else (Span(out.shown, "accent"), Span(f" {out.brief_label}", "dim"), Span(" "))
        left = self.size.width - 2 - (cells_of(way_out) + 1 if way_out else 0)
        for key in meant:
            if key is out:
                continue
            label, gap = f" {self._named.get(key.action, key.brief_label)}", GAP if len(spans) > 1 else ""
            left -= width(gap) + width(key.shown) + width(label)
            if left < 0:
                break
            spans += [Span(gap), Span(key.shown, "accent"), Span(label, "dim")]
        self.say(tuple(spans), right=way_out)
