"""Deposits: the ledger's outcomes, late news, flags, leaving, another UIDVALIDITY, and what is told of all this."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from actors.desk.carrying import queue
from actors.messages import (
    AuditDone,
    AuditTold,
    BodyAway,
    BodyFailed,
    BodyHere,
    Carried,
    Carry,
    DeclareFolders,
    Deposit,
    Deposited,
    EmailsFiled,
    ErrandDone,
    FolderSeen,
    GaveUp,
    LocalUids,
    LocalUidsGiven,
    MailboxTold,
    Origin,
    SeenCopy,
    WantBody,
    Wanted,
)
from store.model.copy import Unreadable
from store.model.ids import DepositId, MailboxKey
from store.model.mailbox import MailboxScope, Progress, SyncState
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.desk_state import check, logical

LETTER = Letter(id="a@x", at=NOW - 5000)
DAY = 86_400


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DeskRig]:
    made = DeskRig(tmp_path / "vault")
    yield made
    check(made.vault)
    made.close()


@pytest.fixture
def inbox(rig: DeskRig) -> FolderRig:
    return rig.folder(rig.mailbox("clara@firm.example"))


def letters(count: int, **over: object) -> list[Letter]:
    made = [replace(LETTER, id=f"m{n}@x", text=f"text {n}", at=NOW - 5000 + n) for n in range(1, count + 1)]
    return [replace(letter, **over) for letter in made]  # type: ignore[arg-type]


# ---- The ledger


def test_every_uid_has_one_outcome(inbox: FolderRig) -> None:
    inbox.deposit(pending="1:4294967295")
    inbox.deposit(*(letter.seen(n) for n, letter in enumerate(letters(3), 10)), skipped=(("20:29", "before_history"),),
                  failed=(("30", "server_refused"),))  # fmt: skip
    now = inbox.now()
    assert now.here == "10:12"
    assert now.skipped == "20:29"
    assert now.failed == "30"
    assert now.pending == "1:9,13:19,31:4294967295"


def test_announcing_again_takes_nothing_back(inbox: FolderRig) -> None:
    inbox.deposit(LETTER.seen(3), skipped=(("1", "before_history"),), failed=(("2", "server_refused"),))
    inbox.deposit(pending="1:5")
    assert (inbox.now().pending, inbox.now().skipped, inbox.now().failed, inbox.now().here) == ("4:5", "1", "2", "3")


def test_an_unreadable_copy_fails_and_is_due_later_and_later(rig: DeskRig, inbox: FolderRig) -> None:
    bad = SeenCopy(copy=Unreadable(uid=1, reason="worker_died"), evidence=None, flags=(), internaldate=NOW, size=1)
    inbox.deposit(bad, LETTER.seen(2), pending="1:2")
    assert (inbox.now().failed, inbox.now().due, inbox.now().here) == ("1", "", "2")
    waits = []
    for _ in range(3):
        (row,) = rig.rows("SELECT due FROM ledger WHERE outcome = 'failed'")
        waits.append(int(str(row[0])) - int(rig.time.now()))
        rig.time.advance(waits[-1])
        assert inbox.now().due == "1"
        inbox.deposit(bad)
    assert waits == sorted(waits)
    assert waits[2] > waits[0]


def test_a_copy_that_ends_the_office_again_and_again_is_handled_alone_and_then_fails(
    rig: DeskRig, inbox: FolderRig
) -> None:
    inbox.deposit(pending="1:10")
    for _ in range(2):
        inbox.deposit(handing="5:6")
        rig.reopen()
        inbox.open()
    assert inbox.present.alone == "5:6"
    inbox.deposit(handing="5")
    inbox.deposit(LETTER.seen(5), handing="6")
    rig.reopen()
    inbox.open()
    assert inbox.present.pending == "1:4,6:10"
    inbox.deposit(handing="6")
    rig.reopen()
    inbox.open()
    assert inbox.present.failed == "6"
    assert inbox.present.pending == "1:4,7:10"
    assert rig.rows("SELECT reason FROM ledger WHERE outcome = 'failed'") == [("crashed",)]


def test_what_was_never_handed_over_is_given_back(rig: DeskRig, inbox: FolderRig) -> None:
    """A line that breaks again and again is nobody's guilt."""
    inbox.deposit(pending="1:10")
    for _ in range(5):
        inbox.deposit(handing="3:6")
        inbox.deposit(given_back="3:6")
        rig.reopen()
        inbox.open()
    assert (inbox.present.pending, inbox.present.alone) == ("1:10", "")


