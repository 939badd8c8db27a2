"""First clients ([C5a]): how people that one writes with both ways are grouped, put in order and named.

Invariant: a proposed name can be taken as it is (one line of visible characters, at most 200), whatever a mail said.
Nothing here looks anything up.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from store.model.folding import folded
from store.model.plain import plain
from store.model.record import Record
from store.model.views import SuggestedAddress, SuggestedClient
from store.rules.public_domains import is_public

MAX_NAME: Final = 200
_BETWEEN: Final = re.compile(r"[._\-+]+")
_MOST_WORDS: Final = 12  # of a name in which a firm's is looked for
_LABEL: Final = 63
_UNKNOWN: Final = "?"
_QUOTES: Final = " \t'\"“”‘’«»<>,;"
# Between a country and the name that somebody chose: olmo.co.uk, olmo.com.es.
_SECOND_LEVEL: Final = frozenset(
    ("ac", "co", "com", "edu", "gob", "gov", "gv", "ltd", "ne", "net", "nom", "or", "org", "plc")
)


class Correspondent(Record, frozen=True, kw_only=True):
    """Somebody that one writes with. `names` are those that they wrote under, newest first."""

    address: str  # normalised
    sent: int  # mails to them
    received: int
    last: int
    names: tuple[str, ...] = ()


class Together(Record, frozen=True, kw_only=True):
    """What is counted of a group at once, so that a mail to three of its people is one."""

    emails: int
    answered: int  # of these: from oneself


def group_of(address: str) -> str:
    """The domain whose people go together, or the address itself at a public provider."""
    domain = address.rpartition("@")[2]
    return address if is_public(domain) else domain


def own_groups(own: Iterable[str]) -> frozenset[str]:
    """The groups of one's own addresses: colleagues are no clients, also those without a mailbox here."""
    return frozenset(map(group_of, own))


def order(group: str, together: Together, people: Sequence[Correspondent]) -> tuple[int, int, int, str]:
    """To sort by: the most answered first."""
    return (-together.answered, -together.emails, -max(each.last for each in people), group)


def suggestion(group: str, together: Together, people: Sequence[Correspondent]) -> SuggestedClient:
    """A client of a group's people, the most answered of them first."""
    listed = sorted(people, key=lambda each: (-each.sent, -each.received, each.address))
    return SuggestedClient(
        name=proposed(group, listed),
        domain=listed[0].address.rpartition("@")[2],
        addresses=tuple(
            SuggestedAddress(
                address=each.address,
                name=person_name(each.names),
                sent=each.sent,
                received=each.received,
                last=each.last,
            )
            for each in listed
        ),
        emails=together.emails,
        last=max(each.last for each in listed),
    )


def proposed(group: str, people: Sequence[Correspondent]) -> str:
    """What to call a client of these people: a person at a public provider by their name, else the firm by its domain,
    as its people write it.
    """
    if "@" in group:
        return person_name(people[0].names) or from_local_part(group)
    label = domain_label(group)
    names = [tidied(name) for each in people for name in each.names]
    return _as_written(label, names) or _capitalised(_BETWEEN.split(label)) or _usable(group) or _UNKNOWN


def client_name(address: str, names: Sequence[str]) -> str:
    """What to call a client that is made from one sender: by their name, else as a suggestion would."""
    person = Correspondent(address=address, sent=0, received=0, last=0, names=tuple(names))
    return person_name(names) or proposed(group_of(address), (person,))


def person_name(names: Iterable[str]) -> str:
    """The name that somebody mostly writes under, of equal ones the newest; "" if none can be used."""
    good = [name for name in map(tidied, names) if name]
    if not good:
        return ""
    counted = Counter(name.casefold() for name in good)
    most = max(counted.values())
    return next(name for name in good if counted[name.casefold()] == most)


def tidied(name: str) -> str:
    """A display name as a person would write it; "" if it is none: an address, or characters that do not show."""
    text = " ".join(name.split()).strip(_QUOTES)
    if not text or len(text) > MAX_NAME or "@" in text or plain(text) != text:
        return ""
    last, comma, first = text.partition(", ")
    if comma and "," not in first and len(first.split()) <= 2 and len(last.split()) <= 2:
        return f"{first} {last}"
    return text


def from_local_part(address: str) -> str:
    """`ana.olmo82+x@…` is Ana Olmo; the address where nothing is left."""
    local = address.rpartition("@")[0].partition("+")[0].strip('"')
    words = [word.strip("0123456789") for word in _BETWEEN.split(local)]
    return _capitalised(words) or _usable(address) or _UNKNOWN


def domain_label(domain: str) -> str:
    """The part of a domain that its owner chose, readable."""
    labels = [label for label in domain.split(".") if label]
    chosen = labels[:-1] or labels
    if len(chosen) > 1 and chosen[-1] in _SECOND_LEVEL:
        chosen = chosen[:-1]
    label = chosen[-1] if chosen else domain
    if label.startswith("xn--") and len(label) <= _LABEL:
        try:
            return label.encode("ascii").decode("idna")
        except UnicodeError:
            return label
    return label


def _as_written(label: str, names: Iterable[str]) -> str:
    """Words in a name that are the label when they are joined: “Ana (Olmo Bakery)” at olmobakery.example."""
    wanted = _letters(label)
    for name in names:
        words = name.split()[:_MOST_WORDS]
        for start, end in combinations(range(len(words) + 1), 2):
            chosen = " ".join(words[start:end]).strip("()[]|·,;:-–—\"' ")
            if wanted and _letters(chosen) == wanted and chosen != chosen.lower():
                return chosen
    return ""


def _letters(text: str) -> str:
    """Letters and digits alone, without case or accents."""
    return "".join(char for char in folded(text) if char.isalnum())


def _capitalised(words: Iterable[str]) -> str:
    return _usable(" ".join(word[:1].upper() + word[1:] for word in words if word))


def _usable(text: str) -> str:
    return text if text.strip() == text and 0 < len(text) <= MAX_NAME and plain(text) == text else ""
