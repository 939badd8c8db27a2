"""What each key of the mail asks of the desk, and what is to be seen then."""

from collections.abc import AsyncIterator

import pytest
from textual import events

from store.model.errors import Away, BadRequest, NotAllowed
from store.model.views import ThreadQuery, View
from tests.screens.run import opened
from tests.screens.screens import NARROW, WIDE, Screens, firm, made
from tui.screens.dialog import Dialog


@pytest.fixture
async def wide() -> AsyncIterator[Screens]:
    desk = firm()
    async with opened(desk, size=WIDE) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        yield screens


@pytest.fixture
async def narrow() -> AsyncIterator[Screens]:
    desk = firm()
    async with opened(desk, size=NARROW) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        yield screens


# ---------------------------------------------------------------- lists


async def test_it_opens_on_the_inbox_with_folders_counts_and_the_mailboxes_state(wide: Screens) -> None:
    assert wide.asked("threads")[0] == ((ThreadQuery(view=View.INBOX),), {"offset": 0, "limit": 200})
    assert "Inbox  3 threads" in wide.rows
    for words in ("Olmo & Vega", "Waiting", "Clients", "Alpha", "Bravo Inc", "First", "Second", "Third"):
        assert words in wide.rows
    assert "Old" not in wide.rows
    assert "1 mailbox up to date" in wide.status
    assert wide.status.endswith("1/3")


async def test_j_and_k_move_and_a_count_repeats(wide: Screens) -> None:
    await wide.press("j")
    assert wide.threads.cursor == 1
    await wide.press("2", "k")
    assert wide.threads.cursor == 0
    await wide.press("2", "j")
    assert wide.threads.cursor == 2
    await wide.press("g", "g")
    assert wide.threads.cursor == 0
    await wide.press("G")
    assert wide.threads.cursor == 2
    await wide.press("2", "G")
    assert wide.threads.cursor == 1


async def test_what_waits_for_a_key_is_shown(wide: Screens) -> None:
    await wide.press("1", "2")
    assert "12   1/3" in wide.status
    await wide.press("g")
    assert "12g" in wide.status
    await wide.press("escape")
    assert "g" not in wide.status.rpartition("date")[2]


async def test_moving_looks_in_passing_and_marks_nothing_read(wide: Screens) -> None:
    await wide.press("j")
    assert "The second text" in wide.rows
    assert wide.asked("mark") == []
    assert wide.asked("fetch_body") == []


async def test_a_folder_under_the_cursor_is_shown_at_once(wide: Screens) -> None:
    await wide.press("h")
    assert wide.place == "folders"
    await wide.press("G")
    assert wide.asked("threads")[-1][0] == (ThreadQuery(client=wide.desk.named_client("Charlie Ltd").client),)
    assert "Charlie Ltd  1 thread" in wide.rows
    await wide.press("enter")
    assert wide.place == "threads"


async def test_headings_are_stepped_over(wide: Screens) -> None:
    await wide.press("h", "G", "k", "k")
    assert "Alpha  2 threads" in wide.rows
    await wide.press("k")
    assert "All mail  4 threads" in wide.rows


@pytest.mark.parametrize(
    ("key", "view"),
    [("i", View.INBOX), ("w", View.WAITING), ("u", View.UNFILED), ("e", View.DONE), ("a", View.ALL)],
)
async def test_g_and_a_letter_go_to_a_view(narrow: Screens, key: str, view: View) -> None:
    await narrow.press("g", "a", "g", key)
    assert narrow.asked("threads")[-1][0] == (ThreadQuery(view=view),)


async def test_an_empty_list_says_so(wide: Screens) -> None:
    await wide.press("g", "w")
    assert "Nothing here." in wide.rows
    assert "No email is open." in wide.rows


async def test_a_list_that_is_refused_is_told(wide: Screens) -> None:
    wide.desk.fail("threads", NotAllowed("not_allowed"))
    await wide.press("g", "e")
    assert "You may not do that." in wide.status


