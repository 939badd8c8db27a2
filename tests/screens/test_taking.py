"""Copied, printed, opened, saved: what leaves the screens, and that nothing else does (Z13, Z26, [T7a])."""

import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from store.model.errors import Away
from store.model.outbox import Answering
from tests.screens.desk import ShownDesk
from tests.screens.run import opened, settled
from tests.screens.screens import Hands, Screens, firm, made, with_parts
from tui.outside import Outside
from tui.screens.compose import ComposeScreen
from tui.screens.dialog import Dialog
from tui.screens.mail import MailScreen

LINKS = ("https://x.example/a", "mailto:b@x.example?subject=Hi&bcc=evil@x.example", "file:///etc/passwd")


@pytest.fixture
def hands(tmp_path: Path) -> Hands:
    return Hands(tmp_path)


@asynccontextmanager
async def taking(hands: Hands, *parts: tuple[str, str, bytes], **outside: Any) -> AsyncIterator[Screens]:  # noqa: ANN401
    desk = firm()
    with_parts(made(desk, "First").mails[-1], *parts, links=LINKS)
    async with opened(desk, outside=hands.outside(**outside)) as (app, pilot):
        screens = Screens(app, pilot, desk, hands)
        await screens.settle()
        yield screens


# ---------------------------------------------------------------- copy


@pytest.mark.parametrize(
    ("typed", "copied", "words"),
    [
        ("address", "ada@a.example", "Address copied."),
        ("link 1", "https://x.example/a", "Link copied."),
        ("text", "Thank you!", "Text copied."),
        ("message-id", "<e7@x.example>", "Message-ID copied."),
    ],
)
async def test_what_is_copied_is_chosen(hands: Hands, typed: str, copied: str, words: str) -> None:
    async with taking(hands) as screens:
        await screens.press("y", *typed, "enter")
        assert hands.copied == [copied]
        assert words in screens.status


async def test_a_text_too_long_for_a_terminal_says_so(hands: Hands) -> None:
    async with taking(hands) as screens:
        made(screens.desk, "First").mails[-1].text = "x" * 100_000
        await screens.press("y", *"text", "enter")
        assert hands.copied == []
        assert "too long for a terminal" in screens.status


# ---------------------------------------------------------------- print


async def test_a_thread_is_printed_as_text(hands: Hands) -> None:
    async with taking(hands, printer=("lp", "-o", "x")) as screens:
        await screens.press("p", "down", "enter")
        ((words, given),) = hands.ran
        assert words == ("lp", "-o", "x")
        text = given.decode()
        assert text.index("Where is it?") < text.index("On its way.") < text.index("Thank you!")
        assert "Subject: First" in text
        assert "Printed." in screens.status


async def test_a_printer_that_fails_is_said(hands: Hands) -> None:
    hands.code = 1
    async with taking(hands, printer=("lp",)) as screens:
        await screens.press("p", "enter")
        assert "The print command failed: lp" in screens.status


async def test_without_a_printer_it_is_a_file_and_never_over_another(hands: Hands) -> None:
    (hands.folder / "First.txt").write_text("mine")
    async with taking(hands) as screens:
        await screens.press("p", "enter")
        assert "There is no printer; saved as" in screens.status
    assert (hands.folder / "First.txt").read_text() == "mine"
    assert "Thank you!" in (hands.folder / "First (2).txt").read_text()


# ---------------------------------------------------------------- open


async def test_a_text_is_shown_and_its_controls_are_not(hands: Hands) -> None:
    async with taking(hands, ("a.txt", "text/plain", b"one\x1b]0;x\x07\nt\xe9xt")) as screens:
        await screens.press("o", "enter")
        assert isinstance(screens.app.screen, Dialog)
        assert "\x1b" not in screens.rows
        assert "téxt" in screens.rows


async def test_what_is_no_text_is_saved_instead(hands: Hands) -> None:
    async with taking(hands, ("a.html", "text/html", b"<script>")) as screens:
        await screens.press("o", "enter", "enter")
        assert hands.ran == []
    assert (hands.folder / "a.html").read_bytes() == b"<script>"


async def open_link(screens: Screens, typed: str) -> None:
    await screens.press("o", *typed, "enter")


async def test_a_web_address_goes_to_the_browser_of_this_machine_only(hands: Hands) -> None:
    async with taking(hands, opener=("open-it",)) as screens:
        await open_link(screens, "link 1")
        assert hands.ran == [(("open-it", "https://x.example/a"), b"")]
        await open_link(screens, "passwd")
        assert len(hands.ran) == 1
        assert hands.copied == ["file:///etc/passwd"]


async def test_in_tmux_what_is_copied_is_given_to_tmux_too() -> None:
    asked: list[tuple[tuple[str, ...], bytes]] = []

    async def run(words: Sequence[str], given: bytes) -> int:
        asked.append((tuple(words), given))
        return 0

    async with opened(ShownDesk(), outside=Outside(tmux=True, run=run)) as (app, pilot):
        await settled(app, pilot)
        app.copy_to_clipboard("ada@a.example")
        await settled(app, pilot)
    assert asked == [(("tmux", "load-buffer", "-w", "-"), b"ada@a.example")]


