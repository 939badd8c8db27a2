"""A mailbox of which only client mail is kept, on a real server: links bring past mail and its threads in, nothing of
others' mail is ever in a file of the home, and scope and history can be changed.
"""

import datetime as dt
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest

from tests.support.cli import Cli, Row, Seat, check_audit, set_up
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.imap import OtherProgram

pytestmark = pytest.mark.dovecot

IRIS = Seat(member="Iris", address="iris@firm.example", user="user1")
ACME, LATER = "ana@client.example", "lee@later.example"
NOW = dt.datetime.now(dt.UTC)
PLANTED = "qzxplanted"  # stands in every mail that is no client's, in each place where something could be kept


@dataclass(frozen=True, kw_only=True)
class Post:
    """A mail of the server."""

    token: str
    sender: str
    folder: str = "INBOX"
    to: str = IRIS.address
    answers: str = ""
    days: int = 3

    def raw(self) -> bytes:
        private = PLANTED if "@home.example" in self.sender else ""
        answers = f"In-Reply-To: <{self.answers}@x.example>\r\n" if self.answers else ""
        cc = f"Cc: {private}-{self.token}@home.example\r\n" if private else ""
        when = self.received.strftime("%a, %d %b %Y %H:%M:%S +0000")
        return (
            f"From: {self.sender}\r\nTo: {self.to}\r\n{cc}Subject: {private} about {self.token}\r\nDate: {when}\r\n"
            f"{answers}Message-ID: <{self.token}@x.example>\r\n\r\nBody {private} of {self.token}.\r\n"
        ).encode()

    @property
    def received(self) -> dt.datetime:
        return NOW - dt.timedelta(days=self.days)


@dataclass
class Firm:
    """Iris's mailbox, synced by an office of its own."""

    server: Dovecot
    cli: Cli
    posts: list[Post] = field(default_factory=list)

    def deliver(self, *posts: Post) -> None:
        for post in posts:
            received = post.received.timestamp()
            self.server.deliver(IRIS.user, post.raw(), post.folder, received=received)
        self.posts += posts

    def sync(self) -> None:
        told = self.cli.one("sync", "--wait", timeout=60)
        assert (told["failed"], told["offline"]) == ({}, {}), told

    def here(self) -> dict[str, Row]:
        rows = self.cli.rows("search", "--limit", "1000")
        return {row["subject"].split()[-1]: row for row in rows}

    def filed(self) -> dict[str, list[tuple[str, str]]]:
        return {token: [(x["client"], x["reason"]) for x in row["filing"]] for token, row in self.here().items()}

    def skipped(self) -> dict[str, int]:
        lines = self.cli.rows("audit")
        assert check_audit(lines) == len(self.posts)
        found: Counter[str] = Counter()
        for line in lines:
            found.update(line["skipped_by"])
        return dict(found)

    def is_clean_of(self, word: str) -> bool:
        return not self.found_on_disk(word)

    def found_on_disk(self, word: str) -> list[str]:
        """Files of the home in which a word stands, in whatever case."""
        wanted = word.lower().encode()
        files = [path for path in self.cli.home.rglob("*") if path.is_file()]
        return [path.name for path in files if wanted in path.read_bytes().lower()]


@contextmanager
def begin(server: Dovecot, posts: list[Post], *, scope: str) -> Iterator[Firm]:
    home = short_folder()
    with Cli(home, inside=True) as cli:
        firm = Firm(server, cli)
        firm.deliver(*posts)
        set_up(cli, server, [IRIS], {"Acme": (ACME,)}, scope=scope)
        firm.sync()
        yield firm
    shutil.rmtree(home)


def mails() -> list[Post]:
    """A client's, strangers', and a thread of somebody who is to become a client, over two folders."""
    strangers = [Post(token=f"s{n:03}", sender=f"{PLANTED}{n}@home.example") for n in range(40)]
    made = [
        *strangers,
        *(Post(token=f"a{n}", sender=ACME) for n in range(6)),
        *(Post(token=f"l{n}", sender=LATER, days=20) for n in range(4)),
        Post(token="own", sender=IRIS.address, to="helper@nowhere.example", folder="Sent", answers="l0"),
        Post(token="to", sender=IRIS.address, to=LATER, folder="Sent"),
        Post(token="helps", sender="helper@nowhere.example", answers="own"),
    ]
    random.Random(5).shuffle(made)
    return made


