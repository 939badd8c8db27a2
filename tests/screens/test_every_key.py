"""Every key of the table, in every place it has on the mail and in its dialogs: what it asks of the desk, what is seen.

Driven from the table itself: a key without a case here fails. The pages over the mail have tests of their own.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from store.model.errors import Away
from store.model.firm import Client
from store.model.ids import EmailId, ThreadId
from store.model.outbox import Answering
from store.model.thread import ThreadState
from store.model.views import Block, ThreadQuery, View
from tests.screens.desk import Mail, ShownDesk
from tests.screens.run import Office, Pauses, mail_screen, opened
from tests.screens.screens import Hands, Screens, firm, made, with_parts
from tui.keys import PANES, TABLE, Key, Place
from tui.screens.asking import AskText, Confirm
from tui.screens.chooser import Chooser, Option
from tui.screens.client import ClientScreen
from tui.screens.clients import ClientsScreen
from tui.screens.compose import ComposeScreen
from tui.screens.contact import ContactScreen
from tui.screens.dialog import Dialog
from tui.screens.find_clients import FindClientsScreen
from tui.screens.journal import JournalScreen
from tui.screens.mailboxes import MailboxesScreen
from tui.screens.members import MembersScreen
from tui.screens.notices import NoticesScreen
from tui.screens.outbox import OutboxScreen
from tui.screens.providers import ProvidersScreen
from tui.screens.rules import RulesScreen
from tui.screens.sync_form import SyncForm
from tui.widgets.folder_list import FolderList

HERE = (*PANES, Place.SEARCH, Place.DIALOG, Place.CHOOSER, Place.FORM, Place.CONFIRM)
INTO = {Place.FOLDERS: ("h",), Place.READING: ("enter",)}
Check = Callable[[Screens], bool]


@dataclass(frozen=True, kw_only=True)
class Case:
    """Keys before and after, and what is so then. `asks` are calls of the desk."""

    check: Check = lambda _screens: True
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    prepare: Callable[[ShownDesk], object] = lambda _desk: None
    asks: tuple[tuple[str, tuple[Any, ...], dict[str, Any]], ...] = ()


def thread(number: int = 0) -> ThreadId:
    """A thread of the made-up firm's inbox."""
    desk = firm()
    return [one for one in desk.made if one.state is ThreadState.TO_ANSWER][number].thread


FIRST = thread()
NEWEST = made(firm(), "First").mails[-1].email


def call(name: str, /, *given: object, **named: object) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    return name, given, named


def asks(name: str, /, *given: object, **named: object) -> Case:
    return Case(asks=(call(name, *given, **named),))


def on(screen: type[Screen[Any]]) -> Check:
    return lambda screens: isinstance(screens.app.screen, screen)


def sees(*words: str) -> Check:
    return lambda screens: all(word in screens.rows for word in words)


def lists(view: View) -> Case:
    return Case(before=("g", "a"), asks=(call("threads", ThreadQuery(view=view), offset=0, limit=200),))


def at(number: int) -> Check:
    return lambda screens: screens.threads.cursor == number


def at_folder(number: int) -> Check:
    return lambda screens: mail_screen(screens.app).query_one(FolderList).cursor == number


def writes(how: Answering, answers: EmailId | None) -> Case:
    return Case(check=lambda s: _proposed(s) == (how, answers) and isinstance(s.app.screen, ComposeScreen))


def _proposed(screens: Screens) -> tuple[Answering, EmailId | None]:
    ((_given, named),) = screens.asked("propose")
    return named["how"], named["answers"]


def first_line(words: str) -> Check:
    """What a text in the reading pane begins with."""
    return lambda screens: words in screens.rows.split("\n")[3]


def said(words: str) -> Check:
    return lambda screens: words in screens.status


def newest(desk: ShownDesk) -> Mail:
    return made(desk, "First").mails[-1]


