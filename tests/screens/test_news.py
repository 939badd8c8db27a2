"""What the office tells while the screens are open, and what they do while it is away."""

import gettext
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from store.model.errors import Away, DeskError, NotAllowed
from store.model.mailbox import SyncState
from store.model.thread import ThreadState
from store.model.views import MailboxStatus
from tests.screens.desk import NOW, ShownDesk
from tests.screens.run import Office, Pauses, mail_screen, opened, settled, shown
from tui import i18n
from tui.app import PostroomApp, position
from tui.outside import over_ssh
from tui.screens.mail_panes import ATTACHED, NO_LIST
from tui.theme import DARK, LIGHT, PLAIN, wanted
from tui.widgets.thread_list import ThreadList


def text(app: PostroomApp) -> str:
    return "\n".join(shown(app))


def firm() -> ShownDesk:
    desk = ShownDesk()
    desk.add("Question", ("Ada <ada@a.example>", "Where is it?"), client="Alpha")
    return desk


def counted(desk: ShownDesk, method: str) -> int:
    return sum(name == method for name, _given, _named in desk.calls)


async def test_new_mail_appears_by_itself() -> None:
    desk = firm()
    async with opened(desk) as (app, pilot):
        await settled(app, pilot)
        desk.add("Brand new", ("Bob <bob@b.example>", "Hello"), client="Bravo", unread=True)
        desk.announce("emails_filed", thread=desk.made[0].thread)
        await settled(app, pilot)
        assert "1 new · gg shows it" in text(app)
        await pilot.press("g", "g")
        assert "Brand new" in text(app)
        assert "Bravo" in text(app)
        assert "Inbox  2 threads" in text(app)


async def test_an_answer_in_the_thread_that_is_read_is_there_without_losing_one_s_place() -> None:
    desk = firm()
    desk.made[0].mails[0].text = "\n".join(f"line {number}" for number in range(100))
    async with opened(desk, size=(80, 24)) as (app, pilot):
        await settled(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot)
        await pilot.press(*"20", "j")
        before = shown(app)[3:-2]
        made = desk.made[0]
        made.mails.append(desk.mail_of("Ana <ana@olmo.example>", "Found it.", at=NOW))
        desk.announce("emails_filed", thread=made.thread)
        await settled(app, pilot)
        assert shown(app)[3:-2] == before
        await pilot.press("J")
        await settled(app, pilot)
        assert "Found it." in text(app)
        assert "2 of 2" in text(app)


async def test_news_of_other_threads_does_not_ask_for_the_one_that_is_read() -> None:
    desk = firm()
    other = desk.add("Other", ("Bob <bob@b.example>", "Hello"))
    async with opened(desk) as (app, pilot):
        await settled(app, pilot)
        before = counted(desk, "email")
        desk.announce("states_changed", thread=next(m.thread for m in desk.made if m is not desk.made[0]))
        await settled(app, pilot)
        assert other is desk.made[0]
        assert counted(desk, "email") == before


async def test_the_first_sync_shows_its_progress() -> None:
    desk = firm()
    async with opened(desk) as (app, pilot):
        await settled(app, pilot)
        lists = counted(desk, "threads")
        desk.boxes_told = (
            MailboxStatus(
                address="ana@olmo.example", state=SyncState.SYNCING, done=120, total=300, rate=45, last_error=None
            ),
        )
        desk.announce("mailbox_told")
        await settled(app, pilot)
        assert "syncing ana@olmo.example  120 of 300 · 45 a second" in shown(app)[-2]
        assert counted(desk, "threads") == lists  # progress alone changes no list


async def test_inbox_plus_counts() -> None:
    desk = firm()
    async with opened(desk) as (app, pilot):
        await settled(app, pilot)
        assert "Inbox+" not in shown(app)[-2]
        desk.notice()
        await settled(app, pilot)
        assert "Inbox+ 1" in shown(app)[-2]


async def test_an_unknown_kind_of_news_may_have_changed_anything() -> None:
    desk = firm()
    async with opened(desk) as (app, pilot):
        await settled(app, pilot)
        desk.made[0].subject = "Renamed"
        desk.announce("something_of_a_newer_office")
        await settled(app, pilot)
        assert "Renamed" in text(app)
    assert "something_of_a_newer_office" not in {*NO_LIST, ATTACHED}


async def test_when_rights_change_nothing_that_was_shown_is_kept() -> None:
    desk = firm()
    desk.add("Secret plan", ("Eve <eve@e.example>", "the hidden text"), client="Echo")
    async with opened(desk) as (app, pilot):
        await settled(app, pilot)
        assert "the hidden text" in text(app)
        desk.made.pop(0)
        del desk.named["Echo"]
        held = desk.hold("threads")
        desk.announce("scope_changed")
        await pilot.pause()
        await pilot.pause()
        for words in ("Secret plan", "hidden text", "Echo"):
            assert words not in text(app)
        held.set()
        await settled(app, pilot)
        assert "Question" in text(app)


