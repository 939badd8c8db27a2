"""Any order, split and replay of the same copies ends the same in the vault, and as the rules alone say it should."""

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.desk.seeing import sees
from actors.desk.settling import Settling
from actors.desk.writer import settle_again
from store.model.evidence import Verified
from store.model.filing import HandDecision
from store.model.firm import MemberRole
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.mailbox import MailboxScope
from store.vault.vault import Vault
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.desk_state import check, logical
from tests.support.model_world import Act, ModelWorld, WorldCopy, WorldMailbox, WorldMember

CLARA, TOM = "clara@firm.example", "tom@firm.example"
OUTSIDE = ("ana@client.example", "ben@client.example", "eve@two.example", "zoe@nowhere.example")
PLACES = 3  # two mailboxes, one of them with two folders


@dataclass(frozen=True)
class Sent:
    """A letter, and where copies of it lie: (place, uid), which of them come whole, and which have a footer."""

    letter: Letter
    places: tuple[tuple[int, int, bool], ...]  # place, flags number, footer


@st.composite
def worlds(draw: st.DrawFn) -> list[Sent]:
    sent: list[Sent] = []
    count = draw(st.integers(1, 7))
    for n in range(count):
        nameless = draw(st.integers(0, 4)) == 0
        earlier = [f"m{k}@x" for k in range(count) if k != n]
        answers = tuple(draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True))) if earlier else ()
        sender = draw(st.sampled_from((*OUTSIDE, CLARA, TOM)))
        to = tuple(draw(st.lists(st.sampled_from((*OUTSIDE, CLARA, TOM)), min_size=1, max_size=2, unique=True)))
        letter = Letter(
            id=None if nameless else f"m{n}@x",
            sender=sender,
            to=to,
            subject=f"subject {draw(st.integers(0, 1))}",
            text=f"text {draw(st.integers(0, 1))}" if nameless else f"text {n}",
            at=NOW - 1000 * (n + 2),
            answers=answers,
            files=("a.pdf",) if draw(st.booleans()) else (),
            list_id="list.example" if draw(st.integers(0, 5)) == 0 else "",
            verified=draw(st.sampled_from((Verified.UNKNOWN, Verified.UNKNOWN, Verified.FAIL))),
        )
        if nameless:  # equal ones have equal dates; different ones never, since their order would be a matter of keys
            letter = replace(
                letter, at=NOW - 500_000 - crc32(repr(replace(letter, at=0, answers=())).encode()) % 400_000
            )
        places = draw(
            st.lists(st.tuples(st.integers(0, PLACES - 1), st.integers(0, 3), st.booleans()), min_size=1, max_size=3)
        )
        sent.append(Sent(letter, tuple(places)))
    return sent


FLAGS = ((), ("\\Seen",), ("\\Flagged",), ("\\Flagged", "\\Seen"))


@dataclass(frozen=True)
class Piece:
    """One copy, at its place."""

    place: int
    uid: int
    letter: Letter
    flags: tuple[str, ...]


def pieces_of(world: Sequence[Sent]) -> list[Piece]:
    found: list[Piece] = []
    uids = [0] * PLACES
    for sent in world:
        for place, flags, footer in sent.places:
            uids[place] += 1
            letter = replace(sent.letter, text=sent.letter.text + "\n-- a list") if footer else sent.letter
            found.append(Piece(place, uids[place], letter, FLAGS[flags]))
    return found


