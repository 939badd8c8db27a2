"""The search language: never an error, and nothing of it obeyed by FTS5."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules.search import Field, Flag, Query, Term, fts, fts_without, parse, quoted, rest
from store.rules.search_dates import period_start

NOW = int(datetime(2026, 3, 10, 15, 30, tzinfo=UTC).timestamp())


def read(text: str, *, typing: bool = False, offset: int = 0) -> Query:
    return parse(text, now=NOW, offset=offset, typing=typing)


def plain(text: str, **over: object) -> tuple[Term, ...]:
    return (Term(text=text, **over),)  # type: ignore[arg-type]  # a test's shorthand


def at(*day: int, hour: int = 0) -> int:
    year, month, date = day
    return int(datetime(year, month, date, hour, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", ()),
        ("   ", ()),
        ("deed house", (plain("deed"), plain("house"))),
        ('"final deed"', (plain("final deed"),)),
        ('"never closed', (plain("never closed"),)),
        ("-draft", (plain("draft", negated=True),)),
        ('-"old draft"', (plain("old draft", negated=True),)),
        ("- draft", (plain("draft"),)),  # a dash alone is punctuation
        ("from:ana", (plain("ana", field=Field.FROM),)),
        ('CLIENT:"Molina family"', (plain("Molina family", field=Field.CLIENT),)),
        ('-client:"Molina family"', (plain("Molina family", field=Field.CLIENT, negated=True),)),
        ("subject:iva filename:pdf", (plain("iva", field=Field.SUBJECT), plain("pdf", field=Field.FILENAME))),
        ("a OR b c", ((Term(text="a"), Term(text="b")), plain("c"))),
        ("a OR from:b OR c", ((Term(text="a"), Term(text="b", field=Field.FROM), Term(text="c")),)),
        ("OR a", (plain("OR"), plain("a"))),
        ("a OR", (plain("a"), plain("OR"))),
        ('a "OR" b', (plain("a"), plain("OR"), plain("b"))),
        ("http://x.example/a", (plain("http://x.example/a"),)),
        ("12:30", (plain("12:30"),)),
        ("colour:red", (plain("colour:red"),)),
        ("has:wings is:odd", (plain("has:wings"), plain("is:odd"))),
        ("from:", (plain("from:"),)),
        ("before:someday", (plain("before:someday"),)),
        ('"client:X"', (plain("client:X"),)),
        ("NEAR(a b)", (plain("NEAR(a"), plain("b)"))),
        ("*** -- !?", ()),
    ],
)
def test_text_is_read_as_terms(text: str, groups: tuple[tuple[Term, ...], ...]) -> None:
    assert read(text).groups == groups


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("has:attachment", ((Flag.ATTACHMENT, True),)),
        ("-has:attachment", ((Flag.ATTACHMENT, False),)),
        ("is:unread", ((Flag.UNREAD, True),)),
        ("is:read", ((Flag.UNREAD, False),)),
        ("-is:read", ((Flag.UNREAD, True),)),
        ("IS:Starred has:attachments", ((Flag.STARRED, True), (Flag.ATTACHMENT, True))),
    ],
)
def test_flags_are_read(text: str, flags: tuple[tuple[Flag, bool], ...]) -> None:
    assert read(text) == Query(flags=flags)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-31", at(2026, 1, 31)),
        ("2026-01", at(2026, 1, 1)),
        ("2026", at(2026, 1, 1)),
        ("2026/01/31", at(2026, 1, 31)),
        ("today", at(2026, 3, 10)),
        ("Yesterday", at(2026, 3, 9)),
        ("ayer", at(2026, 3, 9)),
        ("7d", at(2026, 3, 3)),
        ("2w", at(2026, 2, 24)),
        ("2026-02-30", None),
        ("2026-13", None),
        ("26-01-01", None),
        ("2026-01-31-1", None),
        ("²026", None),
        ("0000", None),
        ("99999d", None),
        ("d", None),
        ("", None),
    ],
)
def test_dates(text: str, seconds: int | None) -> None:
    assert period_start(text, now=NOW, offset=0) == seconds


def test_days_begin_at_the_readers_midnight() -> None:
    assert period_start("today", now=NOW, offset=120) == at(2026, 3, 9, hour=22)
    assert period_start("today", now=at(2026, 3, 10, hour=23), offset=120) == at(2026, 3, 10, hour=22)


def test_the_narrowest_dates_hold() -> None:
    query = read("before:2026-02 before:2026-01 after:2025 after:2024")
    assert (query.before, query.after) == (at(2026, 1, 1), at(2025, 1, 1))


def test_only_the_word_being_typed_may_be_longer() -> None:
    assert read("old de", typing=True).groups == (plain("old"), plain("de", prefix=True))
    assert read("old de ", typing=True).groups == (plain("old"), plain("de"))
    assert read('old "de"', typing=True).groups == (plain("old"), plain("de"))
    assert read("from:de", typing=True).groups == (plain("de", field=Field.FROM),)


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE fts USING fts5 (subject, people, names, body, content = '')")
    rows = [
        ("the final deed", "ana", "plan.pdf", "about the house"),
        ("invoice", "bob", "", "near the house we said OR and NOT"),
        ("deed", "ana", "deed.pdf", 'client X says "hello"'),
    ]
    connection.executemany(
        "INSERT INTO fts (rowid, subject, people, names, body) VALUES (?, ?, ?, ?, ?)",
        [(n, *row) for n, row in enumerate(rows, 1)],
    )
    yield connection
    connection.close()


def found(index: sqlite3.Connection, text: str) -> list[int]:
    """As the vault asks: what must be there, less what must not."""
    query = read(text)
    wanted, unwanted = fts(query), fts_without(query)
    everything = [1, 2, 3]
    hits = (
        [row for (row,) in index.execute("SELECT rowid FROM fts WHERE fts MATCH ?", (wanted,))]
        if wanted
        else everything
    )
    out = [row for (row,) in index.execute("SELECT rowid FROM fts WHERE fts MATCH ?", (unwanted,))] if unwanted else []
    return sorted(set(hits) - set(out))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("deed", [1, 3]),
        ("deed house", [1]),
        ('"final deed"', [1]),
        ('"deed final"', []),
        ("house -final", [2]),
        ("-deed", [2]),
        ("-deed -invoice", []),
        ("subject:deed -final", [3]),
        ("filename:deed", [3]),
        ("invoice OR final", [1, 2]),
        ("(invoice OR final) house", [1, 2]),  # brackets are no letters
        ("OR NOT", [2]),
        ("NOT", [2]),
        ("NEAR(", [2]),
        ("client X", [3]),
        ('"hello"', [3]),
        ("house*", [1, 2]),
        ("subject:", [1, 2, 3][:0]),
        ("^deed", [1, 3]),
        ("{subject} : deed", []),
        ("", [1, 2, 3]),
    ],
)
def test_fts5_finds_what_was_meant(index: sqlite3.Connection, text: str, rows: list[int]) -> None:
    assert found(index, text) == rows


def test_a_word_being_typed_finds_longer_ones(index: sqlite3.Connection) -> None:
    wanted = fts(read("hou", typing=True))
    assert [row for (row,) in index.execute("SELECT rowid FROM fts WHERE fts MATCH ?", (wanted,))] == [1, 2]


queries = st.one_of(
    st.text(st.characters(), max_size=40),  # lone surrogates too
    st.lists(
        st.sampled_from(
            [
                '"',
                "-",
                "OR",
                "NOT",
                "NEAR(",
                ")",
                "*",
                "^",
                "client:",
                "subject:",
                "from:X",
                "a",
                "b c",
                "{",
                ":",
                "+",
                "\x00",
                "é",
                "before:2026",
            ]
        ),
        max_size=8,
    ).map(" ".join),
)


@given(queries, st.booleans())
def test_whatever_is_typed_is_no_error_anywhere(text: str, typing: bool) -> None:  # noqa: FBT001  # drawn by place
    query = read(text, typing=typing)
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE VIRTUAL TABLE fts USING fts5 (subject, names, body)")
        for expression in (fts(query), fts_without(query)):
            if expression is not None:
                connection.execute("SELECT rowid FROM fts WHERE fts MATCH ?", (expression,)).fetchall()
    connection.close()


@given(st.text(alphabet='ab"* \x00-:', min_size=1))
def test_a_quoted_text_is_one_string(text: str) -> None:
    expression = quoted(text)
    assert expression.startswith('"')
    assert expression.endswith('"')
    assert '"' not in expression[1:-1].replace('""', "")


@given(queries)
def test_every_term_is_left_to_exactly_one_part(text: str) -> None:
    query = read(text)
    left = rest(query)
    assert all(group in query.groups for group in left)
    if not left and query.groups:
        assert fts(query) is not None or fts_without(query) is not None


def test_a_very_long_query_is_cut() -> None:
    assert len(read("a " * 10_000).groups) == 64
