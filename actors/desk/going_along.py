"""Documents follow the filing of their email ([A2]): to its new client, or aside until it is filed again.

What somebody touched, here or with another program, stays; so does what a hold lies on.
"""

from typing import TYPE_CHECKING

from actors.desk.shelving import folder_name
from store.model.ids import EmailKey
from store.vault.following import NewAnnouncement
from store.vault.kept import KeptEmail
from store.vault.shelf import KeptDocument

if TYPE_CHECKING:
    from actors.desk.turn import Turn


def follow_filing(turn: "Turn") -> None:
    """A document goes along when its email is filed otherwise, unless somebody touched it ([A2])."""
    left = {(email, client) for email, client, reason in turn.filed if not reason}
    shelf = turn.vault.shelf
    for kept in shelf.of_emails({email for email, _client, _reason in turn.filed}):
        mail = turn.mails.get(EmailKey(kept.email or 0))
        if mail is None or kept.touched or (kept.aside_at is not None) is not kept.waits:
            continue
        away = kept.client not in mail.filings and (mail.email, kept.client) in left
        if not (away or kept.waits) or turn.vault.firm.held((kept.client,)) or shelf.is_touched(kept):
            continue
        _go_along(turn, kept, mail)


def _go_along(turn: "Turn", kept: KeptDocument, mail: KeptEmail) -> None:
    """To a client that it is filed with now, else aside until it is filed again."""
    was, before, shelf = kept.place, kept.client, turn.vault.shelf
    certain = [client for client, filing in sorted(mail.filings.items()) if not filing.ambiguous]
    target = next((client for client in certain if shelf.same(client, kept.sha256) is None), None)
    if target is None:
        if kept.waits:
            return
        kept.aside_at, kept.waits = turn.now, True
    else:
        folder = shelf.folder_of(target) or folder_name(
            turn.vault.firm.clients()[target], turn.vault.ids.client(target)
        )
        kept.client, kept.folder = target, f"{folder}/{kept.folder.rpartition('/')[2]}"
        kept.aside_at, kept.waits = None, False
    shelf.put(kept, was=was)
    turn.told += [NewAnnouncement("documents_changed", client=client) for client in sorted({before, kept.client})]