Begin = Callable[[list[Post], str], Firm]


@pytest.fixture
def synced(dovecot: DovecotFactory) -> Iterator[Begin]:
    """A mailbox with these mails, synced in this scope."""
    with ExitStack() as stack:
        yield lambda posts, scope: stack.enter_context(begin(dovecot(users=1), posts, scope=scope))


@pytest.fixture
def thrifty(synced: Begin) -> Firm:
    return synced(mails(), "clients")


ACMES = {f"a{n}": [("Acme", "address")] for n in range(6)}


def test_only_client_mail_is_here_whole_and_the_sums_are_right(thrifty: Firm) -> None:
    assert thrifty.filed() == ACMES
    assert all(row["whole"] for row in thrifty.here().values())
    assert thrifty.skipped() == {"not_a_client": len(thrifty.posts) - 6}
    (box,) = thrifty.cli.one("status")["mailboxes"]
    assert (box["state"], box["audit"]["missing"]) == ("synced", 0)


def test_nothing_of_others_mail_is_ever_on_disk(thrifty: Firm) -> None:
    thrifty.cli.one("contact", "add", f"Lee <{LATER}>", "--client", "Acme")
    thrifty.sync()
    assert thrifty.found_on_disk(ACME)
    for word in (PLANTED, "home.example", "about s001", "<s001@x.example>", "s001@x.example", "nowhere.example"):
        assert thrifty.found_on_disk(word) == [], word
    thrifty.cli.one("office", "stop")
    assert thrifty.found_on_disk(PLANTED) == []


def test_a_link_brings_past_mail_and_its_thread_in(thrifty: Firm) -> None:
    """Lee wrote, Iris wrote to Lee: by address. What Iris wrote to a helper, naming Lee's mail: Lee stood in no field
    of it, and the helper in none of Lee's, so that nothing joins them ([C2] 3).
    """
    thrifty.cli.one("contact", "add", f"Lee <{LATER}>")
    thrifty.cli.one("contact", "link", LATER, "Acme")
    thrifty.sync()
    assert thrifty.filed() == {
        **ACMES, **{f"l{n}": [("Acme", "address")] for n in range(4)}, "to": [("Acme", "address")],
    }  # fmt: skip
    assert all(row["whole"] for row in thrifty.here().values())
    thrifty.deliver(
        Post(token="cc", sender=LATER, to=f"{IRIS.address}, helper2@nowhere.example"),
        Post(token="answer", sender="helper2@nowhere.example", answers="cc"),
    )
    thrifty.sync()
    assert thrifty.filed()["answer"] == [("Acme", "thread")]
    thrifty.skipped()


def test_a_thread_whose_answers_came_first_is_brought_in(synced: Begin) -> None:
    """The answers lie in another folder than what they answer, which is no client's yet."""
    posts = [
        Post(token="answer", sender="helper@nowhere.example", answers="root", folder="Archive"),
        Post(token="more", sender="helper@nowhere.example", answers="root"),
        Post(token="root", sender=LATER, to=f"{IRIS.address}, helper@nowhere.example", days=9),
        Post(token="other", sender="helper@nowhere.example"),
    ]
    firm = synced(posts, "clients")
    assert firm.filed() == {}
    firm.cli.one("client", "add", "Lee", "--contact", f"Lee <{LATER}>")
    firm.sync()
    firm.cli.until(lambda: len(firm.here()) == 3, what="the thread")
    assert firm.filed() == {
        "root": [("Lee", "address")], "answer": [("Lee", "thread")], "more": [("Lee", "thread")],
    }  # fmt: skip
    assert firm.skipped() == {"not_a_client": 1}


def test_new_mail_of_a_client_is_filed_and_of_others_passed_over(thrifty: Firm) -> None:
    thrifty.deliver(Post(token="new", sender=ACME, days=0), Post(token="spam", sender=f"{PLANTED}@home.example"))
    thrifty.cli.until(lambda: "new" in thrifty.here(), what="the new mail")
    thrifty.sync()
    assert thrifty.filed() == {**ACMES, "new": [("Acme", "address")]}
    assert thrifty.found_on_disk(PLANTED) == []