# ---------------------------------------------------------------- reading


async def test_enter_opens_marks_read_and_shows_the_reason(wide: Screens) -> None:
    await wide.press("j", "enter")
    email = made(wide.desk, "Second").mails[0].email
    assert wide.place == "reading"
    assert [(given, named) for given, named in wide.asked("mark")] == [(([email],), {"read": True, "passing": True})]
    assert "Bravo Inc · by address · not answered" in wide.rows
    assert "The second text" in wide.rows


async def test_an_email_that_was_read_is_not_marked_again(wide: Screens) -> None:
    await wide.press("enter")
    assert wide.asked("mark") == []


async def test_capital_j_and_k_step_through_the_thread(wide: Screens) -> None:
    await wide.press("enter")
    assert "3 of 3" in wide.rows
    await wide.press("K")
    assert "2 of 3" in wide.rows
    assert "On its way." in wide.rows
    await wide.press("2", "K")
    assert "Where is it?" in wide.rows
    await wide.press("K")
    assert "no other email" in wide.status
    await wide.press("J")
    assert "2 of 3" in wide.rows


async def test_a_thread_opens_at_its_first_unread_email(wide: Screens) -> None:
    first = made(wide.desk, "First")
    first.mails[1].read = False
    await wide.press("j", "k", "enter")
    await wide.press("h", "g", "a", "g", "i", "enter")
    assert "2 of 3" in wide.rows


async def test_a_body_that_is_not_here_is_fetched_when_opened(wide: Screens) -> None:
    made(wide.desk, "Second").mails[0].whole = False
    await wide.press("j")
    assert "still on the server" in wide.rows
    held = wide.desk.hold("fetch_body")
    await wide.pilot.press("enter")
    await wide.desk.reached("fetch_body")
    await wide.pilot.pause()
    assert "fetching the text" in wide.rows
    held.set()
    await wide.settle()
    assert "The second text" in wide.rows


async def test_a_body_that_cannot_be_fetched_is_said_calmly(wide: Screens) -> None:
    made(wide.desk, "Second").mails[0].whole = False
    wide.desk.fail("fetch_body", Away("body_unavailable"))
    await wide.press("j", "enter")
    assert "could not be fetched now" in wide.status
    assert "still on the server" in wide.rows
    await wide.press("enter")
    assert "The second text" in wide.rows


async def test_j_scrolls_the_text_and_z_shows_the_quotes(wide: Screens) -> None:
    made(wide.desk, "First").mails[-1].text = "\n".join(f"line {number}" for number in range(100))
    await wide.press("j")
    await wide.press("k")
    await wide.press("enter", "5", "j")
    assert "line 34" in wide.rows
    assert "line 35" not in wide.rows
    await wide.press("G")
    assert "line 99" in wide.rows
    await wide.press("g", "g")
    assert "line 0" in wide.rows
    assert wide.threads.cursor == 0


async def test_w_explains_and_q_closes(wide: Screens) -> None:
    await wide.press("w")
    assert isinstance(wide.app.screen, Dialog)
    email = made(wide.desk, "First").mails[-1].email
    assert wide.asked("why")[-1] == ((email,), {})
    for words in (
        "Why filed here",
        "Alpha",
        "ada@a.example is theirs",
        "100 %",
        "It might also belong to",
        "Bravo Inc",
    ):
        assert words in wide.rows
    await wide.press("q")
    assert not isinstance(wide.app.screen, Dialog)


async def test_question_mark_shows_the_keys_of_the_place(wide: Screens) -> None:
    await wide.press("question_mark")
    assert "Keys in the list" in wide.rows
    await wide.press("escape", "enter", "question_mark")
    assert "Keys while reading" in wide.rows
    assert "quotes" in wide.rows


# ---------------------------------------------------------------- acts


