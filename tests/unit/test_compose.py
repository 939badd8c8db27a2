"""A mail's bytes: what our own reader and Python's make of them, that nothing else stands in them, always the same."""

import email
import email.policy
import os
import re
import tracemalloc
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.mime.compose import Composed, compose, message_id
from store.mime.header_writing import WIDTH
from store.mime.markdown import MAX_MARKDOWN, to_html
from store.mime.names import FALLBACK, MAX_BYTES, file_name
from store.mime.read import read_copy
from store.model.address import NotAllowed, Person
from store.model.copy import Body, Headers
from store.model.outgoing import Enclosed, Outgoing

ANA = Person(name="Ana Güell", address="Ana@firm.example")
BO = Person(name="Bo, of the client's", address="bo@client.example")
LETTER = Outgoing(
    from_=ANA,
    to=(BO,),
    cc=(Person(address="cy@client.example"),),
    subject="Señales",
    text="Good **morning**\n\n-- \nAna\n",
    date=1_795_000_000,
    zone=60,
    message_id="1@firm.example",
    in_reply_to="3@client.example",
    references=("2@client.example", "3@client.example"),
)


def letter(**changes: object) -> Outgoing:
    return Outgoing(**{**{name: getattr(LETTER, name) for name in LETTER.__struct_fields__}, **changes})


def read(raw: bytes) -> tuple[Headers, Body]:
    copy = read_copy(raw, uid=1, whole=True)
    assert copy.body is not None
    return copy.headers, copy.body


def parsed(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(raw: bytes, kind: str) -> str:
    found = parsed(raw).get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


# ---------------------------------------------------------------- the whole
def test_what_is_written_is_what_is_read() -> None:
    headers, body = read(compose(LETTER))
    assert (headers.from_, headers.to, headers.cc) == ((ANA,), (BO,), LETTER.cc)
    assert (headers.subject, headers.date, headers.date_offset) == ("Señales", LETTER.date, 60)
    assert (headers.message_id, headers.in_reply_to) == ("1@firm.example", ("3@client.example",))
    assert headers.references == LETTER.references
    assert body.text.rstrip("\n") == LETTER.text.rstrip("\n")
    assert body.parts == ()
    assert headers.cut == body.cut == ()


def test_only_these_fields_stand_in_it() -> None:
    found = parsed(compose(letter(attachments=(Enclosed(name="a", type="text/plain", data=b"x"),))))
    assert found.keys() == [
        "Date", "From", "To", "Cc", "Subject", "Message-ID", "In-Reply-To", "References", "MIME-Version",
        "Content-Type",
    ]  # fmt: skip
    assert found["Date"] == "Wed, 18 Nov 2026 12:06:40 +0100"
    assert not any(part.defects for part in found.walk())


def test_the_same_mail_is_the_same_bytes() -> None:
    again = Outgoing(**{name: getattr(LETTER, name) for name in LETTER.__struct_fields__})
    assert compose(again) == compose(LETTER)
    assert compose(letter(message_id="2@firm.example")) != compose(LETTER)


def test_a_plain_mail_has_one_part() -> None:
    found = parsed(compose(letter(plain=True)))
    assert found.get_content_type() == "text/plain"
    assert part(compose(letter(plain=True)), "plain") == LETTER.text


def test_the_plain_part_is_what_was_written() -> None:
    assert part(compose(LETTER), "plain").rstrip("\n") == LETTER.text.rstrip("\n")
    assert "<strong>morning</strong>" in part(compose(LETTER), "html")


def test_a_mail_to_hidden_recipients_names_none() -> None:
    raw = compose(letter(to=(), cc=()))
    assert b"\r\nTo: undisclosed-recipients:;\r\n" in raw
    assert read(raw)[0].to == ()


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=400) | st.lists(
    st.sampled_from(
        ["From ", ".", "..\n", "=", "=_", "--", "--=_a", " \n", "\t\n", "\n", "x" * 100, "é", "日本語", "a", "\r\n"]
    )
).map("".join)
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120)
NAMES = LINES.map(str.strip)
ADDRESSES = st.from_regex(r"[a-z0-9.+_'-]{1,20}@[a-z]{1,10}\.example", fullmatch=True)
PEOPLE = st.lists(st.builds(Person, name=NAMES, address=ADDRESSES), max_size=8).map(tuple)


