"""Whatever a member does here, another program does there, and dies in between: at the end the server and the office
agree, nothing waits, and no mail was copied twice or lost.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.rehearsal import Account, Rehearsal
from providers.rehearsal.accounts import CAPABILITIES, USUAL_FOLDERS, FolderPlan
from providers.rehearsal.imap.folder import Message
from providers.rehearsal.imap.post import Post
from tests.support.home import short_folder
from tests.support.reached import Own
from tests.support.two_programs import ADDRESS, Conflict

pytestmark = pytest.mark.timeout(240)

USER, MAILS = "user1", 3
FOLDERS = ("INBOX", "Archive", "Cases", "Sent", "Trash")
COPIED = frozenset({"INBOX", "Archive", "Cases", "Sent"})
Place = tuple[str, int, frozenset[str]]


class Step(NamedTuple):
    """Who does what: `ours` a command, `theirs` an act on the server, `line` what happens to the office."""

    who: str
    what: str
    mail: int
    more: str = ""


OURS = st.one_of(
    st.builds(
        Step, who=st.just("ours"), what=st.just("mark"), mail=st.integers(0, MAILS - 1),
        more=st.sampled_from(["--read", "--unread", "--star", "--unstar"]),
    ),
    st.builds(
        Step, who=st.just("ours"), what=st.sampled_from(["archive", "delete", "undo"]), mail=st.integers(0, MAILS - 1)
    ),
    st.builds(
        Step, who=st.just("ours"), what=st.just("move"), mail=st.integers(0, MAILS - 1),
        more=st.sampled_from(["Cases", "INBOX"]),
    ),
)  # fmt: skip
THEIRS = st.builds(
    Step, who=st.just("theirs"), what=st.sampled_from(["flag", "move", "expunge"]), mail=st.integers(0, MAILS - 1),
    more=st.sampled_from(FOLDERS),
)  # fmt: skip
RENEW = st.builds(
    Step, who=st.just("theirs"), what=st.just("renew"), mail=st.just(0), more=st.sampled_from(["INBOX", "Cases"])
)
LINE = st.builds(Step, who=st.just("line"), what=st.sampled_from(["pause", "resume", "kill"]), mail=st.just(0))
STEPS = st.lists(st.one_of(OURS, OURS, OURS, THEIRS, THEIRS, RENEW, LINE), min_size=4, max_size=12)


@dataclass
class World:
    """The firm, the server, and what the other program expunged."""

    firm: Conflict
    server: Rehearsal
    expunged: set[str] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)

    def begin(self) -> None:
        self.tokens, self.expunged = self.firm.arrive(MAILS), set()

    # ---- the server
    def places(self) -> dict[str, set[Place]]:
        """Token → where the server has it."""
        found: dict[str, set[Place]] = {token: set() for token in self.tokens}
        for folder in FOLDERS:
            for message in self.server.messages(USER, folder):
                token = _token(message)
                if token in found:
                    found[token].add((folder, message.uid, message.flags - {"\\Recent"}))
        return found

    def theirs(self, step: Step) -> None:
        """In one go: the office may be at it at the same time."""
        if step.what == "renew":
            self.server.renew_uidvalidity(USER, step.more)
        elif self.server.change(lambda post: self._theirs(post, step, self.tokens[step.mail])):
            self.expunged.add(self.tokens[step.mail])

    def _theirs(self, post: Post, step: Step, token: str) -> bool:
        """Whether the mail was expunged."""
        for name in FOLDERS:
            folder = post.mailbox(USER).folder(name)
            message = next((one for one in folder.messages.values() if _token(one) == token), None)
            if message is None:
                continue
            if step.what == "flag":
                folder.flag(message, message.flags ^ {"\\Seen" if step.more in COPIED else "\\Flagged"})
            elif step.what == "expunge":
                folder.expunge([message.uid])
                return True
            elif step.more != name:
                post.deliver(USER, message.content.raw, step.more, flags=tuple(message.flags))
                folder.expunge([message.uid])
            return False
        return False

    # ---- the office
    def ours(self, step: Step) -> None:
        """An act may be refused: what is not there cannot be moved."""
        row = self.firm.row(self.tokens[step.mail])
        if step.what == "undo":
            self.firm.cli.call("undo", "--json")
        elif row is not None:
            more = ("--to", step.more) if step.what == "move" else (step.more,) if step.more else ()
            self.firm.cli.call(step.what, row["email"], *more, "--json")

    def line(self, step: Step) -> None:
        if step.what == "kill":
            if self.firm.cli.offices():
                self.firm.kill()
        else:
            self.firm.cli.one("mailbox", step.what, ADDRESS)

    def do(self, step: Step) -> None:
        {"ours": self.ours, "theirs": self.theirs, "line": self.line}[step.who](step)

    def waiting(self) -> list[Any]:
        """What no command tells: the acts that wait for the server."""
        with sqlite3.connect(f"file:{self.firm.cli.home}/data/postroom.db?mode=ro", uri=True) as vault:
            return vault.execute("SELECT * FROM changes").fetchall()

    def agrees(self) -> bool:
        known, places = self.firm.known(), self.places()
        for token in self.tokens:
            shown = [x for x in known[token]["sightings"] if not x["gone"]] if token in known else []
            here = {(x["folder"], x["uid"], frozenset(x["flags"])) for x in shown}
            if here != {place for place in places[token] if place[0] in COPIED}:
                return False
        return not self.waiting()


def _token(message: Message) -> str:
    return message.content.raw.split(b"about ")[1].split()[0].decode()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    account = Account(login=USER, password="pass", folders=(*USUAL_FOLDERS, FolderPlan(name="Cases")))
    with Rehearsal([account], capabilities=CAPABILITIES) as server, Conflict(Own(server), short_folder()) as firm:
        yield World(firm, server)


def play(world: World, steps: list[Step]) -> None:
    world.firm.cli.one("mailbox", "resume", ADDRESS)
    world.begin()
    for step in steps:
        world.do(step)
    world.firm.cli.one("mailbox", "resume", ADDRESS)
    world.firm.cli.call("sync", "--wait", "--json")
    world.firm.until(world.agrees, f"both to agree after {steps}, server {world.places()}, waiting {world.waiting()}")
    for token, places in world.places().items():
        if token in world.expunged:
            assert len(places) <= 1, (token, places)
        else:
            assert len(places) == 1, (token, places)


FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@FEW
@given(STEPS)
def test_both_agree_in_the_end(world: World, steps: list[Step]) -> None:
    play(world, steps)


@pytest.mark.long
@pytest.mark.timeout(1200)
@settings(parent=FEW, max_examples=250)
@given(STEPS)
def test_both_agree_in_the_end_whatever_happens(world: World, steps: list[Step]) -> None:
    play(world, steps)
