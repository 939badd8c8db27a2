"""[C2] and [C3] by table: what decides, in which order, and what is said beside it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from store.model.evidence import Evidence, Kind, Role, Verified
from store.model.filing import AddressLinks, Filed, HandDecision, Reason, Seen, Suggestion
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey
from store.rules.facts import Basis, Facts, Holding, Named, Rank
from store.rules.filing import alternatives, base, depends_on_named, passed_on, settle

A, B, C, D = (ClientKey(n) for n in (1, 2, 3, 4))
ANA, BEN = MemberKey(1), MemberKey(2)
BOX, OTHER = MailboxKey(1), MailboxKey(2)
CLIENT, STRANGER, ME, SPOUSE = "client@c.example", "stranger@z.example", "ana@firm.example", "spouse@home.example"


def seen(
    *addresses: tuple[Role, str],
    mailbox: MailboxKey = BOX,
    members: tuple[MemberKey, ...] = (ANA,),
    never_sync: bool = False,
    verified: Verified = Verified.UNKNOWN,
    kind: Kind = Kind.PERSONAL,
    names: tuple[str, ...] = (),
) -> Seen:
    """A copy; without addresses one from the stranger to Ana."""
    given_addresses = addresses or ((Role.FROM, STRANGER), (Role.TO, ME))
    return Seen(
        mailbox=mailbox,
        members=members,
        evidence=Evidence(addresses=given_addresses, verified=verified, kind=kind, names=names),
        never_sync=never_sync,
    )


def link(address: str, *clients: ClientKey, contact: int | None = 1, member: bool = False) -> AddressLinks:
    """What the firm knows of an address."""
    return AddressLinks(address=address, clients=clients, contact=contact if clients else None, member=member)


MEMBER = link(ME, member=True)


def facts(*copies: Seen, **over: object) -> Facts:
    """Facts of email 100; Ana's address is a member's."""
    fields: dict[str, object] = {"addresses": (MEMBER,), **over}
    return Facts(email=EmailKey(100), copies=copies or (seen(),), **fields)  # type: ignore[arg-type]  # over is checked by the record's users


def addressed_as(*clients: ClientKey, ambiguous: bool = False) -> Basis:
    """What a named email's addresses give."""
    return Basis(
        addressed=tuple(Filed(client=c, reason=Reason.ADDRESS, confidence=100, ambiguous=ambiguous) for c in clients)
    )


def named(*clients: ClientKey, email: int = 50, people: tuple[str, ...] = (STRANGER,), failed: bool = False) -> Named:
    """An email that the addresses file with those clients."""
    return Named(email=EmailKey(email), basis=addressed_as(*clients), people=people, failed=failed)


def by(maker: MemberKey, *clients: ClientKey, at: int = 1, serial: int = 0) -> HandDecision:
    """A decision."""
    return HandDecision(maker=maker, clients=clients, at=at, serial=serial)


def clients(found: tuple[Filed, ...]) -> list[tuple[ClientKey, Reason, bool]]:
    """What matters most of filings."""
    return [(f.client, f.reason, f.ambiguous) for f in found]


@pytest.mark.parametrize("role", [Role.FROM, Role.SENDER, Role.REPLY_TO, Role.TO, Role.CC])
def test_an_address_of_a_contact_files_in_every_role_and_is_named(role: Role) -> None:
    found = settle(facts(seen((role, CLIENT), (Role.TO, ME)), addresses=(MEMBER, link(CLIENT, A)))).files
    assert found == (Filed(client=A, reason=Reason.ADDRESS, confidence=100, address=CLIENT),)


@pytest.mark.parametrize("role", [Role.BCC, Role.DELIVERED_TO])
def test_what_only_a_copy_has_files_but_is_not_told_to_others(role: Role) -> None:
    copy = seen((Role.FROM, ME), (Role.TO, STRANGER), (role, CLIENT))
    found = settle(facts(copy, addresses=(MEMBER, link(CLIENT, A)))).files
    assert found == (Filed(client=A, reason=Reason.ADDRESS, confidence=100, address=None),)


