"""A mailbox that keeps client mail only ([S4]): what is passed over, what stays of it, and what brings it in later."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.desk.api import NewClient, NewContact
from actors.messages import AuditDone, AuditTold, Deposited, Wanted
from store.model.errors import DeskError
from store.model.firm import Right
from store.model.ids import MailboxKey, MemberKey
from store.model.mailbox import MailboxScope
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

DAY = 86_400
TOM, CLARA = "tom@firm.example", "clara@firm.example"
ASKS = Letter(id="asks@x", to=(TOM,), at=NOW - 900)
MUM = Letter(
    id="mumsecret@home.example", sender="mumsecret@home.example", to=(TOM,), cc=("auntsecret@home.example",),
    subject="Subjectsecret", text="Bodysecret", answers=("oldsecret@home.example",), at=NOW - 800,
)  # fmt: skip
SECRETS = (b"mumsecret", b"auntsecret", b"Subjectsecret", b"Bodysecret", b"oldsecret")
LATE = Letter(id="late@x", sender="lee@later.example", to=(TOM,), at=NOW - 5000)


@dataclass
class Firm:
    """Olga owns it; Tom's mailbox keeps client mail only."""

    rig: DeskRig
    hands: Hands
    tom: MemberKey
    box: MailboxKey
    inbox: FolderRig

    def comes(self, *letters: Letter, first: int = 1) -> Deposited:
        """Their header fields were fetched."""
        return self.inbox.deposit(*(letter.seen(n, whole=False) for n, letter in enumerate(letters, first)))

    def again(self) -> str:
        """What is to be looked at again, as told to the mailbox."""
        told = [m for _name, m in self.rig.take_told(Wanted) if isinstance(m, Wanted) and m.pending]
        assert all(one.folder == self.inbox.folder for one in told)
        return ",".join(one.uids for one in told)

    def reasons(self) -> dict[str, str]:
        now, rows = self.inbox.now(), self.rig.rows("SELECT first, last, outcome, reason FROM ledger ORDER BY first")
        return {"here": now.here} | {f"{a}:{b}": f"{outcome} {reason}".strip() for a, b, outcome, reason in rows}

    def hashes(self) -> int:
        return len(self.rig.rows("SELECT * FROM skipped_hashes"))

    def bytes(self) -> bytes:
        """All that is on disk."""
        self.rig.vault.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        folder = self.rig.path.parent
        return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    made = make(tmp_path / "vault.db")
    yield made
    made.rig.close()


def make(path: Path) -> Firm:
    rig = DeskRig(path)
    rig.client("Acme", "ana@client.example")
    tom = rig.member("Tom", rights=(Right.MANAGE_CLIENTS, Right.VIEW_ALL_CLIENTS))
    box = rig.mailbox(TOM, tom, scope=MailboxScope.CLIENTS)
    return Firm(rig, Hands(rig), tom, box, rig.folder(box))


# ---- What is kept


def test_client_mail_is_filed_and_its_body_wanted(firm: Firm) -> None:
    assert firm.comes(ASKS).wanting == "1"
    assert list(firm.rig.filings("asks@x").values()) == ["address"]


def test_of_other_mail_nothing_stays_but_keyed_hashes(firm: Firm) -> None:
    firm.inbox.deposit(pending="1:2")
    firm.comes(ASKS, MUM)
    assert firm.reasons() == {"here": "1", "2:2": "skipped not_a_client"}
    for table in ("emails", "contents", "sightings", "header_blocks"):
        assert firm.rig.rows(f"SELECT count(*) FROM {table}") == [(1,)]  # noqa: S608 - named above
    assert firm.hashes() == 7  # its id, one that it names, three addresses and their two domains
    found = firm.bytes()
    assert b"ana@client.example" in found
    assert [word for word in SECRETS if word.lower() in found.lower()] == []


def test_the_hashes_are_the_firms_own(firm: Firm, tmp_path: Path) -> None:
    firm.comes(MUM)
    (tmp_path / "other").mkdir()
    other = make(tmp_path / "other" / "vault.db")
    other.comes(MUM)
    mine, theirs = (one.rig.rows("SELECT hash FROM skipped_hashes") for one in (firm, other))
    assert len(mine) == len(theirs) == 7
    assert not set(mine) & set(theirs)
    other.rig.close()


