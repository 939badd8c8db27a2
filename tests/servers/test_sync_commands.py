"""What a mailbox's looks cost on the wire: commands counted by the rehearsal server, with and without extensions."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from actors.messages import Classify, FolderStirred, OpenPass
from actors.switchboard import mailbox_name
from providers.rehearsal import BARE, CAPABILITIES
from tests.office.test_mailbox import mail
from tests.support.wired import LOGIN, Make, Office, office_maker


@pytest.fixture
def office() -> Iterator[Make]:
    """Offices that have synced once."""
    with ExitStack() as stack:
        make = office_maker(stack)

        def synced(capabilities: frozenset[str] = CAPABILITIES, **rest: object) -> Office:
            made = make(capabilities, **rest)  # type: ignore[arg-type]  # passed on
            made.sync()
            return made

        yield synced


SIGN_ON = ("CAPABILITY", "AUTHENTICATE", "LOGIN", "ENABLE", "NAMESPACE", "LOGOUT")


def without_sign_on(said: list[str]) -> list[str]:
    return [verb for verb in said if verb not in SIGN_ON]


def test_a_second_start_with_nothing_new_costs_a_list_and_one_select(office: Make) -> None:
    one = office()
    passes = len(one.desk.told(OpenPass))
    one.start()
    assert without_sign_on(one.sync()) == ["LIST STATUS", "EXAMINE QRESYNC"]
    assert len(one.desk.told(OpenPass)) == passes


def test_nothing_new_while_it_runs_costs_no_select_at_all(office: Make) -> None:
    """The inbox is left open, and the server asked whether anything happened in it."""
    one = office()
    assert one.sync()[1:] in (["EXAMINE QRESYNC"], ["NOOP"])  # NOOP if the watch has had it opened already
    assert one.sync() == ["LIST STATUS", "NOOP"]
    assert one.sync() == ["LIST STATUS", "NOOP"]


def test_new_mail_costs_one_select_and_its_fetches(office: Make) -> None:
    one = office()
    one.sync()
    uid = one.server.deliver(LOGIN, mail(50))
    said = one.stirred(lambda desk: uid in desk.rows["INBOX"].whole)
    assert said[0] == "EXAMINE QRESYNC"
    assert set(said[1:]) == {"UID FETCH"}


def test_flags_and_expunges_of_another_program_cost_one_select(office: Make) -> None:
    one = office()
    one.sync()
    one.server.flag(LOGIN, "INBOX", 7, ["\\Flagged"])
    one.server.expunge(LOGIN, "INBOX", [3, 4, 5, 9])
    one.server.expunge(LOGIN, "Sent", [1])
    look = ["LIST STATUS", "NOOP", "EXAMINE QRESYNC", "EXAMINE QRESYNC"]
    again = ["LIST STATUS", "EXAMINE QRESYNC"]  # what left the inbox may be in a folder that nobody watches
    assert one.sync() == [*look, *again]
    inbox, sent = one.desk.rows["INBOX"], one.desk.rows["Sent"]
    assert (inbox.gone, inbox.flags[7], sent.gone) == ({3, 4, 5, 9}, ("\\Flagged",), {1})
    assert inbox.whole == set(range(1, 41)) - {3, 4, 5, 9}
    assert one.sync() == ["LIST STATUS", "NOOP"]


@pytest.mark.parametrize(
    ("capabilities", "asked"),
    [
        (CAPABILITIES - {"QRESYNC"}, ["EXAMINE", "UID SEARCH", "UID FETCH CHANGEDSINCE"]),
        (CAPABILITIES - {"ENABLE"}, ["EXAMINE", "UID SEARCH", "UID FETCH CHANGEDSINCE"]),
        (CAPABILITIES - {"QRESYNC", "CONDSTORE"}, ["EXAMINE", "UID SEARCH", "UID FETCH"]),
        (BARE, ["EXAMINE", "UID SEARCH", "UID FETCH"]),
    ],
)
def test_a_server_that_can_less_is_asked_more(office: Make, capabilities: frozenset[str], asked: list[str]) -> None:
    one = office(capabilities)
    one.server.flag(LOGIN, "INBOX", 7, ["\\Flagged"])
    one.server.expunge(LOGIN, "INBOX", [3])
    said = without_sign_on(one.sync())
    at = said.index("EXAMINE")
    assert said[at : at + 3] == asked
    inbox = one.desk.rows["INBOX"]
    assert (inbox.gone, inbox.flags[7]) == ({3}, ("\\Flagged",))


@pytest.mark.parametrize("capabilities", [CAPABILITIES - {"UIDPLUS"}, CAPABILITIES - {"UIDPLUS", "QRESYNC"}, BARE])
def test_what_is_only_marked_as_deleted_costs_its_flags_until_it_goes(
    office: Make, capabilities: frozenset[str]
) -> None:
    """A server without UIDPLUS keeps what was moved away: nobody is shown it, and nobody fetches it again."""
    one = office(capabilities)
    inbox = one.desk.rows["INBOX"]
    one.server.flag(LOGIN, "INBOX", 7, ["\\Deleted"])
    inbox.whole.remove(7)
    inbox.left = {7}
    fetched = len(one.desk.told(Classify))
    one.start()
    searches = one.sync().count("UID SEARCH")
    assert inbox.flags[7] == ("\\Deleted",)
    again = one.sync()
    assert again.count("UID SEARCH") <= searches <= 1
    if "QRESYNC" in capabilities:
        assert again == ["LIST STATUS", "NOOP"]
    assert len(one.desk.told(Classify)) == fetched
    one.server.expunge(LOGIN, "INBOX", [7])
    one.sync()
    assert (inbox.left, inbox.gone, len(inbox.whole)) == (set(), {7}, 39)


def test_without_extensions_only_folders_that_are_not_copied_can_be_passed_by(office: Make) -> None:
    """Flags may have changed in the others, whatever STATUS says."""
    one = office(BARE)
    said = one.sync()
    assert said[0] == "LIST"
    assert (said.count("STATUS"), said.count("EXAMINE")) == (3, 3)
    assert len([line for line in one.server.commands("EXAMINE") if b"Junk" in line.line]) == 1


def test_mail_that_comes_between_the_list_and_the_look_is_not_missed(office: Make) -> None:
    """What LIST said is not held against a folder that stirred since."""
    one = office()
    one.sync()
    uid = 0

    def before_the_answer(message: object) -> bool:
        nonlocal uid
        if type(message).__name__ == "DeclareFolders" and not uid:
            uid = one.server.deliver(LOGIN, mail(70))
            one.switchboard.tell(mailbox_name(1), FolderStirred())
        return False

    one.desk.silent = before_the_answer
    one.sync()
    assert uid in one.desk.rows["INBOX"].whole


def test_a_uidvalidity_of_its_own_is_looked_at_whole(office: Make) -> None:
    one = office()
    one.server.expunge(LOGIN, "INBOX", range(1, 31))
    one.server.renew_uidvalidity(LOGIN)
    one.start()
    said = one.sync()
    assert "UID SEARCH" in said
    assert one.desk.rows["INBOX"].whole == set(range(1, 11))
