"""Which attachments save themselves: who is trusted, what is a document, what is a mail's looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.copy import Part
from store.model.evidence import Evidence, Kind, Role, Verified
from store.model.filing import AddressLinks, Seen
from store.model.ids import ClientKey, EmailKey, MailboxKey
from store.rules.facts import Facts
from store.rules.saving import Trust, sort_of, trust, worth_saving
from store.rules.vouching import vouched

ADA, BYRON = "ada@byron.example", ClientKey(7)

ALL = {"office", "pdf", "images", "text", "other"}


def part(name: str, type_: str, *, size: int = 300_000, inline: bool = False, sha256: str = "a") -> Part:
    return Part(n=1, name=name, type=type_, size=size, sha256=sha256, inline=inline)


def told(*verdicts: Verified, sender: str = ADA) -> Facts:
    """A mail to us with a client's contact in Cc, of which each copy says this of its sender."""
    people = ((Role.FROM, sender), (Role.TO, "olga@firm.example"), (Role.CC, ADA))
    seen = (Evidence(addresses=people, names=(), kind=Kind.PERSONAL, verified=verified) for verified in verdicts)
    copies = tuple(Seen(mailbox=MailboxKey(n), members=(), evidence=one) for n, one in enumerate(seen, 1))
    return Facts(email=EmailKey(1), copies=copies, addresses=(AddressLinks(address=ADA, clients=(BYRON,)),))


@pytest.mark.parametrize(
    ("verdicts", "answers_ours", "wanted"),
    [
        ((Verified.PASS,), False, True),
        ((Verified.PASS, Verified.PASS), True, True),
        ((Verified.UNKNOWN,), True, True),
        ((Verified.UNKNOWN,), False, False),
        ((Verified.PASS, Verified.UNKNOWN), False, False),
        ((Verified.FAIL,), False, False),
        ((Verified.PASS, Verified.FAIL), True, False),
        ((), True, False),
    ],
)
def test_only_who_is_vouched_for_acts(verdicts: tuple[Verified, ...], answers_ours: bool, wanted: bool) -> None:  # noqa: FBT001
    for client in (BYRON, None):
        assert vouched(told(*verdicts), client, answers_ours=answers_ours) is wanted


def test_a_client_who_is_only_in_copy_has_not_written() -> None:
    facts = told(Verified.PASS, sender="stranger@elsewhere.example")
    assert not vouched(facts, BYRON)
    assert vouched(facts, None)  # filed by a person, a rule, its thread


@given(st.sampled_from(Kind), st.booleans())
def test_our_own_mail_and_bounces_are_left(kind: Kind, vouched: bool) -> None:  # noqa: FBT001
    assert trust(vouched=vouched, kind=kind, from_member=True) is Trust.LEAVE
    if kind in {Kind.BOUNCE, Kind.CALENDAR_ANSWER}:
        assert trust(vouched=vouched, kind=kind, from_member=False) is Trust.LEAVE
    elif not vouched:
        assert trust(vouched=vouched, kind=kind, from_member=False) is Trust.WAIT


@pytest.mark.parametrize(
    ("name", "type_", "sort"),
    [
        ("a.pdf", "application/octet-stream", "pdf"),
        ("a", "application/pdf", "pdf"),
        ("a.DOCX", "application/zip", "office"),
        ("a.ods", "application/vnd.oasis.opendocument.spreadsheet", "office"),
        ("a.jpg", "image/jpeg", "images"),
        ("a.svg", "image/svg+xml", "other"),
        ("a.csv", "text/csv", "text"),
        ("a.exe", "application/x-msdownload", "other"),
        ("a.pdf", "application/x-msdownload", "other"),
        ("a.docx", "application/x-executable", "other"),
        ("a.docx", "text/html", "text"),
        ("a.pdf", "image/svg+xml", "other"),
    ],
)
def test_sorts(name: str, type_: str, sort: str) -> None:
    assert sort_of(part(name, type_)) == sort
    assert worth_saving(part(name, type_), types={sort}, elsewhere=())
    assert not worth_saving(part(name, type_), types=ALL - {sort}, elsewhere=())


def test_pictures_that_belong_to_the_looks_are_left() -> None:
    photo = part("photo.jpg", "image/jpeg")
    assert worth_saving(photo, types=ALL, elsewhere={"a"})  # large: sent twice, not a logo
    assert not worth_saving(part("x.jpg", "image/jpeg", inline=True), types=ALL, elsewhere=())
    assert not worth_saving(part("x.gif", "image/gif", size=43), types=ALL, elsewhere=())
    logo = part("logo.png", "image/png", size=30_000)
    assert worth_saving(logo, types=ALL, elsewhere={"b"})
    assert not worth_saving(logo, types=ALL, elsewhere={"a"})
    assert worth_saving(part("a.pdf", "application/pdf", size=500, inline=True), types=ALL, elsewhere={"a"})
    assert not worth_saving(part("a.pdf", "application/pdf", size=0), types=ALL, elsewhere=())
