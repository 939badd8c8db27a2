"""How answers begin: to whom, from which address, under what subject, in which thread, with what quoted."""

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from store.mime.quotes import blocks
from store.model.address import Address, HeaderText, NotAllowed, Person
from store.model.outbox import Answering
from store.rules.answering import (
    MAX_QUOTED,
    MAX_REFERENCES,
    Answered,
    AnsweringFacts,
    ForwardLabels,
    Proposed,
    answering,
    attribution,
    forward_subject,
    reply_subject,
)

ANA, BO, CY, DI, EVE = (
    Person(name=name, address=f"{name.lower()}@{where}.example")
    for name, where in [("Ana", "firm"), ("Bo", "client"), ("Cy", "client"), ("Di", "firm"), ("Eve", "other")]
)
OFFICE = Person(address="office@firm.example")
OWN = ("Ana@firm.example", "office@firm.example")
MAIL = Answered(
    message_id="3@client.example",
    references=("1@firm.example", "2@client.example"),
    subject="The lease",
    from_=(BO,),
    to=(ANA, CY),
    cc=(DI, EVE),
    date="Monday",
    text="First\n> older\n\nLast\n",
)


def begun(how: Answering, mail: Answered | None = MAIL, **facts: object) -> Proposed:
    return answering(AnsweringFacts(**{"how": how, "own": OWN, "main": OWN[0], "mail": mail, **facts}))  # type: ignore[arg-type]


def to(*, how: Answering = Answering.REPLY, **changes: object) -> tuple[list[str], list[str]]:
    mail = Answered(**{**{name: getattr(MAIL, name) for name in MAIL.__struct_fields__}, **changes})
    found = begun(how, mail)
    return [who.address for who in found.to], [who.address for who in found.cc]


# ---------------------------------------------------------------- to whom
def test_a_reply_goes_to_its_author_alone() -> None:
    assert to() == (["bo@client.example"], [])


def test_reply_to_comes_before_from() -> None:
    assert to(reply_to=(EVE, CY)) == (["eve@other.example", "cy@client.example"], [])


def test_a_reply_to_all_leaves_own_addresses_out() -> None:
    assert to(how=Answering.REPLY_ALL) == (
        ["bo@client.example", "cy@client.example"],
        ["di@firm.example", "eve@other.example"],
    )


def test_nobody_stands_twice() -> None:
    shouted = Person(name="B", address="BO@CLIENT.example")
    assert to(how=Answering.REPLY_ALL, to=(shouted, CY, CY), cc=(CY, EVE, BO)) == (
        ["bo@client.example", "cy@client.example"],
        ["eve@other.example"],
    )


def test_ones_own_mail_is_followed_up() -> None:
    assert to(from_=(ANA,), to=(BO, OFFICE)) == (["bo@client.example"], [])
    assert to(how=Answering.REPLY_ALL, from_=(ANA,), to=(BO,), cc=(CY, ANA)) == (
        ["bo@client.example"],
        ["cy@client.example"],
    )
    assert to(how=Answering.REPLY_ALL, from_=(ANA,), to=(OFFICE,), cc=(CY,)) == (["cy@client.example"], [])


@pytest.mark.parametrize("how", [Answering.REPLY, Answering.REPLY_ALL])
def test_a_mail_to_oneself_is_answered_to_oneself(how: Answering) -> None:
    found, cc = to(how=how, from_=(ANA,), to=(ANA,), cc=())
    assert (found, cc) == (["ana@firm.example"], [])


def test_a_form_that_writes_from_ones_own_address_is_answered_where_it_says() -> None:
    assert to(from_=(OFFICE,), reply_to=(EVE,), to=(ANA,)) == (["eve@other.example"], [])


@pytest.mark.parametrize("how", [Answering.REPLY, Answering.REPLY_ALL])
def test_who_names_us_in_reply_to_is_answered_themselves(how: Answering) -> None:
    found, _ = to(how=how, reply_to=(ANA,), to=(ANA, CY))
    assert found[0] == "bo@client.example"
    assert how is Answering.REPLY_ALL or len(found) == 1, "a stranger does not choose whom we write to"


def test_what_is_no_address_is_left_out_and_names_are_one_line() -> None:
    found = begun(
        Answering.REPLY,
        Answered(from_=(Person(name="x\r\nBcc: e@x.example", address="bo@client.example"), Person(address="no one"))),
    )
    assert found.to == (Person(name="x Bcc: e@x.example", address="bo@client.example"),)


