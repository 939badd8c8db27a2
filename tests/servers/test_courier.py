"""The office on a server that has hardly an extension, Courier: everything is there once, acts are carried, and another
program's are seen. Its folders stand below INBOX.
"""

from collections.abc import Iterator

import pytest

from tests.support.cli import check_audit
from tests.support.courier import CourierFactory
from tests.support.old_mail import check_old_mail, with_old_mail
from tests.support.two_programs import Conflict

pytestmark = [pytest.mark.courier, pytest.mark.long, pytest.mark.timeout(120)]

SEEN, FLAGGED = "\\Seen", "\\Flagged"
ARCHIVE = "INBOX.Archive"


@pytest.fixture(scope="module")
def firm(courier: CourierFactory) -> Iterator[Conflict]:
    """A mailbox with a hundred mails in three folders that nobody has opened yet, synced."""
    with with_old_mail(courier()) as one:
        yield one


def test_everything_is_there_once_and_the_audit_says_so(firm: Conflict) -> None:
    firm.sync()
    check_old_mail(firm, ("INBOX", "INBOX.Sent", ARCHIVE))


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
