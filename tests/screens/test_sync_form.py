"""The form that syncs one's mail: its steps, ways to sign in, the preview, and what was left half-way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from actors.desk.api import NewMailbox
from store.model.errors import Away, SignInRefused
from store.model.ids import ClientId
from store.model.mailbox import MailboxScope
from store.model.preview import ClientCount, Preview
from store.model.secrets import SecretsView
from store.model.sign_in import ProviderApp, SignInWay
from tests.screens.run import shown
from tests.screens.test_first_run import Here, here
from tests.support.fake_desk import FakeDesk
from tui.keys import Place
from tui.plain import cells_of
from tui.screens.chooser import Chooser
from tui.screens.dialog import Dialog
from tui.screens.preview import PreviewDialog, preview_rows
from tui.screens.providers import RegisterScreen
from tui.screens.sync_form import SyncForm
from tui.screens.sync_ways import WAYS
from tui.unfinished import Entered, Unfinished
from tui.widgets.ask import Line

ANA = "ana@olmo.example"
GMAIL = "ana@gmail.com"
OUTLOOK = "ana@outlook.com"
COUNTS = Preview(
    over=True,
    looked=9,
    total=12,
    clients=(ClientCount(client=ClientId("c1"), name="Byron", emails=6), ClientCount(client=None, name="", emails=1)),
    unfiled=2,
    excluded=4,
    excluded_by=(("before_history", 1), ("spam_folder", 3)),
    cut=3,
)


def text(at: Here) -> str:
    return " ".join("\n".join(shown(at.app)).split())


async def form(at: Here) -> SyncForm:
    screen = SyncForm(at.app.link, at.around)
    await at.push(screen)
    return screen


def choose(screen: SyncForm, way: str) -> None:
    screen._choices["way"].at = WAYS.index(way)  # noqa: SLF001 - as if chosen


def wanted(at: Here, method: str) -> NewMailbox:
    ((given, named),) = at.called(method)
    made = given[0] if given else named["mailbox"]
    assert isinstance(made, NewMailbox)
    return made


async def test_it_says_which_step_it_is_at() -> None:
    async with here() as at:
        await form(at)
        said = [text(at)]
        await at.press(*ANA, "enter")
        said.append(text(at))
        await at.press("tab")
        said.append(text(at))
        held = at.desk.hold("add_mailbox")
        at.app.screen.query_one("#form-password", Line).value = "p"
        at.app.screen.query_one("#form-history", Line).focus()
        await at.settled()
        said.append(text(at))
        await at.pilot.press("ctrl+s")
        await at.pilot.pause()
        said.append(text(at))
        held.set()
        await at.settled()
        steps = ("1 of 6: address", "3 of 6: sign in", "2 of 6: servers", "5 of 6", "4 of 6: test")
        for words, step in zip(said, steps, strict=True):
            assert f"step {step}" in words


async def test_a_preview_counts_and_syncs_only_when_a_person_says_so() -> None:
    desk = FakeDesk()
    desk.previews = (Preview(looked=3, total=9), COUNTS)
    async with here(desk) as at:
        await form(at)
        await at.press(*ANA, "enter", *"secret", "ctrl+p")
        assert isinstance(at.app.screen, PreviewDialog)
        for words in ("Byron 6", "clients that you may not see 1", "unfiled 2", "3 in Spam", "1 older than the history",
                      "3 older ones are in no count", "Nothing of it is kept"):  # fmt: skip
            assert words in text(at), words
        await at.press("n")
        assert isinstance(at.app.screen, SyncForm)
        assert not at.called("add_mailbox")
        await at.press("ctrl+p", "y")
        assert at.answers == [ANA]
        assert wanted(at, "add_mailbox").password == "secret"


class Shut(FakeDesk):
    """No look comes in."""

    async def preview(self, mailbox: NewMailbox, *, sign_in: str = "", answer: str = "") -> AsyncIterator[Preview]:
        raise Away("server", step="imap", host="imap.olmo.example", cause="refused_connection")
        yield Preview()


async def test_a_look_that_fails_names_no_options() -> None:
    async with here(Shut()) as at:
        await form(at)
        await at.press(*ANA, "enter", *"secret", "ctrl+p")
        assert "Check host and port." in text(at)
        assert "--" not in text(at)


class Endless(FakeDesk):
    """A look that does not end by itself."""

    closed = False

    async def preview(self, mailbox: NewMailbox, *, sign_in: str = "", answer: str = "") -> AsyncIterator[Preview]:
        try:
            yield Preview(looked=250, total=9000)
            await asyncio.Event().wait()
        finally:
            self.closed = True


async def test_whoever_stops_a_look_ends_it() -> None:
    desk = Endless()
    async with here(desk) as at:
        await form(at)
        await at.pilot.press(*ANA, "enter", *"secret", "ctrl+p")
        while not isinstance(at.app.screen, PreviewDialog):
            await at.pilot.pause()
        while "250 of 9000" not in text(at):
            await at.pilot.pause()
        await at.pilot.press("y")  # nothing to say yes to yet
        assert isinstance(at.app.screen, PreviewDialog)
        await at.pilot.press("escape")
        while not desk.closed:
            await at.pilot.pause()
        assert isinstance(at.app.screen, SyncForm)
        assert not at.called("add_mailbox")


async def test_what_cannot_be_looked_at_is_said() -> None:
    desk = FakeDesk()
    async with here(desk) as at:
        await form(at)
        await at.press(*ANA, "enter", "ctrl+p")
        assert "A password is needed." in text(at)


async def test_a_sign_in_is_looked_with_before_it_is_finished() -> None:
    desk = FakeDesk()
    desk.apps["microsoft"] = ProviderApp(provider="microsoft", client_id="c")
    desk.previews = (COUNTS,)
    async with here(desk) as at:
        desk.signed("s1")
        await form(at)
        await at.press(*OUTLOOK, "enter", "ctrl+p")
        assert isinstance(at.app.screen, PreviewDialog)
        ((_given, named),) = at.called("preview")
        assert named["sign_in"] == "s1"
        assert not at.called("finish_sign_in")
        await at.press("y")
        assert at.answers == [OUTLOOK]


async def test_a_sign_in_that_was_only_looked_with_ends() -> None:
    desk = FakeDesk()
    desk.apps["microsoft"] = ProviderApp(provider="microsoft", client_id="c")
    desk.previews = (COUNTS,)
    async with here(desk) as at:
        desk.signed("s1")
        await form(at)
        await at.press(*OUTLOOK, "enter", "ctrl+p", "n")
        assert isinstance(at.app.screen, SyncForm)
        assert at.called("cancel_sign_in")
        assert not at.called("finish_sign_in")
        assert not desk.boxes


# ---------------------------------------------------------------- without a registration
async def test_without_a_registration_there_are_three_ways_in_order() -> None:
    async with here(FakeDesk()) as at:
        await form(at)
        await at.press(*GMAIL, "enter", "ctrl+s")
        assert isinstance(at.app.screen, Chooser)
        words = text(at)
        places = [words.index(one) for one in ("an app password", "a program that gives tokens", "register the firm")]
        assert places == sorted(places)
        await at.press("enter")
        assert isinstance(at.app.screen, Dialog)
        assert "https://myaccount.google.com/apppasswords" in text(at)
        await at.press("q", *"abcd", "ctrl+s")
        assert wanted(at, "add_mailbox").password == "abcd"
        assert at.answers == [GMAIL]


async def test_microsoft_has_no_app_passwords_and_a_program_is_run() -> None:
    desk = FakeDesk()
    async with here(desk) as at:
        await form(at)
        await at.press(*OUTLOOK, "enter", "ctrl+s")
        assert "app password" not in text(at).partition("Go on with")[2]
        await at.press("enter", *"/bin/echo token", "enter")
        ((_given, named),) = at.called("begin_sign_in")
        assert named["way"] is SignInWay.TOKEN_COMMAND
        assert named["command"] == ("/bin/echo", "token")
        assert wanted(at, "begin_sign_in").password == ""
        assert at.answers == [OUTLOOK]


async def test_a_registration_made_there_is_signed_in_with_at_once() -> None:
    desk = FakeDesk()
    async with here(desk) as at:
        desk.signed("s1")
        await form(at)
        await at.press(*OUTLOOK, "enter", "ctrl+s", "down", "enter")
        assert isinstance(at.app.screen, RegisterScreen)
        await at.press("enter", *"0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", "enter", "enter")
        assert desk.apps["microsoft"].client_id.startswith("0a1b")
        assert at.answers == [OUTLOOK]


async def test_the_firms_own_openid_provider_can_be_chosen() -> None:
    desk = FakeDesk()
    desk.apps["openid"] = ProviderApp(provider="openid", client_id="c", authority="https://login.firm.example")
    async with here(desk) as at:
        screen = await form(at)
        await at.press(*ANA, "enter")
        choose(screen, "openid")
        await at.press("ctrl+s")
        ((_given, named),) = at.called("begin_sign_in")
        assert named["provider"] == "openid"
        assert "as nobody else" in text(at)


async def test_a_shared_mailbox_is_signed_in_by_who_may_open_it() -> None:
    desk = FakeDesk()
    desk.apps["microsoft"] = ProviderApp(provider="microsoft", client_id="c")
    async with here(desk) as at:
        desk.signed("s1")
        await form(at)
        await at.press(*"support@outlook.com", "enter")
        at.app.screen.query_one("#form-account", Line).focus()
        await at.press(*OUTLOOK, "ctrl+s")
        ((_given, named),) = at.called("begin_sign_in")
        assert (named["account"], wanted(at, "begin_sign_in").login) == (OUTLOOK, "support@outlook.com")
        assert at.answers == ["support@outlook.com"]


async def test_a_refused_login_names_no_options_and_what_the_form_can_do() -> None:
    for code in ("login_refused", "smtp_off"):
        async with here() as at:
            at.desk.fail("add_mailbox", SignInRefused(code, step="smtp", host="smtp.olmo.example"))
            await form(at)
            await at.press(*ANA, "enter", *"secret", "enter")
            assert "leave the outgoing server empty" in text(at)
            assert "--" not in text(at)


async def test_what_is_no_program_is_said_and_asked_for_again() -> None:
    async with here() as at:
        screen = await form(at)
        await at.press(*ANA, "enter")
        choose(screen, "program")
        await at.press("ctrl+s", "'", "enter")
        assert "no program that can be run" in text(at)
        assert not at.called("begin_sign_in")
        await at.press("ctrl+s", *"/bin/true", "enter")
        assert at.answers == [ANA]


async def test_what_is_copied_is_chosen() -> None:
    async with here() as at:
        screen = await form(at)
        await at.press(*ANA, "enter", *"secret")
        screen._choices["scope"].focus()  # noqa: SLF001 - as if tabbed to
        await at.press("right", "enter")
        assert wanted(at, "add_mailbox").scope is MailboxScope.HEADERS


async def test_where_the_first_secret_lies_is_told_once() -> None:
    desk = FakeDesk()
    async with here(desk) as at:
        await form(at)
        held = desk.hold("add_mailbox")
        await at.pilot.press(*ANA, "enter", *"secret", "enter")
        await at.pilot.pause()
        desk.kept_in = SecretsView(kind="file", why="no_keychain", key="file")
        held.set()
        await at.settled()
        assert "postroom config set secrets" in text(at)
        assert not at.answers
        await at.press("q")
        assert at.answers == [ANA]


# ---------------------------------------------------------------- left half-way
async def test_what_was_left_half_way_is_offered_again_but_for_the_password(tmp_path: Path) -> None:
    async with here() as at:
        at.around = replace(at.around, unfinished=Unfinished(tmp_path))
        await form(at)
        await at.press(*ANA, "enter", *"planted", "tab", *":1993", "escape")
        assert b"planted" not in b"".join(one.read_bytes() for one in tmp_path.iterdir())
        await form(at)
        screen = at.app.screen
        values = [screen.query_one(f"#form-{name}", Line).value for name in ("address", "password", "imap", "smtp")]
        assert values == [ANA, "", "imap.olmo.example:1993", "smtp.olmo.example"]
        assert "the last time" in text(at)
        at.app.screen.query_one("#form-password", Line).value = "p"
        await at.press("ctrl+s")
        assert wanted(at, "add_mailbox").imap.port == 1993
        assert list(tmp_path.iterdir()) == []
        await form(at)
        assert "the last time" not in text(at)


async def test_what_stands_there_again_is_typed_on_at_its_end() -> None:
    async with here() as at:
        at.around.unfinished.keep(Entered(address=ANA, imap="longer.than.its.guess.example:1993"))
        screen = await form(at)
        await at.settled()
        screen.query_one("#form-imap", Line).focus()
        await at.press("0")
        assert screen.query_one("#form-imap", Line).value == "longer.than.its.guess.example:19930"


@pytest.mark.parametrize("bytes_", [b"", b"{", b"\xff\xfe", b'{"address": 3}', b'{"security": "x"}', b"[" * 20_000])
def test_a_file_of_somebody_elses_making_is_nothing(tmp_path: Path, bytes_: bytes) -> None:
    left = Unfinished(tmp_path)
    left.keep(Entered(address=ANA))
    assert left.load() == Entered(address=ANA)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(bytes_)
    assert left.load() is None


async def test_a_choice_that_is_none_is_the_nearest(tmp_path: Path) -> None:
    async with here() as at:
        at.around = replace(at.around, unfinished=Unfinished(tmp_path))
        at.around.unfinished.keep(Entered(address=ANA, security=99, way=-4))
        screen = await form(at)
        assert (screen._choices["security"].at, screen._choices["way"].at) == (3, 0)  # noqa: SLF001
        assert screen.place is Place.SYNC_FORM


# ---------------------------------------------------------------- the parts
@pytest.mark.parametrize("cells", [30, 66])
@pytest.mark.parametrize("clients", [0, 3, 200])
def test_a_preview_fits(cells: int, clients: int) -> None:
    many = tuple(ClientCount(client=ClientId(f"c{n}"), name=f"Client {n}", emails=n + 1) for n in range(clients))
    told = Preview(over=True, clients=many, unfiled=5, excluded=1, excluded_by=(("trash_folder", 1),))
    rows = preview_rows(told, cells, lines=14, wrong="")
    assert len(rows) <= 14
    assert all(cells_of(row) <= cells + 2 for row in rows)
    words = "\n".join("".join(span.text for span in row) for row in rows)
    assert ("more clients" in words) is (clients > 12)
