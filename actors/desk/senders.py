"""The addresses that a member writes from, and why nothing can be sent from one now ([S1], [S2], [W9])."""

from collections.abc import Iterable, Mapping

from store.mime.signature import as_text
from store.model.ids import MailboxKey
from store.model.mailbox import SyncState
from store.model.outbox import Sender
from store.rules.voice import voice
from store.vault.mailboxes import KeptMailbox


def obstacle(box: KeptMailbox) -> str | None:
    """Why this mailbox cannot send: local, receive_only, paused, needs_sign_in; None if it can."""
    if box.kind == "local":
        return "local"
    if box.settings.smtp is None:
        return "receive_only"
    if box.paused:
        return "paused"
    signed_out = box.progress is not None and box.progress.state is SyncState.NEEDS_SIGN_IN
    return "needs_sign_in" if signed_out else None


def addresses(boxes: Iterable[KeptMailbox], texts: Mapping[int, str]) -> dict[str, KeptMailbox]:
    """Each own address with the mailbox that it is written from, the default first: what can send before what cannot,
    then the mailbox that was set up first, its main address before the others.
    """
    found: dict[str, KeptMailbox] = {}
    for box in sorted(boxes, key=lambda one: (obstacle(one) is not None, one.mailbox)):
        for key in box.addresses:
            found.setdefault(texts[key], box)
    return found


def senders(own: Mapping[str, KeptMailbox], *, name: str) -> tuple[Sender, ...]:
    """As they are told."""
    return tuple(
        Sender(
            address=address,
            name=said.name,
            mailbox=box.address,
            main=address == box.address.casefold(),
            code=obstacle(box),
            signature="" if said.signature is None else as_text(said.signature),
        )
        for address, box in own.items()
        for said in (voice(box.settings, address, writer=name),)
    )


def own_boxes(boxes: Mapping[MailboxKey, KeptMailbox], mailboxes: Iterable[MailboxKey]) -> list[KeptMailbox]:
    """Of all mailboxes these."""
    return [boxes[key] for key in sorted(mailboxes) if key in boxes]
