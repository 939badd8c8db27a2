"""Snooze, assign, comment, spam, threads at once, undo of batches: whose it is, who is told, and the way back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from actors.desk.reading import Readers, VaultReader
from actors.messages import AskChanges
from store.model.errors import BadRequest, Conflict, NotFound
from store.model.ids import ClientKey, EmailKey, FolderKey, MailboxKey, MemberKey, ThreadId
from store.model.mailbox import Progress, SyncState
from store.model.views import NoticeKind, ThreadQuery
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.desk_state import check
from tests.support.hands import Hands

ASKS = Letter(id="asks@x", at=NOW - 900)
AGAIN = Letter(id="again@x", at=NOW - 800, answers=("asks@x",))
INSIDE = Letter(id="inside@x", sender="sue@strange.example", at=NOW - 700, answers=("asks@x",))
OTHER = Letter(id="other@x", at=NOW - 600)
JOINS = Letter(id="joins@x", at=NOW - 500, answers=("asks@x", "other@x"))
NAMELESS = Letter(id=None, text="hello there")
HOUR = 3600


@dataclass
class Firm:
    """Clara and Max see Acme; Clara has a mailbox; Eve sees nothing."""

    rig: DeskRig
    hands: Hands
    acme: ClientKey
    clara: MemberKey
    max: MemberKey
    eve: MemberKey
    box: MailboxKey
    folders: dict[str, FolderRig]

    @property
    def inbox(self) -> FolderRig:
        return self.folders["INBOX"]

    def key(self, folder: str) -> FolderKey:
        return self.folders[folder].folder

    def deposit(self, *letters: Letter) -> None:
        for letter in letters:
            self.rig.made += 1
            self.inbox.deposit(letter.seen(1_000 + self.rig.made))

    # ---- Looking

    def assigned(self) -> list[tuple[object, ...]]:
        return self.rig.rows("SELECT e.message_id, a.member FROM assignments AS a"
                             " JOIN emails AS e USING (email, thread) ORDER BY a.email")  # fmt: skip

    def snoozed(self) -> list[tuple[object, ...]]:
        return self.rig.rows("SELECT e.message_id, s.member, s.until FROM snoozes AS s"
                             " JOIN emails AS e USING (email, thread) ORDER BY 1, 2")  # fmt: skip

    def comments(self) -> list[tuple[object, ...]]:
        return self.rig.rows("SELECT e.message_id, c.member, c.text FROM comments AS c"
                             " JOIN emails AS e USING (email, thread) ORDER BY c.comment")  # fmt: skip

    def told(self, kind: NoticeKind) -> list[tuple[object, ...]]:
        return self.rig.rows("SELECT member, email FROM notices WHERE kind = ? ORDER BY notice", kind)

    def announced(self, kind: str) -> list[tuple[object, ...]]:
        """(thread, email, member) since the last look."""
        rows = self.rig.rows("SELECT thread, email, member FROM announcements WHERE kind = ? ORDER BY seq", kind)
        self.rig.vault.database.run("DELETE FROM announcements")
        return rows

    def give(self, member: MemberKey, name: str | None, message_id: str = "asks@x") -> None:
        self.hands.do(member, "assign", thread=self.hands.thread(message_id), member=name)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme = rig.client("Acme", "ana@client.example")
    clara, max_, eve = rig.member("Clara Weiss", acme), rig.member("Max Born", acme), rig.member("Eve Short")
    box = rig.mailbox("clara@firm.example", clara)
    uses = {"INBOX": "inbox", "Archive": "archive", "Trash": "trash", "Junk": "junk", "Sent": "sent", "Cases": ""}
    folders = {name: rig.folder(box, name, use=use) for name, use in uses.items()}
    yield Firm(rig, Hands(rig), acme, clara, max_, eve, box, folders)
    check(rig.vault)
    rig.close()


# ---- Snooze


def test_a_snooze_is_one_s_own_and_hangs_on_the_newest_seen(firm: Firm) -> None:
    firm.deposit(ASKS, AGAIN)
    firm.announced("states_changed")
    thread = firm.hands.thread("asks@x")
    done = firm.hands.do(firm.clara, "snooze", thread=thread, until=NOW + HOUR)
    assert (done.affected, done.undo) == (1, "snooze")
    assert firm.snoozed() == [("again@x", firm.clara, NOW + HOUR)]
    assert firm.announced("states_changed") == [(firm.hands.thread_key("asks@x"), None, firm.clara)]
    firm.hands.do(firm.max, "snooze", thread=thread, until=NOW + 9)
    firm.hands.do(firm.clara, "snooze", thread=thread, until=NOW + 2 * HOUR)
    assert firm.snoozed() == [("again@x", firm.clara, NOW + 2 * HOUR), ("again@x", firm.max, NOW + 9)]
    firm.hands.do(firm.clara, "undo")
    assert firm.snoozed()[0] == ("again@x", firm.clara, NOW + HOUR)
    assert firm.hands.do(firm.clara, "snooze", thread=thread, until=None).undo == "unsnooze"
    assert firm.snoozed() == [("again@x", firm.max, NOW + 9)]
    assert not firm.hands.ask(firm.clara, "snooze", thread=thread, until=None).done
    firm.hands.do(firm.clara, "undo")
    assert len(firm.snoozed()) == 2
    assert firm.hands.acts().count("snooze") == 4


@pytest.mark.parametrize("until", [NOW, NOW - 1, 1 << 62, 1 << 63, -1])
def test_nobody_waits_for_what_is_past_or_never_comes(firm: Firm, until: int) -> None:
    firm.deposit(ASKS)
    refused = firm.hands.refused(BadRequest, firm.clara, "snooze", thread=firm.hands.thread("asks@x"), until=until)
    assert refused.code == "bad_value"


def test_when_its_time_comes_its_member_is_told_once_also_after_a_kill(firm: Firm) -> None:
    firm.deposit(ASKS)
    firm.hands.do(firm.clara, "snooze", thread=firm.hands.thread("asks@x"), until=NOW + HOUR)
    firm.hands.do(firm.max, "snooze", thread=firm.hands.thread("asks@x"), until=NOW + 2 * HOUR)
    thread = firm.hands.thread_key("asks@x")
    firm.announced("states_changed")
    firm.rig.writer.tick()
    assert firm.announced("states_changed") == []
    firm.rig.time.advance(HOUR)
    firm.rig.reopen()
    firm.rig.writer.tick()
    assert firm.announced("states_changed") == [(thread, None, firm.clara)]
    firm.rig.writer.tick()
    assert firm.announced("states_changed") == []
    assert firm.snoozed() == [("asks@x", firm.max, NOW + 2 * HOUR)]
    undone = Hands(firm.rig).ask(firm.clara, "undo", request="over")
    assert isinstance(undone, Conflict), undone


# ---- Assign


def test_a_thread_is_given_to_somebody_who_is_told(firm: Firm) -> None:
    firm.deposit(ASKS)
    thread, key = firm.hands.thread("asks@x"), firm.rig.email("asks@x")
    firm.announced("threads_changed")
    done = firm.hands.do(firm.clara, "assign", thread=thread, member="max born")
    assert (done.affected, done.undo) == (1, "assign")
    assert firm.assigned() == [("asks@x", firm.max)]
    assert firm.told(NoticeKind.ASSIGNED) == [(firm.max, key)]
    assert firm.announced("threads_changed") == [(firm.hands.thread_key("asks@x"), key, None)]
    assert not firm.hands.ask(firm.max, "assign", thread=thread, member="Max Born").done
    firm.hands.do(firm.max, "assign", thread=thread, member=None)
    assert firm.assigned() == [("asks@x", None)]
    firm.hands.do(firm.max, "assign", thread=thread, member="Max Born")
    assert len(firm.told(NoticeKind.ASSIGNED)) == 1, "what one takes oneself is no news"
    assert ("assign", f"thread {firm.hands.thread_key('asks@x')} to member {firm.max}") in [
        entry[2:] for entry in firm.hands.journal()
    ]


def test_undo_gives_it_back_and_withdraws_what_nobody_has_read(firm: Firm) -> None:
    firm.deposit(ASKS)
    firm.give(firm.clara, "Clara Weiss")
    firm.give(firm.clara, "Max Born")
    firm.hands.do(firm.clara, "undo")
    assert firm.assigned() == [("asks@x", firm.clara)]
    assert firm.told(NoticeKind.ASSIGNED) == []
    firm.hands.do(firm.clara, "undo")
    assert firm.assigned() == []


def test_undo_leaves_what_a_colleague_has_changed_since(firm: Firm) -> None:
    firm.deposit(ASKS)
    firm.give(firm.clara, "Max Born")
    firm.give(firm.max, "Clara Weiss")
    assert firm.hands.refused(Conflict, firm.clara, "undo").code == "undo_changed"
    assert firm.assigned() == [("asks@x", firm.clara)]


def test_who_may_see_nothing_of_it_is_not_given_it(firm: Firm) -> None:
    firm.deposit(ASKS)
    thread = firm.hands.thread("asks@x")
    refused = firm.hands.refused(BadRequest, firm.clara, "assign", thread=thread, member="Eve Short")
    assert (refused.code, refused.arguments) == ("assignee_cannot_see", {"name": "Eve Short"})
    firm.hands.refused(NotFound, firm.clara, "assign", thread=thread, member="Nobody")


def test_it_hangs_on_what_both_see_and_is_what_both_are_shown(firm: Firm) -> None:
    firm.deposit(ASKS, INSIDE)  # the second is Clara's own
    firm.give(firm.clara, "Clara Weiss")
    assert firm.assigned() == [("inside@x", firm.clara)]
    firm.give(firm.clara, "Max Born")
    assert firm.assigned() == [("asks@x", firm.max)]
    firm.hands.do(firm.clara, "undo")
    assert firm.assigned() == [("inside@x", firm.clara)]


def test_what_hangs_on_hidden_mail_is_neither_shown_nor_taken(firm: Firm) -> None:
    firm.deposit(ASKS, INSIDE)
    firm.give(firm.clara, "Clara Weiss")
    assert not firm.hands.ask(firm.max, "assign", thread=firm.hands.thread("asks@x"), member=None).done
    firm.give(firm.max, "Max Born")
    assert firm.assigned() == [("asks@x", firm.max), ("inside@x", firm.clara)]


# ---- Comments


def test_a_comment_hangs_on_the_newest_seen_and_can_be_taken_back(firm: Firm) -> None:
    firm.deposit(ASKS, INSIDE)
    key = firm.rig.email("asks@x")
    firm.announced("comments_changed")
    done = firm.hands.do(firm.max, "comment", thread=firm.hands.thread("asks@x"), text=" I call her. \n")
    assert (done.affected, done.undo) == (1, "comment")
    assert firm.comments() == [("asks@x", firm.max, "I call her.")]
    assert firm.announced("comments_changed") == [(firm.hands.thread_key("asks@x"), key, None)]
    firm.hands.do(firm.max, "undo")
    assert firm.comments() == []
    assert firm.announced("comments_changed") == [(firm.hands.thread_key("asks@x"), key, None)]


def test_who_is_named_and_may_see_it_is_told(firm: Firm) -> None:
    firm.deposit(ASKS)
    thread, key = firm.hands.thread("asks@x"), firm.rig.email("asks@x")
    firm.hands.do(firm.clara, "comment", thread=thread, text="@max, @Eve and @Clara: ana@max.example called @Max Born")
    assert firm.told(NoticeKind.MENTIONED) == [(firm.max, key)]
    firm.hands.do(firm.clara, "comment", thread=thread, text="@Max again")
    assert firm.told(NoticeKind.MENTIONED) == [(firm.max, key)] * 2, "another comment is another word"
    firm.hands.do(firm.clara, "undo")
    assert firm.told(NoticeKind.MENTIONED) == [(firm.max, key)]


def test_of_a_comment_on_hidden_mail_nobody_is_told(firm: Firm) -> None:
    firm.deposit(ASKS, INSIDE)
    firm.hands.do(firm.clara, "comment", thread=firm.hands.thread("asks@x"), text="@Max Born, look")
    assert firm.comments() == [("inside@x", firm.clara, "@Max Born, look")]
    assert firm.told(NoticeKind.MENTIONED) == []


@pytest.mark.parametrize(("text", "code"), [("  \n ", "bad_value"), ("x" * 10_001, "too_long")])
def test_no_empty_and_no_endless_comment(firm: Firm, text: str, code: str) -> None:
    firm.deposit(ASKS)
    refused = firm.hands.refused(BadRequest, firm.clara, "comment", thread=firm.hands.thread("asks@x"), text=text)
    assert refused.code == code


@pytest.mark.parametrize(
    ("method", "named"),
    [("snooze", {"until": NOW + 9}), ("assign", {"member": "Max Born"}), ("comment", {"text": "@Max"})],
)
def test_a_hidden_thread_is_like_none(firm: Firm, method: str, named: dict[str, object]) -> None:
    firm.deposit(ASKS)
    hidden = firm.hands.bytes_of(firm.eve, method, thread=firm.hands.thread("asks@x"), **named)
    assert hidden == firm.hands.bytes_of(firm.eve, method, thread="nothing", **named)
    assert (firm.snoozed(), firm.assigned(), firm.comments()) == ([], [], [])


def seen_by(firm: Firm, member: MemberKey) -> VaultReader:
    return Readers().reader(firm.rig.vault.database, member, NOW)


def test_a_comment_is_seen_by_those_who_see_its_mail_and_nobody_else_hears_of_it(firm: Firm) -> None:
    """Z2, with a forged answer that joins an internal mail to the client's thread, before and after."""
    firm.deposit(ASKS, INSIDE)
    thread = ThreadId(firm.hands.thread("asks@x"))
    before = seen_by(firm, firm.max).last_announced()
    firm.hands.do(firm.clara, "comment", thread=thread, text="not for @Max")
    firm.give(firm.clara, "Clara Weiss")
    firm.deposit(replace(INSIDE, id="forged@x", answers=("asks@x", "inside@x")))
    theirs, mine = seen_by(firm, firm.max), seen_by(firm, firm.clara)
    assert theirs.comments(thread) == ()
    assert [one.text for one in mine.comments(thread)] == ["not for @Max"]
    rows = [reader.threads(ThreadQuery(), offset=0, limit=9).rows for reader in (theirs, mine)]
    assert [(row.comments, row.assigned) for (row,) in rows] == [(0, None), (1, "Clara Weiss")]
    assert theirs.notices(archived=False) == ()
    kinds = [{one.kind for one in reader.announced(after=before, limit=99)[0]} for reader in (theirs, mine)]
    assert "comments_changed" in kinds[1]
    assert "comments_changed" not in kinds[0]
    firm.hands.do(firm.max, "comment", thread=thread, text="for all")
    assert [[one.text for one in reader.comments(thread)] for reader in (theirs, mine)] == [
        ["for all"], ["not for @Max", "for all"]
    ]  # fmt: skip


