"""Signatures: where they stand, what goes out of an HTML one, and that nothing typed is changed by them."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.mime.compose import compose
from store.mime.html_clean import clean_html
from store.mime.signature import as_text, parted, signed
from store.model.ids import MailboxId
from store.model.mailbox import MailboxSettings, MailboxView, SyncState
from store.model.signature import OwnAddress, Signature, Voice
from store.rules.voice import of_address, voice, with_own
from tests.unit.test_compose import letter, part, read
from tui.cli.boxes import voice_facts

ANA = Signature(source="*Ana*\nFirm")
QUOTE = "On Monday, Bo wrote:\n> Is it ready?\n>\n> Bo\n"
FORWARD = "---------- Forwarded message ----------\nFrom: Bo\n\n> old\nIs it?\n"
SIGNED = "-- \n*Ana*\nFirm\n"
LINES = ["a", "> b", ">> c", "He wrote:", "", "-- ", FORWARD.split("\n", 1)[0], " "]
WORDS = st.lists(st.sampled_from(LINES), max_size=12).map("\n".join)


# ---------------------------------------------------------------- where it stands
@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", SIGNED),
        ("Hello.\n", f"Hello.\n\n{SIGNED}"),
        (f"Yes.\n\n{QUOTE}", f"Yes.\n\n{SIGNED}\n{QUOTE}"),
        (f"\n\n{QUOTE}\n\n", f"{SIGNED}\n{QUOTE}\n\n"),
        (f"See below.\n\n{FORWARD}", f"See below.\n\n{SIGNED}\n{FORWARD}"),
        ("He wrote:\n> one\nYes.\n> two\nNo.", f"He wrote:\n> one\nYes.\n> two\nNo.\n\n{SIGNED}"),
        ("He wrote:\n> one\nYes.\n> two", f"He wrote:\n> one\nYes.\n> two\n\n{SIGNED}"),
        ("> only a quote", f"{SIGNED}\n> only a quote"),
    ],
)
def test_it_stands_above_the_quote_else_at_the_end(text: str, whole: str) -> None:
    assert signed(text, ANA) == whole


@given(WORDS)
def test_nothing_that_was_typed_is_changed(text: str) -> None:
    above, below = parted(text)
    assert above + below == text
    lines = [line for line in signed(text, Signature(source="~sign~")).split("\n") if line]
    at = lines.index("~sign~")
    assert [*lines[: at - 1], *lines[at + 1 :]] == [line for line in text.split("\n") if line]
    assert signed(text, None) == text


# ---------------------------------------------------------------- in a mail
def test_both_parts_have_it_in_the_same_place() -> None:
    raw = compose(letter(text=f"**Yes.**\n\n{QUOTE}", signature=ANA))
    assert part(raw, "plain").startswith(f"**Yes.**\n\n{SIGNED}\nOn Monday")
    html = part(raw, "html")
    assert html.index("<strong>Yes.</strong>") < html.index("-- <br>") < html.index("<em>Ana</em>")
    assert html.index("<em>Ana</em>") < html.index("<blockquote") < html.index("Is it ready?")
    assert compose(letter(text=f"**Yes.**\n\n{QUOTE}", signature=ANA)) == raw
    _headers, body = read(raw)
    assert SIGNED.rstrip() in body.text


def test_a_text_mail_has_it_as_text() -> None:
    html = Signature(source="<p>Ana</p><p><a href='https://firm.example'>site</a></p>", html=True)
    raw = compose(letter(text="Yes.", plain=True, signature=html))
    assert part(raw, "plain") == "Yes.\n\n-- \nAna\n\nsite <https://firm.example>\n"
    assert b"text/html" not in raw


def test_without_words_there_is_none() -> None:
    empty = Signature(source="<img src='https://tracker.example/x.png'>", html=True)
    assert compose(letter(signature=empty)) == compose(letter())


def test_html_as_text_has_its_links_once() -> None:
    source = '<a href="mailto:a@b.example">a@b.example</a> <a href="https://b.example">b</a> [1]'
    assert as_text(Signature(source=source, html=True)) == "a@b.example b <https://b.example> [1]"


# ---------------------------------------------------------------- HTML that is safe
@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("<b>A</b><script>alert(1)</script>c", "<b>A</b>c"),
        ('<p onclick="x()" style="color:red; background:url(https://e.example)">A</p>', '<p style="color:red">A</p>'),
        ('<a href="javascript:x()">j</a>', "<a>j</a>"),
        (
            '<a href="https://e.example/?a=1&b=2" target="_blank">e</a>',
            '<a href="https://e.example/?a=1&amp;b=2">e</a>',
        ),
        ('<img src="https://e.example/x.png" alt="The firm"><br>', "The firm<br>"),
        ('<span style="width:expression(x)">A</span>', "<span>A</span>"),
        ('<span style="background-color:\\75rl(x)">A</span>', "<span>A</span>"),
        ("<style>b{color:red}</style><link rel=stylesheet href=x><meta http-equiv=refresh>A", "A"),
        ("<svg><script>x</script><text>A</text></svg><b>B", "<b>B</b>"),
        ("<form action=https://e.example><input value=x>A<button>B</button></form>", "A"),
        ("<iframe src=https://e.example>A</iframe><object data=x>B</object>", ""),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
    ],
)
def test_what_goes_out_of_html(source: str, clean: str) -> None:
    assert clean_html(source) == clean


class Looked(HTMLParser):
    """What a mail program would find."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in (
            "script",
            "style",
            "img",
            "iframe",
            "object",
            "embed",
            "link",
            "meta",
            "base",
            "form",
            "svg",
            "input",
        ):
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "background", "srcset", "id", "class", "action"):
                self.bad.append(name)
            if name == "href" and not re.match(r"https?://|mailto:", value or "", re.IGNORECASE):
                self.bad.append(f"href={value}")
            if name == "style" and re.search(r"url|expression|import|\\|/\*", value or "", re.IGNORECASE):
                self.bad.append(f"style={value}")
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"/{tag}")


