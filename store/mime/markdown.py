"""A person's Markdown as the HTML part of their mail. The one module that knows the Markdown library.

What others wrote in it never reaches the library: lines that begin with ">" (with the line above them that ends in a
colon), and all from a forwarded mail's title on, are shown as they stand, so that a quoted mail can make no link,
picture or heading in ours. No HTML passes, no picture is loaded, links lead to http, https and mailto only.
"""

import functools
import html
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

MAX_MARKDOWN: Final = 100_000  # characters; a longer text is shown as it stands
MAX_QUOTES: Final = 10  # blockquotes inside each other

_OFF: Final = ("image", "html_inline", "html_block", "reference", "lheading", "code", "entity")
_LINK: Final = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
TITLE: Final = re.compile(r"-{4,} \S.{0,100} -{4,}")
_MARKS: Final = re.compile(r"(?:> ?)*")
_BODY: Final = "font-family:sans-serif;font-size:14px;line-height:1.45"
_QUOTE: Final = '<blockquote style="margin:0 0 0 0.5em;border-left:2px solid #bbb;padding-left:0.8em;color:#555">'


def to_html(above: str, signature: str = "", below: str = "") -> str:
    """A whole document, in lines that end with a newline. `signature` is HTML that stands between two texts."""
    literal = len(above) + len(below) > MAX_MARKDOWN
    inner = fragment(above, literal=literal) + signature + (fragment(below, literal=literal) if below else "")
    head = '<meta charset="utf-8">'
    return f'<!DOCTYPE html>\n<html><head>{head}</head>\n<body style="{_BODY}">\n{inner.rstrip()}\n</body></html>\n'


def fragment(text: str, *, literal: bool = False) -> str:
    """A text's HTML; `literal`, or too long: as it stands."""
    return _literal(text.split("\n")) if literal or len(text) > MAX_MARKDOWN else str(_markdown().render(text))


@functools.cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 30 ms, and only who writes mail needs it

    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20})
    made.disable(_OFF).enable(["table", "strikethrough"])
    made.validateLink = lambda url: _LINK.fullmatch(url) is not None  # type: ignore[method-assign]
    ends = ["paragraph", "blockquote", "list", "table"]
    made.block.ruler.before("table", "others", _others, {"alt": ends})
    made.disable("blockquote")
    made.add_render_rule("others", _render_others)
    return made


def _others(state: "StateBlock", start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the library's signature
    """Takes the lines that somebody else wrote out of the text."""
    stop = _others_end(state, start, end)
    if stop == start:
        return False
    if not silent:
        token = state.push("others", "", 0)
        token.content = state.getLines(start, stop, state.blkIndent, False)
        token.map = [start, stop]
        state.line = stop
    return True


def _others_end(state: "StateBlock", start: int, end: int) -> int:
    """The line after those that begin at `start`; `start` itself if none do."""
    least = min(state.blkIndent, state.sCount[start])  # the first may be asked about whether it ends a list's paragraph

    def line(number: int) -> str:
        if number >= end or state.sCount[number] < least:
            return ""
        return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]

    if TITLE.fullmatch(line(start).rstrip()):
        return end
    stop = start + 1 if line(start).rstrip().endswith(":") else start
    if not line(stop).startswith(">"):
        return start
    while line(stop).startswith(">"):
        stop += 1
    return stop


def _render_others(
    _renderer: "RendererHTML", tokens: Sequence["Token"], place: int, _options: "OptionsDict", _env: "EnvType"
) -> str:
    return _literal(tokens[place].content.split("\n"))


def _literal(lines: Sequence[str]) -> str:
    """Lines as they stand; their marks become quotes inside each other."""
    out: list[str] = []
    depth = 0
    fresh = True
    for line in lines:
        marks = _MARKS.match(line)
        cut = marks.end() if marks else 0
        wanted = min(line[:cut].count(">"), MAX_QUOTES)
        if wanted != depth:
            out.append(_QUOTE * (wanted - depth) + "</blockquote>" * (depth - wanted))
            depth, fresh = wanted, True
        out.append(("" if fresh else "<br>\n") + _escaped(line[cut:]))
        fresh = False
    return "".join(["<div>", *out, "</blockquote>" * depth, "</div>\n"])


def _escaped(text: str) -> str:
    """Blanks at the beginning of a line stay."""
    inner = text.lstrip(" ")
    return "&nbsp;" * (len(text) - len(inner)) + html.escape(inner, quote=True)