def test_contacts_of_two_clients_file_with_both() -> None:
    copy = seen((Role.FROM, CLIENT), (Role.TO, ME), (Role.CC, SPOUSE))
    found = settle(facts(copy, addresses=(MEMBER, link(CLIENT, B), link(SPOUSE, A, contact=2)))).files
    assert clients(found) == [(A, Reason.ADDRESS, False), (B, Reason.ADDRESS, False)]


def test_a_members_own_address_never_files_even_if_a_contact_has_it() -> None:
    copy = seen((Role.FROM, STRANGER), (Role.TO, ME))
    own = AddressLinks(address=ME, clients=(A,), contact=1, member=True)
    assert settle(facts(copy, addresses=(own,), always=(by(ANA, B),))).files != ()
    assert settle(facts(copy, addresses=(own,))).files == ()


def test_always_for_a_colleague_files_nothing() -> None:
    copy = seen((Role.FROM, ME), (Role.TO, STRANGER))
    assert settle(facts(copy, always=(by(ANA, A),))).files == ()


def test_a_switch_that_is_off_files_nothing() -> None:
    assert settle(facts(seen((Role.FROM, CLIENT)), addresses=(link(CLIENT),))).files == ()


def test_a_contact_with_several_clients_is_ambiguous_until_the_thread_settles_it() -> None:
    copy, links = seen((Role.FROM, SPOUSE), (Role.TO, ME)), (MEMBER, link(SPOUSE, A, B, C))
    assert clients(settle(facts(copy, addresses=links)).files) == [(c, Reason.ADDRESS, True) for c in (A, B, C)]
    settled = settle(facts(copy, addresses=links, named=(named(B, D, people=()),))).files
    assert clients(settled) == [(B, Reason.ADDRESS, False)]
    two = settle(facts(copy, addresses=links, named=(named(A), named(B, email=51)))).files
    assert clients(two) == [(c, Reason.ADDRESS, True) for c in (A, B, C)]
    unsure = Named(email=EmailKey(50), basis=addressed_as(A, ambiguous=True))
    assert clients(settle(facts(copy, addresses=links, named=(unsure,))).files) == [
        (c, Reason.ADDRESS, True) for c in (A, B, C)
    ]


def test_what_is_passed_on_is_not_narrowed_by_the_thread() -> None:
    told = facts(seen((Role.FROM, SPOUSE)), addresses=(link(SPOUSE, A, B),), named=(named(A),))
    assert clients(settle(told).files) == [(A, Reason.ADDRESS, False)]
    assert clients(base(told)) == [(A, Reason.ADDRESS, True), (B, Reason.ADDRESS, True)]


def test_failed_authentication_files_by_address_but_is_not_narrowed_and_follows_nothing() -> None:
    forged = seen((Role.FROM, SPOUSE), verified=Verified.FAIL)
    assert clients(settle(facts(forged, addresses=(link(SPOUSE, A, B),), named=(named(A),))).files) == [
        (A, Reason.ADDRESS, True),
        (B, Reason.ADDRESS, True),
    ]
    assert settle(facts(seen(verified=Verified.FAIL), named=(named(A),))).files == ()
    assert settle(facts(seen(), seen(verified=Verified.FAIL, mailbox=OTHER), named=(named(A),))).files == ()
    assert settle(facts(seen(), named=(named(A, failed=True),))).files == ()


def test_the_thread_files_what_has_no_address_of_its_own() -> None:
    found = settle(facts(seen(), named=(named(A, email=50), named(A, email=60)))).files
    assert found == (Filed(client=A, reason=Reason.THREAD, confidence=90, source=EmailKey(60)),)


