"""Threads of real list mail against other programs' answers: where two of them agree, so do ours, in any order."""

import email.parser
import email.policy
import json
import random
from pathlib import Path

import pytest

from tests.support.model_threads import Email, ThreadKeeper

pytestmark = pytest.mark.corpora


def ids(text: str) -> list[str]:
    """What stands in angle brackets."""
    found = []
    for piece in text.split("<")[1:]:
        inner, bracket, _ = piece.partition(">")
        if bracket and inner.strip() and " " not in inner.strip():
            found.append(inner.strip())
    return found


def names_of(path: Path) -> Email:
    """The ids that a message bears and names."""
    headers = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(path.read_bytes())
    fields = ("Message-ID", "In-Reply-To", "References")
    return tuple(
        dict.fromkeys(name for field in fields for text in headers.get_all(field, []) for name in ids(str(text)))
    )


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_threads_equal_the_consensus(seed: int | None, corpora: Path) -> None:
    told = json.loads((corpora / "threads" / "sa-easy-ham-2.threads.json").read_text())
    emails = [names_of(corpora / "spamassassin" / key) for key in told["keys"]]
    order = list(range(len(emails)))
    desk = ThreadKeeper()
    if seed is None:
        desk.at_once(emails, order)
    else:
        random.Random(seed).shuffle(order)
        for start in range(0, len(order), 125):
            desk.at_once(emails, order[start : start + 125])
    ours = {place: thread for thread in desk.components() for place in thread}
    theirs = {place: frozenset(thread) for thread in told["dovecot_REFS"]["threads"] for place in thread}
    assert len(told["consensus"]) > 1300
    wrong = [place for place in told["consensus"] if ours[place] != theirs.get(place, frozenset({place}))]
    assert wrong == []
