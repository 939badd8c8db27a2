"""Mail that is no client's in a mailbox that keeps nothing else ([S4]): it is passed over, and wanted again when what
stood in it becomes a client's: then its header fields are fetched and judged anew.

Must not decide what is a client's. Nothing stays of such mail but its place and keyed hashes.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from actors.desk.naming import name_of
from actors.messages import Origin, SeekAddresses, SeenCopy, Wanted
from actors.switchboard import mailbox_name
from store.model.address import base
from store.model.copy import Copy
from store.model.ids import FolderKey, MailboxKey
from store.model.ledger import Outcome, SkipReason
from store.model.mailbox import MailboxScope
from store.model.uidset import UidSet
from store.rules.public_domains import is_public
from store.vault.ledger import LINKED, PENDING, Entry
from store.vault.skipped import SkippedPlace, Trace

if TYPE_CHECKING:
    from actors.desk.turn import Turn

Folders = dict[FolderKey, UidSet]


def pass_over(turn: "Turn", origin: Origin, copies: Mapping[int, tuple[SeenCopy, Copy]]) -> None:
    """These are not kept."""
    if copies:
        entry = Entry(Outcome.SKIPPED, SkipReason.NOT_A_CLIENT)
        turn.vault.ledger.put(origin.folder, origin.uidvalidity, UidSet.of(copies), entry)
        traces = {uid: _trace(seen, copy) for uid, (seen, copy) in copies.items()}
        turn.vault.skipped.keep(origin.folder, origin.uidvalidity, traces)


def _trace(seen: SeenCopy, copy: Copy) -> Trace:
    addresses = () if seen.evidence is None else seen.evidence.addresses
    names = () if seen.evidence is None else seen.evidence.names
    message_id = copy.headers.message_id
    texts = frozenset(text for _role, text in addresses)
    domains = {text.rpartition("@")[2] for text in texts}
    return Trace(
        bears=None if message_id is None else name_of(message_id),
        names=tuple(map(name_of, names)),
        addresses=frozenset(one for text in texts for one in (text, base(text))),
        domains=frozenset(domain for domain in domains if not is_public(domain)),
    )


def want_again(turn: "Turn") -> dict[MailboxKey, Folders]:
    """What has become a client's, or stirs its thread, or has an address that files now: pending again."""
    skipped = turn.vault.skipped
    naming, bearing, addresses, domains = turn.passing_on, turn.newly_filed, turn.linked, turn.linked_domains
    turn.passing_on, turn.newly_filed, turn.linked, turn.linked_domains = set(), set(), set(), set()
    _seek(turn, addresses)
    welcome = bool(addresses) and turn.vault.erasures.welcome(addresses)
    if not welcome and not any(box.scope is MailboxScope.CLIENTS for box in turn.book.mailboxes.values()):
        return {}
    wanted = addresses | set(map(base, addresses))
    told = _pending(turn, skipped.matching(addresses=wanted, domains=domains), LINKED)
    for mailbox, folders in _pending(turn, skipped.matching(bearing=bearing, naming=naming), PENDING).items():
        for folder, uids in folders.items():
            known = told.setdefault(mailbox, {})
            known[folder] = known.get(folder, UidSet()) | uids
    return told


def _seek(turn: "Turn", addresses: set[str]) -> None:
    """Where nothing of their mail was read yet, in whatever scope, it comes first."""
    for mailbox in turn.book.mailboxes.values() if addresses else ():
        if mailbox.kind == "imap" and not mailbox.paused:
            turn.tell(mailbox_name(mailbox.mailbox), SeekAddresses(addresses=tuple(sorted(addresses))))


def _pending(turn: "Turn", places: Iterable[SkippedPlace], entry: Entry) -> dict[MailboxKey, Folders]:
    by_folder: dict[tuple[FolderKey, int], list[int]] = {}
    for folder, uidvalidity, uid in places:
        by_folder.setdefault((folder, uidvalidity), []).append(uid)
    told: dict[MailboxKey, Folders] = {}
    for (folder, uidvalidity), uids in by_folder.items():
        kept = turn.vault.mailboxes.folder(folder)
        if kept is not None and kept.uidvalidity == uidvalidity:
            wanted = UidSet.of(uids)
            again = turn.vault.ledger.again(folder, uidvalidity, wanted, SkipReason.NOT_A_CLIENT, entry)
            told.setdefault(kept.mailbox, {})[folder] = again
        turn.vault.skipped.drop(folder, uidvalidity, UidSet.of(uids))
    return told


def tell_again(turn: "Turn", told: Mapping[MailboxKey, Folders]) -> None:
    """The mailboxes look at these folders again."""
    for mailbox, folders in sorted(told.items()):
        for folder, uids in sorted(folders.items()):
            kept = turn.vault.mailboxes.folder(folder)
            if kept is not None and uids:
                message = Wanted(folder=folder, uidvalidity=kept.uidvalidity, uids=str(uids), pending=True)
                turn.tell(mailbox_name(mailbox), message)