@pytest.mark.parametrize(
    ("copy", "people"),
    [
        (seen((Role.FROM, STRANGER)), ("another@z.example",)),  # a stranger to that mail
        (seen((Role.FROM, ME), (Role.SENDER, STRANGER)), (STRANGER,)),  # outside only where it does not count
        (seen((Role.FROM, ME), (Role.TO, ME)), (STRANGER,)),  # among members
    ],
)
def test_the_thread_files_nothing_for_strangers_and_members(copy: Seen, people: tuple[str, ...]) -> None:
    outcome = settle(facts(copy, named=(named(A, people=people),)))
    assert outcome.files == ()
    assert outcome.suggestions == (Suggestion(client=A, reason=Reason.THREAD, to_mailboxes=(BOX,)),)


def test_an_ambiguous_mail_passes_on_as_ambiguous_and_a_certain_one_wins() -> None:
    unsure = Named(email=EmailKey(50), basis=addressed_as(A, B, ambiguous=True), people=(STRANGER,))
    assert clients(settle(facts(named=(unsure,))).files) == [(A, Reason.THREAD, True), (B, Reason.THREAD, True)]
    assert clients(settle(facts(named=(unsure, named(A, email=51)))).files) == [
        (A, Reason.THREAD, False),
        (B, Reason.THREAD, True),
    ]


def test_own_addresses_beat_the_thread_and_the_thread_the_domain_and_the_domain_a_rule() -> None:
    rule = (("invoices", D, ANA),)
    domain = (("z.example", C),)
    everything = facts(
        seen((Role.FROM, STRANGER), (Role.CC, CLIENT)),
        addresses=(link(CLIENT, A),),
        named=(named(B),),
        domains=domain,
        rules=rule,
    )
    assert clients(settle(everything).files) == [(A, Reason.ADDRESS, False)]
    assert clients(alternatives(everything)) == [
        (B, Reason.THREAD, False),
        (D, Reason.RULE, False),
        (C, Reason.DOMAIN, False),
    ]
    assert clients(settle(facts(named=(named(B),), domains=domain, rules=rule)).files) == [(B, Reason.THREAD, False)]
    by_domain = settle(facts(domains=domain, rules=rule)).files
    assert by_domain == (Filed(client=C, reason=Reason.DOMAIN, confidence=70, address=STRANGER),)
    by_rule = settle(facts(rules=rule)).files
    assert by_rule == (Filed(client=D, reason=Reason.RULE, confidence=80, rule="invoices", by=ANA),)


def test_a_rule_reaches_only_mail_that_its_maker_sees() -> None:
    assert settle(facts(rules=(("invoices", D, BEN),), may_see=((BEN, None),))).files == ()


def test_hands_in_their_order_and_the_latest_of_a_kind() -> None:
    mark = Named(email=EmailKey(50), basis=Basis(holds=(Holding(rank=Rank.MARK, decision=by(ANA, C)),)))
    layers: dict[str, object] = {
        "by_hand": (by(ANA, D, at=1), by(BEN, A, at=2, serial=1), by(ANA, B, at=2, serial=2)),
        "thread_hand": (by(ANA, A, at=9),),
        "named": (mark,),
        "always": (by(ANA, D, at=9),),
    }
    expected = [(B, Reason.BY_HAND), (A, Reason.THREAD_BY_HAND), (C, Reason.THREAD_BY_HAND), (D, Reason.ALWAYS)]
    for client, reason in expected:
        found = settle(facts(seen((Role.FROM, CLIENT)), **{"addresses": (link(CLIENT, C, D),), **layers})).files
        assert [(f.client, f.reason, f.confidence) for f in found] == [(client, reason, 100)]
        layers.pop(next(iter(layers)))


def test_by_hand_nowhere_is_nowhere() -> None:
    told = facts(seen((Role.FROM, CLIENT)), addresses=(link(CLIENT, A),), by_hand=(by(ANA),))
    assert settle(told).files == ()
    assert clients(alternatives(told)) == [(A, Reason.ADDRESS, False)]


