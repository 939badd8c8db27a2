"""Which attachments save themselves: who is trusted, what is a document, what is a mail's looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.copy import Part
from store.model.evidence import Kind, Verified
from store.rules.saving import Trust, sort_of, trust, worth_saving

ALL = {"office", "pdf", "images", "text", "other"}


def part(name: str, type_: str, *, size: int = 300_000, inline: bool = False, sha256: str = "a") -> Part:
    return Part(n=1, name=name, type=type_, size=size, sha256=sha256, inline=inline)


@pytest.mark.parametrize(
    ("verified", "answers_ours", "wanted"),
    [
        (Verified.PASS, False, Trust.SAVE),
        (Verified.PASS, True, Trust.SAVE),
        (Verified.UNKNOWN, True, Trust.SAVE),
        (Verified.UNKNOWN, False, Trust.WAIT),
        (Verified.FAIL, False, Trust.WAIT),
        (Verified.FAIL, True, Trust.WAIT),
    ],
)
def test_only_who_is_vouched_for_saves_itself(verified: Verified, answers_ours: bool, wanted: Trust) -> None:  # noqa: FBT001
    assert trust(verified=verified, kind=Kind.PERSONAL, from_member=False, answers_ours=answers_ours) is wanted


@given(st.sampled_from(Verified), st.sampled_from(Kind), st.booleans())
def test_our_own_mail_and_bounces_are_left(verified: Verified, kind: Kind, answers_ours: bool) -> None:  # noqa: FBT001
    assert trust(verified=verified, kind=kind, from_member=True, answers_ours=answers_ours) is Trust.LEAVE
    if kind in {Kind.BOUNCE, Kind.CALENDAR_ANSWER}:
        assert trust(verified=verified, kind=kind, from_member=False, answers_ours=answers_ours) is Trust.LEAVE


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
