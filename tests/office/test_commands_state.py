r"""Read, starred, done: whose state it is, what servers are told, and the way back ([T2a], [T2b])."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.model.errors import BadRequest, Conflict, NotFound
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.mailbox import Progress, SyncState
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

ASKS = Letter(id="asks@x", at=NOW - 900)
AGAIN = Letter(id="again@x", at=NOW - 800, answers=("asks@x",))


@dataclass
class Firm:
    """Clara and Max see Acme; Clara has a mailbox, both share another."""

    rig: DeskRig
    hands: Hands
    acme: ClientKey
    clara: MemberKey
    max: MemberKey
    box: MailboxKey
    inbox: FolderRig
    archive: FolderRig
    shared: MailboxKey
    common: FolderRig

    def offline(self, mailbox: MailboxKey) -> None:
        self.rig.vault.mailboxes.tell(mailbox, Progress(state=SyncState.OFFLINE), broke_at=None)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme = rig.client("Acme", "ana@client.example")
    clara, max_ = rig.member("Clara", acme), rig.member("Max", acme)
    box = rig.mailbox("clara@firm.example", clara)
    inbox = rig.folder(box)
    archive = rig.folder(box, "Archive", use="archive")
    shared = rig.mailbox("office@firm.example", clara, max_)
    yield Firm(rig, Hands(rig), acme, clara, max_, box, inbox, archive, shared, rig.folder(shared))
    rig.close()


def test_reading_is_one_s_own_and_goes_to_one_s_own_server(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    email = firm.hands.email("asks@x")
    assert firm.hands.unread(firm.clara, "asks@x")
    assert firm.hands.unread(firm.max, "asks@x")
    done = firm.hands.do(firm.clara, "mark", emails=[email], read=True)
    assert (done.affected, done.undo) == (1, "mark")
    assert not firm.hands.unread(firm.clara, "asks@x")
    assert firm.hands.unread(firm.max, "asks@x")
    (change,) = firm.hands.given(firm.box)
    assert (change.uid, change.flags_add, change.flags_remove) == (1, ("\\Seen",), ())
    firm.hands.carry(firm.box, change)
    assert firm.hands.waiting() == []
    assert firm.rig.rows("SELECT flags FROM sightings") == [("\\Seen",)]


def test_a_colleague_changes_nothing_in_another_s_mailbox(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.hands.do(firm.max, "mark", emails=[firm.hands.email("asks@x")], read=True, starred=True)
    assert firm.hands.starred(firm.max, "asks@x")
    assert not firm.hands.starred(firm.clara, "asks@x")
    assert firm.hands.unread(firm.clara, "asks@x")
    assert firm.hands.waiting() == []


def test_what_a_server_is_told_is_not_an_echo(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.hands.do(firm.clara, "mark", emails=[firm.hands.email("asks@x")], read=True)
    firm.inbox.deposit(flags=((1, ()),))  # as it still was
    assert not firm.hands.unread(firm.clara, "asks@x")


def test_in_a_shared_mailbox_the_first_reader_sets_seen_and_unread_stays_one_s_own(firm: Firm) -> None:
    firm.common.deposit(ASKS.seen(1))
    email = firm.hands.email("asks@x")
    firm.hands.do(firm.max, "mark", emails=[email], read=True)
    (change,) = firm.hands.given(firm.shared)
    assert change.flags_add == ("\\Seen",)
    firm.hands.carry(firm.shared, change)
    assert firm.hands.unread(firm.clara, "asks@x")
    firm.hands.do(firm.max, "mark", emails=[email], read=False)
    assert firm.hands.unread(firm.max, "asks@x")
    assert firm.hands.given(firm.shared) == []
    firm.hands.do(firm.clara, "mark", emails=[email], read=True)
    assert firm.hands.given(firm.shared) == [], "it is seen there already"


def test_unread_takes_seen_from_one_s_own_mailbox(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1, flags=("\\Seen",)))
    firm.hands.do(firm.clara, "mark", emails=[firm.hands.email("asks@x")], read=False)
    (change,) = firm.hands.given(firm.box)
    assert change.flags_remove == ("\\Seen",)
    assert firm.hands.unread(firm.clara, "asks@x")


def test_undo_before_the_server_was_told_drops_the_change(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.offline(firm.box)
    firm.hands.do(firm.clara, "mark", emails=[firm.hands.email("asks@x")], read=True, starred=True)
    assert firm.hands.given(firm.box) == []
    assert [row[:3] for row in firm.hands.waiting()] == [(1, "\\Seen", ""), (1, "\\Flagged", "")]
    firm.hands.do(firm.clara, "undo")
    assert firm.hands.waiting() == []
    assert firm.hands.unread(firm.clara, "asks@x")
    assert not firm.hands.starred(firm.clara, "asks@x")


def test_undo_after_it_was_carried_tells_the_server_the_opposite(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.hands.do(firm.clara, "mark", emails=[firm.hands.email("asks@x")], read=True)
    (change,) = firm.hands.given(firm.box)
    firm.hands.carry(firm.box, change)
    firm.hands.do(firm.clara, "undo")
    (counter,) = firm.hands.given(firm.box)
    assert (counter.flags_add, counter.flags_remove) == ((), ("\\Seen",))
    assert firm.hands.unread(firm.clara, "asks@x")


def test_undo_of_a_mark_that_changed_elsewhere_does_nothing(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.hands.do(firm.clara, "mark", emails=[firm.hands.email("asks@x")], read=True)
    (change,) = firm.hands.given(firm.box)
    firm.hands.carry(firm.box, change)
    firm.inbox.open()  # what the look under way had read is older than what was carried
    firm.inbox.deposit(flags=((1, ()),))  # another program of hers said unread
    assert firm.hands.unread(firm.clara, "asks@x")
    assert firm.hands.refused(Conflict, firm.clara, "undo").code == "undo_changed"


def test_marking_what_is_so_already_is_no_act(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1, flags=("\\Seen",)))
    answer = firm.hands.ask(firm.clara, "mark", emails=[firm.hands.email("asks@x")], read=True)
    assert (answer.done, answer.affected, answer.undo) == (False, 0, None)
    assert firm.hands.acts() == []


@pytest.mark.parametrize("named", [{"read": None, "starred": None}, {"read": True, "emails": []}])
def test_something_is_marked_as_something(firm: Firm, named: dict[str, object]) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.hands.refused(BadRequest, firm.clara, "mark", **{"emails": [firm.hands.email("asks@x")], **named})


def test_one_hidden_email_hides_the_request(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), Letter(id="own@x", sender="sue@strange.example").seen(2))
    emails = [firm.hands.email("asks@x"), firm.hands.email("own@x")]
    firm.hands.refused(NotFound, firm.max, "mark", emails=emails, read=True)
    assert firm.hands.unread(firm.max, "asks@x")


def test_done_and_taken_back(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), AGAIN.seen(2))
    thread = firm.hands.thread("asks@x")
    assert firm.hands.thread_state("asks@x") == "to_answer"
    assert firm.hands.do(firm.max, "done", thread=thread).undo == "done"
    assert firm.hands.thread_state("asks@x") == "done"
    assert firm.hands.waiting() == [], "Max has no copy of his own"
    assert not firm.hands.ask(firm.clara, "done", thread=thread).done
    firm.hands.do(firm.max, "undo")
    assert firm.hands.thread_state("asks@x") == "to_answer"
    assert ("threads_changed", None, None, None) in firm.hands.announced()


def test_done_archives_one_s_own_inbox_copies(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), AGAIN.seen(2))
    firm.offline(firm.box)
    firm.hands.do(firm.clara, "done", thread=firm.hands.thread("asks@x"))
    key = firm.rig.email("asks@x")
    assert firm.hands.place(key) == [(firm.inbox.folder, 1, 0, firm.archive.folder)]
    assert [(row[0], row[4]) for row in firm.hands.waiting()] == [(2, "archive"), (1, "archive")]
    firm.hands.do(firm.clara, "undo")
    assert firm.hands.waiting() == []
    assert firm.hands.place(key) == [(firm.inbox.folder, 1, 0, None)]


def test_mail_from_outside_reopens_and_undo_of_done_still_works(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.hands.do(firm.max, "done", thread=firm.hands.thread("asks@x"))
    firm.inbox.deposit(AGAIN.seen(2))
    assert firm.hands.thread_state("asks@x") == "to_answer"
    firm.hands.do(firm.max, "undo")
    assert firm.hands.thread_state("asks@x") == "to_answer"


def test_reopened_and_taken_back(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    thread = firm.hands.thread("asks@x")
    assert not firm.hands.ask(firm.max, "reopen", thread=thread).done
    firm.hands.do(firm.max, "done", thread=thread)
    firm.hands.do(firm.clara, "reopen", thread=thread)
    assert firm.hands.thread_state("asks@x") == "to_answer"
    assert firm.hands.refused(Conflict, firm.max, "undo").code == "undo_changed"
    firm.hands.do(firm.clara, "undo")
    assert firm.hands.thread_state("asks@x") == "done"


def test_reopened_and_done_again_since_is_not_undone(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    thread = firm.hands.thread("asks@x")
    firm.hands.do(firm.max, "done", thread=thread)
    firm.hands.do(firm.clara, "reopen", thread=thread)
    firm.hands.do(firm.max, "done", thread=thread)
    assert firm.hands.refused(Conflict, firm.clara, "undo").code == "undo_changed"
    assert firm.hands.thread_state("asks@x") == "done"


def test_reading_in_passing_leaves_no_undo(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1), AGAIN.seen(2))
    email = firm.hands.email("asks@x")
    starred = firm.hands.do(firm.clara, "mark", emails=[firm.hands.email("again@x")], starred=True)
    done = firm.hands.do(firm.clara, "mark", emails=[email], read=True, passing=True)
    assert (starred.undo, done.affected, done.undo) == ("mark", 1, None)
    firm.hands.do(firm.clara, "undo")
    assert not firm.hands.unread(firm.clara, "asks@x")
    assert firm.rig.rows("SELECT starred FROM member_states WHERE starred = 1") == []
