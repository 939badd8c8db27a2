"""Address lists as mail really writes them (RFC 5322 with its obsolete forms, groups, comments, missing quotes).

What is no address by `Address` is left out. Reading never goes back over text, whatever stays open.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from store.mime.limits import MAX_NAME
from store.mime.words import decode_words, one_line
from store.model.address import MAX_ADDRESS, Address, NotAllowed, Person

_USUAL: Final = re.compile(r'[ ,]*(?:"([^"\\]*)" ?|([^"(),:;<>@\\]*))<([^<>"(),:;\s]+@[^<>"(),:;\s]+)>(?=[ ]*(?:,|$))')
_BARE: Final = re.compile(r"[ ,]*([^<>\"(),:;\s]+@[^<>\"(),:;\s]+)(?=[ ]*(?:,|$))")
_SPECIAL: Final = re.compile(r'["(<,;:]')
_QUOTE_END: Final = re.compile(r'["\\]')
_COMMENT_END: Final = re.compile(r"[()\\]")
_COMMENT: Final = re.compile(r"\([^()]*\)")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def persons(text: str) -> Iterator[Person]:
    """The people that an unfolded, still encoded address list names, in its order."""
    place = 0
    while place < len(text):
        found = _USUAL.match(text, place)
        if found is not None:
            quoted, words, address = found.groups()
            name = quoted or words or ""
        else:
            found = _BARE.match(text, place)
            if found is None:
                yield from _Reader(text, place).read()
                return
            name, address = "", found.group(1)
        place = found.end()
        if normal(address):
            yield Person(name=_shown(name) if name else "", address=address)


def normal(address: str) -> str:
    """The address as it is compared; empty if it is none."""
    return _normal(address) if len(address) <= MAX_ADDRESS else ""


@lru_cache(maxsize=4096)
def _normal(address: str) -> str:
    try:
        return str(Address(address))
    except NotAllowed:
        return ""


def _person(name: str, address: str) -> tuple[Person, ...]:
    return (Person(name=_shown(name), address=address),) if normal(address) else ()


def _shown(name: str) -> str:
    return one_line(decode_words(name)).strip()[:MAX_NAME]


class _Reader:
    """Reads a list mark by mark; a quote or comment that never closes is taken as a plain character from then on."""

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self._place = place
        self._quotes = True
        self._comments = True
        self._clear()

    def _clear(self) -> None:
        self._words: list[str] = []
        self._quoted = ""
        self._remarks: list[str] = []
        self._angle: str | None = None
        self._before = 0  # words before it

    def read(self) -> Iterator[Person]:
        text = self._text
        while found := _SPECIAL.search(text, self._place):
            self._words.append(text[self._place : found.start()])
            self._place = found.end()
            match found.group():
                case '"':
                    self._quote()
                case "(":
                    self._comment()
                case "<":
                    if self._angle is not None:  # a comma is missing: what stands between is the next one's name
                        after = self._words[self._before :]
                        del self._words[self._before :]
                        yield from self._finish()
                        self._words = after
                    self._before = len(self._words)
                    end = text.find(">", self._place)
                    end = len(text) if end < 0 else end
                    self._angle = text[self._place : end]
                    self._place = end + 1
                case ":":
                    if self._angle is None:  # the name of a group
                        self._clear()
                case _:
                    yield from self._finish()
        self._words.append(text[self._place :])
        yield from self._finish()

    def _quote(self) -> None:
        end = self._closing(_QUOTE_END, opening="", closing='"') if self._quotes else -1
        if end < 0:
            self._quotes = False
            return
        self._quoted = self._text[self._place : end]
        self._words.append(_ESCAPED.sub(r"\1", self._quoted) if "\\" in self._quoted else self._quoted)
        self._place = end + 1

    def _comment(self) -> None:
        end = self._closing(_COMMENT_END, opening="(", closing=")") if self._comments else -1
        if end < 0:
            self._comments = False
            return
        self._remarks.append(_ESCAPED.sub(r"\1", self._text[self._place : end]))
        self._place = end + 1

    def _closing(self, marks: re.Pattern[str], *, opening: str, closing: str) -> int:
        depth = 1
        place = self._place
        while found := marks.search(self._text, place):
            place = found.end()
            if found.group() == closing:
                depth -= 1
                if depth == 0:
                    return found.start()
            elif found.group() == opening:
                depth += 1
            else:
                place += 1  # what a backslash escapes
        return -1

    def _finish(self) -> Iterator[Person]:
        words = " ".join(stripped for word in self._words if (stripped := word.strip()))
        remark = " ".join(self._remarks)
        if self._angle is not None:
            yield from _person(words or remark, _addr_spec(self._angle))
        elif "@" in words:
            yield from self._bare(words, remark)
        self._clear()

    def _bare(self, words: str, remark: str) -> Iterator[Person]:
        last = self._words[-1].strip()
        if self._quoted and last.startswith("@"):
            yield from _person(remark, f'"{self._quoted}"{last}')
            return
        whole = _person(remark, _addr_spec("".join(self._words)))
        if whole or " " not in words:
            yield from whole
            return
        name, _, address = words.rpartition(" ")  # a name before an address without its brackets
        yield from _person(name, address)


def _addr_spec(text: str) -> str:
    """Without comments, an obsolete route and the blanks that may stand around dots."""
    if "(" in text:
        text = _COMMENT.sub("", text)
    if text.startswith("@") and ":" in text:
        text = text.rpartition(":")[2]
    return text.strip() if '"' in text else _closed(text.split())


def _closed(words: list[str]) -> str:
    """Blanks around dots and the @ taken out; any other one stays and makes it no address."""
    out = words[:1]
    for word in words[1:]:
        if out[-1][-1] not in ".@" and word[0] not in ".@":
            out.append(" ")
        out.append(word)
    return "".join(out)
