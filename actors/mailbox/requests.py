"""What a mailbox actor waits for: an open request is repeated after a while, and at once when its receiver restarts.

A mailbox has at most a few deposits open (credit = limit - open; a repeat takes none), so that memory stays flat.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from actors.messages import Classify, ClosePass, DeclareFolders, Deposit, LocalUids, OpenPass
from store.model.ids import DepositId

PATIENCE: Final = 30.0  # seconds until a request is repeated
CREDIT: Final = 4  # deposits with copies that may be open

Request = Classify | Deposit | DeclareFolders | OpenPass | ClosePass | LocalUids


@dataclass(slots=True)
class _Open:
    to: str
    request: Request
    at: float
    guilty: int = 0


class OpenRequests:
    """By id. `tell` posts a message to an actor by name."""

    def __init__(self, tell: Callable[[str, Request], None], *, prefix: str) -> None:
        self._tell = tell
        self._prefix = prefix
        self._made = 0
        self._open: dict[DepositId, _Open] = {}

    def new_id(self) -> DepositId:
        """An id that no other request of any run has."""
        self._made += 1
        return DepositId(f"{self._prefix}.{self._made}")

    def send(self, to: str, request: Request, *, now: float) -> None:
        """Post a request and keep it until it is answered."""
        self._open[request.id] = _Open(to, request, now)
        self._tell(to, request)

    def answered(self, request: DepositId) -> Request | None:
        """What this answers; None for the answer to a repeat."""
        found = self._open.pop(request, None)
        return None if found is None else found.request

    def drop(self) -> None:
        """Wait for nothing any more."""
        self._open.clear()

    def repeat_late(self, now: float) -> None:
        """Repeat what has waited too long."""
        for found in self._open.values():
            if now - found.at >= PATIENCE:
                found.at = now
                self._tell(found.to, found.request)

    def repeat_all(self, now: float) -> None:
        """Repeat everything: one of those on the way was started anew."""
        for found in self._open.values():
            found.at = now
            self._tell(found.to, found.request)

    def blame(self, request: DepositId) -> tuple[int, Request] | None:
        """One more unclean end with this request in hand: how many now, and what it is."""
        found = self._open.get(request)
        if found is None:
            return None
        found.guilty += 1
        return found.guilty, found.request

    def __iter__(self) -> Iterator[Request]:
        return iter([found.request for found in self._open.values()])

    def __len__(self) -> int:
        return len(self._open)

    @property
    def credit(self) -> int:
        """How many more deposits with copies may be handed over."""
        return CREDIT - sum(isinstance(found.request, Classify) for found in self._open.values())
