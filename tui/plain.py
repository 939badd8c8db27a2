"""The only road from foreign text to the screen (Z7): rows of spans become strips here, each text through `plain`.

Markup is never read: nothing here makes a style, a link or an action out of a text. Widths are in cells.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip

from store.model.plain import plain, plain_lines
from tui.signs import lettered

ELLIPSIS: Final = "…"


class Span(NamedTuple):
    """A stretch of text and the look of it: a name that the widget's style sheet knows, "" for the row's own."""

    text: str
    look: str = ""


Row = tuple[Span, ...]
EMPTY: Final[Row] = ()


def width(text: str) -> int:
    """Cells of a text that is plain already."""
    return len(text) if text.isascii() else cell_len(text)


def cells_of(row: Row) -> int:
    """Cells of a row."""
    return sum(width(plain(span.text)) for span in row)


def fit(text: str, cells: int, *, right: bool = False) -> str:
    """The text in exactly so many cells: cut with an ellipsis, or filled with blanks (on the left with `right`)."""
    safe = plain(text)
    have = width(safe)
    if have > cells:
        return set_cell_size(set_cell_size(safe, max(cells - 1, 0)).rstrip() + ELLIPSIS[: max(cells, 0)], cells)
    blanks = " " * (cells - have)
    return blanks + safe if right else safe + blanks


def short(text: str, cells: int) -> str:
    """The text in at most so many cells."""
    return fit(text, cells).rstrip()


def whole_words(row: Row, cells: int) -> Row:
    """A row that is too long ends after a whole word, with an ellipsis."""
    if cells_of(row) <= cells:
        return row
    kept, left = list[Span](), max(cells - 1, 0)
    for text, look in row:
        safe = plain(text)
        if width(safe) > left:
            head = set_cell_size(safe, left)
            words = head if safe[len(head) :].startswith(" ") else head.rpartition(" ")[0]
            said = any(span.text.strip() for span in kept)
            kept.append(Span(words if said or words.strip() else head, look))
            break
        kept.append(Span(safe, look))
        left -= width(safe)
    while kept and not kept[-1].text.strip():
        kept.pop()
    last = kept.pop() if kept else Span("")
    return (*kept, Span(last.text.rstrip() + ELLIPSIS[: max(cells, 0)], last.look))


def wrap(text: str, cells: int, *, indent: str = "") -> Iterator[str]:
    """A text's lines, broken at blanks where there are any; what follows a break is indented."""
    for line in plain_lines(text):
        if width(line) <= cells:
            yield line.rstrip()
        else:
            yield from _broken(line, max(cells, 2), indent if len(indent) < cells // 2 else "")


def _broken(line: str, cells: int, indent: str) -> Iterator[str]:
    own = line[: len(line) - len(line.lstrip(" "))][: cells // 2]
    held, used = own, width(own)
    empty = True
    for whole in line.split():
        word, wide = whole, width(whole)
        if not empty and used + 1 + wide > cells:
            yield held
            held, used, empty = indent, width(indent), True
        if used + wide > cells:
            first, *pieces = _chopped(word, cells - used, cells - width(indent))
            for piece in pieces:
                yield held + first
                held, used, first = indent, width(indent), piece
            word, wide = first, width(first)
        held, used, empty = (held + word, used + wide, False) if empty else (f"{held} {word}", used + 1 + wide, False)
    yield held


def _chopped(word: str, first: int, rest: int) -> list[str]:
    """A long word in pieces; the first fits behind what stands on its line already."""
    if first < 2:
        return ["", *chop_cells(word, max(rest, 2))]
    if word.isascii():
        head, tail = word[:first], word[first:]
    else:
        head = chop_cells(word, first)[0]
        tail = word[len(head) :]
    return [head, *(chop_cells(tail, max(rest, 2)) if tail else [])]


def content(text: str) -> Content:
    """For the few places that want Textual's own text: one line, no markup."""
    return Content(plain(text))


def strip(row: Iterable[Span], cells: int, *, base: Style, look: Callable[[str], Style]) -> Strip:
    """A row as it is drawn: exactly so many cells, whatever stands in it."""
    drawn: list[tuple[str, str]] = []
    left = cells
    for text, name in (*row, Span(" " * cells)):
        safe = lettered(plain(text))
        wide = width(safe)
        if wide > left:
            safe, wide = set_cell_size(safe, left), left
        left -= wide
        if drawn and (drawn[-1][1] == name or not safe.strip(" ")):
            drawn[-1] = (drawn[-1][0] + safe, drawn[-1][1])  # blanks have no colour: each change of it costs bytes
        elif safe:
            drawn.append((safe, name))
        if left <= 0:
            break
    return Strip([Segment(text, base + look(name) if name else base) for text, name in drawn], cells)
