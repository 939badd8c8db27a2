"""A member's acts against another program's, on a real server: what is done while the office is away, and how both
agree afterwards. The other program always acts between queueing and carrying.
"""

from collections.abc import Iterator

import pytest

from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.two_programs import Conflict

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(180)]

SEEN, FLAGGED, DELETED = "\\Seen", "\\Flagged", "\\Deleted"


@pytest.fixture(scope="module")
def server(dovecot: DovecotFactory) -> Dovecot:
    started = dovecot()
    started.deliver("user1", b"Subject: first q00000\r\n\r\nx\r\n", "Cases")
    return started


@pytest.fixture(scope="module")
def firm(server: Dovecot) -> Iterator[Conflict]:
    with Conflict(server, short_folder()) as made:
        yield made


def agree(firm: Conflict, token: str) -> None:
    """The office shows a mail exactly where the server has it, with its flags; of Trash and Junk it shows nothing."""

    def same() -> bool:
        row = firm.row(token)
        shown = [] if row is None else [x for x in row["sightings"] if not x["gone"]]
        here = {(x["folder"], x["uid"], frozenset(x["flags"])) for x in shown}
        there = {(name, *place) for name, places in firm.on_server(token).items() for place in places}
        return here == {place for place in there if place[0] not in ("Trash", "Junk", "Drafts")}

    firm.until(same, f"{token} to be shown where it is")


