"""Sign-ins and registrations, on every implementation of the Desk: what needs no provider."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk, NewMailbox
from store.model.errors import BadRequest, NotFound
from store.model.mailbox import ServerSettings
from store.model.sign_in import ProviderApp, SignInWay
from tests.contract.test_desk import WORLDS, new, refused

BOX = NewMailbox(
    address="ana@firm.example",
    login="ana@firm.example",
    password="",
    imap=ServerSettings(host="imap.firm.example", port=993, tls="ssl"),
    smtp=None,
)
MICROSOFT = ProviderApp(provider="microsoft", client_id="c-1", tenant="firm.example")


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        yield desk


async def test_a_registration_is_kept_without_its_secret(desk: Desk) -> None:
    assert [app.client_id for app in await desk.providers()] == ["", "", ""]
    assert (await desk.set_provider(new(), MICROSOFT, client_secret="planted")).done
    (kept, _, _) = await desk.providers()
    assert (kept.client_id, kept.tenant, kept.has_secret) == ("c-1", "firm.example", True)
    assert "planted" not in repr(kept)
    await desk.set_provider(new(), MICROSOFT)  # the secret that was kept stays
    assert (await desk.providers())[0].has_secret
    await desk.set_provider(new(), ProviderApp(provider="microsoft"))
    assert (await desk.providers())[0] == ProviderApp(provider="microsoft")


async def test_a_secret_is_not_kept_for_another_registration(desk: Desk) -> None:
    await desk.set_provider(new(), MICROSOFT, client_secret="planted")
    await desk.set_provider(new(), ProviderApp(provider="microsoft", client_id="c-2"))
    assert not (await desk.providers())[0].has_secret


@pytest.mark.parametrize(
    "app",
    [
        ProviderApp(provider="nobody", client_id="c"),
        ProviderApp(provider="google", client_id="c", authority="http://x"),
    ],
)
async def test_what_can_be_no_registration(desk: Desk, app: ProviderApp) -> None:
    assert isinstance(await refused(desk.set_provider(new(), app)), BadRequest)


async def test_without_a_registration_it_is_said(desk: Desk) -> None:
    error = await refused(desk.begin_sign_in(way=SignInWay.DEVICE, mailbox=BOX, provider="microsoft"))
    assert error.code == "no_client_id"
    error = await refused(desk.begin_sign_in(way=SignInWay.DEVICE, mailbox=BOX, provider="elsewhere"))
    assert error.code == "no_such_provider"


async def test_a_mailbox_that_one_has_not_cannot_be_signed_in(desk: Desk) -> None:
    assert isinstance(await refused(desk.begin_sign_in(way=SignInWay.PASSWORD, address="x@y.example")), NotFound)


async def test_a_sign_in_is_shown_with_member_and_mailbox(desk: Desk) -> None:
    told = await desk.begin_sign_in(way=SignInWay.PASSWORD, mailbox=BOX)
    assert (told.address, told.account, told.way) == (BOX.address, BOX.login, SignInWay.PASSWORD)
    assert told.member == (await desk.welcome()).member.name
    assert (await refused(desk.finish_sign_in(new(), told.sign_in))).code == "no_password"
    await desk.cancel_sign_in(told.sign_in)
    assert isinstance(await refused(desk.finish_sign_in(new(), told.sign_in, answer="pass")), NotFound)


async def test_an_unknown_sign_in_is_not_found(desk: Desk) -> None:
    assert isinstance(await refused(desk.wait_sign_in("nothing", timeout=1)), NotFound)
    assert isinstance(await refused(desk.finish_sign_in(new(), "nothing", answer="x")), NotFound)
    assert (await desk.cancel_sign_in("nothing")).done
