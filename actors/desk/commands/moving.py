"""Archive, delete, move ([S9a], [T2a]): only the copies in the actor's own mailboxes.

Here it is so at once: a copy is where it was aimed, a deleted one is gone. Its server is told, and may refuse; what was
carried is undone by a counter-change.
"""

from collections.abc import Sequence

from actors.desk.carrying import queue
from actors.desk.commands.ground import Act
from actors.desk.commands.inverses import Moved, Transferred, journalled
from actors.desk.commands.labelling import label, label_back, labels_of, out_of_inbox, put_under, use_of
from actors.desk.commands.queueing import give_all, is_local, own_copies, take_back
from actors.desk.commands.resolving import chosen_of, seen
from actors.desk.commands.undos import NOTHING, did, still, threads_of, unchanged
from store.model.errors import BadRequest
from store.model.ids import EmailKey, FolderKey, MailboxKey
from store.model.views import Done
from store.rules.permissions import Action
from store.vault.following import KeptChange
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.mailboxes import KeptFolder

INBOX, ARCHIVE, ALL, TRASH, JUNK = "inbox", "archive", "all", "trash", "junk"
_STAYS = frozenset({"sent", "drafts", ALL})  # copies that a move leaves, where there are others
_LEAVES = frozenset({TRASH, JUNK})  # not copied: who moves mail there sees it no more


class Folders:
    """The folders of the mailboxes that an act touches."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self._known: dict[MailboxKey, dict[FolderKey, KeptFolder]] = {}

    def of(self, mailbox: MailboxKey) -> dict[FolderKey, KeptFolder]:
        """Those that are listed."""
        if mailbox not in self._known:
            self._known[mailbox] = {one.folder: one for one in self._act.vault.mailboxes.folders(mailbox)}
        return self._known[mailbox]

    def at(self, here: KeptSighting) -> KeptFolder | None:
        """Where a copy is, as people see it."""
        return self.of(here.mailbox).get(here.folder if here.aim is None else here.aim)

    def use(self, here: KeptSighting) -> str:
        """What the folder serves for; "" for an ordinary one."""
        found = self.at(here)
        if found is not None and self.labelled(found):
            return use_of(self._act, here) or ALL
        return "" if found is None else found.special_use

    def labelled(self, folder: KeptFolder) -> bool:
        """Whether it holds all mail of its mailbox, and the other folders are labels."""
        return folder.special_use == ALL and any(one.label for one in self.of(folder.mailbox).values())

    def serving(self, mailbox: MailboxKey, *uses: str) -> KeptFolder | None:
        """The first folder for one of these uses."""
        listed = self.of(mailbox).values()
        return next((one for use in uses for one in listed if one.special_use == use), None)

    def named(self, mailbox: MailboxKey, name: str) -> KeptFolder | None:
        """By its name; INBOX has no case (RFC 9051)."""
        wanted = name.strip()
        for one in self.of(mailbox).values():
            if one.name == wanted or (one.special_use == INBOX and wanted.upper() == "INBOX"):
                return one
        return None


def archive(act: Act, *, emails: Sequence[str], threads: Sequence[str] = ()) -> Done:
    """Out of the inbox; the thread's state stays."""
    mails = own_of(act, emails, threads)
    folders = Folders(act)
    moves = [move for mail in mails for move in archived(act, mail, folders, only_inbox=False)]
    return transferred(act, "archive", moves)


def archived(act: Act, mail: KeptEmail, folders: Folders, *, only_inbox: bool) -> list[Moved]:
    """Inbox copies; where there are none, those in ordinary folders. Where no folder serves as archive: `only_inbox`
    leaves it, else it is said.
    """
    copies = own_copies(act, mail)
    chosen = [here for here in copies if folders.use(here) == INBOX]
    if not chosen and not only_inbox:
        chosen = [here for here in copies if folders.use(here) == ""]
    moves = []
    for here in chosen:
        at = folders.at(here)
        if at is not None and folders.labelled(at):
            moves += _given(out_of_inbox(act, mail, here))
            continue
        target = folders.serving(here.mailbox, ARCHIVE, ALL)
        if target is None and not only_inbox:
            raise BadRequest("no_such_folder")
        if target is not None:
            moves.append(move_copy(act, mail, here, target, use=ARCHIVE))
    return moves


