"""What becomes of each line of a file of contacts ([C7]): a table, and what holds for any file."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from store.model.people import NewPerson
from store.model.plain import plain
from store.rules.importing import (
    JOINED,
    KNOWN,
    MADE,
    REFUSED,
    CleanPerson,
    KnownPeople,
    Plan,
    clean_text,
    cleaned,
    plan,
)

ANA, BOB, CAL = "ana@x.example", "bob@x.example", "cal@x.example"
ACME, BLUM = 10, 11


def line(number: int, name: str, *addresses: str, clients: tuple[str, ...] = ()) -> NewPerson:
    return NewPerson(line=number, name=name, addresses=addresses, clients=clients)


def outcomes(made: Plan) -> list[tuple[str, str]]:
    return [(one.outcome, one.code) for one in made.lines]


KNOWS = KnownPeople(
    owners={ANA: 1, BOB: 2, "ghost@x.example": 3},
    hidden=frozenset({"ghost@x.example"}),
    own=frozenset({"olga@firm.example"}),
    names={1: "Ana", 2: "", 3: "Ghost"},
    clients={"acme": (ACME,), "twice": (20, 21)},
    links=frozenset({(ANA, ACME)}),
)


def test_the_table() -> None:
    made = plan(
        cleaned(
            [
                line(1, "Ana B.", ANA, clients=("ACME",)),  # nothing new: her name and link stay
                line(2, "Bob", BOB),  # had no name
                line(3, "Cal", CAL, CAL.upper(), clients=("Acme", "New")),
                line(4, "Cal again", "cal2@x.example", CAL),
                line(5, "Both", ANA, BOB),
                line(6, "Ghost", "ghost@x.example"),
                line(7, "Olga", "olga@firm.example"),
                line(8, "Which", "w@x.example", clients=("Twice",)),
                line(9, "Bad", "bad"),
                line(10, "Nothing"),
                line(11, "", clients=("New",)),
                line(12, "", clients=("Newer",)),
            ]
        ),
        KNOWS,
    )
    assert outcomes(made) == [
        (KNOWN, ""), (JOINED, ""), (MADE, ""), (JOINED, ""), (REFUSED, "several_contacts"), (REFUSED, "address_taken"),
        (REFUSED, "sender_is_own"), (REFUSED, "ambiguous_name"), (REFUSED, "bad_address"), (REFUSED, "no_address"),
        (KNOWN, ""), (MADE, ""),
    ]  # fmt: skip
    assert [(one.client, one.name) for one in made.clients] == [(ACME, "ACME"), (None, "New"), (None, "Newer")]
    bob, cal = made.contacts
    assert (bob.contact, bob.name, bob.named, bob.addresses) == (2, "Bob", True, ())
    assert (cal.contact, cal.name, cal.addresses) == (None, "Cal", (CAL, "cal2@x.example"))
    assert cal.clients == ((CAL, 0), (CAL, 1))
    told = made.told()
    assert (told.made, told.joined, told.known, told.refused, told.clients) == (1, 1, 2, 6, 2)


def test_two_contacts_of_one_file_do_not_become_one_by_a_later_line() -> None:
    made = plan(cleaned([line(1, "A", "a@x.example"), line(2, "B", "b@x.example"),
                         line(3, "AB", "a@x.example", "b@x.example")]), KnownPeople())  # fmt: skip
    assert outcomes(made) == [(MADE, ""), (MADE, ""), (REFUSED, "several_contacts")]


ADDRESSES = st.sampled_from([f"p{n}@x.example" for n in range(6)] + ["bad", "P1@X.example", "olga@firm.example"])
NAMES = st.sampled_from(["", "Ana", "Bob", "=1+1", "a\x1b[0m"])
LINES = st.lists(
    st.builds(
        lambda name, addresses, clients: NewPerson(line=1, name=name, addresses=addresses, clients=clients),
        NAMES,
        st.lists(ADDRESSES, max_size=3).map(tuple),
        st.lists(st.sampled_from(["Acme", "ACME", "New", ""]), max_size=2).map(tuple),
    ),
    max_size=8,
)
PEOPLE = st.builds(
    lambda owners, links: KnownPeople(
        owners=owners,
        own=frozenset({"olga@firm.example"}),
        names=dict.fromkeys(owners.values(), "Known"),
        clients={"acme": (ACME,)},
        links=frozenset((address, ACME) for address in links if address in owners),
    ),
    st.dictionaries(st.sampled_from([f"p{n}@x.example" for n in range(6)]), st.integers(1, 3), max_size=4),
    st.lists(st.sampled_from([f"p{n}@x.example" for n in range(6)]), max_size=3),
)


@given(LINES, PEOPLE)
def test_applied_and_planned_again_a_plan_adds_nothing(lines: list[NewPerson], known: KnownPeople) -> None:
    clean = cleaned(lines)
    first = plan(clean, known)
    again = plan(clean, _applied(known, first))
    assert again.contacts == ()
    assert all(one.client is not None for one in again.clients)
    refused = [one.outcome == REFUSED for one in first.lines]
    assert [one.outcome == REFUSED for one in again.lines] == refused


@given(LINES, PEOPLE)
def test_no_address_gets_two_contacts_and_none_is_taken_from_another(
    lines: list[NewPerson], known: KnownPeople
) -> None:
    made = plan(cleaned(lines), known)
    new = [address for one in made.contacts for address in one.addresses]
    assert len(new) == len(set(new))
    assert known.owners.keys().isdisjoint(new)
    assert known.own.isdisjoint(new)
    assert len(made.lines) == len(lines)


def _applied(known: KnownPeople, made: Plan) -> KnownPeople:
    clients = [one.client if one.client is not None else 100 + place for place, one in enumerate(made.clients)]
    owners, links, names = dict(known.owners), set(known.links), dict(known.names)
    for place, one in enumerate(made.contacts):
        contact = one.contact if one.contact is not None else 1_000 + place
        owners |= dict.fromkeys(one.addresses, contact)
        links |= {(address, clients[at]) for address, at in one.clients}
        if one.contact is None or one.named:
            names[contact] = one.name
    found = {one.name.casefold(): (key,) for one, key in zip(made.clients, clients, strict=True)}
    return msgspec.structs.replace(
        known, owners=owners, links=frozenset(links), names=names, clients={**known.clients, **found}
    )


@given(st.text(max_size=300))
def test_a_kept_name_is_visible_characters_on_one_line(text: str) -> None:
    name = clean_text(text)
    assert plain(name) == name
    assert name == name.strip()
    assert len(name) <= 200


@given(st.text(max_size=60))
def test_whatever_is_kept_is_an_address(text: str) -> None:
    (one,) = cleaned([line(1, "x", text)])
    assert isinstance(one, CleanPerson)
    assert one.code or all(address.count("@") >= 1 and address == address.strip() for address in one.addresses)
