"""Keeping what takes an act back: per member, fifty deep (a batch is one), for a day. Shared by screens and command
line.
"""

from collections.abc import Iterable
from typing import Final, TypeVar

from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Inverse, packed
from store.model.errors import Conflict
from store.model.ids import EmailKey
from store.model.views import Done

Value = TypeVar("Value")

DEEP: Final = 50
KEPT_SECONDS: Final = 24 * 3600
NOTHING: Final = Done(done=False, affected=0)


def did(act: Act, word: str, affected: int, inverse: Inverse, *, threads: int = 0) -> Done:
    """The answer of an act that can be undone; `threads` is how many of them it was about."""
    act.vault.undos.add(
        act.actor,
        word=word,
        inverse=packed(inverse),
        at=act.now,
        batch=act.batch,
        affected=affected,
        threads=threads,
        deep=DEEP,
    )
    return Done(done=True, affected=affected, undo=word, threads=threads)


def threads_of(act: Act, emails: Iterable[EmailKey]) -> int:
    """How many threads these emails are of."""
    return len({mail.thread for mail in act.turn.get(emails)})


def unchanged(condition: object) -> None:
    """Somebody has changed it since: nothing is done."""
    if not condition:
        raise Conflict("undo_changed")


def still(value: Value | None) -> Value:
    """What is no more has changed since."""
    if value is None:
        raise Conflict("undo_changed")
    return value
