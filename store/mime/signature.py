"""Where a signature stands in a mail, and what it is as text and as HTML ([W3]).

Invariant: nothing that was typed is changed by it: a mail's text is cut at one place, and the signature put there. It
stands above the quote that a text ends with, or above a forwarded mail; else at the end, also where somebody answered
between the lines of a quote. It is read with our own reader and cleaned; nothing of it is loaded or run.
"""

from functools import lru_cache
from typing import Final

from store.mime.markdown import TITLE, fragment
from store.model.signature import Signature

DELIMITER: Final = "-- "  # RFC 3676, 4.3
_FIRST_LINK: Final = 1_000_000_000  # no text holds this number in brackets by itself


def parted(text: str) -> tuple[str, str]:
    """What stands above a signature, and what stands below it; both joined are the text."""
    lines = text.split("\n")
    at = _place(lines)
    above = "\n".join(lines[:at])
    return (text, "") if at == len(lines) else (above + "\n" if at else "", "\n".join(lines[at:]))


def _place(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        if TITLE.fullmatch(line.rstrip()):
            return number
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and lines[start - 1].startswith(">"):
        start -= 1
    if start == end or any(line.startswith(">") for line in lines[:start]):
        return len(lines)
    return start - 1 if start and lines[start - 1].rstrip().endswith(":") else start


def signed(text: str, signature: Signature | None) -> str:
    """The text part with it."""
    words = "" if signature is None else as_text(signature)
    if not words:
        return text
    above, below = parted(text)
    head = above.rstrip("\n")
    block = f"{DELIMITER}\n{words}\n"
    return "\n\n".join(part for part in (head, block) if part) + (f"\n{below}" if below else "")


def as_text(signature: Signature) -> str:
    """As the text part has it: Markdown as it was typed, HTML as a person reads it, links with their targets."""
    return _html_as_text(signature.source) if signature.html else signature.source.strip("\n")


def as_html(signature: Signature) -> str:
    """As the HTML part has it, the delimiter above it."""
    from store.mime.html_clean import clean_html  # noqa: PLC0415 - lxml, and only who sends needs it

    inner = clean_html(signature.source) if signature.html else fragment(signature.source.strip("\n"))
    return f"<div>{DELIMITER}<br>\n{inner.rstrip()}\n</div>\n"


@lru_cache(maxsize=64)
def _html_as_text(source: str) -> str:
    from store.mime.html_text import read_html  # noqa: PLC0415 - lxml, and only who sends needs it

    reading = read_html(source, numbered_from=_FIRST_LINK)
    text = reading.text
    for number, (said, target) in enumerate(reading.links, _FIRST_LINK):
        shown = target[len("mailto:") :] if target.lower().startswith("mailto:") else target
        text = text.replace(f"[{number}]", "" if shown == said else f" <{shown}>" if said else shown)
    return text.strip()
