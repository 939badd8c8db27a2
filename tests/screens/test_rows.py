"""How threads, emails and mailboxes look: columns that stand under each other, and every fact where it belongs."""

import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from store.model.address import Person
from store.model.copy import Part
from store.model.evidence import Verified
from store.model.filing import Reason
from store.model.ids import ClientId, CommentId
from store.model.mailbox import SyncState
from store.model.thread import ThreadState
from store.model.views import Block, ClientName, Comment, Link, MailboxStatus, OfficeStatus, ThreadRow, Why, WhyFiling
from tests.screens.desk import NOW, ShownDesk
from tests.screens.test_windows import row as bare_row
from tui.plain import Row, cells_of
from tui.when import brief, full
from tui.widgets.letter import Letter, letter_rows, size_word, title_row, unbroken
from tui.widgets.status import left_words, office_row, place_row
from tui.widgets.thread_row import ONE_LINE, Shown, tall, thread_rows

CLIENT = ClientName(client=ClientId("c1"), name="Talleres Ruiz")


@pytest.fixture(autouse=True)
def _madrid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def said(rows: list[Row] | tuple[Row, ...]) -> str:
    return "\n".join("".join(span.text for span in row) for row in rows)


THREADS = st.builds(
    lambda subject, people, snippet, state, flags, names: replace(
        bare_row(1),
        subject=subject,
        people=tuple(people),
        snippet=snippet,
        state=state,
        unread=flags[0],
        starred=flags[1],
        ambiguous=flags[2],
        unverified=flags[3],
        attachments=flags[4],
        count=7 if flags[5] else 1,
        answered_by=people[0] if people and flags[6] else None,
        answered_at=NOW,
        clients=tuple(ClientName(client=ClientId(str(n)), name=name) for n, name in enumerate(names)),
        at=NOW,
    ),
    st.text(max_size=80),
    st.lists(st.text(max_size=30), max_size=4),
    st.text(max_size=160),
    st.sampled_from(ThreadState),
    st.tuples(*[st.booleans()] * 7),
    st.lists(st.text(min_size=1, max_size=30), max_size=3),
)


@given(THREADS, st.integers(40, 160), st.booleans(), st.booleans())
def test_a_thread_fits_its_lines_whatever_stands_in_it(row: ThreadRow, cells: int, client: bool, state: bool) -> None:  # noqa: FBT001
    rows = thread_rows(row, cells, now=NOW, show=Shown(client=client, state=state))
    assert len(rows) == tall(cells)
    for each in rows:
        assert cells_of(each) <= cells


@given(THREADS, THREADS)
def test_columns_stand_under_each_other(one: ThreadRow, other: ThreadRow) -> None:
    for cells in (ONE_LINE, 110):
        widths = [cells_of(thread_rows(row, cells, now=NOW, show=Shown())[0]) for row in (one, other)]
        assert widths == [cells, cells]


def test_a_row_says_state_and_who_answered_when() -> None:
    waiting = replace(bare_row(1), state=ThreadState.WAITING, answered_by="Luis Vega", answered_at=NOW, at=NOW)
    assert "Luis answered 17:00" in said(thread_rows(waiting, 50, now=NOW, show=Shown()))
    assert "↩ Luis 17:00" in said(thread_rows(waiting, ONE_LINE, now=NOW, show=Shown()))
    to_answer = replace(waiting, state=ThreadState.TO_ANSWER, answered_by=None)
    assert "to answer 17:00" in said(thread_rows(to_answer, 50, now=NOW, show=Shown()))
    assert "✓ done 17:00" in said(thread_rows(replace(to_answer, state=ThreadState.DONE), 50, now=NOW, show=Shown()))


def test_a_day_is_never_cut() -> None:
    row = replace(bare_row(1), state=ThreadState.WAITING, answered_by="Maximiliane Weiss")
    for cells in (ONE_LINE, 80, 110):
        for days, said_as in ((10, r"\d\d? \w{3}"), (1000, r"\d{4}-\d\d-\d\d")):
            shown = said(thread_rows(replace(row, answered_at=NOW - days * 86400), cells, now=NOW, show=Shown()))
            assert re.search(said_as + r" *$", shown), shown


