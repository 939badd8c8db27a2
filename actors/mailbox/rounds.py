"""Rounds: looking at all folders of a mailbox, the inbox first, one look at a time; and bodies that a person waits for.

Must not decide what is missing (rules.sync_plan) or what is wanted (the desk).
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import msgspec

from actors.clock import Clock
from actors.mailbox.chunks import AHEAD
from actors.mailbox.door import MailboxDoor
from actors.mailbox.line import Line
from actors.mailbox.looking import FolderWork, Look, Stage, as_status
from actors.mailbox.progress import Told
from actors.mailbox.reading import Reading
from actors.mailbox.requests import OpenRequests
from actors.messages import (
    Classify,
    ClosePass,
    DeclareFolders,
    Deposit,
    Deposited,
    FolderSeen,
    Opened,
    OpenPass,
    Origin,
    Wanted,
)
from actors.switchboard import CLASSIFIER, DESK
from providers.errors import Refused, Unavailable
from providers.protocols import FlagsOf, ListedFolder, MailSource
from store.model.ids import DepositId, FolderKey
from store.model.labels import folder_label
from store.model.ledger import FailReason, Present, SkipReason
from store.model.mailbox import MailboxScope
from store.model.record import Record
from store.model.uidset import UidSet
from store.rules import sync_steps as step
from store.rules.spam_watch import WATCHED_SECONDS
from store.rules.sync_plan import applied
from store.rules.sync_steps import NONE, Known, Wants

FRESH: Final = 5.0  # seconds that what LIST said of a folder's state holds
POLL: Final = 30.0  # seconds until folders that are not watched are asked again ([S6])
GLANCED: Final = 50  # copies left over that may be fetched on the watch's connection, which watches nothing meanwhile
INBOX: Final = "inbox"
ALL: Final = "all"
ORDER: Final = {INBOX: 0, "sent": 1, "archive": 2, ALL: 2}


class Rounds:
    """See the module."""

    def __init__(
        self,
        door: MailboxDoor,
        line: Line,
        requests: OpenRequests,
        *,
        told: Told,
        clock: Clock,
        tell: Callable[[str, Record], object],
    ) -> None:
        self.door = door
        self.tell = tell
        self.line = line
        self.requests = requests
        self.told = told
        self.clock = clock
        self.reading = Reading(self)
        self.folders: dict[FolderKey, FolderWork] = {}
        self.look: Look | None = None
        self.trouble: str | None = None  # code of what was refused in this round
        self.retry = False  # a person asked for this round: what has failed is tried again
        self.held = False  # the line is wanted for a question: no more is asked for before it
        self.looked = False  # the server has answered since that was last told
        self._queue: deque[FolderWork] = deque()
        self._again = False  # a whole round is wanted
        self._listed: list[ListedFolder] = []
        self._offered: list[ListedFolder] = []  # others' folders that nobody has chosen
        self._listed_at = 0.0
        self._declaring: DepositId | None = None
        self._poll_at = 0.0
        self._done = 0  # copies of this round's looks that are over
        self._by_number = False  # copies of one mail are known by their number, before their bodies are read
        self.main = INBOX  # use of the folder in which new mail is seen

    # ------------------------------------------------------------ what is asked of it
    def look_at_all(self) -> None:
        """Look at every folder, after the round that is under way."""
        self._again = True

    def stirred(self) -> None:
        """Something happened in the inbox: it is next."""
        for work in self.folders.values():
            if work.listed.special_use == self.main:
                self._next(work)

    def tick(self, monotonic: float) -> None:
        """Ask the other folders by turns."""
        if self.line.up and monotonic >= self._poll_at:
            self._poll_at = monotonic + POLL
            self.look_at_all()

    def wanted(self, message: Wanted) -> None:
        """The desk wants more of a folder."""
        work = self.folders.get(message.folder)
        uids = UidSet.parse(message.uids)
        if work is None or work.known.uidvalidity != message.uidvalidity:
            return
        if message.urgent:
            work.urgent |= uids
        elif message.pending:
            self._fetch_more(work, pending=uids)
        else:
            self._fetch_more(work, wanting=uids)

    def _fetch_more(self, work: FolderWork, *, wanting: UidSet = NONE, pending: UidSet = NONE) -> None:
        """In the look under way, if it fetches; else what is put into `known` makes the next look happen."""
        look = self.look if self.look is not None and self.look.work is work else None
        if look is not None and look.stage is Stage.FETCHING:
            look.chunks.want(wanting)
            look.chunks.pend(pending)
            look.total += len(wanting) + len(pending)
            return
        if look is not None:
            look.known = _with(look.known, wanting, pending)
        work.known = _with(work.known, wanting, pending)
        self.look_at(work)

    def fetch_first(self, work: FolderWork, uids: UidSet) -> None:
        """Before the rest of what is pending, in whichever folder it lies."""
        work.first |= uids
        if self.look is not None and self.look.work is work:
            self.look.chunks.first |= uids
        elif uids and work in self._queue and not any(one.stirred for one in self._queue):
            self._queue.remove(work)
            self._queue.appendleft(work)

    def look_at(self, work: FolderWork) -> None:
        """Something was put into this folder; what is put under a label stands in All Mail."""
        if work.label:
            work = next((one for one in self.folders.values() if one.listed.special_use == self.main), work)
        work.told = None
        if work not in self._queue and not work.label:
            self._queue.append(work)

    def _next(self, work: FolderWork) -> None:
        work.told, work.stirred = None, True
        if work in self._queue:
            self._queue.remove(work)
        self._queue.appendleft(work)

    # ------------------------------------------------------------ where it stands
    @property
    def starting(self) -> bool:
        """Whether the next slice begins a new round."""
        return self._again and self.look is None and not self._queue and self._declaring is None

    @property
    def over(self) -> bool:
        """Whether everything that was wanted has been done and answered."""
        return not (self._again or self._queue or self.look or self._declaring or len(self.requests))

    def came_online(self) -> None:
        """A new connection: nothing of the old one holds."""
        self._poll_at = self.clock.monotonic() + POLL
        self.look_at_all()

    def went_offline(self) -> None:
        """The connection is gone. Deposits under way are answered all the same; what was not handed over is given back:
        only an unclean end counts against a copy.
        """
        self._give_back()
        self.looked = False
        self.reading.stop()
        self.look = None
        self._queue.clear()
        self._declaring = None
        for work in self.folders.values():
            work.told = None

    def abandon(self, code: str) -> None:
        """The server will not do what this look needs: the other folders can be looked at all the same."""
        self.trouble = code
        self._give_back()
        self.reading.stop()
        self.look = None

    def _give_back(self) -> None:
        """What a look had begun with, and has not handed over."""
        if self.look is not None and self.look.origin is not None:
            given_back = self.look.chunks.raised | self.reading.unread
            if given_back:
                self.deposit(self.look, given_back=str(given_back))

    @property
    def person_waits(self) -> bool:
        """Whether somebody waits for a body, or the line is wanted: nothing more is begun before it."""
        return self.held or any(work.urgent for work in self.folders.values())

    # ------------------------------------------------------------ slices
    def urgent(self) -> bool:
        """Fetch a body that a person waits for, before anything else."""
        if self.reading.busy:
            return False  # the connection is in the middle of an answer
        for work in self.folders.values():
            if work.urgent:
                self.reading.urgent(work)
                return True
        return False

    def slice(self) -> bool:
        """One slice of the round; whether there is more to do at once."""
        if self.reading.busy:
            return self.reading.slice()
        if self.look is None:
            self.line.give_back()
        if self.starting:
            self._declare()
            return False
        if self._declaring is not None:
            return False
        if self.look is None:
            return self._begin_look()
        return self._go_on(self.look)

    def _declare(self) -> None:
        self._again, self.trouble, self._done = False, None, 0
        self._listed = self._list_folders()
        self._listed_at = self.clock.monotonic()
        self.looked = True
        self.line.inbox = next((folder.name for folder in self._listed if folder.special_use == "inbox"), None)
        gmail = self.line.source.capabilities.gmail
        labelled = gmail and any(folder.special_use == ALL for folder in self._listed)
        self.main, self._by_number = ALL if labelled else INBOX, gmail and not labelled
        self._declaring = self.requests.new_id()
        declared = DeclareFolders(
            id=self._declaring,
            mailbox=self.door.mailbox,
            incarnation=self.door.incarnation,
            folders=tuple(
                FolderSeen(
                    name=one.name,
                    raw=one.raw,
                    delimiter=one.delimiter,
                    special_use=one.special_use,
                    label=folder_label(one.raw, one.special_use) if labelled else "",
                )
                for one in self._listed
            ),
            offered=tuple(
                FolderSeen(name=one.name, raw=one.raw, delimiter=one.delimiter, special_use="") for one in self._offered
            ),
        )
        self.requests.send(DESK, declared, now=self.clock.monotonic())

    def _list_folders(self) -> list[ListedFolder]:
        """Without them nothing can be looked at: a server that refuses even that is away."""
        chosen = self.door.settings.shared
        try:
            found = [folder for folder in self.line.source.folders(status=True) if folder.selectable]
        except Refused as error:
            raise Unavailable("busy") from error
        self._offered = [folder for folder in found if folder.shared and folder.name not in chosen]
        return [folder for folder in found if folder not in self._offered]

    def opened(self, message: Opened) -> None:
        """What the ledger knows, of all folders or of the one that is opened."""
        self.requests.answered(message.id)
        if message.id == self._declaring:
            self._declaring = None
            self._know(message.folders)
        elif self.look is not None and message.id in self.look.open and message.folders:
            self.look.open.discard(message.id)
            self._opened(self.look, message.folders[0])

    def _know(self, told: tuple[Present, ...]) -> None:
        before, self.folders = self.folders, {}
        for listed, present in zip(self._listed, told, strict=True):
            work = before.get(present.folder) or FolderWork(present.folder, listed, Known.of(present))
            work.listed, work.told, work.pass_ = listed, listed.status, present.pass_
            work.label = folder_label(listed.raw, listed.special_use) if self.main == ALL else ""
            work.known, work.headers_first = Known.of(present), self._by_number or present.renewing
            self.folders[work.folder] = work
        looked_at = (work for work in self.folders.values() if not work.label)
        self._queue.extend(
            sorted(looked_at, key=lambda work: ORDER.get(work.listed.special_use, 3)),
        )

    def _begin_look(self) -> bool:
        if not self._queue:
            return False
        work = self._queue.popleft()
        try:
            retry = self.retry and bool(work.known.failed)
            if not retry and self._stands(work):
                return True
            look = (None if retry else self._glance(work)) or self._opening(work)
            self.looked, work.stirred = True, False
            if not retry and work.unchanged(as_status(look.selected)):
                return True
        except Refused as error:
            self.trouble = error.code  # this folder cannot be opened; the others can
            return True
        self.look = look
        request = OpenPass(
            id=self.requests.new_id(),
            mailbox=self.door.mailbox,
            incarnation=self.door.incarnation,
            folder=work.folder,
            uidvalidity=look.selected.uidvalidity,
            uidnext=look.selected.uidnext,
            retry=self.retry,
        )
        look.open.add(request.id)
        self.requests.send(DESK, request, now=self.clock.monotonic())
        return False

    def _opening(self, work: FolderWork) -> Look:
        known = work.known
        selected = self.line.select(work, anew=True, qresync=(known.uidvalidity, known.highestmodseq))
        return Look(work, selected, known, self._wants(work))

    def _glance(self, work: FolderWork) -> Look | None:
        """Of new mail alone: what else happened is left to the next look, which asks from the same modseq on."""
        known = work.known
        little = len(known.pending) + len(known.due) + len(known.wanting) <= GLANCED
        found = self.line.glance(work) if work.stirred and little and known.highestmodseq else None
        if found is None:
            return None
        if found.selected.uidvalidity != known.uidvalidity:
            self.line.give_back()
            return None
        selected = msgspec.structs.replace(
            found.selected,
            highestmodseq=known.highestmodseq,
            uidnext=max(known.uidnext, found.selected.uidnext),
            changes=None,
        )
        return Look(work, selected, known, self._wants(work), source=found.source, uids=found.uids)

    def at(self, look: Look) -> MailSource:
        """The connection on which this look's folder is open."""
        if look.source is not None:
            return look.source
        self.line.select(look.work)
        return self.line.source

    def _stands(self, work: FolderWork) -> bool:
        """Whether a look would find nothing. Of the selected folder STATUS may tell what it told last (RFC 9051,
        6.3.11), but the server tells by itself what happens in it. So the inbox is opened, and then left open: a server
        that has a folder open knows its state at once, where Dovecot reads through all of it for STATUS.
        """
        told, work.told = work.told, None
        if work.stirred:
            return False
        if self.line.holds(work):
            selected = self.line.still(work)
            return selected is not None and work.unchanged(as_status(selected))
        if work.listed.special_use == self.main:
            return False
        if work.skip is None and not self.line.source.capabilities.condstore:
            return False  # flags may have changed whatever STATUS says
        if told is None or self.clock.monotonic() - self._listed_at > FRESH:
            told = self.line.source.status(work.listed)
        return work.unchanged(told)

    def _wants(self, work: FolderWork) -> Wants:
        whole = self.door.settings.scope is MailboxScope.WHOLE and not work.headers_first
        return Wants(skip=work.skip, whole=whole)

    def _opened(self, look: Look, present: Present) -> None:
        work = look.work
        work.pass_ = present.pass_
        look.known = work.known = Known.of(present)
        work.headers_first = self._by_number or present.renewing
        look.wants = self._wants(work)
        look.origin = Origin(
            mailbox=self.door.mailbox,
            incarnation=self.door.incarnation,
            folder=work.folder,
            uidvalidity=look.selected.uidvalidity,
            pass_=present.pass_,
        )
        look.stage = Stage.TELLING

    def _go_on(self, look: Look) -> bool:
        match look.stage:
            case Stage.OPENING:
                return False
            case Stage.TELLING:
                return self._tell_one(look)
            case Stage.FETCHING:
                return self._fetch(look)

    # ------------------------------------------------------------ telling the desk what the server has
    def _tell_one(self, look: Look) -> bool:
        if look.flags is not None:
            self._tell_flags(look, look.flags)
            return True
        if not look.planned:
            self._outside_history(look, look.new)
            look.plan(look.uids)
        if not look.steps:
            self._begin_fetching(look)
            return True
        match look.steps.popleft():
            case step.Renew():
                look.known = Known(uidvalidity=look.selected.uidvalidity)
            case step.ListUids():
                self._list(look)
            case step.Announce() as told:
                self._announce(look, told)
            case step.FetchFlags() as wanted:
                since = wanted.changed_since or 0
                look.flags = self.at(look).flags(None if since else wanted.uids, changed_since=since)
            case step.TellFlags():
                look.flags = look.told_flags()
            case step.ClosePass() as end:
                self._close(look, end)
            case step.FetchCopies():
                pass  # the chunks cut them as credit allows
        return True

    def _list(self, look: Look) -> None:
        uids = self.at(look).uids()
        self._outside_history(look, uids - look.known.listed)
        look.plan(uids)

    def _outside_history(self, look: Look, new: UidSet) -> None:
        """Of UIDs that are not copied yet the server says which are older than is wanted; that may have changed."""
        since = self.door.settings.history_from
        waiting = new | look.known.pending | look.known.failed
        if look.wants.skip is SkipReason.SPAM_FOLDER and waiting:
            recent = self.at(look).uids(since=int(self.clock.now()) - WATCHED_SECONDS)
            look.wants = Wants(skip=look.wants.skip, whole=False, watched=waiting & recent)
        if since is None or look.wants.skip is not None or not waiting:
            return
        outside = waiting - self.at(look).uids(since=since)
        look.wants = Wants(skip=None, whole=look.wants.whole, outside_history=outside)

    def _announce(self, look: Look, told: step.Announce) -> None:
        look.known = applied(look.known, told)
        first = bool(told.pending) and look.all_told and look.wants.fetches
        if first:
            look.begin_chunks()  # so that the first copies are asked for as soon as this is answered
        self.deposit(
            look,
            pending=str(told.pending),
            skipped=tuple((str(uids), str(reason)) for reason, uids in told.skipped),
            gone=str(told.gone),
            ahead=AHEAD if first else 0,
        )
        if told.gone and look.work.listed.special_use == self.main:
            self.look_at_all()  # what left the inbox may have been moved to a folder that nobody watches

    def _tell_flags(self, look: Look, chunks: Iterator[list[FlagsOf]]) -> None:
        chunk = next(chunks, None)
        if chunk is None:
            look.flags = None
            return
        kept = look.known.flagged
        flags = tuple((one.uid, one.flags) for one in chunk if one.uid in kept)
        if flags:
            self.deposit(look, flags=flags)

    def _close(self, look: Look, end: step.ClosePass) -> None:
        assert look.origin is not None  # noqa: S101 - set when the pass was opened
        request = ClosePass(
            id=self.requests.new_id(), origin=look.origin, highestmodseq=end.highestmodseq, uidnext=end.uidnext
        )
        look.open.add(request.id)
        self.requests.send(DESK, request, now=self.clock.monotonic())

    def _begin_fetching(self, look: Look) -> None:
        look.stage = Stage.FETCHING
        look.begin_chunks()
        if look.wants.fetches:
            look.total = look.chunks.left

    # ------------------------------------------------------------ fetching copies
    def _fetch(self, look: Look) -> bool:
        self.told.work(done=self._done + look.done, total=self._done + look.total, folder=look.work.listed.name)
        if look.wants.fetches and not look.chunks.over:
            if look.chunks.stalled:
                self.deposit(look, ahead=AHEAD)
            if self.requests.credit > 0 and (chunk := look.chunks.pop()) is not None:
                self.reading.begin(look, chunk)
                return True
            return False
        if look.open:
            return False
        self._done += look.done
        self._end(look)
        return True

    def _end(self, look: Look) -> None:
        """The look is over: what the ledger knows now is asked for again only when something changes."""
        work, self.look = look.work, None
        work.first = NONE
        known = look.known
        work.known = Known(
            uidvalidity=look.selected.uidvalidity,
            highestmodseq=look.selected.highestmodseq,
            uidnext=look.selected.uidnext,
            here=known.here | known.pending | known.due,
            left=known.left,
            skipped=known.skipped,
            failed=known.failed - known.due,
        )

    def deposit(
        self,
        look: Look,
        *,
        pending: str = "",
        skipped: tuple[tuple[str, str], ...] = (),
        failed: tuple[tuple[str, str], ...] = (),
        gone: str = "",
        flags: tuple[tuple[int, tuple[str, ...]], ...] = (),
        given_back: str = "",
        ahead: int = 0,
    ) -> None:
        """A deposit without copies, straight to the desk."""
        assert look.origin is not None  # noqa: S101 - set when the pass was opened
        request = self.requests.new_id()
        told = Deposit(
            id=request,
            origin=look.origin,
            pending=pending,
            skipped=skipped,
            failed=failed,
            gone=gone,
            flags=flags,
            given_back=given_back,
            handing=look.chunks.raise_next(request, count=ahead) if ahead else "",
        )
        look.open.add(request)
        self.requests.send(DESK, told, now=self.clock.monotonic())

    # ------------------------------------------------------------ answers
    def deposited(self, message: Deposited) -> None:
        """The desk has written a deposit: there is credit again, and perhaps more is wanted."""
        request = self.requests.answered(message.id)
        look = self.look
        if look is not None and message.id in look.open:
            look.open.discard(message.id)
            look.chunks.answered(message.id)
            if isinstance(request, Classify):
                look.done += len(request.copies)
        if message.wanting and (work := self.folders.get(message.folder)) is not None:
            self._fetch_more(work, wanting=UidSet.parse(message.wanting))
        for folder, uids in message.pending:
            if (work := self.folders.get(folder)) is not None:
                self._fetch_more(work, pending=UidSet.parse(uids))

    def blamed(self, guilty: DepositId) -> None:
        """An actor died with this deposit in hand: after two such ends its copies are handed over one by one, and
        what ends badly twice alone has failed.
        """
        found = self.requests.blame(guilty)
        request = None if found is None else found[1]
        if found is None or found[0] < 2 or not isinstance(request, Classify):
            return
        self.requests.answered(guilty)
        alone: list[Classify | Deposit]
        if len(request.copies) == 1:
            failed = ((str(request.copies[0].uid), FailReason.CRASHED.value),)
            alone = [Deposit(id=self.requests.new_id(), origin=request.origin, failed=failed, handing=request.handing)]
        else:
            alone = [
                Classify(
                    id=self.requests.new_id(),
                    origin=request.origin,
                    copies=(copy,),
                    authserv_id=request.authserv_id,
                    handing=request.handing if number == 0 else "",
                    alone=True,
                )
                for number, copy in enumerate(request.copies)
            ]
        self._instead(guilty, alone)

    def _instead(self, guilty: DepositId, requests: list[Classify | Deposit]) -> None:
        look = self.look
        if look is not None and guilty in look.open:
            look.open.discard(guilty)
            look.open.update(request.id for request in requests)
            if guilty in look.chunks.raising:
                look.chunks.raising[requests[0].id] = look.chunks.raising.pop(guilty)
        for request in requests:
            to = CLASSIFIER if isinstance(request, Classify) else DESK
            self.requests.send(to, request, now=self.clock.monotonic())


def _with(known: Known, wanting: UidSet, pending: UidSet) -> Known:
    """More is wanted than the ledger said; what is pending was passed over before."""
    return replace(
        known,
        wanting=known.wanting | wanting,
        pending=known.pending | pending,
        skipped=known.skipped - pending,
    )
