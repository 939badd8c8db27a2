"""Rules of the rehearsal server's model: whatever happens to a folder, its watchers end up knowing what is in it."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from providers.rehearsal.imap import names, numbers
from providers.rehearsal.imap.errors import Bad
from providers.rehearsal.imap.folder import Content, Folder
from providers.rehearsal.imap.view import View
from store.model.uidset import UidSet

NOW = datetime(2026, 11, 24, tzinfo=UTC)
FLAGS = ("\\Seen", "\\Flagged", "Blue")


class Client:
    """A client that believes what it is told, number by number; one that enabled QRESYNC hears of UIDs."""

    def __init__(self, view: View, *, vanished: bool) -> None:
        self.view, self.vanished = view, vanished
        self.uids = list(view.uids)
        self.flags: list[set[str] | None] = [None] * len(view.uids)

    def hear(self, *, expunges: bool) -> None:
        for line in self.view.news(expunges=expunges, uid=False, modseq=False, vanished=self.vanished):
            if line.startswith(b"* VANISHED "):
                self._vanish(set(UidSet.parse(line.split()[2].decode())))
                continue
            match = re.match(rb"\* ([0-9]+) (EXISTS|EXPUNGE|FETCH \(FLAGS \(([^)]*)\))", line)
            if match is None:
                continue
            number, word = int(match[1]), match[2]
            assert not (self.vanished and word == b"EXPUNGE")
            if word == b"EXISTS":
                assert number >= len(self.flags)
                self.flags += [None] * (number - len(self.flags))
                self.uids += self.view.uids[len(self.uids) : number]
            elif word == b"EXPUNGE":
                del self.flags[number - 1], self.uids[number - 1]
            else:
                self.flags[number - 1] = set(match[3].decode().split()) - {"\\Recent"}

    def _vanish(self, gone: set[int]) -> None:
        assert gone <= set(self.uids)
        kept = [pair for pair in zip(self.uids, self.flags, strict=True) if pair[0] not in gone]
        self.uids, self.flags = [uid for uid, _ in kept], [flags for _, flags in kept]


class Step(NamedTuple):
    kind: str
    which: int
    flag: str


STEPS = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(["add", "add", "flag", "expunge", "hear", "hear all"]),
        which=st.integers(0, 20),
        flag=st.sampled_from(FLAGS),
    ),
    max_size=60,
)


@given(STEPS)
def test_who_watches_ends_up_knowing(steps: list[Step]) -> None:
    folder = Folder("INBOX", uidvalidity=1)
    folder.add(Content(b"x"), flags=(), internaldate=NOW)
    views = [View(folder, read_only=n == 1, stir=lambda: None, end=lambda: None) for n in range(3)]
    clients = [Client(view, vanished=n == 2) for n, view in enumerate(views)]
    looks = [(folder.highestmodseq, {1})]
    flagged: set[int] = set()
    given_uids = [1]
    for step in steps:
        there = list(folder.messages)
        if step.kind == "add":
            given_uids.append(folder.add(Content(b"x"), flags=(), internaldate=NOW).uid)
        elif step.kind.startswith("hear"):
            clients[step.which % 3].hear(expunges=step.kind == "hear all")
            looks.append((folder.highestmodseq, set(folder.messages)))
        elif there:
            message = folder.messages[there[step.which % len(there)]]
            if step.kind == "flag":
                folder.flag(message, message.flags ^ folder.spelled([step.flag]))
                flagged.add(message.uid)
            else:
                folder.expunge([message.uid])
    for client in clients:
        client.hear(expunges=True)
        client.hear(expunges=True)
        assert client.view.uids == list(folder.messages)
        for uid, known in zip(client.view.uids, client.flags, strict=True):
            assert known == set(folder.messages[uid].flags) if uid in flagged else known is None
        assert client.uids == client.view.uids
    for modseq, knew in looks:
        gone = set(folder.expunged_since(modseq))
        new = {message.uid for message in folder.messages.values() if message.modseq > modseq}
        assert (knew - gone) | new == set(folder.messages)
    assert given_uids == list(range(1, folder.uidnext))
    assert [modseq for modseq, _ in folder.expunges] == sorted(modseq for modseq, _ in folder.expunges)
    assert all(message.modseq <= folder.highestmodseq for message in folder.messages.values())
    assert {uid for _, uid in folder.expunges} | set(folder.messages) == set(given_uids)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_names_come_back_from_the_wire(name: str) -> None:
    wire = names.encode(name)
    assert wire.isascii()
    assert not re.search(rb"[\x00-\x1f\x7f]", wire)
    assert names.decode(wire) == name


@given(st.binary(max_size=12) | st.text("&-+,ABab0", max_size=12).map(str.encode))
def test_a_name_has_one_way_to_be_written(wire: bytes) -> None:
    try:
        name = names.decode(wire)
    except ValueError:
        return
    assert names.encode(name) == wire


NUMBER = st.integers(1, 30) | st.just(numbers.HIGHEST)


@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=8), st.sets(st.integers(1, 30)))
def test_a_set_means_what_its_members_say(ranges: list[tuple[int, int]], there: set[int]) -> None:
    text = b",".join(b"%d:%d" % pair for pair in ranges)
    ascending = sorted(there)
    found = [ascending[place] for place in numbers.places(numbers.parse(text), ascending)]
    assert found == [n for n in ascending if any(min(a, b) <= n <= max(a, b) for a, b in ranges)]
    again = numbers.compact(found)
    if found:
        assert [ascending[place] for place in numbers.places(numbers.parse(again), ascending)] == found


@given(st.text("0123456789:*,", max_size=12).map(str.encode))
def test_what_is_no_set_is_refused(text: bytes) -> None:
    piece = rb"(?:[1-9][0-9]*|\*)"
    regular = re.fullmatch(rb"%b(?::%b)?(?:,%b(?::%b)?)*" % ((piece,) * 4), text)
    large = any(int(n) > numbers.HIGHEST for n in re.findall(rb"[0-9]+", text))
    try:
        numbers.parse(text)
    except Bad:
        assert not regular or large
    else:
        assert regular
        assert not large