def test_an_audit_adds_up_with_the_reason(firm: Firm) -> None:
    firm.comes(ASKS, MUM, replace(MUM, id="two@x"))
    firm.rig.writer.audit(AuditTold(id="q", mailbox=firm.box, folders=((firm.inbox.folder, "INBOX", 7, "1:3"),)))
    ((_, done),) = firm.rig.take_told(AuditDone)
    assert isinstance(done, AuditDone)
    (line,) = done.lines
    assert (line.server, line.store, line.filed, line.skipped) == (3, 3, 1, 2)
    assert (line.skipped_by, line.missing, line.extra) == ({"not_a_client": 2}, (), ())


def test_an_answer_is_kept_with_its_thread_in_one_batch_and_in_either_order(firm: Firm) -> None:
    answer = Letter(id="b@x", sender="helper@nowhere.example", to=(TOM,), answers=("asks@x",))
    asks = replace(ASKS, cc=("helper@nowhere.example",))
    firm.comes(answer, asks)
    assert list(firm.rig.filings("b@x").values()) == ["thread"]
    assert firm.hashes() == 0


def test_mail_filed_elsewhere_is_kept_here_too(firm: Firm) -> None:
    """Filed by hand in a colleague's mailbox: one email, with a sighting here."""
    clara = firm.rig.folder(firm.rig.mailbox(CLARA, firm.rig.owner))
    letter = replace(LATE, to=(CLARA, TOM))
    clara.deposit(letter.seen(1))
    firm.comes(letter)
    assert firm.reasons() == {"here": "", "1:1": "skipped not_a_client"}
    firm.hands.do(firm.rig.owner, "file", email=firm.hands.email("late@x"), thread=None, client="Acme")
    assert firm.again() == "1"
    firm.comes(letter)
    assert firm.reasons() == {"here": "1"}
    assert len(firm.rig.rows("SELECT * FROM sightings")) == 2


def test_always_for_a_sender_reaches_what_was_passed_over(firm: Firm) -> None:
    clara = firm.rig.folder(firm.rig.mailbox(CLARA, firm.tom))
    clara.deposit(replace(LATE, id="c@x", to=(CLARA,)).seen(1))
    firm.comes(LATE)
    firm.hands.do(firm.tom, "file", email=firm.hands.email("c@x"), thread=None, client="Acme", always=True)
    assert firm.again() == "1"
    firm.comes(LATE)
    assert list(firm.rig.filings("late@x").values()) == ["always"]


# ---- What brings it in


def test_a_link_makes_what_its_hash_knows_pending_again_and_no_more(firm: Firm) -> None:
    firm.comes(MUM, LATE, replace(LATE, id="two@x", sender="other@later.example", cc=("LEE@Later.example",)))
    firm.hands.do(firm.rig.owner, "link", address="lee@later.example", client="Acme")
    assert firm.again() == "2:3"
    assert firm.reasons() == {"here": "", "1:1": "skipped not_a_client", "2:3": "pending linked"}
    assert firm.inbox.open().pending == "2:3"
    firm.comes(LATE, first=2)
    assert list(firm.rig.filings("late@x").values()) == ["address"]


@pytest.mark.parametrize("method", ["add_client", "make_clients", "set_email_sync", "undo"])
def test_each_act_that_lets_an_address_file_reaches_it(firm: Firm, method: str) -> None:
    owner, lee = firm.rig.owner, "lee@later.example"
    if method in ("set_email_sync", "undo"):
        firm.hands.do(owner, "link", address=lee, client="Acme")
        firm.hands.do(owner, "set_email_sync", address=lee, client="Acme", on=False)
    firm.comes(MUM, LATE)
    contact = NewContact(name="", address=lee)
    named: dict[str, dict[str, Any]] = {
        "add_client": {"name": "Lee", "contacts": [contact]},
        "make_clients": {"clients": [NewClient(name="Lee", contacts=(contact,))]},
        "set_email_sync": {"address": lee, "client": "Acme", "on": True},
        "undo": {},
    }
    answer = firm.hands.ask(owner, method, **named[method])
    assert not isinstance(answer, DeskError), answer
    assert firm.again() == "2"


def test_a_thread_that_becomes_a_clients_brings_its_answers_in(firm: Firm) -> None:
    """The answer came first: of it only hashes were kept."""
    answer = Letter(id="b@x", sender="helper@nowhere.example", to=(TOM,), answers=("late@x",))
    letter = replace(LATE, cc=("helper@nowhere.example",))
    firm.comes(answer, letter)
    assert firm.reasons() == {"here": "", "1:2": "skipped not_a_client"}
    firm.hands.do(firm.rig.owner, "link", address="lee@later.example", client="Acme")
    assert firm.again() == "2"
    answered = firm.comes(letter, first=2)
    assert answered.pending == ((firm.inbox.folder, "1"),), "with the answer, so that a look does not end before"
    firm.comes(answer)
    assert list(firm.rig.filings("b@x").values()) == ["thread"]
    assert firm.reasons() == {"here": "1:2"}
    assert firm.hashes() == 0


