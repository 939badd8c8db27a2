"""Archive, delete, move: one's own copies, here at once, then on the server, and back."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.model.errors import BadRequest, Conflict, NotFound
from store.model.ids import ClientKey, FolderKey, MailboxKey, MemberKey
from store.model.mailbox import Progress, SyncState
from store.model.views import NoticeKind
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

ASKS = Letter(id="asks@x", at=NOW - 900)
PRIVATE = Letter(id="private@x", sender="sue@strange.example", at=NOW - 800)


@dataclass
class Firm:
    """Clara has a mailbox with five folders; Max sees the client only."""

    rig: DeskRig
    hands: Hands
    acme: ClientKey
    clara: MemberKey
    max: MemberKey
    box: MailboxKey
    folders: dict[str, FolderRig]

    @property
    def inbox(self) -> FolderRig:
        return self.folders["INBOX"]

    def key(self, folder: str) -> FolderKey:
        return self.folders[folder].folder

    def offline(self) -> None:
        self.rig.vault.mailboxes.tell(self.box, Progress(state=SyncState.OFFLINE), broke_at=None)

    def seen_by(self, member: MemberKey, message_id: str) -> bool:
        answer = self.hands.ask(member, "mark", emails=[self.hands.email(message_id)], read=None, starred=True)
        return not isinstance(answer, NotFound)

    def at(self, message_id: str) -> list[tuple[object, ...]]:
        return self.hands.place(self.rig.email(message_id))


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme = rig.client("Acme", "ana@client.example")
    clara, max_ = rig.member("Clara", acme), rig.member("Max", acme)
    box = rig.mailbox("clara@firm.example", clara)
    uses = {"INBOX": "inbox", "Archive": "archive", "Trash": "trash", "Sent": "sent", "Cases": ""}
    folders = {name: rig.folder(box, name, use=use) for name, use in uses.items()}
    yield Firm(rig, Hands(rig), acme, clara, max_, box, folders)
    rig.close()


def test_an_archived_copy_is_in_the_archive_at_once_and_then_on_the_server(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    done = firm.hands.do(firm.clara, "archive", emails=[firm.hands.email("private@x")])
    assert (done.affected, done.undo) == (1, "archive")
    assert firm.at("private@x") == [(firm.key("INBOX"), 1, 0, firm.key("Archive"))]
    (change,) = firm.hands.given(firm.box)
    assert (change.folder, change.uid, change.target_use) == (firm.key("INBOX"), 1, "archive")
    firm.hands.carry(firm.box, change, folder=firm.key("Archive"), uid=41)
    assert firm.at("private@x") == [(firm.key("Archive"), 41, 0, None)]
    assert firm.hands.waiting() == []
    assert not firm.hands.ask(firm.clara, "archive", emails=[firm.hands.email("private@x")]).done


def test_undo_after_it_was_carried_moves_it_back(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    firm.hands.do(firm.clara, "archive", emails=[firm.hands.email("private@x")])
    (change,) = firm.hands.given(firm.box)
    firm.hands.carry(firm.box, change, folder=firm.key("Archive"), uid=41)
    firm.hands.do(firm.clara, "undo")
    (counter,) = firm.hands.given(firm.box)
    assert (counter.folder, counter.uid, counter.target_folder) == (firm.key("Archive"), 41, firm.key("INBOX"))
    firm.hands.carry(firm.box, counter, folder=firm.key("INBOX"), uid=2)
    assert firm.at("private@x") == [(firm.key("INBOX"), 2, 0, None)]


def test_undo_before_the_server_was_told_drops_it(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    firm.offline()
    firm.hands.do(firm.clara, "archive", emails=[firm.hands.email("private@x")])
    firm.hands.do(firm.clara, "undo")
    assert firm.hands.waiting() == []
    assert firm.at("private@x") == [(firm.key("INBOX"), 1, 0, None)]


def test_a_deleted_private_mail_is_gone_at_once_and_comes_back(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    email = firm.hands.email("private@x")
    firm.offline()
    firm.hands.do(firm.clara, "delete", emails=[email])
    assert not firm.seen_by(firm.clara, "private@x")
    assert firm.rig.rows("SELECT count FROM threads JOIN thread_holders USING (thread)") == []
    firm.hands.do(firm.clara, "undo")
    assert firm.seen_by(firm.clara, "private@x")
    assert firm.hands.waiting()[:1] != [], "the star of `seen_by` waits; the move does not"
    assert all(row[4] is None for row in firm.hands.waiting())


def test_undo_of_a_carried_delete_takes_it_out_of_the_trash(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    firm.hands.do(firm.clara, "delete", emails=[firm.hands.email("private@x")])
    (change,) = firm.hands.given(firm.box)
    assert change.target_use == "trash"
    firm.hands.carry(firm.box, change, folder=firm.key("Trash"), uid=9)
    assert not firm.seen_by(firm.clara, "private@x")
    firm.hands.do(firm.clara, "undo")
    (counter,) = firm.hands.given(firm.box)
    assert (counter.folder, counter.uid, counter.target_folder) == (firm.key("Trash"), 9, firm.key("INBOX"))
    assert firm.seen_by(firm.clara, "private@x")
    firm.hands.carry(firm.box, counter, folder=firm.key("INBOX"), uid=2)
    assert firm.at("private@x") == [(firm.key("INBOX"), 2, 0, None)]


def test_a_carried_delete_whose_place_is_unknown_cannot_be_undone(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    firm.hands.do(firm.clara, "delete", emails=[firm.hands.email("private@x")])
    (change,) = firm.hands.given(firm.box)
    firm.hands.carry(firm.box, change)
    assert firm.hands.refused(Conflict, firm.clara, "undo").code == "undo_changed"


def test_the_client_keeps_a_filed_mail_that_its_owner_deleted(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.hands.do(firm.clara, "delete", emails=[firm.hands.email("asks@x")])
    assert firm.seen_by(firm.max, "asks@x")
    assert firm.seen_by(firm.clara, "asks@x"), "she works for the client too"
    assert firm.hands.clients_of("asks@x") == {firm.acme}


def test_every_own_copy_is_deleted(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.folders["Cases"].deposit(ASKS.seen(5))
    assert firm.hands.do(firm.clara, "delete", emails=[firm.hands.email("asks@x")]).affected == 1
    assert {(change.folder, change.uid) for change in firm.hands.given(firm.box)} == {
        (firm.key("INBOX"), 1),
        (firm.key("Cases"), 5),
    }


def test_a_move_leaves_the_copy_in_sent(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    firm.folders["Sent"].deposit(ASKS.seen(5))
    firm.hands.do(firm.clara, "move", emails=[firm.hands.email("asks@x")], folder="Cases")
    (change,) = firm.hands.given(firm.box)
    assert (change.uid, change.target_folder) == (1, firm.key("Cases"))


@pytest.mark.parametrize("name", ["inbox", "INBOX"])
def test_inbox_has_no_case(firm: Firm, name: str) -> None:
    firm.folders["Cases"].deposit(ASKS.seen(1))
    firm.hands.do(firm.clara, "move", emails=[firm.hands.email("asks@x")], folder=name)
    (change,) = firm.hands.given(firm.box)
    assert change.target_folder == firm.key("INBOX")


def test_moving_to_where_it_is_is_no_act(firm: Firm) -> None:
    firm.folders["Cases"].deposit(ASKS.seen(1))
    assert not firm.hands.ask(firm.clara, "move", emails=[firm.hands.email("asks@x")], folder="Cases").done


def test_a_folder_that_is_not_there(firm: Firm) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    error = firm.hands.refused(BadRequest, firm.clara, "move", emails=[firm.hands.email("asks@x")], folder="Nowhere")
    assert error.code == "no_such_folder"


@pytest.mark.parametrize("method", ["archive", "delete"])
def test_only_who_has_a_copy_can_move_one(firm: Firm, method: str) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    error = firm.hands.refused(BadRequest, firm.max, method, emails=[firm.hands.email("asks@x")])
    assert error.code == "not_in_your_mailbox"
    firm.inbox.deposit(PRIVATE.seen(2))
    firm.hands.refused(NotFound, firm.max, method, emails=[firm.hands.email("private@x")])


def test_undo_of_a_copy_that_somebody_moved_since_does_nothing(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    firm.hands.do(firm.clara, "archive", emails=[firm.hands.email("private@x")])
    (change,) = firm.hands.given(firm.box)
    firm.hands.carry(firm.box, change, folder=firm.key("Archive"), uid=41)
    firm.folders["Archive"].open()
    firm.folders["Cases"].deposit(PRIVATE.seen(5))
    firm.folders["Archive"].deposit(gone="41")
    assert firm.hands.refused(Conflict, firm.clara, "undo").code == "undo_changed"


def test_a_refused_move_is_told_to_its_maker(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    firm.hands.do(firm.clara, "delete", emails=[firm.hands.email("private@x")])
    (change,) = firm.hands.given(firm.box)
    firm.hands.carry(firm.box, change, outcome="refused")
    assert firm.at("private@x") == [(firm.key("INBOX"), 1, 0, None)]
    assert firm.rig.rows("SELECT member, kind FROM notices") == [(firm.clara, NoticeKind.CHANGE_DROPPED)]


def test_a_local_mailbox_has_no_server(firm: Firm) -> None:
    local = firm.rig.mailbox("Old mail", firm.clara, local=True)
    firm.rig.folder(local, "INBOX", use="").deposit(PRIVATE.seen(1))
    email = firm.hands.email("private@x")
    assert firm.hands.refused(BadRequest, firm.clara, "archive", emails=[email]).code == "no_such_folder"
    firm.hands.do(firm.clara, "mark", emails=[email], read=True)
    assert firm.rig.rows("SELECT flags FROM sightings") == [("\\Seen",)]
    firm.hands.do(firm.clara, "delete", emails=[email])
    assert not firm.seen_by(firm.clara, "private@x")
    assert firm.hands.waiting() == []
    firm.hands.do(firm.clara, "undo")
    assert firm.seen_by(firm.clara, "private@x")


def test_a_copy_on_its_way_is_undone_once_it_has_arrived(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    firm.hands.do(firm.clara, "delete", emails=[firm.hands.email("private@x")])
    (change,) = firm.hands.given(firm.box)
    firm.hands.do(firm.clara, "undo")
    assert firm.seen_by(firm.clara, "private@x")
    assert [one for one in firm.hands.given(firm.box) if one.target_folder is not None] == []
    firm.hands.carry(firm.box, change, folder=firm.key("Trash"), uid=9)
    (counter,) = [one for one in firm.hands.given(firm.box) if one.target_folder is not None]
    assert (counter.folder, counter.uid, counter.target_folder) == (firm.key("Trash"), 9, firm.key("INBOX"))
    firm.hands.carry(firm.box, counter, folder=firm.key("INBOX"), uid=2)
    assert firm.at("private@x") == [(firm.key("INBOX"), 2, 0, None)]


def test_what_is_done_to_a_copy_on_its_way_follows_it(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    firm.hands.do(firm.clara, "archive", emails=[firm.hands.email("private@x")])
    (move,) = firm.hands.given(firm.box)
    firm.hands.do(firm.clara, "mark", emails=[firm.hands.email("private@x")], read=True)
    assert {change.change for change in firm.hands.given(firm.box)} == {move.change}
    firm.hands.carry(firm.box, move, folder=firm.key("Archive"), uid=41)
    (read,) = firm.hands.given(firm.box)
    assert (read.folder, read.uid, read.flags_add) == (firm.key("Archive"), 41, ("\\Seen",))
