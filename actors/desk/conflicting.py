"""Acts that a server could not do as they were meant: followed, dropped and told to their maker, never guessed.

What they end as is `rules.conflicts`; here it is kept. A change is either waiting, done, or told to be dropped.
"""

from typing import Final

from actors.desk.flagging import FLAGGED, SEEN
from actors.desk.turn import Turn
from actors.messages import Carried
from store.model.ids import FolderKey
from store.model.labels import INBOX
from store.model.ledger import Depth, Outcome
from store.model.uidset import UidSet
from store.model.views import NoticeKind
from store.rules.conflicts import End, Spot, after_loss
from store.rules.sync_plan import skip_of
from store.vault.following import KeptChange, NewAnnouncement
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.mailboxes import OUTBOX_VALIDITY, KeptFolder

Place = tuple[FolderKey, int, int]  # folder, UIDVALIDITY, UID

FEW: Final = 20  # of one mailbox on one day: told one by one; more are counted
TRASH: Final = "trash"
_WORDS: Final = {SEEN: ("read", "unread"), FLAGGED: ("star", "unstar")}


def lost(turn: Turn, mail: KeptEmail, here: KeptSighting, change: KeptChange, message: Carried) -> None:
    """Its UID is gone: somebody else moved or deleted the copy, or an earlier try of ours did. That it has left its
    place is told by the look that follows.
    """
    spots = _spots(turn, mail, here, message.found)
    thrown = any(_hidden(turn, spot.folder) for spot in spots)  # there is no label in the trash
    moves = change.moves or (change.labels and thrown)
    end, spot = after_loss(spots, moves=moves, deletes=change.target_use == TRASH, target=message.new_folder)
    if end is not End.FOLLOWS:
        turn.vault.changes.remove((change.change,))
    if change.moves:
        _end_move(turn, here, change, done=end is End.DONE)
    if thrown or (change.labels and end is End.DROPPED):
        _drop_labels(turn, mail, here, spot, told=change.labels)
    if spot is not None:
        if end is not End.DONE:
            here.gone_at = here.gone_at or turn.now if _hidden(turn, spot.folder) else None
        settle_at(turn, here, (spot.folder, spot.uidvalidity, spot.uid))
    if end is End.DROPPED:
        stands = None if spot is None else turn.vault.mailboxes.folder(spot.folder)
        refused(turn, mail, change, cause="gone" if spot is None else "moved", folder=stands)


def stale(turn: Turn, mail: KeptEmail, here: KeptSighting, change: KeptChange) -> None:
    """The folder has another UIDVALIDITY. Once it was looked at, the copy is recognised, or has left."""
    folder = turn.vault.mailboxes.folder(change.folder)
    if folder is not None and change.place == (here.folder, here.uidvalidity, here.uid):
        looked_at = folder.uidvalidity != change.uidvalidity and renewal_over(turn, folder)
        if skip_of(folder.special_use) is None and not looked_at:
            turn.vault.changes.park(change.change)
            return
    drop_renumbered(turn, mail, here, change)


def renewal_over(turn: Turn, folder: KeptFolder) -> bool:
    """Whether everything under the present UIDVALIDITY has been seen."""
    if folder.closed_pass < folder.renewed_pass:
        return False
    if not folder.renewed_pass:
        return True
    ranges = turn.vault.ledger.ranges(folder.folder, folder.uidvalidity)
    return not any(entry.outcome is Outcome.PENDING for _, _, entry in ranges)


def drop_renumbered(turn: Turn, mail: KeptEmail, here: KeptSighting, change: KeptChange) -> None:
    """The copy was not recognised under the new UIDVALIDITY."""
    turn.vault.changes.remove((change.change,))
    if change.moves:
        _end_move(turn, here, change, done=False)
    refused(turn, mail, change, cause="renumbered")


def _end_move(turn: Turn, here: KeptSighting, change: KeptChange, *, done: bool) -> None:
    """The copy is aimed nowhere any more, unless a later act does so; what undid a dropped one has nothing to undo."""
    waiting = turn.vault.changes.of_sightings((here.sighting,)).get(here.sighting, [])
    later = [other for other in waiting if other.moves and other.change != change.change]
    if not done:
        turn.vault.changes.remove(other.change for other in later)
    if not (done and later):
        here.aim, here.changed = None, True
    turn.queued.pop(here.sighting, None)


def _drop_labels(turn: Turn, mail: KeptEmail, here: KeptSighting, spot: Spot | None, *, told: bool) -> None:
    """A move to a label takes several changes: what is dropped is dropped whole, and told once. `told`: by the change
    that brought this up.
    """
    waiting = turn.vault.changes.of_sightings((here.sighting,)).get(here.sighting, [])
    labels = [other for other in waiting if other.labels]
    turn.vault.changes.remove(other.change for other in labels)
    turn.queued.pop(here.sighting, None)
    if labels and not told:
        stands = None if spot is None else turn.vault.mailboxes.folder(spot.folder)
        refused(turn, mail, labels[0], cause="gone" if spot is None else "moved", folder=stands)