def test_who_loses_access_is_shown_no_more_of_it(firm: Firm) -> None:
    firm.deposit(ASKS)
    firm.give(firm.clara, "Max Born")
    firm.hands.do(firm.clara, "comment", thread=firm.hands.thread("asks@x"), text="@Max")
    assert {one.kind for one in seen_by(firm, firm.max).notices(archived=False)} >= {
        NoticeKind.ASSIGNED, NoticeKind.MENTIONED
    }  # fmt: skip
    firm.hands.do(firm.rig.owner, "set_access", member="Max Born", take=["Acme"])
    theirs = seen_by(firm, firm.max)
    assert theirs.notices(archived=False) == ()
    with pytest.raises(NotFound):
        theirs.comments(ThreadId(firm.hands.thread("asks@x")))


# ---- Order


def set_all(firm: Firm, message_id: str) -> None:
    thread = firm.hands.thread(message_id)
    firm.hands.do(firm.clara, "assign", thread=thread, member="Max Born")
    firm.hands.do(firm.clara, "snooze", thread=thread, until=NOW + HOUR)
    firm.hands.do(firm.clara, "comment", thread=thread, text="seen")


@pytest.mark.parametrize("first", [True, False])
def test_what_is_set_before_or_after_threads_are_joined_is_the_same(firm: Firm, *, first: bool) -> None:
    firm.deposit(ASKS, OTHER)
    if first:
        set_all(firm, "other@x")
        firm.deposit(JOINS)
    else:
        firm.deposit(replace(JOINS, at=NOW - 650))  # older than what they hang on
        set_all(firm, "other@x")
    assert firm.assigned() == [("other@x", firm.max)]
    assert firm.snoozed() == [("other@x", firm.clara, NOW + HOUR)]
    assert firm.comments() == [("other@x", firm.clara, "seen")]
    assert firm.hands.thread_key("asks@x") == firm.hands.thread_key("other@x")
    for _ in range(3):
        firm.hands.do(firm.clara, "undo")
    assert (firm.snoozed(), firm.assigned(), firm.comments()) == ([], [], [])


