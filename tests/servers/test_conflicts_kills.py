"""The office is killed at each step between an act and the server's answer: on the real server it is done once."""

from collections.abc import Iterator

import pytest

from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.lethal_office import LethalOffice
from tests.support.two_programs import ADDRESS, Conflict

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(180)]

FLAGGED = "\\Flagged"
PLANS = [
    "desk:AskChanges:before",
    "desk:AskChanges:after",
    "mailbox:Carry:before",
    "mailbox:Carry:after",
    "desk:Carried:before",
    "desk:Carried:after",
    "desk:Carried:before:2",
    "desk:Carried:after:2",
    "desk:Carried:before:3",
]


@pytest.fixture(scope="module")
def server(dovecot: DovecotFactory) -> Dovecot:
    started = dovecot()
    started.deliver("user1", b"Subject: first q00000\r\n\r\nx\r\n", "Cases")
    return started


@pytest.fixture(scope="module")
def firm(server: Dovecot) -> Iterator[Conflict]:
    with Conflict(server, short_folder()) as made:
        yield made


def shown(firm: Conflict, places: dict[str, str]) -> bool:
    """Whether each mail is shown in its folder, and nowhere else."""
    return all(firm.sightings(token) == [(folder, firm.uid(token, folder))] for token, folder in places.items())


@pytest.mark.parametrize("plan", PLANS)
def test_whenever_it_is_killed_each_act_is_done_once(firm: Conflict, plan: str) -> None:
    starred, archived, followed, deleted = firm.arrive(4)
    firm.cli.one("mailbox", "pause", ADDRESS)
    firm.does("mark", starred, "--star")
    firm.does("archive", archived)
    firm.does("mark", followed, "--star")
    firm.does("delete", deleted)
    firm.other.move("INBOX", firm.uid(followed), "Cases")
    firm.cli.one("office", "stop")
    with LethalOffice(firm.cli, plan) as office:
        firm.cli.one("mailbox", "resume", ADDRESS)
        office.wait_killed()
    firm.cli.call("sync", "--wait", "--json")
    firm.until(lambda: FLAGGED in firm.on_server(starred)["INBOX"][0][1], "the star")
    firm.until(lambda: set(firm.on_server(archived)) == {"Archive"}, "the move")
    firm.until(lambda: FLAGGED in firm.on_server(followed)["Cases"][0][1], "the star that followed")
    firm.until(lambda: set(firm.on_server(deleted)) == {"Trash"}, "the delete")
    places = {starred: "INBOX", archived: "Archive", followed: "Cases"}
    firm.until(lambda: shown(firm, places), "all to be shown where they are")
    firm.until(lambda: firm.row(deleted) is None, "the delete shown")
    assert firm.dropped() == []
