"""Message ids in header fields: the one of Message-ID, those that In-Reply-To and References name.

What stands in angle brackets is an id; without any, words with an @ are if there are no others.
"""

import re
from typing import Final

from store.mime.limits import MAX_REFERENCES
from store.model.address import MessageId, NotAllowed

_ANGLED: Final = re.compile(r"<([^<>]*)>")
_USUAL: Final = re.compile(r"[!-;=?-~]{1,998}")
_USUAL_LIST: Final = re.compile(r"(?:<[!-;=?-~]{1,998}> ?)+")


def message_id(text: str) -> str | None:
    """The id of an unfolded Message-ID field, None if it is none."""
    found = _ANGLED.search(text)
    if found:
        return _whole(found.group(1))
    return _valid(text.strip().lstrip("<").rstrip(">"))


def named_ids(text: str) -> list[str]:
    """The ids that an unfolded field names, in its order, each once."""
    inside = _ANGLED.findall(text)
    if _USUAL_LIST.fullmatch(text):
        return list(dict.fromkeys(inside))
    if len(inside) > 1 and text.partition("<")[0].strip():
        inside = inside[
            -1:
        ]  # "Message from Ada <ada@a> of Tuesday <id>": an address is no id, and would join strangers
    words = inside or [word.strip("<>,;\"'()") for word in text.split()]
    if not inside and not all("@" in word for word in words):
        return []  # a sentence, and an address in it is no id either
    ids: dict[str, None] = {}
    for word in words:
        if valid := _whole(word) if inside else _valid(word):
            ids[valid] = None
    return list(ids)


def bounded(ids: list[str]) -> list[str]:
    """The oldest one, which is the root, and the newest."""
    if len(ids) <= MAX_REFERENCES:
        return ids
    return [ids[0], *ids[1 - MAX_REFERENCES :]]


def _whole(word: str) -> str | None:
    """What stood between brackets; it may be folded."""
    return word if _USUAL.fullmatch(word) else _valid("".join(word.split()))


def _valid(text: str) -> str | None:
    try:
        return str(MessageId(text))
    except NotAllowed:
        return None