def test_both_threads_keep_theirs_and_the_newest_is_given_away(firm: Firm) -> None:
    firm.deposit(ASKS, OTHER)
    firm.give(firm.clara, "Max Born", "other@x")
    firm.give(firm.clara, "Clara Weiss", "asks@x")
    firm.deposit(JOINS)
    assert firm.assigned() == [("asks@x", firm.clara), ("other@x", firm.max)]
    assert not firm.hands.ask(firm.clara, "assign", thread=firm.hands.thread("asks@x"), member="Max Born").done


@pytest.mark.parametrize("newer_first", [True, False])
def test_two_emails_that_are_one_keep_the_later_word(firm: Firm, *, newer_first: bool) -> None:
    here, there = firm.inbox, firm.folders["Cases"]
    here.deposit(NAMELESS.seen(1, whole=False, at=NOW - 5000))
    there.deposit(NAMELESS.seen(1, whole=False, at=NOW - 4000))
    older, newer = firm.rig.emails()
    say(firm, newer if newer_first else older, "Max Born", until=NOW + HOUR)
    firm.rig.time.advance(5)
    say(firm, older if newer_first else newer, "Clara Weiss", until=NOW + 2 * HOUR)
    there.deposit(NAMELESS.seen(1))
    here.deposit(NAMELESS.seen(1))
    assert firm.rig.emails() == [older]
    assert firm.rig.rows("SELECT email, member FROM assignments") == [(older, firm.clara)]
    assert firm.rig.rows("SELECT email, until FROM snoozes") == [(older, NOW + 2 * HOUR)]
    assert firm.rig.rows("SELECT email, text FROM comments") == [(older, "Max Born"), (older, "Clara Weiss")]
    assert firm.rig.rows("SELECT count(DISTINCT thread) FROM (SELECT thread FROM emails UNION ALL SELECT thread FROM"
                         " comments UNION ALL SELECT thread FROM snoozes)") == [(1,)]  # fmt: skip