def delete(act: Act, *, emails: Sequence[str], threads: Sequence[str] = ()) -> Done:
    """To the trash of each mailbox. The client's folder keeps what is filed."""
    mails = own_of(act, emails, threads)
    folders = Folders(act)
    moves = []
    for mail in mails:
        for here in own_copies(act, mail):
            target = folders.serving(here.mailbox, TRASH)
            if target is None and not is_local(act, here.mailbox):
                raise BadRequest("no_such_folder")
            moves.append(move_copy(act, mail, here, target, use=TRASH))
    return transferred(act, "delete", moves)


def move(act: Act, *, emails: Sequence[str], folder: str, threads: Sequence[str] = ()) -> Done:
    """To the folder of that name in each mailbox that has it."""
    mails = own_of(act, emails, threads)
    folders = Folders(act)
    moves: list[Moved] = []
    known = False
    for mail in mails:
        for mailbox in sorted({here.mailbox for here in own_copies(act, mail)}):
            target = folders.named(mailbox, folder)
            if target is not None:
                known = True
                moves += _into(act, mail, target, folders)
    if not known:
        raise BadRequest("no_such_folder")
    return transferred(act, "move", moves)


def _into(act: Act, mail: KeptEmail, target: KeptFolder, folders: Folders) -> list[Moved]:
    copies = [here for here in own_copies(act, mail) if here.mailbox == target.mailbox]
    if target.label:
        return [move for here in copies for move in _given(put_under(act, mail, here, target))]
    if folders.labelled(target):
        return [move for here in copies for move in _given(out_of_inbox(act, mail, here))]
    chosen = [here for here in copies if folders.use(here) not in _STAYS] or copies
    moving = [here for here in chosen if folders.at(here) != target]
    return [move_copy(act, mail, here, target, use=None) for here in moving]


def _given(move: Moved | None) -> list[Moved]:
    return [] if move is None else [move]


def own_of(act: Act, emails: Sequence[str], threads: Sequence[str]) -> list[KeptEmail]:
    """Those that lie in a mailbox of the actor's."""
    mails = act.turn.get(chosen_of(act, emails, threads))
    act.need(Action.CHANGE_SIGHTINGS)
    own = [mail for mail in mails if own_copies(act, mail)]
    if not own:
        raise BadRequest("not_in_your_mailbox")
    return own


def move_copy(act: Act, mail: KeptEmail, here: KeptSighting, target: KeptFolder | None, *, use: str | None) -> Moved:
    """One copy. `target` None: the trash of a mailbox that has none."""
    origin = here.folder if here.aim is None else here.aim
    leaves = target is None or target.special_use in _LEAVES
    removed = tuple(sorted(labels_of(act, here))) if leaves else ()
    change = 0
    if not is_local(act, here.mailbox):
        made = queue(
            act.turn, mail, here, maker=act.actor, target_use=use,
            target_folder=None if use is not None or target is None else target.folder,
        )  # fmt: skip
        act.queued.setdefault(here.mailbox, []).append(made)
        change = made.change
    here.aim = here.folder if target is None else target.folder  # brought in again, a deleted copy stays deleted
    here.gone_at, here.changed = act.now if leaves else None, True
    return Moved(
        sighting=here.sighting, email=mail.email, origin=origin, target=target.folder if target else origin,
        change=change, deleted=leaves, removed=removed,
    )  # fmt: skip


def transferred(act: Act, word: str, moves: list[Moved]) -> Done:
    if not moves:
        return NOTHING
    give_all(act)
    emails = list(dict.fromkeys(move.email for move in moves))
    announce_moved(act, emails)
    act.about = journalled("email", emails)
    return did(act, word, len(emails), Transferred(moves=tuple(moves)), threads=threads_of(act, emails))