def test_what_others_do_to_mail_that_is_not_kept_changes_sums_only(thrifty: Firm) -> None:
    with OtherProgram(thrifty.server, IRIS.user) as other:
        tokens = other.tokens("INBOX")
        other.flag("INBOX", tokens["s000"], "+", "\\Seen")
        for token in ("s001", "l0"):
            other.expunge("INBOX", tokens[token])
    thrifty.posts = [post for post in thrifty.posts if post.token not in ("s001", "l0")]
    thrifty.sync()
    thrifty.skipped()
    thrifty.cli.one("client", "add", "Lee", "--contact", f"Lee <{LATER}>")
    thrifty.sync()
    assert {"l1", "l2", "l3", "to"} == set(thrifty.here()) - ACMES.keys()


def test_a_new_uidvalidity_ends_with_the_same(thrifty: Firm) -> None:
    thrifty.cli.one("mailbox", "pause", IRIS.address)
    thrifty.server.new_uidvalidity(IRIS.user)
    thrifty.cli.one("mailbox", "resume", IRIS.address)
    thrifty.sync()
    assert thrifty.filed() == ACMES
    assert thrifty.skipped() == {"not_a_client": len(thrifty.posts) - 6}
    thrifty.cli.one("client", "add", "Lee", "--contact", f"Lee <{LATER}>")
    thrifty.sync()
    assert len(thrifty.here()) == 6 + 5


def test_the_scope_is_changed_to_and_fro(thrifty: Firm) -> None:
    all_tokens = {post.token for post in thrifty.posts}
    done = thrifty.cli.one("mailbox", "set", IRIS.address, "--scope", "headers")
    assert done == {"done": True, "undo": None, "affected": 1}
    thrifty.sync()
    assert set(thrifty.here()) == all_tokens
    assert {token for token, row in thrifty.here().items() if row["whole"]} == ACMES.keys()
    thrifty.cli.one("mailbox", "set", IRIS.address, "--scope", "whole")
    thrifty.sync()
    assert {token for token, row in thrifty.here().items() if row["whole"]} == all_tokens
    thrifty.cli.one("mailbox", "set", IRIS.address, "--scope", "clients")
    thrifty.sync()
    assert thrifty.filed() == ACMES
    assert thrifty.skipped() == {"not_a_client": len(all_tokens) - 6}
    with OtherProgram(thrifty.server, IRIS.user) as other:
        assert {*other.tokens("INBOX"), *other.tokens("Sent")} == all_tokens, "nothing goes on the server"
    assert thrifty.cli.one("mailbox", "show", IRIS.address)["scope"] == "clients"
    assert thrifty.cli.one("mailbox", "set", IRIS.address, "--scope", "clients")["done"] is False
    assert thrifty.cli.refused("mailbox", "set", IRIS.address, code=2)["code"] == "nothing_set"


def test_history_is_made_shorter_and_longer(synced: Begin) -> None:
    posts = [
        *(Post(token=f"p{n}", sender=f"x{n}@home.example", days=10 * n) for n in range(1, 9)),
        *(Post(token=f"c{n}", sender=ACME, days=10 * n) for n in range(1, 9)),
    ]
    firm = synced(posts, "headers")
    firm.cli.one("mailbox", "set", IRIS.address, "--history", "35d")
    firm.sync()
    assert set(firm.here()) == {"p1", "p2", "p3"} | {f"c{n}" for n in range(1, 9)}
    assert firm.skipped() == {"before_history": 5}
    firm.cli.one("mailbox", "set", IRIS.address, "--history", "55d")
    firm.sync()
    assert set(firm.here()) == {f"p{n}" for n in range(1, 6)} | {f"c{n}" for n in range(1, 9)}
    assert firm.skipped() == {"before_history": 3}
    firm.cli.one("mailbox", "set", IRIS.address, "--history", "all")
    firm.sync()
    assert set(firm.here()) == {post.token for post in posts}
    assert firm.skipped() == {}


def test_what_was_here_before_leaves_the_files_too(synced: Begin) -> None:
    firm = synced(mails(), "whole")
    assert PLANTED in firm.cli.one("show", firm.here()["s001"]["email"])["text"]
    firm.cli.one("mailbox", "set", IRIS.address, "--scope", "clients")
    firm.sync()
    assert firm.filed() == ACMES
    for word in (PLANTED, "home.example", "nowhere.example"):
        firm.cli.until(partial(firm.is_clean_of, word), what=word)
    assert firm.found_on_disk(ACME)