def say(firm: Firm, email: EmailKey, name: str, *, until: int) -> None:
    (row,) = firm.rig.rows("SELECT thread FROM emails WHERE email = ?", email)
    thread = firm.rig.vault.ids.thread(row[0])  # type: ignore[arg-type]
    firm.hands.do(firm.clara, "assign", thread=thread, member=name)
    firm.hands.do(firm.clara, "snooze", thread=thread, until=until)
    firm.hands.do(firm.clara, "comment", thread=thread, text=name)


def test_mail_that_goes_takes_what_hangs_on_it(firm: Firm) -> None:
    firm.inbox.deposit(INSIDE.seen(1))
    thread = firm.hands.thread("inside@x")
    firm.give(firm.clara, "Clara Weiss", "inside@x")
    firm.hands.do(firm.clara, "comment", thread=thread, text="gone soon")
    firm.hands.do(firm.clara, "snooze", thread=thread, until=NOW + 99 * 24 * HOUR)
    firm.inbox.deposit(gone="1")
    firm.rig.time.advance(31 * 24 * HOUR)
    firm.rig.writer.tick()
    assert firm.rig.emails() == []
    for table in ("snoozes", "assignments", "comments"):
        assert firm.rig.rows(f"SELECT * FROM {table}") == []  # noqa: S608 - one of three names


