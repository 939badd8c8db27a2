"""A made-up firm's three mailboxes on a real server, synced by commands: every mail is in once, filed where it must be,
for a reason that holds. What must be filed is worked out from the raw mail by code that shares nothing with the office.
"""

import base64
import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.cli import Cli, Row, Seat, by, check_audit, set_up
from tests.support.corpus_mail import CLIENTS, MEMBERS, SKIPPED_FOLDERS, Oracle, Place, Post, firm_mail, spread
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.imap import OtherProgram
from tests.support.sluice import Sluice

pytestmark = pytest.mark.dovecot

NAMES = ("", "Tom", "Nora")
SEATS = [Seat(member=name, address=MEMBERS[user], user=user) for name, user in zip(NAMES, MEMBERS, strict=True)]
SPREAD = 50


@dataclass(slots=True, kw_only=True)
class Synced:
    """A home whose first sync is over; `flags` are the servers' before it."""

    cli: Cli
    server: Dovecot
    posts: list[Post]
    seats: dict[str, Cli]
    flags: dict[str, dict[str, dict[int, frozenset[str]]]]
    spread: list[Post]

    def search(self, user: str) -> dict[str, Row]:
        """All that a member sees: token → email."""
        return {row["subject"].split()[-1]: row for row in by(self.seats[user].rows("search"), "email").values()}

    def places(self, post: Post, user: str) -> list[str]:
        """The folders in which a member's mailbox must show this mail."""
        return sorted(x.folder for x in post.places if x.user == user and x.folder not in SKIPPED_FOLDERS)


def deliver(server: Dovecot, posts: list[Post]) -> None:
    """Some read, some flagged, most new."""
    letters = itertools.cycle(["", "S", "", "FS", "", "", "RS"])
    for post in posts:
        for number, place in enumerate(post.places):
            raw = post.copy(place, number)
            server.deliver(place.user, raw, place.folder, flags=next(letters), received=post.received)


def synced(dovecot: DovecotFactory, *, count: int, scope: str) -> Iterator[Synced]:
    posts = firm_mail(count)
    chosen = spread(posts, count=SPREAD)
    server = dovecot(users=len(SEATS))
    deliver(server, posts)
    flags = {user: _flags(server, user) for user in server.users}
    home = short_folder()
    with Sluice(server.tls_port) as sluice, Cli(home, inside=True) as cli:
        sluice.let(0)  # nothing comes in before all members' addresses are known
        owner = set_up(cli, server, SEATS, CLIENTS, scope=scope, port=sluice.port)
        sluice.open()
        seats = {seat.user: cli.as_(seat.member or owner) for seat in SEATS}
        for seat in seats.values():
            told = seat.one("sync", "--wait", timeout=90)
            assert (told["failed"], told["offline"]) == ({}, {})
        yield Synced(cli=cli, server=server, posts=posts, seats=seats, flags=flags, spread=chosen)
    shutil.rmtree(home)


def _flags(server: Dovecot, user: str) -> dict[str, dict[int, frozenset[str]]]:
    with OtherProgram(server, user) as other:
        return other.everything()


def expected(posts: list[Post]) -> dict[str, dict[str, str]]:
    """Token → client → reason."""
    oracle = Oracle(CLIENTS, MEMBERS.values())
    copied = [post for post in posts if any(place.folder not in SKIPPED_FOLDERS for place in post.places)]
    oracle.learn(post.raw for post in copied)
    return {post.token: oracle.filed(post.raw) for post in copied}


@pytest.fixture(scope="module")
def firm(dovecot: DovecotFactory) -> Iterator[Synced]:
    """Everything whole."""
    yield from synced(dovecot, count=600, scope="whole")


@pytest.fixture(scope="module")
def thrifty(dovecot: DovecotFactory) -> Iterator[Synced]:
    """Of mail that is no client's, headers only."""
    yield from synced(dovecot, count=200, scope="headers")


# ---------------------------------------------------------------- audit
@pytest.mark.parametrize("user", MEMBERS)
def test_the_audit_is_clean_and_its_sums_hold(firm: Synced, user: str) -> None:
    lines = firm.seats[user].rows("audit", timeout=60)
    assert check_audit(lines) == sum(len(firm.places(post, user)) for post in firm.posts)
    assert {line["mailbox"] for line in lines} == {MEMBERS[user]}


