"""What people do on the made-up desk: each act changes what a test made, is told, and can be taken back."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from actors.desk.api import Wording
from store.model.address import Person
from store.model.document import Document
from store.model.errors import BadRequest, NotFound
from store.model.firm import Client, Member, MemberRole
from store.model.ids import ClientId, CommentId, DocumentId, EmailId, MemberId, MemberKey, NoticeId, RequestId, ThreadId
from store.model.outbox import Answering, Draft, Proposal, Sender
from store.model.thread import ThreadState
from store.model.views import ClientMade, ClientName, Comment, Done, MailFolder, NextUndo
from store.rules.mentions import missed
from tests.support.fake_calls import call, command

if TYPE_CHECKING:
    from tests.screens.desk import Made, ShownDesk

NOW = 1_764_000_000
FOLDERS = (("INBOX", "inbox"), ("Archive", "archive"), ("Projects", ""), ("Junk", "junk"))
PEOPLE = ("Ana Olmo", "Vera Vega", "Bruno Soto")


class ShownActs:
    """See the module. `undone` are (word, threads, batch, what takes it back)."""

    undone: list[tuple[str, int, str, Callable[[], None]]]
    kept_parts: set[tuple[EmailId, int, str | None]]

    @property
    def _desk(self) -> "ShownDesk":
        return cast("ShownDesk", self)

    # ------------------------------------------------------------ documents
    @command
    async def save_attachment(
        self, request: RequestId, email: EmailId, n: int, *, client: str | None = None
    ) -> Document:
        mail = next(mail for made in self._desk.made for mail in made.mails if mail.email == email)
        part = next(part for part in mail.parts if part.n == n)
        known = (email, n, client) in self.kept_parts
        self.kept_parts.add((email, n, client))
        return Document(
            document=DocumentId(f"d{n}"),
            client=ClientId(client or ""),
            name=part.name,
            size=part.size,
            sha256="",
            at=0,
            known=known,
        )

    # ------------------------------------------------------------ reading
    @call
    async def members(self) -> tuple[Member, ...]:
        return tuple(
            Member(member=MemberId(f"m{n}"), name=name, role=MemberRole.OWNER if n == 0 else MemberRole.EMPLOYEE)
            for n, name in enumerate(PEOPLE)
        )

    @call
    async def clients(self) -> tuple[Client, ...]:
        named = sorted(self._desk.named.values(), key=lambda client: client.name.casefold())
        return tuple(Client(client=one.client, name=one.name) for one in named)

    @call
    async def mail_folders(self) -> tuple[MailFolder, ...]:
        return tuple(MailFolder(mailbox="ana@olmo.example", name=name, special_use=use) for name, use in FOLDERS)

    @call
    async def comments(self, thread: ThreadId) -> tuple[Comment, ...]:
        return tuple(self._desk.made_of(thread).comments)

    async def part(self, email: EmailId, n: int, *, version: int = 0) -> AsyncIterator[bytes]:
        await self._desk.called("part", (email, n), {})
        _made, mail = self._desk.mail_by(email)
        yield mail.contents.get(n, b"")

    @call
    async def count_past(self, addresses: Sequence[str]) -> int:
        return sum(mail.who.address in addresses for made in self._desk.made for mail in made.mails)

    @call
    async def next_undo(self) -> NextUndo | None:
        last = self.last_acts()
        return NextUndo(word=last[-1][0], affected=1, threads=sum(one[1] for one in last), at=NOW) if last else None

    @call
    async def senders(self) -> tuple[Sender, ...]:
        return (Sender(address="ana@olmo.example", name="Ana Olmo", mailbox="ana@olmo.example", main=True),)

    @call
    async def propose(
        self,
        *,
        how: Answering = Answering.NEW,
        answers: EmailId | None = None,
        to: str = "",
        wording: Wording = Wording(),  # noqa: B008 - frozen
    ) -> Proposal:
        people = (Person(name="", address=to),) if to else ()
        subject = ""
        if answers is not None:
            made, mail = self._desk.mail_by(answers)
            people, subject = (mail.who,), f"Re: {made.subject}"
        return Proposal(
            draft=Draft(from_="ana@olmo.example", to=people, subject=subject, text="", how=how, answers=answers)
        )

    # ------------------------------------------------------------ acting
    def told_done(self, word: str, threads: int, back: Callable[[], None], *, thread: ThreadId | None = None) -> Done:
        request = str(self._desk.running)
        self.undone.append((word, threads, request.rpartition("/")[0] or request, back))
        self._desk.announce("threads_changed", thread=thread)
        return Done(done=True, affected=threads, undo=word, threads=threads)

    def last_acts(self) -> list[tuple[str, int, str, Callable[[], None]]]:
        """What one undo takes back: the acts of the last batch."""
        batch = self.undone[-1][2] if self.undone else ""
        start = len(self.undone)
        while start and self.undone[start - 1][2] == batch:
            start -= 1
        return self.undone[start:]

    @command
    async def undo(self, request: RequestId) -> Done:
        last = self.last_acts()
        if not last:
            raise BadRequest("nothing_to_undo")
        del self.undone[-len(last) :]
        for _word, _threads, _batch, back in reversed(last):
            back()
        self._desk.announce("threads_changed")
        threads = sum(one[1] for one in last)
        return Done(done=True, affected=3 * threads, undo=last[-1][0], threads=threads)

    def put(self, word: str, threads: Sequence[ThreadId], **values: Any) -> Done:  # noqa: ANN401 - any field
        """Change fields of threads."""
        found = [self._desk.made_of(thread) for thread in threads]
        before = [(made, {name: getattr(made, name) for name in values}) for made in found]
        for made in found:
            _put(made, values)

        def back() -> None:
            for made, was in before:
                _put(made, was)

        return self.told_done(word, len(found), back)

    @command
    async def done(self, request: RequestId, thread: ThreadId) -> Done:
        return self.put("done", [thread], state=ThreadState.DONE)

    @command
    async def reopen(self, request: RequestId, thread: ThreadId) -> Done:
        return self.put("reopen", [thread], state=ThreadState.TO_ANSWER)

    @command
    async def snooze(self, request: RequestId, thread: ThreadId, until: int | None) -> Done:
        return self.put("snooze" if until else "unsnooze", [thread], snoozed_until=until)

    @command
    async def assign(self, request: RequestId, thread: ThreadId, member: str | None) -> Done:
        names = {f"m{n}": name for n, name in enumerate(PEOPLE)}
        return self.put("assign", [thread], assigned=names[member] if member else None)

    @command
    async def set_private(self, request: RequestId, thread: ThreadId, *, on: bool) -> Done:
        return self.put("private" if on else "public", [thread])

    @command
    async def comment(self, request: RequestId, thread: ThreadId, text: str) -> Done:
        made = self._desk.made_of(thread)
        said = Comment(
            comment=CommentId(f"k{len(made.comments)}"), at=NOW, by=PEOPLE[0], text=text, email=made.mails[-1].email
        )
        done = self.put("comment", [thread], comments=[*made.comments, said])
        self._desk.announce("comments_changed", thread=thread)
        vain = missed(text, {MemberKey(n): name for n, name in enumerate(PEOPLE)}).nobody
        return replace(done, warning="names_nobody", about=f"@{vain[0]}") if vain else done

    @command
    async def archive(self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()) -> Done:
        return self.put("archive", threads, folder="Archive")

    @command
    async def delete(self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()) -> Done:
        return self.put("delete", threads, gone=True)

    @command
    async def move(
        self, request: RequestId, emails: Sequence[EmailId], folder: str, *, threads: Sequence[ThreadId] = ()
    ) -> Done:
        if folder not in {name for name, _use in FOLDERS}:
            raise BadRequest("no_such_folder")
        return self.put("move", threads, folder=folder)

    @command
    async def spam(self, request: RequestId, emails: Sequence[EmailId], *, threads: Sequence[ThreadId] = ()) -> Done:
        return self.put("spam", threads, folder="Junk")

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
            return Done(done=True, affected=len(notices))
        return self.put("unspam", threads, folder="INBOX")

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
        pairs = [self._desk.mail_by(email) for email in emails]
        pairs += [(made, mail) for made in map(self._desk.made_of, threads) for mail in made.mails]
        before = [(made, mail, mail.read, made.starred) for made, mail in pairs]
        for made, mail in pairs:
            mail.read = mail.read if read is None else read
            made.starred = made.starred if starred is None else starred
            self._desk.announce("states_changed", thread=made.thread)
        if passing:
            return Done(done=True, affected=len(pairs))

        def back() -> None:
            for made, mail, was_read, was_starred in before:
                mail.read, made.starred = was_read, was_starred

        return self.told_done("mark", len({made.thread for made, _mail in pairs}), back)

    @command
    async def file(
        self,
        request: RequestId,
        *,
        email: EmailId | None = None,
        thread: ThreadId | None = None,
        client: str | None,
        always: bool = False,
    ) -> Done:
        made = self._desk.mail_by(email)[0] if email is not None else self._desk.made_of(thread or ThreadId(""))
        found = next((one for one in self._desk.named.values() if one.client == client), None)
        if client is not None and found is None:
            raise NotFound
        return self.put("file", [made.thread], client=found, also=())

    @command
    async def client_from(
        self, request: RequestId, email: EmailId, *, name: str | None = None, client: str | None = None
    ) -> ClientMade:
        made, mail = self._desk.mail_by(email)
        if client is None:
            self._desk.named_client(name or mail.who.name)
            client = self._desk.named[name or mail.who.name].client
        found = next(one for one in self._desk.named.values() if one.client == ClientId(client))
        past = [one.thread for one in self._desk.made if any(m.who.address == mail.who.address for m in one.mails)]
        self.put("client_from", past, client=ClientName(client=found.client, name=found.name))
        self._desk.announce("firm_changed")
        assert made is not None
        return ClientMade(clients=(found,), emails=len(past), undo="client_from", affected=len(past))


def _put(made: "Made", values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(made, name, value)