# ---------------------------------------------------------------- flags
def test_a_queued_flag_beats_the_servers_and_all_others_are_the_servers(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("mark", token, "--star")
        other.flag("INBOX", firm.uid(token), "+", "\\Answered")
        other.flag("INBOX", firm.uid(token), "+", FLAGGED)
        other.flag("INBOX", firm.uid(token), "-", FLAGGED)
        other.flag("INBOX", firm.uid(token), "+", SEEN)
    firm.until(lambda: FLAGGED in firm.on_server(token)["INBOX"][0][1], "the star")
    assert firm.on_server(token)["INBOX"][0][1] == {FLAGGED, SEEN, "\\Answered"}
    agree(firm, token)
    row = firm.row(token)
    assert row is not None
    assert (row["read"], row["starred"]) == (True, True)


def test_a_flag_is_carried_once(firm: Conflict) -> None:
    """What the other program does after it stands."""
    token = firm.arrives()
    with firm.away():
        firm.does("mark", token, "--read")
    firm.until(lambda: SEEN in firm.on_server(token)["INBOX"][0][1], "the flag")
    firm.other.flag("INBOX", firm.uid(token), "-", SEEN)
    firm.until(lambda: not (firm.row(token) or {}).get("read"), "the other program's word")
    with firm.away():
        pass
    assert firm.on_server(token)["INBOX"][0][1] == frozenset()
    assert firm.dropped(token) == []


def test_our_own_flag_comes_back_as_nobodys_act(firm: Conflict) -> None:
    token = firm.arrives()
    firm.does("mark", token, "--read")
    firm.does("mark", token, "--unread")
    firm.does("mark", token, "--star")
    firm.until(lambda: firm.on_server(token)["INBOX"][0][1] == {FLAGGED}, "the star alone")
    firm.sync()
    firm.sync()
    row = firm.row(token)
    assert row is not None
    assert (row["read"], row["starred"]) == (False, True)


def test_what_came_from_the_server_goes_to_no_server(firm: Conflict) -> None:
    token = firm.arrives()
    firm.other.put("Cases", firm.letter(token))
    firm.sync()
    firm.other.flag("INBOX", firm.uid(token), "+", SEEN)
    firm.until(lambda: (firm.row(token) or {})["read"], "the other program's word")
    firm.sync()
    assert firm.on_server(token)["Cases"][0][1] == frozenset()


# ---------------------------------------------------------------- a UID that is gone
def test_a_flag_follows_the_one_copy(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("mark", token, "--star")
        other.move("INBOX", firm.uid(token), "Cases")
    firm.until(lambda: FLAGGED in firm.on_server(token)["Cases"][0][1], "the star where it is now")
    agree(firm, token)
    assert firm.dropped(token) == []


def test_a_flag_follows_into_the_trash(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("mark", token, "--star")
        other.move("INBOX", firm.uid(token), "Trash")
    firm.until(lambda: FLAGGED in firm.on_server(token)["Trash"][0][1], "the star where it is now")
    agree(firm, token)


def test_a_flag_whose_copy_is_nowhere_is_dropped_and_told(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("mark", token, "--star")
        other.expunge("INBOX", firm.uid(token))
    firm.until(lambda: ("star", "gone") in firm.dropped(), "the notice")
    assert firm.on_server(token) == {}
    assert firm.sightings(token) == []


def test_a_flag_with_two_copies_to_go_to_is_dropped_and_told(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("mark", token, "--star")
        other.move("INBOX", firm.uid(token), "Cases")
        other.put("Sent", firm.letter(token))
    firm.until(lambda: firm.dropped(token) == [("star", "gone")], "the notice")
    agree(firm, token)
    assert {places[0][1] for places in firm.on_server(token).values()} == {frozenset()}


# ---------------------------------------------------------------- two moves or deletes
def test_of_two_moves_the_one_that_is_done_stands(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("archive", token)
        other.move("INBOX", firm.uid(token), "Cases")
    firm.until(lambda: firm.dropped(token) == [("archive", "moved")], "the notice")
    agree(firm, token)
    assert set(firm.on_server(token)) == {"Cases"}


def test_of_a_delete_and_a_move_the_one_that_is_done_stands(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("delete", token)
        other.move("INBOX", firm.uid(token), "Cases")
    firm.until(lambda: firm.dropped(token) == [("trash", "moved")], "the notice")
    agree(firm, token)
    assert set(firm.on_server(token)) == {"Cases"}


def test_of_a_move_and_a_delete_the_one_that_is_done_stands(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("move", token, "--to", "Cases")
        other.move("INBOX", firm.uid(token), "Trash")
    firm.until(lambda: ("move", "moved") in firm.dropped(), "the notice")
    agree(firm, token)
    assert set(firm.on_server(token)) == {"Trash"}


@pytest.mark.parametrize(("act", "folder"), [("archive", "Archive"), ("delete", "Trash")])
def test_who_wished_the_same_is_told_nothing(firm: Conflict, act: str, folder: str) -> None:
    token = firm.arrives()
    before = firm.dropped()
    with firm.away() as other:
        firm.does(act, token)
        other.move("INBOX", firm.uid(token), folder)
    agree(firm, token)
    assert set(firm.on_server(token)) == {folder}
    assert firm.dropped() == before


def test_a_delete_of_what_is_expunged_is_done(firm: Conflict) -> None:
    token = firm.arrives()
    before = firm.dropped()
    with firm.away() as other:
        firm.does("delete", token)
        other.expunge("INBOX", firm.uid(token))
    agree(firm, token)
    assert firm.dropped() == before


def test_what_undoes_a_dropped_move_is_dropped_with_it(firm: Conflict) -> None:
    token = firm.arrives()
    with firm.away() as other:
        firm.does("archive", token)
        firm.does("mark", token, "--star")
        other.move("INBOX", firm.uid(token), "Cases")
    firm.until(lambda: FLAGGED in firm.on_server(token)["Cases"][0][1], "the star where it is now")
    assert firm.dropped(token) == [("archive", "moved")]
    agree(firm, token)
    refused = firm.cli.call("undo")  # the star
    assert refused.code == 0
    assert firm.cli.refused("undo", code=1)["code"] == "undo_changed"


# ---------------------------------------------------------------- another UIDVALIDITY
def test_in_a_folder_that_was_numbered_anew_acts_are_aimed_at_the_same_copies(firm: Conflict, server: Dovecot) -> None:
    tokens = firm.arrive(4, folder="Cases")
    starred, deleted, moved, lost = tokens
    with firm.away() as other:
        firm.does("mark", starred, "--star")
        firm.does("delete", deleted)
        firm.does("archive", moved)
        firm.does("mark", lost, "--read")
        other.expunge("Cases", firm.uid(lost, "Cases"))
        with other:
            pass  # nobody may have the folder open
        server.new_uidvalidity(firm.user, "Cases")
        firm.reconnect()
    firm.until(lambda: FLAGGED in firm.on_server(starred)["Cases"][0][1], "the star")
    firm.until(lambda: set(firm.on_server(deleted)) == {"Trash"}, "the delete")
    firm.until(lambda: set(firm.on_server(moved)) == {"Archive"}, "the move")
    firm.until(lambda: ("read", "renumbered") in firm.dropped(), "the notice")
    for token in tokens:
        agree(firm, token)


def test_in_a_folder_that_was_renamed_a_flag_follows_and_a_move_does_not(firm: Conflict) -> None:
    firm.other.make("Old")
    starred, moved = firm.arrive(2, folder="Old")
    with firm.away() as other:
        firm.does("mark", starred, "--star")
        firm.does("archive", moved)
        other.rename("Old", "New")
    firm.until(lambda: FLAGGED in firm.on_server(starred)["New"][0][1], "the star where it is now")
    firm.until(lambda: firm.dropped(moved) == [("archive", "moved")], "the notice")
    for token in (starred, moved):
        agree(firm, token)


def test_a_move_to_a_folder_that_is_no_longer_there_is_dropped_and_told(firm: Conflict) -> None:
    firm.other.make("Brief")
    token = firm.arrives()
    with firm.away() as other:
        firm.does("move", token, "--to", "Brief")
        other.remove("Brief")
    firm.until(lambda: firm.dropped(token) == [("move", "no_folder")], "the notice")
    agree(firm, token)
    assert set(firm.on_server(token)) == {"INBOX"}


# ---------------------------------------------------------------- offline hours and restarts
def test_hours_offline_are_carried_in_order_and_what_was_undone_is_not(firm: Conflict) -> None:
    tokens = firm.arrive(6)
    with firm.away():
        for token in tokens:
            firm.does("mark", token, "--read")
            firm.does("mark", token, "--star")
        firm.does("mark", tokens[0], "--unread")
        firm.does("move", tokens[1], "--to", "Cases")
        firm.does("move", tokens[1], "--to", "Archive")
        firm.does("delete", tokens[2])
        firm.cli.one("undo")
        firm.does("archive", tokens[3])
    firm.until(lambda: set(firm.on_server(tokens[3])) == {"Archive"}, "the last act")
    firm.until(lambda: firm.on_server(tokens[1]).get("Archive"), "both moves")
    for token in tokens:
        agree(firm, token)
        (flags,) = [places[0][1] for places in firm.on_server(token).values()]
        assert flags == ({FLAGGED} if token == tokens[0] else {FLAGGED, SEEN})
    assert [set(firm.on_server(token)) for token in tokens] == [
        {"INBOX"}, {"Archive"}, {"INBOX"}, {"Archive"}, {"INBOX"}, {"INBOX"},
    ]  # fmt: skip


def test_what_waits_survives_a_kill(firm: Conflict) -> None:
    tokens = firm.arrive(3)
    with firm.away():
        firm.does("mark", tokens[0], "--star")
        firm.does("archive", tokens[1])
        firm.does("delete", tokens[2])
        firm.kill()
    firm.until(lambda: FLAGGED in firm.on_server(tokens[0])["INBOX"][0][1], "the star")
    firm.until(lambda: set(firm.on_server(tokens[1])) == {"Archive"}, "the move")
    firm.until(lambda: set(firm.on_server(tokens[2])) == {"Trash"}, "the delete")
    for token in tokens:
        agree(firm, token)


# ---------------------------------------------------------------- what leaves
def test_hundreds_gone_at_once_are_one_notice(firm: Conflict) -> None:
    tokens = firm.arrive(130, folder="Sent")
    before = [row for row in firm.notices() if row["kind"] == "mail_gone"]
    dropped = len(firm.dropped())
    with firm.away() as other:
        firm.cli.one("mark", *[firm.known()[token]["email"] for token in tokens[:60]], "--star")
        other.expunge_all("Sent", list(firm.other.flags("Sent")))
    firm.until(lambda: not any(token in firm.known() for token in tokens), "them to go")
    firm.until(
        lambda: [row["count"] for row in firm.notices() if row["kind"] == "mail_gone"] >= [130],
        "the one notice",
    )
    assert before == []
    told = firm.dropped()
    assert len(told) - dropped <= 21  # twenty one by one, and how many more
