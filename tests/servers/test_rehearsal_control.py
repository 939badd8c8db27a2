"""What a test or the demo does to a rehearsal server from outside, and what its clients see of it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers.rehearsal import Account, FolderPlan, MailPlan, Rehearsal
from tests.support.rehearsal import Talk

MAIL = b"From: a@client.example\r\nSubject: one\r\n\r\nText\r\n"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANA = Account(
    login="ana@firm.example",
    password="pass",
    folders=(FolderPlan(name="Sent", special_use="\\Sent"), FolderPlan(name="Año/2026", subscribed=False)),
    mails=(
        MailPlan(raw=MAIL, flags=("\\Seen",), internaldate=NOW),
        MailPlan(raw=MAIL.replace(b"\r\n", b"\n"), folder="Año/2026"),
    ),
)
BO = Account(login="bo", password="pass", mailbox="shared")
OFFICE = Account(login="office", password="word", mailbox="shared")


@pytest.fixture
def server() -> Iterator[Rehearsal]:
    with Rehearsal([ANA, BO, OFFICE], clock=lambda: NOW) as started:
        yield started


def opened(server: Rehearsal, login: str = "bo", password: str = "pass") -> Talk:
    talk = Talk(server.port)
    talk.ok(f"LOGIN {login} {password}".encode())
    talk.ok(b"SELECT INBOX")
    return talk


def test_what_it_is_set_up_with(server: Rehearsal) -> None:
    with opened(server, ANA.login) as talk:
        found = talk.ok(b'LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE)')
        assert found.has(b'LIST () "/" "A&APE-o/2026"\r\n') or found.has(b'LIST () "/" A&APE-o/2026\r\n')
        assert found.has(b'LIST (\\Subscribed \\Sent) "/" Sent\r\n')
        found = talk.ok(b"FETCH 1 (FLAGS INTERNALDATE)")
        assert b'FLAGS (\\Seen \\Recent) INTERNALDATE "24-Nov-2026 09:00:00 +0000"' in found.whole
    assert server.messages(ANA.login, "Año/2026")[0].content.raw == MAIL


def test_two_logins_one_mailbox(server: Rehearsal) -> None:
    with opened(server) as bo, opened(server, "office", "word") as office:
        bo.append(MAIL)
        assert office.ok(b"NOOP").has(b"1 EXISTS\r\n")
        office.ok(b"STORE 1 +FLAGS (\\Seen)")
        assert b"\\Seen" in bo.ok(b"FETCH 1 FLAGS").whole
    assert [m.uid for m in server.messages("shared")] == [m.uid for m in server.messages("office")] == [1]


def test_deliveries_from_many_threads_reach_who_watches(server: Rehearsal) -> None:
    with opened(server) as talk:
        talk.idle()
        threads = [
            threading.Thread(target=lambda: [server.deliver("bo", MAIL) for _ in range(25)], name=f"post {n}")
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        talk.until(b"* 100 EXISTS")
        for thread in threads:
            thread.join()
    assert [message.uid for message in server.messages("bo")] == list(range(1, 101))


def test_the_first_session_told_of_a_mail_has_it_as_recent(server: Rehearsal) -> None:
    server.deliver("bo", MAIL)
    with opened(server) as first, opened(server) as second:
        assert b"\\Recent" in first.ok(b"FETCH 1 FLAGS").whole
        assert b"\\Recent" not in second.ok(b"FETCH 1 FLAGS").whole
        assert first.ok(b"UID SEARCH NEW").has(b"SEARCH 1\r\n")
        assert second.ok(b"UID SEARCH OLD").has(b"SEARCH 1\r\n")


def test_a_mail_can_go_into_any_folder_with_flags_and_date(server: Rehearsal) -> None:
    uid = server.deliver("bo", MAIL, "Clients/Casa Benita", ("\\Flagged", "Blue"), NOW)
    (message,) = server.messages("bo", "Clients/Casa Benita")
    assert (message.uid, message.flags, message.internaldate) == (
        uid,
        frozenset({"\\Flagged", "Blue"}),
        NOW,
    )


def test_others_flag_and_expunge(server: Rehearsal) -> None:
    for _ in range(3):
        server.deliver("bo", MAIL)
    with opened(server) as talk:
        tag = talk.idle()
        server.flag("bo", "INBOX", 2, ["\\Answered"])
        assert talk.response() == b"* 2 FETCH (FLAGS (\\Answered \\Recent))\r\n"
        server.expunge("bo", "INBOX", [1, 3, 99])
        assert [talk.response(), talk.response()] == [b"* 3 EXPUNGE\r\n", b"* 1 EXPUNGE\r\n"]
        talk.send(b"DONE\r\n")
        assert talk.answer(tag).status == b"OK"
    folder = server.change(lambda post: post.mailbox("bo").folder("INBOX"))
    assert [uid for _, uid in folder.expunges] == [1, 3]
    assert folder.highestmodseq >= max(modseq for modseq, _ in folder.expunges)


def test_a_new_uidvalidity_cuts_off_who_has_the_folder_open(server: Rehearsal) -> None:
    for _ in range(3):
        server.deliver("bo", MAIL)
    server.expunge("bo", "INBOX", [1])
    with opened(server) as talk, opened(server) as idle:
        before = talk.ok(b"STATUS INBOX (UIDVALIDITY)").number(b"UIDVALIDITY")
        idle.idle()
        after = server.renew_uidvalidity("bo")
        assert idle.until(b"BYE")
        assert idle.response() == talk.response()[:0] == b""
    assert after != before
    with opened(server) as talk:
        found = talk.ok(b"SELECT INBOX")
        assert found.number(b"UIDVALIDITY") == after
        assert found.number(b"UIDNEXT") == 3
        assert talk.ok(b"UID SEARCH ALL").has(b"SEARCH 1 2\r\n")


def test_a_folder_deleted_by_another_ends_its_sessions(server: Rehearsal) -> None:
    with opened(server) as one, opened(server) as other:
        one.ok(b"CREATE gone")
        other.ok(b"SELECT gone")
        one.ok(b"DELETE gone")
        assert other.until(b"BYE")
        one.ok(b"NOOP")


def test_a_folder_renamed_by_another_stays_open(server: Rehearsal) -> None:
    with opened(server) as one, opened(server) as other:
        one.ok(b"CREATE old")
        other.ok(b"SELECT old")
        one.ok(b"RENAME old new")
        one.append(MAIL, b"new")
        assert other.ok(b"NOOP").has(b"1 EXISTS\r\n")


def test_hanging_up_on_one_login(server: Rehearsal) -> None:
    with opened(server) as bo, opened(server, "office", "word") as office:
        bo.idle()
        assert server.hang_up("bo") == 1
        assert bo.response() == b""
        office.ok(b"NOOP")
        assert server.wait(lambda s: s.connections == 1)
        assert server.hang_up() == 1
    assert server.wait(lambda s: s.connections == 0)


def test_a_password_can_change(server: Rehearsal) -> None:
    server.set_password("bo", "other")
    with Talk(server.port) as talk:
        assert talk.run(b"LOGIN bo pass").status == b"NO"
        talk.ok(b"LOGIN bo other")


def test_an_account_can_join_later(server: Rehearsal) -> None:
    server.open_account(Account(login="new", password="pass", mails=(MailPlan(raw=MAIL),)))
    with opened(server, "new") as talk:
        assert talk.ok(b"UID SEARCH ALL").has(b"SEARCH 1\r\n")


def test_what_it_heard_can_be_counted_and_waited_for(server: Rehearsal) -> None:
    with opened(server) as talk:
        talk.append(MAIL)
        talk.ok(b"uid fetch 1 (flags)")
        talk.ok(b"FETCH 1 FLAGS")
        talk.ok(b"NOOP")
    lines = server.commands("FETCH")
    assert [line.verb for line in lines] == ["UID FETCH", "FETCH"]
    assert len(server.commands("UID FETCH")) == len(server.commands("NOOP", login="bo")) == 1
    assert not server.commands(login="office")
    assert {line.connection for line in lines} == {1}
    assert lines[0].line.endswith(b" uid fetch 1 (flags)")
    assert all(b"Subject" not in line.line for line in server.heard)


def test_waiting_for_what_it_hears(server: Rehearsal) -> None:
    told: list[bool] = []
    waiter = threading.Thread(target=lambda: told.append(server.wait(lambda s: bool(s.commands("CHECK")))))
    waiter.start()
    with opened(server) as talk:
        assert not server.wait(lambda s: bool(s.commands("CHECK")), seconds=0)
        talk.ok(b"CHECK")
    waiter.join(10)
    assert told == [True]


def test_it_leaves_nothing_behind() -> None:
    server = Rehearsal([BO])
    uid = server.deliver("bo", MAIL)
    with server:
        folder = Path(server.cafile).parent
        assert folder.stat().st_mode & 0o77 == 0
        assert [path.name for path in folder.iterdir()] == ["authority.pem"]
        talk = opened(server)
        talk.idle()
        assert uid == 1
    assert talk.response() == b""
    talk.close()
    assert not folder.exists()
    assert not any(thread.name == "rehearsal" for thread in threading.enumerate())
    assert len(server.messages("bo")) == 1
    with pytest.raises(ConnectionRefusedError):
        Talk(server.port)
