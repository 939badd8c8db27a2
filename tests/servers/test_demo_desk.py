"""The demo's desk as a newcomer finds it: assigned, said, put off and begun by the members, through real servers."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from actors.desk.api import Desk
from actors.paths import Home
from actors.starting import start_office
from store.model.outbox import OutboxState
from store.model.views import ThreadQuery, ThreadRow, View
from tui.cli.demo import _desk, _servers, _set_up, _stop
from tui.cli.demo_desk import dress
from tui.cli.demo_home import throw_away


@asynccontextmanager
async def dressed(home: Home, firm: dict[str, Any]) -> AsyncIterator[None]:
    """The demo firm synced and dressed; its office gone afterwards."""
    start_office(home, owner=firm["members"][0]["name"], firm=firm["firm"])
    try:
        await _set_up(home, firm)
        await dress(firm["notes"], partial(_desk, home), now=time.time())
        yield
    finally:
        await _stop(home)


async def _rows(desk: Desk, view: View) -> dict[str, ThreadRow]:
    return {row.subject: row for row in (await desk.threads(ThreadQuery(view=view))).rows}


@pytest.mark.timeout(120)
async def test_members_have_been_at_work() -> None:
    with throw_away(now=time.time()) as home, _servers() as firm:
        async with dressed(home, firm), _desk(home, "Clara Rivas") as clara, _desk(home, "Tom Holt") as tom:
            mine = await _rows(clara, View.ASSIGNED)
            assert set(mine) == {"An apprentice for Gareth", "Jornales de la recogida"}
            assert mine["Jornales de la recogida"].comments == 2
            said = await clara.comments(mine["Jornales de la recogida"].thread)
            assert [one.by for one in said] == ["Clara Rivas", "Tom Holt"]
            (snoozed,) = (await _rows(clara, View.SNOOZED)).values()
            assert snoozed.subject.endswith("Closing: what happens on the day")
            assert snoozed.snoozed_until is not None
            assert "RE: Someone fell off my staircase" in await _rows(tom, View.ASSIGNED)
            (draft,) = await clara.outbox()
            assert draft.state == OutboxState.DRAFT
            text = (await clara.draft(draft.outbox)).draft.text
            assert text.startswith("Yasmin,")
            assert "> Contract attached. Tom, please go straight to article 9." in text
            assert await tom.outbox() == ()
