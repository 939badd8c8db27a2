"""Z1 and Z2 in a small firm: no act by hand, and no reply header, shows a mail to anybody whom it should not."""

import random
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.model.evidence import Evidence, Kind, Role, Verified
from store.model.filing import HandDecision, Reason
from store.model.firm import MemberRole
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey
from tests.support.model_world import Act, ModelWorld, WorldCopy, WorldMailbox, WorldMember, shuffled

ANA, BEN, EVA, OWNER = (MemberKey(n) for n in (1, 2, 3, 4))
NORTH, SOUTH, EAST = (ClientKey(n) for n in (10, 11, 12))
OWN = {ANA: "ana@firm.example", BEN: "ben@firm.example", EVA: "eva@firm.example", OWNER: "boss@firm.example"}
OUTSIDE = ("north@n.example", "south@s.example", "both@b.example", "stranger@z.example", "nobody@east.example")
PEOPLE = (*OUTSIDE, *OWN.values())
BOXES = {
    MailboxKey(1): WorldMailbox(MailboxKey(1), (ANA,)),
    MailboxKey(2): WorldMailbox(MailboxKey(2), (BEN,)),
    MailboxKey(3): WorldMailbox(MailboxKey(3), (EVA, OWNER), never_sync=("south@s.example",)),
}


def firm(*, walls: frozenset[ClientKey] = frozenset(), boss_walls: frozenset[ClientKey] = frozenset()) -> ModelWorld:
    """Four members with some of three clients each."""
    return ModelWorld(
        members={
            ANA: WorldMember(ANA, frozenset({OWN[ANA]}), clients=frozenset({NORTH}), walls=walls),
            BEN: WorldMember(BEN, frozenset({OWN[BEN]}), clients=frozenset({SOUTH, EAST})),
            EVA: WorldMember(EVA, frozenset({OWN[EVA]})),
            OWNER: WorldMember(OWNER, frozenset({OWN[OWNER]}), role=MemberRole.OWNER, walls=boss_walls),
        },
        mailboxes=dict(BOXES),
        links={
            "north@n.example": (1, frozenset({NORTH})),
            "south@s.example": (2, frozenset({SOUTH})),
            "both@b.example": (3, frozenset({NORTH, SOUTH})),
        },
        domains={"east.example": EAST},
    )


@st.composite
def copies(draw: st.DrawFn, number: int) -> list[WorldCopy]:
    """The copies of one email; its headers name others, some not there."""
    one_of = st.sampled_from(PEOPLE)
    addresses = {
        (Role.FROM, draw(one_of)),
        *((Role.TO, a) for a in draw(st.lists(one_of, min_size=1, max_size=2))),
        *((Role.CC, a) for a in draw(st.lists(one_of, max_size=1))),
    }
    evidence = Evidence(
        addresses=tuple(sorted(addresses)),
        names=tuple(sorted(draw(st.sets(st.sampled_from([f"id{n}" for n in range(6) if n != number]), max_size=3)))),
        kind=draw(st.sampled_from([Kind.PERSONAL, Kind.PERSONAL, Kind.BULK])),
        verified=draw(st.sampled_from([Verified.UNKNOWN, Verified.UNKNOWN, Verified.PASS, Verified.FAIL])),
    )
    boxes = draw(st.sets(st.sampled_from(sorted(BOXES)), min_size=1, max_size=2))
    return [WorldCopy(EmailKey(number), box, f"id{number}", evidence) for box in sorted(boxes)]


@st.composite
def worlds(draw: st.DrawFn) -> ModelWorld:
    """A firm with some mail, walls and private threads; nobody has done anything yet."""
    some_clients = st.frozensets(st.sampled_from([NORTH, SOUTH, EAST]), max_size=1)
    world = firm(walls=draw(some_clients), boss_walls=draw(some_clients))
    for number in range(draw(st.integers(2, 5))):
        world.copies += draw(copies(number))
    world.private = set(draw(st.sets(st.sampled_from(world.emails()), max_size=1)))
    return world