def test_a_repeat_of_a_deposit_changes_nothing(rig: DeskRig, inbox: FolderRig) -> None:
    rig.client("Acme", "ana@client.example")
    message = Deposit(
        id=DepositId("d"), origin=inbox.origin, copies=(LETTER.seen(1, flags=("\\Seen",)),), pending="1:9", gone="9"
    )
    rig.writer.deposit(message)
    before, journal = logical(rig.vault), rig.rows("SELECT * FROM journal")
    assert rig.writer.deposit(message) == Deposited(id=DepositId("d"), folder=inbox.folder)
    assert logical(rig.vault) == before
    assert rig.rows("SELECT * FROM journal") == journal


# ---- Late news


def test_an_older_incarnation_is_dropped(rig: DeskRig, inbox: FolderRig) -> None:
    old = inbox.origin
    rig.vault.database.run("UPDATE mailboxes SET incarnation = 2")
    rig.reopen()
    assert not inbox.deposit(LETTER.seen(1), origin=old).accepted
    assert rig.emails() == []
    declared = rig.writer.declare(DeclareFolders(id=DepositId("x"), mailbox=inbox.mailbox, incarnation=1, folders=()))
    assert isinstance(declared, Deposited)
    assert not declared.accepted


def test_a_higher_pass_wins_for_each_uid(inbox: FolderRig) -> None:
    old = inbox.origin
    inbox.open()
    inbox.deposit(LETTER.seen(1, flags=("\\Seen",)))
    inbox.deposit(origin=old, flags=((1, ()),))
    inbox.deposit(origin=old, gone="1")
    assert inbox.now().here == "1"
    assert inbox.rig.rows("SELECT flags FROM sightings") == [("\\Seen",)]


def test_under_an_older_uidvalidity_only_contents_are_written(rig: DeskRig, inbox: FolderRig) -> None:
    inbox.deposit(LETTER.seen(1, whole=False))
    old = inbox.origin
    inbox.open(8)
    inbox.deposit(LETTER.seen(1), replace(LETTER, id="new@x").seen(2), origin=old, gone="1")
    assert rig.rows("SELECT uidvalidity, uid, here, gone_at FROM sightings") == [(7, 1, 2, None)]
    assert len(rig.emails()) == 1


# ---- Another UIDVALIDITY


def test_old_copies_are_recognised_and_nothing_is_told_gone(rig: DeskRig, inbox: FolderRig) -> None:
    mails = letters(150)
    inbox.deposit(*(letter.seen(n) for n, letter in enumerate(mails, 1)))
    inbox.close()
    before = {row[0]: row[1] for row in rig.rows("SELECT sighting, email FROM sightings")}
    inbox.open(8)
    assert inbox.present.here == ""
    inbox.deposit(pending="1001:1150")
    inbox.close()
    kept = mails[10:]
    some, rest = kept[:70], kept[70:]
    inbox.deposit(*(letter.seen(1000 + n, whole=False) for n, letter in enumerate(some, 1)))
    rig.reopen()
    inbox.deposit(*(letter.seen(1070 + n, whole=False) for n, letter in enumerate(rest, 1)))
    assert inbox.now().wanting == "", "nothing is fetched again"
    assert inbox.now().here == "1001:1140"
    inbox.deposit(gone="1141:1150")
    after = {row[0]: row[1] for row in rig.rows("SELECT sighting, email FROM sightings WHERE gone_at IS NULL")}
    assert after == {sighting: before[sighting] for sighting in after}
    assert len(after) == 140
    assert rig.rows("SELECT kind FROM notices") == []


def test_a_queued_change_is_aimed_anew(rig: DeskRig, inbox: FolderRig) -> None:
    inbox.deposit(LETTER.seen(1))
    with rig.writer.turn() as turn:
        mail = turn.one(rig.email("a@x"))
        assert mail is not None
        queue(turn, mail, mail.sightings[0], maker=rig.owner, add="\\Seen")
    inbox.open(8)
    inbox.deposit(LETTER.seen(501, whole=False))
    ((_, carry),) = rig.take_told(Carry)
    assert isinstance(carry, Carry)
    assert [(c.uidvalidity, c.uid) for c in carry.changes] == [(8, 501)]


