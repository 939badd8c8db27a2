"""Kill -9 in the middle of a first sync: of the office, a worker, a command. Nothing is lost, doubled or told twice.

A sluice holds the servers back, so that every kill falls while there is more to come; the test chooses how far the sync
has come, not luck.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support.cli import Cli, Row, Seat, alive, by, check_audit, ended, kill, set_up
from tests.support.corpus_mail import CLIENTS, MEMBERS, SKIPPED_FOLDERS, Post, firm_mail
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.sluice import Sluice

pytestmark = pytest.mark.dovecot

NAMES = ("", "Tom", "Nora")
SEATS = [Seat(member=name, address=MEMBERS[user], user=user) for name, user in zip(NAMES, MEMBERS, strict=True)]
PART = 0.6  # of all bytes may have passed when the last kill falls


@dataclass(slots=True, kw_only=True)
class Held:
    """A firm whose first sync goes on as far as the sluice lets it."""

    cli: Cli
    server: Dovecot
    sluice: Sluice
    posts: list[Post]
    seats: dict[str, Cli]
    size: int
    fresh: list[str] = field(default_factory=list)

    def new_mail(self) -> None:
        """A client writes to a member, another one in copy, while the first sync still runs."""
        token = f"fresh{len(self.fresh):03d}"
        message = EmailMessage()
        message["From"], message["To"] = CLIENTS["Olmo Bakery"][0], MEMBERS["user2"]
        message["Cc"], message["Message-ID"] = CLIENTS["Tilda Brandt"][0], f"<{token}@made-up.example>"
        message["Subject"] = f"New {token}"
        message.set_content(f"Body of {token}")
        for user in ("user2", "user3"):
            self.server.deliver(user, message.as_bytes())
        self.fresh.append(token)

    def finish(self) -> None:
        self.sluice.open()
        for seat in self.seats.values():
            told = seat.one("sync", "--wait", timeout=90)
            assert (told["failed"], told["offline"]) == ({}, {})

    def syncing(self) -> bool:
        """Whether a first sync runs and has more to do, as anybody can see."""
        mailboxes: list[Row] = self.cli.one("status", code=0)["mailboxes"]
        return any(x["state"] == "syncing" and (x["done"] < x["total"] or not x["total"]) for x in mailboxes)


def held(dovecot: DovecotFactory, *, count: int) -> Iterator[Held]:
    posts = firm_mail(count)
    server = dovecot(users=len(SEATS))
    size = 0
    for post in posts:
        for number, place in enumerate(post.places):
            raw = post.copy(place, number)
            server.deliver(place.user, raw, place.folder, received=post.received)
            size += len(raw)
    home = short_folder()
    with Sluice(server.tls_port) as sluice, Cli(home, inside=True) as cli:
        sluice.let(0)
        owner = set_up(cli, server, SEATS, CLIENTS, port=sluice.port)
        seats = {seat.user: cli.as_(seat.member or owner) for seat in SEATS}
        yield Held(cli=cli, server=server, sluice=sluice, posts=posts, seats=seats, size=size)
        sluice.open()
    shutil.rmtree(home)


@pytest.fixture
def firm(dovecot: DovecotFactory, request: pytest.FixtureRequest) -> Iterator[Held]:
    """As many mails as the test's parameter says."""
    yield from held(dovecot, count=request.param)


# ---------------------------------------------------------------- what must hold afterwards
def check_all_is_in(firm: Held) -> None:
    """Audit, sightings, identity and bodies, against what was delivered."""
    delivered = {
        user: Counter(
            post.token
            for post in firm.posts
            for place in post.places
            if place.user == user and place.folder not in SKIPPED_FOLDERS
        )
        for user in MEMBERS
    }
    for user in ("user2", "user3"):
        delivered[user].update(firm.fresh)
    read: set[str] = set()
    for user, seat in firm.seats.items():
        assert check_audit(seat.rows("audit", timeout=60)) == delivered[user].total()
        rows = by(seat.rows("search"), "email").values()
        own = {row["subject"].split()[-1]: len(row["sightings"]) for row in rows if row["sightings"]}
        assert own == delivered[user]
        assert all(row["whole"] for row in rows)
        named = [row["message_id"] for row in rows if row["message_id"]]
        assert len(named) == len(set(named)), "an email is in twice"
        check_bodies(seat, [row for row in rows if row["email"] not in read])
        read |= {row["email"] for row in rows}


