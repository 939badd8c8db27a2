"""The office on a server that has hardly an extension, Courier: everything is there once, acts are carried, and another
program's are seen. Its folders stand below INBOX.
"""

import shutil
from collections.abc import Iterator

import pytest

from tests.support.cli import Row, check_audit
from tests.support.courier import CourierFactory
from tests.support.home import short_folder
from tests.support.two_programs import Conflict

pytestmark = [pytest.mark.courier, pytest.mark.long, pytest.mark.timeout(120)]

SEEN, FLAGGED = "\\Seen", "\\Flagged"
ARCHIVE = "INBOX.Archive"


@pytest.fixture(scope="module")
def firm(courier: CourierFactory) -> Iterator[Conflict]:
    """A mailbox with a hundred mails in three folders that nobody has opened yet, synced."""
    server = courier()
    letter = (
        "From: Ana <ana@strange.example>\r\nTo: clara@firm.example\r\nSubject: about old{n:05}\r\n"
        "Message-ID: <old{n}@client.example>\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n\r\nWords {n}.\r\n"
    )
    for number in range(100):
        folder = ("INBOX", "Sent", "Archive")[number % 3]
        server.deliver("user1", letter.format(n=number).encode(), folder, flags=SEEN if number % 2 else "")
    home = short_folder()
    with Conflict(server, home) as one:
        one.sync()
        yield one
    shutil.rmtree(home, ignore_errors=True)


def places(row: Row) -> list[tuple[str, int]]:
    return [(one["folder"], one["uid"]) for one in row["sightings"] if not one["gone"]]


def test_everything_is_there_once_and_the_audit_says_so(firm: Conflict) -> None:
    firm.sync()
    old = {token: row for token, row in firm.known().items() if token.startswith("old")}
    assert len(old) == 100
    flags = firm.other.everything()
    for folder in ("INBOX", "INBOX.Sent", ARCHIVE):
        for token, uid in firm.other.tokens(folder).items():
            assert places(old[token]) == [(folder, uid)]
            assert old[token]["read"] == (SEEN in flags[folder][uid])
    assert check_audit(firm.cli.rows("audit")) >= 100


def test_acts_are_carried_and_those_of_another_program_are_seen(firm: Conflict) -> None:
    archived, starred, moved, expunged, read = firm.arrive(5)
    with firm.away() as other:
        firm.does("archive", archived)
        firm.does("mark", starred, "--star")
        other.move("INBOX", firm.uid(moved), ARCHIVE)
        other.flag("INBOX", firm.uid(starred), "+", SEEN)
        other.flag("INBOX", firm.uid(read), "+", SEEN)
        other.expunge("INBOX", firm.uid(expunged))
    firm.until(lambda: archived in firm.other.tokens(ARCHIVE), "the archived one")
    firm.until(lambda: firm.on_server(starred)["INBOX"][0][1] >= {SEEN, FLAGGED}, "both flags")
    firm.until(lambda: [place for place, _uid in firm.sightings(moved)] == [ARCHIVE], "the moved one")
    firm.until(lambda: not firm.sightings(expunged), "the expunged one to go")
    firm.sync()
    row = firm.row(starred)
    assert row is not None
    assert (row["starred"], row["read"]) == (True, True)
    assert (firm.row(read) or {})["read"]
    assert firm.sightings(archived) == [(ARCHIVE, firm.uid(archived, ARCHIVE))]
    assert archived not in firm.other.tokens("INBOX")
    assert firm.dropped() == []
    assert check_audit(firm.cli.rows("audit")) >= 104


def test_new_mail_comes_by_itself(firm: Conflict) -> None:
    """Courier tells by IDLE; nobody asks for a look."""
    firm.other.put("INBOX", firm.letter("unasked"))
    firm.until(lambda: firm.sightings("unasked"), "the new mail")


def test_what_was_deleted_here_goes_to_trash_and_comes_back_with_undo(firm: Conflict) -> None:
    deleted = firm.arrives()
    firm.does("delete", deleted)
    firm.until(lambda: [*firm.on_server(deleted)] == ["INBOX.Trash"], "the deleted one in Trash")
    firm.cli.one("undo")
    firm.until(lambda: [*firm.on_server(deleted)] == ["INBOX"], "it to be back")
    firm.sync()
    assert firm.sightings(deleted) == [("INBOX", firm.uid(deleted))]
