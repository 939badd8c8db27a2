"""The part of the desk inside the office that is about clients and contacts, and their import.

Lines of a file come in frames and are cleaned on a reading thread, not on the loop and not by the writer.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from store.model.errors import BadRequest
from store.model.ids import RequestId
from store.model.people import ClientPage, ContactDetail, ContactPage, NewPerson, PeopleBatch, PeopleImported
from store.model.views import Done
from store.rules.importing import MOST_PEOPLE, CleanPerson, cleaned

if TYPE_CHECKING:
    from actors.desk.local import Reader

Answer = TypeVar("Answer")

MOST_ROWS: Final = 1_000
MOST_BYTES: Final = 32 << 20  # of all lines together


class LocalPeople:
    """See the module. `_read` and `_ask` are LocalDesk's."""

    async def _read(self, work: "Callable[[Reader], Answer]") -> Answer:
        raise NotImplementedError

    async def _ask(self, request: RequestId, method: str, **arguments: Any) -> Any:  # noqa: ANN401 - typed by the API
        raise NotImplementedError

    async def _act(self, request: RequestId, method: str, **arguments: object) -> Done:
        return cast("Done", await self._ask(request, method, **arguments))

    # ---- Reading

    async def client_page(self, *, text: str = "", offset: int = 0, limit: int = 200) -> ClientPage:
        return await self._read(lambda reader: reader.client_page(text, offset=max(0, offset), limit=_rows(limit)))

    async def contact_page(
        self, *, text: str = "", client: str | None = None, offset: int = 0, limit: int = 200
    ) -> ContactPage:
        return await self._read(
            lambda reader: reader.contact_page(text, client, offset=max(0, offset), limit=_rows(limit))
        )

    async def contact(self, ref: str) -> ContactDetail:
        return await self._read(lambda reader: reader.contact(ref))

    # ---- Clients

    async def rename_client(self, request: RequestId, client: str, name: str) -> Done:
        return await self._act(request, "rename_client", client=client, name=name)

    async def tag_client(
        self, request: RequestId, client: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> Done:
        return await self._act(request, "tag_client", client=client, add=tuple(add), remove=tuple(remove))

    async def set_domain(self, request: RequestId, client: str, domain: str, *, on: bool) -> Done:
        return await self._act(request, "set_domain", client=client, domain=domain, on=on)

    async def merge_clients(self, request: RequestId, client: str, *, into: str) -> Done:
        return await self._act(request, "merge_clients", client=client, into=into)

    # ---- Contacts

    async def set_notify(self, request: RequestId, address: str, *, client: str, on: bool) -> Done:
        return await self._act(request, "set_notify", address=address, client=client, on=on)

    async def rename_contact(self, request: RequestId, contact: str, name: str) -> Done:
        return await self._act(request, "rename_contact", contact=contact, name=name)

    async def add_address(self, request: RequestId, contact: str, address: str) -> Done:
        return await self._act(request, "add_address", contact=contact, address=address)

    async def remove_address(self, request: RequestId, address: str) -> Done:
        return await self._act(request, "remove_address", address=address)

    async def merge_contacts(self, request: RequestId, contact: str, *, into: str) -> Done:
        return await self._act(request, "merge_contacts", contact=contact, into=into)

    async def remove_contact(self, request: RequestId, contact: str) -> Done:
        return await self._act(request, "remove_contact", contact=contact)

    # ---- Import

    async def plan_import(self, people: AsyncIterator[PeopleBatch]) -> PeopleImported:
        lines = await gathered(people)
        return await self._read(lambda reader: reader.import_plan(cleaned(lines))[0].told())

    async def import_people(self, request: RequestId, people: AsyncIterator[PeopleBatch]) -> PeopleImported:
        lines = await gathered(people)
        clean: tuple[CleanPerson, ...] = await self._read(lambda _reader: cleaned(lines))
        made, since = await self._read(lambda reader: reader.import_plan(clean))
        told = await self._ask(request, "import_people", people=clean, made=made, since=since)
        return cast("PeopleImported", told)


async def gathered(people: AsyncIterator[PeopleBatch]) -> list[NewPerson]:
    """All lines. Raises BadRequest: too_many_people, too_long."""
    found: list[NewPerson] = []
    size = 0
    async for batch in people:
        found += batch.people
        size += sum(map(_size, batch.people))
        if len(found) > MOST_PEOPLE:
            raise BadRequest("too_many_people", most=MOST_PEOPLE)
        if size > MOST_BYTES:
            raise BadRequest("too_long")
    return found


def _size(person: NewPerson) -> int:
    return 64 + len(person.name) + sum(map(len, person.addresses)) + sum(map(len, person.clients))


def _rows(limit: int) -> int:
    return max(1, min(limit, MOST_ROWS))
