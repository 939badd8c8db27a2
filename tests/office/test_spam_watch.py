"""Client mail in the spam folder ([S4a]): told, moved to the inbox by one act, and nothing of it kept."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from actors.desk.reading import Readers
from actors.messages import Carried, Carry
from store.model.errors import BadRequest, NotFound
from store.model.evidence import Kind, Verified
from store.model.ids import MailboxKey, MemberKey
from store.model.views import NoticeKind, NoticeRow
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

TOM = "tom@firm.example"
OURS = Letter(id="lost@x", to=(TOM,), subject="Subjectsecret", at=NOW - 900)
SECRETS = (b"Subjectsecret", b"lost@x", b"spammer@bad.example")


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    tom: MemberKey
    box: MailboxKey
    inbox: FolderRig
    junk: FolderRig

    def comes(self, *letters: Letter, first: int = 1) -> None:
        self.junk.deposit(pending=f"{first}:{first + len(letters) - 1}")
        self.junk.deposit(*(letter.seen(n, whole=False) for n, letter in enumerate(letters, first)))

    def told(self, member: MemberKey | None = None) -> list[NoticeRow]:
        reader = Readers().reader(self.rig.vault.database, member or self.tom, NOW)
        return [row for row in reader.notices(archived=False) if row.kind is NoticeKind.IN_SPAM]

    def ledger(self) -> list[tuple[object, ...]]:
        return self.rig.rows("SELECT first, last, outcome, reason FROM ledger WHERE folder = ?", self.junk.folder)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme = rig.client("Acme", "ana@client.example")
    tom = rig.member("Tom", acme)
    box = rig.mailbox(TOM, tom)
    inbox = rig.folder(box)
    yield Firm(rig, Hands(rig), tom, box, inbox, rig.folder(box, "Junk", use="junk"))
    rig.close()


def test_a_clients_mail_in_spam_is_told_and_nothing_of_it_is_kept(firm: Firm) -> None:
    firm.comes(OURS, Letter(id="buy@x", sender="spammer@bad.example", to=(TOM,)))
    (notice,) = firm.told()
    assert notice.client is not None
    assert (notice.client.name, notice.email, notice.arguments) == ("Acme", None, {"address": TOM})
    assert firm.ledger() == [(1, 2, "skipped", "spam_folder")]
    assert firm.rig.rows("SELECT count(*) FROM emails") == [(0,)]
    assert firm.rig.rows("SELECT count(*) FROM skipped_hashes") == [(0,)]
    firm.rig.vault.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    kept = b"".join(path.read_bytes() for path in firm.rig.path.parent.iterdir() if path.is_file())
    assert [word for word in SECRETS if word in kept] == []


@pytest.mark.parametrize(
    "letter",
    [
        dataclasses.replace(OURS, verified=Verified.FAIL),
        dataclasses.replace(OURS, kind=Kind.BOUNCE),
        dataclasses.replace(OURS, sender="spammer@bad.example", cc=("ana@client.example",)),
        dataclasses.replace(OURS, sender="ana@сlient.example"),  # a Cyrillic c
        dataclasses.replace(OURS, sender=TOM),
    ],
)
def test_what_is_forged_or_a_strangers_is_spam(firm: Firm, letter: Letter) -> None:
    firm.comes(letter)
    assert firm.told() == []
    assert firm.ledger() == [(1, 1, "skipped", "spam_folder")]


def test_what_somebody_put_there_is_not_told(firm: Firm) -> None:
    firm.inbox.deposit(OURS.seen(1))
    firm.comes(OURS)
    assert firm.told() == []


def test_the_never_sync_list_keeps_still(firm: Firm) -> None:
    firm.hands.do(firm.tom, "set_mailbox", address=TOM, never_sync=("client.example",))
    firm.comes(OURS)
    assert firm.told() == []


def test_it_is_told_once_and_no_longer_when_it_has_left(firm: Firm) -> None:
    firm.comes(OURS)
    firm.comes(OURS)
    assert len(firm.told()) == 1
    firm.junk.deposit(gone="1")
    assert firm.told() == []


def test_another_uidvalidity_makes_an_end_of_old_places(firm: Firm) -> None:
    firm.comes(OURS)
    firm.junk.open(8)
    firm.comes(OURS, first=5)
    assert len(firm.told()) == 1
    firm.hands.do(firm.tom, "unspam", emails=(), notices=(firm.told()[0].notice,))
    ((_, carry),) = firm.rig.take_told(Carry)
    assert isinstance(carry, Carry)
    assert (carry.changes[0].uidvalidity, carry.changes[0].uid) == (8, 5)


def test_one_act_moves_it_to_the_inbox_where_it_is_filed(firm: Firm) -> None:
    firm.comes(OURS, dataclasses.replace(OURS, id="more@x"))
    assert len(firm.told()) == 2
    for notice in firm.told():
        done = firm.hands.do(firm.tom, "unspam", emails=(), notices=(notice.notice,))
        assert (done.done, done.affected, done.undo) == (True, 1, None)
    assert firm.told() == []
    sent = [change for _, told in firm.rig.take_told(Carry) if isinstance(told, Carry) for change in told.changes]
    assert {(one.folder, one.uid, one.target_use) for one in sent} == {
        (firm.junk.folder, 1, "inbox"),
        (firm.junk.folder, 2, "inbox"),
    }
    for change in {one.change for one in sent}:
        firm.rig.writer.carried(Carried(mailbox=firm.box, incarnation=1, change=change, outcome="done"))
    assert firm.rig.rows("SELECT count(*) FROM changes") == [(0,)]
    firm.inbox.deposit(OURS.seen(9))
    assert set(firm.rig.filings("lost@x")) == {1}


def test_what_cannot_be_moved_any_more_is_said(firm: Firm) -> None:
    firm.comes(OURS)
    firm.hands.do(firm.tom, "unspam", emails=(), notices=(firm.told()[0].notice,))
    ((_, carry),) = firm.rig.take_told(Carry)
    assert isinstance(carry, Carry)
    firm.rig.writer.carried(Carried(mailbox=firm.box, incarnation=1, change=carry.changes[0].change, outcome="gone"))
    reader = Readers().reader(firm.rig.vault.database, firm.tom, NOW)
    assert [row.kind for row in reader.notices(archived=False)] == [NoticeKind.CHANGE_DROPPED]


def test_whoever_may_not_see_the_client_is_not_told(firm: Firm) -> None:
    firm.rig.client("Hidden", "zed@hidden.example")
    firm.comes(dataclasses.replace(OURS, sender="zed@hidden.example"))
    assert firm.told() == []
    assert firm.rig.rows("SELECT count(*) FROM notices") == [(0,)]


def test_only_ones_own_notice_of_that_kind(firm: Firm) -> None:
    firm.comes(OURS)
    (notice,) = firm.told()
    other = firm.rig.member("Eva")
    assert isinstance(firm.hands.ask(other, "unspam", emails=(), notices=(notice.notice,)), NotFound)
    assert isinstance(firm.hands.ask(firm.tom, "unspam", emails=("x",), notices=(notice.notice,)), BadRequest)
    assert len(firm.told()) == 1


def test_a_flood_in_a_clients_name_is_fifty_notices(firm: Firm) -> None:
    firm.comes(*(dataclasses.replace(OURS, id=f"m{n}@x") for n in range(120)))
    assert len(firm.told()) == 50
    assert firm.ledger() == [(1, 120, "skipped", "spam_folder")]