# ---------------------------------------------------------------- from which address
@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, OWN[0]),
        ({"to": (CY, OFFICE)}, "office@firm.example"),
        ({"to": (CY,), "cc": (Person(address="OFFICE@firm.example"),)}, "office@firm.example"),
        ({"to": (OFFICE, ANA)}, "office@firm.example"),
        ({"to": (CY,), "cc": (), "delivered_to": ("x@y.example", "office@firm.example")}, "office@firm.example"),
        ({"to": (CY,), "cc": ()}, OWN[0]),
        ({"from_": (OFFICE,), "to": (ANA,)}, "office@firm.example"),
    ],
)
def test_an_answer_comes_from_the_address_written_to(changes: dict[str, object], wanted: str) -> None:
    mail = Answered(**{**{name: getattr(MAIL, name) for name in MAIL.__struct_fields__}, **changes})
    for how in (Answering.REPLY, Answering.REPLY_ALL, Answering.FORWARD):
        assert begun(how, mail).from_ == wanted


def test_a_new_mail_comes_from_the_address_last_used() -> None:
    assert begun(Answering.NEW, None, last_used="OFFICE@firm.example", to=(BO, BO)) == Proposed(
        from_="office@firm.example", to=(BO,)
    )
    assert begun(Answering.NEW, None, last_used="gone@firm.example").from_ == OWN[0]
    assert begun(Answering.NEW, None).from_ == OWN[0]


# ---------------------------------------------------------------- subject
@pytest.mark.parametrize(
    ("subject", "reply", "forward"),
    [
        ("The lease", "Re: The lease", "Fwd: The lease"),
        ("Re: The lease", "Re: The lease", "Fwd: Re: The lease"),
        ("RE: AW: Re[2]: The lease", "Re: The lease", "Fwd: RE: AW: Re[2]: The lease"),
        ("RV: The lease", "Re: RV: The lease", "Fwd: The lease"),
        ("FW: Fwd: rv: The lease", "Re: FW: Fwd: rv: The lease", "Fwd: The lease"),
        ("Re : The lease", "Re: The lease", "Fwd: Re : The lease"),
        ("回复：The lease", "Re: The lease", "Fwd: 回复：The lease"),
        ("Reply: to me", "Re: Reply: to me", "Fwd: Reply: to me"),
        ("Rent: due", "Re: Rent: due", "Fwd: Rent: due"),
        ("", "Re:", "Fwd:"),
        ("hi\r\nBcc: x@y.example", "Re: hi Bcc: x@y.example", "Fwd: hi Bcc: x@y.example"),
    ],
)
def test_the_prefix_of_a_subject(subject: str, reply: str, forward: str) -> None:
    assert reply_subject(subject) == reply
    assert forward_subject(subject) == forward


SUBJECTS = st.lists(st.sampled_from(["Re:", "RE: ", " AW:", "Fwd: ", "RV:", "a", " ", "\t", "\r\n", "é", "："])).map(
    "".join
)


@given(SUBJECTS | st.text())
def test_a_prefix_stands_once_however_often_one_answers(subject: str) -> None:
    for prefixed in (reply_subject, forward_subject):
        once = prefixed(subject)
        assert prefixed(once) == once
        assert HeaderText(once) == once


# ---------------------------------------------------------------- threading
def test_an_answer_names_what_it_answers() -> None:
    for how in (Answering.REPLY, Answering.REPLY_ALL):
        found = begun(how)
        assert found.in_reply_to == "3@client.example"
        assert found.references == ("1@firm.example", "2@client.example", "3@client.example")


def test_a_forwarded_mail_answers_nothing_but_belongs_to_it() -> None:
    found = begun(Answering.FORWARD)
    assert found.in_reply_to is None
    assert found.references[-1] == "3@client.example"


@pytest.mark.parametrize(
    ("mail", "wanted"),
    [
        (Answered(message_id="b@x", in_reply_to=("a@x",)), ("a@x", "b@x")),
        (Answered(message_id="b@x", in_reply_to=("a@x", "c@x")), ("b@x",)),
        (Answered(references=("a@x",)), ("a@x",)),
        (Answered(message_id="a@x", references=("a@x", "b@x")), ("b@x", "a@x")),
        (Answered(message_id="é@x", references=("a\r\nb@x", "<a><b>", "ok@x")), ("ok@x",)),
    ],
)
def test_references(mail: Answered, wanted: tuple[str, ...]) -> None:
    assert begun(Answering.REPLY, mail).references == wanted


IDS = st.integers(0, 400).map("{}@x".format) | st.text(max_size=5)


