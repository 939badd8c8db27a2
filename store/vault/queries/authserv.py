"""Of the reader's mailboxes that believe no server yet: how many mails bear whose word on the sender ([C9])."""

from store.model.ids import MailboxId, MailboxKey
from store.vault.queries.sight import Sight


def servers(sight: Sight) -> dict[MailboxId, dict[str, int]]:
    """Mails by server, by mailbox."""
    found: dict[MailboxId, dict[str, int]] = {}
    for mailbox, server, mails in sight.rows(
        "SELECT mailbox, server, mails FROM authserv_counts WHERE mailbox IN (SELECT value FROM json_each(:own))"
    ):
        found.setdefault(sight.ids.mailbox(MailboxKey(mailbox)), {})[server] = mails
    return found
