"""Changes on their way: told again when an answer is lost, in few commands, and no echo of what was carried."""

from actors.messages import AskChanges, Carried, Carry, Change, Classify, Deposited, Restarted
from actors.switchboard import DESK
from providers.errors import Unavailable
from store.model.ids import FolderKey
from store.model.record import Record
from store.model.views import NoticeKind
from tests.office import test_commands_moving, test_mailbox
from tests.office.test_commands_moving import PRIVATE, Firm
from tests.office.test_mailbox import Make, filled
from tests.support.copies import Letter

firm, post = test_commands_moving.firm, test_mailbox.post

SEEN, FLAGGED = "\\Seen", "\\Flagged"


def star(number: int, inbox: FolderKey, uid: int, flag: str = FLAGGED) -> Change:
    return Change(
        change=number, folder=inbox, uidvalidity=1, uid=uid, message_id=f"{uid}@x.example", flags_add=(flag,)
    )  # fmt: skip


# ---------------------------------------------------------------- the mailbox's side
def test_an_answer_that_the_desk_lost_is_told_again_and_not_carried_again(post: Make) -> None:
    one = post(filled(3))
    one.sync()
    inbox = FolderKey(one.desk.rows["INBOX"].key)
    one.desk.changes = (star(1, inbox, 2),)
    one.actor.tell(Carry(changes=one.desk.changes))
    one.desk.wait(lambda desk: len(desk.told(Carried)) == 1)
    one.actor.tell(Restarted(name=DESK, generation=2))  # what it was told is lost with it, so it names the change again
    one.desk.wait(lambda desk: len(desk.told(Carried)) == 2)
    first, again = one.desk.told(Carried)
    assert first == again
    assert one.mailbox.calls["store_flags"] == 1


def test_acts_that_say_the_same_go_together_and_those_on_one_mail_in_order(post: Make) -> None:
    one = post(filled(4))
    one.sync()
    inbox = FolderKey(one.desk.rows["INBOX"].key)
    acts = [star(uid * 10 + n, inbox, uid, flag) for uid in (1, 2, 3) for n, flag in enumerate((SEEN, FLAGGED))]
    off = Change(change=99, folder=inbox, uidvalidity=1, uid=2, message_id=None, flags_remove=(FLAGGED,))
    again = star(100, inbox, 2)
    one.actor.tell(Carry(changes=(*acts, off, again)))
    one.desk.wait(lambda desk: len(desk.told(Carried)) == 8)
    assert one.mailbox.calls["store_flags"] == 4, "read, starred, one star off and on"
    mails = one.mailbox.folders["INBOX"].mails
    assert [set(mails[uid].flags) for uid in (1, 2, 3)] == [{SEEN, FLAGGED}] * 3


def test_what_waits_when_the_line_is_lost_is_asked_for_again(post: Make) -> None:
    one = post(filled(3))
    one.sync()
    inbox = FolderKey(one.desk.rows["INBOX"].key)
    one.desk.changes = (star(1, inbox, 2),)
    one.mailbox.fail("store_flags", Unavailable("closed"))
    asked = len(one.desk.told(AskChanges))
    one.actor.tell(Carry(changes=one.desk.changes))
    one.desk.wait(lambda _desk: one.mailbox.calls["store_flags"] == 1)
    one.sync("after")
    one.desk.wait(lambda desk: desk.told(Carried))
    assert len(one.desk.told(AskChanges)) > asked
    assert [told.outcome for told in one.desk.heard if isinstance(told, Carried)] == ["done"]
    assert one.mailbox.folders["INBOX"].mails[2].flags == (FLAGGED,)


def test_a_copy_on_its_way_to_the_desk_arrives_before_what_is_done_to_it(post: Make) -> None:
    one = post(filled(3))
    one.sync()
    inbox = FolderKey(one.desk.rows["INBOX"].key)
    held: list[Classify] = []

    def hold(message: Record) -> bool:
        if isinstance(message, Classify) and not held:
            held.append(message)
            return True
        return False

    one.desk.silent = hold
    one.mailbox.deliver("INBOX", b"Message-ID: <4@x.example>\r\n\r\nx\r\n", internaldate=int(one.time.now()))
    one.desk.wait(lambda _desk: held)
    one.actor.tell(Carry(changes=(star(1, inbox, 4), star(2, inbox, 3, SEEN))))
    one.desk.wait(lambda desk: desk.told(Carried))
    assert [told.change for told in one.desk.heard if isinstance(told, Carried)] == [2]
    one.actor.tell(Deposited(id=held[0].id, folder=inbox))
    one.desk.wait(lambda desk: len(desk.told(Carried)) == 2)


