"""Bodies and attachments: what is read, what is attached, and that nothing is lost."""

import binascii
from base64 import encodebytes
from email.message import EmailMessage
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.mime.charsets import decode
from store.mime.detect import detect
from store.mime.params import read_field
from store.mime.read import read_copy
from store.mime.transfer import undo
from store.model.copy import Body

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def body(raw: bytes | EmailMessage) -> Body:
    copy = read_copy(bytes(raw), uid=1, whole=True)
    assert copy.body is not None
    return copy.body


def multipart(*parts: str, kind: str = "mixed", boundary: str = "XX", after: str = "") -> bytes:
    lines = [f'Content-Type: multipart/{kind}; boundary="{boundary}"', "", "preamble"]
    for part in parts:
        lines += [f"--{boundary}", part]
    return "\r\n".join([*lines, f"--{boundary}--{after}", "epilogue", ""]).encode()


def attached(read: Body) -> list[tuple[str, str]]:
    return [(part.name, part.type) for part in read.parts]


PLAIN = "Content-Type: text/plain; charset=utf-8\r\n\r\nthe text"
HTML = "Content-Type: text/html\r\n\r\n<p>the <b>html</b></p>"
PDF = 'Content-Type: application/pdf; name="deed.pdf"\r\n\r\n%PDF-1.7'


def test_plain_text_is_preferred_and_html_read_where_there_is_no_other() -> None:
    assert body(multipart(PLAIN, HTML, kind="alternative")).text == "the text"
    only = body(multipart(HTML, kind="alternative"))
    assert (only.text, only.html, only.parts) == ("the html", True, ())
    blank = body(multipart("Content-Type: text/plain\r\n\r\n \r\n", HTML, kind="alternative"))
    assert (blank.text, blank.html) == ("the html", True)


def test_texts_of_a_mixed_body_stand_one_below_the_other() -> None:
    footer = "Content-Type: text/plain\r\n\r\n_____\r\nthe list"
    read = body(multipart(PLAIN, PDF, footer))
    assert read.text == "the text\n\n_____\nthe list"
    assert attached(read) == [("deed.pdf", "application/pdf")]


def test_everything_that_is_not_read_is_attached() -> None:
    note = 'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="note.txt"\r\n\r\nnote'
    named = 'Content-Type: text/plain; name="log.txt"\r\n\r\nlog'
    invite = "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR"
    strange = "Content-Type: /what;;;\r\n\r\nstill text"
    read = body(multipart(PLAIN, note, named, invite, PDF, strange))
    assert attached(read) == [
        ("note.txt", "text/plain"), ("log.txt", "text/plain"), ("", "text/calendar"), ("deed.pdf", "application/pdf"),
    ]  # fmt: skip
    assert read.text == "the text\n\nstill text"
    assert read.calendar
    assert [part.n for part in read.parts] == [1, 2, 3, 4]


def test_a_message_inside_is_attached_by_its_subject() -> None:
    inner = "From: a@b.example\r\nSubject: =?utf-8?q?Se=C3=B1or?=\r\n" + PDF.replace("\r\n\r\n", "\r\nX: y\r\n\r\n")
    read = body(multipart(PLAIN, f"Content-Type: message/rfc822\r\n\r\n{inner}"))
    assert attached(read) == [("Señor.eml", "message/rfc822")]
    assert read.parts[0].sha256 == sha256(inner.encode()).hexdigest()
    digest = body(multipart(f"\r\n{inner}", f"\r\n{inner}", kind="digest"))
    assert attached(digest) == [("Señor.eml", "message/rfc822")] * 2


def test_pictures_of_the_text_are_inline_and_documents_are_not() -> None:
    def picture(*lines: str) -> str:
        data = encodebytes(PNG).decode()
        return "\r\n".join(["Content-Type: image/png", *lines, "Content-Transfer-Encoding: base64", "", data])

    logo = picture("Content-ID: <logo>")
    photo = picture('Content-Disposition: inline; filename="photo.png"')
    scan = picture('Content-Disposition: attachment; filename="scan.png"', "Content-ID: <scan>")
    read = body(multipart(PLAIN, logo, photo, scan))
    assert [part.inline for part in read.parts] == [True, False, False]
    related = body(multipart(HTML, scan, kind="related"))
    assert [part.inline for part in related.parts] == [True]


@pytest.mark.parametrize(
    "raw",
    [
        multipart(PLAIN, PDF).replace(b"--XX--", b""),  # never closed
        multipart(PLAIN, PDF).replace(b'boundary="XX"', b'boundary="XX "'),
        multipart(PLAIN, PDF).replace(b"mixed; ", b"mixed\r\n "),  # no semicolon
        multipart(PLAIN, PDF).replace(b"\r\n", b"\n"),
        multipart(PLAIN, PDF, boundary="X'()+_,-./:=? X"),
        multipart(PLAIN, PDF, boundary="XX ", after=" and more"),
        multipart(PLAIN, PDF).replace(b"--XX\r\n", b"--XX  \t\r\n"),
        b"From ada Tue Nov 24 09:30:00 2026\n" + multipart(PLAIN, PDF),
    ],
)
def test_broken_frames_lose_nothing(raw: bytes) -> None:
    read = body(raw)
    assert read.text.startswith("the text")
    assert attached(read) == [("deed.pdf", "application/pdf")]