def test_a_move_on_its_way_keeps_its_copy_until_the_server_answers(rig: DeskRig, inbox: FolderRig) -> None:
    archive = rig.folder(inbox.mailbox, "Archive", use="archive")
    inbox.deposit(LETTER.seen(1))
    with rig.writer.turn() as turn:
        mail = turn.one(rig.email("a@x"))
        assert mail is not None
        change = queue(turn, mail, mail.sightings[0], maker=rig.owner, target_folder=archive.folder)
    rig.writer.carried(
        Carried(mailbox=inbox.mailbox, incarnation=1, change=change.change, outcome="done", new_folder=archive.folder,
                new_uidvalidity=7, new_uid=44)
    )  # fmt: skip
    assert (inbox.now().here, archive.now().here) == ("", "44")
    archive.deposit(LETTER.seen(44, whole=False))
    assert rig.rows("SELECT count(*), here FROM sightings") == [(1, 2)]
    assert rig.rows("SELECT count(*) FROM changes") == [(0,)]


def test_a_refused_change_is_told_to_its_maker(rig: DeskRig, inbox: FolderRig) -> None:
    inbox.deposit(LETTER.seen(1))
    with rig.writer.turn() as turn:
        mail = turn.one(rig.email("a@x"))
        assert mail is not None
        change = queue(turn, mail, mail.sightings[0], maker=rig.owner, add="\\Flagged")
    answer = Carried(mailbox=inbox.mailbox, incarnation=1, change=change.change, outcome="refused", code="read_only")
    rig.writer.carried(answer)
    rig.writer.carried(answer)
    assert rig.rows("SELECT member, kind FROM notices") == [(rig.owner, "change_dropped")]
    assert rig.rows("SELECT flags FROM sightings") == [("",)]


# ---- Flags


def test_flags_that_differ_are_somebody_else_s_act_and_echoes_are_not(rig: DeskRig, inbox: FolderRig) -> None:
    """[T2a]."""
    inbox.deposit(LETTER.seen(1))
    unread = "SELECT member, unread, read_said FROM member_states"
    assert rig.rows(unread) == [(rig.owner, 1, 0)]
    inbox.deposit(flags=((1, ("\\Seen",)),))
    assert rig.rows(unread) == [(rig.owner, 0, 1)]
    with rig.writer.turn() as turn:
        mail = turn.one(rig.email("a@x"))
        assert mail is not None
        turn.state_of(mail, rig.owner).unread = True
        change = queue(turn, mail, mail.sightings[0], maker=rig.owner, remove="\\Seen")
    inbox.deposit(flags=((1, ("\\Seen", "\\Answered")),))
    assert rig.rows(unread) == [(rig.owner, 1, 1)], "a change of ours is on its way"
    rig.writer.carried(Carried(mailbox=inbox.mailbox, incarnation=1, change=change.change, outcome="done"))
    inbox.deposit(flags=((1, ("\\Answered",)),))
    assert rig.rows(unread) == [(rig.owner, 1, 1)], "an echo of what we did"
    assert rig.rows("SELECT count(*) FROM changes") == [(0,)], "what came from a server is not queued to one"


def test_unread_to_others_only_if_younger_than_their_access(rig: DeskRig, inbox: FolderRig) -> None:
    client = rig.client("Acme", "ana@client.example")
    early = rig.member("Early", client)
    with rig.writer.turn() as turn:
        late = rig.vault.firm.add_member(
            "Late", role=turn.book.members[early].role, rights=(), user=None, uid=None, at=NOW
        )
        rig.vault.firm.give_access(late, client, at=NOW - 4000)
    rig.reopen()
    inbox.deposit(LETTER.seen(1, flags=("\\Seen",)))
    assert rig.rows("SELECT member, unread FROM member_states") == [(early, 1)]


# ---- Leaving


def test_filed_mail_stays_and_private_mail_goes_after_its_time(rig: DeskRig, inbox: FolderRig) -> None:
    rig.client("Acme", "ana@client.example")
    private = replace(LETTER, id="p@x", sender="mum@home.example", text="come home")
    inbox.deposit(LETTER.seen(1), private.seen(2))
    inbox.deposit(gone="1:2")
    assert inbox.now().here == ""
    assert len(rig.emails()) == 2
    rig.time.advance(29 * DAY)
    rig.writer.tick()
    assert len(rig.emails()) == 2
    rig.time.advance(2 * DAY)
    rig.writer.tick()
    assert rig.emails() == [rig.email("a@x")]
    assert rig.rows("SELECT rowid FROM fts WHERE fts MATCH 'home'") == []
    while rig.writer.idle():
        pass
    assert b"come home" not in rig.path.read_bytes()


