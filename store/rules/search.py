"""The search language ([T4]): what a person types, as a record; and its part for full text as an FTS5 expression.

Invariant: nothing that is typed is an error, and nothing typed reaches FTS5 but as a quoted string (Z28): an unknown
field, a quoted operator, `NEAR(` or a bad date are words to look for. Reading costs by the length of the text.

    ana "final deed" -draft client:"Molina family" from:bank has:attachment after:2026-01 OR filename:pdf
"""

from enum import StrEnum
from typing import Final

from store.model.record import Record
from store.rules.search_dates import period_start

MAX_TEXT: Final = 4096  # characters that are read; a longer query is cut
MAX_TERMS: Final = 64


class Field(StrEnum):
    """The fields that take text."""

    CLIENT = "client"
    FROM = "from"
    TO = "to"  # To, Cc and, in own mailboxes, Bcc
    SUBJECT = "subject"
    FILENAME = "filename"
    IN = "in"  # a folder's name or use
    ASSIGNED = "assigned"
    MAILBOX = "mailbox"


class Flag(StrEnum):
    """The fields that say yes or no."""

    ATTACHMENT = "attachment"
    UNREAD = "unread"
    STARRED = "starred"


FLAGS: Final = {
    ("has", "attachment"): Flag.ATTACHMENT,
    ("has", "attachments"): Flag.ATTACHMENT,
    ("is", "unread"): Flag.UNREAD,
    ("is", "read"): Flag.UNREAD,
    ("is", "starred"): Flag.STARRED,
}


class Term(Record, frozen=True, kw_only=True):
    """One thing to look for: text anywhere, or in a field. A bare word at the end may be the start of a longer one."""

    text: str
    field: Field | None = None
    negated: bool = False
    prefix: bool = False


class Query(Record, frozen=True, kw_only=True):
    """What is asked for. All of it holds together; of each group in `groups` one term is enough (OR), and a group of
    one is a plain term. `before` is exclusive, `after` inclusive, in seconds.
    """

    groups: tuple[tuple[Term, ...], ...] = ()
    flags: tuple[tuple[Flag, bool], ...] = ()  # the flag, and whether it is wanted
    before: int | None = None
    after: int | None = None

    @property
    def empty(self) -> bool:
        """Whether it asks for every email."""
        return not (self.groups or self.flags or self.before is not None or self.after is not None)


class _Word(Record, frozen=True, kw_only=True):
    """A piece as typed: `field:` before it, quotes around it, `-` before it."""

    text: str
    field: str = ""
    quoted: bool = False
    negated: bool = False


def parse(text: str, *, now: int, offset: int = 0, typing: bool = False) -> Query:
    """Read a query. `now` and `offset` (minutes east of UTC) give `today` its meaning; `typing`: the last word may be
    unfinished.
    """
    text = text[:MAX_TEXT].replace("\x00", " ").encode("utf-8", "replace").decode()
    words = _words(text)[:MAX_TERMS]
    groups: list[tuple[Term, ...]] = []
    flags: list[tuple[Flag, bool]] = []
    before, after = None, None
    joined = False
    for place, word in enumerate(words):
        if _is_or(word) and groups and place + 1 < len(words):
            joined = True
            continue
        known = FLAGS.get((word.field, word.text.casefold()))
        if known is not None:
            flags.append((known, (word.text.casefold() != "read") != word.negated))
        elif (at := _moment(word, now=now, offset=offset)) is not None:
            if word.field == "before":
                before = at if before is None else min(before, at)
            else:
                after = at if after is None else max(after, at)
        else:
            unfinished = typing and place == len(words) - 1 and not word.quoted and not text[-1:].isspace()
            term = _term(word, unfinished=unfinished)
            if term is None or not (term.field or _sayable(term.text)):
                pass  # punctuation alone: there is no such word in any index
            elif joined:
                groups[-1] = (*groups[-1], term)
            else:
                groups.append((term,))
        joined = False
    return Query(groups=tuple(groups), flags=tuple(flags), before=before, after=after)