async def test_e_says_done_and_u_takes_it_back(wide: Screens) -> None:
    thread = made(wide.desk, "First").thread
    await wide.press("e")
    assert wide.asked("done") == [((thread,), {})]
    assert "1 thread is done. u takes it back." in wide.status
    assert "Inbox  2 threads" in wide.rows
    assert wide.threads.chosen is not None
    assert wide.threads.chosen.subject == "Second"  # the next one took its place
    await wide.press("u")
    assert len(wide.asked("undo")) == 1
    assert "Undone: done." in wide.status
    assert "Inbox  3 threads" in wide.rows
    assert " new" not in wide.rows  # what one brings back oneself is no news: it is shown
    assert wide.threads.top == 0
    assert wide.threads.chosen.subject == "Second"


async def test_new_mail_that_comes_with_what_undo_brings_back_is_counted_alone(wide: Screens) -> None:
    await wide.press("e")
    wide.desk.add("Brand new", ("Eve <eve@e.example>", "Hello"), client="Alpha", unread=True)
    await wide.press("u")
    assert "Inbox  4 threads" in wide.rows
    assert "1 new · gg shows it" in wide.rows


async def test_what_is_said_goes_with_the_next_key(wide: Screens) -> None:
    await wide.press("e")
    await wide.press("j")
    assert "is done." not in wide.status
    assert "up to date" in wide.status


async def test_an_act_that_is_refused_says_why(wide: Screens) -> None:
    wide.desk.fail("done", NotAllowed("not_allowed"))
    await wide.press("e")
    assert "You may not do that. Ask the owner" in wide.status


async def test_done_while_reading_goes_back_to_the_list(wide: Screens) -> None:
    await wide.press("j", "enter", "e")
    assert wide.asked("done") == [((made(wide.desk, "Second").thread,), {})]
    assert wide.place == "threads"


# ---------------------------------------------------------------- search


async def test_a_search_shows_hits_as_one_types(wide: Screens) -> None:
    await wide.press("slash", *"second")
    assert wide.place == "search"
    assert wide.asked("threads")[-1][0] == (ThreadQuery(view=View.ALL, text="second"),)
    assert "Search: second  1 thread" in wide.rows
    await wide.press("enter")
    assert wide.place == "threads"
    assert wide.threads.chosen is not None
    assert wide.threads.chosen.subject == "Second"


@pytest.mark.parametrize("leave", ["escape", "q"])
async def test_leaving_a_search_goes_back_to_where_it_began(wide: Screens, leave: str) -> None:
    await wide.press("j", "slash", *"third", "enter", leave)
    assert "Inbox  3 threads" in wide.rows
    assert wide.threads.cursor == 1
    assert wide.app.is_running


async def test_escape_while_typing_leaves_too(wide: Screens) -> None:
    await wide.press("j", "slash", *"third", "escape")
    assert wide.place == "threads"
    assert "Inbox  3 threads" in wide.rows
    assert wide.threads.cursor == 1


async def test_n_goes_to_the_next_hit_and_opens_it_while_reading(wide: Screens) -> None:
    await wide.press("slash", *"the", "enter")  # second, third
    await wide.press("n")
    assert wide.threads.cursor == 1
    await wide.press("N", "enter", "n")
    assert wide.place == "reading"
    assert "The third text" in wide.rows


async def test_n_without_a_search_says_what_to_do(wide: Screens) -> None:
    await wide.press("n")
    assert "/ begins a search" in wide.status
    assert wide.threads.cursor == 0


async def test_a_search_that_cannot_be_understood_says_so(wide: Screens) -> None:
    wide.desk.fail("threads", BadRequest("bad_query"), times=3)
    await wide.press("slash", "x")
    assert "cannot be understood" in wide.status
    await wide.press("enter")
    assert "cannot be understood" in wide.status
    assert "Nothing found." in wide.rows


async def test_letters_typed_into_a_search_are_no_commands(wide: Screens) -> None:
    await wide.press("slash", *"jeq5gg")
    assert wide.asked("done") == []
    assert "Search: jeq5gg" in wide.rows