def test_listed_again_it_is_present_again(inbox: FolderRig) -> None:
    inbox.deposit(LETTER.seen(1))
    inbox.deposit(gone="1")
    inbox.open()
    assert (inbox.present.here, inbox.present.left) == ("", "")
    inbox.deposit(flags=((1, ()),))
    assert (inbox.now().here, inbox.now().left) == ("1", "")


def test_what_was_marked_deleted_and_then_taken_away_is_not_left(inbox: FolderRig) -> None:
    inbox.deposit(LETTER.seen(1))
    inbox.deposit(flags=((1, ("\\Deleted", "\\Seen")),))
    assert (inbox.now().here, inbox.now().left) == ("1", "")
    inbox.deposit(gone="1")
    assert (inbox.now().here, inbox.now().left) == ("", "")


def test_where_a_copy_went_is_known_in_either_order(rig: DeskRig, inbox: FolderRig) -> None:
    other = rig.folder(inbox.mailbox, "Archive", use="archive")
    for n, letter in enumerate(letters(2), 1):
        inbox.deposit(letter.seen(n))
    first, second = letters(2)
    inbox.deposit(gone="1")
    other.deposit(first.seen(1))
    other.deposit(second.seen(2))
    inbox.deposit(gone="2")
    rows = rig.rows(
        "SELECT a.uid, b.uid FROM sightings AS a JOIN sightings AS b ON b.sighting = a.moved_to WHERE a.gone_at NOTNULL"
    )
    assert sorted(rows) == [(1, 1), (2, 2)]


def test_hundreds_gone_at_once_are_one_notice(rig: DeskRig, inbox: FolderRig) -> None:
    inbox.deposit(*(letter.seen(n) for n, letter in enumerate(letters(120), 1)))
    inbox.deposit(gone="1:5")
    assert rig.rows("SELECT kind FROM notices") == []
    inbox.deposit(gone="6:120")
    assert rig.rows("SELECT member, kind FROM notices") == [(rig.owner, "mail_gone")]


# ---- What is told


def test_an_errand_is_written_once_and_closed_with_its_effect(rig: DeskRig, inbox: FolderRig) -> None:
    client = rig.client("Acme", "ana@client.example")
    follower = rig.member("Fay", client)
    inbox.deposit(LETTER.seen(1))
    inbox.deposit(LETTER.seen(1), LETTER.seen(2))
    told = [errand for _, message in rig.take_told(EmailsFiled) for errand in message.errands]  # type: ignore[attr-defined]
    assert [(e.client, e.to, e.followers, e.cannot_see) for e in told] == [(client, (rig.owner,), (follower,), ())]
    rig.reopen()
    rig.writer.open_errands()
    assert len(rig.take_told(EmailsFiled)[0][1].errands) == 1  # type: ignore[attr-defined]
    for _ in range(2):
        rig.writer.errand_done(ErrandDone(errand=told[0].errand, tell=((follower, "client_wrote"),)))
    assert rig.rows("SELECT member, kind, client FROM notices") == [(follower, "client_wrote", client)]
    rig.writer.open_errands()
    assert rig.take_told(EmailsFiled)[0][1] == EmailsFiled(errands=())


def test_old_mail_is_counted_into_one_notice(rig: DeskRig) -> None:
    rig.client("Acme", "ana@client.example")
    folder = rig.folder(rig.mailbox("clara@firm.example", added_at=NOW))
    for n, letter in enumerate(letters(3), 1):
        folder.deposit(letter.seen(n))
    assert rig.rows("SELECT count(*) FROM errands") == [(0,)]
    assert rig.take_told(EmailsFiled) == []
    ((arguments,),) = rig.rows("SELECT arguments FROM notices WHERE kind = 'bulk_filed'")
    assert r"count\x03" in str(arguments)