async def test_a_client_that_is_hidden_now_leads_back_to_the_inbox() -> None:
    desk = firm()
    desk.add("Secret plan", ("Eve <eve@e.example>", "the hidden text"), client="Echo")
    async with opened(desk) as (app, pilot):
        await settled(app, pilot)
        await pilot.press("h", "G")
        await settled(app, pilot)
        assert "Echo  1 thread" in text(app)
        desk.made.pop(0)
        del desk.named["Echo"]
        desk.announce("scope_changed")
        await settled(app, pilot)
        assert "Inbox  1 thread" in text(app)
        assert "Echo" not in text(app)


# ---------------------------------------------------------------- the office goes away


async def test_the_office_goes_away_and_comes_back_and_the_list_is_as_it_was() -> None:
    desk = firm()
    desk.fill(50)
    office, pauses = Office(desk), Pauses()
    async with opened(office, pauses=pauses) as (app, pilot):
        await settled(app, pilot)
        await pilot.press(*"30", "G")
        await settled(app, pilot)
        before = shown(app)[:-2]
        office.go_away()
        await pauses.begun.wait()
        await settled(app, pilot)
        assert "The office is away; attaching again…" in shown(app)[-2]
        assert shown(app)[:-2] == before
        desk.add("Came meanwhile", ("Bob <bob@b.example>", "Hello"))
        pauses.end()
        await office.attached_again()
        await settled(app, pilot)
        assert "up to date" in shown(app)[-2]
        threads = mail_screen(app).query_one(ThreadList)
        assert threads.chosen is not None
        assert threads.chosen.subject == "Subject 28"
        await pilot.press("g", "g")
        await settled(app, pilot)
        assert "Came meanwhile" in text(app)


async def test_an_act_while_it_is_away_is_done_when_it_is_back() -> None:
    desk = firm()
    office, pauses = Office(desk), Pauses()
    async with opened(office, pauses=pauses) as (app, pilot):
        await settled(app, pilot)
        office.go_away()
        await pauses.begun.wait()
        await pilot.press("e")
        await pilot.pause()
        assert "as soon as the office is back" in shown(app)[-2]
        assert counted(desk, "done") == 0
        pauses.end()
        await settled(app, pilot)
        assert counted(desk, "done") == 1
        assert desk.made[0].state is ThreadState.DONE


async def test_an_office_of_another_version_is_said_with_its_cure() -> None:
    office, pauses = Office(firm()), Pauses()
    async with opened(office, pauses=pauses) as (app, pilot):
        await settled(app, pilot)
        office.refuse = [Away("version", ours="1", theirs="2")]
        office.go_away()
        await pauses.begun.wait()
        pauses.end()
        await pilot.pause()
        await pauses.begun.wait()
        await pilot.pause()
        assert "postroom office restart" in text(app)


async def test_where_one_may_not_attach_the_screens_end_with_the_refusal() -> None:
    office = Office(firm())
    office.refuse = [NotAllowed("unknown_caller")]
    async with opened(office) as (app, pilot):
        await app.workers.wait_for_complete([worker for worker in app.workers if worker.group == "link"])
        await pilot.pause()
    assert isinstance(app.return_value, NotAllowed)


# ---------------------------------------------------------------- language, colours, surroundings


class Loud(gettext.NullTranslations):
    """A language in which every sentence is in capitals."""

    def gettext(self, message: str) -> str:
        return re.sub(r"\{\w+\}|\w+", lambda word: word[0] if word[0][0] == "{" else word[0].upper(), message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


KEY_NAMES = ("Esc", "PgDn", "PgUp", "Home", "End", "5J")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_word_of_ours_is_translated(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    monkeypatch.setattr(i18n._spoken, "catalogue", Loud())  # noqa: SLF001 - a language that is in no file
    desk = ShownDesk(firm_name="7")
    mail = replace(desk.mail_of("1 <2@3.44>", "4", at=NOW), read=False, warnings=("unverified",), to=())
    desk.add("5", mail, client="6")
    desk.boxes_told = ()

    def english() -> list[str]:
        words = re.findall(r"[A-Za-z]*[a-z]{2,}[A-Za-z]*", text(app))
        return [word for word in words if word not in KEY_NAMES]

    async with opened(desk, size=size) as (app, pilot):
        await settled(app, pilot)
        for keys in ("g a", "w", "q", "question_mark", "G", "q", "enter", "h", "e", "u", "slash 9", "enter", "n", "q"):
            await pilot.press(*keys.split())
            await settled(app, pilot)
            assert english() == [], keys


@pytest.fixture
def _spanish() -> Iterator[None]:
    i18n.set_language("es")
    yield
    i18n.set_language("en")


@pytest.mark.usefixtures("_spanish")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_screens_speak_spanish(size: tuple[int, int]) -> None:
    desk = firm()
    async with opened(desk, size=size) as (app, pilot):
        await settled(app, pilot)
        await pilot.press("g", "a")
        await settled(app, pilot)
        for words in ("1 hilo", "ayuda", "carpetas" if size == (80, 24) else "al día"):
            assert words in text(app)
        await pilot.press("h")
        await settled(app, pilot)
        for words in ("por contestar", "Clientes", "En espera", "Sin archivar", "al día"):
            assert words in text(app)
        await pilot.press("l")
        await settled(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot)
        assert "De " in text(app)
        await pilot.press("w")
        await settled(app, pilot)
        assert "confianza" in text(app)


@pytest.mark.parametrize("look", [DARK, LIGHT, PLAIN])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 12), (200, 60)])
async def test_every_size_and_set_of_colours_shows_the_mail(look: str, size: tuple[int, int]) -> None:
    desk = firm()
    async with opened(desk, look=look, size=size) as (app, pilot):
        await settled(app, pilot)
        assert "Question" in text(app)
        await pilot.press("enter")
        await settled(app, pilot)
        assert "Where is it?" in text(app)
        assert all(len(row) <= size[0] for row in shown(app))


