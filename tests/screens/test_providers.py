"""Settings › Providers: what is registered, the steps, what is copied, entered, checked, kept and forgotten."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from actors.desk.api import Welcome
from store.model.errors import DeskError
from store.model.firm import Member, MemberRole
from store.model.ids import MemberId
from store.model.sign_in import ProviderApp
from tests.screens.desk import ShownDesk
from tests.screens.run import opened, settled, shown
from tui import registering
from tui.app import PostroomApp
from tui.screens.providers import ProvidersScreen, RegisterScreen

GUIDE = Path(__file__).parents[2] / "docs" / "sign-in.md"
AN_ID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"

TOM = Member(member=MemberId("tom"), name="Tom Holt", role=MemberRole.EMPLOYEE)


class Employees(ShownDesk):
    """As an employee is answered."""

    async def welcome(self) -> Welcome:
        return replace(await super().welcome(), member=TOM)


@asynccontextmanager
async def page(
    desk: ShownDesk, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[PostroomApp, Pilot[DeskError]]]:
    async with opened(desk, size=size) as (app, pilot):
        await settled(app, pilot)
        await press(app, pilot, "g", "p")
        assert isinstance(app.screen, ProvidersScreen)
        yield app, pilot


async def press(app: PostroomApp, pilot: Pilot[DeskError], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(app, pilot)


def registered(desk: ShownDesk) -> list[tuple[object, object]]:
    return [(given[0], named.get("client_secret")) for name, given, named in desk.calls if name == "set_provider"]


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_it_says_how_the_firm_stands_with_each(size: tuple[int, int]) -> None:
    desk = ShownDesk()
    desk.apps["google"] = ProviderApp(provider="google", client_id="x.apps.googleusercontent.com", has_secret=True)
    async with page(desk, size) as (app, _pilot):
        words = "\n".join(shown(app))
        for said in ("Microsoft", "not registered", "x.apps.googleusercontent.com", "with a secret"):
            assert said in words, said


async def test_the_steps_are_walked_and_what_is_needed_is_copied() -> None:
    async with page(ShownDesk()) as (app, pilot):
        await press(app, pilot, "enter")
        assert isinstance(app.screen, RegisterScreen)
        assert "1. Open this page" in "\n".join(shown(app))
        await press(app, pilot, "y")
        assert app.clipboard == "https://entra.microsoft.com"
        await press(app, pilot, "j", "j", "y")
        assert app.clipboard == "http://localhost"


async def test_what_cannot_be_a_client_id_is_asked_again_and_then_kept() -> None:
    desk = ShownDesk()
    async with page(desk) as (app, pilot):
        await press(app, pilot, "enter", "enter", *"wrong", "enter")
        assert "Microsoft's look like" in "\n".join(shown(app))
        assert not registered(desk)
        await press(app, pilot, *["backspace"] * 5, *AN_ID, "enter")
        await press(app, pilot, *["backspace"] * len("common"), *"firm.example", "enter")
        assert registered(desk) == [
            (ProviderApp(provider="microsoft", client_id=AN_ID, tenant="firm.example"), None),
        ]
        words = "\n".join(shown(app))
        assert isinstance(app.screen, ProvidersScreen)
        assert AN_ID in words
        assert "Kept." in words


async def test_a_secret_is_entered_unseen_and_stays_when_nothing_is_said() -> None:
    desk = ShownDesk()
    async with page(desk) as (app, pilot):
        await press(app, pilot, "j", "enter", "enter", *"f.apps.googleusercontent.com", "enter", *"planted")
        assert "planted" not in "\n".join(shown(app))
        await press(app, pilot, "enter")
        app_now = ProviderApp(provider="google", client_id="f.apps.googleusercontent.com")
        assert registered(desk) == [(app_now, "planted")]
        await press(app, pilot, "enter", "enter", "enter", "enter")
        assert registered(desk)[-1][1] is None
        assert desk.apps["google"].has_secret


async def test_an_openid_provider_is_an_address_an_id_and_perhaps_an_authority(tmp_path: Path) -> None:
    desk = ShownDesk()
    async with page(desk) as (app, pilot):
        await press(app, pilot, "G", "enter", "enter", *"http://a", "enter")
        assert "begins with https://" in "\n".join(shown(app))
        await press(app, pilot, *["backspace"] * 8, *"https://login.firm.example/", "enter", *"postroom", "enter")
        await press(app, pilot, *str(tmp_path / "none.pem"), "enter")
        assert "holds no certificate authority" in "\n".join(shown(app))
        assert registered(desk) == []
        (tmp_path / "none.pem").write_text("-----BEGIN CERTIFICATE-----\nMII=\n")
        await press(app, pilot, "enter")
        made = ProviderApp(provider="openid", client_id="postroom", authority="https://login.firm.example")
        assert registered(desk) == [(replace(made, certificates="-----BEGIN CERTIFICATE-----\nMII=\n"), None)]


async def test_forgotten_only_when_a_person_is_sure() -> None:
    desk = ShownDesk()
    desk.apps["microsoft"] = ProviderApp(provider="microsoft", client_id=AN_ID)
    async with page(desk) as (app, pilot):
        await press(app, pilot, "d", "n")
        assert desk.apps
        await press(app, pilot, "d", "y")
        assert not desk.apps


async def test_an_employee_reads_it_and_is_told_whom_to_ask() -> None:
    desk = Employees()
    desk.firm.members.append(TOM)
    desk.apps["microsoft"] = ProviderApp(provider="microsoft", client_id=AN_ID)
    async with page(desk) as (app, pilot):
        for keys in (("d",), ("enter", "enter")):
            await press(app, pilot, *keys)
            words = "\n".join(shown(app))
            assert "ask Ana Olmo" in words, words
        assert not registered(desk)
        assert desk.apps


# ---------------------------------------------------------------- the parts
def test_the_steps_are_those_of_the_guide() -> None:
    """Nothing is opened or typed there that the guide does not name."""
    guide = " ".join(GUIDE.read_text().split())
    for provider in registering.ORDER:
        for step in registering.steps(provider):
            for word in step.copies.split():
                assert word in guide or word == "http://127.0.0.1", word
    places = [place for provider in registering.ORDER[:2] for one in registering.steps(provider) for place in
              re.findall(r"[A-Z][\w() ]+ › [A-Z]\w+", one.text)]  # fmt: skip
    assert places
    assert [one for one in places if one not in guide] == []


@pytest.mark.parametrize(
    ("provider", "name", "text", "fits"),
    [
        ("microsoft", "client_id", AN_ID, True),
        ("microsoft", "client_id", AN_ID[:-1], False),
        ("microsoft", "tenant", "common", True),
        ("microsoft", "tenant", "a/b", False),
        ("google", "client_id", "1-a.apps.googleusercontent.com", True),
        ("google", "client_id", "1-a.example", False),
        ("google", "client_secret", "", True),
        ("google", "client_secret", "a b", False),
        ("openid", "client_id", "", False),
        ("openid", "client_id", "ñ", False),
        ("openid", "authority", "https://login.example", True),
        ("openid", "authority", "http://login.example", False),
    ],
)
def test_what_is_entered_is_checked(provider: str, name: str, text: str, *, fits: bool) -> None:
    assert (registering.trouble(provider, name, text) == "") is fits