def test_what_is_wanted_elsewhere_is_told_to_its_mailbox(rig: DeskRig) -> None:
    """A parent comes, its answer in another mailbox is filed by it: its body is wanted there."""
    rig.client("Acme", "ana@client.example")
    tom = rig.folder(rig.mailbox("tom@firm.example", rig.member("Tom"), scope=MailboxScope.HEADERS))
    clara = rig.folder(rig.mailbox("clara@firm.example", scope=MailboxScope.HEADERS))
    answer = Letter(id="b@x", sender="helper@nowhere.example", to=("tom@firm.example",), answers=("a@x",))
    tom.deposit(answer.seen(1, whole=False))
    assert tom.now().wanting == ""
    parent = replace(LETTER, cc=("helper@nowhere.example",))
    assert clara.deposit(parent.seen(1, whole=False)).wanting == "1"
    assert list(rig.take_told(Wanted)) == [
        (f"mailbox-{tom.mailbox}", Wanted(folder=tom.folder, uidvalidity=7, uids="1"))
    ]


def test_somebody_who_waits_for_a_body_is_told_when_it_is_here_or_cannot_be_had(rig: DeskRig) -> None:
    folder = rig.folder(rig.mailbox("clara@firm.example", scope=MailboxScope.HEADERS))
    folder.deposit(LETTER.seen(1, whole=False))
    email = rig.email("a@x")
    rig.writer.want_body(WantBody(email=email))
    ((_, wanted),) = rig.take_told(Wanted)
    assert wanted == Wanted(folder=folder.folder, uidvalidity=7, uids="1", urgent=True)
    rig.writer.body_failed(BodyFailed(folder=folder.folder, uid=1, code="closed"))
    assert rig.take_told(BodyAway) == [("front", BodyAway(email=email, code="closed"))]
    rig.writer.want_body(WantBody(email=email))
    folder.deposit(LETTER.seen(1))
    assert rig.take_told(BodyHere) == [("front", BodyHere(email=email))]
    rig.writer.want_body(WantBody(email=email))
    assert rig.take_told(BodyHere) == [("front", BodyHere(email=email))]
    assert rig.rows("SELECT asked, wanted FROM sightings") == [(1, 2)]


@pytest.mark.parametrize("fails", [False, True])
def test_who_waits_for_a_body_is_told_by_the_key_they_asked_for(rig: DeskRig, *, fails: bool) -> None:
    """A mail without Message-ID may be found to be another, older one when its body comes."""
    nameless = replace(LETTER, id=None)
    folder = rig.folder(rig.mailbox("tom@firm.example", scope=MailboxScope.HEADERS))
    other = rig.folder(rig.mailbox("old@firm.example"))
    other.deposit(nameless.seen(1, at=NOW - 9000))
    folder.deposit(nameless.seen(1, whole=False), nameless.seen(2, whole=False, at=NOW - 20))
    asked = rig.emails()[-1]
    rig.writer.want_body(WantBody(email=asked))
    if fails:
        rig.writer.body_failed(BodyFailed(folder=folder.folder, uid=2, code="closed"))
        assert rig.take_told(BodyAway) == [("front", BodyAway(email=asked, code="closed"))]
        return
    folder.deposit(nameless.seen(2, at=NOW - 20))
    assert asked not in rig.emails()
    assert rig.take_told(BodyHere) == [("front", BodyHere(email=asked))]


def test_a_mailbox_that_needs_somebody_is_told_once_and_to_managers_after_a_day(rig: DeskRig) -> None:
    tom = rig.member("Tom")
    mailbox = rig.mailbox("tom@firm.example", tom)
    broken = Progress(state=SyncState.NEEDS_SIGN_IN, error_code="login_refused")
    for _ in range(2):
        rig.writer.told(MailboxTold(mailbox=mailbox, incarnation=1, progress=broken))
    rig.writer.tick()
    assert rig.rows("SELECT member, kind FROM notices WHERE kind = 'sync_broke'") == [(tom, "sync_broke")]
    rig.time.advance(DAY + 1)
    rig.writer.tick()
    assert sorted(rig.rows("SELECT member FROM notices WHERE kind = 'sync_broke'")) == [(rig.owner,), (tom,)]
    rig.writer.told(MailboxTold(mailbox=mailbox, incarnation=1, progress=Progress(state=SyncState.SYNCED)))
    assert rig.rows("SELECT member FROM notices WHERE kind = 'sync_broke'") == []
    rig.writer.told(
        MailboxTold(mailbox=mailbox, incarnation=1, progress=Progress(state=SyncState.OFFLINE, error_code="closed"))
    )
    assert rig.rows("SELECT member FROM notices WHERE kind = 'sync_broke'") == []