PIECES = st.sampled_from([
    "<b>", "</b>", "<p>", "</p>", "<table><tr><td>", "</td>", "<a href=", "'javascript:x'", '"https://x.example"', ">",
    "<script>", "</script>", "<img src=x onerror=y>", "<svg>", "</svg>", "<style>", "</style>", "<!--", "-->", "text",
    "<div style='", "color:red;", "width:url(x);", "'>", "&lt;script&gt;", "&#x3c;img src=x&#x3e;", "\0", "<", "<a\tb=",
    "<title>", "<textarea>", "<math><mi>", "<noscript>", "</noscript>", "<ul><li>", "]]>", "<![CDATA[", "<form>", '"',
])  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60))
def test_nothing_that_runs_or_loads_is_left_and_all_is_closed(source: str) -> None:
    clean = clean_html(source)
    looked = Looked()
    looked.feed(clean)
    looked.close()
    assert (looked.bad, looked.open) == ([], [])


# ---------------------------------------------------------------- as whom
def test_an_address_has_its_own_then_the_mailboxs_then_the_writers() -> None:
    settings = MailboxSettings(
        address="ana@firm.example", login="ana", imap=None, signature="<b>F</b>", signature_html=True
    )
    shared = Signature(source="<b>F</b>", html=True)
    assert voice(settings, "ana@firm.example", writer="Ana") == Voice(name="Ana", signature=shared)
    own = OwnAddress(address="info@firm.example", name="The firm")
    named = MailboxSettings(address="ana@firm.example", login="ana", imap=None, own=with_own(settings, own))
    assert voice(named, "Info@firm.example", writer="Ana") == Voice(name="The firm", signature=None)
    assert with_own(named, OwnAddress(address="info@firm.example")) == ()
    assert of_address(named, "ana@firm.example") == OwnAddress(address="ana@firm.example")


def test_a_mailbox_shows_what_stands_below_its_mail() -> None:
    own = OwnAddress(
        address="info@firm.example", name="The firm", signature=Signature(source="<b>F</b><br>G", html=True)
    )
    settings = MailboxSettings(address="ana@firm.example", login="ana", imap=None, signature="*Ana*", own=(own,))
    view = MailboxView(
        mailbox=MailboxId("b"), settings=settings, members=(), paused=False, state=SyncState.SYNCED,
        aliases=("info@firm.example", "other@firm.example"),
    )  # fmt: skip
    assert [words for _label, words in voice_facts(view)] == [
        "ana@firm.example", "*Ana*", "The firm <info@firm.example>", "F", "G", "other@firm.example", "*Ana*",
    ]  # fmt: skip
