"""Looks at folders: what a mailbox has, which look begins or ends, and what the ledger knows of it (`Present`)."""

from typing import Final

from actors.desk.depositing import UNCLEAN_ENDS, fail
from actors.desk.leaving import end_renewal
from actors.desk.renewing import Renewal
from actors.desk.turn import Turn
from actors.messages import ClosePass, DeclareFolders, LocalUids, LocalUidsGiven, OpenPass, Origin
from store.model.ids import FolderKey
from store.model.ledger import FailReason, Outcome, Present
from store.model.uidset import UidSet
from store.rules.sync_plan import skip_of
from store.vault.mailboxes import KeptFolder
from store.vault.vault import Vault

LOCAL_VALIDITY: Final = 1  # imported copies keep their UIDs for ever


def declare(turn: Turn, message: DeclareFolders) -> tuple[Present, ...]:
    """All folders of a mailbox, in the order declared; those not named are no longer listed."""
    boxes = turn.vault.mailboxes
    keys = [
        boxes.declare(
            message.mailbox,
            name=seen.name,
            raw=seen.raw,
            delimiter=seen.delimiter,
            special_use=seen.special_use,
            skip=skip_of(seen.special_use),
            label=seen.label,
        )
        for seen in message.folders
    ]
    boxes.unlist_others(message.mailbox, keys)
    chosen = turn.book.mailboxes[message.mailbox].settings.shared
    boxes.offer(message.mailbox, {*chosen, *(seen.name for seen in message.offered)})
    return tuple(present(turn.vault, folder, now=turn.now) for key in keys if (folder := boxes.folder(key)) is not None)


def open_pass(turn: Turn, message: OpenPass, folder: KeptFolder, *, jitter: float) -> KeptFolder:
    """A look begins. What ended badly twice while alone has failed; under another UIDVALIDITY no range holds."""
    vault = turn.vault
    renewed = folder.uidvalidity not in (0, message.uidvalidity)
    vault.mailboxes.open_pass(folder.folder, uidvalidity=message.uidvalidity, renewed=renewed)
    if renewed:
        vault.ledger.drop_other(folder.folder, message.uidvalidity)
        vault.skipped.drop_other(folder.folder, message.uidvalidity)
    guilty = UidSet(
        (first, last)
        for first, last, entry in vault.ledger.ranges(folder.folder, message.uidvalidity)
        if entry.outcome is Outcome.PENDING and entry.alone >= UNCLEAN_ENDS
    )
    fail(turn, (folder.folder, message.uidvalidity), guilty, FailReason.CRASHED, jitter=jitter)
    opened = vault.mailboxes.folder(folder.folder)
    return folder if opened is None else opened


def close_pass(turn: Turn, message: ClosePass, folder: KeptFolder, renewal: Renewal | None) -> None:
    """Every UID has a row, every flag change and expunge is in: HIGHESTMODSEQ is kept. Late news loses."""
    origin = message.origin
    if origin.uidvalidity != folder.uidvalidity or origin.pass_ < folder.closed_pass:
        return
    boxes = turn.vault.mailboxes
    boxes.close_pass(
        folder.folder,
        pass_=origin.pass_,
        highestmodseq=message.highestmodseq,
        uidnext=message.uidnext,
        at=turn.now,
    )
    closed = boxes.folder(folder.folder)
    if renewal is not None and closed is not None:
        end_renewal(turn, closed, renewal)


def present(vault: Vault, folder: KeptFolder, *, now: int, retry: bool = False) -> Present:
    """What the ledger knows of a folder's UIDs under its current UIDVALIDITY; `retry`: what has failed is due."""
    held = vault.sightings.held(folder.folder, folder.uidvalidity)
    sets: dict[str, list[tuple[int, int]]] = {name: [] for name in ("pending", "skipped", "failed", "due", "alone")}
    for first, last, entry in vault.ledger.ranges(folder.folder, folder.uidvalidity):
        sets[entry.outcome].append((first, last))
        due = entry.outcome is Outcome.FAILED and (retry or entry.due <= now)
        if due:
            sets["due"].append((first, last))
        if entry.tries >= UNCLEAN_ENDS and (due or entry.outcome is Outcome.PENDING):
            sets["alone"].append((first, last))
    texts = {name: str(UidSet(ranges)) for name, ranges in sets.items()}
    return Present(
        folder=folder.folder,
        uidvalidity=folder.uidvalidity,
        highestmodseq=folder.highestmodseq,
        uidnext=folder.uidnext,
        pass_=folder.pass_,
        here=str(held.here),
        wanting=str(held.wanting),
        left=str(held.left),
        pending=texts["pending"],
        skipped=texts["skipped"],
        failed=texts["failed"],
        due=texts["due"],
        alone=texts["alone"],
        renewing=bool(folder.renewed_pass) and (folder.closed_pass < folder.renewed_pass or bool(sets["pending"])),
    )


def local_uids(turn: Turn, message: LocalUids, *, incarnation: int) -> LocalUidsGiven:
    """UIDs for imported copies by hash: a known hash keeps its UID. A copy is known once it is a sighting."""
    boxes = turn.vault.mailboxes
    key = boxes.declare(
        message.mailbox,
        name=message.folder,
        raw=message.folder.encode("utf-8", "surrogatepass"),
        delimiter=None,
        special_use="",
        skip=None,
    )
    folder = _opened_local(turn, key)
    given = boxes.local_uids(key, message.hashes)
    new = [one for one in dict.fromkeys(message.hashes) if one not in given]
    given |= boxes.give_local_uids(key, new)
    held = turn.vault.sightings.held(key, LOCAL_VALIDITY)
    uids = tuple(given[one] for one in message.hashes)
    return LocalUidsGiven(
        id=message.id,
        origin=Origin(
            mailbox=message.mailbox,
            incarnation=incarnation,
            folder=key,
            uidvalidity=LOCAL_VALIDITY,
            pass_=folder.pass_,
        ),
        uids=uids,
        known=tuple(uid in held.here for uid in uids),
    )


def _opened_local(turn: Turn, key: FolderKey) -> KeptFolder:
    boxes = turn.vault.mailboxes
    folder = boxes.folder(key)
    assert folder is not None  # noqa: S101 - declared just now
    if folder.uidvalidity != LOCAL_VALIDITY:
        boxes.open_pass(key, uidvalidity=LOCAL_VALIDITY, renewed=False)
        folder = boxes.folder(key) or folder
    return folder
