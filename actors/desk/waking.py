"""Snoozes that are over: their members' screens are told, once, soon after. Mail that ends one is told as mail is.

Must not decide when one is over before its time: rules.snooze says that to whoever looks.
"""

from actors.desk.turn import Turn
from store.vault.following import NewAnnouncement


def wake(turn: Turn) -> None:
    """What is due, also what came due while no office ran."""
    due = turn.vault.marks.take_due(now=turn.now)
    turn.told += [NewAnnouncement("states_changed", thread=thread, member=member) for member, thread in due]
