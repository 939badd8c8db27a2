"""A deposit: everything a batch has to say, in one transaction ([S8]). Late news loses; a repeat changes nothing.

Must not wait, and must not parse: copies come read, with what they are evidence of.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from actors.desk.counting import count_servers
from actors.desk.deputizing import hand_over, keep_private
from actors.desk.flagging import flags_text, notice_flags
from actors.desk.following import follow
from actors.desk.joining import join
from actors.desk.judging import Judging
from actors.desk.leaving import end_renewal, gone
from actors.desk.naming import name_of
from actors.desk.placing import Placing
from actors.desk.renewing import Renewal
from actors.desk.sent import SENT, notice_sent, with_answered
from actors.desk.settling import GRACE_SECONDS, Settling, want_copies
from actors.desk.skipping import pass_over, tell_again, want_again
from actors.desk.turn import Turn
from actors.desk.watching import JUNK, left_spam, watch_spam
from actors.messages import BodyHere, Deposit, Deposited, SeenCopy
from actors.switchboard import FRONT
from store.model.copy import Copy, Unreadable
from store.model.ids import EmailKey
from store.model.labels import SENT as SENT_LABEL
from store.model.ledger import FailReason, Outcome, SkipReason
from store.model.mailbox import MailboxScope
from store.model.uidset import UidSet
from store.rules.backoff import retry_at
from store.vault.kept import KeptSighting
from store.vault.ledger import LINKED, PENDING, Entry
from store.vault.mailboxes import OUTBOX_VALIDITY, KeptFolder, KeptMailbox

UNCLEAN_ENDS: Final = 2  # after so many a copy is handled alone, and after so many alone it has failed
MOST_FAILS: Final = 16  # the delay no longer grows


class Depositing:
    """One deposit in its turn. `waited_for` are emails whose bodies somebody waits for."""

    def __init__(
        self,
        turn: Turn,
        deposit: Deposit,
        *,
        mailbox: KeptMailbox,
        folder: KeptFolder,
        renewal: Renewal | None,
        waited_for: set[EmailKey],
        jitter: float,
    ) -> None:
        self._turn = turn
        self._vault = turn.vault
        self._deposit = deposit
        self._origin = deposit.origin
        self._mailbox = mailbox
        self._folder = folder
        self._renewal = renewal
        self._waited_for = waited_for
        self._jitter = jitter
        self._known: UidSet | None = None

    def do(self) -> Deposited:
        """Write it all; what the mailbox is answered."""
        deposit, origin, turn = self._deposit, self._origin, self._turn
        settling = Settling(turn, grace=self._vault.meta.number(GRACE_SECONDS))
        if origin.uidvalidity != self._folder.uidvalidity:
            self._only_contents(settling)
        else:
            self._ranges()
            self._copies(settling)
            self._flags()
            if deposit.gone:
                gone(turn, origin, UidSet.parse(deposit.gone))
                if self._folder.special_use == JUNK:
                    left_spam(turn, origin, UidSet.parse(deposit.gone))
            if self._renewal is not None:
                end_renewal(turn, self._folder, self._renewal)
            self._hand_over()
        follow(turn, settling, mailbox=origin.mailbox)
        return self._answer()

    # ---- The ledger's ranges

    def _ranges(self) -> None:
        deposit = self._deposit
        if deposit.pending:
            self._put(UidSet.parse(deposit.pending), PENDING, new_only=True)
        for uids, reason in deposit.skipped:
            self._put(UidSet.parse(uids), Entry(Outcome.SKIPPED, SkipReason(reason)))
            self._vault.skipped.drop(self._origin.folder, self._origin.uidvalidity, UidSet.parse(uids))
        for uids, why in deposit.failed:
            self._fail(UidSet.parse(uids), FailReason(why))

    def _put(self, uids: UidSet, entry: Entry, *, new_only: bool = False) -> None:
        folder, uidvalidity = self._origin.folder, self._origin.uidvalidity
        left = uids - self._sighted()
        if new_only:
            ranges = self._vault.ledger.ranges(folder, uidvalidity)
            left -= UidSet((a, b) for low, high in left.ranges for a, b, _ in ranges.within(low, high))
        self._vault.ledger.put(folder, uidvalidity, left, entry)

    def _sighted(self) -> UidSet:
        """The UIDs that are sightings, here or gone."""
        if self._known is None:
            held = self._vault.sightings.held(self._origin.folder, self._origin.uidvalidity)
            self._known = held.here.uids() | held.gone.uids()
        return self._known

    def _fail(self, uids: UidSet, reason: FailReason) -> None:
        place = (self._origin.folder, self._origin.uidvalidity)
        fail(self._turn, place, uids - self._sighted(), reason, jitter=self._jitter)

    def _hand_over(self) -> None:
        """Their tries are raised durably, before it happens: whoever ends the office is known at its next start."""
        origin = self._origin
        if self._deposit.given_back:
            uids = UidSet.parse(self._deposit.given_back)
            self._vault.ledger.given_back(origin.folder, origin.uidvalidity, uids, alone_from=UNCLEAN_ENDS)
        if self._deposit.handing:
            uids = UidSet.parse(self._deposit.handing)
            self._vault.ledger.handed(origin.folder, origin.uidvalidity, uids, alone_from=UNCLEAN_ENDS)

    # ---- Copies

    def _copies(self, settling: Settling) -> None:
        copies = {seen.copy.uid: seen for seen in self._deposit.copies}
        read = {uid: seen.copy for uid, seen in copies.items() if isinstance(seen.copy, Copy)}
        for seen in copies.values():
            if isinstance(seen.copy, Unreadable):
                self._fail(UidSet.of((seen.copy.uid,)), FailReason(seen.copy.reason))
        if self._folder.special_use == JUNK:
            pairs = {uid: (copies[uid], copy) for uid, copy in read.items()}
            watch_spam(self._turn, self._origin, self._mailbox, pairs, UidSet.of(copies) - self._sighted())
            return
        of_sent = self._folder.special_use == SENT or any(SENT_LABEL in seen.flags for seen in copies.values())
        for uid in self._passed_over(read, of_sent=of_sent):
            del copies[uid], read[uid]
        placing = Placing(self._turn, self._origin, self._mailbox, self._renewal, of_sent=of_sent)
        linked = self._linked(read)
        placing.place(list(copies.values()), read)
        count_servers(self._turn, self._mailbox, placing.new)
        settling.past |= {here.email for uid in linked if (here := self._at(uid)) is not None}
        answers = with_answered(self._turn, self._origin, placing.placed)
        joined = dict.fromkeys((*placing.joined, *answers))
        join(self._turn, [self._turn.mails[key] for key in joined if key in self._turn.mails])
        notice_sent(self._turn, self._origin, self._folder, placing.placed)
        keep_private(self._turn, placing.placed)
        settling.settle(key for key in placing.placed if key in self._turn.mails)
        hand_over(self._turn, placing.placed)
        self._tell_bodies(placing.placed)

    def _linked(self, uids: Iterable[int]) -> list[int]:
        """Those that somebody's act brings in."""
        ranges = self._vault.ledger.ranges(self._origin.folder, self._origin.uidvalidity)
        return [uid for uid in uids if (known := ranges.at(uid)) is not None and known.reason == LINKED.reason]

    def _at(self, uid: int) -> KeptSighting | None:
        return self._turn.at(self._origin.folder, self._origin.uidvalidity, uid)

    def _passed_over(self, read: Mapping[int, Copy], *, of_sent: bool) -> list[int]:
        """What a mailbox that keeps client mail only does not keep. A place that is known goes on."""
        whole = self._mailbox.scope is not MailboxScope.CLIENTS
        if self._origin.uidvalidity == OUTBOX_VALIDITY or (whole and not self._vault.erasures.any()):
            return []
        seen = {one.copy.uid: one for one in self._deposit.copies}
        sighted = self._sighted()
        new = {uid: (seen[uid], copy) for uid, copy in read.items() if uid not in sighted}
        if whole:  # of which only what was erased does not come back
            new = {uid: one for uid, one in new.items() if self._is_erased(*one)}
        kept = Judging(self._turn, self._origin, self._mailbox, of_sent=of_sent).kept(new)
        passed = {uid: one for uid, one in new.items() if uid not in kept}
        pass_over(self._turn, self._origin, passed)
        self._vault.skipped.drop(self._origin.folder, self._origin.uidvalidity, UidSet.of(kept))
        return list(passed)

    def _is_erased(self, seen: SeenCopy, copy: Copy) -> bool:
        """One of its addresses, or itself, was erased with a client ([C10])."""
        texts = () if seen.evidence is None else {text for _role, text in seen.evidence.addresses}
        message_id = copy.headers.message_id
        names = () if message_id is None else (name_of(message_id),)
        return self._vault.erasures.erased(addresses=texts, names=names)

    def _tell_bodies(self, emails: Iterable[EmailKey]) -> None:
        mails = self._turn.mails
        here = {key for key in emails if key in mails and mails[key].whole}
        for waited in take_waiting(self._turn, self._waited_for, here):
            self._turn.tell(FRONT, BodyHere(email=waited))

    def _only_contents(self, settling: Settling) -> None:
        """The folder has another UIDVALIDITY meanwhile: bodies of sightings that are still known under the old one."""
        read = {seen.copy.uid: seen for seen in self._deposit.copies if isinstance(seen.copy, Copy)}
        known = self._vault.sightings.emails_at(self._origin.folder, self._origin.uidvalidity, read)
        copies = {uid: seen.copy for uid, seen in read.items() if uid in known and isinstance(seen.copy, Copy)}
        placing = Placing(self._turn, self._origin, self._mailbox, None)
        placing.place([read[uid] for uid in copies], copies)
        join(self._turn, [self._turn.mails[key] for key in placing.joined if key in self._turn.mails])
        settling.settle(key for key in placing.placed if key in self._turn.mails)
        self._tell_bodies(placing.placed)

    def _flags(self) -> None:
        told = dict(self._deposit.flags)
        if not told:
            return
        origin, turn = self._origin, self._turn
        turn.get(self._vault.sightings.emails_at(origin.folder, origin.uidvalidity, told).values())
        for uid, flags in told.items():
            here = turn.at(origin.folder, origin.uidvalidity, uid)
            if here is not None:
                was_gone = here.gone_at is not None
                mail = turn.mails[here.email]
                notice_flags(turn, mail, here, flags_text(flags), pass_=origin.pass_)
                if was_gone and here.gone_at is None:
                    want_copies(turn, mail)

    def _answer(self) -> Deposited:
        """What is wanted of this folder goes with the answer, the rest to its own mailbox."""
        origin = self._origin
        place = (origin.mailbox, origin.folder, origin.uidvalidity)
        wanting = UidSet.of(self._turn.wanted.pop(place, set()))
        again = want_again(self._turn)
        own = again.pop(origin.mailbox, {})
        tell_again(self._turn, again)
        pending = tuple((folder, str(uids)) for folder, uids in sorted(own.items()) if uids)
        return Deposited(id=self._deposit.id, folder=origin.folder, wanting=str(wanting), pending=pending)


def take_waiting(turn: Turn, waited_for: set[EmailKey], emails: Collection[EmailKey]) -> list[EmailKey]:
    """The keys waited for that stand for one of these: a body may make what was asked for an alias."""
    found = sorted(key for key in waited_for if turn.vault.emails.resolve(key) in emails) if emails else []
    waited_for.difference_update(found)
    return found


def fail(turn: Turn, place: tuple[int, int], uids: UidSet, reason: FailReason, *, jitter: float) -> None:
    """These of a folder (key, UIDVALIDITY) have failed; each is tried again with growing delay."""
    if uids:
        due = {fails: retry_at(fails, now=turn.now, jitter=jitter) for fails in range(1, MOST_FAILS + 1)}
        turn.vault.ledger.fail(*place, uids, reason, due=due)
