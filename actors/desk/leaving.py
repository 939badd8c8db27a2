"""What happens when copies leave their server ([S9a]), and what goes for good after its time.

Filed copies stay with the client, their sighting marked gone. An unfiled private copy goes with its last sighting,
thirty days later.
"""

from typing import Final

from actors.desk.carrying import give_renewed
from actors.desk.conflicting import drop_renumbered, renewal_over
from actors.desk.flagging import DELETED, flags_text
from actors.desk.following import tell_gone
from actors.desk.renewing import Renewal
from actors.desk.turn import Turn
from actors.messages import Origin
from store.model.uidset import UidSet
from store.rules.notices import said_as_many
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.mailboxes import KeptFolder

KEPT_SECONDS: Final = 30 * 86_400
SLICE: Final = 500


def gone(turn: Turn, origin: Origin, uids: UidSet) -> None:
    """These UIDs are no longer listed. Late news loses; one that a person deleted here is gone already."""
    vault = turn.vault
    held = vault.sightings.held(origin.folder, origin.uidvalidity)
    known, expunged = uids & held.here.uids(), uids & held.left.uids()
    vault.ledger.put(origin.folder, origin.uidvalidity, uids - known - expunged, None)
    vault.skipped.drop(origin.folder, origin.uidvalidity, uids - known - expunged)
    turn.get(vault.sightings.emails_at(origin.folder, origin.uidvalidity, known | expunged).values())
    left = 0
    for uid in expunged:
        here = turn.at(origin.folder, origin.uidvalidity, uid)
        if here is not None and here.pass_ <= origin.pass_:
            _expunged(here)
    for uid in known:
        here = turn.at(origin.folder, origin.uidvalidity, uid)
        if here is not None and here.pass_ <= origin.pass_ and here.gone_at is None:
            leave(turn, turn.mails[here.email], here, pass_=origin.pass_)
            left += turn.mails[here.email].mailboxes().isdisjoint({origin.mailbox})
    if said_as_many(left):
        tell_gone(turn, origin.mailbox, left)


def leave(turn: Turn, mail: KeptEmail, here: KeptSighting, *, pass_: int) -> None:
    """One copy is gone; where it went is known if another one came there before."""
    here.gone_at, here.pass_, here.changed = turn.now, pass_, True
    _expunged(here)
    later = [s for s in mail.present() if s.mailbox == here.mailbox and s.sighting > here.sighting]
    here.moved_to = max((s.sighting for s in later), default=None)


def _expunged(here: KeptSighting) -> None:
    """Not even its flags are left: a look no longer counts on it."""
    here.flags = flags_text(set(here.flags.split()) - {DELETED})
    here.changed = True


def end_renewal(turn: Turn, folder: KeptFolder, renewal: Renewal) -> None:
    """Once a look under the new UIDVALIDITY has told all UIDs and nothing is pending, old copies that were not seen
    again have left. Nothing is told of them ([S9]) but to whom had done something to them that no server knows.
    """
    give_renewed(turn, folder)
    if not renewal or not renewal_over(turn, folder):
        return
    for mail in turn.get(sorted(renewal.left())):
        for seen in mail.sightings:
            if seen.folder == folder.folder and seen.uidvalidity != folder.uidvalidity:
                _left_unseen(turn, mail, seen)
    renewal.clear()


def _left_unseen(turn: Turn, mail: KeptEmail, seen: KeptSighting) -> None:
    for change in turn.vault.changes.of_sightings((seen.sighting,)).get(seen.sighting, []):
        if change.uidvalidity == seen.uidvalidity and turn.vault.changes.get(change.change) is not None:
            drop_renumbered(turn, mail, seen, change)
    if seen.gone_at is None:
        leave(turn, mail, seen, pass_=seen.pass_)
    else:
        _expunged(seen)


def sweep(turn: Turn) -> bool:
    """A slice of the copies in a folder that its server no longer lists; whether there may be more. What a renamed
    folder holds has come under its new name, or will.
    """
    folder = turn.vault.mailboxes.missing()
    if folder is None:
        return False
    mails = turn.get(turn.vault.sightings.present_in(folder.folder, SLICE))
    if not mails:
        turn.vault.mailboxes.swept(folder.folder)
    left = 0
    for mail in mails:
        for seen in [s for s in mail.present() if s.folder == folder.folder]:
            leave(turn, mail, seen, pass_=seen.pass_)
        left += mail.mailboxes().isdisjoint({folder.mailbox})
    if said_as_many(left):
        tell_gone(turn, folder.mailbox, left)
    return True


def purge(turn: Turn) -> int:
    """Take out what has been gone for its time: private copies, and places from which filed ones went elsewhere."""
    due = turn.now - KEPT_SECONDS
    mails = turn.get(turn.vault.sightings.left_before(due, SLICE))
    taken = 0
    for mail in mails:
        old = [seen for seen in mail.sightings if seen.gone_at is not None and seen.gone_at < due]
        last = not mail.present()
        for seen in old:
            if last and mail.filings:
                continue  # where it came from stays known
            turn.take_out(mail, seen)
            taken += 1
    return taken
