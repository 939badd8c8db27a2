"""Refusals in the journal ([R3]): one entry a minute for each member and method, counted. Never what was asked for."""

from dataclasses import dataclass, field
from typing import Final

from store.model.ids import MemberKey

MINUTE: Final = 60


@dataclass(slots=True)
class _Said:
    minute: int
    unsaid: int = 0


@dataclass(slots=True)
class Refusals:
    """Counts in memory; what was not said is said with the next one."""

    _said: dict[tuple[MemberKey, str], _Said] = field(default_factory=dict)

    def count(self, member: MemberKey, method: str, *, now: int) -> int:
        """How many to write into an entry now; 0: none yet."""
        said = self._said.get((member, method))
        if said is not None and said.minute == now // MINUTE:
            said.unsaid += 1
            return 0
        more = 0 if said is None else said.unsaid
        self._said[member, method] = _Said(now // MINUTE)
        return more + 1