@pytest.mark.parametrize("user", MEMBERS)
def test_folders_that_are_not_copied_stand_in_the_whole_audit(firm: Synced, user: str) -> None:
    lines = by(firm.seats[user].rows("audit", "--all", timeout=60), "folder")
    check_audit(lines.values())
    held = [place.folder for post in firm.posts for place in post.places if place.user == user]
    for folder, reason in (("Junk", "spam_folder"), ("Trash", "trash_folder"), ("Drafts", "drafts_folder")):
        skipped = held.count(folder)
        assert lines[folder]["skipped"] == lines[folder]["server"] == skipped
        assert lines[folder]["skipped_by"] == ({reason: skipped} if skipped else {})


# ---------------------------------------------------------------- one email, all its sightings
@pytest.mark.parametrize("user", MEMBERS)
def test_a_member_sees_each_mail_once_with_all_its_sightings(firm: Synced, user: str) -> None:
    seen = firm.search(user)
    for post in firm.posts:
        places = firm.places(post, user)
        if places:
            row = seen[post.token]
            assert sorted(x["folder"] for x in row["sightings"]) == places, post.token
            assert {x["mailbox"] for x in row["sightings"]} == {MEMBERS[user]} == set(row["mailboxes"])
            assert not any(x["gone"] for x in row["sightings"])


def test_copies_with_other_delivery_headers_are_one_email_for_all(firm: Synced) -> None:
    seen = {user: firm.search(user) for user in MEMBERS}
    assert len(firm.spread) == SPREAD
    for post in firm.spread:
        users = {place.user for place in post.places}
        assert len(users) >= 2
        assert len({seen[user][post.token]["email"] for user in users}) == 1, post.token


def test_mail_in_spam_trash_and_drafts_is_nowhere(firm: Synced) -> None:
    hidden = {post.token for post in firm.posts if {x.folder for x in post.places} <= {*SKIPPED_FOLDERS}}
    assert hidden
    assert not any(hidden & set(firm.search(user)) for user in MEMBERS)


# ---------------------------------------------------------------- filing
@pytest.mark.parametrize("user", MEMBERS)
def test_every_mail_is_filed_where_it_must_be_and_nowhere_else(firm: Synced, user: str) -> None:
    wanted = expected(firm.posts)
    seen = firm.search(user)
    assert {post.token for post in firm.posts if firm.places(post, user)} <= set(seen)
    assert set(seen) <= set(wanted)
    for token, row in seen.items():
        assert {x["client"]: x["reason"] for x in row["filing"]} == wanted[token], row["subject"]
        assert row["clients"] == [x["client"] for x in row["filing"]]
        assert not any(x["ambiguous"] for x in row["filing"])
    filed = {token for token, clients in wanted.items() if clients}
    assert filed <= set(seen), "whoever may see a client sees all its mail"


def test_why_names_the_address_or_the_thread_of_every_filing(firm: Synced) -> None:
    raws = {post.token: post.raw.decode().lower() for post in firm.posts}
    told = 0
    for token, row in firm.search("user1").items():
        if not row["filing"]:
            continue
        (why,) = firm.cli.rows("why", row["email"])
        assert why["email"] == row["email"]
        assert {x["client"] for x in why["filings"]} == set(row["clients"])
        for filing in why["filings"]:
            told += 1
            if filing["reason"] == "address":
                assert filing["address"] in CLIENTS[filing["client"]]
                assert filing["address"] in raws[token]
            else:
                assert (filing["reason"], filing["address"]) == ("thread", None)
    assert told > len(CLIENTS)


# ---------------------------------------------------------------- bodies and flags
def test_every_body_is_here(firm: Synced) -> None:
    rows = firm.search("user2")
    assert all(row["whole"] for row in rows.values())
    for token in sorted(rows)[::7]:
        (shown,) = firm.seats["user2"].rows("show", rows[token]["email"])
        assert f"Body of {token}" in shown["text"]
        assert (shown["subject"], shown["message_id"]) == (rows[token]["subject"], rows[token]["message_id"])


def test_raw_is_the_copy_as_it_was_received(firm: Synced) -> None:
    wanted, rows = expected(firm.posts), firm.search("user1")
    own = [post for post in firm.posts if post.places == [Place(user="user1")] and wanted[post.token]]
    token, email = own[0].token, rows[own[0].token]["email"]
    raw = firm.seats["user1"].call("show", email, "--raw").out
    assert raw.replace("\r\n", "\n") == own[0].copy(own[0].places[0], 0).decode().replace("\r\n", "\n")
    colleagues = firm.seats["user2"].call("show", email, "--raw").out
    assert f"Body of {token}" in colleagues
    assert "Delivered-To:" in raw
    assert "Delivered-To:" not in colleagues