def test_past_mail_of_a_link_is_told_in_bulk_and_is_no_news(firm: Firm) -> None:
    firm.comes(*(replace(LATE, id=f"{n}@x", at=NOW - 100 + n) for n in range(3)))
    firm.hands.do(firm.rig.owner, "link", address="lee@later.example", client="Acme")
    assert firm.again() == "1:3"
    firm.comes(*(replace(LATE, id=f"{n}@x", at=NOW - 100 + n) for n in range(3)))
    assert firm.rig.rows("SELECT * FROM errands") == []
    ((member, arguments),) = firm.rig.rows("SELECT member, arguments FROM notices WHERE kind = 'linked_filed'")
    assert member == firm.tom
    assert b"count\x03" in bytes(arguments)  # type: ignore[call-overload]
    firm.comes(replace(LATE, id="new@x", at=NOW), first=9)
    assert len(firm.rig.rows("SELECT * FROM errands")) == 1


def test_the_grace_holds_for_what_is_fetched_after_a_link(firm: Firm) -> None:
    with firm.rig.writer.turn():
        firm.rig.vault.meta.put("grace_seconds", 3600)
    firm.comes(LATE)
    firm.hands.do(firm.rig.owner, "link", address="lee@later.example", client="Acme")
    firm.comes(LATE, ASKS)
    rows = {
        row[0]: row[1]
        for row in firm.rig.rows(
            "SELECT e.message_id, f.visible_from FROM filings f JOIN emails e ON e.email = f.email"
        )
    }
    assert rows == {"late@x": NOW + 3600, "asks@x": 0}


def test_hashes_go_with_their_uid(firm: Firm) -> None:
    firm.comes(MUM, LATE, replace(LATE, id="three@x"))
    firm.inbox.open()
    firm.inbox.deposit(gone="1", skipped=(("2", "before_history"),))
    assert firm.rig.rows("SELECT DISTINCT uid FROM skipped_hashes") == [(3,)]
    firm.inbox.open(uidvalidity=8)
    assert firm.hashes() == 0
    firm.hands.do(firm.rig.owner, "link", address="lee@later.example", client="Acme")
    assert firm.again() == ""


def test_a_kill_between_link_and_fetch_loses_nothing(firm: Firm) -> None:
    firm.comes(LATE)
    firm.hands.do(firm.rig.owner, "link", address="lee@later.example", client="Acme")
    firm.rig.reopen()
    assert firm.inbox.open().pending == "1"
    firm.comes(LATE)
    assert list(firm.rig.filings("late@x").values()) == ["address"]


# ---- What was a client's and is nobody's any more


def test_what_is_unlinked_stays_for_a_day_so_that_undo_brings_it_back(firm: Firm) -> None:
    firm.rig.link("lee@later.example", firm.rig.client("Lee"))
    firm.inbox.deposit(LATE.seen(1))
    firm.hands.do(firm.rig.owner, "unlink", address="lee@later.example", client="Lee")
    assert not firm.rig.writer.let_go()
    firm.hands.do(firm.rig.owner, "undo")
    firm.rig.time.advance(DAY + 1)
    while firm.rig.writer.let_go():
        pass
    assert list(firm.rig.filings("late@x").values()) == ["address"]
    assert firm.rig.rows("SELECT * FROM letting_go") == []


def test_after_it_nothing_stays_but_hashes_and_a_link_brings_it_back(firm: Firm) -> None:
    firm.rig.link("lee@later.example", firm.rig.client("Lee"))
    firm.inbox.deposit(
        replace(LATE, subject="Subjectsecret", text="Bodysecret", cc=("auntsecret@home.example",)).seen(1)
    )
    firm.hands.do(firm.rig.owner, "unlink", address="lee@later.example", client="Lee")
    firm.rig.time.advance(DAY + 1)
    assert firm.rig.writer.let_go()
    while firm.rig.writer.let_go() or firm.rig.writer.idle():
        pass
    assert firm.reasons() == {"here": "", "1:1": "skipped not_a_client"}
    found = firm.bytes().lower()
    assert [word for word in (b"subjectsecret", b"bodysecret", b"auntsecret") if word in found] == []
    firm.hands.do(firm.rig.owner, "link", address="lee@later.example", client="Lee")
    assert firm.again() == "1"