def _spots(turn: Turn, mail: KeptEmail, here: KeptSighting, found: tuple[Place, ...]) -> list[Spot]:
    """Where the server has copies of this mail; where it found none, what the ledger knows."""
    for folder, uidvalidity, uid in found:
        turn.get(turn.vault.sightings.emails_at(folder, uidvalidity, (uid,)).values())
    places = {place: turn.at(*place) for place in found}
    spots = [
        Spot(
            folder=place[0],
            uidvalidity=place[1],
            uid=place[2],
            known=there is not None and there.gone_at is None,
            after=there is not None and there.sighting == here.moved_to,
        )
        for place, there in places.items()
        if there is None or there.email == mail.email
    ]
    return spots or [_spot(here, other) for other in _others(mail, here)]


def _others(mail: KeptEmail, here: KeptSighting) -> list[KeptSighting]:
    own = [other for other in mail.present() if other.mailbox == here.mailbox and other is not here]
    return [other for other in own if other.uidvalidity != OUTBOX_VALIDITY]


def _spot(here: KeptSighting, other: KeptSighting) -> Spot:
    after = other.sighting == here.moved_to
    return Spot(folder=other.folder, uidvalidity=other.uidvalidity, uid=other.uid, known=True, after=after)


def _hidden(turn: Turn, key: FolderKey) -> bool:
    """Whether mail in this folder is not copied."""
    folder = turn.vault.mailboxes.folder(key)
    return folder is not None and skip_of(folder.special_use) is not None


def settle_at(turn: Turn, here: KeptSighting, place: Place) -> None:
    """A copy is known to stand there; what waits for it follows."""
    target = turn.vault.mailboxes.folder(place[0])
    if target is None:
        return
    turn.get(turn.vault.sightings.emails_at(place[0], place[1], (place[2],)).values())
    there = turn.at(*place)
    if there is here:
        return
    if there is not None or here.gone_at is not None or place[1] != target.uidvalidity:
        if here.gone_at is None:
            here.gone_at, here.changed = turn.now, True
            here.moved_to = None if there is None else there.sighting
        turn.vault.sightings.leave_at(here.sighting, place)
        turn.vault.changes.aim(here.sighting, folder=place[0], uidvalidity=place[1], uid=place[2])
        _hand_over(turn, here, there)
        return
    turn.move(here, folder=place[0], uidvalidity=place[1], uid=place[2])
    here.pass_ = target.pass_
    turn.vault.ledger.put(place[0], place[1], UidSet.of((place[2],)), None)
    if here.here is Depth.HEADERS and here.wanted is Depth.WHOLE:
        turn.want(here)


def _hand_over(turn: Turn, here: KeptSighting, there: KeptSighting | None) -> None:
    """The copy was seen at its new place before: the acts on it are acts on that."""
    if there is None or there.email != here.email:
        return
    turn.vault.changes.hand_over(here.sighting, there.sighting)
    turn.queued.pop(here.sighting, None)
    turn.queued.pop(there.sighting, None)
    if here.aim is not None:
        there.aim, there.changed = here.aim, True
        here.aim = None


# ---- What is told


def refused(
    turn: Turn, mail: KeptEmail | None, change: KeptChange, *, cause: str, folder: KeptFolder | None = None
) -> None:
    """Its maker learns what was not done, to which mail, and why. Very many at once are one notice."""
    kind, day = NoticeKind.CHANGE_DROPPED, turn.now - turn.now % 86_400
    notices = turn.vault.notices
    if notices.told_since(change.maker, kind, mailbox=change.mailbox, since=day) >= FEW:
        about = f"changes {change.mailbox} {day // 86_400}"
        told = notices.count_up(change.maker, kind, about=about, mailbox=change.mailbox, more=1, at=turn.now)
    else:
        arguments: dict[str, str | int] = {"cause": cause, "act": act_of(change)}
        if folder is not None:
            arguments["folder"] = folder.name
        told = notices.add(
            change.maker, kind, at=turn.now, email=None if mail is None else mail.email,
            about=f"change {change.change}", mailbox=change.mailbox, arguments=arguments,
        )  # fmt: skip
    if told:
        turn.told.append(NewAnnouncement("notices_kept", member=change.maker))


def act_of(change: KeptChange) -> str:
    """What somebody did: archive, trash (delete), junk, inbox, move; read, unread, star, unstar, flag."""
    if change.moves:
        return change.target_use or "move"
    if change.labels:
        return "archive" if change.flags_remove == INBOX else "move"
    for flag, (on, off) in _WORDS.items():
        if flag in change.flags_add.split():
            return on
        if flag in change.flags_remove.split():
            return off
    return "flag"