# ---- Spam


def test_spam_goes_to_the_spam_folder_and_comes_back_to_the_inbox(firm: Firm) -> None:
    firm.folders["Cases"].deposit(INSIDE.seen(4))
    email, key = firm.hands.email("inside@x"), firm.rig.email("inside@x")
    done = firm.hands.do(firm.clara, "spam", emails=[email])
    assert (done.affected, done.undo) == (1, "spam")
    assert firm.hands.place(key) == [(firm.key("Cases"), 4, 1, firm.key("Junk"))]
    (change,) = firm.hands.given(firm.box)
    assert (change.folder, change.uid, change.target_use) == (firm.key("Cases"), 4, "junk")
    firm.hands.carry(firm.box, change, folder=firm.key("Junk"), uid=31)
    done = firm.hands.do(firm.clara, "unspam", emails=[email])
    assert (done.affected, done.undo) == (1, "unspam")
    (back,) = firm.hands.given(firm.box)
    assert (back.folder, back.uid, back.target_folder) == (firm.key("Junk"), 31, firm.key("INBOX"))
    firm.hands.carry(firm.box, back, folder=firm.key("INBOX"), uid=5)
    assert firm.hands.place(key) == [(firm.key("INBOX"), 5, 0, None)]
    assert not firm.hands.ask(firm.clara, "unspam", emails=[email]).done


