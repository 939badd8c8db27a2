"""First clients: groups, order and names, whatever names and domains a mail brings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.address import Address, NotAllowed
from store.model.plain import plain
from store.rules.public_domains import is_public
from store.rules.suggesting import (
    Correspondent,
    Together,
    client_name,
    domain_label,
    from_local_part,
    group_of,
    order,
    own_groups,
    person_name,
    proposed,
    suggestion,
    tidied,
)


def person(address: str, *names: str, sent: int = 1, received: int = 1, last: int = 10) -> Correspondent:
    return Correspondent(address=address, names=names, sent=sent, received=received, last=last)


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com", "googlemail.com", "outlook.com", "outlook.de", "hotmail.com", "hotmail.co.uk", "hotmail.es",
        "yahoo.com", "yahoo.fr", "yahoo.com.ar", "yahoo.co.jp", "icloud.com", "gmx.de", "gmx.net", "gmx.at", "web.de",
        "proton.me", "protonmail.com", "t-online.de", "libero.it", "orange.fr", "telefonica.net", "live.co.uk",
    ],
)  # fmt: skip
def test_anybody_can_have_an_address_there(domain: str) -> None:
    assert is_public(domain)
    assert group_of(f"ana@{domain}") == f"ana@{domain}"


@pytest.mark.parametrize(
    "domain",
    [
        "olmo.example",
        "live.nation.com",
        "gmx.example",
        "yahoo.olmo.com",
        "gmail.com.olmo.example",
        "mygmail.com",
        "live",
    ],
)
def test_a_domain_of_somebody_s_own(domain: str) -> None:
    assert not is_public(domain)
    assert group_of(f"ana@{domain}") == domain


@pytest.mark.parametrize(
    ("domain", "names", "name"),
    [
        ("olmo-bakery.example", ["Ana Olmo"], "Olmo Bakery"),
        ("olmobakery.example", ["Ana (Olmo Bakery)"], "Olmo Bakery"),
        ("olmobakery.example", ["Ana Olmo | OLMO Bakery"], "OLMO Bakery"),
        ("olmobakery.example", ["ana olmobakery"], "Olmobakery"),
        ("panaderia.example", ["Panadería"], "Panadería"),
        ("mail.acme.co.uk", [], "Acme"),
        ("acme.com.es", [], "Acme"),
        ("co.uk", [], "Co"),
        ("xn--bcher-kva.example", [], "Bücher"),
        ("xn--\u00fc.example", [], "Xn Ü"),
        ("example", [], "Example"),
    ],
)
def test_a_firm_is_called_by_its_domain_as_its_people_write_it(domain: str, names: list[str], name: str) -> None:
    assert proposed(domain, [person(f"ana@{domain}", *names)]) == name


def test_somebody_at_a_public_provider_is_called_by_their_name() -> None:
    assert proposed("ana@gmail.com", [person("ana@gmail.com", "Ana Olmo", "A. O.", "ana olmo")]) == "Ana Olmo"
    assert proposed("ana.olmo82@gmail.com", [person("ana.olmo82@gmail.com")]) == "Ana Olmo"


def test_a_client_of_a_sender_is_called_by_their_name_first() -> None:
    assert client_name("ana@olmo-bakery.example", ["Ana Olmo"]) == "Ana Olmo"
    assert client_name("ana@olmo-bakery.example", ["", "ana@olmo-bakery.example"]) == "Olmo Bakery"
    assert client_name("bo.b@gmail.com", []) == "Bo B"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("'Ana Olmo'", "Ana Olmo"), ("  Ana \t Olmo ", "Ana Olmo"), ("Olmo, Ana", "Ana Olmo"),
        ("Olmo & Sons, Bakers, Ltd", "Olmo & Sons, Bakers, Ltd"), ("ana@olmo.example", ""), ("\u202eomlO", ""),
        ("a" * 201, ""), ("", ""), ("“Ana”", "Ana"), ("Ana\x1b[2J", ""),
    ],
)  # fmt: skip
def test_names_as_people_would_write_them(written: str, name: str) -> None:
    assert tidied(written) == name


def test_of_names_written_as_often_the_newest_counts() -> None:
    assert person_name(["New Name", "Old Name"]) == "New Name"
    assert person_name(["New Name", "Old Name", "OLD NAME"]) == "Old Name"
    assert person_name(["x@y.example", ""]) == ""


def test_colleagues_are_those_of_one_s_own_domain_but_not_of_one_s_own_provider() -> None:
    assert own_groups(["olga@firm.example", "olga@gmail.com"]) == {"firm.example", "olga@gmail.com"}


def test_the_most_answered_come_first() -> None:
    groups = {
        "a": (Together(emails=9, answered=1), [person("x@a", last=9)]),
        "b": (Together(emails=3, answered=2), [person("x@b", last=1)]),
        "c": (Together(emails=9, answered=1), [person("x@c", last=10)]),
        "d": (Together(emails=10, answered=1), [person("x@d", last=1)]),
    }
    assert sorted(groups, key=lambda group: order(group, *groups[group])) == ["b", "d", "c", "a"]


def test_a_suggestion_has_its_people_and_sums() -> None:
    people = [person("b@olmo.example", "Bo", received=5, last=4), person("a@olmo.example", sent=2, last=3)]
    made = suggestion("olmo.example", Together(emails=7, answered=2), people)
    assert (made.name, made.domain, made.emails, made.last) == ("Olmo", "olmo.example", 7, 4)
    assert [(each.address, each.name) for each in made.addresses] == [("a@olmo.example", ""), ("b@olmo.example", "Bo")]


def addresses() -> st.SearchStrategy[str]:
    local, domain = st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=40)
    return st.builds(_address, local, domain).filter(bool)


def _address(local: str, domain: str) -> str:
    try:
        return str(Address(f"{local}@{domain}"))
    except NotAllowed:
        return ""


@given(addresses(), st.lists(st.text(max_size=250), max_size=4))
def test_a_proposed_name_can_always_be_taken(address: str, names: list[str]) -> None:
    one = person(address, *names)
    for name in (
        client_name(address, names),
        suggestion(group_of(address), Together(emails=1, answered=1), [one]).name,
        from_local_part(address),
    ):
        assert name
        assert name == name.strip() == plain(name)
        assert len(name) <= 200


@given(st.text(max_size=80))
def test_any_domain_has_a_label(domain: str) -> None:
    assert domain_label(domain) or not domain