def body_away(desk: ShownDesk) -> None:
    """Its text is on the server, which does not answer at first."""
    newest(desk).whole = False
    desk.fail("fetch_body", Away("body_unavailable"))


def known_clients(desk: ShownDesk) -> None:
    """Whose mail it is has a profile."""
    desk.firm.clients += [Client(client=one.client, name=one.name) for one in desk.named.values()]


def known_sender(desk: ShownDesk) -> None:
    """Of the mail that is read somebody is a contact."""
    for who in ("ada@a.example", "ana@olmo.example"):
        desk.firm.add_contact("Somebody", (who,))


def quoted(desk: ShownDesk) -> None:
    newest(desk).blocks = (Block(kind="text", text="Thank you!"), Block(kind="quote", text="a quoted line"))


def long(desk: ShownDesk) -> None:
    newest(desk).text = "\n".join(f"line {number:03}" for number in range(200))


CASES: dict[str | tuple[str, Place], Case] = {
    # ---- moving
    "down": Case(check=at(1)),
    ("down", Place.FOLDERS): Case(check=sees("Waiting  ")),
    ("down", Place.READING): Case(prepare=long, before=("4", "j"), check=first_line("line 000")),
    ("down", Place.DIALOG): Case(check=on(Dialog)),
    "up": Case(before=("j", "j"), check=at(1)),
    ("up", Place.FOLDERS): Case(before=("j",), check=sees("Inbox  3 threads")),
    ("up", Place.READING): Case(prepare=long, before=("6", "j"), check=first_line("line 000")),
    ("up", Place.DIALOG): Case(check=on(Dialog)),
    "half_down": Case(check=at(2)),
    ("half_down", Place.FOLDERS): Case(check=lambda screens: "Charlie Ltd  1 thread" in screens.rows),
    ("half_down", Place.READING): Case(prepare=long, check=lambda s: "line 005" not in s.rows and "line 030" in s.rows),
    ("half_down", Place.DIALOG): Case(check=on(Dialog)),
    "half_up": Case(before=("G",), check=at(0)),
    ("half_up", Place.FOLDERS): Case(before=("G",), check=at_folder(0)),
    ("half_up", Place.READING): Case(check=sees("Thank you!")),
    ("half_up", Place.DIALOG): Case(check=on(Dialog)),
    "top": Case(before=("G",), check=at(0)),
    ("top", Place.FOLDERS): Case(before=("G",), check=at_folder(0)),
    ("top", Place.READING): Case(prepare=long, before=("G",), check=sees("line 000")),
    ("top", Place.DIALOG): Case(before=("G",), check=on(Dialog)),
    "bottom": Case(check=at(2)),
    ("bottom", Place.FOLDERS): Case(check=sees("Charlie Ltd  1 thread")),
    ("bottom", Place.READING): Case(prepare=long, check=sees("line 199")),
    ("bottom", Place.DIALOG): Case(check=on(Dialog)),
    "open": Case(before=("j",), check=lambda s: s.place == "reading", asks=(call("thread", thread(1)),)),
    ("open", Place.FOLDERS): Case(before=("G",), check=lambda s: s.place == "threads"),
    "fetch": Case(prepare=body_away, check=lambda s: len(s.asked("fetch_body")) == 1 and "Thank you!" in s.rows),
    "next_email": Case(before=("K",), check=sees("3 of 3")),
    "previous_email": Case(check=sees("2 of 3")),
    "quotes": Case(prepare=quoted, check=sees("a quoted line")),
    "left": Case(check=lambda s: s.place == "folders"),
    ("left", Place.READING): Case(check=lambda s: s.place == "threads"),
    "right": Case(check=lambda s: s.place == "reading"),
    ("right", Place.FOLDERS): Case(check=lambda s: s.place == "threads"),
    "next_pane": Case(check=lambda s: s.place == "reading"),
    ("next_pane", Place.FOLDERS): Case(check=lambda s: s.place == "threads"),
    ("next_pane", Place.READING): Case(check=lambda s: s.place == "folders"),
    "search": Case(check=lambda s: s.place == "search"),
    "submit": Case(before=tuple("the"), check=lambda s: s.place == "threads" and "Search: the  2" in s.rows),
    "leave_search": Case(before=tuple("the"), check=lambda s: s.place == "threads" and "Inbox  3" in s.rows),
    "next_hit": Case(before=("slash", *"the", "enter"), check=at(1)),
    ("next_hit", Place.READING): Case(check=said("/ begins a search")),
    "previous_hit": Case(before=("slash", *"the", "enter", "j"), check=at(0)),
    ("previous_hit", Place.READING): Case(check=said("/ begins a search")),
    # ---- answering
    "reply": writes(Answering.REPLY, NEWEST),
    "reply_all": writes(Answering.REPLY_ALL, NEWEST),
    "forward": writes(Answering.FORWARD, NEWEST),
    "compose": writes(Answering.NEW, None),
    # ---- what becomes of a thread
    "done": Case(asks=(call("done", FIRST),), check=said("1 thread is done. u takes it back.")),
    "reopen": Case(asks=(call("reopen", FIRST),), check=said("1 thread is open again.")),
    "archive": Case(asks=(call("archive", (), threads=[FIRST]),), check=said("1 thread archived.")),
    "delete": Case(asks=(call("delete", (), threads=[FIRST]),), check=said("1 thread deleted.")),
    "move": Case(
        after=(*"proj", "enter"),
        asks=(call("move", (), "Projects", threads=[FIRST]),),
        check=said("1 thread moved to Projects."),
    ),
    "spam": Case(asks=(call("spam", (), threads=[FIRST]),), check=said("1 thread moved to spam.")),
    "snooze": Case(after=(*"2025-12-24 9:30", "enter"), check=said("1 thread comes back Wed 24 Dec 2025, 09:30.")),
    "assign": Case(after=(*"vera", "enter"), asks=(call("assign", FIRST, "m1"),), check=said("assigned to Vera Vega.")),
    "file": Case(
        after=(*"brav", "enter"),
        asks=(call("file", thread=FIRST, client="c2"),),
        check=said("1 thread filed with Bravo Inc."),
    ),
    "why": Case(asks=(call("why", NEWEST),), check=on(Dialog)),
    "client": Case(prepare=known_clients, check=on(ClientScreen)),
    ("client", Place.FOLDERS): Case(prepare=known_clients, before=("G",), check=on(ClientScreen)),
    "sender": Case(prepare=known_sender, check=on(ContactScreen)),
    "make_rule": Case(
        check=lambda s: isinstance(s.app.screen, Chooser) and "from" in s.rows and "ada@a.example" in s.rows
    ),
    "new_client": Case(
        after=(*"Ada & Co", "down", "enter"),
        asks=(call("client_from", NEWEST, name="Ada & Co", client=None),),
        check=said("Ada & Co: 1 past email is filed. u takes it back."),
    ),
    "private": Case(
        after=(*"shared", "enter"),
        asks=(call("set_private", FIRST, on=False),),
        check=said("1 thread is shared again. u takes it back."),
    ),
    "comment": Case(
        after=(*"ask Vera", "ctrl+s"),
        asks=(call("comment", FIRST, "ask Vera"),),
        check=said("Comment kept inside the firm."),
    ),
    "read": Case(asks=(call("mark", [NEWEST], read=False),), check=said("1 marked as unread.")),
    ("read", Place.READING): Case(asks=(call("mark", [NEWEST], read=False, starred=None),)),
    "star": Case(asks=(call("mark", [NEWEST], starred=True),), check=said("1 starred.")),
    ("star", Place.READING): Case(asks=(call("mark", [NEWEST], read=None, starred=True),)),
    "mark": Case(check=lambda s: set(s.threads.marks) == {FIRST} and "1 marked" in s.rows),
    "range": Case(after=("j",), check=lambda s: s.threads.marked == 2 and "2 marked" in s.rows),
    "undo": Case(before=(), check=lambda s: bool(s.asked("undo"))),
    "repeat": Case(before=("e",), asks=(call("done", thread(1)),)),
    ("repeat", Place.READING): Case(before=("e", "enter"), asks=(call("done", thread(1)),)),
    # ---- out of the screens
    "copy": Case(after=("enter",), check=lambda s: s.hands.copied == ["ada@a.example"]),
    "print": Case(after=("enter",), check=lambda s: "Thank you!" in s.hands.ran[0][1].decode()),
    "open_part": Case(after=("enter",), check=sees("a note as text")),
    "save": Case(after=("enter",), check=lambda s: (s.hands.folder / "note.txt").read_bytes() == b"a note as text"),
    "keep_part": Case(
        asks=(call("save_attachment", NEWEST, 1, client=made(firm(), "First").clients[0].client),),
        check=said("Kept as note.txt."),
    ),
    # ---- places
    "go_notices": Case(check=on(NoticesScreen)),
    "go_inbox": lists(View.INBOX),
    "go_waiting": lists(View.WAITING),
    "go_cc": lists(View.CC),
    "go_assigned": lists(View.ASSIGNED),
    "go_unfiled": lists(View.UNFILED),
    "go_ambiguous": lists(View.AMBIGUOUS),
    "go_snoozed": lists(View.SNOOZED),
    "go_done": lists(View.DONE),
    "go_sent": lists(View.SENT),
    "go_deleted": lists(View.DELETED),
    "go_all": Case(asks=(call("threads", ThreadQuery(view=View.ALL), offset=0, limit=200),)),
    "go_drafts": Case(check=lambda s: isinstance(s.app.screen, OutboxScreen) and "Drafts" in s.rows),
    "go_outbox": Case(check=lambda s: isinstance(s.app.screen, OutboxScreen) and "Outbox" in s.rows),
    "go_clients": Case(check=on(FindClientsScreen)),
    "go_client_list": Case(check=on(ClientsScreen)),
    "go_journal": Case(check=on(JournalScreen)),
    "go_rules": Case(check=on(RulesScreen)),
    "go_mailboxes": Case(check=on(MailboxesScreen)),
    "go_members": Case(check=on(MembersScreen)),
    "go_providers": Case(check=on(ProvidersScreen)),
    "sync_email": Case(check=on(SyncForm)),
    # ---- the screens themselves
    "light": Case(check=lambda s: s.app.theme == "postroom-light"),
    "mouse": Case(check=lambda s: not s.app.mouse),
    "palette": Case(after=(*"assign", "enter"), check=sees("Assign to")),
    ("palette", Place.FOLDERS): Case(after=(*"all mail", "enter"), check=sees("All mail  4 threads")),
    "help": Case(check=on(Dialog)),
    "back": Case(check=lambda s: not s.app.is_running),
    ("back", Place.READING): Case(check=lambda s: s.place == "threads"),
    ("back", Place.DIALOG): Case(check=lambda s: s.place == "threads"),
    "leave": Case(before=("x",), check=lambda s: not s.threads.marks),
    ("leave", Place.FOLDERS): Case(check=lambda s: s.app.is_running),
    ("leave", Place.READING): Case(check=lambda s: s.place == "threads"),
    ("leave", Place.DIALOG): Case(check=lambda s: s.place == "threads"),
    # ---- dialogs
    "choose": Case(check=lambda s: s.answers == ["one"]),
    "next_option": Case(after=("enter",), check=lambda s: s.answers == ["two"]),
    "previous_option": Case(before=("down",), after=("enter",), check=lambda s: s.answers == ["one"]),
    "reach": Case(after=("enter",), check=lambda s: s.answers == ["two"]),
    "cancel_choice": Case(check=lambda s: s.answers == [None]),
    "accept": Case(before=tuple("yes"), check=lambda s: s.answers == ["yes"]),
    "accept_lines": Case(before=tuple("yes"), check=lambda s: s.answers == ["yes"]),
    "next_field": Case(check=on(AskText)),
    "cancel": Case(check=lambda s: s.answers == [None]),
    "yes": Case(check=lambda s: s.answers == [True]),
    "no": Case(check=lambda s: s.answers == [False]),
}