def test_no_spam_before_the_server_knew_and_undo_of_both(firm: Firm) -> None:
    firm.rig.vault.mailboxes.tell(firm.box, Progress(state=SyncState.OFFLINE), broke_at=None)
    firm.inbox.deposit(ASKS.seen(1))
    email, key = firm.hands.email("asks@x"), firm.rig.email("asks@x")
    firm.hands.do(firm.clara, "spam", emails=[], threads=[firm.hands.thread("asks@x")])
    firm.hands.do(firm.clara, "unspam", emails=[email])
    assert firm.hands.place(key) == [(firm.key("INBOX"), 1, 0, firm.key("INBOX"))]
    firm.hands.do(firm.clara, "undo")
    assert firm.hands.place(key) == [(firm.key("INBOX"), 1, 1, firm.key("Junk"))]
    firm.hands.do(firm.clara, "undo")
    assert firm.hands.place(key) == [(firm.key("INBOX"), 1, 0, None)]
    assert firm.hands.waiting() == []


@pytest.mark.parametrize("carried", [True, False])
def test_undo_of_no_spam_takes_it_back_to_the_spam_folder(firm: Firm, *, carried: bool) -> None:
    firm.inbox.deposit(ASKS.seen(1))
    email, key = firm.hands.email("asks@x"), firm.rig.email("asks@x")
    firm.hands.do(firm.clara, "spam", emails=[email])
    (away,) = firm.hands.given(firm.box)
    firm.hands.carry(firm.box, away, folder=firm.key("Junk"), uid=31)
    firm.rig.vault.mailboxes.tell(firm.box, Progress(state=SyncState.OFFLINE), broke_at=None)
    firm.hands.do(firm.clara, "unspam", emails=[email])
    if carried:
        firm.rig.vault.mailboxes.tell(firm.box, Progress(state=SyncState.SYNCED), broke_at=None)
        firm.rig.writer.give_changes(AskChanges(mailbox=firm.box, incarnation=1))
        (back,) = firm.hands.given(firm.box)
        firm.hands.carry(firm.box, back, folder=firm.key("INBOX"), uid=2)
        firm.hands.do(firm.clara, "undo")
        (again,) = firm.hands.given(firm.box)
        assert (again.folder, again.uid, again.target_folder) == (firm.key("INBOX"), 2, firm.key("Junk"))
        firm.hands.carry(firm.box, again, folder=firm.key("Junk"), uid=32)
    else:
        firm.hands.do(firm.clara, "undo")
        assert firm.hands.waiting() == []
        firm.rig.vault.mailboxes.tell(firm.box, Progress(state=SyncState.SYNCED), broke_at=None)
    assert firm.hands.place(key)[0][2] == 1
    firm.hands.do(firm.clara, "unspam", emails=[email])
    (back,) = firm.hands.given(firm.box)
    assert (back.folder, back.uid, back.target_folder) == (firm.key("Junk"), 32 if carried else 31, firm.key("INBOX"))