@given(st.lists(IDS, max_size=300), st.none() | IDS)
def test_references_have_a_limit(ids: list[str], own: str | None) -> None:
    found = begun(Answering.REPLY, Answered(message_id=own, references=tuple(ids)))
    assert len(found.references) <= MAX_REFERENCES
    assert len(set(found.references)) == len(found.references)
    assert all(HeaderText(one).isascii() for one in found.references)
    assert found.in_reply_to is None or found.references[-1] == found.in_reply_to
    if found.references and ids and ids[0].endswith("@x") and ids[0].isascii() and ids[0] != own:
        assert found.references[0] == ids[0]


# ---------------------------------------------------------------- people, whatever they are
PEOPLE = st.lists(
    st.builds(
        Person,
        name=st.text(max_size=8),
        address=st.sampled_from(["ana@firm.example", "ANA@Firm.Example", "office@firm.example", "no", ""])
        | st.integers(0, 6).map("p{}@x.example".format)
        | st.text(max_size=8),
    ),
    max_size=6,
).map(tuple)


@given(PEOPLE, PEOPLE, PEOPLE, PEOPLE, st.sampled_from([Answering.REPLY, Answering.REPLY_ALL]))
def test_never_an_own_address_among_others_and_nobody_twice(
    from_: tuple[Person, ...],
    reply_to: tuple[Person, ...],
    to_: tuple[Person, ...],
    cc: tuple[Person, ...],
    how: Answering,
) -> None:
    found = begun(how, Answered(from_=from_, reply_to=reply_to, to=to_, cc=cc))
    keys = [Address(who.address) for who in (*found.to, *found.cc)]
    assert len(keys) == len(set(keys))
    assert all(HeaderText(who.name) is not None for who in (*found.to, *found.cc))
    assert found.from_ in OWN
    own = {Address(address) for address in OWN}
    there = (valid(reply_to) or valid(from_)) | valid(to_) | (valid(cc) if how is Answering.REPLY_ALL else set())
    assert not own & set(keys) or there <= own
    assert bool(keys) == bool(there)


def valid(people: tuple[Person, ...]) -> set[str]:
    found: set[str] = set()
    for who in people:
        with suppress(NotAllowed):
            found.add(Address(who.address))
    return found


# ---------------------------------------------------------------- text
def test_a_quote_stands_below_an_empty_line() -> None:
    text = begun(Answering.REPLY, attribution="On Monday, Bo wrote:").text
    assert text == "\n\nOn Monday, Bo wrote:\n> First\n>> older\n>\n> Last\n"
    assert [kind for kind, _ in blocks("Yes.\n" + text)] == ["text", "quote"]


def test_a_forwarded_mail_has_its_head() -> None:
    labels = ForwardLabels(title="Mensaje reenviado", from_="De", date="Fecha", subject="Asunto", to="Para", cc="Cc")
    text = begun(Answering.FORWARD, labels=labels).text
    assert text == (
        "\n\n---------- Mensaje reenviado ----------\n"
        "De: Bo <bo@client.example>\nFecha: Monday\nAsunto: The lease\n"
        "Para: Ana <ana@firm.example>, Cy <cy@client.example>\nCc: Di <di@firm.example>, Eve <eve@other.example>\n\n"
        "First\n> older\n\nLast"
    )
    assert [kind for kind, _ in blocks("See below.\n" + text)] == ["text", "forward"]


def test_nothing_to_quote() -> None:
    assert begun(Answering.REPLY, Answered(from_=(BO,), text=" \n\r\n\x00"), attribution="x:").text == ""


@given(st.text(), st.text(max_size=20))
def test_every_line_of_another_bears_its_mark(text: str, line: str) -> None:
    found = begun(Answering.REPLY, Answered(text=text), attribution=line).text
    assume(found)
    lines = found.split("\n")
    assert lines[:2] == ["", ""]
    assert lines[-1] == ""
    own_line = 0 if not line.strip() or lines[2].startswith(">") else 1
    assert all(one.startswith(">") for one in lines[2 + own_line : -1])
    assert not any(ord(char) < 32 and char not in "\n\t" for char in found)


def test_a_very_long_mail_is_cut_at_a_line() -> None:
    text = begun(Answering.REPLY, Answered(text="0123456789\n" * 30_000)).text
    assert len(text) < MAX_QUOTED * 1.3
    assert text.endswith("> 0123456789\n> […]\n")


def test_an_attribution_takes_what_it_is_given_as_it_is() -> None:
    assert attribution("On {date}, {who} wrote:", date="{who}", who="{date}\n> x") == "On {who}, {date} > x wrote:"
