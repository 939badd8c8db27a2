"""Writing, in memory: drafts, attachments, the outbox by the real rules. Nothing is ever sent: a test says what became
of it (`went`).
"""

import itertools
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Final

from actors.desk import drafts
from actors.desk.api import Wording
from actors.desk.attaching import MOST_BYTES, PIECE
from store.mime.signature import as_text
from store.model.address import Person
from store.model.copy import Part
from store.model.errors import BadRequest, Conflict, NotFound
from store.model.ids import EmailId, OutboxId, RequestId
from store.model.mailbox import MailboxView, SyncState
from store.model.outbox import (
    Answering,
    Attached,
    Completion,
    Draft,
    OutboxDraft,
    OutboxRow,
    OutboxState,
    Proposal,
    RecipientRow,
    RecipientState,
    Sender,
)
from store.model.views import Done
from store.rules import outbox as rules
from store.rules.answering import Answered, AnsweringFacts, ForwardLabels, answering
from store.rules.settings import HOLD, with_defaults
from store.rules.voice import voice
from tests.support.fake_calls import FakePart, call, command
from tests.support.fake_mail import FakeMail, normalised

NOW: Final = 1_764_000_000
_STANDS: Final = {SyncState.NEEDS_SIGN_IN: "needs_sign_in", SyncState.PAUSED: "paused"}


@dataclass(slots=True)
class FakeOut:
    """One mail on its way out."""

    outbox: OutboxId
    draft: Draft
    state: OutboxState = OutboxState.DRAFT
    told: list[tuple[RecipientState, str | None]] = field(default_factory=list)
    files: list[tuple[Attached, bytes]] = field(default_factory=list)
    at: int = NOW
    message_id: str | None = None
    send_at: int | None = None
    tries: int = 0
    error: str | None = None
    email: EmailId | None = None

    def people(self) -> list[tuple[str, Person]]:
        """With their roles, in order."""
        listed = (("to", self.draft.to), ("cc", self.draft.cc), ("bcc", self.draft.bcc))
        return [(role, who) for role, people in listed for who in people]

    @property
    def states(self) -> tuple[RecipientState, ...]:
        return tuple(state for state, _code in self.told)

    def put(self, draft: Draft) -> None:
        """Another wording."""
        self.draft, self.state = draft, OutboxState.DRAFT
        self.message_id = self.send_at = self.error = None
        self.told = [(RecipientState.WAITING, None) for _ in self.people()]

    def row(self) -> OutboxRow:
        """As it is told."""
        recipients = tuple(
            RecipientRow(address=who.address, name=who.name, role=role, state=state, code=code)
            for (role, who), (state, code) in zip(self.people(), self.told, strict=True)
        )
        return OutboxRow(
            outbox=self.outbox,
            state=self.state,
            from_=self.draft.from_,
            subject=self.draft.subject,
            recipients=recipients,
            at=self.at,
            message_id=self.message_id,
            send_at=self.send_at,
            tries=self.tries,
            last_error=self.error,
            attachments=len(self.files),
            email=self.email,
            snippet=" ".join(self.draft.text.split())[:160],
        )

    def whole(self) -> OutboxDraft:
        """As it is written on."""
        return OutboxDraft(row=self.row(), draft=self.draft, attachments=tuple(one for one, _data in self.files))