def test_a_row_says_who_is_to_answer_until_when_it_is_away_and_that_it_was_commented() -> None:
    row = replace(bare_row(1), state=ThreadState.TO_ANSWER, assigned="Vera Vega", comments=2, at=NOW)
    for cells in (50, ONE_LINE, 110):
        assert "→ Vera 17:00" in said(thread_rows(row, cells, now=NOW, show=Shown()))
        assert "▎ s1" in said(thread_rows(row, cells, now=NOW, show=Shown()))
    away = replace(row, snoozed_until=NOW + 86400)
    assert "until 25 Nov" in said(thread_rows(away, 50, now=NOW, show=Shown()))
    assert "25 Nov" in said(thread_rows(away, ONE_LINE, now=NOW, show=Shown()))


def test_what_the_list_says_already_is_not_said_in_each_row() -> None:
    row = replace(bare_row(1), state=ThreadState.TO_ANSWER, clients=(CLIENT,), at=NOW)
    shown = said(thread_rows(row, 50, now=NOW, show=Shown(client=False, state=False)))
    assert "to answer" not in shown
    assert "Talleres" not in shown
    assert "17:00" in shown


def test_a_forged_and_an_ambiguous_thread_stand_out() -> None:
    row = replace(bare_row(1), unverified=True, ambiguous=True, clients=(CLIENT,), at=NOW)
    assert "! sender not verified" in said(thread_rows(row, 110, now=NOW, show=Shown()))
    assert "! s1" in said(thread_rows(row, 50, now=NOW, show=Shown()))
    assert "? Talleres" in said(thread_rows(row, 50, now=NOW, show=Shown()))


# ---------------------------------------------------------------- emails


async def letter_of(desk: ShownDesk, **over: object) -> Letter:
    made = desk.made[0]
    email = made.mails[-1].email
    view = replace(await desk.email(email), **over)
    return Letter(view=view, why=await desk.why(email), place=len(made.mails), emails=await desk.thread(made.thread))


def one_mail(text: str = "Hello") -> ShownDesk:
    desk = ShownDesk()
    desk.add("Subject", ("Marta Ruiz <marta@ruiz.example>", text), client="Talleres Ruiz", at=NOW)
    return desk


async def test_an_email_shows_head_body_and_its_place_in_the_thread() -> None:
    desk = one_mail()
    desk.add("Two", ("A <a@x.example>", "first"), ("B <b@x.example>", "second"), at=NOW)
    shown = said(letter_rows(await letter_of(desk), 60, folded=True))
    assert "Two" in shown
    assert "B <b@x.example>" in shown
    assert "Mon 24 Nov 2025, 17:00" in shown
    assert "2 of 2" in shown
    assert "second" in shown
    assert "first" not in shown


async def test_long_quotes_are_folded_and_come_back() -> None:
    quote = "\n".join(f"> line {number}" for number in range(10))
    blocks = (Block(kind="text", text="See below."), Block(kind="quote", text=quote))
    letter = await letter_of(one_mail(), blocks=blocks)
    folded = said(letter_rows(letter, 60, folded=True))
    assert "10 quoted lines" in folded
    assert "line 7" not in folded
    opened = said(letter_rows(letter, 60, folded=False))
    assert "line 7" in opened


async def test_a_mail_that_is_one_quote_is_not_folded_away() -> None:
    blocks = (Block(kind="forward", text="\n".join("abcdefgh")),)
    assert "h" in said(letter_rows(await letter_of(one_mail(), blocks=blocks), 60, folded=True)).splitlines()[-1]


