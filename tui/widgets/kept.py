"""The lines that a widget has drawn, kept as they went out until it says that they are others.

Textual draws a frame by asking every widget that shares lines with what changed for all of its lines, and goes over
each of them anew. Here only those that changed are made. Must not know what the lines say.
"""

from collections.abc import Iterable, Iterator

from textual._styles_cache import StylesCache
from textual.containers import Horizontal, Vertical
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Kept(StylesCache):
    """See the module. For widgets whose look changes only with a refresh, as Textual has it for all."""

    def __init__(self) -> None:
        super().__init__()
        self._crop: Region | None = None
        self._filters: list[LineFilter] = []
        self._strips: list[Strip] = []
        self._old: set[int] = set()

    def set_dirty(self, *regions: Region) -> None:
        super().set_dirty(*regions)
        for region in regions:
            self._old.update(region.line_range)

    def clear(self) -> None:
        super().clear()
        self._crop = None

    def render_widget(self, widget: Widget, crop: Region) -> list[Strip]:
        filters = list(widget.get_line_filters())
        if crop != self._crop or filters != self._filters:
            self._crop, self._filters = crop, filters
            self._strips = self._made(widget, crop)
        elif self._old:
            for first, last in _runs(self._old, crop.line_range):
                part = Region(crop.x, first, crop.width, last + 1 - first)
                self._strips[first - crop.y : last + 1 - crop.y] = self._made(widget, part)
        self._old.clear()
        return self._strips

    def _made(self, widget: Widget, crop: Region) -> list[Strip]:
        return super().render_widget(widget, crop)


class Flat(Kept):
    """For widgets that draw their lines whole, ground and all, and have neither border nor padding."""

    def _made(self, widget: Widget, crop: Region) -> list[Strip]:
        if widget.gutter.width or widget.gutter.height or (crop.x, crop.width) != (0, widget.size.width):
            return super()._made(widget, crop)
        strips = [widget.render_line(y) for y in crop.line_range]
        if self._filters:
            _base, background = widget.background_colors
            for each in self._filters:
                strips = [strip.apply_filter(each, background) for strip in strips]
        self._dirty_lines.difference_update(crop.line_range)
        return strips


class Across(Horizontal):
    """Panes side by side."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._styles_cache = Kept()


class Pane(Vertical):
    """Widgets above each other."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._styles_cache = Kept()


def _runs(lines: Iterable[int], within: range) -> Iterator[tuple[int, int]]:
    """First and last of those that follow one another."""
    first = last = None
    for line in sorted(line for line in lines if line in within):
        if first is None or last is None:
            first = last = line
        elif line == last + 1:
            last = line
        else:
            yield first, last
            first = last = line
    if first is not None and last is not None:
        yield first, last
