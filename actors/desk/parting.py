"""Copies of mailboxes that were stopped or begin anew ([S11]): in slices, what was private to them leaves the store;
what is filed stays with its client, without what only its copy had.

Must not touch what another mailbox holds, and decides nothing about filing.
"""

from typing import Final

from actors.desk.leaving import leave
from actors.desk.turn import Turn
from actors.desk.viewing import shared_fields
from store.mime.compress import TooLarge, compress, decompress
from store.mime.limits import MAX_HEADER_BYTES
from store.model.evidence import Role
from store.model.ids import FolderKey
from store.model.kept import OwnPart
from store.vault.kept import KeptEmail, KeptSighting

AT_ONCE: Final = 200
_MOST_BLOCK: Final = 2 * MAX_HEADER_BYTES
_SHARED: Final = frozenset((Role.SENDER, Role.REPLY_TO, Role.FAILED, Role.FORWARDED))  # the content's, see OwnPart


def part_due(turn: Turn) -> set[int]:
    """A slice; the addresses that stood in what went."""
    due = turn.vault.partings.due(AT_ONCE)
    mails = turn.get(due)
    former = turn.vault.partings.former({seen.folder for mail in mails for seen in mail.sightings})
    gone: set[int] = set()
    for mail in mails:
        gone |= _part(turn, mail, former)
    turn.vault.partings.parted(due)
    return gone


def _part(turn: Turn, mail: KeptEmail, former: set[FolderKey]) -> set[int]:
    copies = [seen for seen in mail.sightings if seen.folder in former]
    elsewhere = len(mail.sightings) > len(copies)
    addresses = {address for seen in copies for _role, address in seen.own.addresses}
    if not mail.filings:
        addresses |= {address for _role, address in mail.people}
    for seen in copies:
        if mail.filings and not elsewhere:
            _keep_as_filed(turn, mail, seen)
        else:
            turn.take_out(mail, seen)
    if mail.filings and copies and not elsewhere:
        turn.vault.sightings.refresh_addresses(mail.email, mail.sightings)
    return addresses


def _keep_as_filed(turn: Turn, mail: KeptEmail, seen: KeptSighting) -> None:
    """Its content is the client's; Bcc, and what delivery added, were the mailbox's."""
    if seen.gone_at is None:
        leave(turn, mail, seen, pass_=seen.pass_)
    kept = tuple(one for one in seen.own.addresses if one[0] in _SHARED)
    seen.own, seen.flags, seen.msgid, seen.aim, seen.changed = OwnPart(addresses=kept), "", 0, None, True
    block = turn.vault.partings.block_of(seen.sighting)
    if block is not None:
        turn.blocks.append((seen, _shared_block(block)))


def _shared_block(block: bytes) -> bytes:
    try:
        return compress(shared_fields(decompress(block, limit=_MOST_BLOCK)))
    except TooLarge:
        return b""
