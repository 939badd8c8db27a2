"""Acts on mail and threads, as a screen may rely on them at every Desk."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from actors.desk.api import Desk, NewContact
from store.model.errors import BadRequest, NotFound
from store.model.ids import RequestId, ThreadId
from store.model.views import ThreadQuery, ThreadRow, View
from tests.contract.test_desk import ASKS, ASKS_AGAIN, OTHER, WORLDS, bring, emails, new, refused

LATER = int(time.time()) + 7 * 24 * 3600


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        yield desk


async def row_of(desk: Desk, thread: ThreadId) -> ThreadRow:
    (row,) = [row for row in (await desk.threads(ThreadQuery())).rows if row.thread == thread]
    return row


async def listed(desk: Desk, view: View) -> list[ThreadId]:
    return [row.thread for row in (await desk.threads(ThreadQuery(view=view))).rows]


async def asked(desk: Desk) -> ThreadId:
    """A thread of a client's."""
    await desk.add_client(new(), "Byron", [NewContact(name="Ada", address="ada@byron.example")])
    await bring(desk, ASKS)
    return (await emails(desk))[1].thread


# ---- Snooze


async def test_a_snoozed_thread_says_until_when_and_comes_back(desk: Desk) -> None:
    thread = await asked(desk)
    done = await desk.snooze(new(), thread, LATER)
    assert (done.done, done.affected, done.undo) == (True, 1, "snooze")
    assert (await row_of(desk, thread)).snoozed_until == LATER
    assert await listed(desk, View.SNOOZED) == [thread]
    await desk.snooze(new(), thread, None)
    assert (await row_of(desk, thread)).snoozed_until is None
    assert not (await desk.snooze(new(), thread, None)).done
    assert (await desk.undo(new())).undo == "unsnooze"
    assert (await row_of(desk, thread)).snoozed_until == LATER


async def test_mail_from_outside_ends_a_snooze(desk: Desk) -> None:
    thread = await asked(desk)
    await desk.snooze(new(), thread, LATER)
    await bring(desk, ASKS_AGAIN)
    assert (await row_of(desk, thread)).snoozed_until is None
    assert await listed(desk, View.SNOOZED) == []


async def test_a_snooze_ends_in_the_time_to_come(desk: Desk) -> None:
    thread = await asked(desk)
    for until in (1, LATER + (1 << 40)):
        error = await refused(desk.snooze(new(), thread, until))
        assert (error.code, error.arguments) == ("bad_value", {"field": "until"})


# ---- Assign


async def test_an_assigned_thread_says_to_whom(desk: Desk) -> None:
    thread = await asked(desk)
    me = (await desk.welcome()).member
    done = await desk.assign(new(), thread, me.name)
    assert (done.done, done.affected, done.undo) == (True, 1, "assign")
    assert (await row_of(desk, thread)).assigned == me.name
    assert await listed(desk, View.ASSIGNED) == [thread]
    assert not (await desk.assign(new(), thread, me.member)).done
    await desk.assign(new(), thread, None)
    assert (await row_of(desk, thread)).assigned is None
    await desk.undo(new())
    assert (await row_of(desk, thread)).assigned == me.name


async def test_only_who_may_see_a_thread_is_given_it(desk: Desk) -> None:
    thread = await asked(desk)
    await desk.add_member(new(), "Ed Employee")
    error = await refused(desk.assign(new(), thread, "Ed Employee"))
    assert isinstance(error, BadRequest)
    assert (error.code, error.arguments) == ("assignee_cannot_see", {"name": "Ed Employee"})
    await desk.set_access(new(), "Ed Employee", give=["Byron"])
    await desk.assign(new(), thread, "ed employee")
    assert (await row_of(desk, thread)).assigned == "Ed Employee"
    assert await listed(desk, View.ASSIGNED) == []
    assert isinstance(await refused(desk.assign(new(), thread, "Nobody")), NotFound)


# ---- Comments