def test_always_reaches_by_mailbox_or_by_a_client_but_not_further() -> None:
    from_client = seen((Role.FROM, CLIENT))
    links = (link(CLIENT, A),)

    def filed(maker: MemberKey, *, may: tuple[ClientKey, ...] | None = (), **over: object) -> list[ClientKey]:
        told = facts(from_client, addresses=links, always=(by(maker, B),), may_see=((maker, may),), **over)
        return [f.client for f in settle(told).files]

    assert filed(ANA) == [B]
    assert filed(BEN, may=(A,)) == [B]
    assert filed(BEN, may=None) == [B]
    assert filed(BEN, may=(B,)) == [A]
    assert filed(BEN, may=(A,), private=True) == [A]
    assert filed(ANA, walls=((ANA, (A,)),)) == [A]


def test_an_ambiguous_mail_is_within_reach_of_those_who_see_every_candidate() -> None:
    def filed(*may: ClientKey) -> list[ClientKey]:
        told = facts(
            seen((Role.FROM, SPOUSE)), addresses=(link(SPOUSE, A, B),), always=(by(BEN, C),), may_see=((BEN, may),)
        )
        return [f.client for f in settle(told).files]

    assert filed(A) == [A, B]
    assert filed(A, B) == [C]


def test_a_mark_never_reaches_mail_among_members() -> None:
    mark = Named(email=EmailKey(50), basis=Basis(holds=(Holding(rank=Rank.MARK, decision=by(ANA, C)),)))
    outcome = settle(facts(seen((Role.FROM, ME), (Role.TO, ME)), named=(mark,)))
    assert outcome.files == ()
    assert outcome.suggestions == (Suggestion(client=C, reason=Reason.THREAD_BY_HAND, to_mailboxes=(BOX,)),)


def test_the_never_sync_list_beats_everything_but_a_hand_on_the_email() -> None:
    hidden = seen((Role.FROM, CLIENT), never_sync=True)
    told: dict[str, object] = {
        "addresses": (link(CLIENT, A),),
        "named": (named(B, people=(CLIENT,)),),
        "always": (by(ANA, C),),
        "thread_hand": (by(ANA, C),),
        "domains": (("c.example", D),),
        "rules": (("all", D, ANA),),
    }
    outcome = settle(facts(hidden, **told))
    assert (outcome.files, outcome.suggestions) == ((), ())
    assert passed_on(facts(hidden, **told)).basis == Basis()
    assert [f.client for f in settle(facts(hidden, by_hand=(by(ANA, B),), **told)).files] == [B]
    shown = seen((Role.FROM, CLIENT), mailbox=OTHER, members=(BEN,))
    assert [f.client for f in settle(facts(hidden, shown, addresses=(link(CLIENT, A),))).files] == [A]


@pytest.mark.parametrize("kind", [Kind.BULK, Kind.AUTOMATIC, Kind.BOUNCE])
def test_bulk_mail_is_never_suggested(kind: Kind) -> None:
    assert settle(facts(seen(kind=kind), named=(named(A, people=()),))).suggestions == ()


def test_what_can_change_with_the_named_is_known() -> None:
    certain = facts(seen((Role.FROM, CLIENT)), addresses=(link(CLIENT, A),), named=(named(B),))
    unsure = facts(seen((Role.FROM, SPOUSE)), addresses=(link(SPOUSE, A, B),), named=(named(B),))
    assert not depends_on_named(certain, marks_changed=False)
    assert depends_on_named(certain, marks_changed=True)
    assert depends_on_named(unsure, marks_changed=False)
    assert depends_on_named(facts(named=(named(B),)), marks_changed=False)
    assert not depends_on_named(facts(seen((Role.FROM, CLIENT)), addresses=(link(CLIENT, A),)), marks_changed=True)
    assert depends_on_named(facts(seen(names=("not-here-yet@x",))), marks_changed=False)


some_clients = st.sets(st.sampled_from([A, B, C]), max_size=2).map(lambda found: tuple(sorted(found)))
decisions = st.builds(by, st.sampled_from([ANA, BEN]), at=st.integers(0, 3)).flatmap(
    lambda made: some_clients.map(lambda found: by(made.maker, *found, at=made.at))
)


