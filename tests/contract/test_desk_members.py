"""Roles, access, walls, private threads and who is away, for every Desk."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.desk.api import Desk
from store.model.errors import BadRequest, NotAllowed, NotFound
from store.model.firm import Member, MemberRole, Right
from store.model.ids import ThreadId
from tests.contract.test_desk import ASKS, ASKS_AGAIN, WORLDS, bring, emails, new, refused

LATER = 4_000_000_000 // 2 - 180_000_000  # 2027: after every clock here, and not too far


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        yield desk


async def member(desk: Desk, name: str) -> Member:
    (found,) = [one for one in await desk.members() if one.name == name]
    return found


@pytest.fixture
async def tom(desk: Desk) -> str:
    await desk.add_client(new(), "Byron")
    await desk.add_client(new(), "Blum")
    await desk.add_member(new(), "Tom")
    return "Tom"


# ---- Roles


async def test_a_role_is_changed_and_taken_back(desk: Desk, tom: str) -> None:
    request = new()
    done = await desk.set_role(request, tom, MemberRole.ADMIN)
    assert (done.done, done.undo) == (True, "role")
    assert await desk.set_role(request, tom, MemberRole.ADMIN) == done
    assert (await member(desk, tom)).role is MemberRole.ADMIN
    assert not (await desk.set_role(new(), tom, MemberRole.ADMIN)).done
    await desk.undo(new())
    assert (await member(desk, tom)).role is MemberRole.EMPLOYEE


async def test_the_firm_is_handed_over_and_only_its_new_owner_gives_it_back(desk: Desk, tom: str) -> None:
    me = (await desk.welcome()).member.name
    assert isinstance(await refused(desk.set_role(new(), me, MemberRole.ADMIN)), NotAllowed)
    done = await desk.set_role(new(), tom, MemberRole.OWNER)
    assert (done.done, done.undo) == (True, None)
    roles = {one.name: one.role for one in await desk.members()}
    assert (roles[tom], roles[me]) == (MemberRole.OWNER, MemberRole.ADMIN)
    assert isinstance(await refused(desk.set_role(new(), tom, MemberRole.EMPLOYEE)), NotAllowed)


# ---- Access


async def test_access_is_given_with_rights_and_taken_back(desk: Desk, tom: str) -> None:
    clients = {one.name: one.client for one in await desk.clients()}
    await desk.set_access(new(), tom, give=["Byron"])
    done = await desk.set_access(new(), tom, give=["Blum"], take=["byron"], rights=[Right.SEND])
    assert done.undo == "access"
    now = await member(desk, tom)
    assert (now.clients, now.rights) == ((clients["Blum"],), (Right.SEND,))
    await desk.undo(new())
    before = await member(desk, tom)
    assert (before.clients, before.rights) == ((clients["Byron"],), ())


# ---- Walls


async def test_a_wall_is_set_lifted_and_taken_back(desk: Desk, tom: str) -> None:
    clients = {one.name: one.client for one in await desk.clients()}
    done = await desk.set_wall(new(), "byron", tom, on=True)
    assert done.undo == "wall"
    assert (await member(desk, tom)).walls == (clients["Byron"],)
    assert not (await desk.set_wall(new(), "Byron", tom, on=True)).done
    assert (await desk.set_wall(new(), "Byron", tom, on=False)).undo == "unwall"
    assert (await member(desk, tom)).walls == ()
    await desk.undo(new())
    assert (await member(desk, tom)).walls == (clients["Byron"],)


async def test_nobody_sets_a_wall_on_themselves(desk: Desk, tom: str) -> None:
    me = (await desk.welcome()).member.name
    assert isinstance(await refused(desk.set_wall(new(), "Byron", me, on=True)), NotAllowed)
    assert isinstance(await refused(desk.set_wall(new(), "Nobody's", tom, on=True)), NotFound)


# ---- Private threads


async def test_a_thread_is_private_until_it_is_not(desk: Desk) -> None:
    await bring(desk, ASKS, ASKS_AGAIN)
    rows = await emails(desk)
    done = await desk.set_private(new(), rows[1].thread, on=True)
    assert (done.affected, done.undo, done.threads) == (2, "private", 1)
    assert (await desk.email(rows[2].email)).private
    assert not (await desk.set_private(new(), rows[1].thread, on=True)).done
    await desk.undo(new())
    assert not (await desk.email(rows[1].email)).private
    assert isinstance(await refused(desk.set_private(new(), ThreadId("t999"), on=True)), NotFound)


# ---- Away


async def test_away_with_a_deputy_and_back(desk: Desk, tom: str) -> None:
    me = (await desk.welcome()).member
    done = await desk.set_away(new(), tom, LATER, deputy=me.name)
    assert done.undo == "away"
    away = await member(desk, tom)
    assert (away.away_until, away.deputy) == (LATER, me.member)
    assert not (await desk.set_away(new(), tom, LATER, deputy=me.member)).done
    assert (await desk.set_away(new(), tom, None)).undo == "back"
    assert (await member(desk, tom)).away_until is None
    await desk.undo(new())
    assert (await member(desk, tom)).deputy == me.member


@pytest.mark.parametrize(
    ("until", "deputy", "kind"),
    [(1, "Olga Owner", BadRequest), (LATER, None, BadRequest), (LATER, "Tom", BadRequest), (LATER, "Nobody", NotFound)],
)
async def test_away_needs_a_date_to_come_and_somebody_else(
    desk: Desk, tom: str, until: int, deputy: str | None, kind: type[Any]
) -> None:
    if deputy == "Olga Owner":
        deputy = (await desk.welcome()).member.name
    assert isinstance(await refused(desk.set_away(new(), tom, until, deputy=deputy)), kind)