def act_of(draw: st.DrawFn, world: ModelWorld, at: int) -> Act | None:
    """Something that a member may do now: on an email that they see, with clients that they may see."""
    settled = world.settled()
    choices = [
        (member, email) for member in world.members for email in world.emails() if world.sees(member, email, settled)
    ]
    if not choices:
        return None
    maker, email = draw(st.sampled_from(choices))
    allowed = [client for client in (NORTH, SOUTH, EAST) if world.scope(maker).allows_client(client)]
    clients = tuple(sorted(draw(st.sets(st.sampled_from(allowed), max_size=2)))) if allowed else ()
    decision = HandDecision(maker=maker, clients=clients, at=at)
    kind = draw(st.sampled_from(["email", "thread", "always"]))
    if kind == "email":
        return Act("email", decision, frozenset({email}))
    if kind == "thread":
        seen = {other for other in world.thread_of(email) if world.sees(maker, other, settled)}
        return Act("thread", decision, frozenset(seen))
    sender = next(a for c in world.copies if c.email == email for role, a in c.evidence.addresses if role is Role.FROM)
    return Act("always", decision, frozenset(), sender)


SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(st.data())
def test_no_act_enlarges_who_sees_a_mail_that_its_maker_could_not_see(data: st.DataObject) -> None:
    world = data.draw(worlds())
    for at in range(data.draw(st.integers(1, 5))):
        before = world.seers(world.settled())
        act = data.draw(st.composite(lambda draw, w=world, n=at: act_of(draw, w, n))())
        if act is None:
            return
        world.acts.append(act)
        after = world.seers(world.settled())
        for email, seers in before.items():
            if act.decision.maker not in seers:
                assert after[email] <= seers, f"{act} shows {email} to {after[email] - seers}"


@SLOW
@given(st.data())
def test_an_act_made_before_a_mail_came_shows_no_more_of_it(data: st.DataObject) -> None:
    whole = data.draw(worlds())
    present = set(data.draw(st.sets(st.sampled_from(whole.emails()), min_size=1)))
    early = replace(whole, copies=[copy for copy in whole.copies if copy.email in present], private=set())
    acts: list[Act] = []
    for at in range(data.draw(st.integers(1, 3))):
        early.acts = list(acts)
        act = data.draw(st.composite(lambda draw, n=at: act_of(draw, early, n))())
        if act is None:
            return
        acts.append(act)
    whole.acts = acts[:-1]
    before = whole.seers(whole.settled())
    whole.acts = acts
    after = whole.seers(whole.settled())
    for email in set(whole.emails()) - acts[-1].emails:
        if acts[-1].decision.maker not in before[email]:
            assert after[email] <= before[email]


@SLOW
@given(st.data(), st.integers(0, 2**16))
def test_any_order_of_copies_acts_and_settling_ends_the_same(data: st.DataObject, seed: int) -> None:
    world = data.draw(worlds())
    for at in range(data.draw(st.integers(0, 4))):
        act = data.draw(st.composite(lambda draw, n=at: act_of(draw, world, n))())
        if act is not None:
            world.acts.append(act)
    chance = random.Random(seed)
    assert shuffled(world, chance).settled(order=chance) == world.settled()


def internal(number: int, *, names: tuple[str, ...] = ()) -> list[WorldCopy]:
    """Ana writes to Eva; both have a copy."""
    evidence = Evidence(addresses=((Role.FROM, OWN[ANA]), (Role.TO, OWN[EVA])), names=names)
    return [WorldCopy(EmailKey(number), box, f"id{number}", evidence) for box in (MailboxKey(1), MailboxKey(3))]


def from_outside(number: int, sender: str, *, names: tuple[str, ...] = (), to: str = OWN[BEN]) -> list[WorldCopy]:
    """A mail to Ben."""
    evidence = Evidence(addresses=((Role.FROM, sender), (Role.TO, to)), names=names)
    return [WorldCopy(EmailKey(number), MailboxKey(2), f"id{number}", evidence)]


@given(order=st.permutations(range(4)), forger=st.sampled_from(OUTSIDE), answered=st.booleans())
def test_a_forged_reference_to_internal_mail_shows_it_to_nobody(
    order: list[int], forger: str, *, answered: bool
) -> None:
    world = firm()
    pieces = [
        from_outside(0, "south@s.example"),  # the client's root
        internal(1),
        from_outside(2, forger, names=("id0", "id1")),  # joins both
        from_outside(3, OWN[BEN], names=("id2", "id1", "id0"), to=forger) if answered else [],
    ]
    for place in order:
        world.copies += pieces[place]
    settled = world.settled()
    assert settled[EmailKey(1)].files == ()
    assert world.seers(settled)[EmailKey(1)] == {ANA, EVA, OWNER}


