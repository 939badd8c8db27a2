"""Clients that were made and taken back: each goes when its last email has left it.

Must not decide how mail is filed.
"""

from actors.desk.book import Book
from actors.desk.turn import Turn
from store.vault.following import NewAnnouncement


def see_off(turn: Turn) -> None:
    """At the end of a turn, when its filings are written."""
    if turn.vault.firm.take_left():
        turn.book = Book(turn.vault)
        turn.told.append(NewAnnouncement("firm_changed"))
