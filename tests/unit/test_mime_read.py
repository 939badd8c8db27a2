"""A copy's bytes as records: for any bytes, within bounds, and at a cost in proportion to their length (Z15)."""

import random
import time
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.mime.compress import decompress
from store.mime.read import read_copy
from store.model.copy import Copy

LETTER = """\
Return-Path: <ada@a.example>
Received: from a by b; Tue, 24 Nov 2026 09:30:00 +0100
From: =?utf-8?q?Mu=C3=B1oz?= <ada@a.example>
To: Board: bob@b.example, "E, V" <eve@e.example>;
Subject: =?utf-8?b?w7E=?= deed
Date: Tue, 24 Nov 2026 09:30:00 +0100
Message-ID: <1@a.example>
References: <0@a.example>
 <2@a.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

se=C3=B1or=
 more
--inner
Content-Type: text/html; charset=utf-8

<p style='display:none'>x</p><a href='https://a.example'>y</a>
--inner--
--outer
Content-Type: application/pdf
Content-Transfer-Encoding: base64
Content-Disposition: attachment;
 filename*0*=utf-8''se%C3; filename*1*=%B1or.pdf

JVBERi0xLjc=
--outer
Content-Type: message/rfc822

Subject: inside

text
--outer--
""".replace("\n", "\r\n").encode()
ANSWER = b"From: root\nSubject: plain\n\nOn Tue, Bob <b@b.example> wrote:\n> old\n\nnew\n-- \nme\n"


def read(raw: bytes) -> Copy:
    copy = read_copy(raw, uid=7, whole=True)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(copy), type=Copy) == copy
    return copy


@given(st.binary(max_size=600))
@example(b"")
@example(b"\0")
@example(b'Content-Type: multipart/mixed; boundary=""\n\n--\n--\n')
@example(b"Content-Type: text/html; charset=utf-7\n\n+2AA-")
def test_any_bytes_give_a_copy(raw: bytes) -> None:
    copy = read(raw)
    assert copy.uid == 7
    assert copy.body is not None
    assert len(copy.identity) == len(copy.content_hash) == 16
    assert decompress(copy.header_block, limit=1000) + decompress(copy.raw_body, limit=1000) == raw
    alone = read_copy(raw, uid=7, whole=False)
    assert alone.body is None


@given(st.sampled_from([LETTER, ANSWER]), st.randoms(use_true_random=False), st.integers(1, 30))
def test_mutated_mail_gives_a_copy(raw: bytes, chance: random.Random, times: int) -> None:
    data = bytearray(raw)
    for _ in range(times):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randrange(40)]
            case 2:
                data[at:at] = data[at : at + chance.randrange(60)]
            case _:
                data[at:at] = chance.choice(
                    [b"\r\n", b"\n\n", b"--outer", b"=?", b'"', b"(", b"<", b"\0", b"\xff", b"="]
                )
        data = data or bytearray(b"x")
    read(bytes(data))


def test_all_that_is_kept_of_one_mail() -> None:
    copy = read(LETTER)
    assert copy.body is not None
    assert copy.body.text == "señor more"
    assert [(part.n, part.name, part.type) for part in copy.body.parts] == [
        (1, "señor.pdf", "application/pdf"),
        (2, "inside.eml", "message/rfc822"),
    ]
    assert copy.snippet == "señor more"
    assert copy.index_text == "señor.pdf\ninside.eml\nseñor more"
    assert copy.size == len(LETTER)
    assert read_copy(LETTER[:100], uid=1, whole=False, size=5000).size == 5000


def test_a_reader_that_fails_costs_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("store.mime.read.walk", broken)
    copy = read(ANSWER)
    assert copy.headers.subject == "plain"
    assert copy.body is not None
    assert copy.body.cut == ("undecodable",)
    assert copy.body.text.startswith("On Tue")
    assert copy.identity == read_copy(ANSWER, uid=1, whole=False).identity
    monkeypatch.setattr("store.mime.read.read_headers", broken)
    copy = read(ANSWER)
    assert copy.headers.cut == ("undecodable",)
    assert copy.body is not None
    assert copy.body.text.startswith("From: root")


def test_texts_are_bounded() -> None:
    copy = read(b"Subject: x\n\n" + "ñandú ".encode() * 400_000)
    assert copy.body is not None
    assert (len(copy.body.text), copy.body.cut) == (1_000_000, ("text_size",))
    assert len(copy.index_text.encode()) <= 256 * 1024
    assert len(copy.snippet) <= 160


def html(text: str) -> bytes:
    return b"Content-Type: text/html\r\n\r\n" + text.encode()


def parts(count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * count + b"--b--"


def nested(count: int) -> bytes:
    heads = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(count))
    return heads + b"\r\ntext"


def messages(count: int) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" * count + b"text"