def test_internal_mail_that_names_a_clients_root_is_only_suggested() -> None:
    world = firm()
    world.copies = [*from_outside(0, "south@s.example"), *internal(1, names=("id0",))]
    settled = world.settled()[EmailKey(1)]
    assert settled.files == ()
    assert [(s.client, s.reason, s.to_mailboxes) for s in settled.suggestions] == [
        (SOUTH, Reason.THREAD, (MailboxKey(1), MailboxKey(3)))
    ]


def test_a_later_act_takes_nothing_back_that_its_maker_no_longer_sees() -> None:
    world = firm()
    at_ana = Evidence(addresses=((Role.FROM, "north@n.example"), (Role.TO, OWN[ANA])))
    at_eva = Evidence(addresses=((Role.FROM, "north@n.example"), (Role.TO, OWN[EVA])))
    world.copies = [
        WorldCopy(EmailKey(0), MailboxKey(1), "id0", at_ana),
        WorldCopy(EmailKey(1), MailboxKey(3), "id1", at_eva),
    ]
    world.acts = [Act("always", HandDecision(maker=EVA, clients=(EAST,), at=1), address="north@n.example")]
    assert not world.sees(ANA, EmailKey(1), world.settled())
    world.acts.append(Act("always", HandDecision(maker=ANA, clients=(NORTH,), at=2), address="north@n.example"))
    settled = world.settled()
    assert [f.client for f in settled[EmailKey(0)].files] == [NORTH]
    assert [f.client for f in settled[EmailKey(1)].files] == [EAST]
    assert [(s.client, s.reason) for s in settled[EmailKey(1)].suggestions] == [(NORTH, Reason.ALWAYS)]


def test_a_mark_reaches_answers_that_its_maker_sees_but_no_internal_mail_and_no_unseen_one() -> None:
    world = firm()
    world.copies = [
        *from_outside(0, "stranger@z.example"),
        *from_outside(1, "stranger@z.example", names=("id0",)),  # in Ben's own mailbox
        *internal(2, names=("id0",)),
        WorldCopy(  # an answer that only Eva and the owner got
            EmailKey(3),
            MailboxKey(3),
            "id3",
            Evidence(addresses=((Role.FROM, "nobody@q.example"), (Role.TO, OWN[EVA])), names=("id0",)),
        ),
    ]
    mark = HandDecision(maker=BEN, clients=(EAST,), at=1)
    world.acts = [Act("thread", mark, frozenset({EmailKey(0)}))]
    settled = world.settled()
    assert [(f.client, f.reason, f.by) for f in settled[EmailKey(1)].files] == [(EAST, Reason.THREAD_BY_HAND, BEN)]
    assert settled[EmailKey(1)].files[0].source == EmailKey(0)
    assert settled[EmailKey(2)].files == settled[EmailKey(3)].files == ()
    assert [(s.client, s.to_mailboxes) for s in settled[EmailKey(3)].suggestions] == [(EAST, (MailboxKey(3),))]


def test_what_a_hand_put_elsewhere_is_followed_only_where_its_maker_sees() -> None:
    """Ben re-files a mail; Ana's answer to it, which he cannot see, goes on following its addresses."""
    world = firm()
    root = Evidence(addresses=((Role.FROM, "south@s.example"), (Role.TO, OWN[BEN]), (Role.CC, "stranger@z.example")))
    answer = Evidence(addresses=((Role.FROM, "stranger@z.example"), (Role.TO, OWN[ANA])), names=("id0",))
    world.copies = [
        WorldCopy(EmailKey(0), MailboxKey(2), "id0", root),
        WorldCopy(EmailKey(1), MailboxKey(1), "id1", answer),
    ]
    world.acts = [Act("email", HandDecision(maker=OWNER, clients=(EAST,), at=1), frozenset({EmailKey(0)}))]
    seen = world.settled()[EmailKey(1)].files
    assert [(f.client, f.reason, f.source, f.by) for f in seen] == [(EAST, Reason.THREAD, EmailKey(0), OWNER)]
    world.members[OWNER] = replace(world.members[OWNER], walls=frozenset({SOUTH}))
    assert [f.client for f in world.settled()[EmailKey(1)].files] == [SOUTH]


def test_a_decision_taken_back_leaves_what_was() -> None:
    world = firm()
    world.copies = [*from_outside(0, "south@s.example"), *from_outside(1, "stranger@z.example", names=("id0",))]
    before = world.settled()
    world.acts = [Act("thread", HandDecision(maker=BEN, clients=(), at=1), frozenset({EmailKey(0), EmailKey(1)}))]
    assert [world.settled()[EmailKey(n)].files for n in (0, 1)] == [(), ()]
    world.acts = []
    assert world.settled() == before