def test_what_one_wrote_oneself_is_no_spam(firm: Firm) -> None:
    mine = Letter(
        id="mine@x", sender="clara@firm.example", to=("ana@client.example",), at=NOW - 850, answers=("asks@x",)
    )
    firm.inbox.deposit(ASKS.seen(1))
    firm.folders["Sent"].deposit(mine.seen(1))
    done = firm.hands.do(firm.clara, "spam", emails=[], threads=[firm.hands.thread("asks@x")])
    assert done.affected == 1
    assert [change.uid for change in firm.hands.given(firm.box)] == [1]
    assert firm.hands.place(firm.rig.email("mine@x")) == [(firm.key("Sent"), 1, 0, None)]


def test_without_a_spam_folder_and_without_a_copy_it_is_said(firm: Firm) -> None:
    other = firm.rig.mailbox("max@firm.example", firm.max)
    firm.rig.folder(other).deposit(OTHER.seen(1))
    firm.inbox.deposit(ASKS.seen(1))
    spam, unspam = (firm.hands.refused(BadRequest, firm.max, method, emails=[firm.hands.email("asks@x")]).code
                    for method in ("spam", "unspam"))  # fmt: skip
    assert spam == unspam == "not_in_your_mailbox"
    refused = firm.hands.refused(BadRequest, firm.max, "spam", emails=[firm.hands.email("other@x")])
    assert refused.code == "no_such_folder"


# ---- Threads at once


def test_whole_threads_are_marked_and_moved_at_once(firm: Firm) -> None:
    firm.deposit(ASKS, AGAIN, OTHER)
    threads = [firm.hands.thread("asks@x"), firm.hands.thread("other@x"), firm.hands.thread("again@x")]
    done = firm.hands.do(firm.clara, "mark", emails=[firm.hands.email("asks@x")], threads=threads, read=True)
    assert done.affected == 3
    assert not any(firm.hands.unread(firm.clara, name) for name in ("asks@x", "again@x", "other@x"))
    for method, more in (("archive", {}), ("move", {"folder": "Cases"}), ("delete", {})):
        done = firm.hands.do(firm.clara, method, emails=[], threads=threads, **more)
        assert (done.affected, done.undo) == (3, method)
        firm.hands.do(firm.clara, "undo")
    for name in ("asks@x", "again@x", "other@x"):
        ((folder, _uid, gone, aim),) = firm.hands.place(firm.rig.email(name))
        assert (aim or folder, gone) == (firm.key("INBOX"), 0)


def test_of_a_thread_only_what_one_sees_is_touched(firm: Firm) -> None:
    firm.deposit(ASKS, INSIDE)
    done = firm.hands.do(firm.max, "mark", emails=[], threads=[firm.hands.thread("asks@x")], starred=True)
    assert done.affected == 1
    assert firm.hands.starred(firm.max, "asks@x")
    assert firm.rig.rows("SELECT count(*) FROM member_states WHERE member = ? AND starred", firm.max) == [(1,)]


def test_one_hidden_thread_hides_the_request_and_no_thread_is_none(firm: Firm) -> None:
    firm.deposit(ASKS, Letter(id="strange@x", sender="sue@strange.example"))
    both = [firm.hands.thread("asks@x"), firm.hands.thread("strange@x")]
    hidden = firm.hands.bytes_of(firm.max, "mark", emails=[], threads=both, read=True)
    assert hidden == firm.hands.bytes_of(firm.max, "mark", emails=[], threads=[both[0], "nothing"], read=True)
    for method in ("archive", "delete", "spam", "unspam"):
        assert firm.hands.refused(BadRequest, firm.clara, method, emails=[]).code == "bad_value"


# ---- Undo of batches


def test_a_batch_is_taken_back_as_one(firm: Firm) -> None:
    firm.deposit(ASKS, OTHER)
    emails = [firm.hands.email("asks@x"), firm.hands.email("other@x")]
    firm.hands.do(firm.clara, "mark", emails=emails, starred=True)
    for number, email in enumerate(emails, 1):
        answer = firm.hands.ask(firm.clara, "delete", request=f"many/{number}", emails=[email])
        assert (answer.affected, answer.undo) == (1, "delete")
    undone = firm.hands.ask(firm.clara, "undo", request="back")
    assert (undone.affected, undone.undo, undone.warning) == (2, "delete", None)
    assert firm.hands.ask(firm.clara, "undo", request="back") == undone
    assert [place[2] for name in ("asks@x", "other@x") for place in firm.hands.place(firm.rig.email(name))] == [0, 0]
    assert firm.hands.do(firm.clara, "undo").undo == "mark"


