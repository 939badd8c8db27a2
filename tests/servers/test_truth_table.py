"""Who sees what, as a truth table over the socket: role, right, access, wall, membership of the mailbox, against how an
email is filed and whether it is private. Said again here in other words than the code's, and asked of everything that
could tell: lists, counts, search and its snippets, the mail, its bytes and reasons, events, completions and refusals.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from pathlib import Path

import pytest

from actors.desk.api import Desk
from store.model.address import Person
from store.model.copy import Part
from store.model.errors import DeskError, ErrorFrame
from store.model.firm import MemberRole, Right
from store.model.ids import ClientKey, EmailId, MemberKey, ThreadId, ThreadKey, email_key
from store.model.views import ThreadQuery
from tests.servers.test_z5_z6 import IDS, LATER, closing
from tests.support.planted import PlantedContent, PlantedCopy, PlantedEmail, PlantedFiling
from tests.support.planted_office import PlantedOffice, planted_office
from tests.support.relay import relay
from tests.support.served import served

OWNER, ADMIN, EMPLOYEE = MemberRole
WORLDS = 4  # one owner in each


@dataclass(frozen=True)
class Who:
    """A line of the table."""

    role: MemberRole
    views_all: bool
    given: bool  # access to Arbor
    walled: bool  # off Arbor
    member: bool  # of the mailbox that holds everything

    def may_see_client(self, client: str) -> bool:
        if client == "Arbor" and self.walled:
            return False
        return self.role != "employee" or self.views_all or (client == "Arbor" and self.given)


@dataclass(frozen=True)
class How:
    """A column: the clients that it is filed with, those that are only candidates, and those in their grace."""

    certain: str = ""
    candidates: str = ""
    later: str = ""
    private: bool = False

    @property
    def clients(self) -> set[str]:
        return set(f"{self.certain} {self.candidates} {self.later}".split())


def sees(who: Who, how: How) -> bool:
    """[R2]: a wall beats everything; one's own mailbox's mail is one's own; private mail is nobody else's; a client's
    mail is everybody's who has access to that client, in doubt only theirs who have it to all that it might be, and not
    before its grace is over.
    """
    if "Arbor" in how.clients and who.walled:
        return False
    if who.member:
        return True
    if how.private or not how.clients:
        return False
    if any(who.may_see_client(client) for client in how.certain.split()):
        return True
    return bool(how.candidates) and all(who.may_see_client(client) for client in how.clients)


EVERYBODY = [
    *(Who(OWNER, True, False, walled, member) for walled, member in itertools.product((False, True), repeat=2)),
    *(Who(ADMIN, True, *rest) for rest in itertools.product((False, True), repeat=3)),
    *(Who(EMPLOYEE, *rest) for rest in itertools.product((False, True), repeat=4)),
]
FILED = [
    How(),
    How(certain="Arbor"),
    How(certain="Birch"),
    How(certain="Arbor Birch"),
    How(candidates="Arbor Birch"),
    How(certain="Arbor", candidates="Birch"),
    How(certain="Birch", candidates="Arbor"),
    How(later="Arbor"),
    How(certain="Birch", later="Arbor"),
]
MAILS = [How(how.certain, how.candidates, how.later, private) for how in FILED for private in (False, True)]


def word(number: int) -> str:
    """Stands in that email alone, in all that is written in it."""
    return f"zq{number:03}xv"


@dataclass
class World:
    office: PlantedOffice
    members: dict[Who, MemberKey]
    mails: list[PlantedEmail]

    def seen(self, who: Who) -> dict[int, PlantedEmail]:
        return {n: mail for n, (how, mail) in enumerate(zip(MAILS, self.mails, strict=True)) if sees(who, how)}


def fill(office: PlantedOffice, world: int) -> World:
    planted = office.planted
    clients = {name: planted.client(name) for name in ("Arbor", "Birch")}
    own = [who for who in EVERYBODY if who.role == "owner"]
    others = [who for who in EVERYBODY if who.role != "owner"]
    members = {}
    for number, who in enumerate([own[world], *others[world::WORLDS]]):
        members[who] = planted.member(
            f"Member {number}",
            who.role,
            rights=(Right.VIEW_ALL_CLIENTS,) if who.views_all and who.role == "employee" else (),
            clients=(clients["Arbor"],) if who.given else (),
            walls=(clients["Arbor"],) if who.walled else (),
        )
    nobody = planted.member("Somebody else")
    box = planted.mailbox("box@firm.example", nobody, *(key for who, key in members.items() if who.member))
    mails = []
    for number, how in enumerate(MAILS):
        said = word(number)
        mails.append(
            planted.email(
                PlantedCopy(box, header_block=f"Subject: {said}\r\n\r\n".encode(), body=f"Dear {said}".encode()),
                filings=(
                    *(PlantedFiling(clients[name]) for name in how.certain.split()),
                    *(PlantedFiling(clients[name], ambiguous=True) for name in how.candidates.split()),
                    *(PlantedFiling(clients[name], visible_from=LATER) for name in how.later.split()),
                ),
                private=how.private,
                from_=Person(name=said, address=f"{said}@ada.example"),
                to=("box@firm.example",),
                contents=(
                    PlantedContent(
                        subject=f"about {said}",
                        text=f"The deed of {said}.\n",
                        parts=(Part(n=1, name=f"{said}.pdf", type="application/pdf", size=1, sha256=said),),
                    ),
                ),
            )
        )
    for mail in mails:
        planted.announce("threads_changed", thread=mail.thread)
    planted.finish()
    planted.announce("firm_changed")
    return World(office, members, mails)


@pytest.fixture(params=range(WORLDS))
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with planted_office(tmp_path / "vault.db") as office:
        yield fill(office, request.param)


def test_every_line_and_column_is_asked() -> None:
    assert len(EVERYBODY) == len(set(EVERYBODY)) == 4 + 8 + 16
    assert len(MAILS) == len(set(MAILS)) == 18
    verdicts = [sees(who, how) for who in EVERYBODY for how in MAILS]
    assert 0.2 < sum(verdicts) / len(verdicts) < 0.8  # neither answer is the usual one


async def refusal(asked: Awaitable[object]) -> ErrorFrame | None:
    try:
        await asked
    except DeskError as error:
        return ErrorFrame.of(error)
    return None


async def test_each_sees_what_the_rule_says_and_hears_of_nothing_else(world: World) -> None:
    for who, key in world.members.items():
        seen = world.seen(who)
        async with served(world.office.desk(key)) as office, relay(office.home) as between:
            desk = await between.attach()
            await lists(desk, who, seen)
            await letters(desk, who, world, seen)
            await told(desk, seen)
            await clients(desk, who)
            await desk.close()
            heard = bytes(b"".join(between.heard))
        leaked = [number for number in range(len(MAILS)) if (word(number).encode() in heard) is not (number in seen)]
        assert leaked == [], (who, [MAILS[number] for number in leaked])
        assert (b"Arbor" in heard) is who.may_see_client("Arbor"), who
        assert (b"Birch" in heard) is who.may_see_client("Birch"), who


async def lists(desk: Desk, who: Who, seen: dict[int, PlantedEmail]) -> None:
    page = await desk.threads(ThreadQuery())
    assert {row.thread for row in page.rows} == {IDS.thread(mail.thread) for mail in seen.values()}, who
    assert page.total == len(seen), who
    assert {row.email for row in await desk.search("", limit=200)} == {IDS.email(mail.key) for mail in seen.values()}
    rows = {row.client.client: row for row in await desk.folders() if row.client is not None}
    for name, client in (("Arbor", ClientKey(1)), ("Birch", ClientKey(2))):
        if not who.may_see_client(name):
            assert IDS.client(client) not in rows
            continue
        filed = await desk.threads(ThreadQuery(client=IDS.client(client)))
        inside = {IDS.thread(mail.thread) for number, mail in seen.items() if name in MAILS[number].clients}
        sure = {IDS.thread(mail.thread) for number, mail in seen.items() if name in MAILS[number].certain}
        assert sure <= {row.thread for row in filed.rows} <= inside, (who, name)
        counted = rows[IDS.client(client)].threads if IDS.client(client) in rows else 0
        assert counted == filed.total == len(filed.rows), (who, name)


async def letters(desk: Desk, who: Who, world: World, seen: dict[int, PlantedEmail]) -> None:
    unused = await refusal(desk.email(IDS.email(email_key(seconds=1, sequence=1))))
    no_thread = await refusal(desk.thread(IDS.thread(ThreadKey(9999))))
    assert unused is not None
    for number, mail in enumerate(world.mails):
        email, thread, said = IDS.email(mail.key), IDS.thread(mail.thread), word(number)
        asked = [desk.email(email), desk.why(email), _bytes(desk, email), desk.search("", before=email)]
        answers = [await refusal(one) for one in asked]
        assert answers == [None if number in seen else unused] * 4, (who, MAILS[number])
        assert await refusal(_thread(desk, thread)) == (None if number in seen else no_thread)
        for text in (said, f"from:{said}", f"subject:{said}", f"filename:{said}"):
            found = await desk.search(text)
            assert [row.email for row in found] == ([email] if number in seen else []), (who, MAILS[number], text)
        assert (await desk.threads(ThreadQuery(text=said))).total == int(number in seen)
        assert bool(await desk.complete(said)) is (number in seen), (who, MAILS[number])


async def _thread(desk: Desk, thread: ThreadId) -> None:
    assert len(await desk.thread(thread)) == 1


async def _bytes(desk: Desk, email: EmailId) -> None:
    assert [chunk async for chunk in desk.raw(email)]


async def told(desk: Desk, seen: dict[int, PlantedEmail]) -> None:
    named = set()
    async with closing(desk.announcements(since=0)) as events:
        async for event in events:
            if event.kind == "firm_changed":
                break
            named |= {event.thread} - {None}
    assert named == {IDS.thread(mail.thread) for mail in seen.values()}


async def clients(desk: Desk, who: Who) -> None:
    allowed = {name for name in ("Arbor", "Birch") if who.may_see_client(name)}
    assert {client.name for client in await desk.clients()} == allowed
    unknown = await refusal(desk.client("Cedar"))
    assert unknown is not None
    for name in ("Arbor", "Birch"):
        assert await refusal(desk.client(name)) == (None if name in allowed else unknown)