# ---------------------------------------------------------------- the desk's side
def given(firm: Firm, method: str = "mark", **named: object) -> Change:
    """One act on the private mail, told to its mailbox."""
    firm.hands.do(firm.clara, method, emails=[firm.hands.email("private@x")], **named)
    return firm.hands.given(firm.box)[-1]


def test_news_that_was_read_before_a_flag_was_carried_is_old_news(firm: Firm) -> None:
    """A body is fetched with the flags of that moment; it comes to the desk by way of the classifier."""
    firm.inbox.deposit(PRIVATE.seen(1, whole=False))
    change = given(firm, read=True)
    firm.hands.carry(firm.box, change)
    firm.inbox.deposit(PRIVATE.seen(1))
    assert not firm.hands.unread(firm.clara, "private@x")
    assert firm.rig.rows("SELECT flags FROM sightings") == [(SEEN,)]
    firm.inbox.open()
    firm.inbox.deposit(flags=((1, ()),))
    assert firm.hands.unread(firm.clara, "private@x"), "the next look's news is somebody else's act"


def test_in_a_shared_mailbox_the_readers_own_flag_reads_it_for_nobody_else(firm: Firm) -> None:
    both = firm.rig.mailbox("desk@firm.example", firm.clara, firm.max)
    inbox = firm.rig.folder(both, "INBOX", use="inbox")
    inbox.deposit(Letter(id="shared@x", sender="sue@strange.example").seen(1))
    firm.hands.do(firm.clara, "mark", emails=[firm.hands.email("shared@x")], read=True)
    (change,) = firm.hands.given(both)
    assert change.flags_add == (SEEN,), "the first reader sets it"
    inbox.open()
    inbox.deposit(flags=((1, (SEEN,)),))  # it comes back before the answer
    firm.hands.carry(both, change)
    inbox.open()
    inbox.deposit(flags=((1, (SEEN,)),))
    assert (firm.hands.unread(firm.clara, "shared@x"), firm.hands.unread(firm.max, "shared@x")) == (False, True)
    firm.hands.do(firm.max, "mark", emails=[firm.hands.email("shared@x")], read=True)
    firm.hands.do(firm.max, "mark", emails=[firm.hands.email("shared@x")], read=False)
    assert firm.hands.given(both) == [], "unread stays one's own"


def test_an_answer_about_where_it_was_tried_before_is_old_news(firm: Firm) -> None:
    firm.inbox.deposit(PRIVATE.seen(1))
    change = given(firm, starred=True)
    firm.inbox.open(8)
    firm.inbox.deposit(PRIVATE.seen(501, whole=False))
    (anew,) = firm.hands.given(firm.box)
    assert (anew.change, anew.uidvalidity, anew.uid) == (change.change, 8, 501)
    old = Carried(
        mailbox=firm.box, incarnation=1, change=change.change, outcome="stale", place=(firm.key("INBOX"), 7, 1)
    )
    firm.rig.writer.carried(old)
    ((uid, *_, told),) = firm.hands.waiting()
    assert (uid, told) == (501, 1), "its answer is awaited still"


def test_in_a_folder_that_is_not_copied_nothing_is_aimed_anew(firm: Firm) -> None:
    """What undoes a delete waits for the Trash, and that is numbered anew."""
    firm.inbox.deposit(PRIVATE.seen(1))
    change = given(firm, "delete")
    firm.hands.carry(firm.box, change, folder=firm.key("Trash"), uid=9)
    firm.hands.do(firm.clara, "undo")
    (back,) = firm.hands.given(firm.box)
    place = (back.folder, back.uidvalidity, back.uid)
    firm.rig.writer.carried(Carried(mailbox=firm.box, incarnation=1, change=back.change, outcome="stale", place=place))
    assert firm.hands.waiting() == []
    rows = firm.rig.rows("SELECT member, kind FROM notices")
    assert rows == [(firm.clara, NoticeKind.CHANGE_DROPPED)]


def test_very_many_dropped_at_once_are_counted(firm: Firm) -> None:
    letters = [Letter(id=f"p{n}@x", sender="sue@strange.example") for n in range(1, 61)]
    firm.inbox.deposit(*[letter.seen(n) for n, letter in enumerate(letters, 1)])
    emails = [firm.hands.email(f"p{n}@x") for n in range(1, 61)]
    firm.hands.do(firm.clara, "mark", emails=emails, starred=True)
    for change in firm.hands.given(firm.box):
        firm.hands.carry(firm.box, change, outcome="gone")
    rows = firm.rig.rows("SELECT about FROM notices WHERE kind = 'change_dropped'")
    assert len(rows) == 21
    assert firm.hands.waiting() == []
