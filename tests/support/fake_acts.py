"""What people do to mail and threads on the fake desk: marks, moves, snoozes, assignments, comments, undo."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from msgspec.structs import replace

from store.model.errors import BadRequest, Conflict, NotFound
from store.model.firm import Member, MemberRole
from store.model.ids import CommentId, EmailId, MemberKey, NoticeId, RequestId, ThreadId
from store.model.mailbox import MailboxView
from store.model.thread import SnoozeMark
from store.model.views import Comment, Done, MailFolder, NextUndo, NoticeKind, NoticeRow
from store.rules.mentions import missed
from store.rules.snooze import may_wait
from tests.support.fake_calls import FakePart, call, command
from tests.support.fake_mail import NOW, FakeMail

USES: Final = {"INBOX": "inbox", "Archive": "archive", "Sent": "sent", "Junk": "junk", "Trash": "trash"}
LONGEST: Final = 10_000

Set = TypeVar("Set")


@dataclass(frozen=True, slots=True)
class FakeUndo:
    """What takes an act back. `back` raises Conflict if it was changed since."""

    word: str
    back: Callable[[], None]
    affected: int
    threads: int
    batch: str


class FakeActs(FakePart):
    """See the module."""

    boxes: list[MailboxView]
    undos: list[FakeUndo]
    told: list[NoticeRow]

    # ---- Reading

    @call
    async def comments(self, thread: ThreadId) -> tuple[Comment, ...]:
        self._of_thread(thread)
        return tuple(self.firm.comments.get(thread, ()))

    @call
    async def mail_folders(self) -> tuple[MailFolder, ...]:
        local = {box.settings.address for box in self.boxes if box.settings.imap is None}
        served = {mail.mailbox for mail in self.firm.mails} | {box.settings.address for box in self.boxes}
        known = {(mail.mailbox, mail.folder) for mail in self.firm.mails}
        known |= {(mailbox, name) for mailbox in served for name in USES}
        folders = (MailFolder(mailbox=box, name=name, special_use=USES.get(name, "")) for box, name in known)
        return tuple(
            sorted(
                (folder for folder in folders if folder.mailbox not in local),
                key=lambda one: (one.mailbox, one.special_use != "inbox", one.special_use == "", one.name),
            )
        )

    @call
    async def next_undo(self) -> NextUndo | None:
        last = self._last()
        if not last:
            return None
        affected, threads = sum(one.affected for one in last), sum(one.threads for one in last)
        return NextUndo(word=last[0].word, affected=affected, threads=threads, at=NOW)

    def _last(self) -> list[FakeUndo]:
        """What one undo takes back, newest first."""
        found = self.undos[-1:]
        while found and found[0].batch:
            before = self.undos[-len(found) - 1 : -len(found)]
            if not before or before[0].batch != found[0].batch:
                break
            found += before
        return found

    # ---- Mail

    @command
    async def mark(
        self,
        request: RequestId,
        emails: Sequence[EmailId],
        *,
        threads: Sequence[ThreadId] = (),
        read: bool | None = None,
        starred: bool | None = None,
        passing: bool = False,
    ) -> Done:
        mails = self._chosen(emails, threads)
        before = [(mail, mail.read, mail.starred) for mail in mails]
        for mail in mails:
            mail.read = mail.read if read is None else read
            mail.starred = mail.starred if starred is None else starred
        if passing:
            self.announce("states_changed")
            return Done(done=True, affected=len(mails))

        def back() -> None:
            for mail, was_read, was_starred in before:
                mail.read, mail.starred = was_read, was_starred

        return self._did("mark", len(mails), back, kind="states_changed", threads=_threads(mails))

    @command
    async def archive(self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()) -> Done:
        return self._put_in("archive", self._chosen(emails, threads), "Archive")

    @command
    async def delete(self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()) -> Done:
        return self._put_in("delete", self._chosen(emails, threads), "Trash")

    @command
    async def move(
        self, request: RequestId, emails: Sequence[EmailId], folder: str, *, threads: Sequence[ThreadId] = ()
    ) -> Done:
        mails = self._chosen(emails, threads)
        known = {mail.folder for mail in self.firm.mails}
        if folder not in known and folder not in USES:
            raise BadRequest("no_such_folder")
        return self._put_in("move", mails, folder)

    @command
    async def spam(self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()) -> Done:
        return self._put_in("spam", self._chosen(emails, threads), "Junk")

    @command
    async def unspam(
        self,
        request: RequestId,
        emails: Sequence[EmailId] = (),
        *,
        threads: Sequence[ThreadId] = (),
        notices: Sequence[NoticeId] = (),
    ) -> Done:
        if notices:
            return self._rescue(notices)
        mails = [mail for mail in self._chosen(emails, threads) if mail.folder == "Junk"]
        return self._put_in("unspam", mails, "INBOX") if mails else Done(done=False, affected=0)

    def _rescue(self, notices: Sequence[NoticeId]) -> Done:
        """Their mail is moved; the notices go."""
        kept = [one for one in self.told if one.notice in notices and one.kind is NoticeKind.IN_SPAM]
        if len(kept) < len(set(notices)):
            raise NotFound
        self.told[:] = [one for one in self.told if one not in kept]
        self.announce("notices_kept")
        return Done(done=True, affected=len(kept))

    def _chosen(self, emails: Sequence[EmailId], threads: Sequence[ThreadId]) -> list[FakeMail]:
        if not emails and not threads:
            raise BadRequest("bad_value", field="emails")
        named = [self.mail(email) for email in emails]
        named += [mail for thread in threads for mail in self._of_thread(thread)]
        return list({mail.id: mail for mail in named}.values())

    def _put_in(self, name: str, mails: Sequence[FakeMail], folder: str) -> Done:
        before = [(mail, mail.folder) for mail in mails]
        for mail in mails:
            mail.folder = folder

        def back() -> None:
            for mail, was in before:
                mail.folder = was

        return self._did(name, len(before), back, threads=_threads(mails))

    # ---- Threads

    @command
    async def snooze(self, request: RequestId, thread: ThreadId, until: int | None) -> Done:
        if until is not None and not may_wait(until, now=NOW):
            raise BadRequest("bad_value", field="until")
        newest = self._of_thread(thread)[-1]
        before = self.firm.snoozed.pop(thread, None)
        if until is None and before is None:
            return Done(done=False, affected=0)
        if until is not None:
            self.firm.snoozed[thread] = SnoozeMark(email=newest.key, at=NOW, until=until)
        back = partial(_put_back, self.firm.snoozed, thread, before)
        return self._did("unsnooze" if until is None else "snooze", 1, back, kind="states_changed", thread=thread)

    @command
    async def assign(self, request: RequestId, thread: ThreadId, member: str | None) -> Done:
        mails = self._of_thread(thread)
        assignee = None if member is None else self._member(member)
        if assignee is not None and not self._may_see(assignee, mails):
            raise BadRequest("assignee_cannot_see", name=assignee.name)
        before = self.firm.assigned.pop(thread, None)
        if assignee is not None:
            self.firm.assigned[thread] = assignee.name
        if self.firm.assigned.get(thread) == before:
            return Done(done=False, affected=0)
        return self._did("assign", 1, partial(_put_back, self.firm.assigned, thread, before), thread=thread)

    def _member(self, ref: str) -> Member:
        for member in self.firm.members:
            if ref == member.member or ref.casefold() == member.name.casefold():
                return member
        raise NotFound

    def _may_see(self, member: Member, mails: Sequence[FakeMail]) -> bool:
        clients = {filing.client.client for mail in mails for filing in self.firm.filings(mail)}
        manages = member.role is not MemberRole.EMPLOYEE and bool(clients)
        return member == self.firm.owner or manages or not clients.isdisjoint(member.clients)

    @command
    async def comment(self, request: RequestId, thread: ThreadId, text: str) -> Done:
        newest = self._of_thread(thread)[-1]
        said = text.strip()
        if not said:
            raise BadRequest("bad_value", field="text")
        if len(said) > LONGEST:
            raise BadRequest("too_long")
        made = Comment(
            comment=CommentId(f"w{next(self.firm.serial)}"),
            at=NOW,
            by=self.firm.owner.name,
            text=said,
            email=newest.id,
        )
        kept = self.firm.comments.setdefault(thread, [])
        kept.append(made)
        done = self._did("comment", 1, lambda: kept.remove(made), kind="comments_changed", thread=thread)
        vain = missed(said, {MemberKey(n): one.name for n, one in enumerate(self.firm.members)}).nobody
        return replace(done, warning="names_nobody", about=f"@{vain[0]}") if vain else done

    # ---- Undo

    @command
    async def undo(self, request: RequestId) -> Done:
        last = self._last()
        if not last:
            raise BadRequest("nothing_to_undo")
        del self.undos[-len(last) :]
        affected, threads, refused = 0, 0, list[Conflict]()
        for one in last:
            try:
                one.back()
                affected += one.affected
                threads += one.threads
            except Conflict as changed:
                refused.append(changed)
        if len(refused) == len(last):
            raise refused[0]
        self.announce("threads_changed")
        warning = "some_changed" if refused else None
        return Done(done=True, affected=affected, undo=last[0].word, warning=warning, threads=threads)

    def _did(
        self,
        name: str,
        affected: int,
        back: Callable[[], None],
        *,
        kind: str = "threads_changed",
        thread: ThreadId | None = None,
        threads: int = 0,
    ) -> Done:
        batch, _slash, number = self.running.rpartition("/")
        threads = threads or int(thread is not None)
        self.undos.append(FakeUndo(name, back, affected, threads, batch if number.isdecimal() else ""))
        self.announce(kind, thread=thread)
        return Done(done=True, affected=affected, undo=name, threads=threads)


def _threads(mails: Sequence[FakeMail]) -> int:
    return len({mail.thread for mail in mails})


def _put_back(kept: dict[ThreadId, Set], thread: ThreadId, before: Set | None) -> None:
    kept.pop(thread, None)
    if before is not None:
        kept[thread] = before
