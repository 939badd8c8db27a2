"""Client mail in the spam folder ([S4a]): its header fields are looked at, its mailbox's members are told, and nothing
of it is kept but its place, in the notice.

Must not decide whose mail it is: rules.spam_watch does.
"""

from collections.abc import Mapping
from typing import Final

from actors.desk.naming import identity_of
from actors.desk.turn import Turn
from actors.messages import Origin, SeenCopy
from store.model.address import base
from store.model.copy import Copy
from store.model.filing import AddressLinks
from store.model.ids import ClientKey, FolderKey
from store.model.ledger import Outcome, SkipReason
from store.model.uidset import UidSet
from store.model.views import NoticeKind
from store.rules.never_sync import covers
from store.rules.spam_watch import clients_of, sender_of
from store.vault.following import NewAnnouncement
from store.vault.ledger import Entry
from store.vault.mailboxes import KeptMailbox

JUNK: Final = "junk"
MOST: Final = 50  # notices of a mailbox: whoever forges a client's address is no flood
_SPAM: Final = Entry(Outcome.SKIPPED, SkipReason.SPAM_FOLDER)
_NAME: Final = "spam"


def watch_spam(
    turn: Turn, origin: Origin, mailbox: KeptMailbox, copies: Mapping[int, tuple[SeenCopy, Copy]], skipped: UidSet
) -> None:
    """All of it is skipped; what is a client's and new here is told."""
    turn.vault.ledger.put(origin.folder, origin.uidvalidity, skipped, _SPAM)
    prefix = f"{_NAME} {origin.folder} "
    turn.vault.notices.end_places(NoticeKind.IN_SPAM, prefix, but=f"{prefix}{origin.uidvalidity} ")
    told = turn.vault.notices.count(NoticeKind.IN_SPAM, origin.mailbox)
    senders = {uid: sender for uid, (seen, _) in copies.items() if (sender := sender_of(seen.evidence)) is not None}
    links = _links(turn, set(senders.values()))
    here = _known(turn, copies)
    for uid, sender in sorted(senders.items(), reverse=True):
        if told >= MOST:
            return
        if uid in here or covers(mailbox.never_sync, [sender]):
            continue  # somebody put it there, or does not want it
        for client in clients_of(links.get(sender)):
            told += _tell(turn, mailbox, client, place_of(origin.folder, origin.uidvalidity, uid))


def left_spam(turn: Turn, origin: Origin, uids: UidSet) -> None:
    """It is not there any more."""
    if not turn.vault.notices.count(NoticeKind.IN_SPAM, origin.mailbox):
        return
    abouts = [place_of(origin.folder, origin.uidvalidity, uid) for uid in uids]
    if turn.vault.notices.end_about(NoticeKind.IN_SPAM, abouts):
        turn.told.append(NewAnnouncement("notices_kept", mailbox=origin.mailbox))


def place_of(folder: FolderKey, uidvalidity: int, uid: int) -> str:
    """As a notice's `about` holds it."""
    return f"{_NAME} {folder} {uidvalidity} {uid}"


def place_in(about: str) -> tuple[FolderKey, int, int] | None:
    """Folder, UIDVALIDITY, UID; None if it is about something else."""
    words = about.split()
    if len(words) != 4 or words[0] != _NAME:
        return None
    folder, uidvalidity, uid = map(int, words[1:])
    return FolderKey(folder), uidvalidity, uid


def _tell(turn: Turn, mailbox: KeptMailbox, client: ClientKey, about: str) -> int:
    new = 0
    for member in mailbox.members:
        if member in turn.book.scopes and turn.book.scopes[member].allows_client(client):
            arguments: dict[str, str | int] = {"address": mailbox.address}
            if turn.vault.notices.add(
                member, NoticeKind.IN_SPAM, at=turn.now, client=client, about=about, mailbox=mailbox.mailbox,
                arguments=arguments,
            ):  # fmt: skip
                turn.told.append(NewAnnouncement("notices_kept", member=member))
                new = 1
    return new


def _links(turn: Turn, senders: set[str]) -> dict[str, AddressLinks]:
    """What the firm knows of them; no address gets a key by being in spam."""
    wanted = {text: text for text in senders} | {base(text): base(text) for text in senders}
    keys = turn.vault.addresses.find(wanted)
    known = turn.vault.firm.known(keys.values())
    found: dict[str, AddressLinks] = {}
    for sender in senders:
        key = next((keys[text] for text in (sender, base(sender)) if keys.get(text) in known), None)
        if key is not None and base(sender) not in turn.book.own_bases:
            contact, clients = known[key]
            found[sender] = AddressLinks(address=sender, clients=clients, contact=contact)
    return found


def _known(turn: Turn, copies: Mapping[int, tuple[SeenCopy, Copy]]) -> set[int]:
    """Those that were somewhere else before: a person put them there."""
    identities = {uid: found for uid, (_, copy) in copies.items() if (found := identity_of(copy)) is not None}
    emails = turn.vault.emails.by_identity(identities.values())
    return {uid for uid, identity in identities.items() if identity in emails}
