"""A client's export, legal hold and end in its profile: each key, who is offered it, and what stops it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from store.model.errors import Away
from store.model.firm import MemberRole, Right
from tests.screens.run import opened, settled, shown
from tests.screens.screens import Hands
from tests.screens.test_clients import NARROW, WIDE, Hand, firm, new
from tests.support.fake_desk import FakeDesk
from tui.screens.asking import AskText, Confirm
from tui.screens.client import ClientScreen
from tui.screens.clients import ClientsScreen
from tui.screens.mail import MailScreen

BYRON = ("g", "k", "j", "enter")


@asynccontextmanager
async def byron(desk: FakeDesk, folder: Path, *, size: tuple[int, int] = NARROW) -> AsyncIterator[Hand]:
    async with opened(desk, size=size, outside=Hands(folder).outside()) as (app, pilot):
        await settled(app, pilot)
        hand = Hand(app, pilot, desk)
        await hand.press(*BYRON)
        yield hand


async def exported() -> FakeDesk:
    desk = await firm()
    await desk.end_export(new("x"), "Byron", emails=1, documents=0, manifest="0" * 64)
    desk.calls.clear()
    return desk


# ---------------------------------------------------------------- export


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_client_is_exported_into_a_new_folder(tmp_path: Path, size: tuple[int, int]) -> None:
    desk = await firm()
    await desk.add_document(new("d"), "Byron", "Deed.pdf", _once(b"%PDF the deed"))
    async with byron(desk, tmp_path, size=size) as hand:
        await hand.press("E")
        assert isinstance(hand.app.screen, AskText)
        await hand.press("enter")
        (folder,) = tmp_path.iterdir()
        assert folder.name.startswith("Byron ")
        assert "1 email and 1 documents exported." in hand.rows
        manifest = json.loads((folder / "manifest.json").read_bytes())
        assert {"mail.mbox", "contacts.vcf", "mail.csv"} < {file["path"] for file in manifest["files"]}
        assert (next((folder / "documents").rglob("*.pdf"))).read_bytes() == b"%PDF the deed"
        assert len(hand.asked("end_export")) == 1
        assert all(len(line) <= size[0] for line in shown(hand.app))


async def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_bytes(b"mine")
    async with byron(await firm(), tmp_path) as hand:
        await hand.press("E", "ctrl+a", "ctrl+k", *str(tmp_path / "full"), "enter")
        assert not hand.asked("begin_export")
        assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]
        assert isinstance(hand.app.screen, ClientScreen)


async def test_an_export_in_the_middle_is_not_left_by_a_slip(tmp_path: Path) -> None:
    desk = await firm()
    async with byron(desk, tmp_path) as hand:
        go_on = desk.hold("end_export")
        await hand.press("E")
        await hand.pilot.press("enter")
        while not hand.asked("end_export"):
            await hand.pilot.pause()
        await hand.pilot.press("q")
        assert isinstance(hand.app.screen, ClientScreen)
        assert "still being written" in hand.rows
        go_on.set()
        await settled(hand.app, hand.pilot)
        assert "exported." in hand.rows
        await hand.press("q")
        assert isinstance(hand.app.screen, ClientsScreen)


async def test_an_office_that_goes_away_is_said(tmp_path: Path) -> None:
    desk = await firm()
    async with byron(desk, tmp_path) as hand:
        desk.fail("begin_export", Away("office_gone"))
        await hand.press("E", "enter")
        assert "broke off" in hand.rows
        assert not list(tmp_path.rglob("manifest.json"))


# ---------------------------------------------------------------- hold


async def test_a_hold_is_laid_and_lifted_by_who_says_yes(tmp_path: Path) -> None:
    desk = await firm()
    async with byron(desk, tmp_path, size=WIDE) as hand:
        await hand.press("H")
        assert isinstance(hand.app.screen, Confirm)
        await hand.press("n")
        assert not (await desk.client_standing("Byron")).held
        await hand.press("H", "y")
        assert (await desk.client_standing("Byron")).held
        assert "until the hold is lifted" in hand.rows
        await hand.press("H")
        assert "Lift the legal hold on Byron?" in hand.rows
        await hand.press("y")
        assert not (await desk.client_standing("Byron")).held
        assert "The hold is lifted." in hand.rows


# ---------------------------------------------------------------- the end


async def test_a_client_is_erased_by_who_types_its_name(tmp_path: Path) -> None:
    desk = await exported()
    async with byron(desk, tmp_path) as hand:
        await hand.press("X")
        assert isinstance(hand.app.screen, AskText)
        for words in ("1 email", "0 documents", "nothing brings them back", "Byron"):
            assert words in hand.rows
        await hand.press(*"byron", "enter")
        assert "That is not the client's name" in hand.rows
        assert not hand.asked("erase_client")
        await hand.press("X", *"Byron", "enter")
        assert len(hand.asked("erase_client")) == 1
        assert isinstance(hand.app.screen, ClientsScreen)
        assert "The client goes, with 1 email; nothing takes that back." in hand.rows
        assert [one.name for one in desk.firm.clients] == ["Blum"]


async def test_from_the_mail_an_erased_client_leads_back_to_the_mail(tmp_path: Path) -> None:
    desk = await exported()
    async with opened(desk, size=NARROW, outside=Hands(tmp_path).outside()) as (app, pilot):
        await settled(app, pilot)
        hand = Hand(app, pilot, desk)
        await hand.press("j", "C", "X", *"Byron", "enter")
        assert isinstance(hand.app.screen, MailScreen)
        assert "The client goes" in hand.rows


async def test_without_an_export_it_is_not_erased(tmp_path: Path) -> None:
    async with byron(await firm(), tmp_path) as hand:
        await hand.press("X")
        assert isinstance(hand.app.screen, ClientScreen)
        assert "only after it was exported" in hand.rows


async def test_under_a_hold_it_is_not_erased(tmp_path: Path) -> None:
    desk = await exported()
    await desk.hold_client(new("h"), "Byron", on=True)
    async with byron(desk, tmp_path) as hand:
        await hand.press("X")
        assert isinstance(hand.app.screen, ClientScreen)
        assert "A legal hold on this client" in hand.rows


# ---------------------------------------------------------------- who may


async def test_an_employee_is_told_who_may(tmp_path: Path) -> None:
    desk = await exported()
    desk.firm.owner = replace(desk.firm.owner, role=MemberRole.EMPLOYEE, rights=())
    async with byron(desk, tmp_path, size=WIDE) as hand:
        for key, words in (("H", "lay a legal hold"), ("X", "erase a client")):
            await hand.press(key)
            assert f"Only the owner and admins {words}" in hand.rows
        assert isinstance(hand.app.screen, ClientScreen)
        assert {"export_client", "hold_client", "erase_client"} == set(hand.app.screen.endings_not_meant())
        desk.firm.owner = replace(desk.firm.owner, rights=(Right.EXPORT,))
        await hand.press("tab", "shift+tab")
        assert {"hold_client", "erase_client"} == set(hand.app.screen.endings_not_meant())


async def test_each_has_its_name_in_the_palette(tmp_path: Path) -> None:
    async with byron(await exported(), tmp_path) as hand:
        await hand.press("colon", *"erase the client", "enter")
        assert "Erase this client for good?" in hand.rows
        await hand.press("escape", "colon", *"legal hold", "enter")
        assert "Lay a legal hold on Byron?" in hand.rows
        await hand.press("n", "colon", *"export the client", "enter")
        assert "Export to" in hand.rows


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
