"""The same of Gmail as of other servers (test_conflicts_model): whatever a member does here, another program labels,
trashes and flags there, and dies in between, at the end both agree and nothing waits.
"""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.rehearsal.imap.folder import Message
from providers.rehearsal.imap.labels import LabelFolder, LabelledMailbox, letter_of
from providers.rehearsal.imap.post import Post
from tests.servers.test_conflicts_model import FEW, LINE, MAILS, OURS, Step, World, _token, play
from tests.support.gmail import ALL, TRASH, USER, Gmail
from tests.support.home import short_folder
from tests.support.two_programs import Conflict

pytestmark = pytest.mark.timeout(240)

LABELS = ("INBOX", "Cases")
Shown = tuple[int, frozenset[str], frozenset[str]]  # UID, flags, labels

THEIRS = st.one_of(
    st.builds(
        Step, who=st.just("theirs"), what=st.sampled_from(["label", "unlabel"]), mail=st.integers(0, MAILS - 1),
        more=st.sampled_from(LABELS),
    ),
    st.builds(
        Step, who=st.just("theirs"), what=st.just("flag"), mail=st.integers(0, MAILS - 1),
        more=st.sampled_from(["\\Seen", "\\Flagged"]),
    ),
    st.builds(
        Step, who=st.just("theirs"), what=st.sampled_from(["trash", "restore", "expunge"]),
        mail=st.integers(0, MAILS - 1),
    ),
    st.builds(Step, who=st.just("theirs"), what=st.just("renew"), mail=st.just(0), more=st.just(ALL)),
)  # fmt: skip
STEPS = st.lists(st.one_of(OURS, OURS, OURS, THEIRS, THEIRS, LINE), min_size=4, max_size=12)


class GmailWorld(World):
    """See the module."""

    def _letters(self, post: Post) -> dict[str, Message]:
        """Token → the message in All Mail, or in the trash."""
        box = post.mailbox(USER)
        return {_token(one): one for name in (TRASH, ALL) for one in box.folder(name).messages.values()}

    def _theirs(self, post: Post, step: Step, token: str) -> bool:
        box = post.mailbox(USER)
        message = self._letters(post).get(token)
        if message is None or not isinstance(box, LabelledMailbox):
            return False
        letter = letter_of(message)
        away = box.folders[TRASH] in letter.places
        if step.what == "flag":
            box.flag(letter, letter.flags ^ {step.more})
        elif step.what == "trash":
            box.throw_away(letter)
        elif step.what == "expunge" and away:
            box.end(letter)
            return True
        elif step.what == "restore" and away:
            box.label(letter)
        elif step.what in ("label", "unlabel") and not away:
            folder = box.folders[step.more]
            assert isinstance(folder, LabelFolder)
            change = frozenset({folder.label})
            box.label(letter, **{"add" if step.what == "label" else "remove": change})
        return False

    def shown_there(self) -> dict[str, Shown]:
        """Token → how it stands in All Mail."""

        def look(post: Post) -> dict[str, Shown]:
            found = {}
            for message in post.mailbox(USER).folder(ALL).messages.values():
                labels = {"INBOX" if one == "\\Inbox" else one for one in letter_of(message).labels - {"\\Starred"}}
                found[_token(message)] = (message.uid, message.flags - {"\\Recent"}, frozenset(labels))
            return found

        return self.server.change(look)

    def agrees(self) -> bool:
        known, there = self.firm.known(), self.shown_there()
        for token in self.tokens:
            shown = [x for x in known[token]["sightings"] if not x["gone"]] if token in known else []
            here = [(x["folder"], x["uid"], frozenset(x["flags"]), frozenset(x["labels"])) for x in shown]
            if here != ([(ALL, *there[token])] if token in there else []):
                return False
        return not self.waiting()

    def places(self) -> dict[str, set[tuple[str, int, frozenset[str]]]]:
        letters = self.server.change(self._letters)
        return {
            token: {(ALL, letters[token].uid, letters[token].flags)} if token in letters else set()
            for token in self.tokens
        }


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    gmail = Gmail()
    with gmail.server as server, Conflict(gmail, short_folder()) as firm:
        server.change(lambda post: post.mailbox(USER).create("Cases"))
        yield GmailWorld(firm, server)


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
