"""[S7a] as a table: which copies are one email, what its contents are, and that order of arrival changes nothing."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from actors.desk.settling import Settling
from actors.desk.writer import settle_again
from store.model.ids import ThreadKey
from store.model.mailbox import MailboxScope
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.desk_state import check, logical

LETTER = Letter(id="a@x", text="hello", at=NOW - 5000)
NAMELESS = replace(LETTER, id=None)
SAME = {
    "other delivery": replace(LETTER, delivered_to="tom@firm.example", bcc=("boss@firm.example",)),
    "other names": replace(LETTER, sender="ANA@client.example"),
    "other INTERNALDATE": LETTER,
}
VERSIONS = {
    "a list's footer": replace(LETTER, text="hello\n-- \nthe list"),
    "another subject": replace(LETTER, subject="[list] Annual accounts"),
    "another Reply-To": replace(LETTER, reply_to=("list@list.example",)),
    "another file": replace(LETTER, files=("a.pdf",)),
}
OTHERS = {
    "another id": replace(LETTER, id="b@x"),
    "another date": replace(LETTER, date=NOW - 1),
    "another sender": replace(LETTER, sender="eve@client.example"),
    "somebody more in Cc": replace(LETTER, cc=("tom@firm.example",)),
}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DeskRig]:
    made = DeskRig(tmp_path / "vault")
    yield made
    check(made.vault)
    made.close()


def two_folders(rig: DeskRig) -> tuple[FolderRig, FolderRig]:
    clara = rig.mailbox("clara@firm.example")
    tom = rig.mailbox("tom@firm.example", rig.member("Tom"))
    return rig.folder(clara), rig.folder(tom)


def contents(rig: DeskRig) -> int:
    return len(rig.rows("SELECT 1 FROM contents"))


@pytest.mark.parametrize("other", SAME.values(), ids=SAME)
def test_copies_that_say_the_same_are_one_email_with_one_content(rig: DeskRig, other: Letter) -> None:
    here, there = two_folders(rig)
    here.deposit(LETTER.seen(1))
    there.deposit(other.seen(1, at=NOW - 4000))
    assert len(rig.emails()) == 1
    assert contents(rig) == 1
    assert rig.rows("SELECT count(*), versions, at FROM sightings JOIN emails USING (email)") == [(2, 1, NOW - 5000)]


@pytest.mark.parametrize("other", VERSIONS.values(), ids=VERSIONS)
@pytest.mark.parametrize("turned", [False, True])
def test_another_content_is_a_version_of_the_same_email(rig: DeskRig, other: Letter, *, turned: bool) -> None:
    here, there = two_folders(rig)
    first, second = (other, LETTER) if turned else (LETTER, other)
    here.deposit(first.seen(1))
    there.deposit(second.seen(1))
    assert len(rig.emails()) == 1
    assert rig.rows("SELECT versions FROM emails") == [(2,)]
    assert rig.rows("SELECT count(DISTINCT content) FROM sightings") == [(2,)]


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_identity_is_another_email(rig: DeskRig, other: Letter) -> None:
    here, there = two_folders(rig)
    here.deposit(LETTER.seen(1))
    there.deposit(other.seen(1))
    assert len(rig.emails()) == 2


def test_headers_alone_are_no_version_unless_they_differ(rig: DeskRig) -> None:
    here, there = two_folders(rig)
    here.deposit(LETTER.seen(1))
    there.deposit(LETTER.seen(1, whole=False), VERSIONS["another subject"].seen(2, whole=False))
    assert rig.rows("SELECT versions FROM emails") == [(2,)]
    there.deposit(VERSIONS["another subject"].seen(2), LETTER.seen(1))
    assert rig.rows("SELECT versions FROM emails") == [(2,)]
    assert contents(rig) == 2


@pytest.mark.parametrize("turned", [False, True])
def test_the_body_takes_the_place_of_the_headers_and_its_words_are_found(rig: DeskRig, *, turned: bool) -> None:
    here, there = two_folders(rig)
    for folder in (there, here) if turned else (here, there):
        folder.deposit(LETTER.seen(1, whole=False))
    assert rig.rows("SELECT rowid FROM fts WHERE fts MATCH 'hello'") == []
    here.deposit(LETTER.seen(1))
    (row,) = rig.rows("SELECT content FROM sightings WHERE mailbox = 1")
    found = rig.rows("SELECT rowid FROM fts WHERE fts MATCH 'hello'")
    assert found == [(rig.emails()[0] + int(str(row[0])),)]
    # who has the headers alone still points to a content of headers
    assert rig.rows("SELECT whole FROM contents AS c JOIN sightings AS s ON c.email = s.email AND c.no = s.content"
                    " WHERE s.mailbox = 2") == [(0,)]  # fmt: skip


def test_more_contents_than_an_email_can_have_are_cut(rig: DeskRig) -> None:
    here, _ = two_folders(rig)
    here.deposit(*(replace(LETTER, text=f"text {n}").seen(n) for n in range(1, 260)))
    assert contents(rig) == 255
    assert len(rig.rows("SELECT 1 FROM sightings WHERE content IS NULL AND here = 2")) == 4


NAMELESS_CASES = [
    pytest.param((True, True), id="bodies at once"),
    pytest.param((False, True), id="headers, then a body"),
    pytest.param((False, False), id="headers first"),
]


@pytest.mark.parametrize("wholes", NAMELESS_CASES)
@pytest.mark.parametrize("turned", [False, True])
def test_without_a_message_id_equal_content_joins(rig: DeskRig, wholes: tuple[bool, bool], *, turned: bool) -> None:
    here, there = two_folders(rig)
    order = [(here, wholes[0]), (there, wholes[1])]
    for folder, whole in reversed(order) if turned else order:
        folder.deposit(NAMELESS.seen(1, whole=whole))
    for folder in (there, here):
        folder.deposit(NAMELESS.seen(1))
    assert len(rig.emails()) == 1
    assert contents(rig) == 1
    assert len(rig.rows("SELECT 1 FROM threads")) == 1


def test_without_a_message_id_other_content_stays_apart(rig: DeskRig) -> None:
    here, there = two_folders(rig)
    here.deposit(NAMELESS.seen(1, whole=False))
    there.deposit(replace(NAMELESS, text="not the same").seen(1, whole=False))
    here.deposit(NAMELESS.seen(1))
    there.deposit(replace(NAMELESS, text="not the same").seen(1))
    assert len(rig.emails()) == 2


def test_an_alias_keeps_what_people_did_to_it(rig: DeskRig) -> None:
    """Two were told of; then they are one: the older key stays, ids given out stay good, acts move along."""
    here, there = two_folders(rig)
    client = rig.client("Acme")
    here.deposit(NAMELESS.seen(1, whole=False, at=NOW - 5000))
    there.deposit(NAMELESS.seen(1, whole=False, at=NOW - 4000))
    older, newer = rig.emails()
    with rig.writer.turn() as turn:
        serial = rig.vault.hands.add("email", email=newer, maker=rig.owner, clients=(client,), at=NOW)
        settle_again(turn, [newer], Settling(turn))
        mail = turn.one(newer)
        assert mail is not None
        rig.vault.threads.mark_done(newer, ThreadKey(mail.thread), at=NOW, by=rig.owner)
        turn.state_of(mail, rig.owner).starred = True
        turn.state_of(mail, rig.owner).star_said = True
    there.deposit(NAMELESS.seen(1))
    here.deposit(NAMELESS.seen(1))
    assert rig.emails() == [older]
    assert rig.vault.emails.resolve(newer) == older
    assert rig.rows("SELECT email, serial FROM hand_decisions") == [(older, serial)]
    assert rig.rows("SELECT email, client, reason FROM filings") == [(older, client, "by_hand")]
    assert rig.rows("SELECT email FROM done_marks") == [(older,)]
    assert rig.rows("SELECT email, member, starred FROM member_states WHERE starred") == [(older, rig.owner, 1)]


def test_bcc_and_delivery_belong_to_the_copy(rig: DeskRig) -> None:
    """Z16: they are kept with the sighting, never with the content or in the index."""
    here, there = two_folders(rig)
    here.deposit(replace(LETTER, bcc=("secret@hidden.example",), delivered_to="clara@firm.example").seen(1))
    there.deposit(LETTER.seen(1))
    assert all(b"secret@hidden" not in bytes(str(row), "utf-8") for row in rig.rows("SELECT headers FROM contents"))
    assert rig.rows("SELECT rowid FROM fts WHERE fts MATCH 'hidden'") == []
    rows = rig.rows(
        "SELECT s.mailbox, a.text, s.role FROM sighting_addresses AS s JOIN addresses AS a USING (address) ORDER BY 3"
    )
    assert rows == [(1, "secret@hidden.example", "bcc"), (1, "clara@firm.example", "delivered_to")]


def test_the_worst_verdict_of_all_copies_is_the_email_s(tmp_path: Path) -> None:
    from store.model.evidence import Verified

    verdicts = (Verified.PASS, Verified.UNKNOWN, Verified.FAIL)
    ends = []
    for number, order in enumerate(permutations(range(3))):
        rig = DeskRig(tmp_path / f"vault{number}")
        folders = [rig.folder(rig.mailbox(f"m{n}@firm.example")) for n in range(3)]
        for place in order:
            folders[place].deposit(replace(LETTER, verified=verdicts[place]).seen(1))
        assert rig.rows("SELECT verified FROM emails") == [("fail",)]
        check(rig.vault)
        ends.append(logical(rig.vault))
        rig.close()
    assert all(end == ends[0] for end in ends)


def test_a_server_that_says_another_email_at_a_known_uid_is_believed_for_that_place_only(rig: DeskRig) -> None:
    here, there = two_folders(rig)
    here.deposit(LETTER.seen(1))
    there.deposit(LETTER.seen(1))
    here.deposit(replace(LETTER, id="other@x", text="something else").seen(1))
    assert len(rig.emails()) == 2
    assert rig.rows("SELECT mailbox FROM sightings WHERE email = ?", rig.email("a@x")) == [(2,)]


def test_keys_follow_time_and_no_forged_date_pushes_to_the_top(rig: DeskRig) -> None:
    here, _ = two_folders(rig)
    future = replace(LETTER, id="future@x", at=NOW + 10_000_000)
    migrated = replace(LETTER, id="old@x", at=NOW - 100, date=NOW - 90_000_000)
    here.deposit(future.seen(1), replace(LETTER, id="b@x").seen(2), LETTER.seen(3), migrated.seen(4, backfill=True))
    seconds = {row[0]: int(str(row[1])) >> 28 for row in rig.rows("SELECT message_id, email FROM emails")}
    assert seconds == {"future@x": NOW, "b@x": NOW - 5000, "a@x": NOW - 5000, "old@x": NOW - 90_000_000}
    assert rig.email("b@x") < rig.email("a@x"), "sequences follow UIDs"


def test_scope_of_headers_keeps_bodies_of_filed_mail_only(rig: DeskRig) -> None:
    clara = rig.mailbox("clara@firm.example", scope=MailboxScope.HEADERS)
    rig.client("Acme", "ana@client.example")
    folder = rig.folder(clara)
    other = replace(LETTER, id="private@x", sender="mum@home.example")
    answer = folder.deposit(LETTER.seen(1, whole=False), other.seen(2, whole=False))
    assert answer.wanting == "1"
    folder.deposit(LETTER.seen(1))
    assert folder.now().wanting == ""
    assert rig.rows("SELECT uid, wanted, here FROM sightings ORDER BY uid") == [(1, 2, 2), (2, 1, 1)]
