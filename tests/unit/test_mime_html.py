"""HTML as a person would have seen it in a mail program; where its links really lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.mime.html_text import read_html
from store.mime.links import suspicious


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p>\n\n<p>two <b>three</b>,\n four.</p>", "One\n\ntwo three, four."),
        ("one<br>two<br/><br>three<div>four</div>five", "one\ntwo\n\nthree\nfour\nfive"),
        ("<ul><li>one<li>two<ol><li>three</ol></ul>", "- one\n- two\n  - three"),
        ("<table><tr><td>A<td>1<tr><td>B<td>2</table>after", "A  1\nB  2\nafter"),
        ("<p>new</p><blockquote>old<blockquote>older</blockquote></blockquote>", "new\n\n> old\n>\n> > older"),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        ("caf&eacute; &amp; &lt;b&gt; se&#241;or", "café & <b> señor"),
        ("soft&shy;ly, می&zwnj;خواهم", "softly, می\u200cخواهم"),
        ("start &zwnj;&nbsp;&zwnj;&#847; &#8203; end", "start end"),
        ('<img src="https://t.example/p.gif" alt="Our logo"> <img alt="">', "Our logo"),
        ("<title>no</title><style>p{}</style><script>alert('no')</script><p>yes<noscript>no</noscript>", "yes"),
        ("a<!-- no --><!--[if mso]>no<![endif]-->b", "ab"),
        ("never <b>closed <i>tags", "never closed tags"),
        ("</p></div>stray", "stray"),
        ("a < b and c > d", "a < b and c > d"),
        ("nul\0 byte", "nul\ufffd byte"),
        ("", ""),
    ],
)
def test_text(html: str, text: str) -> None:
    assert read_html(html).text == text


@pytest.mark.parametrize(
    "style",
    [
        "display:none", "DISPLAY : NONE !important", "display:/* */none", r"d\69splay:none", "visibility:hidden",
        "font-size:0", "font-size:1px", "font:0/0 serif", "opacity:0", "opacity:0.01", "max-height:0;overflow:hidden",
        "width:0px;height:0px;overflow:hidden", "position:absolute;left:-9999px", "text-indent:-5000px",
        "clip:rect(0, 0, 0, 0);position:absolute", "margin-left:-3000px",
    ],
)  # fmt: skip
def test_hidden_text_is_left_out_and_said(style: str) -> None:
    read = read_html(f'<p>seen<span style="{style}">hidden <b>inside</b></span></p>')
    assert (read.text, read.hidden) == ("seen", True)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p hidden>no</p>yes", "yes"),
        ("<style>.x, p#y { display: none }</style><p class='a x'>no</p><p id=y>no</p>yes", "yes"),
        ("<style>@media (max-width: 9px) { .x { display: none } }</style><p class=x>yes", "yes"),
        ("<style>.x{color:red}</style><p class=x>yes", "yes"),
        ("<div style='font-size:0'>no<span style='font-size:14px'>yes</span></div>", "yes"),
        ("<div style='visibility:hidden'>no<span style='visibility:visible'>yes</span></div>", "yes"),
        ("<div style='display:none'>no<span style='display:block'>no</span></div>yes", "yes"),
        ("<p style='opacity:.9;left:-3px;max-height:0'>yes", "yes"),
    ],
)
def test_what_shows_and_what_does_not(html: str, text: str) -> None:
    assert read_html(html).text == text


def test_padding_that_nobody_sees_is_no_hidden_text() -> None:
    assert read_html("<div style='display:none'>&zwnj;&nbsp;&#8203;</div>text").hidden is False


def test_links_are_numbered_in_their_order() -> None:
    read = read_html(
        "<a href='https://a.example/x y'>the <b>deed</b></a>, <a name=here>anchor</a> <a href='#top'>top</a> "
        "<a href='mailto:b@b.example'><img alt=logo></a> <a href='javascript:x()'>go</a>"
    )
    assert read.text == "the deed[1], anchor top logo[2] go[3]"
    assert read.links == [
        ("the deed", "https://a.example/xy"),
        ("logo", "mailto:b@b.example"),
        ("go", "javascript:x()"),
    ]
    assert read_html("<a href=x:y>a</a>", numbered_from=7).text == "a[7]"


def test_hidden_links_are_none() -> None:
    assert read_html("<p style='display:none'><a href='https://a.example'>a</a></p>b").links == []


def test_more_than_anybody_reads_is_cut_and_said() -> None:
    read = read_html("<p>word</p>" * 400_000)
    assert read.cut
    assert len(read.text) <= 2_000_000
    links = read_html("<a href=x:y>a</a> " * 1500)
    assert len(links.links) == 1000


@given(st.text(max_size=300))
def test_any_text_gives_text(html: str) -> None:
    read_html(html).text.encode("utf-8", "surrogatepass")


TAGS = st.sampled_from([
    "<p>", "</p>", "<b>", "</b>", "<table>", "<tr>", "<td>", "</table>", "<blockquote>", "</blockquote>", "<ul>",
    "<li>", "</ul>", "<a href=x:y>", "</a>", "<pre>", "</pre>", "<style>", "</style>", "<br>",
    "<div style=display:none>", "</div>", "<span style=font-size:0>", "</span>", "word", " ", "&amp;", "&zwnj;", "<!--",
    "-->", "<",
])  # fmt: skip


@given(st.lists(TAGS, max_size=40))
def test_any_heap_of_tags_gives_clean_lines(tags: list[str]) -> None:
    read = read_html("".join(tags))
    assert not read.text.startswith("\n")
    assert not read.text.endswith("\n")
    assert [text for text, target in read.links if target != "x:y"] == []


@pytest.mark.parametrize(
    ("text", "target", "lie"),
    [
        ("Read the deed", "https://a.example/deed", False),
        ("https://www.bank.example", "https://bank.example/login", False),
        ("www.bank.example/login", "https://evil.example/?www.bank.example", True),
        ("bank.example", "https://bank.example.evil.example/", True),
        ("bank.co.uk", "https://evil.co.uk/", True),
        ("login.bank.co.uk", "https://www.bank.co.uk/", False),
        ("deed.pdf", "https://a.example/deed.pdf", False),
        ("ada@bank.example", "https://evil.example/", True),
        ("ada@bank.example", "mailto:ada@bank.example", False),
        ("Click", "https://bank.example@evil.example/", True),
        ("Click", "https://xn--bnk-qla.example/", True),
        ("Click", "javascript:alert(1)", True),
        ("Click", "data:text/html,x", True),
        ("Click", "http://[broken", True),
        ("Click", "https:///", True),
        ("section", "page.html", False),
    ],
)
def test_links_that_promise_another_place(text: str, target: str, *, lie: bool) -> None:
    assert suspicious(text, target) is lie
