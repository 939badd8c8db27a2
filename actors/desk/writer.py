"""The desk's writer: one method for each message, each one transaction. What the DeskActor runs, without its thread.

It never waits and never parses; what is to be posted comes back and goes out after the commit.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from actors.clock import Clock
from actors.desk import carrying, file_words, passes, saving, sending
from actors.desk.adopting import adopt
from actors.desk.anchoring import anchor
from actors.desk.auditing import compare
from actors.desk.book import Book
from actors.desk.depositing import Depositing, take_waiting
from actors.desk.erasing import erase_due
from actors.desk.following import follow, open_errands, tell_cause
from actors.desk.leaving import purge, sweep
from actors.desk.letting_go import let_go_due
from actors.desk.parting import part_due
from actors.desk.renewing import Renewal
from actors.desk.seeing_off import see_off
from actors.desk.settling import GRACE_SECONDS, Settling, want_copies
from actors.desk.stance import reckon_people
from actors.desk.telling import gave_up, keep_errand, mailbox_told, other_signed_in, tell_late, tell_unsynced
from actors.desk.turn import Turn
from actors.desk.waking import wake
from actors.messages import (
    Announced,
    AppendDone,
    AppendNoted,
    AskChanges,
    AskSent,
    AttachmentsStaged,
    AuditTold,
    BodyAway,
    BodyFailed,
    BodyHere,
    Carried,
    ClosePass,
    DeclareFolders,
    Deposit,
    Deposited,
    EmailsFiled,
    ErrandDone,
    FilesFound,
    FilesRead,
    GaveUp,
    LocalUids,
    MailAnswered,
    MailBegun,
    MailboxTold,
    MailDue,
    MailStumbled,
    Opened,
    OpenPass,
    OtherSignedIn,
    SenderCleared,
    SenderStarted,
    TakeMail,
    WantBody,
)
from actors.switchboard import FRONT, NOTIFIER, OUTBOX, mailbox_name, sender_name
from store.model.ids import EmailKey, FolderKey, MailboxKey, MemberKey
from store.model.ledger import Depth
from store.model.record import Record
from store.model.uidset import UidSet
from store.vault.following import NewAnnouncement
from store.vault.mailboxes import KeptFolder, KeptMailbox
from store.vault.migrate import drop_copies
from store.vault.vault import Vault

DAY: Final = 86_400
ANNOUNCED_DAYS: Final = 7
ANSWERS_DAYS: Final = 30
UNDO_SECONDS: Final = DAY
PURGED_AT_ONCE: Final = 1_000  # documents
SETTLED_AT_ONCE: Final = 250  # past emails in one slice: some 50 ms
FOLDED_PAGES: Final = 100
MOST_UNFOLDED: Final = 200  # parts of the index, one of each deposit: from there on some are folded after each


class DeskWriter:
    """See the module. `jitter` is chance from 0 up to 1. `tells` are posted by whoever runs this, after each call."""

    def __init__(
        self,
        vault: Vault,
        clock: Clock,
        *,
        jitter: Callable[[], float],
        chance: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.vault = vault
        self.clock = clock
        self._jitter, self._chance = jitter, chance
        self.book = Book(vault)
        self.tells: list[tuple[str, Record]] = []
        self._renewals: dict[FolderKey, Renewal] = {}
        self._senders: dict[MailboxKey, str] = {}  # run of each one that has begun
        self._waited_for: set[EmailKey] = set()
        self._purged_on = 0
        self._unsynced: frozenset[MemberKey] = frozenset()  # who was told that they have no mailbox
        self._folding = True
        self._unfolded = 0  # deposits since the index was last folded
        self._erasing = False
        self._unlogging = True  # an office before may have been killed before it could
        vault.on_rollback(self._forget)

    def _forget(self) -> None:
        self.book = Book(self.vault)
        self._renewals.clear()

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """One transaction, all or nothing. At its end everything is written and its announcements are kept; after the
        commit its messages go out and its book is the writer's.
        """
        turn = Turn(self.vault, self.book, int(self.clock.now()))
        with self.vault.transaction():
            yield turn
            turn.finish()
            see_off(turn)
            saving.stir(turn)
            seq = self.vault.announcements.add(turn.told, at=turn.now)
        if self.vault.collections.owing:
            self.vault.collections.carry_out()
        if self.vault.shelf.owing:
            self.vault.shelf.carry_out()
        self.book = turn.book
        self.tells += turn.tells
        if seq:
            self.tells.append((FRONT, Announced(seq=seq)))

    # ---- What mailboxes say

    def declare(self, message: DeclareFolders) -> Opened | Deposited:
        """All folders of a mailbox."""
        with self.turn() as turn:
            if self._mailbox(turn, message.mailbox, message.incarnation) is None:
                return Deposited(id=message.id, folder=FolderKey(0), accepted=False)
            return Opened(id=message.id, folders=passes.declare(turn, message))

    def open_pass(self, message: OpenPass) -> Opened | Deposited:
        """A look at one folder begins."""
        with self.turn() as turn:
            folder = self._folder(turn, message.folder, message.mailbox, message.incarnation)
            if folder is None:
                return Deposited(id=message.id, folder=message.folder, accepted=False)
            opened = passes.open_pass(turn, message, folder, jitter=self._jitter())
            if opened.uidvalidity != folder.uidvalidity:
                self._renewals.pop(folder.folder, None)
            known = passes.present(self.vault, opened, now=turn.now, retry=message.retry)
            return Opened(id=message.id, folders=(known,))

    def close_pass(self, message: ClosePass) -> Deposited:
        """A look has told all it saw."""
        origin = message.origin
        with self.turn() as turn:
            folder = self._folder(turn, origin.folder, origin.mailbox, origin.incarnation)
            if folder is None:
                return Deposited(id=message.id, folder=origin.folder, accepted=False)
            passes.close_pass(turn, message, folder, self._renewal(folder))
            return Deposited(id=message.id, folder=origin.folder)

    def deposit(self, message: Deposit) -> Deposited:
        """Everything a batch has to say."""
        answer = self._deposit(message)
        if message.copies:
            self._folding = True
            self._unfolded += 1
        if self._unfolded > MOST_UNFOLDED:
            self.idle()
        return answer

    def _deposit(self, message: Deposit) -> Deposited:
        origin = message.origin
        with self.turn() as turn:
            mailbox = self._mailbox(turn, origin.mailbox, origin.incarnation)
            folder = self._folder(turn, origin.folder, origin.mailbox, origin.incarnation)
            if mailbox is None or folder is None:
                return Deposited(id=message.id, folder=origin.folder, accepted=False)
            return Depositing(
                turn,
                message,
                mailbox=mailbox,
                folder=folder,
                renewal=self._renewal(folder),
                waited_for=self._waited_for,
                jitter=self._jitter(),
            ).do()

    def local_uids(self, message: LocalUids) -> None:
        """UIDs for imported copies. The answer goes to the mailbox."""
        with self.turn() as turn:
            mailbox = turn.book.mailboxes.get(message.mailbox)
            if mailbox is not None and mailbox.kind == "local":
                given = passes.local_uids(turn, message, incarnation=mailbox.incarnation)
                turn.tell(mailbox_name(message.mailbox), given)

    def told(self, message: MailboxTold) -> None:
        """State and progress of a mailbox."""
        with self.turn() as turn:
            mailbox = self._mailbox(turn, message.mailbox, message.incarnation)
            if mailbox is not None:
                mailbox_told(turn, mailbox, message.progress)

    def audit(self, message: AuditTold) -> None:
        """The server's side of an audit: compared, kept, and told to whoever asked."""
        with self.turn() as turn:
            mailbox = turn.book.mailboxes.get(message.mailbox)
            if mailbox is None:
                return
            done = compare(self.vault, message, address=mailbox.address)
            if message.error_code is None:
                self.vault.audits.keep(
                    message.mailbox,
                    at=turn.now,
                    server=sum(line.server for line in done.lines),
                    store=sum(line.store for line in done.lines),
                    missing=sum(len(UidSet.parse(",".join(line.missing))) for line in done.lines),
                    failed=sum(line.failed for line in done.lines),
                )
                turn.told.append(NewAnnouncement("audit_told", mailbox=message.mailbox))
            turn.tell(FRONT, done)

    # ---- People's changes on their way

    def give_changes(self, message: AskChanges) -> None:
        with self.turn() as turn:
            if self._mailbox(turn, message.mailbox, message.incarnation) is not None:
                carrying.give(turn, message.mailbox)

    def carried(self, message: Carried) -> None:
        with self.turn() as turn:
            if self._mailbox(turn, message.mailbox, message.incarnation) is not None:
                carrying.carried(turn, message)

    # ---- Mail on its way out

    def open_outbox(self) -> None:
        with self.turn() as turn:
            turn.tell(OUTBOX, sending.unfinished(turn))

    def mail_due(self, message: MailDue) -> None:
        with self.turn() as turn:
            sending.due(turn, message.outbox)

    def sender_started(self, message: SenderStarted) -> None:
        """Only the first word of a run ends what the sender before it had begun."""
        with self.turn() as turn:
            if self._senders.get(message.mailbox) != message.run:
                sending.sender_started(turn, message.mailbox, jitter=self._jitter())
            turn.tell(sender_name(message.mailbox), SenderCleared(run=message.run))
        self._senders[message.mailbox] = message.run

    def take_mail(self, message: TakeMail) -> None:
        with self.turn() as turn:
            sending.take(turn, message)

    def mail_begun(self, message: MailBegun) -> bool:
        """The one question that an actor waits for: answered after the commit."""
        with self.turn() as turn:
            return sending.begin(turn, message.outbox, message.attempt)

    def mail_settled(self, message: MailAnswered | MailStumbled) -> None:
        with self.turn() as turn:
            sending.settle(turn, message, jitter=self._jitter())

    def ask_sent(self, message: AskSent) -> None:
        with self.turn() as turn:
            sending.give_sent(turn, message)

    def append_noted(self, message: AppendNoted) -> None:
        with self.turn() as turn:
            sending.append_noted(turn, message)

    def append_done(self, message: AppendDone) -> None:
        with self.turn() as turn:
            sending.append_done(turn, message)

    # ---- Bodies that somebody waits for

    def want_body(self, message: WantBody) -> None:
        """Its copies are wanted whole. A reader of an unfiled email needs the copy of their own mailbox."""
        with self.turn() as turn:
            key = self.vault.emails.resolve(message.email)
            mail = None if key is None else turn.one(key)
            if mail is None:
                turn.tell(FRONT, BodyAway(email=message.email, code="not_found"))
                return
            missing = [seen for seen in mail.present() if seen.here is not Depth.WHOLE]
            if mail.whole and (mail.filings or not missing):
                turn.tell(FRONT, BodyHere(email=message.email))
                return
            if not missing:
                turn.tell(FRONT, BodyAway(email=message.email, code="gone"))
                return
            for seen in missing:
                seen.asked, seen.changed = True, True
            turn.know_texts((mail,))
            want_copies(turn, mail)
            turn.urgent |= turn.wanted.keys()
            self._waited_for |= {message.email, mail.email}

    def body_failed(self, message: BodyFailed) -> None:
        with self.turn() as turn:
            folder = self.vault.mailboxes.folder(message.folder)
            if folder is None:
                return
            found = self.vault.sightings.emails_at(message.folder, folder.uidvalidity, (message.uid,))
            for waited in take_waiting(turn, self._waited_for, set(found.values())):
                turn.tell(FRONT, BodyAway(email=waited, code=message.code))

    # ---- What follows

    def open_errands(self) -> None:
        with self.turn() as turn:
            turn.tell(NOTIFIER, EmailsFiled(errands=open_errands(turn, None)))

    def errand_done(self, message: ErrandDone) -> None:
        with self.turn() as turn:
            keep_errand(turn, message)

    def open_saving(self) -> None:
        with self.turn() as turn:
            saving.give(turn)

    def attachments_staged(self, message: AttachmentsStaged) -> None:
        with self.turn() as turn:
            saving.staged(turn, message)

    def open_files(self) -> None:
        with self.turn() as turn:
            file_words.give(turn)
        self._folding = True

    def files_found(self, message: FilesFound) -> None:
        with self.turn() as turn:
            adopt(turn, message)

    def files_read(self, message: FilesRead) -> None:
        with self.turn() as turn:
            file_words.keep(turn, message)
        self._folding = True

    def gave_up(self, message: GaveUp) -> None:
        with self.turn() as turn:
            gave_up(turn, message)

    def other_signed_in(self, message: OtherSignedIn) -> None:
        """Told once, however often it comes."""
        with self.turn() as turn:
            other_signed_in(turn, message)

    def settle_past(self) -> bool:
        """A slice of past mail that an act settles again; whether there is more."""
        with self.turn() as turn:
            waiting = self.vault.hands.waiting(SETTLED_AT_ONCE)
            if waiting is None:
                return False
            cause, emails = waiting
            settle_again(turn, emails, Settling(turn, cause=cause, grace=self.vault.meta.number(GRACE_SECONDS)))
            if self.vault.hands.settled(emails, cause):
                tell_cause(turn, cause)
            self.vault.hands.drop_idle_causes()
        return True

    def let_go(self) -> bool:
        """A slice of what mailboxes do not keep any more; whether there may be more."""
        if not self.vault.skipped.due(int(self.clock.now()), 1):
            return False
        with self.turn() as turn:
            gone = let_go_due(turn)
        with self.vault.transaction():
            self.vault.addresses.drop_unused(gone)
        if gone:
            self._erasing = self._unlogging = True
        return True

    def part(self) -> bool:
        """A slice of what leaves with a mailbox that was stopped or begins anew; whether there may be more."""
        if not self.vault.partings.due(1):
            return False
        with self.turn() as turn:
            gone = part_due(turn)
        with self.vault.transaction():
            self.vault.addresses.drop_unused(gone)
        self._erasing = self._unlogging = True
        return True

    def erase(self) -> bool:
        """A slice of a client that is erased; whether there may be more."""
        client = self.vault.erasures.due()
        if client is None:
            return False
        with self.turn() as turn:
            gone = erase_due(turn, client)
        with self.vault.transaction():
            self.vault.addresses.drop_unused(gone)
        if self.vault.erasures.due() is None:
            with self.vault.transaction():
                self.vault.addresses.drop_unused(self.vault.addresses.all())
            drop_copies(self.vault.path)
        self._erasing = self._unlogging = True
        return True

    def tick(self) -> None:
        """Once a second or so: what is due by the clock, and a slice of folding the index when nothing else is on."""
        day = int(self.clock.now()) // DAY
        if day != self._purged_on:
            self._purge(day)
        with self.turn() as turn:
            tell_late(turn)
            unsynced = tell_unsynced(turn, self._unsynced)
            wake(turn)
            sweep(turn)
        self._unsynced = unsynced

    def _purge(self, day: int) -> None:
        with self.turn() as turn:
            self.vault.announcements.drop_before(turn.now - ANNOUNCED_DAYS * DAY)
            self.vault.answers.drop_before(turn.now - ANSWERS_DAYS * DAY)
            self.vault.undos.drop_before(turn.now - UNDO_SECONDS)
            self.vault.outbox.drop_sent_files(before=turn.now - ANSWERS_DAYS * DAY)
            dropped = self.vault.shelf.aside_before(turn.now - UNDO_SECONDS, PURGED_AT_ONCE)
            self.vault.shelf.drop(dropped)
            self.vault.shelf.forget_staged(before=turn.now - DAY)
            self.vault.notes.drop_gone_before(turn.now - UNDO_SECONDS)
            anchor(turn, chance=self._chance)
            taken = purge(turn)
        self.vault.shelf.sweep()
        if taken or dropped:
            self._erasing = self._unlogging = True
        if not taken:
            self._purged_on = day

    def idle(self) -> bool:
        """A slice of merging the index, so that one look goes through few parts of it and deleted words leave the file,
        and then the log of the database; whether there is more.
        """
        if self._folding or self._erasing:
            with self.vault.transaction():
                self._folding = self.vault.contents.fold(FOLDED_PAGES, begin=self._erasing)
                self._folding |= self.vault.shelf.words.fold(FOLDED_PAGES, begin=self._erasing)
            self._erasing = False
            if not self._folding:
                self._unfolded = 0
        elif self._unlogging:
            self._unlogging = not self.vault.database.empty_log()
        return self._folding

    # ---- Whose news it is

    def _mailbox(self, turn: Turn, mailbox: MailboxKey, incarnation: int) -> KeptMailbox | None:
        """None for an older incarnation: it is no longer the one."""
        kept = turn.book.mailboxes.get(mailbox)
        return kept if kept is not None and kept.incarnation == incarnation else None

    def _folder(self, turn: Turn, folder: FolderKey, mailbox: MailboxKey, incarnation: int) -> KeptFolder | None:
        if self._mailbox(turn, mailbox, incarnation) is None:
            return None
        kept = self.vault.mailboxes.folder(folder)
        return kept if kept is not None and kept.mailbox == mailbox else None

    def _renewal(self, folder: KeptFolder) -> Renewal | None:
        """The old copies of a folder whose UIDVALIDITY changed, as long as some are left."""
        if not folder.renewed_pass:
            return None
        known = self._renewals.get(folder.folder)
        if known is None or known.uidvalidity != folder.uidvalidity:
            known = self._renewals[folder.folder] = Renewal(self.vault, folder.folder, folder.uidvalidity)
        return known or None


def settle_again(turn: Turn, emails: list[EmailKey], settling: Settling, *, marks_changed: bool = False) -> None:
    """Known emails, after an act: whose own addresses they bear may have changed too."""
    for mail in turn.get(emails):
        reckon_people(mail, turn.book)
    settling.settle(emails, marks_changed=marks_changed)
    follow(turn, settling, mailbox=None)