async def test_links_are_numbered_with_their_true_target() -> None:
    links = (
        Link(text="our site", target="https://ruiz.example/a"),
        Link(text="www.bank.example", target="http://203.0.113.9/", suspicious=True),
    )
    rows = letter_rows(await letter_of(one_mail(), links=links), 60, folded=True)
    shown = said(rows)
    assert "  1  our site" in shown
    assert "https://ruiz.example/a" in shown
    assert "  2  www.bank.example" in shown
    assert "http://203.0.113.9/" in shown
    assert "leads elsewhere than its text says" in shown


async def test_attachments_are_listed_and_inline_pictures_are_not() -> None:
    parts = (
        Part(n=1, name="invoice.pdf", type="application/pdf", size=1_840_000, sha256=""),
        Part(n=2, name="logo.png", type="image/png", size=900, sha256="", inline=True),
    )
    shown = said(letter_rows(await letter_of(one_mail(), attachments=parts), 60, folded=True))
    assert "1  invoice.pdf  PDF, 1.8 MB" in shown
    assert "logo" not in shown


async def test_warnings_stand_before_the_text() -> None:
    letter = await letter_of(one_mail("Pay now"), warnings=("unverified", "hidden_text"), verified=Verified.FAIL)
    shown = said(letter_rows(letter, 70, folded=True))
    assert shown.index("may be forged") < shown.index("hid is left out") < shown.index("Pay now")


async def test_a_body_that_is_not_here_says_how_to_get_it() -> None:
    letter = await letter_of(one_mail(), whole=False, blocks=(), text="", warnings=("body_missing",))
    assert "still on the server" in said(letter_rows(letter, 70, folded=True))


async def test_many_people_are_counted() -> None:
    people = tuple(Person(name=f"Person {number}", address=f"p{number}@x.example") for number in range(40))
    rows = letter_rows(await letter_of(one_mail(), to=people), 60, folded=True)
    assert "(40)" in said(rows)
    assert len(rows) < 20
    assert all(cells_of(row) <= 60 for row in rows)


async def test_the_first_line_says_client_reason_and_answer() -> None:
    letter = await letter_of(one_mail(), answered_by="Luis Vega", answered_at=NOW)
    wide = said([title_row(letter, 100, now=NOW)])
    assert wide == "Talleres Ruiz · marta@ruiz.example is theirs · Luis Vega answered 17:00"
    assert said([title_row(letter, 50, now=NOW)]) == "Talleres Ruiz · by address · ↩ Luis 17:00"
    assert cells_of(title_row(letter, 20, now=NOW)) <= 20


async def test_the_first_line_of_an_unfiled_email() -> None:
    desk = ShownDesk()
    desk.add("Subject", ("x@x.example", "Hello"), at=NOW)
    assert said([title_row(await letter_of(desk), 60, now=NOW)]) == "unfiled · not answered"


async def test_the_first_line_says_the_last_contact_where_there_is_room() -> None:
    letter = await letter_of(one_mail(), answered_by="Luis Vega", answered_at=NOW, last_contact_at=NOW - 86400)
    wide = said([title_row(letter, 110, now=NOW)])
    assert wide.endswith("Luis Vega answered 17:00 · last contact 23 Nov")
    assert "by address · ↩ Luis 17:00 · last contact" in said([title_row(letter, 66, now=NOW)])


async def test_comments_stand_below_and_say_that_they_are_internal() -> None:
    desk = one_mail()
    email = desk.made[0].mails[-1].email
    said_by = (Comment(comment=CommentId("k1"), at=NOW, by="Vera Vega", text="Is it final?", email=email),)
    letter = replace(await letter_of(desk), comments=said_by)
    shown = said(letter_rows(letter, 60, folded=True))
    assert (
        shown.index("Hello") < shown.index("Comments  internal: they stay in the firm") < shown.index("▎ Is it final?")
    )
    assert "▎ Vera Vega  Mon 24 Nov 2025, 17:00" in shown


