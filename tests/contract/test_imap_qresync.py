"""QRESYNC (RFC 7162) by the rehearsal server as by a private Dovecot, command by command."""

import re
from collections.abc import Iterator

import pytest

from tests.support.rehearsal import Answer, Mailbox, Talk

MAIL = b"From: ana@client.example\r\nSubject: one\r\nMessage-ID: <1@client.example>\r\n\r\nHello\r\n"


@pytest.fixture
def quick(box: Mailbox) -> Iterator[Talk]:
    """A session with eight mails in INBOX, which is open, and QRESYNC enabled."""
    with box.opened() as talk:
        for _ in range(8):
            talk.append(MAIL)
        assert talk.ok(b"ENABLE QRESYNC").has(b"ENABLED QRESYNC\r\n")
        talk.ok(b"SELECT INBOX")
        yield talk


def stand(talk: Talk) -> tuple[int, int]:
    """UIDVALIDITY and HIGHESTMODSEQ of INBOX, which is opened anew."""
    found = talk.ok(b"SELECT INBOX")
    return found.number(b"UIDVALIDITY"), found.number(b"HIGHESTMODSEQ")


def earlier(answer: Answer) -> list[bytes]:
    return [line.split()[3] for line in answer.untagged if line.startswith(b"* VANISHED (EARLIER) ")]


def changed(answer: Answer) -> dict[int, set[bytes]]:
    """Flags by UID, as the FETCH responses tell them; each must name its modseq."""
    found: dict[int, set[bytes]] = {}
    for line in answer.untagged:
        if b" FETCH " in line:
            uid, flags = re.search(rb"UID (\d+)", line), re.search(rb"FLAGS \(([^)]*)\)", line)
            assert uid, line
            assert flags, line
            assert re.search(rb"MODSEQ \(\d+\)", line)
            found[int(uid[1])] = set(flags[1].split()) - {b"\\Recent"}
    return found


def test_it_is_announced_and_asked_for_before_it_is_used(box: Mailbox) -> None:
    with box.opened() as talk:
        assert b"QRESYNC" in talk.ok(b"CAPABILITY").whole.split()
        for command in (
            b"SELECT INBOX (QRESYNC (1 1))",
            b"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)",
        ):
            assert talk.run(command).status == b"BAD"
            talk.ok(b"SELECT INBOX")
        assert talk.ok(b"ENABLE QRESYNC").has(b"ENABLED QRESYNC\r\n")


def test_select_tells_what_vanished_and_what_changed(quick: Talk) -> None:
    uidvalidity, modseq = stand(quick)
    quick.ok(b"UID STORE 2 +FLAGS (\\Seen)")
    quick.ok(b"UID STORE 3:5,7 +FLAGS.SILENT (\\Deleted)")
    quick.ok(b"EXPUNGE")
    quick.append(MAIL)
    for verb in (b"SELECT", b"EXAMINE"):
        told = quick.ok(verb + b" INBOX (QRESYNC (%d %d))" % (uidvalidity, modseq))
        assert told.has(b"5 EXISTS\r\n")
        assert earlier(told) == [b"3:5,7"]
        assert changed(told) == {2: {b"\\Seen"}, 9: set()}
        assert told.number(b"HIGHESTMODSEQ") > modseq
    told = quick.ok(b"SELECT INBOX (QRESYNC (%d %d 1:3,9))" % (uidvalidity, modseq))
    assert earlier(told) == [b"3"]
    assert set(changed(told)) == {2, 9}
    told = quick.ok(b"SELECT INBOX (CONDSTORE QRESYNC (%d %d 1:8 (1:2 1:2)))" % (uidvalidity, modseq))
    assert earlier(told) == [b"3:5,7"]


def test_nothing_new_is_told_by_nothing(quick: Talk) -> None:
    uidvalidity, modseq = stand(quick)
    told = quick.ok(b"SELECT INBOX (QRESYNC (%d %d))" % (uidvalidity, modseq))
    assert (earlier(told), changed(told)) == ([], {})
    assert told.number(b"HIGHESTMODSEQ") == modseq


def test_under_another_uidvalidity_and_beyond_the_present_nothing_is_told(quick: Talk) -> None:
    uidvalidity, modseq = stand(quick)
    quick.ok(b"UID STORE 3 +FLAGS (\\Deleted)")
    quick.ok(b"EXPUNGE")
    for knowing in ((uidvalidity + 1, modseq), (uidvalidity, modseq + 10_000)):
        told = quick.ok(b"SELECT INBOX (QRESYNC (%d %d))" % knowing)
        assert (earlier(told), changed(told)) == ([], {})


