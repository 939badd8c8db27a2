"""A preview of a mailbox, on every Desk: what it wants, and that it keeps nothing."""

import pytest
from msgspec.structs import replace

from actors.desk.api import Desk, NewMailbox
from store.model.errors import BadRequest, DeskError, NotFound
from store.model.preview import Preview
from tests.contract.test_desk_writing import OWN, SERVER, bare

__all__ = ["bare"]
BOX = NewMailbox(address=OWN, login=OWN, password="p", imap=SERVER, smtp=None)


async def previewed(desk: Desk, mailbox: NewMailbox, *, sign_in: str = "") -> list[Preview]:
    return [one async for one in desk.preview(mailbox, sign_in=sign_in)]


async def test_an_empty_mailbox_brings_nothing_and_nothing_is_kept(bare: Desk) -> None:
    *_before, last = await previewed(bare, BOX)
    assert last == Preview(over=True)
    assert await bare.mailboxes() == ()


@pytest.mark.parametrize(
    ("mailbox", "sign_in", "error", "code"),
    [
        (replace(BOX, address="ana"), "", BadRequest, "bad_address"),
        (replace(BOX, password=""), "", BadRequest, "no_password"),
        (replace(BOX, password=""), "none", NotFound, "not_found"),
    ],
)
async def test_what_cannot_be_looked_at(
    bare: Desk, mailbox: NewMailbox, sign_in: str, error: type[DeskError], code: str
) -> None:
    with pytest.raises(error) as told:
        await previewed(bare, mailbox, sign_in=sign_in)
    assert told.value.code == code
