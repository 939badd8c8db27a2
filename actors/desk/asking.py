"""A typed query as the vault's conditions: the rules read and quote it, the vault compiles it into SQL (Z28)."""

from typing import Final

from store.rules.search import COLUMNS, Flag, Query, Term, fts, fts_without, parse, quoted, rest
from store.rules.search import Field as Typed
from store.vault.queries.documents import WantedDocuments, Words
from store.vault.queries.search import Condition, Field, Wanted

_FIELDS: Final = {
    Typed.CLIENT: Field.CLIENT,
    Typed.FROM: Field.FROM,
    Typed.TO: Field.TO,
    Typed.IN: Field.IN,
    Typed.MAILBOX: Field.MAILBOX,
    Typed.ASSIGNED: Field.NOTHING,
}
_NOTHING: Final = (Condition(field=Field.NOTHING),)


def asked(text: str, *, now: int) -> tuple[Wanted, tuple[str, ...]]:
    """What is wanted, and the words that a snippet should show."""
    query = parse(text, now=now, typing=True)
    flags, contradictory = _flags(query)
    groups = tuple(tuple(_condition(term) for term in group) for group in rest(query))
    wanted = Wanted(
        text=fts(query),
        without=fts_without(query),
        groups=(*groups, _NOTHING) if contradictory else groups,
        attachment=flags.get(Flag.ATTACHMENT),
        unread=flags.get(Flag.UNREAD),
        starred=flags.get(Flag.STARRED),
        before=query.before,
        after=query.after,
    )
    words = tuple(term.text for group in query.groups for term in group if term.field is None and not term.negated)
    return wanted, words


def asked_documents(text: str, *, now: int) -> tuple[WantedDocuments, tuple[str, ...]]:
    """What is wanted of documents, and the words that a snippet should show. Of the fields they have `filename:` and
    the dates, of when they were kept. Others are words as typed; no document has an email's flags.
    """
    query = parse(text, now=now, typing=True)
    groups = tuple(tuple(_document_words(term) for term in group) for group in query.groups)
    words = tuple(term.text for group in query.groups for term in group if term.field is None and not term.negated)
    wanted = WantedDocuments(groups=groups, before=query.before, after=query.after, nothing=bool(query.flags))
    return wanted, words


def _document_words(term: Term) -> Words:
    if term.field in (None, Typed.FILENAME):
        expression = COLUMNS[term.field] + quoted(term.text, prefix=term.prefix)
    else:
        expression = quoted(f"{term.field}:{term.text}")
    return Words(expression=expression, negated=term.negated)


def _flags(query: Query) -> tuple[dict[Flag, bool], bool]:
    """Each flag as it is wanted, and whether one is wanted both ways."""
    flags: dict[Flag, bool] = {}
    contradictory = False
    for flag, wanted in query.flags:
        contradictory |= flags.setdefault(flag, wanted) != wanted
    return flags, contradictory


def _condition(term: Term) -> Condition:
    sayable = any(letter.isalnum() for letter in term.text)
    if term.field in COLUMNS:
        expression = COLUMNS[term.field] + quoted(term.text, prefix=term.prefix)
        field = Field.TEXT if sayable else Field.NOTHING
        return Condition(field=field, text=expression, negated=term.negated)
    people = term.field in (Typed.FROM, Typed.TO) and sayable
    return Condition(
        field=Field.NOTHING if term.field is None else _FIELDS[term.field],
        word=term.text,
        text=f"people : {quoted(term.text, prefix=True)}" if people else "",
        negated=term.negated,
    )
