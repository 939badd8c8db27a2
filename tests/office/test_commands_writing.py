"""Drafts, attachments and sending at the desk: what is kept, what follows what, and who may."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from actors.desk.attaching import PIECE
from actors.desk.commands.commands import Commands
from actors.desk.entitled import forbidden
from actors.keeping import UNCERTAIN_SECONDS
from actors.messages import OutboxStirred
from actors.switchboard import OUTBOX
from store.model.address import Person
from store.model.errors import BadRequest, Conflict, NotAllowed, NotFound
from store.model.firm import Right
from store.model.ids import ClientKey, EmailId, MailboxKey, MemberKey, OutboxKey
from store.model.mailbox import Progress, ServerSettings, SyncState
from store.model.outbox import Answering, Draft, OutboxDraft, OutboxRow, OutboxState, RecipientState
from store.vault.outbox import KeptOutbox
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

SMTP = ServerSettings(host="smtp.firm.example", port=465, tls="ssl")
ASKS = Letter(id="asks@x", at=NOW - 900)
ANA = Person(name="Ana", address="ana@client.example")
SUE = Person(name="Sue", address="sue@strange.example")


@dataclass
class Firm:
    """Olga owns it; Clara sees Acme and may send; Max sees Blum, has a mailbox and may not send."""

    rig: DeskRig
    hands: Hands
    acme: ClientKey
    blum: ClientKey
    clara: MemberKey
    max: MemberKey
    box: MailboxKey
    inbox: FolderRig

    def put(self, who: MemberKey | None = None, *, outbox: str | None = None, **said: object) -> OutboxRow:
        """A draft."""
        whose = self.clara if who is None else who
        address = "clara@firm.example" if whose == self.clara else "max@firm.example"
        draft = replace(Draft(from_=address, to=(SUE,), subject="Deed", text="Signed."), **said)
        row = self.hands.ask(whose, "put_draft", draft=draft, outbox=outbox)
        assert isinstance(row, OutboxRow), row
        return row

    def row(self, outbox: str) -> KeptOutbox:
        """As it is kept."""
        kept = self.rig.vault.outbox.get(self.rig.vault.ids.outbox_key(outbox))
        assert kept is not None
        return kept

    def ask(self, method: str, outbox: str, **named: Any) -> OutboxRow:  # noqa: ANN401 - the method's own
        """An act of Clara's that has to be done."""
        row = self.hands.ask(self.clara, method, outbox=outbox, **named)
        assert isinstance(row, OutboxRow), row
        return row

    def to_state(self, outbox: str, state: OutboxState, told: RecipientState = RecipientState.WAITING) -> None:
        """As its sender left it."""
        row = self.row(outbox)
        with self.rig.writer.turn():
            vault = self.rig.vault.outbox
            vault.move(row.outbox, state=row.state, attempt=row.attempt, to=state, at=NOW, error="refused")
            vault.tell_recipients(row.outbox, {one.place: (told, None) for one in row.recipients})


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme, blum = rig.client("Acme", "ana@client.example"), rig.client("Blum", "bea@blum.example")
    clara = rig.member("Clara", acme, rights=(Right.SEND,))
    max_ = rig.member("Max", blum)
    box = rig.mailbox("clara@firm.example", clara, smtp=SMTP)
    rig.mailbox("max@firm.example", max_, smtp=SMTP)
    hands = Hands(rig)
    hands.commands = Commands(rig.writer, chance=lambda count: bytes(range(count)))
    yield Firm(rig, hands, acme, blum, clara, max_, box, rig.folder(box))
    rig.close()


# ---- Drafts


def test_a_draft_is_kept_and_kept_again_in_other_words(firm: Firm) -> None:
    first = firm.put(cc=(ANA,), bcc=(Person(address="Hid@x.example"),))
    assert (first.state, first.subject, first.snippet) == (OutboxState.DRAFT, "Deed", "Signed.")
    assert [(one.role, one.address) for one in first.recipients] == [
        ("to", "sue@strange.example"), ("cc", "ana@client.example"), ("bcc", "Hid@x.example"),
    ]  # fmt: skip
    again = firm.put(outbox=first.outbox, subject="The deed", to=(ANA,))
    assert (again.outbox, again.subject, len(again.recipients)) == (first.outbox, "The deed", 1)
    assert "outbox_changed" in {kind for kind, *_ in firm.hands.announced()}
    assert firm.hands.acts() == [], "a draft is nobody's business yet"