class FakeWriting(FakePart):
    """See the module. `out` is everything in the outbox by its id."""

    boxes: list[MailboxView]
    own: dict[str, str]

    @property
    def out(self) -> dict[OutboxId, FakeOut]:
        """Made when first asked for: parts have no constructor of their own."""
        found: dict[OutboxId, FakeOut] = self.__dict__.setdefault("_out", {})
        return found

    @property
    def last_used(self) -> dict[str, str]:
        """The own address that was last written to somebody from, for tests."""
        found: dict[str, str] = self.__dict__.setdefault("_last_used", {})
        return found

    @property
    def colleagues(self) -> dict[str, Completion]:
        """Other members that a mail could go to, for tests."""
        found: dict[str, Completion] = self.__dict__.setdefault("_colleagues", {})
        return found

    def went(
        self, outbox: OutboxId, state: OutboxState, *, error: str | None = None, refused: Iterable[str] = ()
    ) -> None:
        """What became of it, for tests: everybody accepted but `refused` where it was sent."""
        one, bad = self._one(outbox), set(refused)
        one.state, one.error, one.tries = state, error, one.tries + 1
        answer = {OutboxState.SENT: RecipientState.ACCEPTED, OutboxState.UNCERTAIN: RecipientState.UNCERTAIN}
        for place, (_role, who) in enumerate(one.people()):
            if who.address in bad or state is OutboxState.FAILED:
                one.told[place] = (RecipientState.REFUSED, error or "no")
            else:
                one.told[place] = (answer.get(state, RecipientState.WAITING), None)
        self.announce("outbox_changed")

    # ---- Reading

    @call
    async def senders(self) -> tuple[Sender, ...]:
        return self._senders()

    def _senders(self) -> tuple[Sender, ...]:
        known = [box for box in self.boxes if box.settings.imap is not None]
        return tuple(
            Sender(
                address=address,
                name=said.name,
                mailbox=box.settings.address,
                main=address == box.settings.address,
                code="receive_only" if box.settings.smtp is None else _STANDS.get(box.state),
                signature="" if said.signature is None else as_text(said.signature),
            )
            for box in known
            for address in (box.settings.address, *box.aliases)
            for said in (voice(box.settings, address, writer=self.firm.owner.name),)
        )

    @call
    async def propose(
        self,
        *,
        how: Answering = Answering.NEW,
        answers: EmailId | None = None,
        to: str = "",
        wording: Wording = Wording(),  # noqa: B008 - frozen
    ) -> Proposal:
        senders = self._senders()
        if not senders:
            raise BadRequest("no_sender")
        mail = None if answers is None else self.mail(answers)
        begins = answering(
            AnsweringFacts(
                how=how if mail is not None else Answering.NEW,
                own=tuple(sender.address for sender in senders),
                main=senders[0].address,
                mail=None if mail is None else _answered(mail),
                last_used=self.last_used.get(to),
                to=(Person(address=drafts.address(to)),) if to else (),
                attribution="" if mail is None else _attribution(mail, wording),
                labels=ForwardLabels(
                    title=wording.forwarded, from_=wording.from_, date=wording.date, subject=wording.subject,
                    to=wording.to, cc=wording.cc,
                ),
            )
        )  # fmt: skip
        draft = Draft(
            from_=begins.from_, to=begins.to, cc=begins.cc, subject=begins.subject, text=begins.text,
            how=how if mail is not None else Answering.NEW, answers=answers,
        )  # fmt: skip
        parts = parts_of(mail) if mail is not None and how is Answering.FORWARD else ()
        return Proposal(draft=drafts.begun(draft), parts=tuple(part for part, _data in parts))

    @call
    async def complete(self, text: str, *, limit: int = 8) -> tuple[Completion, ...]:
        wanted = text.strip().casefold()
        if not wanted:
            return ()
        names = {client.client: client.name for client in self.firm.clients}
        found = dict(self.colleagues)
        found |= {
            address: Completion(
                name=contact.name,
                address=address,
                clients=tuple(names[c] for (a, c) in sorted(self.firm.links) if a == address),
            )
            for contact in self.firm.contacts
            for address in contact.addresses
        }
        for mail in reversed(self.firm.in_order()):
            for who in mail.people("From", "To", "Cc"):
                for key in normalised((who.address,)):
                    found.setdefault(key, Completion(name=who.name, address=key))
        fits = [one for one in found.values() if _begins(one, wanted)]
        return tuple(fits[:limit])

    @call
    async def outbox(self) -> tuple[OutboxRow, ...]:
        return tuple(one.row() for one in reversed(self.out.values()))

    @call
    async def draft(self, outbox: OutboxId) -> OutboxDraft:
        return self._one(outbox).whole()

    def _one(self, outbox: OutboxId) -> FakeOut:
        if outbox not in self.out:
            raise NotFound
        return self.out[outbox]

    # ---- Writing

    @command
    async def put_draft(self, request: RequestId, draft: Draft, *, outbox: OutboxId | None = None) -> OutboxRow:
        kept = drafts.clean(draft)
        if kept.answers is not None:
            self.mail(kept.answers)
        if all(kept.from_ != sender.address for sender in self._senders()):
            raise BadRequest("no_sender" if not self._senders() else "bad_sender", address=kept.from_)
        if outbox is None:
            serial = self.__dict__.setdefault("_out_serial", itertools.count(1))
            one = FakeOut(OutboxId(f"o{next(serial)}"), kept)
            self.out[one.outbox] = one
        else:
            one = self._one(outbox)
            self._way(one, rules.Act.EDIT)
        one.put(kept)
        self.announce("outbox_changed")
        return one.row()

    @command
    async def attach(
        self, request: RequestId, outbox: OutboxId, name: str, type_: str, pieces: AsyncIterator[bytes]
    ) -> OutboxDraft:
        one, data = self._editable(outbox), b""
        async for piece in pieces:
            if len(piece) > PIECE:
                raise BadRequest("too_long")
            data += piece
        if len(data) + sum(attached.size for attached, _data in one.files) > MOST_BYTES:
            raise BadRequest("attachments_too_large", most=MOST_BYTES >> 20)
        return self._attached(one, name, type_, data)

    @command
    async def attach_part(self, request: RequestId, outbox: OutboxId, email: EmailId, n: int) -> OutboxDraft:
        one = self._editable(outbox)
        part, data = next(((part, data) for part, data in parts_of(self.mail(email)) if part.n == n), (None, b""))
        if part is None:
            raise NotFound
        return self._attached(one, part.name, part.type, data)

    def _attached(self, one: FakeOut, name: str, type_: str, data: bytes) -> OutboxDraft:
        n = max((attached.n for attached, _data in one.files), default=0) + 1
        kept = Attached(n=n, name=drafts.part_name(name), type=drafts.part_type(type_), size=len(data))
        one.files.append((kept, data))
        self.announce("outbox_changed")
        return one.whole()

    @command
    async def detach(self, request: RequestId, outbox: OutboxId, n: int) -> OutboxDraft:
        one = self._editable(outbox)
        left = [(attached, data) for attached, data in one.files if attached.n != n]
        if len(left) == len(one.files):
            raise NotFound
        one.files = left
        self.announce("outbox_changed")
        return one.whole()

    def _editable(self, outbox: OutboxId) -> FakeOut:
        one = self._one(outbox)
        if one.state is not OutboxState.DRAFT:
            raise Conflict("outbox_state", state=str(one.state))
        return one

    # ---- Sending

    @command
    async def send(self, request: RequestId, outbox: OutboxId, *, hold: int | None = None) -> OutboxRow:
        one = self._one(outbox)
        seconds = int(with_defaults(self.own)[HOLD]) if hold is None else hold
        if rules.after(one.state, rules.Act.SEND, one.states) is None:
            raise Conflict("outbox_state", state=str(one.state))
        if not one.told:
            raise BadRequest("no_recipients")
        sender = next((s for s in self._senders() if s.address == one.draft.from_), None)
        if sender is None:
            raise BadRequest("bad_sender", address=one.draft.from_)
        if sender.code is not None:
            raise BadRequest("cannot_send", cause=sender.code, address=sender.address)
        self._way(one, rules.Act.SEND if seconds else rules.Act.SEND_NOW)
        one.message_id = one.message_id or f"{one.outbox}@firm.example"
        one.send_at = NOW + seconds if seconds else None
        if seconds:
            self._did("send", 1, lambda: self._take_back(one), kind="outbox_changed")
        else:
            self.announce("outbox_changed")
        return one.row()

    @command
    async def cancel(self, request: RequestId, outbox: OutboxId) -> OutboxRow:
        return self._moved(outbox, rules.Act.CANCEL)

    @command
    async def retry(self, request: RequestId, outbox: OutboxId) -> OutboxRow:
        return self._moved(outbox, rules.Act.RETRY)

    @command
    async def resolve(self, request: RequestId, outbox: OutboxId, answer: str) -> OutboxRow:
        act = {"sent": rules.Act.SAY_SENT, "again": rules.Act.SAY_AGAIN}.get(answer)
        if act is None:
            raise BadRequest("bad_value", field="answer")
        return self._moved(outbox, act)

    @command
    async def discard(self, request: RequestId, outbox: OutboxId) -> Done:
        one = self._one(outbox)
        self._way(one, rules.Act.DISCARD)
        del self.out[outbox]
        self.announce("outbox_changed")
        return Done(done=True, affected=1)

    def _moved(self, outbox: OutboxId, act: rules.Act) -> OutboxRow:
        one = self._one(outbox)
        self._way(one, act)
        self.announce("outbox_changed")
        return one.row()

    def _take_back(self, one: FakeOut) -> None:
        if rules.after(one.state, rules.Act.TAKE_BACK, one.states) is None:
            raise Conflict(rules.too_late(one.state, one.states), state=str(one.state))
        self._way(one, rules.Act.TAKE_BACK)

    @staticmethod
    def _way(one: FakeOut, act: rules.Act) -> None:
        to = rules.after(one.state, act, one.states)
        if to is None:
            raise Conflict("outbox_state", state=str(one.state))
        after = rules.recipients_after(act, one.states)
        one.told = [
            (state, None if state is not was else code) for state, (was, code) in zip(after, one.told, strict=True)
        ]
        one.state = to
        if to is not OutboxState.HELD:
            one.send_at = None