GROWING: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "other header fields": (20_000, lambda n: b"X-Junk: something\r\n" * n + b"\r\n"),
    "read header fields": (4000, lambda n: b"To: a@b.example\r\n" * n + b"\r\n"),
    "folds": (30_000, lambda n: b"Subject: x" + b"\r\n y" * n + b"\r\n\r\n"),
    "references": (5000, lambda n: b"References:" + b" <a@b.example>" * n + b"\r\n\r\n"),
    "open angles": (30_000, lambda n: b"References:" + b"<" * n + b"\r\nTo:" + b"<" * n + b"\r\n\r\n"),
    "open quotes": (15_000, lambda n: b'To: a@b.example, "' + b'\\"' * n + b"\r\n\r\n"),
    "open comments": (30_000, lambda n: b"To: a@b.example, " + b"(" * n + b"\r\nDate: " + b"(" * n + b"\r\n\r\n"),
    "commas": (30_000, lambda n: b"To: " + b"," * n + b"\r\n\r\n"),
    "words of a name": (15_000, lambda n: b"From: " + b"a " * n + b"<a@b.example>\r\n\r\n"),
    "blanks": (60_000, lambda n: b"Subject: x" + b" " * n + b"y\r\nFrom: a" + b" " * n + b"<a@b.example>\r\n\r\n"),
    "encoded words": (3000, lambda n: b"Subject: " + b"=?utf-8?q?=C3=B1?= " * n + b"\r\n\r\n"),
    "open encoded words": (15_000, lambda n: b"Subject: " + b"=?utf-8?q?x " * n + b"\r\n\r\n"),
    "parameters": (8000, lambda n: b"Content-Type: a/b" + b"; name*1*=x" * n + b"\r\n\r\n"),
    "open parameters": (15_000, lambda n: b"Content-Type: a/b" + b';n="\\"' * n + b"\r\n\r\n"),
    "parts": (10_000, parts),
    "nested parts": (3000, nested),
    "nested messages": (20_000, messages),
    "boundaries that are none": (40_000, lambda n: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n--bb" * n),
    "base64": (200_000, lambda n: b"Content-Transfer-Encoding: base64\n\n" + b"QUJD\n" * n),
    "broken base64": (200_000, lambda n: b"Content-Transfer-Encoding: base64\n\n" + b"QU!D\n" * n),
    "quoted-printable": (200_000, lambda n: b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=C3=" * n),
    "lines of blanks": (2000, lambda n: b"\n" + (b" " * 100 + b"\n") * n),
    "empty lines": (100_000, lambda n: b"\n" + b"\n" * n),
    "quotes": (30_000, lambda n: b"\n" + b"> a\n\nb\n" * n),
    "attributions": (20_000, lambda n: b"\n" + b"On Tue, Bob wrote:\n\n" * n),
    "html": (10_000, lambda n: html("<p>word <b>word</b></p>" * n)),
    "deep tables": (10_000, lambda n: html("<table><tr><td>x" * n)),
    "wide tables": (10_000, lambda n: html("<table><tr>" + "<td>a<br>b" * n)),
    "open tags": (20_000, lambda n: html("<p><b id=%d>" * n)),
    "open formatting": (10_000, lambda n: html("".join(f"<b id={i}>" for i in range(n)) + "<p>x" * n)),
    "deep quotes": (15_000, lambda n: html("<blockquote>x" * n)),
    "closing tags": (100_000, lambda n: html("<div>" + "</p></table>" * n)),
    "angles": (200_000, lambda n: html("<" * n)),
    "comments": (100_000, lambda n: html("<!--" * n)),
    "attributes": (40_000, lambda n: html("<p " + "".join(f"a{i}=1 " for i in range(n)) + ">")),
    "styles": (5_000, lambda n: html("".join(f"<i style='font-size:{i}px'>x" for i in range(n)))),
    "sheets": (10_000, lambda n: html("<style>" + ".a{display:none}" * n + "</style>" + "<i class=a>x</i>" * n)),
    "braces": (50_000, lambda n: html("<style>" + "{" * n + "</style>")),
    "links": (10_000, lambda n: html("<a href=x:y>z</a>" * n)),
    "entities": (50_000, lambda n: html("&zwnj;&nbsp;" * n)),
}


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_input_costs_at_most_two_and_a_half_times(name: str) -> None:
    size, make = GROWING[name]
    small, large = make(size), make(size * 2)
    ratio = 0.0
    for again in range(4):
        ratio = cost(large) / cost(small)
        if ratio <= 2.5:
            return
        size *= 2 if again == 1 else 1
        small, large = make(size), make(size * 2)
    pytest.fail(f"{ratio:.1f} times")


def cost(raw: bytes) -> float:
    """Seconds of processor time, the least of a few, with the fixed cost of any mail added to both sides."""
    least = 1e9
    for _ in range(3):
        start = time.process_time()
        read_copy(raw, uid=1, whole=True)
        least = min(least, time.process_time() - start)
    assert least < 3
    return least + 200e-6


def test_a_mail_of_many_megabytes_is_read_in_seconds() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: application/pdf\r\n"
    raw += b"Content-Transfer-Encoding: base64\r\n\r\n" + (b"QUJD" * 19 + b"\r\n") * 320_000 + b"--b--"
    start = time.process_time()
    copy = read_copy(raw, uid=1, whole=True)
    assert time.process_time() - start < 5
    assert copy.body is not None
    assert copy.body.parts[0].size == 320_000 * 57
