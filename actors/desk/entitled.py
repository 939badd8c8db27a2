"""Whether a member may send a mail ([W1]), judged when they say so and again when held mail leaves.

Whoever has a mailbox may write to people who are no client's. For a client whom the member sees it takes the right
*send*. What a hidden client's contact is written is as if written to a stranger: no refusal tells that it is one (Z5).
"""

from typing import Final

from actors.desk.senders import addresses, obstacle, own_boxes
from actors.desk.turn import Turn
from store.model.address import Address
from store.model.ids import ClientKey, MemberKey
from store.rules.permissions import Action, Verdict, may
from store.vault.outbox import KeptOutbox
from store.vault.seen import Seen

SIGN_IN_LATER: Final = frozenset({"paused", "needs_sign_in"})


def clients_concerned(turn: Turn, member: MemberKey, row: KeptOutbox) -> set[ClientKey]:
    """The clients that a mail is for, as far as its writer sees them: its recipients', and those of what it answers."""
    seer = turn.book.scopes[member]
    vault = turn.vault
    known = vault.addresses.find(str(Address(one.address)) for one in row.recipients)
    clients = vault.outbox.clients_written_to(known.values())
    answered = None if row.answers is None else vault.emails.resolve(row.answers)
    if answered is not None and Seen(vault.database, seer, now=turn.now, left=True).among((answered,)):
        clients |= vault.outbox.clients_filed_with(answered)
    return {client for client in clients if seer.allows_client(client)}


def forbidden(turn: Turn, row: KeptOutbox) -> str | None:
    """Why held mail may not leave any more: not_allowed, bad_sender, local, receive_only; None if it may. A mailbox
    that is paused or waits for a sign-in is no reason: its mail waits too.
    """
    seer = turn.book.scopes.get(row.member)
    if seer is None:
        return "not_allowed"
    boxes = own_boxes(turn.book.mailboxes, seer.mailboxes)
    own = addresses(boxes, turn.vault.addresses.texts(key for box in boxes for key in box.addresses))
    box = own.get(row.draft.from_)
    if box is None:
        return "bad_sender"
    clients = clients_concerned(turn, row.member, row)
    if clients and may(seer, Action.SEND, clients=clients) is not Verdict.ALLOWED:
        return "not_allowed"
    code = obstacle(turn.vault.mailboxes.all()[box.mailbox])
    return None if code in SIGN_IN_LATER else code