@pytest.mark.parametrize("user", MEMBERS)
def test_fetching_marks_nothing_on_the_server(firm: Synced, user: str) -> None:
    assert _flags(firm.server, user) == firm.flags[user]


def test_read_and_starred_are_the_servers(firm: Synced) -> None:
    for row in firm.search("user3").values():
        flags = [set(x["flags"]) for x in row["sightings"]]
        if len(flags) == 1:
            assert row["read"] == ("\\Seen" in flags[0]), row
            assert row["starred"] == ("\\Flagged" in flags[0]), row


def test_history_is_not_told_mail_by_mail(firm: Synced) -> None:
    for seat in firm.seats.values():
        kinds = {row["kind"] for row in seat.rows("notices")}
        assert kinds <= {"bulk_filed", "linked_filed"}


# ---------------------------------------------------------------- headers of the rest
@pytest.mark.parametrize("user", MEMBERS)
def test_with_headers_every_filed_mail_is_whole_and_no_other(thrifty: Synced, user: str) -> None:
    wanted = expected(thrifty.posts)
    seen = thrifty.search(user)
    own = {token: row for token, row in seen.items() if row["sightings"]}
    assert {post.token for post in thrifty.posts if thrifty.places(post, user)} == set(own)
    assert {token: {x["client"]: x["reason"] for x in row["filing"]} for token, row in own.items()} == {
        token: wanted[token] for token in own
    }
    assert {token for token, row in own.items() if row["whole"]} == {token for token in own if wanted[token]}
    check_audit(thrifty.seats[user].rows("audit", timeout=60))


def test_a_body_is_fetched_when_its_member_opens_it(thrifty: Synced) -> None:
    seat = thrifty.seats["user1"]
    token, row = next((token, row) for token, row in thrifty.search("user1").items() if not row["whole"])
    assert f"Body of {token}" in seat.one("show", row["email"])["text"]
    assert thrifty.search("user1")[token]["whole"]
    assert _flags(thrifty.server, "user1") == thrifty.flags["user1"]


def test_with_headers_the_server_is_asked_for_no_other_body(dovecot: DovecotFactory) -> None:
    """Over a line in clear, so that every command can be read."""
    posts = firm_mail(120, seed=3)
    server = dovecot(users=len(SEATS))
    deliver(server, posts)
    wanted = expected(posts)
    home = short_folder()
    with Sluice(server.port) as sluice, Cli(home, inside=True) as cli:
        sluice.let(0)
        owner = set_up(cli, server, SEATS, CLIENTS, scope="headers", port=sluice.port, tls="none")
        sluice.open()
        for seat in SEATS:
            cli.as_(seat.member or owner).one("sync", "--wait")
        cli.one("office", "stop")
        asked = {user: found for line in sluice.asked for user, found in bodies_asked(bytes(line)).items()}
    shutil.rmtree(home)
    for user in MEMBERS:
        with OtherProgram(server, user) as other:
            held = {(folder, uid): token for folder in other.folders() for token, uid in other.tokens(folder).items()}
        filed = {place for place, token in held.items() if wanted.get(token)}
        assert set(asked[user]) == filed


FETCH = re.compile(rb"\S+ UID FETCH ([\d:,]+) .*BODY\.PEEK\[\](?:<0\.\d+>)?")
OPEN = re.compile(rb'\S+ (?:SELECT|EXAMINE) "?([^"\r ]+)"?', re.IGNORECASE)
LOGIN = re.compile(rb"\S+ AUTHENTICATE PLAIN (\S+)")


def bodies_asked(said: bytes) -> dict[str, list[tuple[str, int]]]:
    """What one connection asked to have whole: login → (folder, UID)."""
    user, folder, found = "", "", []
    for line in said.split(b"\r\n"):
        if match := LOGIN.match(line):
            user = base64.b64decode(match[1]).split(b"\0")[1].decode()
        elif match := OPEN.match(line):
            folder = match[1].decode()
        elif match := FETCH.match(line):
            found += [(folder, uid) for uid in uids(match[1].decode())]
    return {user: found} if found else {}


def uids(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = part.partition(":")
        yield from range(int(first), int(last or first) + 1)