async def test_over_ssh_links_are_copied(hands: Hands) -> None:
    async with taking(hands, ssh=True, opener=("open-it",)) as screens:
        await open_link(screens, "link 1")
        assert hands.ran == []
        assert hands.copied == ["https://x.example/a"]
        assert "Link copied; open it where you sit." in screens.status


async def test_mailto_goes_to_the_composer_with_to_and_subject_alone(hands: Hands) -> None:
    async with taking(hands, opener=("open-it",)) as screens:
        await open_link(screens, "mailto")
        assert isinstance(screens.app.screen, ComposeScreen)
        ((_given, named),) = screens.asked("propose")
        assert (named["how"], named["answers"], named["to"]) == (Answering.NEW, None, "b@x.example")
        assert "evil@x.example" not in screens.rows
        assert "Hi" in screens.rows
        assert hands.ran == []


# ---------------------------------------------------------------- save


async def test_a_hostile_name_stays_in_the_folder_and_the_file_is_private(hands: Hands) -> None:
    async with taking(hands, ("../../.bashrc", "text/plain", b"x")) as screens:
        await screens.press("S", "enter")
        assert "Saved as" in screens.status
    (saved,) = list(hands.folder.iterdir())
    assert saved.parent == hands.folder
    assert not saved.name.startswith(".")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


async def test_never_over_a_file_nor_through_a_link(hands: Hands) -> None:
    (hands.folder / "a.txt").write_text("mine")
    (hands.folder / "b.txt").symlink_to(hands.folder / "elsewhere")
    async with taking(hands, ("a.txt", "text/plain", b"x"), ("b.txt", "text/plain", b"x")) as screens:
        for name in ("a.txt", "b.txt"):
            await screens.press("S", *name, "enter", "enter")
            assert f"/{name} already" in screens.status
    assert (hands.folder / "a.txt").read_text() == "mine"
    assert not (hands.folder / "elsewhere").exists()


async def test_all_are_saved_at_once(hands: Hands) -> None:
    async with taking(hands, ("a.txt", "text/plain", b"1"), ("b.pdf", "application/pdf", b"2")) as screens:
        await screens.press("S", *"all", "enter", "enter")
        assert "2 files saved in" in screens.status
    assert {path.name: path.read_bytes() for path in hands.folder.iterdir()} == {"a.txt": b"1", "b.pdf": b"2"}


async def test_over_ssh_the_line_that_fetches_it_is_copied(hands: Hands) -> None:
    async with taking(hands, ("a.txt", "text/plain", b"1"), ssh=True, fetched="scp me@host:{path} .") as screens:
        await screens.press("S", "enter")
        assert hands.copied == [f"scp me@host:{hands.folder / 'a.txt'} ."]
        assert "Saved; fetch it with (copied): scp" in screens.status


async def test_a_body_that_is_not_here_is_said(hands: Hands) -> None:
    async with taking(hands, ("a.txt", "text/plain", b"1")) as screens:
        screens.desk.fail("part", Away("body_unavailable"))
        await screens.press("S", "enter")
        assert "could not be fetched" in screens.status
    assert list(hands.folder.iterdir()) == []


# ---------------------------------------------------------------- keep for the client


async def test_kept_for_the_client_that_it_is_filed_with_and_once(hands: Hands) -> None:
    async with taking(hands, ("a.pdf", "application/pdf", b"1"), ("b.pdf", "application/pdf", b"2")) as screens:
        await screens.press("D", *"all", "enter")
        assert "2 documents kept." in screens.status
        await screens.press("D", *"a.pdf", "enter")
        assert "It is among the documents already." in screens.status
    assert list(hands.folder.iterdir()) == []


async def test_of_several_clients_a_person_says_which(hands: Hands) -> None:
    async with taking(hands, ("a.pdf", "application/pdf", b"1")) as screens:
        one = made(screens.desk, "First")
        one.also = (screens.desk.named_client("Other & Co"),)
        await screens.press("D", *"Other", "enter")
        assert "Kept as a.pdf." in screens.status
        ((given, named),) = screens.asked("save_attachment")
    assert (given, named) == ((one.mails[-1].email, 1), {"client": one.also[0].client})


async def test_without_an_attachment_there_is_nothing_to_keep(hands: Hands) -> None:
    async with taking(hands) as screens:
        await screens.press("D")
        assert "This email has no attachments." in screens.status


@pytest.mark.parametrize("key", list("DSoypvstaMwm*!ed"))
async def test_where_nothing_is_to_be_taken_it_says_so(hands: Hands, key: str) -> None:
    desk = firm()
    desk.made.clear()
    async with opened(desk, outside=hands.outside()) as (app, pilot):
        screens = Screens(app, pilot, desk, hands)
        await screens.settle()
        await screens.press(key)
        assert isinstance(app.screen, MailScreen)  # nothing is asked for nothing
        assert "There is no thread here." in screens.status