DIALOGS: dict[Place, Callable[[], Any]] = {
    Place.CHOOSER: lambda: Chooser("Which", [Option("one", "One"), Option("two", "Two")]),
    Place.FORM: lambda: AskText("What"),
    Place.CONFIRM: lambda: Confirm("Sure?", yes="do it"),
}
EVERY = [(entry, place) for entry in TABLE for place in entry.places if place in HERE]


def case_of(entry: Key, place: Place) -> Case:
    found = CASES.get((entry.action, place)) or CASES.get(entry.action)
    assert found is not None, f"{entry.action} has no test"
    return found


def prepared() -> ShownDesk:
    desk = firm()
    with_parts(newest(desk), ("note.txt", "text/plain", b"a note as text"))
    return desk


@asynccontextmanager
async def standing(
    place: Place, case: Case, folder: Path, *, pauses: Pauses | None = None
) -> AsyncIterator[tuple[Screens, Office]]:
    """The screens, where the key is meant."""
    desk, hands = prepared(), Hands(folder)
    case.prepare(desk)
    office = Office(desk)
    async with opened(office, outside=hands.outside(printer=("lp",)), pauses=pauses) as (app, pilot):
        screens = Screens(app, pilot, desk, hands)
        await screens.settle()
        if place in DIALOGS:
            await app.push_screen(DIALOGS[place](), screens.answers.append)
        into = {Place.FOLDERS: ("h",), Place.READING: ("enter",), Place.DIALOG: ("question_mark",)}
        into[Place.SEARCH] = ("slash",)
        await screens.press(*into.get(place, ()))
        await screens.press(*case.before)
        desk.calls.clear()
        yield screens, office


