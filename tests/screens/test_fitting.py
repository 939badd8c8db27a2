"""`v` offers first whom a mail may belong to: candidates of an ambiguous one, then what is suggested ([C3], [C5])."""

import pytest

from store.model.filing import Reason
from store.model.firm import Client
from store.model.ids import EmailId
from store.model.views import ClientName, Why, WhyFiling
from tests.screens.run import opened
from tests.screens.screens import WIDE, Screens, firm


def told(client: Client, reason: Reason, *, ambiguous: bool = False) -> WhyFiling:
    named = ClientName(client=client.client, name=client.name)
    return WhyFiling(client=named, reason=reason, confidence=40, address="ana@olmo.example", ambiguous=ambiguous)


@pytest.mark.parametrize("ambiguous", [True, False])
async def test_who_fits_is_offered_first_and_enter_takes_it(
    *, ambiguous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last client of all fits, or is suggested; without that the first is offered first."""
    desk = firm()
    clients = await desk.clients()
    assert len(clients) > 1

    async def why(email: EmailId) -> Why:
        one = told(clients[-1], Reason.ADDRESS if ambiguous else Reason.LEARNED, ambiguous=ambiguous)
        return Why(email=email, filings=(one,) if ambiguous else (), alternatives=() if ambiguous else (one,))

    monkeypatch.setattr(desk, "why", why)
    async with opened(desk, size=WIDE) as (app, pilot):
        screens = Screens(app, pilot, desk)
        await screens.settle()
        await screens.press("v")
        await screens.settle()
        await screens.press("enter")
        ((_, named),) = screens.asked("file")
        assert named["client"] == clients[-1].client