def test_nobody_stands_twice_in_a_draft(firm: Firm) -> None:
    row = firm.put(to=(SUE, Person(address="SUE@strange.example")), cc=(SUE,), bcc=(ANA, SUE))
    assert [(one.role, one.address) for one in row.recipients] == [("to", SUE.address), ("bcc", ANA.address)]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"to": (Person(address="no address"),)}, "bad_address"),
        ({"bcc": (Person(address="a@x\r\nBcc: b@x"),)}, "bad_address"),
        ({"from_": "max@firm.example"}, "bad_sender"),
        ({"from_": "boss@elsewhere.example"}, "bad_sender"),
        ({"text": "x" * 500_001}, "too_long"),
        ({"subject": "x" * 1_001}, "too_long"),
        ({"to": tuple(Person(address=f"a{n}@x.example") for n in range(1_001))}, "too_many_recipients"),
    ],
)
def test_what_cannot_be_sent_is_not_kept(firm: Firm, said: dict[str, object], code: str) -> None:
    draft = replace(Draft(from_="clara@firm.example", to=(SUE,)), **said)
    assert firm.hands.refused(BadRequest, firm.clara, "put_draft", draft=draft).code == code


def test_without_a_mailbox_nothing_is_written(firm: Firm) -> None:
    refused = firm.hands.refused(BadRequest, firm.rig.owner, "put_draft", draft=Draft(from_="olga@firm.example"))
    assert refused.code == "no_sender"


def test_a_draft_is_its_writers_alone(firm: Firm) -> None:
    outbox = firm.put().outbox
    for who in (firm.rig.owner, firm.max):
        for method, more in (
            ("send", {}), ("cancel", {}), ("discard", {}), ("detach", {"n": 1}),
            ("attach_piece", {"upload": "u", "piece": 0, "data": b"x"}),
        ):  # fmt: skip
            hidden = firm.hands.bytes_of(who, method, outbox=outbox, **more)
            unused = firm.hands.bytes_of(who, method, outbox=firm.rig.vault.ids.outbox(OutboxKey(99)), **more)
            assert hidden == unused
    firm.hands.refused(NotFound, firm.max, "put_draft", draft=Draft(from_="max@firm.example"), outbox=outbox)


def test_a_header_holds_one_line(firm: Firm) -> None:
    row = firm.put(subject="Deed\r\nBcc: eve@x.example", to=(Person(name="Sue\nX", address=SUE.address),))
    assert row.subject == "Deed Bcc: eve@x.example"
    assert row.recipients[0].name == "Sue X"


