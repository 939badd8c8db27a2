"""The office on a second real server, Cyrus: everything is there once, acts are carried, another program's are seen."""

import shutil
from collections.abc import Iterator

import pytest

from tests.support.cli import Row, check_audit
from tests.support.cyrus import CyrusFactory
from tests.support.home import short_folder
from tests.support.two_programs import Conflict

pytestmark = [pytest.mark.cyrus, pytest.mark.timeout(120)]

SEEN, FLAGGED = "\\Seen", "\\Flagged"


@pytest.fixture(scope="module")
def firm(cyrus: CyrusFactory) -> Iterator[Conflict]:
    """A mailbox with a hundred mails in three folders, synced."""
    server = cyrus()
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
    old = {token: row for token, row in firm.known().items() if token.startswith("old")}
    assert len(old) == 100
    flags = firm.other.everything()
    for folder in ("INBOX", "Sent", "Archive"):
        for token, uid in firm.other.tokens(folder).items():
            assert places(old[token]) == [(folder, uid)]
            assert old[token]["read"] == (SEEN in flags[folder][uid])
    assert check_audit(firm.cli.rows("audit")) >= 100


def test_acts_are_carried_and_those_of_another_program_are_seen(firm: Conflict) -> None:
    archived, starred, moved, expunged = firm.arrive(4)
    with firm.away() as other:
        firm.does("archive", archived)
        firm.does("mark", starred, "--star")
        other.move("INBOX", firm.uid(moved), "Archive")
        other.flag("INBOX", firm.uid(starred), "+", SEEN)
        other.expunge("INBOX", firm.uid(expunged))
    firm.until(lambda: archived in firm.other.tokens("Archive"), "the archived one")
    firm.until(lambda: firm.on_server(starred)["INBOX"][0][1] >= {SEEN, FLAGGED}, "both flags")
    firm.until(lambda: [place for place, _uid in firm.sightings(moved)] == ["Archive"], "the moved one")
    assert firm.sightings(expunged) == []
    firm.sync()
    row = firm.row(starred)
    assert row is not None
    assert (row["starred"], row["read"]) == (True, True)
    assert firm.sightings(archived) == [("Archive", firm.uid(archived, "Archive"))]
    assert firm.dropped() == []
    assert check_audit(firm.cli.rows("audit")) >= 103


def test_new_mail_comes_by_itself(firm: Conflict) -> None:
    """Cyrus tells by IDLE; nobody asks for a look."""
    firm.other.put("INBOX", firm.letter("unasked"))
    firm.until(lambda: firm.sightings("unasked"), "the new mail")