def strokes(entry: Key) -> tuple[str, ...]:
    """How an action is asked for: by its key, or by its name in the palette."""
    if entry.keys:
        return tuple(entry.keys[0].split(" "))
    return ("colon", *entry.label, "enter")


@pytest.mark.parametrize(("entry", "place"), EVERY, ids=lambda each: getattr(each, "action", str(each)))
async def test_a_key_does_what_it_says(entry: Key, place: Place, tmp_path: Path) -> None:
    case = case_of(entry, place)
    async with standing(place, case, tmp_path) as (screens, _office):
        await screens.pilot.press(*strokes(entry))
        if screens.app.is_running:
            await screens.settle()
            await screens.press(*case.after)
        for name, given, named in case.asks:
            assert (given, named) in screens.asked(name)
        assert case.check(screens), screens.rows


ACTS = [entry for entry in TABLE if Place.THREADS in entry.places and CASES.get(entry.action, Case()).asks]


@pytest.mark.parametrize("entry", ACTS, ids=lambda entry: entry.action)
async def test_a_screen_that_reconnects_in_the_middle_does_it_once(entry: Key, tmp_path: Path) -> None:
    case, pauses = case_of(entry, Place.THREADS), Pauses()
    (name, given, named), *_more = case.asks
    async with standing(Place.THREADS, case, tmp_path, pauses=pauses) as (screens, office):
        before = len(screens.desk.undone)
        held = screens.desk.hold(name)
        screens.desk.fail(name, Away("office_gone"))
        await screens.pilot.press(*strokes(entry), *case.after)
        await screens.desk.reached(name)
        office.go_away()
        await pauses.begun.wait()
        held.set()
        pauses.end()
        await office.attached_again()
        await screens.settle()
        assert screens.asked(name).count((given, named)) >= 2
        assert len(screens.desk.undone) - before <= 1
        assert case.check(screens), screens.rows