def test_boundaries_that_begin_alike_are_told_apart() -> None:
    inner = multipart(PLAIN, PDF, boundary="XXa").decode()
    read = body(multipart(inner, PDF))
    assert read.text == "the text"
    assert len(read.parts) == 2


def test_a_multipart_without_its_boundary_is_text() -> None:
    assert body(b"Content-Type: multipart/mixed; boundary=never\r\n\r\nall there is").text == "all there is"
    assert body(b"Content-Type: multipart/mixed\r\n\r\nall there is").text == "all there is"


def test_an_encoded_multipart_is_opened() -> None:
    inside = multipart(PLAIN, PDF).partition(b"\r\n\r\n")[2]
    raw = b"Content-Type: multipart/mixed; boundary=XX\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encodebytes(
        inside
    )
    assert attached(body(raw)) == [("deed.pdf", "application/pdf")]


def test_parts_and_depth_are_bounded_and_said() -> None:
    many = body(multipart(PLAIN, *([PDF] * 1500)))
    assert len(many.parts) == 999
    assert many.cut == ("parts",)
    deep = PLAIN
    for level in range(80):
        deep = multipart(deep, boundary=f"b{level:03}").decode()
    read = body(deep.encode())
    assert read.cut == ("depth",)
    assert "the text" in read.text


def test_one_bad_byte_of_base64_costs_itself_only() -> None:
    data = encodebytes(PNG * 100)
    broken = data[:4000] + b"\xff!" + data[4000:]
    head = b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n"
    read = body(head + broken)
    assert read.parts[0].sha256 == sha256(PNG * 100).hexdigest()
    assert read.cut == ("undecodable",)


def test_an_attachment_in_uuencode() -> None:
    lines = [binascii.b2a_uu(PNG[at : at + 45]) for at in range(0, len(PNG), 45)]
    data = b"begin 644 logo.png\n" + b"".join(lines) + b"`\nend\n"
    read = body(b"Content-Type: image/png; name=logo.png\nContent-Transfer-Encoding: x-uuencode\n\n" + data)
    assert [(part.size, part.sha256) for part in read.parts] == [(len(PNG), sha256(PNG).hexdigest())]


@given(st.binary(max_size=4000), st.integers(500, 3000).map(lambda third: third * 3))
def test_the_quick_decoder_of_base64_gives_what_the_tolerant_one_gives(tail: bytes, length: int) -> None:
    """Also for bytes that are nearly base64: the longer way is taken by cutting below the quick one's length."""
    text = encodebytes(b"x" * length) + tail
    quick = undo(text, b"base64")
    slow = b"".join(text.partition(b"=")[0].translate(None, bytes(set(range(256)) - set(_DIGITS))).splitlines())
    slow = slow[: len(slow) - (len(slow) % 4 == 1)]
    assert quick.data == binascii.a2b_base64(slow + b"=" * (-len(slow) % 4))


_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@given(st.binary(max_size=6000))
def test_transfer_encodings_come_back(data: bytes) -> None:
    assert undo(encodebytes(data), b"base64") == (data, True)
    assert undo(binascii.b2a_qp(data, istext=False), b"quoted-printable").data == data


@given(st.binary(max_size=300), st.sampled_from([b"base64", b"quoted-printable", b"x-uuencode", b"8bit", b"what"]))
def test_no_bytes_are_too_broken(data: bytes, encoding: bytes) -> None:
    assert len(undo(data, encoding).data) <= max(len(data), 1) * 2


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        ("señor".encode(), "us-ascii", "señor"),
        ("señor".encode("latin-1"), "us-ascii", "señor"),
        ("señor".encode("latin-1"), "iso-8859-1", "señor"),
        ("“señor” €".encode("cp1252"), "iso-8859-1", "“señor” €"),
        ("señor".encode("latin-1"), "utf-8", "señor"),
        ("señor".encode(), "x-unknown", "señor"),
        ("señor".encode(), '"UTF-8"', "señor"),
        ("契約".encode("shift_jis"), "Shift_JIS", "契約"),
        ("契約".encode("iso-2022-jp"), "iso-2022-jp", "契約"),
        ("合同".encode("gb18030"), "gb2312", "合同"),
        ("계약".encode("euc-kr"), "ks_c_5601-1987", "계약"),
        (b"plain", "unicode", "plain"),
        (b"plain", "unicode_escape", "plain"),
        (b"plain", "hex", "plain"),
        (b"plain", "../../etc/passwd", "plain"),
    ],
)
def test_charsets_as_they_are_labelled(data: bytes, label: str, text: str) -> None:
    assert decode(data, label).text == text