class Run:
    """One way of handing a world to a desk."""

    def __init__(self, path: Path, *, scope: MailboxScope) -> None:
        self.rig = DeskRig(path)
        self.one = self.rig.client("One", "ana@client.example")
        self.two = self.rig.client("Two", "eve@two.example")
        self.rig.link("ben@client.example", self.one, self.two)
        self.tom = self.rig.member("Tom", self.two)
        clara = self.rig.mailbox(CLARA, scope=scope)
        tom = self.rig.mailbox(TOM, self.tom, scope=scope)
        self.boxes = (clara, clara, tom)
        self.folders = [self.rig.folder(clara), self.rig.folder(clara, "Old", use=""), self.rig.folder(tom)]

    def deposit(self, pieces: Sequence[Piece], *, whole: bool) -> None:
        by_place: dict[int, list[Piece]] = {}
        for piece in pieces:
            by_place.setdefault(piece.place, []).append(piece)
        for place, some in by_place.items():
            folder: FolderRig = self.folders[place]
            folder.deposit(*(p.letter.seen(p.uid, whole=whole, flags=p.flags) for p in some))

    def bodies(self, pieces: Sequence[Piece]) -> None:
        """Fetch what is wanted, until nothing is."""
        for _ in range(10):
            wanting = [
                piece
                for piece in pieces
                if piece.uid in self.folders[piece.place].uids(self.folders[piece.place].now().wanting)
            ]
            if not wanting:
                return
            self.deposit(wanting, whole=True)
        raise AssertionError("bodies are wanted for ever")

    def any_way(self, pieces: Sequence[Piece], chance: random.Random, *, whole: bool) -> None:
        """Shuffled, split, partly twice, headers before bodies or bodies at once, with a restart somewhere."""
        left = [*pieces, *chance.sample(pieces, k=len(pieces) // 2)]
        chance.shuffle(left)
        while left:
            size = chance.randint(1, len(left))
            batch = list({(p.place, p.uid): p for p in left[:size]}.values())
            left = left[size:]
            if chance.random() < 0.5:
                self.deposit(batch, whole=False)
            if whole:
                self.deposit(batch, whole=True)
            if chance.random() < 0.2:
                self.restart()
        if not whole:
            self.deposit(pieces, whole=False)
        self.bodies(pieces)

    def restart(self) -> None:
        """As after a kill between two deposits."""
        self.rig.reopen()


@pytest.mark.parametrize("scope", [MailboxScope.WHOLE, MailboxScope.HEADERS])
@given(world=worlds(), seed=st.integers(0, 1_000_000))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_order_ends_the_same(tmp_path: Path, scope: MailboxScope, world: list[Sent], seed: int) -> None:
    chance = random.Random(seed)
    pieces = pieces_of(world)
    ends = []
    for number in range(2):
        path = Path(tempfile.mkdtemp(dir=tmp_path)) / "vault"
        run = Run(path, scope=scope)
        whole = scope is MailboxScope.WHOLE
        if number == 0:
            run.deposit(pieces, whole=whole)
            run.bodies(pieces)
        else:
            run.any_way(pieces, chance, whole=whole)
        check(run.rig.vault)
        ends.append(logical(run.rig.vault))
        _as_the_rules_say(run, pieces)
        run.rig.close()
    for part in ends[0]:
        assert ends[1][part] == ends[0][part], part


@given(world=worlds(), seed=st.integers(0, 1_000_000))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_decisions_by_hand_reach_what_the_rules_let_them(tmp_path: Path, world: list[Sent], seed: int) -> None:
    """Acts between deposits, taken back at times: filed as the model says, which works it out from scratch."""
    chance = random.Random(seed)
    pieces = pieces_of(world)
    run = Run(Path(tempfile.mkdtemp(dir=tmp_path)) / "vault", scope=MailboxScope.WHOLE)
    acts: list[Act] = []
    chance.shuffle(pieces)
    for start in range(0, len(pieces), 2):
        run.deposit(pieces[start : start + 2], whole=True)
        acts += decide_something(run, chance)
        if acts and chance.random() < 0.3:
            take_back(run, acts.pop(chance.randrange(len(acts))))
    check(run.rig.vault)
    _as_the_rules_say(run, pieces, acts)
    run.rig.close()


def decide_something(run: Run, chance: random.Random) -> list[Act]:
    """A member decides about an email they see, its thread or its sender, as the command does."""
    vault = run.rig.vault
    maker = chance.choice((MemberKey(1), run.tom))
    with run.rig.writer.turn() as turn:
        seen = [mail for mail in turn.get(run.rig.emails()) if sees(turn, maker, mail)]
        if not seen or chance.random() < 0.4:
            return []
        mail = chance.choice(sorted(seen, key=lambda one: one.email))
        clients = chance.choice(((run.one,), (run.two,), ()))
        kind = chance.choice(("email", "thread", "always"))
        now = int(run.rig.time.now())
        emails = [mail.email] if kind == "email" else [m.email for m in seen if m.thread == mail.thread]
        if kind == "always":
            if mail.from_address is None:
                return []
            text = turn.texts[mail.from_address]
            serial = vault.hands.add(kind, address=mail.from_address, maker=maker, clients=clients, at=now)
            settle_again(turn, vault.emails.sent_from(mail.from_address), Settling(turn))
            return [Act(kind, HandDecision(maker=maker, clients=clients, at=now, serial=serial), address=text)]
        acts = []
        for email in emails:
            serial = vault.hands.add(kind, email=email, maker=maker, clients=clients, at=now)
            decision = HandDecision(maker=maker, clients=clients, at=now, serial=serial)
            acts.append(Act(kind, decision, emails=frozenset((email,))))
        settle_again(turn, emails, Settling(turn), marks_changed=kind == "thread")
        return acts


def take_back(run: Run, act: Act) -> None:
    vault = run.rig.vault
    with run.rig.writer.turn() as turn:
        vault.hands.remove((act.decision.serial,))
        emails = list(act.emails)
        if act.kind == "always":
            emails = vault.emails.sent_from(vault.addresses.key(act.address))
        settle_again(turn, emails, Settling(turn), marks_changed=act.kind == "thread")


def _as_the_rules_say(run: Run, pieces: Sequence[Piece], acts: Sequence[Act] = ()) -> None:
    """The filings are those of the rules' own model, which knows no order."""
    vault: Vault = run.rig.vault
    contact_one, contact_two, both = 1, 2, 3
    world = ModelWorld(
        members={
            MemberKey(1): WorldMember(MemberKey(1), frozenset({CLARA}), role=MemberRole.OWNER),
            run.tom: WorldMember(run.tom, frozenset({TOM}), clients=frozenset({run.two})),
        },
        mailboxes={
            run.boxes[0]: WorldMailbox(run.boxes[0], (MemberKey(1),)),
            run.boxes[2]: WorldMailbox(run.boxes[2], (run.tom,)),
        },
        links={
            "ana@client.example": (contact_one, frozenset({run.one})),
            "eve@two.example": (contact_two, frozenset({run.two})),
            "ben@client.example": (both, frozenset({run.one, run.two})),
        },
    )
    world.acts = list(acts)
    for piece in pieces:
        folder = run.folders[piece.place].folder
        (row,) = vault.database.rows("SELECT email FROM sightings WHERE folder = ? AND uid = ?", (folder, piece.uid))
        evidence = piece.letter.seen(1).evidence
        assert evidence is not None
        own_id = piece.letter.id or f"nameless {row[0]}"
        world.copies.append(WorldCopy(row[0], MailboxKey(run.boxes[piece.place]), own_id, evidence))
    expected = {
        (email, filed.client, filed.reason, filed.ambiguous)
        for email, settled in world.settled().items()
        for filed in settled.files
    }
    found = vault.database.rows("SELECT email, client, reason, ambiguous FROM filings")
    assert {(e, ClientKey(c), reason, bool(ambiguous)) for e, c, reason, ambiguous in found} == expected
