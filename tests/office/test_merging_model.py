"""A merge is as if there had been one client from the start, and its undo as if there had been none: for any firm."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.desk.commands import past
from store.model.ids import ClientKey
from tests.support.copies import NOW, DeskRig, Letter
from tests.support.desk_state import check
from tests.support.hands import Hands

CLIENTS = ("Acme", "Blum", "Core")
ADDRESSES = tuple(f"p{n}@c{n}.example" for n in range(5))
Links = dict[str, frozenset[str]]  # address → names of clients

FIRMS = st.fixed_dictionaries({address: st.frozensets(st.sampled_from(CLIENTS), max_size=3) for address in ADDRESSES})
MAILS = st.lists(
    st.tuples(st.sampled_from((*ADDRESSES, "x@c0.example", "y@c1.example")), st.integers(0, 5), st.booleans()),
    min_size=1,
    max_size=6,
)
HANDS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(CLIENTS), st.sampled_from(("email", "thread", "always"))),
                 max_size=3)  # fmt: skip
DOMAINS = st.lists(st.tuples(st.sampled_from(CLIENTS), st.sampled_from(("c0.example", "c1.example"))), max_size=3)


def built(path: Path, links: Links, mails: Iterable[tuple[str, int, bool]], *, one: bool) -> tuple[DeskRig, Hands]:
    """`one`: from the start Acme stands for Blum too."""
    rig = DeskRig(path)
    keys = {name: rig.client(name) for name in CLIENTS if not (one and name == "Blum")}
    for address, names in links.items():
        wanted = sorted({keys[_of(name, one=one)] for name in names})
        if wanted:
            rig.link(address, *wanted)
    inbox = rig.folder(rig.mailbox("olga@firm.example"))
    for number, (sender, answered, both) in enumerate(mails):
        answers = (f"m{answered}@x",) if answered < number else ()
        to = ("olga@firm.example", ADDRESSES[0]) if both else ("olga@firm.example",)
        letter = Letter(id=f"m{number}@x", sender=sender, to=to, answers=answers, at=NOW - 900 + number)
        inbox.deposit(letter.seen(number + 1))
    return rig, Hands(rig)


def _of(name: str, *, one: bool) -> str:
    return "Acme" if one and name == "Blum" else name


def decided(hands: Hands, mails: int, acts: Iterable[tuple[int, str, str]], *, one: bool) -> None:
    for number, client, how in acts:
        if number < mails:
            email = hands.email(f"m{number}@x")
            thread = hands.thread(f"m{number}@x") if how == "thread" else None
            hands.ask(hands.rig.owner, "file", email=None if thread else email, thread=thread,
                      client=_of(client, one=one), always=how == "always")  # fmt: skip


def filed(rig: DeskRig) -> list[tuple[object, ...]]:
    """By the mails' ids and the clients' names."""
    names: dict[ClientKey, str] = rig.vault.firm.clients()
    rows = rig.rows("SELECT e.message_id, f.client, f.reason, f.ambiguous FROM filings AS f"
                    " JOIN emails AS e ON e.email = f.email")  # fmt: skip
    return sorted((row[0], names[row[1]], row[2], row[3]) for row in rows)  # type: ignore[index]


@settings(max_examples=12, deadline=None)
@given(links=FIRMS, mails=MAILS, acts=HANDS, domains=DOMAINS, sliced=st.booleans())
def test_merged_as_if_one_from_the_start_and_back(
    *, links: Links, mails: list[tuple[str, int, bool]], acts: list[tuple[int, str, str]],
    domains: list[tuple[str, str]], sliced: bool,
) -> None:  # fmt: skip
    at_once = past.AT_ONCE
    with tempfile.TemporaryDirectory() as folder:
        past.AT_ONCE = 1 if sliced else at_once  # type: ignore[misc]
        try:
            _compared(Path(folder), links, mails, acts, domains)
        finally:
            past.AT_ONCE = at_once  # type: ignore[misc]


def _compared(
    folder: Path, links: Links, mails: list[tuple[str, int, bool]], acts: list[tuple[int, str, str]],
    domains: list[tuple[str, str]],
) -> None:  # fmt: skip
    two, hands = built(folder / "two.db", links, mails, one=False)
    one, other = built(folder / "one.db", links, mails, one=True)
    for each, single in ((hands, False), (other, True)):
        for client, domain in domains:
            each.ask(each.rig.owner, "set_domain", client=_of(client, one=single), domain=domain, on=True)
            _settle(each.rig)
        decided(each, len(mails), acts, one=single)
        _settle(each.rig)
    before = filed(two)
    hands.do(two.owner, "merge_clients", client="Blum", into="Acme")
    _settle(two)
    assert filed(two) == filed(one)
    check(two.vault)
    hands.do(two.owner, "undo")
    _settle(two)
    assert filed(two) == before
    check(two.vault)
    two.close()
    one.close()


def _settle(rig: DeskRig) -> None:
    while rig.writer.settle_past():
        pass
