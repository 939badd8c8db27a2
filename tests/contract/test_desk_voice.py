"""Names and signatures of a mailbox and its addresses, for every Desk."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.desk.api import Desk, NewMailbox
from store.model.errors import BadRequest, NotFound
from store.model.outbox import Sender
from store.model.signature import OwnAddress, Signature
from tests.contract.test_desk import new, refused
from tests.contract.test_desk_writing import OWN, SERVER, WORLDS, put

ALIAS = "info@firm.example"


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        await desk.add_mailbox(new(), NewMailbox(address=OWN, login=OWN, password="p", imap=SERVER, smtp=SERVER))
        await desk.set_mailbox(new(), OWN, signature="**Olga**\nFirm", aliases=(ALIAS,))
        yield desk


async def senders(desk: Desk) -> dict[str, Sender]:
    return {one.address: one for one in await desk.senders()}


async def test_every_address_has_the_mailboxs_until_it_has_its_own(desk: Desk) -> None:
    plain = await senders(desk)
    assert {one.signature for one in plain.values()} == {"**Olga**\nFirm"}
    owner = plain[OWN].name
    html = '<b>The firm</b> <a href="https://firm.example">here</a>'
    done = await desk.set_own_address(new(), OWN, ALIAS.upper(), name=" The  firm ", signature=html, html=True)
    assert done.done
    now = await senders(desk)
    assert (now[OWN].name, now[OWN].signature) == (owner, "**Olga**\nFirm")
    assert (now[ALIAS].name, now[ALIAS].signature) == ("The firm", "The firm here <https://firm.example>")
    (box,) = await desk.mailboxes()
    own = OwnAddress(address=ALIAS, name="The firm", signature=Signature(source=html, html=True))
    assert box.settings.own == (own,)
    assert not (await desk.set_own_address(new(), OWN, ALIAS, name="The firm")).done


async def test_emptied_it_is_as_the_others_again(desk: Desk) -> None:
    request = new()
    first = await desk.set_own_address(request, OWN, OWN, name="Olga of the firm", signature="O.")
    assert (await desk.set_own_address(request, OWN, OWN, name="Olga of the firm", signature="O.")) == first
    assert (await senders(desk))[OWN].name == "Olga of the firm"
    await desk.set_own_address(new(), OWN, OWN, name="")
    assert (await senders(desk))[OWN].signature == "O."
    await desk.set_own_address(new(), OWN, OWN, signature="")
    assert (await senders(desk))[OWN].signature == "**Olga**\nFirm"
    (box,) = await desk.mailboxes()
    assert box.settings.own == ()


@pytest.mark.parametrize(
    ("mailbox", "address", "kind"),
    [
        (OWN, "boss@elsewhere.example", NotFound),
        ("nobody@firm.example", OWN, NotFound),
        (OWN, "no address", BadRequest),
    ],
)
async def test_only_of_ones_own_addresses(desk: Desk, mailbox: str, address: str, kind: type[Any]) -> None:
    assert isinstance(await refused(desk.set_own_address(new(), mailbox, address, name="Boss")), kind)


async def test_a_draft_says_whether_it_is_signed_and_never_as_whom(desk: Desk) -> None:
    row = await put(desk, signature=False)
    kept = (await desk.draft(row.outbox)).draft
    assert (kept.signature, kept.voice) == (False, None)
