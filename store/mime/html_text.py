"""HTML as text that a person reads: what a mail program would have shown, links numbered, quotes marked with ">".

The parser (libxml2 by lxml, used here alone) tells tags one by one and no tree is built, so that depth and open tags
cost nothing and every input costs time in proportion to its length. Nothing is loaded and nothing runs.
"""

import re
from typing import Final, NamedTuple

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  # compiled, without stubs

from store.mime.css import PLAIN, Style, hidden_names, style_of
from store.mime.limits import MAX_HTML, MAX_LINKS, MAX_TEXT

_CHUNK: Final = 64 * 1024
_MAX_QUOTES: Final = 20
_MAX_TARGET: Final = 2000
_MAX_STYLE: Final = 4000
_MAX_STYLES: Final = 200_000
# Never text: what a browser runs, loads or keeps for itself.
_SILENT: Final = frozenset([
    "script", "style", "title", "template", "noscript", "iframe", "object", "embed", "applet", "svg", "math", "audio",
    "video", "canvas", "map", "select", "datalist", "noframes", "noembed", "xml",
])  # fmt: skip
_BLOCKS: Final = frozenset([
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hr", "li", "main", "nav", "ol", "pre", "section", "table",
    "tbody", "tfoot", "thead", "tr", "ul", "legend", "details", "summary", "option",
])  # fmt: skip
_PARAGRAPHS: Final = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6"])
_CELLS: Final = frozenset(["td", "th"])
_PADDING: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u2007\u2060\u2800\ufeff"
)
_HAS_PADDING: Final = re.compile(f"[{_PADDING}]")


class Reading(NamedTuple):
    """The text in lines; links in order, the first is [1]."""

    text: str
    links: list[tuple[str, str]]
    hidden: bool  # text was left out that no mail program would show
    cut: bool


def read_html(html: str, *, numbered_from: int = 1) -> Reading:
    """The text of one HTML part."""
    reader = _Reader(numbered_from)
    parser = etree.HTMLParser(target=reader, encoding="utf-8", huge_tree=True, no_network=True)
    data = html[:MAX_HTML].replace("\0", "\ufffd").encode("utf-8", "replace")
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
            if reader.full:
                break
        parser.close()
    except etree.LxmlError:
        reader.close()  # as far as it came; the parser gives up on nothing but empty input
    return Reading(reader.text(), reader.links, reader.hidden, reader.full or len(html) > MAX_HTML)


