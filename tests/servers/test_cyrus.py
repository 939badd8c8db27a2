"""The office on a second real server, Cyrus: everything is there once, acts are carried, another program's are seen."""

from collections.abc import Iterator

import pytest

from tests.support.cli import check_audit
from tests.support.cyrus import CyrusFactory
from tests.support.old_mail import check_old_mail, with_old_mail
from tests.support.two_programs import Conflict

pytestmark = [pytest.mark.cyrus, pytest.mark.timeout(120)]

SEEN, FLAGGED = "\\Seen", "\\Flagged"


@pytest.fixture(scope="module")
def firm(cyrus: CyrusFactory) -> Iterator[Conflict]:
    """A mailbox with a hundred mails in three folders, synced."""
    with with_old_mail(cyrus()) as one:
        yield one


def test_everything_is_there_once_and_the_audit_says_so(firm: Conflict) -> None:
    check_old_mail(firm, ("INBOX", "Sent", "Archive"))


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
