"""Whether a mail meets a rule that somebody made ([C2] 5), and what a rule may say.

Invariant: case, accents and the order of what is said change nothing; a rule that says nothing is met by nothing.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from store.model.address import Address, NotAllowed, base
from store.model.filing_rules import Conditions
from store.model.folding import folded
from store.model.plain import plain
from store.rules.never_sync import matches

MOST: Final = 50  # of one sort
MOST_LETTERS: Final = 200
_ID: Final = re.compile(r"<([^<>]+)>")
_WORD: Final = re.compile(r"\w+")


class Looked(NamedTuple):
    """What a rule may look at in one mail, addresses normalised; of several contents what each says."""

    senders: frozenset[str]
    recipients: frozenset[str]
    subjects: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


def meets(conditions: Conditions, mail: Looked) -> bool:
    """Whether all that is said holds."""
    wanted = conditions
    if wanted == Conditions():
        return False
    return (
        (not wanted.senders or _reached(wanted.senders, mail.senders))
        and (not wanted.recipients or _reached(wanted.recipients, mail.recipients))
        and (not wanted.domains or _of_domains(wanted.domains, mail.senders | mail.recipients))
        and (not wanted.subject or any(_has_words(subject, wanted.subject) for subject in mail.subjects))
        and (not wanted.lists or not set(wanted.lists).isdisjoint(map(list_name, mail.lists)))
        and (not wanted.attachments or _has_file(wanted.attachments, mail.attachments))
    )


def needs_content(conditions: Conditions) -> bool:
    """Whether addresses alone do not tell."""
    return bool(conditions.subject or conditions.lists or conditions.attachments)


def clean(conditions: Conditions) -> Conditions | None:
    """As it is compared; None if it says nothing, too much, or what cannot be."""
    try:
        made = Conditions(
            senders=_each(str(Address(text)) for text in conditions.senders),
            recipients=_each(str(Address(text)) for text in conditions.recipients),
            domains=_each(Address(f"x@{text.strip().removeprefix('@')}").domain for text in conditions.domains),
            subject=_each(word for text in conditions.subject for word in _WORD.findall(folded(text))),
            lists=_each(map(list_name, conditions.lists)),
            attachments=_each(folded(text.strip()) for text in conditions.attachments),
        )
    except NotAllowed:
        return None
    said = [made.senders, made.recipients, made.domains, made.subject, made.lists, made.attachments]
    given = [getattr(conditions, name) for name in Conditions.__struct_fields__]
    if made == Conditions() or any(bool(a) != bool(b) for a, b in zip(said, given, strict=True)):
        return None
    if any(len(texts) > MOST for texts in said):
        return None
    return made if all(_fits(text) for texts in said for text in texts) else None


def list_name(text: str) -> str:
    """The id of a List-Id, without the words that some write before it."""
    found = _ID.search(text)
    return (found[1] if found else text).strip().casefold()


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _fits(text: str) -> bool:
    return len(text) <= MOST_LETTERS and plain(text) == text


def _reached(wanted: Iterable[str], there: frozenset[str]) -> bool:
    """However they are written; a tag that is wanted must stand there."""
    return any(one in there or ("+" not in one and base(one) in map(base, there)) for one in wanted)


def _of_domains(wanted: Iterable[str], addresses: Iterable[str]) -> bool:
    return not set(wanted).isdisjoint(address.rpartition("@")[2] for address in addresses)


def _has_words(subject: str, words: Iterable[str]) -> bool:
    there = set(_WORD.findall(folded(subject)))
    return there.issuperset(words)


def _has_file(patterns: Iterable[str], names: Iterable[str]) -> bool:
    """A pattern without stars is a part of the name."""
    globs = [pattern if "*" in pattern else f"*{pattern}*" for pattern in patterns]
    return any(matches(glob, folded(name)) for name in names for glob in globs)
