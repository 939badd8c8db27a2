"""Deposits that wait for the desk together are written together: a commit costs the disk the same for one and for four.

Only those of one look that hold nothing but copies; what else a deposit says keeps its place between the others. Must
not hold any back: the actor writes what it has as soon as nothing more waits.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from actors.messages import Deposit, Deposited
from store.model.uidset import UidSet
from store.vault.mailboxes import OUTBOX_VALIDITY

MOST_COPIES: Final = 500  # of one transaction: then a read beside it still waits for a few milliseconds only


def may_join(message: Deposit) -> bool:
    """Whether it holds nothing but copies, in the order of which nothing depends."""
    says_more = (message.pending, message.skipped, message.failed, message.gone, message.flags, message.given_back)
    return not (message.alone or any(says_more)) and message.origin.uidvalidity != OUTBOX_VALIDITY


class Bundle:
    """What is written next."""

    def __init__(self) -> None:
        self.deposits: list[Deposit] = []
        self._copies = 0

    def takes(self, message: Deposit) -> bool:
        """Whether it fits to those that are here."""
        if not self.deposits:
            return True
        fits = self._copies + len(message.copies) <= MOST_COPIES
        return fits and message.origin == self.deposits[0].origin

    def add(self, message: Deposit) -> None:
        self.deposits.append(message)
        self._copies += len(message.copies)

    @property
    def full(self) -> bool:
        return self._copies >= MOST_COPIES

    def take(self) -> list[Deposit]:
        """All of it; empty from now on."""
        taken, self.deposits, self._copies = self.deposits, [], 0
        return taken


def as_one(deposits: Sequence[Deposit]) -> Deposit:
    """What they say together."""
    first = deposits[0]
    if len(deposits) == 1:
        return first
    handing = UidSet(pair for one in deposits for pair in UidSet.parse(one.handing).ranges)
    copies = tuple(seen for one in deposits for seen in one.copies)
    return msgspec.structs.replace(first, copies=copies, handing=str(handing))


def answers(deposits: Sequence[Deposit], answer: Deposited) -> list[Deposited]:
    """One for each; what follows from all of them goes with the last."""
    *before, last = deposits
    told = [Deposited(id=one.id, folder=answer.folder, accepted=answer.accepted) for one in before]
    return [*told, msgspec.structs.replace(answer, id=last.id)]
