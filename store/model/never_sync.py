"""How a thread stands in a mailbox's never-sync list, among patterns of addresses ([C8])."""

from typing import Final

from store.model.ids import ThreadKey

_THREAD: Final = "thread "  # no address and no pattern of one holds a blank


def of_thread(thread: ThreadKey) -> str:
    """As it stands there."""
    return f"{_THREAD}{thread}"


def thread_in(pattern: str) -> ThreadKey | None:
    """The thread that stands there, if it is one."""
    return ThreadKey(int(pattern[len(_THREAD) :])) if pattern.startswith(_THREAD) else None