@pytest.mark.parametrize("reason", Reason)
async def test_every_reason_has_few_words(reason: Reason) -> None:
    filing = WhyFiling(client=CLIENT, reason=reason, confidence=90, by="Ana", rule="taxes", address="a@x.example")
    letter = await letter_of(one_mail())
    told = Letter(
        view=letter.view, why=Why(email=letter.view.email, filings=(filing,), alternatives=()), place=1, emails=()
    )
    words = said([title_row(told, 120, now=NOW)]).partition(" · ")[2]
    assert 1 <= len(words.split()) <= 6


def test_times_as_people_read_them() -> None:
    assert brief(NOW, now=NOW) == "17:00"
    assert brief(NOW - 2 * 86_400, now=NOW) == "22 Nov"
    assert brief(NOW - 700 * 86_400, now=NOW) == "2023-12-25"
    assert brief(None, now=NOW) == ""
    assert brief(10**18, now=NOW) == ""
    assert full(NOW) == "Mon 24 Nov 2025, 17:00"


def test_sizes_as_people_say_them() -> None:
    assert [size_word(size) for size in (1, 999, 12_400, 2_500_000)] == ["1 byte", "999 bytes", "12 kB", "2.5 MB"]


BROKEN = """Good morning. As somebody new is looking over our shoulders today, a few
things about this desk, which is not as old as it looks to those who do
not know it.

1. The first of the things, which is rather long and goes up to the edge
2. The second

Ana Olmo
Calle Mayor 1"""


def test_paragraphs_broken_for_a_wider_page_are_made_whole() -> None:
    lines = unbroken(BROKEN, 48).split("\n")
    assert lines[0].endswith(
        "a few things about this desk, which is not as old as it looks to those who do not know it."
    )
    assert lines[1:] == ["", *BROKEN.split("\n")[4:]]


def test_where_there_is_room_every_line_stays() -> None:
    assert unbroken(BROKEN, 80) == BROKEN


@given(st.text(st.sampled_from("ab1. >-\n"), max_size=200), st.integers(8, 80))
def test_making_whole_loses_no_letter(words: str, cells: int) -> None:
    whole = unbroken(words, cells)
    assert whole.replace(" ", "").replace("\n", "") == words.replace(" ", "").replace("\n", "")
    assert [line for line in whole.split("\n") if not line].count("") == words.split("\n").count("")


# ---------------------------------------------------------------- the status line


def status(*boxes: MailboxStatus) -> str:
    return said([office_row(OfficeStatus(pid=1, since=0, version="1", firm="f", mailboxes=boxes))])


def box(state: SyncState, **more: object) -> MailboxStatus:
    return replace(MailboxStatus(address="ana@x.example", state=state), **more)


def test_the_status_line_says_the_worst_first() -> None:
    assert status() == "No mailbox synced yet: press :, then “sync my email”."
    assert status(box(SyncState.SYNCED), box(SyncState.SYNCED)) == "✓ 2 mailboxes up to date"
    fresh = OfficeStatus(pid=1, since=0, version="1", firm="f", mailboxes=(box(SyncState.SYNCED),))
    assert said([office_row(fresh, clients=False)]) == "✓ 1 mailbox up to date · g f finds your clients"
    assert status(box(SyncState.PAUSED)) == "ana@x.example: paused"
    first = box(SyncState.SYNCING, done=120, total=300, rate=45.4, eta_s=4)
    assert status(first) == "syncing ana@x.example  120 of 300 · 45 a second · 4 seconds left"
    assert status(first, first).startswith("syncing 2 mailboxes  240 of 600 · 91 a second")
    broken = box(SyncState.OFFLINE, last_error="dns")
    assert status(broken, box(SyncState.BROKEN), first).startswith(
        "! ana@x.example: offline (its name is not known) and 1 more · syncing ana@x.example"
    )


def test_the_right_end_of_the_status_line() -> None:
    assert said([place_row(notices=3, typed="5g")]) == "5g   Inbox+ 3"
    assert said([place_row(notices=0, typed="")]) == ""
    assert left_words(600) == "10 minutes left"
