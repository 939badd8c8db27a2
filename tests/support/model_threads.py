"""Threads kept as the vault keeps them, by the joining rule's answers alone; and how much that moved."""

from collections.abc import Sequence

from store.model.ids import ThreadKey
from store.rules.threads import join, join_all

Email = tuple[str, ...]


class ThreadKeeper:
    """Keeps threads as the vault does, by the rule's answers alone."""

    def __init__(self) -> None:
        self.thread_of_name: dict[str, ThreadKey] = {}
        self.emails: dict[ThreadKey, list[int]] = {}
        self.moves = 0
        self.last = 0

    def one_by_one(self, emails: Sequence[Email], places: Sequence[int]) -> None:
        for place in places:
            names = emails[place]
            joining = join(names, existing=self.thread_of_name, sizes=self.sizes())
            self._put(joining.keep, joining.merged, [(place, names)])

    def at_once(self, emails: Sequence[Email], places: Sequence[int]) -> None:
        joined = join_all([emails[place] for place in places], existing=self.thread_of_name, sizes=self.sizes())
        for number, joining in enumerate(joined.groups):
            mine = [(p, emails[p]) for p, group in zip(places, joined.group_of, strict=True) if group == number]
            self._put(joining.keep, joining.merged, mine)

    def sizes(self) -> dict[ThreadKey, int]:
        found: dict[ThreadKey, int] = {}
        for thread in self.thread_of_name.values():
            found[thread] = found.get(thread, 0) + 1
        return found

    def components(self) -> set[frozenset[int]]:
        return {frozenset(emails) for emails in self.emails.values() if emails}

    def _put(self, keep: ThreadKey | None, merged: Sequence[ThreadKey], mine: Sequence[tuple[int, Email]]) -> None:
        if keep is None:
            self.last += 1
            keep = ThreadKey(self.last)
        kept = self.emails.setdefault(keep, [])
        for gone in merged:
            kept += self.emails.pop(gone)
            for name in [name for name, thread in self.thread_of_name.items() if thread == gone]:
                self.thread_of_name[name] = keep
                self.moves += 1
        for place, names in mine:
            kept.append(place)
            self.thread_of_name.update(dict.fromkeys(names, keep))
