"""An audit's lines: the server's UIDs against the ledger, folder by folder ([S8], docs/cli.md).

store = filed + unfiled + skipped + failed; server = store - extra + pending + missing. Changes nothing.
"""

from actors.messages import AuditDone, AuditTold
from store.model.ids import FolderKey
from store.model.ledger import AuditLine, Outcome, SkipReason
from store.model.uidset import UidSet
from store.vault.vault import Vault


def compare(vault: Vault, message: AuditTold, *, address: str) -> AuditDone:
    """The lines for whoever asked."""
    if message.error_code is not None:
        return AuditDone(id=message.id, lines=(), error_code=message.error_code)
    lines = tuple(
        _line(vault, key, address=address, name=name, uidvalidity=uidvalidity, server=UidSet.parse(uids))
        for key, name, uidvalidity, uids in message.folders
    )
    return AuditDone(id=message.id, lines=lines)


def _line(
    vault: Vault, folder: FolderKey | None, *, address: str, name: str, uidvalidity: int, server: UidSet
) -> AuditLine:
    if folder is None:
        return _unknown(address, name, uidvalidity, server)
    held = vault.sightings.held(folder, uidvalidity)
    ranges: dict[Outcome, list[tuple[int, int]]] = {}
    skipped_by: dict[str, int] = {}
    for first, last, entry in vault.ledger.ranges(folder, uidvalidity):
        ranges.setdefault(entry.outcome, []).append((first, last))
        if entry.outcome is Outcome.SKIPPED:
            skipped_by[entry.reason] = skipped_by.get(entry.reason, 0) + last - first + 1
    here = held.here.uids()
    skipped = UidSet(ranges.get(Outcome.SKIPPED, ()))
    left = held.left.uids() & server
    if left:
        skipped_by[SkipReason.DELETED] = len(left)
        skipped |= left
    failed = UidSet(ranges.get(Outcome.FAILED, ()))
    pending = UidSet(ranges.get(Outcome.PENDING, ()))
    stored = here | skipped | failed
    filed = sum(is_filed for _, is_filed in vault.sightings.filed_uids(folder, uidvalidity))
    return AuditLine(
        mailbox=address,
        folder=name,
        uidvalidity=uidvalidity,
        server=len(server),
        store=len(stored),
        filed=filed,
        unfiled=len(here) - filed,
        skipped=len(skipped),
        skipped_by=skipped_by,
        failed=len(failed),
        pending=len(pending & server),
        missing=_ranges(server - stored - pending),
        extra=_ranges(stored - server),
        bodies_missing=_ranges(held.wanting.uids() & server),
    )


def _unknown(address: str, name: str, uidvalidity: int, server: UidSet) -> AuditLine:
    """A folder that no look has told of yet: everything in it is missing."""
    return AuditLine(
        mailbox=address,
        folder=name,
        uidvalidity=uidvalidity,
        server=len(server),
        store=0,
        filed=0,
        unfiled=0,
        skipped=0,
        skipped_by={},
        failed=0,
        pending=0,
        missing=_ranges(server),
    )


def _ranges(uids: UidSet) -> tuple[str, ...]:
    return tuple(str(uids).split(",")) if uids else ()