def _answered(mail: FakeMail) -> Answered:
    return Answered(
        message_id=mail.message_id,
        references=tuple(word.strip("<>") for word in str(mail.parsed.get("References", "")).split()),
        subject=mail.subject,
        from_=mail.people("From"),
        reply_to=mail.people("Reply-To"),
        to=mail.people("To"),
        cc=mail.people("Cc"),
        delivered_to=(mail.mailbox,),
        date=str(mail.parsed.get("Date", "")),
        text=mail.text,
    )


def _attribution(mail: FakeMail, wording: Wording) -> str:
    who = next(iter(mail.people("From")), Person(address=""))
    shown = f"{who.name} <{who.address}>" if who.name else who.address
    return wording.wrote.replace("{date}", str(mail.parsed.get("Date", ""))).replace("{who}", shown)


def parts_of(mail: FakeMail) -> list[tuple[Part, bytes]]:
    found = []
    for n, part in enumerate(mail.parsed.iter_attachments(), 1):
        data = part.get_payload(decode=True)
        raw = data if isinstance(data, bytes) else b""
        name = part.get_filename() or "attachment"
        found.append((Part(n=n, name=name, type=part.get_content_type(), size=len(raw), sha256=""), raw))
    return found


def _begins(one: Completion, wanted: str) -> bool:
    words = [*one.name.casefold().split(), one.address.casefold(), one.name.casefold()]
    return any(word.startswith(wanted) for word in words)