def numbered(made: list[HandDecision]) -> tuple[HandDecision, ...]:
    """As the vault numbers them: no two decisions are of the same moment and number."""
    return tuple(replace(one, serial=number) for number, one in enumerate(made, start=1))


holdings = st.builds(Holding, rank=st.sampled_from(Rank), decision=decisions)
bases = st.builds(
    Basis,
    addressed=some_clients.map(lambda c: addressed_as(*c).addressed),
    holds=st.lists(holdings, max_size=2).map(tuple),
)
people = st.sampled_from([CLIENT, STRANGER, SPOUSE, ME])
all_facts = st.builds(
    Facts,
    email=st.just(EmailKey(100)),
    copies=st.lists(
        st.builds(
            seen,
            st.tuples(st.sampled_from(Role), people),
            st.tuples(st.sampled_from(Role), people),
            mailbox=st.sampled_from([BOX, OTHER]),
            members=st.sampled_from([(ANA,), (BEN,)]),
            never_sync=st.booleans(),
            verified=st.sampled_from(Verified),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    addresses=st.just((MEMBER, link(CLIENT, A), link(SPOUSE, A, B, contact=2))),
    by_hand=st.lists(decisions, max_size=1).map(tuple),
    thread_hand=st.lists(decisions, max_size=1).map(tuple),
    always=st.lists(decisions, max_size=2).map(numbered),
    named=st.lists(
        st.builds(
            Named,
            email=st.integers(1, 9).map(EmailKey),
            basis=bases,
            people=st.lists(people).map(tuple),
            failed=st.booleans(),
        ),
        max_size=3,
        unique_by=lambda one: one.email,
    ).map(tuple),
    private=st.booleans(),
    may_see=st.just(((ANA, (A,)), (BEN, None))),
    walls=st.sampled_from([(), ((BEN, (B,)),)]),
    domains=st.sampled_from([(), (("z.example", C),), (("z.example", C), ("z.example", B))]),
    rules=st.sampled_from([(), (("all", C, BEN),)]),
)


@given(all_facts, st.integers(0, 2**16))
def test_no_order_of_anything_changes_the_outcome(told: Facts, seed: int) -> None:
    chance = random.Random(seed)
    parts = (name for name in Facts.__struct_fields__ if name not in {"email", "private"})
    turned = replace(
        told, **{part: tuple(chance.sample(getattr(told, part), k=len(getattr(told, part)))) for part in parts}
    )
    assert settle(turned) == settle(told)
    assert passed_on(turned) == passed_on(told)
    assert base(turned) == base(told)
    assert alternatives(turned) == alternatives(told)


@given(all_facts)
def test_each_client_once_with_a_reason_and_never_suggested_beside(told: Facts) -> None:
    outcome = settle(told)
    filed = [f.client for f in outcome.files]
    assert filed == sorted(set(filed))
    assert not set(filed) & {s.client for s in outcome.suggestions}
    assert not set(filed) & {f.client for f in alternatives(told)}


@given(all_facts, all_facts)
def test_what_does_not_depend_on_the_named_does_not(told: Facts, other: Facts) -> None:
    if depends_on_named(told, marks_changed=True):
        return
    changed = replace(told, named=other.named)
    if told.named or not other.named:
        assert settle(changed).files == settle(told).files
        assert passed_on(changed) == passed_on(told)


@given(all_facts, some_clients)
def test_only_marks_matter_where_only_marks_are_said_to(told: Facts, instead: tuple[ClientKey, ...]) -> None:
    if depends_on_named(told, marks_changed=False):
        return
    names = tuple(
        Named(
            email=one.email,
            basis=Basis(addressed=addressed_as(*instead).addressed, holds=one.basis.holds),
            people=one.people,
            failed=not one.failed,
        )
        for one in told.named
    )
    changed = replace(told, named=names)
    assert settle(changed).files == settle(told).files
    assert passed_on(changed) == passed_on(told)