def test_only_what_follows_one_another_is_a_batch(firm: Firm) -> None:
    firm.deposit(ASKS, OTHER)
    for request, name in (("one/1", "asks@x"), ("two/1", "other@x"), ("one/2", "other@x")):
        starred = request != "one/2"
        firm.hands.ask(firm.clara, "mark", request=request, emails=[firm.hands.email(name)], starred=starred)
    undone = [firm.hands.do(firm.clara, "undo").affected for _ in range(3)]
    assert undone == [1, 1, 1]
    assert firm.hands.refused(BadRequest, firm.clara, "undo").code == "nothing_to_undo"


def test_of_a_batch_what_was_changed_since_is_left(firm: Firm) -> None:
    firm.deposit(ASKS, OTHER, replace(AGAIN, answers=()))
    names = ("asks@x", "other@x", "again@x")
    for number, name in enumerate(names, 1):
        firm.hands.ask(firm.clara, "assign", request=f"b/{number}", thread=firm.hands.thread(name), member="Max Born")
    firm.give(firm.max, "Clara Weiss", "other@x")
    undone = firm.hands.do(firm.clara, "undo")
    assert (undone.affected, undone.warning) == (2, "some_changed")
    assert firm.assigned() == [("other@x", firm.clara)]
    assert firm.hands.refused(BadRequest, firm.clara, "undo").code == "nothing_to_undo"


def test_an_act_of_a_batch_is_taken_back_whole_or_not_at_all(firm: Firm) -> None:
    """The second act moved two copies; one of them was moved on since: neither comes back, and no change is queued."""
    firm.inbox.deposit(ASKS.seen(1), OTHER.seen(2), replace(AGAIN, answers=()).seen(3))
    asks, other, again = (firm.hands.email(name) for name in ("asks@x", "other@x", "again@x"))
    firm.hands.ask(firm.clara, "archive", request="b/1", emails=[asks])
    firm.hands.ask(firm.clara, "archive", request="b/2", emails=[other, again])
    for change in firm.hands.given(firm.box):
        firm.hands.carry(firm.box, change, folder=firm.key("Archive"), uid=40 + change.uid)
    firm.folders["Archive"].deposit(gone="42")
    undone = firm.hands.do(firm.clara, "undo")
    assert (undone.affected, undone.warning) == (1, "some_changed")
    assert [change.uid for change in firm.hands.given(firm.box)] == [41]
    assert firm.hands.place(firm.rig.email("again@x")) == [(firm.key("Archive"), 43, 0, None)]


def test_where_all_of_a_batch_was_changed_nothing_is_done_and_it_stands_no_longer_in_the_way(firm: Firm) -> None:
    firm.deposit(ASKS, OTHER)
    firm.hands.do(firm.clara, "mark", emails=[firm.hands.email("asks@x")], starred=True)
    for number, name in enumerate(("asks@x", "other@x"), 1):
        firm.hands.ask(firm.clara, "assign", request=f"b/{number}", thread=firm.hands.thread(name), member="Max Born")
        firm.give(firm.max, None, name)
    assert firm.hands.refused(Conflict, firm.clara, "undo").code == "undo_changed"
    assert firm.hands.do(firm.clara, "undo").undo == "mark"


def test_a_batch_counts_as_one_of_fifty(firm: Firm) -> None:
    firm.deposit(ASKS)
    email = firm.hands.email("asks@x")
    for number in range(55):
        firm.hands.ask(firm.clara, "mark", request=f"first/{number}", emails=[email], starred=number % 2 == 0)
    for number in range(49):
        firm.hands.do(firm.clara, "mark", emails=[email], starred=number % 2 == 1)
    for _ in range(49):
        assert firm.hands.do(firm.clara, "undo").affected == 1
    assert firm.hands.do(firm.clara, "undo").affected == 55
    assert firm.hands.refused(BadRequest, firm.clara, "undo").code == "nothing_to_undo"
