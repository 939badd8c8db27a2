"""One's own mailboxes as they are read, with the server that could be believed about senders ([C9]). Must not write."""

import msgspec

from store.model.mailbox import MailboxView
from store.rules.authserv import proposed
from store.vault.queries import authserv, boxes
from store.vault.queries.sight import Sight


def own_boxes(sight: Sight) -> tuple[MailboxView, ...]:
    """Proposed is only while nobody is believed."""
    views = boxes.views(sight)
    if all(view.settings.imap is None or view.settings.authserv_id is not None for view in views):
        return views
    counted = authserv.servers(sight)
    return tuple(
        view
        if view.settings.imap is None or view.settings.authserv_id is not None
        else msgspec.structs.replace(view, authserv_proposed=proposed(counted.get(view.mailbox, {})))
        for view in views
    )
