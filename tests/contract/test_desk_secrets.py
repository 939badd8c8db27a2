"""Where secrets are kept, on every Desk: told, changed, opened by a passphrase, and never given back."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from actors.desk.api import Desk
from store.model.errors import BadRequest
from tests.contract.test_desk import new, refused
from tests.contract.test_desk_writing import WORLDS

PASSPHRASE = "vier Wörter und ein Fisch"


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        yield desk


async def test_they_are_kept_where_somebody_wants_them(desk: Desk) -> None:
    assert (await desk.keep_secrets(new(), "file")).done
    told = await desk.secrets()
    assert (told.kind, told.why, told.key, told.trouble) == ("file", "chosen", "file", None)
    assert (await desk.keep_secrets(new(), "passphrase", passphrase=PASSPHRASE)).done
    told = await desk.secrets()
    assert (told.kind, told.key, told.trouble) == ("passphrase", "passphrase", None)
    assert PASSPHRASE not in msgspec.json.encode(told).decode()


async def test_a_repeat_gets_the_first_answer(desk: Desk) -> None:
    request = new()
    first = await desk.keep_secrets(request, "file")
    assert await desk.keep_secrets(request, "file") == first


async def test_only_its_own_passphrase_opens_it(desk: Desk) -> None:
    await desk.keep_secrets(new(), "passphrase", passphrase=PASSPHRASE)
    error = await refused(desk.unlock_secrets("another one"))
    assert isinstance(error, BadRequest)
    assert error.code == "passphrase_wrong"
    assert (await desk.unlock_secrets(PASSPHRASE)).done


@pytest.mark.parametrize(
    ("kind", "passphrase", "code"),
    [
        ("passphrase", None, "passphrase_needed"),
        ("passphrase", "short", "passphrase_short"),
        ("file", PASSPHRASE, "bad_value"),
        ("keychain", PASSPHRASE, "bad_value"),
    ],
)
async def test_what_makes_no_sense(desk: Desk, kind: str, passphrase: str | None, code: str) -> None:
    error = await refused(desk.keep_secrets(new(), kind, passphrase=passphrase))  # type: ignore[arg-type]
    assert isinstance(error, BadRequest)
    assert error.code == code
