"""Others' folders that a login can see (RFC 2342): named, synced where somebody chose them, and only there."""

from collections.abc import Iterator

import pytest

from providers.imap.namespaces import prefixes, told_apart
from providers.imap.responses import Part, Untagged
from providers.protocols import ListedFolder
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.imap import OtherProgram
from tests.support.two_programs import ADDRESS, Conflict

pytestmark = pytest.mark.timeout(180)

FILES, BOARD, THEIRS = "Others/user2/Files", "Team/Board", "Others/user2/Sent"


@pytest.fixture(scope="module")
def server(dovecot: DovecotFactory) -> Dovecot:
    return dovecot(users=2, namespaces=True)


@pytest.fixture(scope="module")
def owner(server: Dovecot) -> Iterator[OtherProgram]:
    """The user whose folders the other may see."""
    with OtherProgram(server, "user2") as made:
        made.make("Files")
        made.make(BOARD)
        for folder in ("Files", "Sent"):
            made.share(folder, "user1", "lrswite")
        yield made


@pytest.fixture(scope="module")
def firm(server: Dovecot, owner: OtherProgram) -> Iterator[Conflict]:
    with Conflict(server, short_folder()) as made:
        owner.put("Files", made.letter("file"))
        owner.put(BOARD, made.letter("board"))
        owner.put("Sent", made.letter("theirs"))
        made.sync()
        yield made


def offered(firm: Conflict) -> dict[str, bool]:
    return {one["folder"]: one["synced"] for one in firm.cli.one("mailbox", "show", ADDRESS)["shared"]}


@pytest.mark.dovecot
def test_they_are_named_and_not_synced(firm: Conflict) -> None:
    assert offered(firm) == {FILES: False, BOARD: False, THEIRS: False}
    assert [firm.row(token) for token in ("file", "board", "theirs")] == [None, None, None]
    audited = {line["folder"] for line in firm.cli.rows("audit", "--all")}
    assert not audited & {FILES, BOARD, THEIRS}


@pytest.mark.dovecot
def test_chosen_ones_are_synced_and_acted_in(firm: Conflict, owner: OtherProgram) -> None:
    assert firm.cli.one("mailbox", "set", ADDRESS, "--shared", FILES, "--shared", BOARD)["done"]
    firm.until(lambda: firm.sightings("file") == [(FILES, 1)] and firm.sightings("board") == [(BOARD, 1)], "their mail")
    assert offered(firm) == {FILES: True, BOARD: True, THEIRS: False}
    firm.does("mark", "file", "--star")
    firm.until(lambda: owner.flags("Files")[1] >= {"\\Flagged"}, "the star at its owner's")
    firm.does("move", "board", "--to", FILES)
    firm.until(lambda: firm.sightings("board") == [(FILES, 2)], "the mail in the other's folder")
    firm.sync()
    lines = {line["folder"]: line for line in firm.cli.rows("audit")}
    assert (lines[FILES]["server"], lines[FILES]["store"], lines[FILES]["missing"]) == (2, 2, [])


@pytest.mark.dovecot
def test_what_nobody_chooses_any_more_has_left(firm: Conflict) -> None:
    firm.cli.one("mailbox", "set", ADDRESS, "--no-shared")
    firm.sync()
    firm.sync()
    firm.until(lambda: firm.sightings("file") == [], "their mail to have left")
    assert offered(firm) == {FILES: False, BOARD: False, THEIRS: False}


@pytest.mark.dovecot
def test_what_is_not_shown_cannot_be_chosen(firm: Conflict) -> None:
    error = firm.cli.refused("mailbox", "set", ADDRESS, "--shared", "Others/user2/Drafts", code=2)
    assert error["code"] == "no_such_folder"


# ---------------------------------------------------------------- what servers tell
@pytest.mark.parametrize(
    ("told", "others"),
    [
        (b'(("" "/")) NIL NIL', set()),
        (b'(("" "/")) (("Others/" "/")) (("Team/" "/"))', {"Others/ana/INBOX", "Team/x"}),
        (
            b'(("INBOX." ".")) (("user." ".")) (("" "."))',
            {"user.ana", "Others/ana/INBOX", "Team/x", "x", "Teams", "~ana"},
        ),
        (b'((""  "/" "X-P" ("a" "b"))) (("~" "/")("Others/" "/")) NIL', {"Others/ana/INBOX", "~ana"}),
        (b'NIL NIL (("Te\\"am/" NIL)("Team/" "/"))', {"Team/x"}),
        (b"NIL NIL NIL", set()),
    ],
)
def test_namespaces_tell_whose_a_folder_is(told: bytes, others: set[str]) -> None:
    known = prefixes([Untagged("NAMESPACE", (Part(told),))])
    names = ("INBOX", "INBOX.x", "user.ana", "Others/ana/INBOX", "Team/x", "Teams", "x", "~ana")
    folders = [ListedFolder(name=name, raw=name.encode(), delimiter="/", special_use="sent") for name in names]
    found = told_apart(folders, known)
    assert {one.name for one in found if one.shared} == others
    assert {one.name for one in found if not one.special_use} == others
