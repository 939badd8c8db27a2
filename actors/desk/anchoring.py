"""The journal's head, said outside ([R3]): daily in the office's log, weekly by mail from the owner to themself.

Whoever keeps one of these can show later that nothing before it was changed. A number and a hash, nothing else.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from actors.desk.commands.ground import Act
from actors.desk.commands.sending import send
from actors.desk.commands.writing import put_draft
from actors.desk.following import journal
from actors.desk.senders import addresses, obstacle, own_boxes
from actors.desk.turn import Turn
from store.model.address import Person
from store.model.errors import DeskError
from store.model.firm import MemberRole
from store.model.outbox import Draft
from store.rules.settings import JOURNAL_HEAD, with_defaults
from store.vault.mailboxes import KeptMailbox
from store.vault.settings import firm_settings

WEEK: Final = 7 * 86_400
EARLY: Final = 3_600  # looks come once a day, not to the second
ANCHORED: Final = "anchored"

_log = logging.getLogger("postroom.journal")


def anchor(turn: Turn, *, chance: Callable[[int], bytes]) -> None:
    """Called once a day."""
    how = with_defaults(firm_settings(turn.vault.collections.all))[JOURNAL_HEAD]
    seq, digest = turn.vault.journal.last()
    if how == "off" or not seq:
        return
    _log.info("journal head: entry %d %s", seq, digest.hex())
    last = turn.vault.journal.last_of(ANCHORED) if how == "mail" else None
    due = how == "mail" and (last is None or turn.now - last >= WEEK - EARLY)
    if due and _mail(turn, seq, digest.hex(), chance=chance):
        journal(turn, ANCHORED, f"entry {seq}")


def _mail(turn: Turn, seq: int, head: str, *, chance: Callable[[int], bytes]) -> bool:
    """From the owner to the owner; False where they have nothing to send from."""
    owner = next(key for key, kept in turn.book.members.items() if kept.role is MemberRole.OWNER)
    act = Act(turn, owner, None)
    try:
        with turn.vault.attempt():
            own = next((text for text, box in _own(act).items() if obstacle(box) is None), None)
            if own is None:
                return False
            day = datetime.fromtimestamp(turn.now, UTC).date().isoformat()
            to = (Person(name="", address=own),)
            text = f"{day}\n{seq}\n{head}\n"
            draft = Draft(from_=own, to=to, subject=f"postroom: journal {seq}, {day}", text=text, signature=False)
            row = put_draft(act, draft=draft)
            send(act, outbox=row.outbox, hold=0, chance=chance)
    except DeskError as refused:
        _log.warning("the journal's head could not be mailed: %s", refused.code)
        return False
    return True


def _own(act: Act) -> dict[str, KeptMailbox]:
    boxes = own_boxes(act.vault.mailboxes.all(), act.scope.mailboxes)
    return addresses(boxes, act.vault.addresses.texts(key for box in boxes for key in box.addresses))
