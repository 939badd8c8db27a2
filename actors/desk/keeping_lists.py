"""Lists that were worked out for a reader, kept until anything changes: a window of a long list costs its rows only.

Whatever changes a list raises the number of the last announcement or the generation of scopes, in the same transaction.
Shared by all reading threads. Must not give one member what was worked out for another.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, NamedTuple, TypeVar, cast

from store.model.ids import MemberKey

MOST_KEPT: Final = 256

Value = TypeVar("Value")


class Moment(NamedTuple):
    """A state of the store as lists depend on it."""

    generation: int
    announced: int


class _Kept(NamedTuple):
    moment: Moment
    until: int | None
    value: object


class KeptLists:
    """See the module."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[MemberKey, Hashable], _Kept] = OrderedDict()

    def get(
        self,
        member: MemberKey,
        what: Hashable,
        moment: Moment,
        make: Callable[[], Value],
        *,
        now: int,
        until: Callable[[Value], int | None],
        again: Callable[[Value, Moment], Value | None] = lambda _old, _then: None,
    ) -> Value:
        """What is kept of that moment; else what `again` makes of what is kept of an earlier one under the same rights;
        else what `make` says. `until`: the next moment at which time alone can change it.
        """
        key = (member, what)
        with self._lock:
            kept = self._kept.get(key)
        value: Value | None = None
        moments: list[int | None] = []
        if (
            kept is not None
            and kept.moment.generation == moment.generation
            and (kept.until is None or now < kept.until)
        ):
            old = cast("Value", kept.value)
            if kept.moment == moment:
                return old
            if kept.moment.announced < moment.announced:
                value, moments = again(old, kept.moment), [kept.until]
        if value is None:
            value, moments = make(), []
        known = [at for at in (*moments, until(value)) if at is not None]
        self._put(key, _Kept(moment, min(known, default=None), value))
        return value

    def _put(self, key: tuple[MemberKey, Hashable], new: _Kept) -> None:
        """A slower thread's older answer does not take a newer one's place."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.moment <= new.moment:
                self._kept[key] = new
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