@pytest.mark.parametrize(
    "arguments",
    [b"(QRESYNC (1))", b"(QRESYNC 1 1)", b"(QRESYNC (1 1 1:*))", b"(QRESYNC (x 1))", b"(QRESYNC)", b"(RESYNC (1 1))"],
)
def test_what_is_no_qresync_is_bad(quick: Talk, arguments: bytes) -> None:
    assert quick.run(b"SELECT INBOX " + arguments).status == b"BAD"
    quick.ok(b"SELECT INBOX")


def test_fetch_tells_what_vanished_of_the_uids_asked_for(quick: Talk) -> None:
    _, modseq = stand(quick)
    quick.ok(b"UID STORE 8 +FLAGS (\\Flagged)")
    quick.ok(b"UID STORE 3,5,7 +FLAGS (\\Deleted)")
    quick.ok(b"EXPUNGE")
    told = quick.ok(b"UID FETCH 1:4294967295 (FLAGS) (CHANGEDSINCE %d VANISHED)" % modseq)
    assert told.untagged[0] == b"* VANISHED (EARLIER) 3,5,7\r\n"
    assert changed(told) == {8: {b"\\Flagged"}}
    assert earlier(quick.ok(b"UID FETCH 4:6 (FLAGS) (CHANGEDSINCE %d VANISHED)" % modseq)) == [b"5"]
    assert earlier(quick.ok(b"UID FETCH 1:2 (FLAGS) (CHANGEDSINCE %d VANISHED)" % modseq)) == []
    for command in (
        b"FETCH 1:* (FLAGS) (CHANGEDSINCE %d VANISHED)" % modseq,
        b"UID FETCH 1:* (FLAGS) (VANISHED)",
    ):
        assert quick.run(command).status == b"BAD"


def test_an_expunge_is_told_by_uid_to_who_enabled_it_and_by_number_to_others(box: Mailbox, quick: Talk) -> None:
    with box.opened(login=box.other_login) as other:
        quick.ok(b"UID STORE 2:3,6 +FLAGS.SILENT (\\Deleted)")
        told = quick.ok(b"UID EXPUNGE 2:3,6")
        assert told.has(b"VANISHED 2:3,6\r\n")
        assert not any(b"EXPUNGE" in line for line in told.untagged)
        assert told.number(b"HIGHESTMODSEQ") > 0
        assert [line for line in other.ok(b"NOOP").untagged if b"EXPUNGE" in line] == [
            b"* 6 EXPUNGE\r\n",
            b"* 3 EXPUNGE\r\n",
            b"* 2 EXPUNGE\r\n",
        ]
        other.ok(b"UID STORE 1 +FLAGS.SILENT (\\Deleted)")
        other.ok(b"EXPUNGE")
        assert quick.ok(b"NOOP").has(b"VANISHED 1\r\n")
        moved = quick.ok(b"UID MOVE 8 Archive")
        assert moved.has(b"VANISHED 8\r\n")


def test_what_goes_during_a_fetch_by_uid_may_be_told_after_its_answers(box: Mailbox, quick: Talk) -> None:
    with box.opened(login=box.other_login) as other:
        other.ok(b"UID STORE 2,4 +FLAGS.SILENT (\\Deleted)")
        other.ok(b"EXPUNGE")
    told = quick.ok(b"UID FETCH 6 (FLAGS)")
    assert b"FETCH (UID 6 " in told.whole
    assert told.has(b"VANISHED 2,4\r\n")


def test_the_count_of_changes_rises_with_an_expunge_and_is_kept(box: Mailbox, quick: Talk) -> None:
    uidvalidity, modseq = stand(quick)
    quick.ok(b"UID STORE 1:8 +FLAGS.SILENT (\\Deleted)")
    emptied = quick.ok(b"EXPUNGE").number(b"HIGHESTMODSEQ")
    assert emptied > modseq
    with box.signed_in() as later:
        assert later.ok(b"STATUS INBOX (HIGHESTMODSEQ)").number(b"HIGHESTMODSEQ") == emptied
        later.ok(b"ENABLE QRESYNC")
        told = later.ok(b"EXAMINE INBOX (QRESYNC (%d %d))" % (uidvalidity, modseq))
        assert earlier(told) == [b"1:8"]
        assert told.number(b"HIGHESTMODSEQ") == emptied
        told = later.ok(b"EXAMINE INBOX (QRESYNC (%d %d))" % (uidvalidity, emptied))
        assert earlier(told) == []
