"""Which server's word stands topmost in the mail of a mailbox that believes none yet, so that one can be proposed."""

from collections import Counter
from collections.abc import Iterable

from actors.desk.turn import Turn
from actors.messages import SeenCopy
from store.rules.authserv import to_count
from store.vault.kept import KeptSighting
from store.vault.mailboxes import KeptMailbox


def count_servers(turn: Turn, mailbox: KeptMailbox, new: Iterable[tuple[KeptSighting, SeenCopy]]) -> None:
    """Of the copies that are new here and were received: what a program saves or a member writes bears no word."""
    if mailbox.kind != "imap" or mailbox.settings.authserv_id is not None:
        return
    found: Counter[str] = Counter()
    known = turn.vault.authserv.of(mailbox.mailbox)
    for here, seen in new:
        mail = turn.mails.get(here.email)
        if seen.evidence is None or mail is None or mail.from_member is not None:
            continue
        server = to_count(seen.evidence.server, known)
        found[server] += 1
        known.setdefault(server, 0)
    turn.vault.authserv.add(mailbox.mailbox, found)
