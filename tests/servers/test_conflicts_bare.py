r"""Moves on servers that can do less, and lines that are cut between what a server did and its answer: never twice,
never lost, never a bare EXPUNGE.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from providers.rehearsal import Account, At, Do, Fault, Rehearsal
from providers.rehearsal.accounts import CAPABILITIES
from tests.support.home import short_folder
from tests.support.reached import Own
from tests.support.two_programs import Conflict

pytestmark = pytest.mark.timeout(120)

DELETED, FLAGGED = "\\Deleted", "\\Flagged"
WHOLE, NO_MOVE, NO_UIDPLUS = CAPABILITIES, CAPABILITIES - {"MOVE"}, CAPABILITIES - {"MOVE", "UIDPLUS"}
NAMES = {WHOLE: "whole", NO_MOVE: "no move", NO_UIDPLUS: "no uidplus"}


@dataclass
class Bare:
    """The firm, and the server to plan faults on."""

    firm: Conflict
    server: Rehearsal

    def said(self, *verbs: str) -> list[str]:
        """The office's commands that change something, in order; the other program is in another room."""
        return [line.verb for line in self.server.heard if line.verb in verbs]

    def carried(self, holds: Callable[[], object], what: str) -> None:
        """Until it holds, the office being woken after each cut."""

        def again() -> object:
            self.firm.cli.call("sync", "--wait", "--json")
            return holds()

        self.firm.until(again, what)


@pytest.fixture
def bare() -> Iterator[Callable[[frozenset[str]], Bare]]:
    with ExitStack() as stack:

        def start(capabilities: frozenset[str]) -> Bare:
            accounts = [Account(login="user1", password="pass")]
            server = stack.enter_context(Rehearsal(accounts, capabilities=capabilities))
            return Bare(stack.enter_context(Conflict(Own(server), short_folder())), server)

        yield start


Start = Callable[[frozenset[str]], Bare]


def test_without_move_it_is_copied_and_its_old_uid_expunged(bare: Start) -> None:
    one = bare(NO_MOVE)
    token, other = one.firm.arrive(2)
    one.firm.other.flag("INBOX", one.firm.uid(other), "+", DELETED)  # somebody else's: not ours to expunge
    with one.firm.away():
        one.firm.does("archive", token)
    one.carried(lambda: one.firm.sightings(token) and set(one.firm.on_server(token)) == {"Archive"}, "the move")
    assert one.firm.sightings(token) == [("Archive", one.firm.uid(token, "Archive"))]
    assert set(one.firm.on_server(other)) == {"INBOX"}
    assert one.said("UID COPY", "UID MOVE", "UID EXPUNGE", "EXPUNGE", "CLOSE") == ["UID COPY", "UID EXPUNGE"]


@pytest.mark.parametrize(("act", "folder"), [("archive", "Archive"), ("delete", "Trash")])
def test_without_uidplus_what_is_left_behind_is_shown_as_gone(bare: Start, act: str, folder: str) -> None:
    one = bare(NO_UIDPLUS)
    token = one.firm.arrives()
    with one.firm.away():
        one.firm.does(act, token)
    one.carried(lambda: folder in one.firm.on_server(token), "the copy")
    shown = [folder] if folder == "Archive" else []
    one.carried(lambda: [place for place, _uid in one.firm.sightings(token)] == shown, "one place")
    assert DELETED in one.firm.on_server(token)["INBOX"][0][1], "the expunging is left to the server"
    one.firm.sync()
    before = len(one.server.heard)
    one.firm.sync()
    assert [place for place, _uid in one.firm.sightings(token)] == shown, "it does not come back"
    asked = [line.line for line in one.server.heard[before:] if line.verb == "UID FETCH"]
    assert [line for line in asked if b"BODY" in line] == [], "it is not fetched again"
    (inbox,) = [row for row in one.firm.cli.rows("audit") if row["folder"] == "INBOX"]
    assert (inbox["server"], inbox["missing"], inbox["extra"], inbox["skipped_by"]) == (1, [], [], {"deleted": 1})
    assert one.said("UID EXPUNGE", "EXPUNGE", "CLOSE") == []
    assert len(one.said("UID COPY")) == 1
    one.firm.other.flag("INBOX", one.firm.uid(token), "-", DELETED)
    one.carried(lambda: ("INBOX", one.firm.uid(token)) in one.firm.sightings(token), "what somebody took back")


