"""Rules for filing ([C2] 5) on every Desk."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk
from store.model.errors import BadRequest, NotFound
from store.model.filing_rules import Conditions
from tests.contract.test_desk import WORLDS, new, refused

LISTED = Conditions(lists=("News <news.olmo.example>",))


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        await desk.add_client(new(), "Olmo")
        yield desk


async def names(desk: Desk) -> list[tuple[int, str]]:
    return [(rule.place, rule.name) for rule in await desk.rules()]


async def test_rules_stand_in_their_order_and_are_taken_back(desk: Desk) -> None:
    assert await desk.rules() == ()
    request = new()
    first = await desk.add_rule(request, "news", "olmo", LISTED)
    assert (first.done, first.undo) == (True, "add_rule")
    assert await desk.add_rule(request, "news", "olmo", LISTED) == first
    await desk.add_rule(new(), "bills", "Olmo", Conditions(subject=("Invoice",)), place=1)
    assert await names(desk) == [(1, "bills"), (2, "news")]
    (bills, news) = await desk.rules()
    assert (news.client.name, news.conditions) == ("Olmo", Conditions(lists=("news.olmo.example",)))
    assert bills.conditions == Conditions(subject=("invoice",))
    assert (await desk.remove_rule(new(), "BILLS")).undo == "remove_rule"
    assert await names(desk) == [(1, "news")]
    await desk.undo(new())
    assert [name for _place, name in await names(desk)] == ["bills", "news"]
    await desk.undo(new())
    await desk.undo(new())
    assert await names(desk) == []


@pytest.mark.parametrize(
    "conditions",
    [Conditions(), Conditions(senders=("nobody",)), Conditions(subject=("...",)), Conditions(attachments=("a\nb",))],
)
async def test_what_says_nothing_is_no_rule(desk: Desk, conditions: Conditions) -> None:
    for asked in (desk.add_rule(new(), "x", "Olmo", conditions), desk.try_rule(conditions, "Olmo")):
        error = await refused(asked)
        assert isinstance(error, BadRequest)
        assert error.code == "bad_rule"


async def test_names_places_and_clients_are_checked(desk: Desk) -> None:
    await desk.add_rule(new(), "news", "Olmo", LISTED)
    assert (await refused(desk.add_rule(new(), " NEWS ", "Olmo", LISTED))).code == "name_taken"
    assert (await refused(desk.add_rule(new(), "", "Olmo", LISTED))).code == "bad_name"
    assert (await refused(desk.add_rule(new(), "x", "Olmo", LISTED, place=3))).code == "bad_value"
    assert isinstance(await refused(desk.add_rule(new(), "x", "Nobody", LISTED)), NotFound)
    assert isinstance(await refused(desk.try_rule(LISTED, "Nobody")), NotFound)
    assert isinstance(await refused(desk.remove_rule(new(), "other")), NotFound)


async def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    trial = await desk.try_rule(LISTED, "Olmo")
    assert (trial.files, trial.examples) == (0, ())
    assert await desk.rules() == ()
