"""Clients and contacts hold for every Desk: pages, what is set on them, merging and import; each with its undo."""

from collections.abc import AsyncIterator

import pytest

from actors.desk.api import Desk, NewContact
from store.model.errors import BadRequest, DeskError, NotFound
from store.model.filing import Reason
from store.model.ids import RequestId
from store.model.people import NewPerson, PeopleBatch, PeopleImported
from store.model.views import ThreadQuery
from tests.contract.test_desk import WORLDS, Letter, bring, emails, new, refused

ADA, BEA, CAL = "ada@byron.example", "bea@blum.example", "cal@byron.example"
ASKS = Letter(number=1, sender=f"Ada <{ADA}>")
OTHER = Letter(number=2, sender=f"Bea <{BEA}>", subject="Invoice")
COUSIN = Letter(number=3, sender=f"Cal <{CAL}>", subject="Lease")


@pytest.fixture(params=WORLDS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with WORLDS[request.param]() as desk:
        await desk.add_client(new(), "Byron", [NewContact(name="Ada", address=ADA)])
        await desk.add_client(new(), "Ñandú Blum", [NewContact(name="Bea", address=BEA)])
        await bring(desk, ASKS, OTHER, COUSIN)
        yield desk


async def filed(desk: Desk) -> dict[int, set[str]]:
    return {number: {one.client.name for one in row.filings} for number, row in (await emails(desk)).items()}


async def people(desk: Desk) -> tuple[object, ...]:
    """Everything that an undo must bring back."""
    clients = [await desk.client(one.client) for one in await desk.clients()]
    return clients, (await desk.contact_page()).rows, (await desk.client_page()).rows, await filed(desk)


async def codes(desk: Desk, *refusals: tuple[str, str]) -> None:
    """(reference, code): the same for every way to name what is not there."""
    for ref, code in refusals:
        assert (await refused(desk.client(ref))).code == code


# ---- Pages


async def test_a_page_of_clients_tells_what_is_new(desk: Desk) -> None:
    page = await desk.client_page()
    assert [row.name for row in page.rows] == ["Byron", "Ñandú Blum"]
    byron = page.rows[0]
    assert (byron.threads, byron.to_answer, byron.unread, byron.followers) == (1, 1, 1, ())
    assert byron.last is not None
    detail = await desk.client("Byron")
    assert (detail.to_answer, detail.unread, detail.last) == (1, 1, byron.last)
    assert await desk.client_page(offset=1, limit=1) == type(page)(rows=page.rows[1:], total=2)


async def test_clients_are_looked_for_without_case_and_accents_also_by_tag(desk: Desk) -> None:
    await desk.tag_client(new(), "Byron", add=["VIP"])
    for text, names in (("NAN blu", ["Ñandú Blum"]), ("vip", ["Byron"]), ("nobody", []), ("", ["Byron", "Ñandú Blum"])):
        page = await desk.client_page(text=text)
        assert ([row.name for row in page.rows], page.total) == (names, len(names))


async def test_a_page_of_contacts_is_a_window(desk: Desk) -> None:
    page = await desk.contact_page()
    assert [row.name for row in page.rows] == ["Ada", "Bea"]
    assert (await desk.contact_page(offset=1, limit=5)).rows == page.rows[1:]
    assert [row.name for row in (await desk.contact_page(text="blum.ex")).rows] == ["Bea"]
    assert [row.name for row in (await desk.contact_page(client="Byron")).rows] == ["Ada"]
    assert isinstance(await refused(desk.contact_page(client="nobody")), NotFound)


async def test_a_contact_is_found_by_address_or_id(desk: Desk) -> None:
    detail = await desk.contact(ADA.upper())
    assert (detail.name, detail.addresses) == ("Ada", (ADA,))
    ((link,),) = [detail.clients]
    assert link.client.name == "Byron"
    assert [(one.address, one.email_sync, one.notify) for one in link.addresses] == [(ADA, True, True)]
    assert await desk.contact(detail.contact) == detail
    for ref in ("nobody@x.example", "kkkk", "k0000000000000"):
        assert isinstance(await refused(desk.contact(ref)), NotFound)


# ---- Clients


async def test_tags(desk: Desk) -> None:
    before = await people(desk)
    assert (await desk.tag_client(new(), "Byron", add=["vip", "tax"])).undo == "tag_client"
    await desk.tag_client(new(), "Byron", add=["new"], remove=["TAX"])
    assert (await desk.client("Byron")).tags == ("new", "vip")
    assert not (await desk.tag_client(new(), "Byron", add=["VIP"])).done
    for bad in ("", "two words", "x" * 51, "bell\a"):
        assert (await refused(desk.tag_client(new(), "Byron", add=[bad]))).code == "bad_tag"
    assert (await refused(desk.tag_client(new(), "Byron"))).code == "bad_value"
    await desk.undo(new())
    await desk.undo(new())
    assert await people(desk) == before


async def test_a_client_is_called_otherwise(desk: Desk) -> None:
    before = await people(desk)
    await desk.rename_client(new(), "Byron", "Byron & Co")
    assert [each.name for each in await desk.clients()] == ["Byron & Co", "Ñandú Blum"]
    assert (await refused(desk.rename_client(new(), "Byron & Co", "ñandú blum"))).code == "name_taken"
    assert (await refused(desk.rename_client(new(), "Byron & Co", " "))).code == "bad_name"
    await desk.undo(new())
    assert await people(desk) == before


async def test_a_domain_files_what_nobody_s_address_does(desk: Desk) -> None:
    before = await people(desk)
    done = await desk.set_domain(new(), "Byron", "@BYRON.example.", on=True)
    assert (done.undo, done.affected) == ("set_domain", 1)
    assert (await desk.client("Byron")).domains == ("byron.example",)
    assert (await filed(desk))[3] == {"Byron"}
    why = await desk.why((await emails(desk))[3].email)
    assert [one.reason for one in why.filings] == [Reason.DOMAIN]
    assert not (await desk.set_domain(new(), "Byron", "byron.example", on=True)).done
    await desk.set_domain(new(), "Byron", "byron.example", on=False)
    assert (await filed(desk))[3] == set()
    await desk.undo(new())
    await desk.undo(new())
    assert await people(desk) == before


async def test_a_public_provider_is_nobody_s_domain(desk: Desk) -> None:
    for domain, code in (("gmail.com", "domain_public"), ("example", "bad_domain"), ("a b.example", "bad_domain")):
        assert (await refused(desk.set_domain(new(), "Byron", domain, on=True))).code == code


async def test_two_clients_become_one_and_two_again(desk: Desk) -> None:
    await desk.tag_client(new(), "Byron", add=["old"])
    await desk.tag_client(new(), "Ñandú Blum", add=["vip"])
    await desk.set_domain(new(), "Byron", "byron.example", on=True)
    byron = (await desk.client("Byron")).client
    before = await people(desk)
    done = await desk.merge_clients(new(), "Byron", into="Ñandú Blum")
    assert done.undo == "merge_clients"
    (one,) = await desk.clients()
    assert one.name == "Ñandú Blum"
    assert await filed(desk) == {number: {"Ñandú Blum"} for number in (1, 2, 3)}
    detail = await desk.client(byron)
    assert (detail.client, detail.tags, detail.domains) == (one.client, ("old", "vip"), ("byron.example",))
    assert [contact.name for contact, _ in detail.contacts] == ["Ada", "Bea"]
    assert (await refused(desk.client("Byron"))).code == "not_found"
    await desk.undo(new())
    assert await people(desk) == before


async def test_a_client_does_not_become_itself(desk: Desk) -> None:
    assert isinstance(await refused(desk.merge_clients(new(), "Byron", into="byron")), BadRequest)
    assert isinstance(await refused(desk.merge_clients(new(), "Byron", into="nobody")), NotFound)


# ---- Contacts


async def test_a_contact_gets_and_loses_addresses(desk: Desk) -> None:
    before = await people(desk)
    await desk.add_address(new(), ADA, "ada@home.example")
    assert (await desk.contact(ADA)).addresses == (ADA, "ada@home.example")
    ((switches),) = [link.addresses for link in (await desk.contact(ADA)).clients]
    assert [(one.address, one.email_sync) for one in switches] == [(ADA, True), ("ada@home.example", False)]
    assert (await refused(desk.add_address(new(), ADA, BEA))).code == "address_taken"
    assert (await refused(desk.add_address(new(), ADA, "nowhere"))).code == "bad_address"
    await desk.remove_address(new(), ADA)
    assert (await filed(desk))[1] == set()
    assert (await refused(desk.remove_address(new(), "ada@home.example"))).code == "last_address"
    await desk.undo(new())
    assert (await filed(desk))[1] == {"Byron"}
    await desk.undo(new())
    assert await people(desk) == before


async def test_notify_is_its_own_switch(desk: Desk) -> None:
    before = await people(desk)
    assert (await desk.set_notify(new(), ADA, client="Byron", on=False)).undo == "set_notify"
    ((link,),) = [(await desk.contact(ADA)).clients]
    assert [(one.email_sync, one.notify) for one in link.addresses] == [(True, False)]
    assert not (await desk.set_notify(new(), ADA, client="Byron", on=False)).done
    assert isinstance(await refused(desk.set_notify(new(), ADA, client="Ñandú Blum", on=False)), NotFound)
    await desk.undo(new())
    assert await people(desk) == before


async def test_two_contacts_are_one_person_and_two_again(desk: Desk) -> None:
    before = await people(desk)
    ada = (await desk.contact(ADA)).contact
    await desk.merge_contacts(new(), ADA, into=BEA)
    merged = await desk.contact(ada)
    assert (merged.name, merged.addresses) == ("Bea", (ADA, BEA))
    on = {(link.client.name, one.address) for link in merged.clients for one in link.addresses if one.email_sync}
    assert on == {("Byron", ADA), ("Ñandú Blum", BEA)}
    assert (await filed(desk), len(await desk.contacts())) == (before[3], 1)
    assert (await refused(desk.merge_contacts(new(), ADA, into=BEA))).code == "bad_value"
    await desk.undo(new())
    assert await people(desk) == before


async def test_only_a_contact_without_clients_goes(desk: Desk) -> None:
    before = await people(desk)
    assert (await refused(desk.remove_contact(new(), ADA))).code == "contact_linked"
    made = await desk.add_contact(new(), "Dan", ["dan@x.example"])
    with_dan = await people(desk)
    await desk.remove_contact(new(), made.contact)
    assert await people(desk) == before
    await desk.undo(new())
    assert await people(desk) == with_dan


async def test_a_contact_is_called_otherwise(desk: Desk) -> None:
    before = await people(desk)
    await desk.rename_contact(new(), ADA, "Ada Byron")
    assert (await desk.contact(ADA)).name == "Ada Byron"
    assert not (await desk.rename_contact(new(), ADA, "Ada Byron")).done
    await desk.undo(new())
    assert await people(desk) == before


# ---- Import

LINES = (
    NewPerson(line=2, name="Cal", addresses=(CAL,), clients=("BYRON",)),
    NewPerson(line=3, name="Dan", addresses=("DAN@new.example", "dan@home.example"), clients=("New Ltd",)),
    NewPerson(line=4, name="Dan again", addresses=("dan@new.example",), clients=("New Ltd",)),
    NewPerson(line=5, name="Ada", addresses=(ADA, "ada@home.example")),
    NewPerson(line=6, name="Nobody"),
    NewPerson(line=7, name="Bad", addresses=("not an address",)),
    NewPerson(line=8, name="Two", addresses=(ADA, BEA)),
)


async def plan(desk: Desk, *lines: NewPerson) -> PeopleImported:
    return await desk.plan_import(batches(*lines))


async def bring_people(desk: Desk, *lines: NewPerson, request: RequestId | None = None) -> PeopleImported:
    return await desk.import_people(request or new(), batches(*lines))


async def batches(*lines: NewPerson) -> AsyncIterator[PeopleBatch]:
    for start in range(0, len(lines), 3):
        yield PeopleBatch(people=lines[start : start + 3])


async def test_a_plan_says_what_becomes_of_each_line_and_keeps_nothing(desk: Desk) -> None:
    before = await people(desk)
    told = await plan(desk, *LINES)
    assert [(line.line, line.outcome, line.code) for line in told.lines] == [
        (2, "made", ""),
        (3, "made", ""),
        (4, "known", ""),
        (5, "joined", ""),
        (6, "refused", "no_address"),
        (7, "refused", "bad_address"),
        (8, "refused", "several_contacts"),
    ]
    assert (told.made, told.joined, told.known, told.refused, told.clients, told.done) == (2, 1, 1, 3, 1, False)
    assert await people(desk) == before


async def test_an_import_does_what_was_planned_once_and_goes_with_one_undo(desk: Desk) -> None:
    before, request = await people(desk), new()
    planned = await plan(desk, *LINES)
    told = await bring_people(desk, *LINES, request=request)
    assert (told.made, told.joined, told.clients) == (planned.made, planned.joined, planned.clients)
    assert (told.done, told.undo, told.emails, told.affected) == (True, "import_people", 1, 4)
    assert [line.line for line in told.lines] == [6, 7, 8]
    assert (await filed(desk))[3] == {"Byron"}
    dan = await desk.contact("dan@new.example")
    assert (dan.name, dan.addresses) == ("Dan", ("dan@home.example", "dan@new.example"))
    assert [link.client.name for link in dan.clients] == ["New Ltd"]
    assert (await desk.contact(ADA)).addresses == (ADA, "ada@home.example")
    after = await people(desk)
    assert await bring_people(desk, *LINES, request=request) == told
    again = await bring_people(desk, *LINES)
    assert (again.made, again.joined, again.clients, again.done) == (0, 0, 0, False)
    assert await people(desk) == after
    await desk.undo(new())
    assert await people(desk) == before


async def test_a_client_without_contacts_is_made_from_a_line(desk: Desk) -> None:
    told = await bring_people(desk, NewPerson(line=1, clients=("Alone", "byron")))
    assert (told.clients, told.made) == (1, 0)
    assert [one.name for one in await desk.clients()] == ["Alone", "Byron", "Ñandú Blum"]
    assert (await desk.threads(ThreadQuery(client=(await desk.client("Alone")).client))).total == 0


async def test_foreign_text_is_text(desk: Desk) -> None:
    name = '=HYPERLINK("x")\x1b[31m\r\n\u202eevil'
    await bring_people(desk, NewPerson(line=1, name=name, addresses=("e@x.example",)))
    name = (await desk.contact("e@x.example")).name
    assert name.startswith("=HYPERLINK")
    assert name.isprintable()


async def test_what_was_changed_since_an_import_stays(desk: Desk) -> None:
    await bring_people(desk, NewPerson(line=1, name="Eve", addresses=("eve@x.example",)),
                       NewPerson(line=2, name="Dan", addresses=("dan@x.example",)))  # fmt: skip
    try:
        await desk.rename_contact(new(), "dan@x.example", "Daniel")
        await desk.undo(new())
        await desk.undo(new())
    except DeskError:
        pytest.fail("both can be taken back")
    assert [one.name for one in await desk.contacts()] == ["Ada", "Bea"]


async def test_what_was_added_is_taken_back(desk: Desk) -> None:
    before = await people(desk)
    await desk.add_client(new(), "Cousins", [NewContact(name="Cal", address=CAL), NewContact(name="Ada", address=ADA)])
    assert (await filed(desk))[3] == {"Cousins"}
    await desk.add_contact(new(), "Dan", ["dan@x.example"])
    assert (await desk.undo(new())).undo == "add_contact"
    assert (await desk.undo(new())).undo == "add_client"
    assert await people(desk) == before
