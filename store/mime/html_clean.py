"""A person's own HTML as it may go out in a mail: what shows words and lays them out, and nothing else.

What is allowed is written anew, tag by tag; whatever is not on these lists is left out, so that nothing runs, nothing
is loaded from anywhere and nothing refers to what stands around it. Every tag that is opened is closed.
"""

import html
import re
from typing import Final

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  # compiled, without stubs

_TAGS: Final = frozenset([
    "a", "address", "b", "big", "blockquote", "center", "cite", "code", "dd", "del", "div", "dl", "dt", "em",
    "font", "h1", "h2", "h3", "h4", "h5", "h6", "i", "ins", "li", "ol", "p", "pre", "s", "small", "span", "strike",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
])  # fmt: skip
_ALONE: Final = frozenset(["br", "hr"])
# What stands in these is no text.
_SILENT: Final = frozenset([
    "script", "style", "title", "template", "noscript", "iframe", "object", "embed", "applet", "svg", "math", "audio",
    "video", "canvas", "map", "select", "textarea", "button", "datalist", "noframes", "noembed", "xml", "frameset",
])  # fmt: skip
_NUMBERS: Final = frozenset([
    "border", "cellpadding", "cellspacing", "colspan", "height", "rowspan", "size", "width",
])  # fmt: skip
_WORDS: Final = frozenset(["align", "bgcolor", "color", "dir", "face", "valign"])
_STYLES: Final = frozenset([
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left", "border-right",
    "border-spacing", "border-style", "border-top", "border-width", "color", "direction", "font", "font-family",
    "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing", "line-height",
    "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width",
    "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align", "text-decoration",
    "text-indent", "text-transform", "vertical-align", "white-space", "width", "word-spacing",
])  # fmt: skip
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,4}%?")
_WORD: Final = re.compile(r"[#A-Za-z0-9 ,._'-]{1,100}")
_VALUE: Final = re.compile(r"(?:[#%A-Za-z0-9 ,.!_'\"/+-]|rgba?\([0-9., %]{1,40}\)){1,200}")
_LINK: Final = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x20\x7f<>\"]{1,2000}", re.IGNORECASE)


def clean_html(source: str) -> str:
    """A fragment of safe HTML."""
    cleaner = _Cleaner()
    parser = etree.HTMLParser(target=cleaner, encoding="utf-8", no_network=True)
    try:
        parser.feed(source.replace("\0", "\ufffd").encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:
        cleaner.close()  # as far as it came; the parser gives up on nothing but empty input
    return cleaner.text()


class _Cleaner:
    """The parser's target."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[str] = []  # as they were opened; "" for one that is left out
        self._silent = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._silent or tag in _SILENT:
            self._silent += 1
        elif tag in _ALONE:
            self._open.append("")
            self._out.append(f"<{tag}>")
        elif tag == "img":
            self._open.append("")
            self.data(attributes.get("alt") or "")
        else:
            kept = tag if tag in _TAGS else ""
            self._open.append(kept)
            if kept:
                self._out.append(f"<{tag}{_attributes(tag, attributes)}>")

    def end(self, _tag: str) -> None:
        if self._silent:
            self._silent -= 1
        elif self._open and (kept := self._open.pop()):
            self._out.append(f"</{kept}>")

    def data(self, text: str) -> None:
        if not self._silent:
            self._out.append(html.escape(text, quote=True))

    def comment(self, text: str) -> None:
        """Nothing that goes out."""

    def close(self) -> None:
        while self._open:
            self.end("")

    def text(self) -> str:
        """What is left of it."""
        return "".join(self._out).strip()


def _attributes(tag: str, given: dict[str, str]) -> str:
    kept = {}
    for name, value in given.items():
        if tag == "a" and name == "href" and _LINK.fullmatch(link := "".join((value or "").split())):
            kept[name] = link
        elif name == "style" and (style := _style(value or "")):
            kept[name] = style
        elif (name in _NUMBERS and _NUMBER.fullmatch(value or "")) or (name in _WORDS and _WORD.fullmatch(value or "")):
            kept[name] = value
    return "".join(f' {name}="{html.escape(value, quote=True)}"' for name, value in kept.items())


def _style(declarations: str) -> str:
    """The declarations that only say how words look."""
    kept = []
    for one in declarations[:4000].split(";"):
        name, colon, value = one.partition(":")
        name, value = name.strip().lower(), value.strip()
        if colon and name in _STYLES and _VALUE.fullmatch(value):
            kept.append(f"{name}:{value}")
    return ";".join(kept)
