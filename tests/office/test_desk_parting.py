"""Mailboxes that are stopped, begin anew, are shared and left; members who leave: what goes, what stays ([S7], [S11],
[S14])."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from actors.messages import DeclareFolders, Deposited, FolderSeen, Opened, Origin
from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.ids import ClientKey, DepositId, MailboxKey, MemberKey
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

TOM, INFO = "tom@firm.example", "info@firm.example"
ASKS = Letter(id="asks@x", to=(TOM,), at=NOW - 900, delivered_to="deliveredsecret@firm.example", text="deed")
MUM = Letter(id="mum@x", sender="mumsecret@home.example", to=(TOM,), subject="Subjectsecret", text="bodysecret")


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    tom: MemberKey
    max: MemberKey
    acme: ClientKey
    box: MailboxKey
    inbox: FolderRig

    def slices(self) -> None:
        writer = self.rig.writer
        while writer.settle_past() or writer.let_go() or writer.part() or writer.idle():
            pass
        writer.idle()  # with the next tick: the log

    def ids(self) -> set[object]:
        return {row[0] for row in self.rig.rows("SELECT message_id FROM emails")}

    def holds(self, word: str) -> bool:
        """Whether it stands anywhere in the file or its log."""
        paths = (self.rig.path, self.rig.path.with_name(self.rig.path.name + "-wal"))
        return any(word.encode() in path.read_bytes() for path in paths if path.exists())

    def again(self) -> FolderRig:
        """The next incarnation lists its inbox and looks at it."""
        opened = self.rig.writer.declare(
            DeclareFolders(
                id=DepositId("again"),
                mailbox=self.box,
                incarnation=2,
                folders=(FolderSeen(name="INBOX", raw=b"INBOX", delimiter="/", special_use="inbox"),),
            )
        )
        assert isinstance(opened, Opened)
        folder = opened.folders[0].folder
        with self.rig.writer.turn():
            self.rig.vault.mailboxes.open_pass(folder, uidvalidity=7, renewed=False)
        return FolderRig(self.rig, self.box, folder)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme = rig.client("Acme", "ana@client.example")
    tom, max_ = rig.member("Tom", acme), rig.member("Max", acme)
    box = rig.mailbox(TOM, tom)
    yield Firm(rig, Hands(rig), tom, max_, acme, box, rig.folder(box))
    rig.close()


def test_stopped_what_was_private_goes_and_what_is_filed_stays(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), MUM.seen(2))
    firm.hands.do(firm.tom, "stop_mailbox", address=TOM)
    firm.slices()
    assert firm.ids() == {"asks@x"}
    assert set(firm.rig.filings("asks@x")) == {firm.acme}
    for table in ("ledger", "mailbox_members", "mailbox_addresses", "partings", "changes", "sighting_addresses"):
        assert firm.rig.rows(f"SELECT * FROM {table}") == [], table  # noqa: S608 - names of ours
    assert firm.rig.rows("SELECT count(*) FROM sightings WHERE gone_at IS NULL") == [(0,)]


@pytest.mark.parametrize("word", ["mumsecret", "Subjectsecret", "bodysecret", "deliveredsecret"])
def test_stopped_its_private_words_are_nowhere_in_the_file(firm: Firm, word: str) -> None:
    firm.inbox.deposit(ASKS.seen(1), MUM.seen(2))
    assert word in ("bodysecret", "deliveredsecret") or firm.holds(word)
    firm.hands.do(firm.tom, "stop_mailbox", address=TOM)
    firm.slices()
    assert not firm.holds(word)


def test_it_goes_on_after_a_kill_between_act_and_slices(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), MUM.seen(2))
    firm.hands.do(firm.tom, "stop_mailbox", address=TOM)
    firm.rig.reopen()
    firm.slices()
    assert firm.ids() == {"asks@x"}


def test_what_another_mailbox_holds_stays_its_own(firm: Firm) -> None:
    other = firm.rig.folder(firm.rig.mailbox(INFO, firm.max))
    firm.inbox.deposit(MUM.seen(1))
    other.deposit(MUM.seen(1))
    firm.hands.do(firm.tom, "stop_mailbox", address=TOM)
    firm.slices()
    assert firm.rig.rows("SELECT mailbox FROM sightings") == [(other.mailbox,)]


def test_news_of_the_time_before_is_not_believed(firm: Firm) -> None:
    firm.hands.do(firm.tom, "stop_mailbox", address=TOM)
    answer = firm.inbox.deposit(MUM.seen(2))
    assert isinstance(answer, Deposited)
    assert not answer.accepted
    assert firm.ids() == set()


def test_who_wrote_from_a_stopped_mailbox_was_a_member(firm: Firm) -> None:
    firm.hands.do(firm.tom, "stop_mailbox", address=TOM)
    other = firm.rig.folder(firm.rig.mailbox(INFO, firm.max))
    other.deposit(Letter(id="from_tom@x", sender=TOM, to=("ana@client.example",)).seen(1))
    assert firm.rig.rows("SELECT from_member FROM emails") == [(firm.tom,)]


def test_only_its_members_stop_it(firm: Firm) -> None:
    for method in ("stop_mailbox", "reset_mailbox"):
        firm.hands.refused(NotAllowed, firm.rig.owner, method, address=TOM)
        firm.hands.refused(NotFound, firm.max, method, address=TOM)


def test_its_address_may_be_synced_from_another_server_then(firm: Firm) -> None:
    firm.hands.do(firm.tom, "stop_mailbox", address=TOM)
    assert firm.rig.mailbox(TOM, firm.tom) != firm.box


def test_reset_syncs_afresh_and_copies_become_the_same_emails(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), MUM.seen(2))
    asks = firm.rig.email("asks@x")
    firm.hands.do(firm.tom, "reset_mailbox", address=TOM)
    firm.slices()
    assert firm.ids() == {"asks@x"}
    inbox = firm.again()
    known = firm.rig.vault.mailboxes.folder(inbox.folder)
    assert known is not None
    origin = Origin(mailbox=firm.box, incarnation=2, folder=inbox.folder, uidvalidity=7, pass_=known.pass_)
    assert inbox.deposit(ASKS.seen(1), MUM.seen(2), origin=origin).accepted
    assert firm.ids() == {"asks@x", "mum@x"}
    assert firm.rig.email("asks@x") == asks
    present = firm.rig.rows("SELECT count(*) FROM sightings WHERE email = ? AND gone_at IS NULL", asks)
    assert present == [(1,)]


def test_reset_and_synced_before_its_slices_nothing_is_lost(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), MUM.seen(2))
    firm.hands.do(firm.tom, "reset_mailbox", address=TOM)
    inbox = firm.again()
    known = firm.rig.vault.mailboxes.folder(inbox.folder)
    assert known is not None
    origin = Origin(mailbox=firm.box, incarnation=2, folder=inbox.folder, uidvalidity=7, pass_=known.pass_)
    inbox.deposit(ASKS.seen(1), MUM.seen(2), origin=origin)
    firm.slices()
    assert firm.ids() == {"asks@x", "mum@x"}
    assert firm.rig.rows("SELECT folder FROM sightings ORDER BY uid") == [(inbox.folder,), (inbox.folder,)]


def test_undo_of_a_filing_stays_sane_after_the_stop(firm: Firm) -> None:
    firm.inbox.deposit(MUM.seen(1))
    mum = firm.rig.vault.ids.email(firm.rig.email("mum@x"))
    firm.hands.do(firm.tom, "file", email=mum, thread=None, client="Acme", always=False)
    firm.hands.do(firm.tom, "stop_mailbox", address=TOM)
    firm.slices()
    assert firm.ids() == {"mum@x"}
    answer = firm.hands.ask(firm.tom, "undo")
    firm.slices()
    assert firm.ids() == {"mum@x"}
    assert answer is not None


# ---- Sharing


def test_joined_one_sees_its_private_mail_and_left_no_more(firm: Firm) -> None:
    firm.inbox.deposit(MUM.seen(1, flags=("\\Seen",)), replace(MUM, id="new@x").seen(2))
    firm.hands.do(firm.tom, "share", address=TOM, member="Max")
    assert firm.box in firm.rig.writer.book.scopes[firm.max].mailboxes
    assert firm.rig.rows("SELECT count(*) FROM member_states WHERE member = ? AND unread", firm.max) == [(1,)]
    told = firm.rig.rows("SELECT member, kind FROM notices ORDER BY member")
    assert told == [(firm.max, "mailbox_shared")]
    firm.hands.do(firm.max, "unshare", address=TOM, member="Max")
    assert firm.box not in firm.rig.writer.book.scopes[firm.max].mailboxes
    assert firm.ids() == {"mum@x", "new@x"}
    assert (firm.tom, "mailbox_left") in firm.rig.rows("SELECT member, kind FROM notices")


@pytest.mark.parametrize("method", ["share", "unshare"])
def test_no_role_changes_who_shares_a_mailbox(firm: Firm, method: str) -> None:
    firm.hands.refused(NotAllowed, firm.rig.owner, method, address=TOM, member="Tom")
    firm.hands.refused(NotFound, firm.max, method, address=TOM, member="Max")


def test_the_leavers_secret_goes_and_the_others_sign_in(firm: Firm) -> None:
    with firm.rig.writer.turn():
        firm.rig.vault.partings.signed_in(firm.box, firm.tom, at=NOW)
    firm.hands.do(firm.tom, "share", address=TOM, member="Max")
    assert firm.rig.vault.partings.without_secret() == []
    firm.hands.do(firm.tom, "unshare", address=TOM, member="Tom")
    assert firm.rig.vault.partings.without_secret() == [f"host {TOM}"]
    assert firm.rig.rows("SELECT incarnation FROM mailboxes") == [(2,)]


def test_who_signs_in_as_a_member_gives_that_member_s_secret(firm: Firm) -> None:
    firm.hands.do(firm.tom, "share", address=TOM, member="Max")
    firm.hands.ask(firm.rig.owner, "signed_in", as_=firm.tom, address=TOM)
    firm.hands.do(firm.tom, "unshare", address=TOM, member="Tom")
    assert firm.rig.vault.partings.without_secret() == [f"host {TOM}"]


def test_the_secret_of_a_stopped_mailbox_is_to_go_until_it_is_synced_again(firm: Firm) -> None:
    firm.hands.do(firm.tom, "stop_mailbox", address=TOM)
    assert firm.rig.vault.partings.without_secret() == [f"host {TOM}"]
    firm.rig.mailbox(TOM, firm.tom)
    assert firm.rig.vault.partings.without_secret() == []


# ---- Leaving the firm


def test_a_member_leaves_and_what_they_answered_for_passes(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), MUM.seen(2))
    beta = firm.rig.client("Beta", "bea@beta.example")
    with firm.rig.writer.turn() as turn:
        firm.rig.vault.firm.give_access(firm.tom, beta, at=NOW)
        firm.rig._read_anew(turn)  # noqa: SLF001 - one rig
    thread = firm.rig.vault.ids.thread(firm.rig.rows("SELECT thread FROM emails WHERE message_id = 'asks@x'")[0][0])  # type: ignore[arg-type]
    firm.hands.do(firm.tom, "assign", thread=thread, member="Tom")
    firm.hands.do(firm.rig.owner, "leave_firm", member="Tom", pass_to="Max")
    firm.slices()
    assert firm.ids() == {"asks@x"}
    assert firm.rig.rows("SELECT member FROM assignments") == [(firm.max,)]
    assert firm.rig.writer.book.scopes[firm.max].clients == frozenset({firm.acme, beta})
    assert firm.tom not in firm.rig.writer.book.members
    firm.hands.refused(NotFound, firm.tom, "archive", emails=(), threads=())


def test_a_shared_mailbox_goes_on_with_the_others(firm: Firm) -> None:
    firm.inbox.deposit(MUM.seen(1))
    firm.hands.do(firm.tom, "share", address=TOM, member="Max")
    firm.hands.do(firm.rig.owner, "leave_firm", member="Tom", pass_to="Max")
    firm.slices()
    assert firm.ids() == {"mum@x"}
    assert firm.rig.writer.book.mailboxes[firm.box].members == (firm.max,)


def test_who_may_send_a_member_away(firm: Firm) -> None:
    firm.hands.refused(NotAllowed, firm.max, "leave_firm", member="Tom", pass_to="Max")
    firm.hands.refused(NotAllowed, firm.rig.owner, "leave_firm", member="Olga Owner", pass_to="Max")
    firm.hands.refused(BadRequest, firm.rig.owner, "leave_firm", member="Tom", pass_to="Tom")