# ---------------------------------------------------------------- places and leaving


async def test_narrow_shows_one_pane_at_a_time(narrow: Screens) -> None:
    assert "Alpha" in narrow.rows
    assert "Where is it?" not in narrow.rows
    assert narrow.asked("email") == []  # nothing in passing where it could not be seen
    await narrow.press("l")
    assert narrow.place == "reading"
    assert "Thank you!" in narrow.rows
    assert "Clients" not in narrow.rows
    assert narrow.rows.endswith("q back")
    await narrow.press("h")
    assert narrow.place == "threads"
    assert "Clients" not in narrow.rows
    assert "h folders" in narrow.rows
    await narrow.press("h")
    assert narrow.place == "folders"
    assert "Clients" in narrow.rows
    assert "Third" not in narrow.rows
    await narrow.press("q")
    assert narrow.place == "threads"
    assert "Third" in narrow.rows
    assert "Clients" not in narrow.rows


async def test_where_there_is_room_the_folders_stand_beside_the_threads(narrow: Screens) -> None:
    await narrow.pilot.resize_terminal(90, 24)
    await narrow.settle()
    assert "Clients" in narrow.rows
    assert "Third" in narrow.rows
    assert "h folders" not in narrow.rows
    await narrow.pilot.resize_terminal(89, 24)
    await narrow.settle()
    assert "Clients" not in narrow.rows
    assert "h folders" in narrow.rows


async def test_resizing_keeps_what_is_read_in_view(narrow: Screens) -> None:
    await narrow.press("enter")
    await narrow.pilot.resize_terminal(*WIDE)
    await narrow.settle()
    assert "Clients" in narrow.rows
    assert "Thank you!" in narrow.rows
    await narrow.pilot.resize_terminal(*NARROW)
    await narrow.settle()
    assert "Thank you!" in narrow.rows
    assert "Clients" not in narrow.rows


async def test_q_goes_back_and_then_leaves(wide: Screens) -> None:
    await wide.press("enter", "q")
    assert wide.place == "threads"
    assert wide.app.is_running
    await wide.pilot.press("q")
    await wide.pilot.pause()
    assert not wide.app.is_running


async def test_the_mouse_works_too(wide: Screens) -> None:
    await wide.pilot.click("#threads", offset=(5, 3))
    await wide.settle()
    assert wide.threads.cursor == 1
    assert wide.place == "reading"
    await wide.pilot.click("#folders", offset=(3, 6))
    await wide.settle()
    assert "All mail  4 threads" in wide.rows


async def test_a_key_says_light_or_dark(wide: Screens) -> None:
    before = wide.app.theme
    await wide.press("ctrl+t")
    assert wide.app.theme != before
    await wide.press("ctrl+t")
    assert wide.app.theme == before


async def test_keys_that_come_all_at_once_do_what_they_do_one_by_one(wide: Screens) -> None:
    for keys in (["j", "2", "k"], ["slash", *"the", "enter"], ["enter", "q", "j", "enter"]):
        for key in keys:
            wide.app.post_message(events.Key(key, {"slash": "/"}.get(key, key if len(key) == 1 else None)))
        await wide.settle()
    assert wide.place == "reading"
    assert "Search: the  2 threads" in wide.rows
    assert "The third text" in wide.rows
    assert wide.asked("done") == []


async def test_each_email_begins_at_its_top(narrow: Screens) -> None:
    for each in narrow.desk.made:
        each.mails[-1].text = "\n".join(f"{each.subject} {number}" for number in range(100))
    await narrow.press("enter", "G")
    assert "First 99" in narrow.rows
    await narrow.press("q")
    await narrow.press("j", "enter")
    assert "Second 0" in narrow.rows


async def test_a_view_chosen_while_reading_leaves_the_folders_whole(narrow: Screens) -> None:
    await narrow.press("enter", "g", "a", "h")
    assert "Inbox" in narrow.rows
    assert "All mail" in narrow.rows