def fts(query: Query) -> str | None:
    """What must be found, as an FTS5 expression over the columns subject, names and the rest; None: nothing for FTS5.
    Groups that hold a field of another kind, or a negated term, are left to the vault.
    """
    groups = [_group(group) for group in query.groups if all(_textual(term) and not term.negated for term in group)]
    return " AND ".join(groups) or None


def fts_without(query: Query) -> str | None:
    """What must not be found, as an FTS5 expression; None: nothing."""
    terms = [_expression(g[0]) for g in query.groups if len(g) == 1 and g[0].negated and _textual(g[0])]
    return " OR ".join(terms) or None


def rest(query: Query) -> tuple[tuple[Term, ...], ...]:
    """The groups which neither `fts` nor `fts_without` covers."""
    return tuple(
        group
        for group in query.groups
        if not all(_textual(term) and not term.negated for term in group)
        and not (len(group) == 1 and group[0].negated and _textual(group[0]))
    )


def quoted(text: str, *, prefix: bool = False) -> str:
    """Text as an FTS5 string: whatever is in it is looked for, not obeyed."""
    inner = text.replace('"', '""').replace("\x00", " ")
    return f'"{inner}"' + (" *" if prefix else "")


COLUMNS: Final = {None: "", Field.SUBJECT: "subject : ", Field.FILENAME: "names : "}


def _textual(term: Term) -> bool:
    return term.field in COLUMNS and _sayable(term.text)


def _sayable(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _expression(term: Term) -> str:
    return COLUMNS[term.field] + quoted(term.text, prefix=term.prefix)


def _group(group: tuple[Term, ...]) -> str:
    inner = " OR ".join(_expression(term) for term in group)
    return f"({inner})" if len(group) > 1 else inner


def _moment(word: _Word, *, now: int, offset: int) -> int | None:
    """Of `before:2026-01` and `after:2026-01` alike the first moment of January; `after:7d` is the last seven days."""
    if word.field not in {"before", "after"} or word.negated:
        return None
    return period_start(word.text, now=now, offset=offset)


def _term(word: _Word, *, unfinished: bool) -> Term | None:
    """A field that is not known, or a date that is none, is text as typed."""
    try:
        field = Field(word.field) if word.field else None
    except ValueError:
        return Term(text=f"{word.field}:{word.text}", negated=word.negated)
    if not word.text:
        return Term(text=f"{word.field}:", negated=word.negated) if word.field else None
    return Term(text=word.text, field=field, negated=word.negated, prefix=unfinished and field in COLUMNS)


def _is_or(word: _Word) -> bool:
    return word == _Word(text="OR")


def _words(text: str) -> list[_Word]:
    """Cut at blanks outside quotes. A quote that is never closed runs to the end."""
    found: list[_Word] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        negated = text[place] == "-" and place + 1 < len(text) and not text[place + 1].isspace()
        word, place = _word(text, place + negated)
        found.append(_Word(text=word.text, field=word.field, quoted=word.quoted, negated=negated))
    return found


def _word(text: str, place: int) -> tuple[_Word, int]:
    """One piece from `place` on, and where it ends."""
    if text[place] == '"':
        inner, end = _quotation(text, place)
        return _Word(text=inner, quoted=True), end
    end = _blank(text, place)
    field, colon, _ = text[place:end].partition(":")
    if not colon or not field.isalpha():
        return _Word(text=text[place:end]), end
    start = place + len(field) + 1
    if text[start : start + 1] == '"':
        inner, end = _quotation(text, start)
        return _Word(text=inner, field=field.casefold(), quoted=True), end
    return _Word(text=text[start:end], field=field.casefold()), end


def _quotation(text: str, place: int) -> tuple[str, int]:
    end = text.find('"', place + 1)
    return (text[place + 1 :], len(text)) if end < 0 else (text[place + 1 : end], end + 1)


def _blank(text: str, place: int) -> int:
    while place < len(text) and not text[place].isspace():
        place += 1
    return place