def announce_moved(act: Act, emails: Sequence[EmailKey]) -> None:
    """Their rows show where their copies are."""
    for thread in sorted({mail.thread for mail in act.turn.get(emails)}):
        act.announce("states_changed", thread=thread, member=act.actor)


def transfer_back(act: Act, inverse: Transferred) -> int:
    """To where they were."""
    emails = move_back(act, inverse.moves)
    act.about = journalled("email", emails)
    return len(emails)


def move_back(act: Act, moves: Sequence[Moved]) -> list[EmailKey]:
    """Every copy, or none: if one is elsewhere by now, somebody moved it."""
    found = [(_mail_of(act, move), move) for move in moves]
    emails = list(dict.fromkeys(mail.email for mail, _move in found))
    for mail, done in found:
        _take_back(act, mail, _copy(act, mail, done), done)
    unchanged(_sees_all(act, emails, found))
    give_all(act)
    announce_moved(act, emails)
    return emails


def _sees_all(act: Act, emails: list[EmailKey], found: list[tuple[KeptEmail, Moved]]) -> bool:
    """As it is with the copies back: a deleted mail is seen through nothing else."""
    kept = {mail.email for mail, _move in found if own_copies(act, mail)}
    others = [email for email in emails if email not in kept]
    return len(seen(act, others)) == len(others)


def _mail_of(act: Act, move: Moved) -> KeptEmail:
    email = act.vault.emails.resolve(move.email)
    return still(None if email is None else act.turn.one(email))


def _copy(act: Act, mail: KeptEmail, move: Moved) -> KeptSighting:
    """The copy that was moved, still where the act put it: itself, or the one that came there."""
    own = [s for s in mail.sightings if s.mailbox in act.scope.mailboxes]
    there = [s for s in own if s.gone_at is None and s.aim is None and s.folder == move.target and not move.deleted]
    same = [s for s in own if s.sighting == move.sighting]
    fits = [s for s in same if _is_where_put(act, s, move)] or there
    unchanged(fits)
    return fits[0]


def _is_where_put(act: Act, here: KeptSighting, move: Moved) -> bool:
    if move.deleted:
        return here.gone_at is not None and (_waits(act, here, move) is not None or _left(act, here, move))
    return here.gone_at is None and (here.aim == move.target or (here.aim is None and here.folder == move.target))


def _left(act: Act, here: KeptSighting, move: Moved) -> bool:
    """Carried, and it is known to where; or a local mailbox's, which went nowhere."""
    place = act.vault.sightings.left_at(here.sighting)
    return move.change == 0 or (place is not None and place[0] == move.target)


def _waits(act: Act, here: KeptSighting, move: Moved) -> KeptChange | None:
    return next((change for change in act.turn.changes_for(here) if change.change == move.change), None)


def _take_back(act: Act, mail: KeptEmail, here: KeptSighting, move: Moved) -> None:
    if move.labelled:
        label_back(act, mail, here, move)
        return
    waiting = _waits(act, here, move)
    if waiting is not None and not waiting.told:
        take_back(act, waiting)
        here.aim = None if move.origin == here.folder or move.left is not None else move.origin
        if move.left is not None:
            act.vault.sightings.leave_at(here.sighting, move.left)
    elif move.change == 0:
        here.aim = None if move.origin == here.folder else move.origin
    else:
        _counter(act, mail, here, move)
    here.gone_at, here.changed = act.now if move.was_gone else None, True


def _counter(act: Act, mail: KeptEmail, here: KeptSighting, move: Moved) -> None:
    """It is on its way or there: the way back is another change, from where it is."""
    place = act.vault.sightings.left_at(here.sighting)
    change = queue(act.turn, mail, here, maker=act.actor, target_folder=move.origin)
    if place is not None:
        act.vault.changes.aim(here.sighting, folder=place[0], uidvalidity=place[1], uid=place[2])
        act.vault.sightings.forget_place(here.sighting)
    act.queued.setdefault(here.mailbox, []).append(change)
    here.aim = move.origin
    label(act, mail, here, move.removed)
