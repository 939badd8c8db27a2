"""Rules for filing in words, for screens and commands: what one says, what it would have done to past mail."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from store.model.filing_rules import Conditions, RuleTrial
from store.rules.ruling import clean
from tui.i18n import N_, _, ngettext

FIELDS: Final = {
    "senders": N_("from"),
    "recipients": N_("to"),
    "domains": N_("domain"),
    "subject": N_("subject"),
    "lists": N_("list"),
    "attachments": N_("attachment"),
}
_LIST: Final = re.compile(rb"^list-id:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_NAME_MOST: Final = 60


def parts(conditions: Conditions) -> Iterator[str]:
    """Each sort of what is said, with its word."""
    for name, word in FIELDS.items():
        values = getattr(conditions, name)
        if values:
            yield f"{_(word)} {', '.join(values)}"


def conditions_line(conditions: Conditions) -> str:
    """All of it on one line."""
    return "; ".join(parts(conditions))


def given(conditions: Conditions, field: str, text: str) -> Conditions | None:
    """With what was typed for one sort, separated by commas; None if that cannot be."""
    values = tuple(one for word in text.split(",") if (one := " ".join(word.split())))
    if not values:
        return replace(conditions, **{field: ()})
    cleaned = clean(replace(Conditions(), **{field: values}))
    return None if cleaned is None else replace(conditions, **{field: getattr(cleaned, field)})


def suggested_name(conditions: Conditions, taken: set[str]) -> str:
    """What a rule may be called that has no name yet; `taken` are names, in small letters."""
    said = conditions_line(conditions)[:_NAME_MOST].strip()
    names = (said if number == 1 else f"{said} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name.casefold() not in taken)


def trial_words(trial: RuleTrial) -> Iterator[str]:
    """What a dry run found, a sentence each."""
    yield ngettext("{count} past email would be filed.", "{count} past emails would be filed.", trial.files).format(
        count=trial.files
    )
    other = trial.meets - trial.files
    if other:
        words = ngettext("{count} more is filed already.", "{count} more are filed already.", other)
        yield words.format(count=other)
    if trial.cut:
        yield _("Only the newest {count} emails were looked at.").format(count=trial.looked_at)


def list_in(head: bytes) -> str:
    """The List-Id that a mail's head names; "" if it names none."""
    found = _LIST.search(head)
    if found is None:
        return ""
    made = clean(Conditions(lists=(found[1].decode("utf-8", "replace"),)))
    return made.lists[0] if made is not None else ""
