"""A server that gives what it sends another Message-ID: its copy in Sent is still the mail that was sent from here, if
it has its sender, subject and recipients, and its time, give or take ten minutes.

Must not take two mails for one that a server told apart: each mail has one such copy.
"""

from collections.abc import Iterable
from typing import Final

from actors.desk.turn import Turn
from actors.messages import Origin
from store.model.address import Address, NotAllowed, Person
from store.model.copy import Copy
from store.model.ids import EmailKey
from store.vault.kept import KeptEmail
from store.vault.mailboxes import OUTBOX_VALIDITY
from store.vault.outbox import KeptOutbox

NEAR: Final = 600


class Rewritten:
    """What was sent from a mailbox about the time of these copies of its Sent folder."""

    def __init__(self, turn: Turn, origin: Origin, copies: Iterable[Copy]) -> None:
        self._turn = turn
        self._origin = origin
        dates = [copy.headers.date for copy in copies if copy.headers.date is not None]
        first, last = (min(dates) - NEAR, max(dates) + NEAR) if dates else (0, 0)
        self._rows = turn.vault.outbox.kept_about(origin.mailbox, first=first, last=last) if dates else []
        turn.get(EmailKey(row.email) for row in self._rows if row.email is not None)

    def of(self, copy: Copy) -> KeptEmail | None:
        """The mail that this new copy is of: one that stands in the outbox still, or stood in this folder before it got
        another UIDVALIDITY; the nearest in time.
        """
        alike = [row for row in self._rows if _alike(row, copy) and self._waits(row)]
        nearest = min(alike, key=lambda row: abs((row.date or 0) - (copy.headers.date or 0)), default=None)
        return None if nearest is None else self._mail(nearest)

    def fits(self, mail: KeptEmail, copy: Copy) -> bool:
        """Whether a copy that is known here may be of this mail."""
        return any(row.email == mail.email and _alike(row, copy) for row in self._rows)

    def _mail(self, row: KeptOutbox) -> KeptEmail | None:
        return None if row.email is None else self._turn.mails.get(row.email)

    def _waits(self, row: KeptOutbox) -> bool:
        mail = self._mail(row)
        folder, uidvalidity = self._origin.folder, self._origin.uidvalidity
        present = [] if mail is None else mail.present()
        here = any((seen.folder, seen.uidvalidity) == (folder, uidvalidity) for seen in present)
        return not here and any(seen.uidvalidity == OUTBOX_VALIDITY or seen.folder == folder for seen in present)


def _alike(row: KeptOutbox, copy: Copy) -> bool:
    headers, draft = copy.headers, row.draft
    return (
        headers.date is not None
        and row.date is not None
        and abs(headers.date - row.date) <= NEAR
        and " ".join(headers.subject.split()) == " ".join(draft.subject.split())
        and _set(headers.from_) == _set((Person(address=draft.from_),))
        and (_set(headers.to), _set(headers.cc)) == (_set(draft.to), _set(draft.cc))
    )


def _set(people: Iterable[Person]) -> frozenset[str]:
    return frozenset(_compared(one.address) for one in people)


def _compared(address: str) -> str:
    try:
        return Address(address)
    except NotAllowed:
        return address