def check_bodies(seat: Cli, rows: Iterable[Row]) -> None:
    for row in rows:
        (shown,) = seat.rows("show", row["email"])
        assert f"Body of {row['subject'].split()[-1]}" in shown["text"]


def check_each_errand_was_done_once(firm: Held) -> None:
    """New mail of two clients: once per email and client, to the owner, whom nobody's following leaves it to, and to
    the member it was addressed to. History is told in sums.
    """
    owner = firm.seats["user1"]
    tokens = {row["email"]: row["subject"].split()[-1] for row in owner.rows("search")}
    for user in ("user1", "user2"):
        told = [row for row in firm.seats[user].rows("notices", "--all") if row["kind"] == "client_wrote"]
        counted = Counter((tokens[row["email"]], row["client"]) for row in told)
        assert counted == {(token, name): 1 for token in firm.fresh for name in ("Olmo Bakery", "Tilda Brandt")}


# ---------------------------------------------------------------- the office
def kill_again_and_again(firm: Held, *, kills: int) -> None:
    share = int(firm.size * PART / kills)
    for number in range(kills):
        firm.new_mail()
        firm.sluice.let(share)
        firm.cli.one("office", "start")
        firm.sluice.wait_dry()
        if number % 2 == 0:
            assert firm.syncing()
        assert firm.sluice.dry, "the kill must fall into a running sync"
        firm.cli.kill_office()
        assert firm.cli.refused("status", code=5)["code"] == "no_office"
    firm.cli.one("office", "start")
    firm.finish()


@pytest.mark.parametrize("firm", [800], indirect=True)
def test_four_kills_of_the_office_lose_and_double_nothing(firm: Held) -> None:
    kill_again_and_again(firm, kills=4)
    check_all_is_in(firm)
    check_each_errand_was_done_once(firm)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("firm", [1600], indirect=True)
def test_twenty_kills_of_the_office_lose_and_double_nothing(firm: Held) -> None:
    kill_again_and_again(firm, kills=20)
    check_all_is_in(firm)
    check_each_errand_was_done_once(firm)


# ---------------------------------------------------------------- a worker, a command
@pytest.mark.parametrize("firm", [250], indirect=True)
def test_killed_workers_cost_nothing(firm: Held) -> None:
    firm.sluice.let(firm.size // 2)
    firm.sluice.wait_dry()
    for _ in range(3):
        firm.cli.until(firm.cli.workers, what="processes that parse")
        firm.sluice.let(firm.size // 10)  # so that one dies with mail in hand
        for worker in firm.cli.workers():
            kill(worker)
        firm.sluice.wait_dry()
    firm.finish()
    assert firm.cli.offices(), "the office lives on"
    check_all_is_in(firm)


@pytest.mark.parametrize("firm", [120], indirect=True)
def test_a_killed_command_disturbs_nobody(firm: Held, tmp_path: Path) -> None:
    firm.sluice.let(firm.size // 3)
    (office,) = firm.cli.offices()
    for command in (["sync", "--wait"], ["audit"], ["search", "--json"], ["threads", "--json"]):
        with ended(firm.cli.start(*command)) as process:
            process.kill()
            process.communicate()
    firm.sluice.wait_dry()
    folder = tmp_path / "old"
    folder.mkdir()
    for post in firm.posts:
        (folder / f"{post.token}.eml").write_bytes(post.raw)
    bring = ("import", str(folder), "--mailbox", "old")
    with ended(firm.cli.start(*bring)) as process:
        firm.cli.until(lambda: firm.cli.rows("mailbox", "list")[1:] or process.poll() is not None, what="the import")
        process.kill()
        process.communicate()
    assert alive([office], seconds=0) == [office]
    first = firm.cli.one(*bring)
    assert first["added"] + first["known"] == len(firm.posts)
    again = firm.cli.one(*bring)
    assert (again["added"], again["known"], again["failed"]) == (0, len(firm.posts), 0)
    firm.finish()
    tokens = Counter(row["subject"].split()[-1] for row in firm.cli.rows("search"))
    assert tokens == {post.token: 1 for post in firm.posts}
