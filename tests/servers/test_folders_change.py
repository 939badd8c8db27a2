"""Folders that are numbered anew, renamed, deleted, nested and oddly named: what is here stays what it is, and what
has left its place is shown there no more.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from providers.rehearsal import CAPABILITIES, Account, FolderPlan, Rehearsal
from providers.rehearsal.accounts import BARE
from tests.support.dovecot import DovecotFactory
from tests.support.home import short_folder
from tests.support.reached import Own
from tests.support.two_programs import Conflict

pytestmark = pytest.mark.timeout(180)

USER = "user1"
DELETED = "\\Deleted"
ODD = ("Año/2026/Übersicht & mehr", "日本語", 'Say "yes" \\ no', "Deep/er/and/deeper/still")
NOT_EXPUNGING = CAPABILITIES - {"MOVE", "UIDPLUS"}


class World:
    """A rehearsal server and the office that syncs it."""

    def __init__(self, stack: ExitStack, capabilities: frozenset[str]) -> None:
        folders = (FolderPlan(name="Archive", special_use="\\Archive"), FolderPlan(name="Cases"))
        account = Account(login=USER, password="pass", folders=folders)
        self.server = stack.enter_context(Rehearsal([account], capabilities=capabilities))
        self.firm = stack.enter_context(Conflict(Own(self.server), short_folder()))

    def bodies_read(self, since: int) -> list[bytes]:
        return [line.line for line in self.server.heard[since:] if b"BODY.PEEK[]" in line.line]

    def renew(self, folder: str) -> int:
        """Number a folder anew; how much the server had heard."""
        self.server.renew_uidvalidity(USER, folder)
        self.firm.reconnect()
        return len(self.server.heard)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


# ---------------------------------------------------------------- another UIDVALIDITY
@pytest.mark.parametrize("message_id", [True, False], ids=["named", "unnamed"])
def test_bodies_that_are_here_are_not_read_again(stack: ExitStack, *, message_id: bool) -> None:
    world = World(stack, CAPABILITIES)
    kept = world.firm.arrive(3, folder="Cases", message_id=message_id)
    before = world.renew("Cases")
    (new,) = world.firm.arrive(1, folder="Cases")
    assert len(world.bodies_read(before)) == 1  # of the one that is new
    for uid, token in enumerate((*kept, new), 1):
        assert world.firm.sightings(token) == [("Cases", uid)]
        assert (world.firm.row(token) or {})["whole"]
        assert f"Body of {token}" in str(world.firm.cli.one("show", (world.firm.row(token) or {})["email"]))
    lines = {line["folder"]: line for line in world.firm.cli.rows("audit")}
    assert (lines["Cases"]["server"], lines["Cases"]["store"], lines["Cases"]["bodies_missing"]) == (4, 4, [])


def test_what_was_left_behind_as_deleted_stays_gone(stack: ExitStack) -> None:
    world = World(stack, NOT_EXPUNGING)
    moved, stays = world.firm.arrive(2)
    world.firm.does("archive", moved)
    world.firm.until(
        lambda: world.firm.on_server(moved).get("INBOX", [(0, frozenset())])[0][1] == {DELETED}, "the mark"
    )
    world.firm.until(lambda: [at for at, _ in world.firm.sightings(moved)] == ["Archive"], "the copy in the archive")
    world.renew("INBOX")
    world.firm.sync()
    world.firm.sync()
    assert [at for at, _ in world.firm.sightings(moved)] == ["Archive"]
    assert world.firm.sightings(stays) == [("INBOX", 2)]
    lines = {line["folder"]: line for line in world.firm.cli.rows("audit")}
    assert lines["INBOX"]["skipped_by"] == {"deleted": 1}
    assert lines["INBOX"]["missing"] == lines["INBOX"]["extra"] == []
    world.firm.other.flag("INBOX", world.firm.uid(moved), "-", DELETED)
    world.firm.sync()
    assert sorted(at for at, _ in world.firm.sightings(moved)) == ["Archive", "INBOX"]


# ---------------------------------------------------------------- renamed and deleted folders
@pytest.mark.parametrize("capabilities", [CAPABILITIES, BARE | {"UNSELECT"}], ids=["able", "bare"])
def test_what_a_renamed_folder_holds_is_shown_under_its_new_name_alone(
    stack: ExitStack, capabilities: frozenset[str]
) -> None:
    world = World(stack, capabilities)
    token, beside = world.firm.arrive(2, folder="Cases")
    world.firm.other.rename("Cases", "Trials")
    world.firm.sync()
    world.firm.sync()
    world.firm.until(lambda: [at for at, _ in world.firm.sightings(token)] == ["Trials"], "the new name alone")
    world.firm.until(lambda: [at for at, _ in world.firm.sightings(beside)] == ["Trials"], "the new name alone")
    assert world.firm.notices() == []
    world.firm.does("archive", token)
    world.firm.until(lambda: "Archive" in world.firm.on_server(token), "the archived mail")
    assert [at for at, _ in world.firm.sightings(token)] == ["Archive"]
    world.firm.other.rename("Trials", "Cases")
    world.firm.sync()
    world.firm.sync()
    world.firm.until(lambda: [at for at, _ in world.firm.sightings(beside)] == ["Cases"], "the old name again")


def test_what_a_deleted_folder_held_has_left(stack: ExitStack) -> None:
    world = World(stack, CAPABILITIES)
    token = world.firm.arrives(folder="Cases")
    (both,) = world.firm.arrive(1, folder="Cases")
    world.firm.other.put("INBOX", world.firm.letter(both))
    world.firm.sync()  # after which it has another folder open: a server cuts off who has one that goes
    world.firm.other.remove("Cases")
    world.firm.sync()
    assert world.firm.sightings(token) != []  # one list may be wrong
    world.firm.sync()
    world.firm.until(lambda: world.firm.sightings(token) == [], "the mail to have left")
    world.firm.until(lambda: [at for at, _ in world.firm.sightings(both)] == ["INBOX"], "the other copy alone")


# ---------------------------------------------------------------- names
def test_names_are_as_they_are_however_they_are_written(stack: ExitStack) -> None:
    """Modified UTF-7, quoting, nested folders below some that cannot be opened."""
    world = World(stack, CAPABILITIES)
    world.server.change(lambda post: [post.mailbox(USER).create(name) for name in ODD])
    tokens = {}
    for place, name in enumerate(ODD):
        tokens[name] = f"odd{place}"
        world.server.deliver(USER, world.firm.letter(tokens[name]), name)
    world.firm.sync()
    for name, token in tokens.items():
        assert world.firm.sightings(token) == [(name, 1)]
    inbox = world.firm.arrives()
    world.firm.does("move", inbox, "--to", ODD[0])
    world.firm.until(lambda: world.firm.sightings(inbox) == [(ODD[0], 2)], "the mail in the nested folder")
    assert {line["folder"] for line in world.firm.cli.rows("audit")} >= {*ODD, "INBOX"}


@pytest.mark.dovecot
def test_a_real_server_renames_and_nests(dovecot: DovecotFactory) -> None:
    server = dovecot()
    server.deliver(USER, b"Subject: first q00000\r\n\r\nx\r\n", "Año/日本語")  # Año itself cannot be opened
    with Conflict(server, short_folder()) as firm:
        firm.sync()
        assert [at for at, _ in firm.sightings("q00000")] == ["Año/日本語"]
        firm.other.rename("A&APE-o/&ZeVnLIqe-", "A&APE-o/Neu")
        firm.sync()
        firm.sync()
        firm.until(lambda: [at for at, _ in firm.sightings("q00000")] == ["Año/Neu"], "the new name alone")
        lines = {line["folder"]: line for line in firm.cli.rows("audit")}
        assert "Año" not in lines
        assert lines["Año/Neu"]["store"] == 1
