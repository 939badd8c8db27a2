"""Header fields as records: what is written in them, however badly, and nothing that isn't."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.mime.addresses import persons
from store.mime.block import read_block
from store.mime.dates import moment
from store.mime.fields import HEADER_FIELDS
from store.mime.headers import WANTED, read_headers
from store.mime.ids import message_id, named_ids
from store.mime.words import header_text, one_line, unfold
from store.model.address import Address, HeaderText, MessageId
from store.model.copy import Headers


def headers(*lines: str | bytes) -> Headers:
    raw = b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\r\n\r\nbody"
    return read_headers(read_block(raw, wanted=WANTED))


def people(text: str) -> list[tuple[str, str]]:
    return [(who.name, who.address) for who in persons(text)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"Lease of the mill", "Lease of the mill"),
        (b" =?utf-8?q?Se=C3=B1or?= =?utf-8?B?IE11w7Fveg==?= - deed", "Señor Muñoz - deed"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=B1?=", "ñ"),  # split inside a character
        (b"=?iso-8859-1?q?=F1?= =?utf-8?q?=C3=B1?=", "ññ"),
        (b"=?iso-2022-jp?B?GyRCJCIbKEI=?=", "あ"),
        (b"=?x-unheard-of?q?plain=20words?=", "plain words"),
        (b"=?utf-8?x?what?= =?broken", "=?utf-8?x?what?= =?broken"),
        ("Contrato señor".encode(), "Contrato señor"),
        ("Contrato señor".encode("latin-1"), "Contrato señor"),
        (b"folded\r\n  once\r\n\tand again", "folded once and again"),
        (b"=?utf-8?q?hi=0D=0ABcc:_x@evil.example?=", "hi  Bcc: x@evil.example"),
        (b"=?utf-8?q?esc=1B[31m_nul=00?=", "esc\ufffd[31m nul\ufffd"),
        (b"=?utf-7?q?+2AA-?=", "\ufffd"),  # a lone surrogate
        (b"=?unicode_escape?q?=5Cu0041?=", "\\u0041"),  # no charset, but a codec of Python
    ],
)
def test_text_of_a_field(value: bytes, text: str) -> None:
    assert header_text(value, limit=1000) == text


@given(st.binary(max_size=200))
def test_text_of_any_bytes_may_stand_in_a_header(value: bytes) -> None:
    text = header_text(value, limit=150)
    assert HeaderText(text) == text
    assert len(text) <= 150


@given(st.text(max_size=100).map(lambda text: " ".join(one_line(text).split())))
def test_any_text_survives_encoded_words(text: str) -> None:
    words = []
    for at in range(0, len(text), 7):
        quoted = "".join(f"={byte:02X}" for byte in text[at : at + 7].encode())
        words.append(f"=?utf-8?Q?{quoted}?=")
    assert header_text("\r\n ".join(words).encode(), limit=1000) == text.strip()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ada@client.example", [("", "ada@client.example")]),
        ("Ada Byron <ada@client.example>", [("Ada Byron", "ada@client.example")]),
        ('"Byron, Ada" <ada@a.example>, bob@b.example', [("Byron, Ada", "ada@a.example"), ("", "bob@b.example")]),
        (r'"Ada \"the\" Byron" <ada@a.example>', [('Ada "the" Byron', "ada@a.example")]),
        ("ada@a.example (Ada Byron (the one))", [("Ada Byron (the one)", "ada@a.example")]),
        ("Board: ada@a.example, Bob <bob@b.example>; eve@e.example",
         [("", "ada@a.example"), ("Bob", "bob@b.example"), ("", "eve@e.example")]),
        ("Undisclosed recipients:;", []),
        ("Ada <@relay.example,@other.example:ada@a.example>", [("Ada", "ada@a.example")]),
        ("ada @ a . example", [("", "ada@a.example")]),
        ('"ada byron"@a.example', [("", '"ada byron"@a.example')]),
        ("Ada ada@a.example", [("Ada", "ada@a.example")]),
        ("Ada <ada@a.example", [("Ada", "ada@a.example")]),
        ('"Ada <ada@a.example>, Bob <bob@b.example>', [("Ada", "ada@a.example"), ("Bob", "bob@b.example")]),
        ("Ada (never closed <ada@a.example>", [("Ada never closed", "ada@a.example")]),
        ("a <a@a.example> b <b@b.example>", [("a", "a@a.example"), ("b", "b@b.example")]),
        ("ada@a.example; bob@b.example,,", [("", "ada@a.example"), ("", "bob@b.example")]),
        ("=?utf-8?q?Mu=C3=B1oz=2C_J?= <j@m.example>", [("Muñoz, J", "j@m.example")]),
        ("=?utf-8?q?x=40evil.example?= <j@m.example>", [("x@evil.example", "j@m.example")]),
        ("root, MAILER-DAEMON, <>, <no one>, a@b@c", []),
    ],
)  # fmt: skip
def test_people_of_a_list(text: str, found: list[tuple[str, str]]) -> None:
    assert people(text) == found


@given(st.text(alphabet='ab@. ,:;<>()"\\\t=?é', max_size=120))
def test_a_broken_list_gives_addresses_and_one_line_names_only(text: str) -> None:
    for who in persons(text):
        assert Address(who.address)
        assert HeaderText(who.name) == who.name


@given(
    st.lists(
        st.tuples(
            st.text(alphabet='ab ,;:<>()@.é"\\', max_size=20).map(lambda name: " ".join(name.split())),
            st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,8})?@[a-z0-9]{1,8}\.example", fullmatch=True),
        ),
        max_size=6,
    )
)
def test_people_come_back_as_written(wanted: list[tuple[str, str]]) -> None:
    written = []
    for name, address in wanted:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        written.append(f'"{quoted}" <{address}>')
    assert people(", ".join(written)) == wanted


@pytest.mark.parametrize(
    ("text", "seconds", "offset"),
    [
        ("Tue, 24 Nov 2026 09:30:00 +0100", 1795509000, 60),
        ("Tue, 24 Nov 2026 08:30:00 GMT", 1795509000, 0),
        ("24 Nov 26 08:30 UT", 1795509000, 0),
        ("Tue, 24 Nov 2026 03:30:00 EST (a comment (nested))", 1795509000, -300),
        ("Tue, 24 Nov 2026 14:00:00 +05:30", 1795509000, 330),
        ("Tue, 24 Nov 2026 09:30:00 GMT+0100", 1795509000, 60),
        ("Tue Nov 24 09:30:00 2026 +0100", 1795509000, 60),
        ("Tue Nov 24 08:30:00 2026", 1795509000, 0),
        ("Nov 24, 2026 8:30:00 AM", 1795509000, 0),
        ("2026-11-24T08:30:00Z", 1795509000, 0),
        ("mar, 24 noviembre 2026 09:30:00 +0100", 1795509000, 60),
        ("Tue, 24 Nov 2026 08:30:00 +9999", 1795509000, 0),  # a zone that cannot be
        ("Tue, 24 Nov 2026 08:30:00 XYZ", 1795509000, 0),
        ("Thu, 1 Jan 1970 00:00:00 +0000", 0, 0),
        ("Wed, 31 Dec 1969 23:59:59 +0000", -1, 0),
        ("Thu, 29 Feb 2024 12:00:00 +0000", 1709208000, 0),
        ("Sat, 31 Dec 2016 23:59:60 +0000", 1483228800, 0),
    ],
)
def test_moments(text: str, seconds: int, offset: int) -> None:
    assert moment(text) == (seconds, offset)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "Tue, 31 Feb 2026 09:30:00 +0100", "24 Zzz 2026 09:30:00", "1 Jan 2026 25:00:00", "9" * 500],
)
def test_no_moment(text: str) -> None:
    assert moment(text) is None


@given(st.datetimes(min_value=datetime(1950, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - the strategy wants a naive one
def test_moments_agree_with_the_standard_library(when: datetime, minutes: int) -> None:
    aware = when.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert moment(format_datetime(aware)) == (int(aware.timestamp()), minutes)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("<a@b> <c@d>", ["a@b", "c@d"]),
        ("<a@b><c@d> <a@b>", ["a@b", "c@d"]),
        ("<a\t b@c>", ["ab@c"]),  # folded inside
        ("Your message of Tuesday <a@b>", ["a@b"]),
        ("a@b c@d", ["a@b", "c@d"]),
        ("no id here", []),
        ("Message from Ada <ada@a> of Tuesday <x@a>", ["x@a"]),
        ("Message from ada@a of Tuesday", []),
        ("<> < >", []),
    ],
)
def test_named_ids(text: str, ids: list[str]) -> None:
    assert named_ids(text) == ids


@pytest.mark.parametrize(
    ("text", "ident"), [("<a@b>", "a@b"), ("a@b", "a@b"), ("", None), ("<>", None), ("two words", None)]
)
def test_message_id(text: str, ident: str | None) -> None:
    assert message_id(text) == ident


def test_a_whole_set_of_fields() -> None:
    read = headers(
        "Return-Path: <bounce@list.example>",
        "Authentication-Results: mx.firm.example; dmarc=pass header.from=a.example",
        "Received: from a by b; Tue, 24 Nov 2026 09:30:00 +0100",
        "Authentication-Results: forged.example; dmarc=pass",
        "Received: from c by d",
        "Delivered-To: ME@Firm.example",
        "X-Original-To: alias@firm.example",
        "From: Ada <Ada@A.example>",
        "From: second@evil.example",
        "To: me@firm.example",
        "Cc: one@firm.example",
        "To: two@firm.example",
        "Subject: first",
        "subject: second",
        "References: <a@b>\r\n <c@d>",
        "In-Reply-To: <c@d>",
        "Precedence: Bulk",
        "List-Id: =?utf-8?q?Ca=C3=B1as?= <canas.list.example>",
        'Content-Type: multipart/report;\r\n report-type="delivery-status"',
        "Date: Tue, 24 Nov 2026 09:30:00 +0100",
        "Message-ID: <x@a.example>",
    )
    assert read.return_path == "bounce@list.example"
    assert read.authentication_results == ("mx.firm.example; dmarc=pass header.from=a.example",)
    assert read.delivered_to == ("me@firm.example", "alias@firm.example")
    assert [(who.name, who.address) for who in read.from_] == [("Ada", "Ada@A.example")]
    assert [who.address for who in read.to] == ["me@firm.example", "two@firm.example"]
    assert (read.subject, read.precedence, read.list_id) == ("first", "bulk", "Cañas <canas.list.example>")
    assert (read.references, read.in_reply_to) == (("a@b", "c@d"), ("c@d",))
    assert read.content_type == 'multipart/report; report-type="delivery-status"'
    assert (read.date, read.date_offset, read.message_id) == (1795509000, 60, "x@a.example")
    assert read.cut == ()


def test_verdicts_without_any_received_are_those_of_the_top() -> None:
    assert headers(
        "Authentication-Results: a; spf=pass", "Authentication-Results: b; spf=fail"
    ).authentication_results == (
        "a; spf=pass",
        "b; spf=fail",
    )


@pytest.mark.parametrize(("value", "path"), [("<>", ""), ("< >", ""), ("<a@b.example>", "a@b.example"), ("junk", None)])
def test_return_path(value: str, path: str | None) -> None:
    assert headers(f"Return-Path: {value}").return_path == path


def test_what_is_too_much_is_cut_and_said() -> None:
    many = ", ".join(f"p{n}@a.example" for n in range(1500))
    read = headers(f"To: {many}", "Cc: later@a.example", "From: ada@a.example")
    assert (len(read.from_), len(read.to), len(read.cc)) == (1, 999, 0)
    assert "addresses" in read.cut
    ids = [f"i{n}@a" for n in range(500)]
    read = headers("References: " + " ".join(f"<{one}>" for one in ids))
    assert read.references == (ids[0], *ids[-199:])
    assert "references" in read.cut
    read = headers("From: ada@a.example", "Subject: " + "x" * 300_000, "To: late@a.example")
    assert read.cut == ("header_size",)
    assert [who.address for who in read.from_] == ["ada@a.example"]
    assert len(read.subject) <= 2000


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"Subject: x\r\n\r\nbody", b"body"),
        (b"Subject: x\n\nbody\r\n\r\nmore", b"body\r\n\r\nmore"),
        (b"From ada Tue Nov 24\nSubject: x\n\nbody", b"body"),
        (b"Subject: x\nno field at all\nbody", b"no field at all\nbody"),
        (b"no field at all\n\nbody", b"no field at all\n\nbody"),
        (b"\r\nbody", b"body"),
        (b"Subject: x", b""),
        (b"", b""),
    ],
)
def test_where_the_body_begins(raw: bytes, body: bytes) -> None:
    assert raw[read_block(raw, wanted=WANTED).body :] == body


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_without_a_colon_is_no_field(end: str) -> None:
    raw = end.join(["From: ada@a.example", "Subject", "Subjects", "Subject : Deed", "", "body"]).encode()
    assert read_headers(read_block(raw, wanted=WANTED)).subject == "Deed"


NAMES = [*HEADER_FIELDS, "X-Mailer", "DKIM-Signature", "Content-Transfer-Encoding", "MIME-Version"]
LINES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.text(alphabet='ab@<>,. \t=?:;é"\n', max_size=40)), max_size=25
)  # fmt: skip


@given(LINES)
def test_header_fields_alone_give_what_the_whole_gives(lines: list[tuple[str, str]]) -> None:
    """As a server picks the fields of HEADER_FIELDS, in their order."""
    written = [(name, value.replace("\n", "\r\n ")) for name, value in lines]
    whole = "".join(f"{name}: {value}\r\n" for name, value in written)
    picked = "".join(f"{name}: {value}\r\n" for name, value in written if name in HEADER_FIELDS)
    assert headers(whole) == headers(picked)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.integers(0, 25))
def test_a_large_block_is_read_like_a_small_one(lines: list[tuple[str, str]], end: str, place: int) -> None:
    written = [f"{name}{' ' * (place % 2)}: {value}".replace("\n", f"{end}\t") for name, value in lines]
    padded = [*written[:place], f"X-Pad: {'x' * 300_000}", *written[place:]]
    small, large = (read_block(end.join([*each, "", "body"]).encode(), wanted=WANTED) for each in (written, padded))
    assert (large.fields, large.cut) == (small.fields, False)


@given(st.text(alphabet="ab c", min_size=1, max_size=60), st.data())
def test_folding_changes_nothing(text: str, data: st.DataObject) -> None:
    words = text.split()
    breaks = [data.draw(st.sampled_from([" ", "\r\n ", "\r\n\t", "\n  "])) for _ in words]
    folded = "".join(word + blank for word, blank in zip(words, breaks, strict=True))
    assert unfold(folded.encode()).decode().strip() == " ".join(words)


@given(st.binary(max_size=400))
def test_any_bytes_give_headers_that_keep_their_types(raw: bytes) -> None:
    read = read_headers(read_block(raw, wanted=WANTED))
    assert HeaderText(read.subject) == read.subject
    for ident in (*read.references, *read.in_reply_to, *filter(None, [read.message_id])):
        assert MessageId(ident) == ident