def test_an_actor_given_up_is_told_to_the_managers(rig: DeskRig) -> None:
    rig.member("Tom")
    rig.writer.gave_up(GaveUp(name="mailbox-1", code="crashed"))
    assert rig.rows("SELECT member, kind FROM notices") == [(rig.owner, "actor_gave_up")]


# ---- Audits and imports, and the journal


def test_an_audit_adds_up(rig: DeskRig, inbox: FolderRig) -> None:
    rig.client("Acme", "ana@client.example")
    private = replace(LETTER, id="p@x", sender="mum@home.example")
    inbox.deposit(LETTER.seen(1), private.seen(2), pending="1:8", skipped=(("3", "before_history"),),
                  failed=(("4", "server_refused"),))  # fmt: skip
    told = AuditTold(
        id="q", mailbox=inbox.mailbox, folders=((inbox.folder, "INBOX", 7, "1,3:6,9:10"), (None, "New", 1, "1:2"))
    )
    rig.writer.audit(told)
    ((_, done),) = rig.take_told(AuditDone)
    assert isinstance(done, AuditDone)
    line, new = done.lines
    assert (line.server, line.store, line.filed, line.unfiled, line.skipped, line.failed) == (7, 4, 1, 1, 1, 1)
    assert (line.pending, line.missing, line.extra) == (2, ("9:10",), ("2",))
    assert line.skipped_by == {"before_history": 1}
    assert line.server == line.store - 1 + line.pending + 2
    assert (new.server, new.missing) == (2, ("1:2",))
    assert rig.rows("SELECT server, store, missing, failed FROM audits") == [(9, 4, 4, 1)]


def test_an_import_twice_adds_nothing(rig: DeskRig) -> None:
    mailbox = rig.mailbox("Old mail", local=True)
    hashes = (b"one", b"two", b"one")

    def given() -> LocalUidsGiven:
        rig.writer.local_uids(LocalUids(id=DepositId("l"), mailbox=mailbox, folder="box", hashes=hashes))
        ((_, told),) = rig.take_told(LocalUidsGiven)
        assert isinstance(told, LocalUidsGiven)
        return told

    first = given()
    assert (first.uids, first.known) == ((1, 2, 1), (False, False, False))
    assert given().uids == first.uids, "asked again before anything came"
    rig.writer.deposit(
        Deposit(id=DepositId("d"), origin=first.origin, copies=(LETTER.seen(1, at=0), letters(1)[0].seen(2, at=0)))
    )
    assert given().known == (True, True, True)
    assert rig.rows("SELECT at FROM emails ORDER BY email") == [(NOW - 5000,), (NOW - 4999,)]


def test_folders_no_longer_listed_are_left_out(rig: DeskRig, inbox: FolderRig) -> None:
    rig.folder(inbox.mailbox, "Junk", use="junk")
    assert rig.rows("SELECT name, skip FROM folders WHERE listed") == [("INBOX", None), ("Junk", "spam_folder")]
    rig.writer.declare(
        DeclareFolders(
            id=DepositId("x"),
            mailbox=inbox.mailbox,
            incarnation=1,
            folders=(FolderSeen(name="INBOX", raw=b"INBOX", delimiter="/", special_use="inbox"),),
        )
    )
    assert rig.rows("SELECT name FROM folders WHERE listed") == [("INBOX",)]


def test_the_journal_has_one_entry_for_each_deposit_that_files(rig: DeskRig, inbox: FolderRig) -> None:
    rig.client("Acme", "ana@client.example")
    inbox.deposit(*(letter.seen(n) for n, letter in enumerate(letters(5), 1)))
    inbox.deposit(replace(LETTER, id="p@x", sender="mum@home.example").seen(6))
    rows = rig.rows("SELECT action, object FROM journal")
    assert len(rows) == 1
    assert str(rows[0][1]).startswith("5:")


def test_a_deposit_of_nobody_s_folder_is_not_accepted(rig: DeskRig, inbox: FolderRig) -> None:
    stranger = Origin(mailbox=MailboxKey(99), incarnation=1, folder=inbox.folder, uidvalidity=7, pass_=1)
    assert not inbox.deposit(LETTER.seen(1), origin=stranger).accepted
    assert rig.emails() == []