class _Reader:
    """The parser's target. Elements that change how text shows are kept on a stack; all others are counted."""

    def __init__(self, numbered_from: int) -> None:
        self._first = numbered_from
        self._pending: list[str] = []  # text since the last tag: entities come as texts of their own
        self.links: list[tuple[str, str]] = []
        self.hidden = False
        self.full = False
        self._out: list[str] = []
        self._line: list[str] = []
        self._length = 0
        self._blank = -1  # the quote depth of an empty line that is due before the next one
        self._space = False  # a blank is due before the next word
        self._depth = 0
        self._skipped = 0  # the depth at which silence began
        self._silent = False  # and whether it is an element's nature
        self._styles: list[tuple[int, bool, bool]] = []
        self._unseen = False
        self._tiny = False
        self._quotes: list[int] = []
        self._pre: list[int] = []
        self._lists: list[int] = []
        self._link: tuple[int, str, list[str]] | None = None
        self._sheet: list[str] | None = None
        self._sheets = 0
        self._names: frozenset[str] = frozenset()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._pending:
            self._flush()
        self._depth += 1
        if self._skipped:
            return
        if tag in _SILENT:
            self._skipped, self._silent = self._depth, True
            self._sheet = [] if tag == "style" else None
            return
        if attributes and self._goes(tag, attributes):
            self._skipped, self._silent = self._depth, False
            return
        if tag in _BLOCKS:
            self._break(blank=tag == "blockquote")
            self._open_block(tag)
        elif tag in _PARAGRAPHS:
            self._break(blank=True)
        elif tag == "br":
            self._end_line()
        elif tag in _CELLS:
            self._gap()
        elif tag == "a":
            self._open_link(attributes.get("href", ""))
        elif tag == "img":
            self._word(attributes.get("alt", "") or "")

    def end(self, tag: str) -> None:
        if self._pending:
            self._flush()
        depth = self._depth
        self._depth -= 1
        if self._skipped:
            if self._skipped == depth:
                self._skipped = 0
                self._end_sheet()
            return
        if self._styles and self._styles[-1][0] == depth:
            _, self._unseen, self._tiny = self._styles.pop()
        if tag == "a":
            self._close_link()
        elif tag in _BLOCKS:
            self._break()
            for stack in (self._quotes, self._pre, self._lists):
                if stack and stack[-1] == depth:
                    stack.pop()
            if tag == "blockquote":
                self._break(blank=True)
        elif tag in _PARAGRAPHS:
            self._break(blank=True)

    def data(self, text: str) -> None:
        self._pending.append(text)

    def _flush(self) -> None:
        text = "".join(self._pending)
        self._pending = []
        if self._skipped:
            if self._sheet is not None and self._sheets < _MAX_STYLES:
                self._sheet.append(text)
                self._sheets += len(text)
            elif not self._silent and not self.hidden:
                self.hidden = bool(_without_padding(text).strip())
            return
        if self._unseen or self._tiny:
            self.hidden = self.hidden or bool(_without_padding(text).strip())
            return
        if self._pre:
            self._verbatim(text)
        else:
            self._word(text)

    def comment(self, text: str) -> None:
        """Nothing that anybody sees."""

    def close(self) -> None:
        self._flush()
        self._close_link()
        self._end_line()

    def text(self) -> str:
        """What was read, without empty lines at its ends."""
        return "\n".join(self._out).strip("\n")

    def _goes(self, tag: str, attributes: dict[str, str]) -> bool:
        """Whether an element is not shown at all; notes what may be undone inside it."""
        if "hidden" in attributes or (tag == "input" and attributes.get("type") == "hidden"):
            return True
        if self._names and self._is_named(attributes):
            return True
        style: Style = style_of(attributes["style"][:_MAX_STYLE]) if "style" in attributes else PLAIN
        if style is PLAIN:
            return False
        if style.gone:
            return True
        if style.unseen is not None or style.tiny is not None:
            self._styles.append((self._depth, self._unseen, self._tiny))
            self._unseen = self._unseen if style.unseen is None else style.unseen
            self._tiny = self._tiny if style.tiny is None else style.tiny
        return False

    def _is_named(self, attributes: dict[str, str]) -> bool:
        if "id" in attributes and f"#{attributes['id']}" in self._names:
            return True
        return any(f".{name}" in self._names for name in attributes.get("class", "").split())

    def _end_sheet(self) -> None:
        if self._sheet:
            self._names |= hidden_names("".join(self._sheet))
        self._sheet = None

    def _open_block(self, tag: str) -> None:
        if tag == "blockquote":
            self._quotes.append(self._depth)
        elif tag == "pre":
            self._pre.append(self._depth)
        elif tag in ("ul", "ol"):
            self._lists.append(self._depth)
        elif tag == "li":
            self._line.append("  " * min(len(self._lists) - 1, 8) + "- ")
        elif tag == "hr":
            self._line.append("────────")
            self._break()

    def _open_link(self, target: str) -> None:
        self._close_link()
        target = "".join(target.split())[:_MAX_TARGET]
        if target and not target.startswith("#"):
            self._link = (self._depth, target, [])

    def _close_link(self) -> None:
        if self._link is None:
            return
        _, target, words = self._link
        self._link = None
        if len(self.links) >= MAX_LINKS:
            return
        self.links.append((" ".join(words)[:_MAX_TARGET], target))
        self._line.append(f"[{self._first + len(self.links) - 1}]")

    def _word(self, text: str) -> None:
        words = _without_padding(text).split()
        if not words:
            self._space = self._space or bool(text)
            return
        if (self._space or text[0].isspace()) and self._line and not self._line[-1].endswith(" "):
            self._line.append(" ")
        self._space = text[-1].isspace()
        joined = " ".join(words)
        self._line.append(joined)
        self._count(len(joined))
        if self._link is not None:
            self._link[2].append(joined)

    def _verbatim(self, text: str) -> None:
        first, *rest = text.split("\n")
        self._line.append(first)
        for line in rest:
            self._end_line()
            self._line.append(line)
        self._count(len(text))

    def _count(self, length: int) -> None:
        self._length += length
        self.full = self.full or self._length > MAX_TEXT
        if self.full:
            self._skipped = self._skipped or -1  # never reached again: the rest is passed over

    def _gap(self) -> None:
        """Between two cells of a row."""
        if self._line:
            self._line.append("  ")
        self._space = False

    def _break(self, *, blank: bool = False) -> None:
        """Ends the line if it holds anything."""
        if self._line:
            self._end_line()
        self._space = False
        if blank:
            self._due()

    def _end_line(self) -> None:
        line = "".join(self._line).rstrip()
        self._line = []
        self._space = False
        if line:
            if self._blank >= 0 and self._out:
                self._put("", min(self._blank, len(self._quotes)))
            self._put(line, len(self._quotes))
            self._blank = -1
        else:
            self._due()

    def _due(self) -> None:
        """An empty line, if another follows it."""
        depth = len(self._quotes)
        self._blank = depth if self._blank < 0 else min(self._blank, depth)

    def _put(self, line: str, depth: int) -> None:
        marks = 2 * min(depth, _MAX_QUOTES)
        self._out.append((("> " * _MAX_QUOTES)[:marks] + line).rstrip() if marks else line)
        self._count(marks + 1)  # its words are counted


def _without_padding(text: str) -> str:
    """Without the characters of no width that fill previews: words of nothing else, and soft hyphens."""
    if text.isascii() or not _HAS_PADDING.search(text):
        return text
    kept = [word for word in text.split() if word.strip(_PADDING)]
    if not kept:
        return " " if text.strip(_PADDING) else ""
    joined = " ".join(kept).replace("\u00ad", "")
    return (" " if text[0].isspace() else "") + joined + (" " if text[-1].isspace() else "")