async def test_comments_stand_in_order_on_the_newest_mail_and_are_counted(desk: Desk) -> None:
    thread = await asked(desk)
    assert await desk.comments(thread) == ()
    await desk.comment(new(), thread, "I call her.")
    await bring(desk, ASKS_AGAIN)
    done = await desk.comment(new(), thread, "  She is away.\n")
    assert (done.affected, done.undo) == (1, "comment")
    rows, me = await emails(desk), (await desk.welcome()).member.name
    made = await desk.comments(thread)
    assert [(one.text, one.by, one.email) for one in made] == [
        ("I call her.", me, rows[1].email),
        ("She is away.", me, rows[2].email),
    ]
    assert len({one.comment for one in made}) == 2
    assert (await row_of(desk, thread)).comments == 2
    await desk.undo(new())
    assert [one.text for one in await desk.comments(thread)] == ["I call her."]
    assert (await row_of(desk, thread)).comments == 1


@pytest.mark.parametrize(("text", "code"), [(" \n ", "bad_value"), ("x" * 10_001, "too_long")])
async def test_a_comment_says_something_and_not_everything(desk: Desk, text: str, code: str) -> None:
    thread = await asked(desk)
    assert (await refused(desk.comment(new(), thread, text))).code == code
    assert await desk.comments(thread) == ()


async def test_of_an_unknown_thread_nothing_is_found(desk: Desk) -> None:
    nothing = ThreadId("nothing")
    for call in (
        desk.snooze(new(), nothing, LATER),
        desk.assign(new(), nothing, None),
        desk.comment(new(), nothing, "Hello"),
        desk.comments(nothing),
        desk.mark(new(), [], threads=[nothing], read=True),
        desk.delete(new(), [], threads=[nothing]),
    ):
        assert isinstance(await refused(call), NotFound)


# ---- Threads at once


async def test_whole_threads_are_marked_at_once(desk: Desk) -> None:
    await bring(desk, ASKS, ASKS_AGAIN, OTHER)
    rows = await emails(desk)
    done = await desk.mark(new(), [rows[1].email], threads=[rows[1].thread, rows[3].thread], read=True)
    assert done.affected == 3
    assert all(row.read for row in (await emails(desk)).values())
    await desk.undo(new())
    assert not any(row.read for row in (await emails(desk)).values())
    assert (await refused(desk.mark(new(), [], read=True))).code == "bad_value"


async def test_whole_threads_are_moved_at_once(desk: Desk) -> None:
    await bring(desk, ASKS, ASKS_AGAIN, OTHER)
    await bring(desk, replace(OTHER, folder="Cases"))
    thread = (await emails(desk))[1].thread
    done = await desk.move(new(), [], "Cases", threads=[thread])
    assert (done.affected, done.threads, done.undo) == (2, 1, "move")
    assert (await refused(desk.move(new(), [], "No such folder", threads=[thread]))).code == "no_such_folder"
    assert (await desk.undo(new())).affected == 2


async def test_imported_mail_has_no_folders_of_a_server_to_move_to(desk: Desk) -> None:
    await bring(desk, ASKS, replace(OTHER, folder="Cases"))
    assert await desk.mail_folders() == ()


# ---- Undo


async def test_what_comes_next_is_said_before_it_is_undone(desk: Desk) -> None:
    await bring(desk, ASKS, OTHER)
    assert await desk.next_undo() is None
    rows = await emails(desk)
    await desk.mark(new(), [rows[1].email, rows[3].email], read=True)
    await desk.mark(new(), [rows[1].email], starred=True)
    told = await desk.next_undo()
    assert told is not None
    assert (told.word, told.affected) == ("mark", 1)
    await desk.undo(new())
    told = await desk.next_undo()
    assert told is not None
    assert (told.word, told.affected) == ("mark", 2)
    await desk.undo(new())
    assert await desk.next_undo() is None


async def test_a_batch_is_undone_as_one(desk: Desk) -> None:
    await bring(desk, ASKS, ASKS_AGAIN, OTHER)
    rows, batch = await emails(desk), new()
    await desk.mark(new(), [rows[3].email], starred=True)
    for number, thread in enumerate((rows[1].thread, rows[3].thread), 1):
        await desk.mark(RequestId(f"{batch}/{number}"), [], threads=[thread], read=True)
    told = await desk.next_undo()
    assert told is not None
    assert (told.word, told.affected, told.threads) == ("mark", 3, 2)
    undone = await desk.undo(new())
    assert (undone.affected, undone.threads, undone.undo, undone.warning) == (3, 2, "mark", None)
    now = await emails(desk)
    assert not any(row.read for row in now.values())
    assert now[3].starred