def test_what_somebody_decided_on_by_hand_stays(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.hands.do(firm.rig.owner, "file", email=firm.hands.email("asks@x"), thread=None, client=None)
    firm.rig.time.advance(DAY + 1)
    while firm.rig.writer.let_go():
        pass
    assert firm.reasons() == {"here": "1"}
    assert firm.rig.rows("SELECT * FROM letting_go") == []


@pytest.mark.parametrize("how", ["moved", "renumbered"])
def test_a_decision_by_hand_outlives_a_move_and_a_new_uidvalidity(firm: Firm, how: str) -> None:
    firm.comes(ASKS)
    firm.hands.do(firm.rig.owner, "file", email=firm.hands.email("asks@x"), thread=None, client=None)
    if how == "moved":
        firm.inbox.open()
        firm.inbox.deposit(gone="1")
        archive = firm.rig.folder(firm.box, "Archive", use="archive")
        archive.deposit(ASKS.seen(5, whole=False))
        assert archive.now().here == "5"
    else:
        firm.inbox.open(uidvalidity=8)
        firm.comes(ASKS, first=5)
        firm.inbox.close()
        assert firm.inbox.now().here == "5"
    assert len(firm.rig.rows("SELECT * FROM hand_decisions")) == 1
    assert firm.hashes() == 0


# ---- Whatever happens


@st.composite
def letters(draw: st.DrawFn) -> list[Letter]:
    people = ("ana@client.example", "lee@later.example", "zoe@nowhere.example", TOM)
    return [
        Letter(
            id=f"m{n}@x",
            sender=draw(st.sampled_from(people)),
            to=tuple(draw(st.lists(st.sampled_from(people), min_size=1, max_size=2, unique=True))),
            at=NOW - 1000 * (n + 1),
            answers=tuple(draw(st.lists(st.sampled_from([f"m{k}@x" for k in range(6) if k != n]), max_size=2))),
        )
        for n in range(draw(st.integers(1, 6)))
    ]


_serial = itertools.count()


@given(letters(), st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_in_any_order_with_any_links_the_filed_mail_is_that_of_a_mailbox_that_keeps_all(
    tmp_path: Path, mails: list[Letter], data: st.DataObject
) -> None:
    """Beside it runs a mailbox of scope *headers*: what is filed there is filed here, and nothing else is here."""
    folder = tmp_path / str(next(_serial))
    (folder / "a").mkdir(parents=True)
    (folder / "b").mkdir()
    thrifty, full = make(folder / "a" / "vault.db"), make(folder / "b" / "vault.db")
    with full.rig.writer.turn() as turn:
        kept = full.rig.vault.mailboxes.all()[full.box].settings
        full.rig.vault.mailboxes.set_up(full.box, msgspec.structs.replace(kept, scope=MailboxScope.HEADERS))
        full.rig._read_anew(turn)  # noqa: SLF001 - one rig
    acts = [("mail", n) for n in range(len(mails))] + [("link", 0), ("unlink", 0), ("link", 0)]
    order = data.draw(st.permutations(acts))
    linked = False
    for kind, n in order:
        for one in (thrifty, full):
            if kind == "mail":
                one.comes(mails[n], first=n + 1)
            elif (kind == "link") is not linked:
                one.hands.do(one.rig.owner, kind, address="lee@later.example", client="Acme")
        linked = (kind == "link") if kind != "mail" else linked
        fetch_all(thrifty, mails)
    thrifty.rig.time.advance(2 * DAY)
    while thrifty.rig.writer.let_go():
        pass
    assert filed(thrifty) == filed(full)
    assert thrifty.rig.rows("SELECT count(*) FROM emails WHERE filed = 0") == [(0,)]
    thrifty.rig.close()
    full.rig.close()


def fetch_all(firm: Firm, mails: list[Letter]) -> None:
    """The mailbox looks until nothing is pending."""
    while pending := firm.inbox.uids(firm.inbox.open().pending):
        for uid in pending:
            firm.comes(mails[uid - 1], first=uid)


def filed(firm: Firm) -> set[tuple[object, ...]]:
    return set(
        firm.rig.rows("SELECT e.message_id, f.client, f.reason FROM filings f JOIN emails e ON e.email = f.email")
    )
