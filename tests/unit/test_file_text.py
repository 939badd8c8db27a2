"""The text of attached files: what people read in them is found, bombs and nonsense cost no more than their limits."""

import time
import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.mime.file_text import MAX_BYTES, MAX_FILE_TEXT, CannotRead, file_text
from store.model.file_types import HTML, OFFICE, PDF, RTF, TEXT, readable_as
from tests.support.documents import docx, odt, pdf, pptx, xlsx, zipped

KINDS = (PDF, OFFICE, RTF, HTML, TEXT)


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (pdf("The final deed", "second page"), PDF, ["The final deed", "second page"]),
        (docx("The final deed", "Mu&#241;oz"), OFFICE, ["The final deed", "Muñoz"]),
        (xlsx("Turnover", "Tax"), OFFICE, ["Turnover", "Tax"]),
        (pptx(*(f"slide {n}" for n in range(1, 12))), OFFICE, [f"slide {n}" for n in range(1, 12)]),
        (odt("The <t:span xmlns:t='urn:x'>final</t:span> deed"), OFFICE, ["The final deed"]),
        (rb"{\rtf1\ansi{\fonttbl{\f0 Hidden;}}{\*\generator hidden;}The \b final\b0  deed\par caf\'e9 \u8364?}", RTF,
         ["The final deed", "café €"]),
        (b"<p>The final <b>deed</b></p><script>hidden()</script>", HTML, ["The final deed"]),
        ("a;b\n\u00e9;\u00f1".encode("latin-1"), TEXT, ["a;b", "é;ñ"]),
    ],
)  # fmt: skip
def test_what_people_read_in_it_is_told_in_order(data: bytes, kind: str, words: list[str]) -> None:
    text = file_text(data, kind)
    assert [line for line in text.splitlines() if line in words] == words
    assert "hidden" not in text.lower()


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"%PDF-1.4 nonsense", PDF, "damaged"),
        (b"PK nonsense", OFFICE, "damaged"),
        (pdf(""), PDF, "no_text"),
        (zipped({"other.xml": "<a>words</a>"}), OFFICE, "no_text"),
        (b"", TEXT, "no_text"),
        (b"words", "", "not_readable"),
        (bytes(MAX_BYTES + 1), TEXT, "too_large"),
    ],
)
def test_why_there_is_none_is_said(data: bytes, kind: str, code: str) -> None:
    with pytest.raises(CannotRead) as caught:
        file_text(data, kind)
    assert caught.value.code == code


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zipped({"word/document.xml": b"<a>" + bytes(100 << 20)})
    assert len(bomb) < 1 << 20
    began = time.process_time()
    with pytest.raises(CannotRead) as caught:
        file_text(bomb, OFFICE)
    assert caught.value.code == "bomb"
    assert time.process_time() - began < 1


def test_a_member_that_lies_about_its_size_is_read_no_further() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<t>" + b"a" * 10_000_000)
    raw = out.getvalue().replace((10_000_003).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    try:
        assert len(file_text(raw, OFFICE)) <= 100
    except CannotRead as cannot:
        assert cannot.code in {"damaged", "no_text"}  # noqa: PT017 - either is right


def test_entities_are_neither_followed_nor_multiplied() -> None:
    laughs = '<!DOCTYPE a [<!ENTITY x "haha"><!ENTITY y "&x;&x;&x;&x;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    text = file_text(zipped({"word/document.xml": f"{laughs}<w><t>seen &y; &f;</t></w>"}), OFFICE)
    assert "seen" in text
    assert "root" not in text
    assert text.count("ha") <= 8


def test_a_long_one_is_cut() -> None:
    assert len(file_text(docx("word " * 200_000), OFFICE)) <= MAX_FILE_TEXT


@given(
    st.sampled_from(KINDS), st.binary(max_size=2_000), st.sampled_from([b"", b"%PDF-1.7\n", b"{\\rtf1", b"PK\x03\x04"])
)
@settings(deadline=None)
def test_any_bytes_are_text_or_a_reason(kind: str, data: bytes, start: bytes) -> None:
    try:
        text = file_text(start + data, kind)
    except CannotRead as cannot:
        assert cannot.code  # noqa: PT017 - both ends are right
    else:
        text.encode()
        assert 0 < len(text) <= MAX_FILE_TEXT


def test_what_is_read_as_what() -> None:
    assert readable_as("application/pdf", "a") == PDF
    assert readable_as("application/octet-stream", "A.DOCX") == OFFICE
    assert readable_as("image/png", "a.png") is None
    assert readable_as("application/zip", "a.zip") is None