@given(TEXTS, st.booleans())
def test_any_text_comes_through(text: str, plain: bool) -> None:  # noqa: FBT001
    raw = compose(letter(text=text, plain=plain))
    assert_sound(raw)
    wanted = text.replace("\r\n", "\n").replace("\r", "\n")
    found = parsed(raw).get_body(("plain",))
    assert found is not None
    data = found.get_payload(decode=True)
    assert isinstance(data, bytes)
    assert data.decode().replace("\r\n", "\n").rstrip("\n") == wanted.rstrip("\n")


@given(PEOPLE, PEOPLE, LINES)
def test_any_people_and_subject_come_through(to: tuple[Person, ...], cc: tuple[Person, ...], subject: str) -> None:
    raw = compose(letter(to=to, cc=cc, subject=subject))
    assert_sound(raw)
    headers, _ = read(raw)
    assert headers.subject == subject.strip()
    assert headers.to == to
    assert headers.cc == cc


def assert_sound(raw: bytes) -> None:
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert not re.search(rb"^From |[ \t]\r$", raw.partition(b"\r\n\r\n")[2], re.MULTILINE)


def test_header_lines_are_folded() -> None:
    many = tuple(Person(name=f"Person número {n}", address=f"person{n}@client.example") for n in range(50))
    raw = compose(
        letter(to=many, subject="long words " * 40, references=tuple(f"{n}@client.example" for n in range(100)))
    )
    head = raw.partition(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\n")) <= WIDTH
    assert read(raw)[0].to == many
    assert len(read(raw)[0].references) == 100


def test_a_line_with_an_encoded_word_has_76_characters_at_most() -> None:
    who = Person(name="Müller " * 20, address="ana@firm.example")
    head = compose(letter(subject="Süß " * 200, from_=who, to=(who, who))).partition(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\n") if b"=?" in line) <= 76  # RFC 2047, 2
    assert parsed(head)["Subject"].strip() == ("Süß " * 200).strip()


# ---------------------------------------------------------------- what no header may hold
BREAKS = ["x\r\nBcc: e@evil.example", "x\nBcc: e@evil.example", "x\rBcc: y", "x\0y", "x\u2028y", "x\x85y"]


@pytest.mark.parametrize("text", BREAKS)
def test_a_value_begins_no_field(text: str) -> None:
    for changes in (
        {"subject": text},
        {"to": (Person(name=text, address="bo@client.example"),)},
        {"to": (Person(address=f"{text}@client.example"),)},
        {"from_": Person(address=f"a@{text}")},
        {"message_id": f"{text}@firm.example"},
    ):
        with pytest.raises(NotAllowed):
            compose(letter(**changes))
    raw = compose(letter(in_reply_to=f"{text}@x", references=(f"{text}@x", "ok@x"), text=text))
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"evil" not in head
    assert b"References: <ok@x>" in head


@pytest.mark.parametrize("text", BREAKS)
def test_a_part_begins_no_field(text: str) -> None:
    raw = compose(letter(attachments=(Enclosed(name=text, type=f"text/{text}", data=b"data"),)))
    assert not re.search(rb"^Bcc", raw, re.MULTILINE)
    (found,) = read(raw)[1].parts
    assert found.type == "application/octet-stream"
    assert found.size == 4


def test_addresses_outside_ascii_stand_as_they_are_and_domains_in_ascii() -> None:
    raw = compose(letter(to=(Person(address="señor@grün.example"),)))
    domain = "grün".encode("idna")
    assert "To: señor@".encode() + domain + b".example\r\n" in raw


def test_message_ids() -> None:
    made = message_id(bytes(range(16)), "Firm.example")
    assert made == "000102030405060708090a0b0c0d0e0f@firm.example"
    assert message_id(b"x" * 16, "grün.example").isascii()
    with pytest.raises(ValueError, match="128"):
        message_id(b"x" * 15, "firm.example")
    with pytest.raises(NotAllowed):
        message_id(b"x" * 16, "firm.example>\r\nBcc: x")


# ---------------------------------------------------------------- attachments
@given(
    st.lists(
        st.builds(
            Enclosed,
            name=st.text(max_size=90),
            type=st.sampled_from(["application/pdf", "x", ""]),
            data=st.binary(max_size=300),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_files_come_through(files: list[Enclosed]) -> None:
    raw = compose(letter(attachments=tuple(files)))
    assert_sound(raw)
    _, body = read(raw)
    assert [(one.name, one.size) for one in body.parts] == [(file_name(one.name), len(one.data)) for one in files]
    found = [one.get_payload(decode=True) for one in parsed(raw).iter_attachments()]
    assert found == [one.data for one in files]


def test_a_message_is_sent_as_bytes() -> None:
    """What is encoded in base64 may not call itself a message (RFC 2046, 5.2.1)."""
    raw = compose(letter(attachments=(Enclosed(name="a.eml", type="message/rfc822", data=b"From: x\n\nFrom y\n"),)))
    assert b"Content-Type: application/octet-stream\r\n" in raw
    assert next(iter(parsed(raw).iter_attachments())).get_payload(decode=True) == b"From: x\n\nFrom y\n"


def test_large_files_cost_what_they_are() -> None:
    size = 25_000_000
    mail = letter(attachments=(Enclosed(name="x.bin", type="application/octet-stream", data=os.urandom(size)),))
    tracemalloc.start()
    try:
        raw = compose(mail)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(raw) > size
    assert peak < 3 * size  # beside the data itself


# ---------------------------------------------------------------- HTML
@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("one\ntwo", "<p>one<br />\ntwo</p>"),
        ("- a\n- b", "<li>a</li>"),
        ("# Title", "<h1>Title</h1>"),
        ("see <https://x.example/a?b=c&d>", '<a href="https://x.example/a?b=c&amp;d">'),
        ("[mail](mailto:a@x.example)", '<a href="mailto:a@x.example">mail</a>'),
        ("```\n> code:\n> x\n```", "<pre><code>&gt; code:\n&gt; x\n</code></pre>"),
        ("Ana\n---\nBo", "<hr />"),
        ("    four blanks", "<p>four blanks</p>"),
    ],
)
def test_markdown_is_shown(text: str, held: str) -> None:
    assert held in to_html(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://t.example/x.png)",
        "[x](javascript:alert(1))",
        "[x](JAVASCRIPT:alert(1))",
        "[x](data:text/html,x)",
        "[x](file:///etc/passwd)",
        "[x](//evil.example)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        '[x](https://x.example/"onclick="x)',
        "[x]: javascript:x\n\n[x]",
    ],
)
def test_nothing_acts_or_loads(text: str) -> None:
    for shown in (to_html(text), to_html(f"> {text}"), to_html(f"---- F ----\n{text}"), to_html(f"- {text}")):
        assert not re.search(r"<(?!/?(?:html|head|meta|body|p|a|ul|li|div|blockquote|br)\b|!DOCTYPE)", shown)
        tags = "".join(re.findall(r"<[^>]*>", shown))
        assert not re.search(r'\son\w+=|src=|href="(?!https?:|mailto:)', tags)


def test_what_others_wrote_stays_text() -> None:
    shown = to_html(
        "Yes.\n\nOn Monday, [Bank](http://evil.example) wrote:\n> # [pay](http://evil.example)\n> > **x**\n> end\n\nBye"
    )
    assert "href" not in shown
    assert "On Monday, [Bank](http://evil.example) wrote:" in shown
    assert shown.count("<blockquote") == shown.count("</blockquote>") == 2
    assert "**x**" in shown
    assert "<h1>" not in shown
    assert shown.index("end</blockquote>") < shown.index("<p>Bye</p>")


def test_a_forwarded_mail_stays_text() -> None:
    shown = to_html(
        "**See**\n\n---------- Forwarded message ----------\nFrom: B\n\n[pay](http://evil.example)\n> # q\n- no list"
    )
    assert "<strong>See</strong>" in shown
    assert "href" not in shown
    assert "<li>" not in shown
    assert "<blockquote" in shown


def test_a_quote_ends_a_list_and_may_stand_in_one() -> None:
    shown = to_html("- one\n- two\n> quoted\n\n1. three\n   > inside\n   and on")
    assert shown.index("</ul>") < shown.index("quoted")
    assert shown.index("<ol>") < shown.index("inside") < shown.index("and on") < shown.index("</ol>")


def test_a_very_long_text_is_shown_as_it_stands() -> None:
    shown = to_html("**a** <b>\n" * (MAX_MARKDOWN // 5))
    assert "<strong>" not in shown
    assert "**a** &lt;b&gt;" in shown


@given(
    st.lists(
        st.sampled_from(
            ["> ", ">", "- ", "1. ", "a", ":", "\n", "\n\n", "```", "*", "|", "    ", "---- x ----", "#", "<b>"]
        )
    )
)
def test_any_markdown_gives_whole_elements(pieces: list[str]) -> None:
    text = "".join(pieces)
    shown = to_html(text)
    for tag in ("blockquote", "div", "p", "li", "ul", "ol", "table", "body"):
        assert len(re.findall(rf"<{tag}[ >]", shown)) == shown.count(f"</{tag}>")
    assert "<b>" not in shown
    assert shown.count("a") >= text.count("a")


# ---------------------------------------------------------------- names of files
@pytest.mark.parametrize(
    ("given_name", "wanted"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("Año 2026.pdf", "Año 2026.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x\\evil.exe", "C__x_evil.exe"),
        ("-rf", "rf"),
        (".bashrc", "bashrc"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\u200b\x00\x1bb\r\nc.txt", "ab c.txt"),
        ("CON", "_CON"),
        ("lpt1.txt", "_lpt1.txt"),
        ("name. . ", "name"),
        ("", FALLBACK),
        ("...", FALLBACK),
        ("\ud800", FALLBACK),
        ("a／b\u2044c", "a_b_c"),
    ],
)
def test_a_file_name_is_safe(given_name: str, wanted: str) -> None:
    assert file_name(given_name) == wanted


@given(
    st.text()
    | st.lists(st.sampled_from(["a", ".", "-", " ", "/", "~", "é" * 80, "\u0301", "con", ".pdf", "\u202e"])).map(
        "".join
    )
)
def test_any_file_name_is_safe(text: str) -> None:
    found = file_name(text)
    assert 0 < len(found.encode()) <= MAX_BYTES
    assert file_name(found) == found
    assert not set(found) & set('/\\:\0\n\r\u202e*?"<>|')
    assert found[0] not in ".- ~"
    assert found[-1] not in ". "


def test_a_long_name_keeps_its_kind() -> None:
    assert file_name("é" * 300 + ".docx").endswith("é.docx")
    assert len(file_name("x." + "y" * 300).encode()) <= MAX_BYTES


@given(st.lists(st.integers(0, 400), max_size=3))
def test_the_pieces_are_the_whole_and_their_size_is_known(sizes: list[int]) -> None:
    files = tuple(Enclosed(name="a", type="image/png", data=bytes(size)) for size in sizes)
    pieces = Composed(letter(attachments=files))
    assert b"".join(pieces) == b"".join(pieces) == compose(letter(attachments=files))
    assert pieces.size == len(compose(letter(attachments=files)))
    assert compose(letter(attachments=files)).startswith(pieces.header)