def test_what_is_answered_has_to_be_seen(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    email = EmailId(firm.hands.email("asks@x"))
    row = firm.put(how=Answering.REPLY, answers=email)
    assert row.thread == firm.hands.thread("asks@x")
    hidden = Draft(from_="max@firm.example", how=Answering.REPLY, answers=email)
    firm.hands.refused(NotFound, firm.max, "put_draft", draft=hidden)


# ---- What goes with it


def attach(firm: Firm, outbox: str, *pieces: bytes, name: str = "deed.pdf", upload: str = "u") -> object:
    """A file as the caller's side sends it."""
    for number, data in enumerate(pieces[:-1]):
        answer = firm.hands.ask(
            firm.clara,
            "attach_piece",
            outbox=outbox,
            upload=upload,
            piece=number,
            data=data,
            request=f"{upload}:{number}",
        )
        if isinstance(answer, Exception):
            return answer
    return firm.hands.ask(
        firm.clara, "attach", outbox=outbox, upload=upload, piece=len(pieces) - 1, data=pieces[-1], name=name,
        type_="application/pdf", request=upload,
    )  # fmt: skip


def test_files_go_with_it_piece_by_piece(firm: Firm) -> None:
    outbox = firm.put().outbox
    whole = attach(firm, outbox, b"a" * PIECE, b"b" * 10)
    assert isinstance(whole, OutboxDraft)
    assert [(one.n, one.name, one.size) for one in whole.attachments] == [(1, "deed.pdf", PIECE + 10)]
    attach(firm, outbox, b"", name="../../etc/passwd\u202e", upload="v")
    row = firm.row(outbox)
    assert [part.name for part in row.parts] == ["deed.pdf", "_.._etc_passwd"]
    assert firm.rig.vault.outbox.data(row.outbox, 1) == b"a" * PIECE + b"b" * 10
    again = attach(firm, outbox, b"a" * PIECE, b"b" * 10)
    assert again == whole, "a repeat gets the first answer"
    assert len(firm.row(outbox).parts) == 2
    left = firm.hands.ask(firm.clara, "detach", outbox=outbox, n=1)
    assert isinstance(left, OutboxDraft)
    assert [one.n for one in left.attachments] == [2]
    assert firm.rig.rows("SELECT count(*) FROM outbox_pieces WHERE n = 1") == [(0,)]
    firm.hands.refused(NotFound, firm.clara, "detach", outbox=outbox, n=1)


def test_a_piece_that_is_missing_makes_no_file(firm: Firm) -> None:
    outbox = firm.put().outbox
    firm.hands.ask(firm.clara, "attach_piece", outbox=outbox, upload="u", piece=0, data=b"a")
    named = {"outbox": outbox, "upload": "u", "piece": 2, "data": b"c", "name": "x", "type_": "text/plain"}
    assert firm.hands.refused(BadRequest, firm.clara, "attach", **named).code == "attachment_broken"
    assert firm.row(outbox).parts == ()


def test_too_much_is_refused_and_what_was_abandoned_goes(firm: Firm) -> None:
    outbox = firm.put().outbox
    refused = attach(firm, outbox, *[b"x" * PIECE] * 101, upload="big")
    assert isinstance(refused, BadRequest)
    assert refused.code == "attachments_too_large"
    assert firm.rig.rows("SELECT count(*) FROM outbox_uploads") == [(1,)]
    firm.rig.time.advance(700)
    assert isinstance(attach(firm, outbox, b"a" * PIECE, b"b", upload="small"), OutboxDraft)
    assert firm.rig.rows("SELECT count(*) FROM outbox_uploads") == [(0,)]
    assert firm.rig.rows("SELECT sum(length(data)) FROM outbox_pieces") == [(PIECE + 1,)]


def test_a_discarded_draft_leaves_nothing(firm: Firm) -> None:
    outbox = firm.put(bcc=(ANA,)).outbox
    attach(firm, outbox, b"a" * PIECE, b"b")
    assert firm.hands.do(firm.clara, "discard", outbox=outbox).affected == 1
    for table in ("outbox", "outbox_recipients", "outbox_parts", "outbox_pieces", "outbox_uploads"):
        assert firm.rig.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - names of our own
    firm.hands.refused(NotFound, firm.clara, "discard", outbox=outbox)


def test_the_files_of_what_was_sent_go_after_a_while(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    outbox = firm.put().outbox
    attach(firm, outbox, b"abc")
    firm.to_state(outbox, OutboxState.SENT, RecipientState.ACCEPTED)
    row = firm.row(outbox)

    def bytes_left() -> int:
        firm.rig.writer.tick()
        return len(firm.rig.vault.outbox.data(row.outbox, 1))

    firm.rig.time.advance(60 * 86_400)
    assert bytes_left() == 3, "it is no email yet"
    with firm.rig.writer.turn():
        firm.rig.vault.outbox.note(row.outbox, at=NOW, email=firm.rig.email("asks@x"), append="done")
    firm.rig.time.advance(86_400)
    assert bytes_left() == 0
    assert [part.name for part in firm.row(outbox).parts] == ["deed.pdf"]


# ---- Sending


def test_sent_mail_is_held_under_an_id_of_chance(firm: Firm) -> None:
    outbox = firm.put().outbox
    firm.rig.take_told(OutboxStirred)
    row = firm.ask("send", outbox)
    assert (row.state, row.send_at) == (OutboxState.HELD, NOW + 10)
    assert row.message_id == f"{bytes(range(16)).hex()}@firm.example"
    assert firm.row(outbox).date == NOW
    assert [name for name, _ in firm.rig.take_told(OutboxStirred)] == [OUTBOX]
    key = firm.row(outbox).outbox
    assert firm.hands.journal()[-1][2:] == ("send", f"outbox {key}")
    assert firm.rig.vault.outbox.is_busy(uncertain_since=NOW)


def test_without_hold_it_is_queued_at_once(firm: Firm) -> None:
    row = firm.ask("send", firm.put().outbox, hold=0)
    assert (row.state, row.send_at) == (OutboxState.QUEUED, None)
    assert firm.hands.refused(BadRequest, firm.clara, "undo").code == "nothing_to_undo"


def test_the_hold_is_as_set_up(firm: Firm) -> None:
    firm.hands.do(firm.clara, "set_setting", key="hold", value="30")
    assert firm.ask("send", firm.put().outbox).send_at == NOW + 30


def test_undo_takes_it_back_while_it_is_held(firm: Firm) -> None:
    outbox = firm.put().outbox
    held = firm.ask("send", outbox)
    assert firm.hands.do(firm.clara, "undo").undo == "send"
    assert firm.row(outbox).state is OutboxState.DRAFT
    again = firm.ask("send", outbox)
    assert again.message_id == held.message_id
    firm.to_state(outbox, OutboxState.QUEUED)
    late = firm.hands.refused(Conflict, firm.clara, "undo")
    assert (late.code, late.arguments["state"]) == ("undo_late", "queued")


def test_the_zone_is_set_with_the_date_and_once(firm: Firm) -> None:
    outbox = firm.put().outbox
    first = firm.ask("send", outbox, zone=60)
    firm.hands.do(firm.clara, "undo")
    assert firm.ask("send", outbox, zone=-300).message_id == first.message_id
    assert firm.row(outbox).draft.zone == 60


def test_what_is_sent_already_is_not_said_to_be_changed(firm: Firm) -> None:
    outbox = firm.put().outbox
    firm.ask("send", outbox)
    firm.to_state(outbox, OutboxState.SENT, RecipientState.ACCEPTED)
    assert firm.hands.refused(Conflict, firm.clara, "undo").code == "sent_already"


def test_a_repeat_sends_once(firm: Firm) -> None:
    outbox = firm.put().outbox
    first = firm.hands.ask(firm.clara, "send", outbox=outbox, hold=None, request="once")
    firm.to_state(outbox, OutboxState.SENT, RecipientState.ACCEPTED)
    assert firm.hands.ask(firm.clara, "send", outbox=outbox, hold=None, request="once") == first
    assert firm.row(outbox).state is OutboxState.SENT


@pytest.mark.parametrize("state", [OutboxState.SENDING, OutboxState.SENT, OutboxState.UNCERTAIN])
def test_what_is_under_way_is_not_touched(firm: Firm, state: OutboxState) -> None:
    outbox = firm.put().outbox
    firm.ask("send", outbox)
    firm.to_state(outbox, state, RecipientState.ACCEPTED if state is OutboxState.SENT else RecipientState.WAITING)
    for method in ("send", "cancel", "discard"):
        assert firm.hands.refused(Conflict, firm.clara, method, outbox=outbox).arguments == {"state": str(state)}
    draft = Draft(from_="clara@firm.example")
    assert firm.hands.refused(Conflict, firm.clara, "put_draft", draft=draft, outbox=outbox).code == "outbox_state"


def test_cancelled_mail_becomes_a_draft_of_another_id(firm: Firm) -> None:
    outbox = firm.put().outbox
    held = firm.ask("send", outbox)
    assert firm.ask("cancel", outbox).state is OutboxState.CANCELLED
    firm.hands.refused(Conflict, firm.clara, "send", outbox=outbox)
    assert firm.put(outbox=outbox).state is OutboxState.DRAFT
    firm.hands.commands = Commands(firm.rig.writer, chance=lambda count: b"\xff" * count)
    assert firm.ask("send", outbox).message_id != held.message_id


def test_failed_mail_is_tried_again_for_who_did_not_get_it(firm: Firm) -> None:
    outbox = firm.put(cc=(ANA,)).outbox
    firm.ask("send", outbox, hold=0)
    firm.to_state(outbox, OutboxState.SENT, RecipientState.ACCEPTED)
    with firm.rig.writer.turn():
        firm.rig.vault.outbox.tell_recipients(firm.row(outbox).outbox, {1: (RecipientState.REFUSED, "no")})
    row = firm.ask("retry", outbox)
    assert row.state is OutboxState.QUEUED
    assert [one.state for one in row.recipients] == [RecipientState.ACCEPTED, RecipientState.WAITING]
    firm.hands.refused(Conflict, firm.clara, "retry", outbox=outbox)


def test_a_person_says_what_became_of_uncertain_mail(firm: Firm) -> None:
    for answer, state, told in (
        ("sent", OutboxState.SENT, RecipientState.ACCEPTED),
        ("again", OutboxState.QUEUED, RecipientState.WAITING),
    ):
        outbox = firm.put().outbox
        firm.ask("send", outbox, hold=0)
        firm.to_state(outbox, OutboxState.UNCERTAIN, RecipientState.UNCERTAIN)
        assert firm.hands.refused(BadRequest, firm.clara, "resolve", outbox=outbox, answer="maybe").code == "bad_value"
        row = firm.ask("resolve", outbox, answer=answer)
        assert (row.state, row.recipients[0].state) == (state, told)
        assert firm.row(outbox).append == ("wanted" if answer == "sent" else "")
        assert firm.hands.acts()[-1] == "resolve"


def test_uncertain_mail_keeps_an_office_for_an_hour(firm: Firm) -> None:
    outbox = firm.put().outbox
    assert not firm.rig.vault.outbox.is_busy(uncertain_since=0)
    firm.ask("send", outbox, hold=0)
    firm.to_state(outbox, OutboxState.UNCERTAIN, RecipientState.UNCERTAIN)
    assert firm.rig.vault.outbox.is_busy(uncertain_since=NOW)
    assert not firm.rig.vault.outbox.is_busy(uncertain_since=NOW + 1)
    assert UNCERTAIN_SECONDS == 3600


def test_no_recipient_no_mail(firm: Firm) -> None:
    outbox = firm.put(to=()).outbox
    assert firm.hands.refused(BadRequest, firm.clara, "send", outbox=outbox).code == "no_recipients"


def test_the_mailbox_says_why_nothing_can_be_sent(firm: Firm) -> None:
    outbox = firm.put().outbox
    firm.hands.do(firm.clara, "pause", address="clara@firm.example")
    refused = firm.hands.refused(BadRequest, firm.clara, "send", outbox=outbox)
    assert (refused.code, refused.arguments["cause"]) == ("cannot_send", "paused")
    firm.hands.do(firm.clara, "resume", address="clara@firm.example")
    with firm.rig.writer.turn():
        signed_out = Progress(state=SyncState.NEEDS_SIGN_IN)
        firm.rig.vault.mailboxes.tell(firm.box, signed_out, broke_at=None)
    assert firm.hands.refused(BadRequest, firm.clara, "send", outbox=outbox).arguments["cause"] == "needs_sign_in"
    silent = firm.rig.member("Silent", firm.acme)
    firm.rig.mailbox("silent@firm.example", silent)
    draft = Draft(from_="silent@firm.example", to=(SUE,))
    mute = firm.hands.ask(silent, "put_draft", draft=draft)
    assert isinstance(mute, OutboxRow)
    refused = firm.hands.refused(BadRequest, silent, "send", outbox=mute.outbox)
    assert refused.arguments == {"cause": "receive_only", "address": "silent@firm.example"}


# ---- Who may


def test_a_client_is_written_to_with_the_right_to_send(firm: Firm) -> None:
    for to, may in ((Person(address="BEA@blum.example"), False), (SUE, True)):
        outbox = firm.put(firm.max, to=(to,)).outbox
        if may:
            assert isinstance(firm.hands.ask(firm.max, "send", outbox=outbox), OutboxRow)
        else:
            assert firm.hands.refused(NotAllowed, firm.max, "send", outbox=outbox).arguments == {"right": "send"}
    outbox = firm.put(to=(ANA,)).outbox
    assert firm.ask("send", outbox).state is OutboxState.HELD


def test_a_hidden_clients_contact_is_a_stranger(firm: Firm) -> None:
    outbox = firm.put(firm.max, to=(ANA,)).outbox
    answer = firm.hands.ask(firm.max, "send", outbox=outbox)
    assert isinstance(answer, OutboxRow), "a refusal would tell that it is a contact (Z5)"


def test_an_answer_to_a_clients_mail_needs_the_right_whoever_gets_it(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    without = firm.rig.member("Without", firm.acme)
    firm.rig.mailbox("without@firm.example", without, smtp=SMTP)
    draft = Draft(
        from_="without@firm.example", to=(SUE,), how=Answering.REPLY, answers=EmailId(firm.hands.email("asks@x"))
    )
    row = firm.hands.ask(without, "put_draft", draft=draft)
    assert isinstance(row, OutboxRow)
    firm.hands.refused(NotAllowed, without, "send", outbox=row.outbox)


def test_rights_are_judged_again_when_held_mail_leaves(firm: Firm) -> None:
    outbox = firm.put(to=(ANA,)).outbox
    firm.ask("send", outbox)

    def now() -> str | None:
        with firm.rig.writer.turn() as turn:
            return forbidden(turn, firm.row(outbox))

    assert now() is None
    firm.hands.do(firm.rig.owner, "set_access", member="Clara", rights=())
    assert now() == "not_allowed"
    firm.hands.do(firm.rig.owner, "set_access", member="Clara", take=("Acme",), rights=None)
    assert now() is None, "then it is a stranger's address"