CUTS = [
    (WHOLE, "UID MOVE", At.COMMAND),
    (WHOLE, "UID MOVE", At.ANSWERED),
    (NO_MOVE, "UID COPY", At.ANSWERED),
    (NO_MOVE, "UID STORE", At.ANSWERED),
    (NO_MOVE, "UID EXPUNGE", At.ANSWERED),
    (NO_UIDPLUS, "UID COPY", At.ANSWERED),
    (NO_UIDPLUS, "UID STORE", At.ANSWERED),
]


@pytest.mark.parametrize("named", [True, False], ids=["id", "no id"])
@pytest.mark.parametrize(
    ("capabilities", "command", "at"), CUTS, ids=[f"{NAMES[c]}, {v}, {at.value}" for c, v, at in CUTS]
)
def test_a_move_whose_answer_is_cut_off_is_done_once(
    bare: Start, capabilities: frozenset[str], command: str, at: At, *, named: bool
) -> None:
    one = bare(capabilities)
    token = one.firm.arrives(message_id=named)
    with one.firm.away(checked=False):
        one.firm.does("archive", token)
        one.server.plan(Fault(at=at, do=Do.HANG_UP, command=command))
    one.carried(lambda: one.server.fired and "Archive" in one.firm.on_server(token), "the copy")
    one.carried(lambda: [place for place, _uid in one.firm.sightings(token)] == ["Archive"], "one place")
    one.firm.sync()
    assert len(one.server.messages("user1", "Archive")) == 1, "never a second copy"
    left = one.firm.on_server(token).get("INBOX")
    if capabilities is NO_UIDPLUS:
        assert left is not None
        assert DELETED in left[0][1]
    else:
        assert left is None, "nothing is left to the server that it can be told"
    if named:
        assert one.firm.dropped() == []
    assert one.said("EXPUNGE", "CLOSE") == []


def test_a_flag_whose_answer_is_cut_off_is_carried_again(bare: Start) -> None:
    one = bare(WHOLE)
    token = one.firm.arrives()
    with one.firm.away(checked=False):
        one.firm.does("mark", token, "--star")
        one.server.plan(Fault(at=At.ANSWERED, do=Do.HANG_UP, command="UID STORE"))
    one.carried(lambda: one.server.fired and len(one.said("UID STORE")) == 2, "the second try")
    assert one.firm.on_server(token)["INBOX"][0][1] == {FLAGGED}
    row = one.firm.row(token)
    assert row is not None
    assert row["starred"]


def test_one_that_is_refused_takes_no_other_with_it(bare: Start) -> None:
    one = bare(WHOLE)
    tokens = one.firm.arrive(3)
    with one.firm.away():
        for token in tokens:
            one.firm.does("archive", token)
        # together they are refused; then one by one, the first again
        one.server.plan(Fault(at=At.COMMAND, do=Do.NO, command="UID MOVE", text=b"[NOPERM] no", times=2))
    one.carried(lambda: len(one.server.messages("user1", "Archive")) == 2, "the others")
    assert [act for act, _cause in one.firm.dropped()] == ["archive"]
    (kept,) = [token for token in tokens if "INBOX" in one.firm.on_server(token)]
    assert one.firm.sightings(kept) == [("INBOX", one.firm.uid(kept))]


def test_a_copy_that_looks_like_ours_is_not_taken_for_it(bare: Start) -> None:
    """Another mail in the target bears the same Message-ID: a repeat copies all the same."""
    one = bare(NO_MOVE)
    token = one.firm.arrives()
    one.firm.other.put("Archive", one.firm.letter(token).replace(b"about", b"a forgery about"))
    one.firm.sync()
    with one.firm.away(checked=False):
        one.firm.does("archive", token)
        one.server.plan(Fault(at=At.COMMAND, do=Do.HANG_UP, command="UID COPY"))
    one.carried(lambda: len(one.server.messages("user1", "Archive")) == 2, "the copy")