@given(
    st.binary(max_size=200),
    st.one_of(st.sampled_from(["utf-7", "utf-16", "hz", "idna", "cp1252"]), st.text(max_size=20)),
)
def test_any_label_gives_text_without_lone_surrogates(data: bytes, label: str) -> None:
    decode(data, label).text.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "kind", "parameters"),
    [
        (b'text/plain; charset="utf-8"', "text/plain", {"charset": "utf-8"}),
        (b"TEXT / Plain (comment); Charset = utf-8 (really)", "text/plain", {"charset": "utf-8"}),
        (b"a/b; name=deed (final) v2.pdf", "a/b", {"name": "deed (final) v2.pdf"}),
        (rb'a/b; name="C:\deeds\"old\".pdf"', "a/b", {"name": r'C:\deeds"old".pdf'}),
        (b"a/b; name*=utf-8''se%C3%B1or.pdf", "a/b", {"name": "señor.pdf"}),
        (b"a/b; name*0*=utf-8''se%C3; name*1*=%B1or; name*2=.pdf", "a/b", {"name": "señor.pdf"}),
        (b"a/b; name*1=b; name*0=a; name=plain", "a/b", {"name": "ab"}),
        (b"a/b; name==?utf-8?q?se=C3=B1or?=.pdf", "a/b", {"name": "señor.pdf"}),
        (b'attachment; filename="=?utf-8?Q?deed=2EP?=\r\n =?utf-8?Q?DF?="', "attachment", {"filename": "deed.PDF"}),
        ('a/b; name="señor.pdf"'.encode("latin-1"), "a/b", {"name": "señor.pdf"}),
        (b'a/b; name="never closed; x=y', "a/b", {"name": "never closed", "x": "y"}),
        (b'a/b; name="two\\\r\n lines\x1b"', "a/b", {"name": "two\\ lines\ufffd"}),
        (b";;;=;", "", {}),
    ],
)  # fmt: skip
def test_structured_fields(value: bytes, kind: str, parameters: dict[str, str]) -> None:
    assert read_field(value) == (kind, parameters)


@given(st.binary(max_size=200))
def test_structured_fields_of_any_bytes_are_one_line(value: bytes) -> None:
    kind, parameters = read_field(value)
    for text in (kind, *parameters.values()):
        assert not set(text) & set("\r\n\0\x1b")


@pytest.mark.parametrize(
    ("data", "declared", "name", "kind"),
    [
        (b"%PDF-1.7", "application/octet-stream", "x", "application/pdf"),
        (b"%PDF-1.7", "image/png", "x.png", "application/pdf"),
        (b"MZ\x90", "image/png", "photo.png", "application/x-msdownload"),
        (b"what", "image/png", "photo.png", "application/octet-stream"),
        (b"what", "application/pdf", "deed.pdf", "application/octet-stream"),
        (b"PK\x03\x04", "application/octet-stream", "deed.DOCX", detect.__globals__["_BY_NAME"]["docx"]),
        (b"PK\x03\x04", "application/zip", "deed.exe", "application/zip"),
        (b"PK\x03\x04", "image/png", "deed.png", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/octet-stream", "a.doc", "application/msword"),
        (b"<html><script>", "image/jpeg", "photo.jpg", "text/html"),
        (b"<?xml version='1.0'?><svg onload=x>", "application/octet-stream", "a.txt", "image/svg+xml"),
        (b"a,b\n1,2", "application/octet-stream", "a.csv", "text/csv"),
        (b"a,b\n1,2", "text/csv", "a.csv", "text/csv"),
        (b"\x00\x01", "", "", "application/octet-stream"),
        (b"#!/bin/sh", "text/plain", "x.txt", "text/plain"),
        (b"#!/bin/sh", "application/octet-stream", "x", "text/x-script"),
    ],
)
def test_types_by_what_a_file_is(data: bytes, declared: str, name: str, kind: str) -> None:
    assert detect(data, declared=declared, name=name) == kind


NAME = st.text(alphabet="abé 契.-_'()%", min_size=1, max_size=20).map(str.strip).filter(bool)


@given(st.lists(st.tuples(NAME, st.binary(min_size=1, max_size=300)), min_size=1, max_size=4), st.text(max_size=100))
def test_attachments_of_well_made_mail_come_back(files: list[tuple[str, bytes]], text: str) -> None:
    message = EmailMessage()
    message.set_content("".join(char for char in text if char.isprintable()))
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="x-own", filename=name)
    read = body(message)
    assert [(part.name, part.size, part.sha256) for part in read.parts] == [
        (name, len(data), sha256(data).hexdigest()) for name, data in files
    ]
    assert read.text.rstrip("\n") == "".join(char for char in text if char.isprintable()).rstrip("\n")