async def test_without_colours_the_cursor_is_seen_by_reverse() -> None:
    async with opened(firm(), look=PLAIN, size=(80, 24)) as (app, pilot):
        await settled(app, pilot)
        threads = mail_screen(app).query_one(ThreadList)
        assert all(segment.style and segment.style.reverse for segment in threads.render_line(0))
        assert not any(segment.style and segment.style.reverse for segment in threads.render_line(3))


def test_colours_follow_the_terminal() -> None:
    assert wanted({"TERM": "xterm-256color"}) == DARK
    assert wanted({"TERM": "xterm", "COLORTERM": "truecolor"}) == DARK
    assert wanted({"TERM": "xterm-256color", "COLORFGBG": "0;15"}) == LIGHT
    assert wanted({"TERM": "xterm"}) == PLAIN
    assert wanted({"TERM": "xterm-256color", "NO_COLOR": "1"}) == PLAIN


def test_the_mouse_is_left_to_the_terminal_over_ssh() -> None:
    assert over_ssh({"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"})
    assert not over_ssh({"SSH_CONNECTION": "", "TERM": "xterm"})


# ---------------------------------------------------------------- bugs


class Bug(Exception):
    """A bug whose words could be a mail's."""


async def run_into_a_bug(desk: ShownDesk, apps: list[PostroomApp]) -> None:
    async def broken() -> tuple[object, ...]:
        planted = "planted-local"
        raise Bug(planted)

    async with opened(desk) as (app, pilot):
        apps.append(app)
        await settled(app, pilot)
        desk.folders = broken  # type: ignore[method-assign,assignment]
        desk.announce("emails_filed")
        await settled(app, pilot)


async def test_a_bug_ends_the_screens_without_what_they_showed(caplog: pytest.LogCaptureFixture) -> None:
    desk = firm()
    desk.made[0].subject = "planted-subject"
    apps: list[PostroomApp] = []
    with pytest.raises(Bug):
        await run_into_a_bug(desk, apps)
    assert apps[0].return_code == 1
    assert "screen failed: Bug feed.py:" in caplog.text
    assert "planted" not in caplog.text
    assert apps[0]._exit_renderables == []  # noqa: SLF001 - what Textual would print at the end


def test_a_bug_s_place_names_files_only() -> None:
    try:
        raise Bug("planted")
    except Bug as bug:
        told = position(bug)
    assert told.startswith("Bug test_news.py:")
    assert "planted" not in told


async def _shown_at_80(*, mailboxes: bool, error: DeskError | None = None) -> list[str]:
    """The status line on a narrow terminal: at first, after an act, and after the next key."""
    desk = firm()
    if not mailboxes:
        desk.boxes_told = ()
    lines = []
    async with opened(desk, size=(80, 24)) as (app, pilot):
        await settled(app, pilot)
        lines.append(shown(app)[-2])
        if error is not None:
            desk.fail("undo", error)
            for key in ("u", "j"):
                await pilot.press(key)
                await settled(app, pilot)
                lines.append(shown(app)[-2])
    return lines


BUG = {"en": "Something went wrong in the office; it goes on. Nothing was lost.",
       "es": "Algo ha fallado en la oficina, que sigue en marcha. No se ha perdido nada."}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es"])
async def test_what_is_said_can_be_read_on_a_narrow_terminal(language: str) -> None:
    i18n.set_language(language)
    try:
        (line,) = await _shown_at_80(mailboxes=False)
        assert i18n._("No mailbox synced yet: press {key}, then “sync my email”.").format(key=":") in line
        before, said, after = await _shown_at_80(mailboxes=True, error=DeskError("bug"))
        assert BUG[language] in said
        assert said.endswith("…")
        assert "1/1" in before
        assert "1/1" in after
    finally:
        i18n.set_language("en")
