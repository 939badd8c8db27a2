"""Z5 and Z6 over the socket: no byte of what is hidden reaches a caller, hidden and unused are told alike, and what is
revoked ends at once: between two chunks, pages and events.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import pytest

from actors.desk.api import Desk
from store.model.address import Person
from store.model.copy import Part
from store.model.errors import DeskError, NotFound
from store.model.firm import MemberRole
from store.model.ids import ClientKey, EmailId, MailboxKey, MemberKey, ThreadId, ThreadKey, email_key
from store.model.mailbox import Progress, SyncState
from store.model.views import ThreadQuery, View
from store.vault.ids import Ids
from tests.support.planted import SECRET, PlantedContent, PlantedCopy, PlantedEmail, PlantedFiling
from tests.support.planted_office import PlantedOffice, planted_office
from tests.support.planted_worlds import NOW
from tests.support.relay import relay
from tests.support.served import served

IDS = Ids(SECRET)
DEADLINE = 30.0
LATER = NOW + 3600
Item = TypeVar("Item")


def closing(stream: AsyncIterator[Item]) -> "aclosing[AsyncGenerator[Item, None]]":
    """Every stream of a desk is a generator, and is to end with its test."""
    return aclosing(cast("AsyncGenerator[Item, None]", stream))


@dataclass
class Secret:
    """A word planted somewhere, and who may come to hear it."""

    word: str
    heard_by: frozenset[str]


@dataclass
class Firm:
    """Everybody, and everything that some of them must not know."""

    office: PlantedOffice
    members: dict[str, MemberKey] = field(default_factory=dict)
    secrets: list[Secret] = field(default_factory=list)
    hidden: dict[str, list[PlantedEmail]] = field(default_factory=dict)  # from whom, which

    def secret(self, *heard_by: str) -> str:
        """A new word for these to hear, and nobody else."""
        word = f"zq{len(self.secrets):03}xv"
        self.secrets.append(Secret(word, frozenset(heard_by)))
        return word

    def mail(
        self,
        *heard_by: str,
        box: MailboxKey,
        filings: tuple[PlantedFiling | ClientKey, ...] = (),
        private: bool = False,
    ) -> PlantedEmail:
        """An email all of whose words are secrets of these; its delivery is its own mailbox's."""
        owner = {1: "Olga", 2: "Emil", 3: "Adam"}[box]
        own = {owner} & set(heard_by)

        def said() -> str:
            return self.secret(*heard_by)

        mail = self.office.planted.email(
            PlantedCopy(
                box,
                flags=f"${self.secret(*own)}",
                bcc=(Person(name=self.secret(*own), address=f"{self.secret(*own)}@bcc.example"),),
                header_block=b"Received: from " + self.secret(*own).encode() + b"\r\nDelivered-To: "
                + self.secret(*own).encode() + b"@firm.example\r\nX-Tag: " + self.secret(*own).encode()
                + b"\r\nSubject: " + said().encode() + b"\r\n\r\n",
                body=b"Dear " + said().encode(),
            ),
            filings=filings,
            private=private,
            from_=Person(name=said(), address=f"{said()}@ada.example"),
            to=("olga@firm.example", f"{said()}@bea.example"),
            contents=(
                PlantedContent(
                    subject=f"about {said()}",
                    text=f"Dear {said()},\nthe deed of {said()}.\n",
                    parts=(Part(n=1, name=f"{said()}.pdf", type="application/pdf", size=1, sha256=said()),),
                    links=((said(), f"https://{said()}.example/"),),
                ),
            ),
        )  # fmt: skip
        for name in self.members:
            if name not in heard_by:
                self.hidden.setdefault(name, []).append(mail)
        return mail

    def notice(self, member: MemberKey, mail: PlantedEmail, client: ClientKey, word: str) -> None:
        self.office.planted.notice(member, "client_wrote", email=mail.key, client=client, arguments={"who": word})


@pytest.fixture
async def firm(tmp_path: Path) -> AsyncIterator[Firm]:
    async with planted_office(tmp_path / "vault.db") as office:
        yield fill(Firm(office))


def fill(firm: Firm) -> Firm:
    """Olga owns it all but is walled off one client; Adam is an admin; Emil has one client, Eva nothing."""
    planted = firm.office.planted
    everybody = ("Olga", "Adam", "Emil", "Eva")
    a = planted.client(f"Arbor {firm.secret('Olga', 'Adam', 'Emil')}")
    b = planted.client(f"Birch {firm.secret('Olga', 'Adam')}")
    walled = planted.client(f"Cedar {firm.secret('Adam')}")
    firm.members = {
        "Olga": planted.member("Olga", MemberRole.OWNER, walls=(walled,)),
        "Adam": planted.member("Adam", MemberRole.ADMIN),
        "Emil": planted.member("Emil", clients=(a,)),
        "Eva": planted.member("Eva"),
    }
    telling = Progress(
        state=SyncState.SYNCED, folder=firm.secret(), error_arguments={"said": firm.secret()}, last_success=NOW - 9
    )
    olgas = planted.mailbox(f"{firm.secret('Olga', 'Adam')}@firm.example", firm.members["Olga"], progress=telling)
    emils = planted.mailbox(
        f"{firm.secret('Olga', 'Adam', 'Emil')}@firm.example", firm.members["Emil"], progress=telling
    )
    adams = planted.mailbox(f"{firm.secret('Olga', 'Adam')}@firm.example", firm.members["Adam"], progress=telling)
    for client, heard_by in ((a, ("Olga", "Adam", "Emil")), (b, ("Olga", "Adam")), (walled, ("Adam",))):
        planted.contact(f"Ann {firm.secret(*heard_by)}", (f"{firm.secret(*heard_by)}@ann.example",), (client,))
    planted.contact(f"Two {firm.secret('Olga', 'Adam', 'Emil')}", ("two@ann.example",), (a, b))
    both = PlantedFiling(a, ambiguous=True), PlantedFiling(b, ambiguous=True)
    filed = firm.mail("Olga", "Adam", "Emil", box=olgas, filings=(a,))
    firm.mail("Olga", "Adam", box=olgas, filings=(b,))
    firm.mail("Adam", box=adams, filings=(walled,))
    firm.mail("Adam", "Emil", box=olgas, filings=(a, walled))  # a wall beats even one's own mailbox
    firm.mail("Olga", box=olgas)
    firm.mail("Emil", box=emils)
    firm.mail("Olga", box=olgas, filings=(a,), private=True)
    firm.mail("Olga", "Adam", box=olgas, filings=both)
    firm.mail("Olga", "Adam", "Emil", box=emils, filings=both)
    firm.mail("Olga", box=olgas, filings=(PlantedFiling(a, visible_from=LATER),))
    second = firm.mail("Emil", "Adam", "Olga", box=emils, filings=(b,))
    planted.suggest(second, b, mailboxes=())
    planted.suggest(second, a, mailboxes=(olgas,))
    planted.announce("emails_filed", email=filed.key, thread=filed.thread, client=a)
    for name in everybody:
        firm.notice(firm.members[name], filed, a, firm.secret(*({"Olga", "Adam", "Emil"} & {name})))
        firm.notice(firm.members[name], filed, b, firm.secret(*({"Olga", "Adam"} & {name})))
    for mail in planted.emails:
        planted.announce("threads_changed", thread=mail.thread)
    planted.finish()
    planted.announce("firm_changed")
    return firm


async def ask_everything(desk: Desk, words: list[str]) -> None:
    """Every read of the desk, for everything that it names; every search for what it should not name."""
    await desk.welcome()
    folders = await desk.folders()
    for ask in (desk.clients, desk.contacts, desk.members, desk.mailboxes):
        await ask()
    clients = [row.client.client for row in folders if row.client is not None]
    await desk.notices(archived=True)
    notices, count = await desk.notices(), await desk.notice_count()
    assert (count.notices, count.unseen) == (len(notices), sum(not one.seen for one in notices))
    for ref in [*clients, "Arbor", "Birch", "Cedar", *words]:
        await told_or_refused(desk.client(ref))
        await told_or_refused(desk.threads(ThreadQuery(view=View.ALL, client=ref)))  # type: ignore[arg-type] # any word
    for member in (None, "Olga", "Adam", "Emil", "Eva"):
        await told_or_refused(desk.status(member=member))
    await told_or_refused(desk.journal(verify=True))
    threads = set()
    for view in View:
        threads |= {row.thread for row in (await desk.threads(ThreadQuery(view=view))).rows}
    for thread in threads:
        for row in await desk.thread(thread):
            await ask_about(desk, row.email)
    for word in words:
        for text in (word, f"from:{word}", f"to:{word}", f"client:{word}", f"in:{word}", f"mailbox:{word}"):
            await desk.search(text)
        await desk.threads(ThreadQuery(text=word))
    async with closing(desk.announcements(since=0)) as events:
        async for event in events:
            if event.kind == "firm_changed":
                break


async def ask_about(desk: Desk, email: EmailId) -> None:
    for version in range(3):
        await told_or_refused(desk.email(email, version=version))
    await desk.why(email)
    assert [chunk async for chunk in desk.raw(email)]


async def told_or_refused(asked: Awaitable[object]) -> None:
    try:
        await asked
    except DeskError as refused:
        assert refused.code in ("not_found", "not_allowed"), refused.code  # noqa: PT017 - either answer is one


@pytest.mark.parametrize("name", ["Olga", "Adam", "Emil", "Eva"])
async def test_no_frame_holds_what_its_reader_may_not_know(firm: Firm, name: str) -> None:
    words = [secret.word for secret in firm.secrets]
    async with served(firm.office.desk(firm.members[name])) as office, relay(office.home) as between:
        desk = await between.attach()
        await ask_everything(desk, words)
        await desk.close()
        heard = bytes(b"".join(between.heard))
    leaked = [s.word for s in firm.secrets if name not in s.heard_by and s.word.encode() in heard]
    missed = [s.word for s in firm.secrets if name in s.heard_by and s.word.encode() not in heard]
    assert leaked == []
    assert missed == [], "the test would not notice"


# ---- Hidden and unused are one


def reads(email: EmailId, thread: ThreadId, client: str) -> dict[str, Callable[[Desk], Awaitable[object]]]:
    """Every read that takes an id."""

    async def raw(desk: Desk) -> object:
        return [chunk async for chunk in desk.raw(email)]

    return {
        "email": lambda desk: desk.email(email),
        "fetch_body": lambda desk: desk.fetch_body(email, timeout=5),
        "raw": raw,
        "why": lambda desk: desk.why(email),
        "search": lambda desk: desk.search("", before=email),
        "thread": lambda desk: desk.thread(thread),
        "client": lambda desk: desk.client(client),
        "threads": lambda desk: desk.threads(ThreadQuery(client=client)),  # type: ignore[arg-type] # any word
    }


@pytest.mark.parametrize("name", ["Olga", "Emil", "Eva"])
async def test_a_hidden_id_and_an_unused_one_get_the_same_bytes(firm: Firm, name: str) -> None:
    unused = reads(IDS.email(email_key(seconds=1, sequence=1)), IDS.thread(ThreadKey(9999)), IDS.client(ClientKey(99)))
    async with served(firm.office.desk(firm.members[name])) as office, relay(office.home) as between:

        async def answer(ask: Callable[[Desk], Awaitable[object]]) -> bytes:
            """On a connection of its own, so that all else in it is the same."""
            desk = await between.attach()
            with pytest.raises(NotFound):
                await ask(desk)
            await desk.close()
            return bytes(between.heard[-1])

        as_unused = {method: await answer(ask) for method, ask in unused.items()}
        hidden_client = IDS.client(ClientKey(3))
        for mail in firm.hidden[name]:
            for method, ask in reads(IDS.email(mail.key), IDS.thread(mail.thread), hidden_client).items():
                assert await answer(ask) == as_unused[method], method
        for malformed in ("", "x", IDS.thread(firm.hidden[name][0].thread), "e" + "z" * 13, "é" * 14):
            assert await answer(reads(EmailId(malformed), ThreadId(""), "")["email"]) == as_unused["email"]


# ---- What is revoked ends at once


def revoke(firm: Firm, name: str) -> None:
    """Nothing of the firm's any more: neither clients nor mailbox."""
    database = firm.office.planted.database
    with database.transaction():
        for table in ("access", "mailbox_members"):
            database.run(f"DELETE FROM {table} WHERE member = ?", (firm.members[name],))  # noqa: S608 - one of two names
        firm.office.raise_generation()
        firm.office.planted.announce("scope_changed", member=firm.members[name])
    firm.office.committed()


def big(firm: Firm) -> PlantedEmail:
    """A filed email of several chunks."""
    copy = PlantedCopy(MailboxKey(1), header_block=b"Subject: big\r\n\r\n", body=b"line of mail\r\n" * 100_000)
    mail = firm.office.planted.email(copy, filings=(ClientKey(1),))
    firm.office.planted.finish()
    return mail


async def test_access_revoked_between_two_chunks_ends_the_stream(firm: Firm) -> None:
    mail = big(firm)
    desk = firm.office.desk(firm.members["Emil"])
    async with closing(desk.raw(IDS.email(mail.key))) as chunks:
        first = await anext(chunks)
        assert first.startswith(b"Subject: big")
        revoke(firm, "Emil")
        with pytest.raises(NotFound):
            await anext(chunks)


async def test_access_revoked_between_two_pages_empties_the_next(firm: Firm) -> None:
    async with served(firm.office.desk(firm.members["Emil"])) as office:
        desk = await office.attach()
        page = await desk.threads(ThreadQuery(), limit=2)
        found = await desk.search("", limit=2)
        assert page.total > 2
        revoke(firm, "Emil")
        assert (await desk.threads(ThreadQuery(), offset=2, limit=2)).total == 0
        with pytest.raises(NotFound):
            await desk.search("", limit=2, before=found[-1].email)
        for row in page.rows:
            with pytest.raises(NotFound):
                await desk.thread(row.thread)
        assert await desk.clients() == ()
        assert await desk.notices() == ()
        assert (await desk.notice_count()).notices == 0
        assert all(row.threads == 0 for row in await desk.folders())
        with pytest.raises(NotFound):
            await desk.threads(ThreadQuery(client=IDS.client(ClientKey(1))))
        await desk.close()


async def test_access_revoked_between_two_events_silences_the_next(firm: Firm) -> None:
    planted = firm.office.planted
    filed = planted.emails[0]
    last = planted.announce("firm_changed")
    desk = firm.office.desk(firm.members["Emil"])
    async with asyncio.timeout(DEADLINE), closing(desk.announcements(since=last)) as events:
        planted.announce("emails_filed", email=filed.key, thread=filed.thread, client=1)
        firm.office.committed()
        event = await anext(events)
        assert (event.kind, event.email) == ("emails_filed", IDS.email(filed.key))
        revoke(firm, "Emil")
        planted.announce("emails_filed", email=filed.key, thread=filed.thread, client=1)
        planted.announce("threads_changed", thread=filed.thread)
        planted.announce("threads_changed", client=1, count=3)
        planted.announce("threads_changed", mailbox=2, count=3)
        planted.announce("firm_changed")
        firm.office.committed()
        kinds: list[str] = []
        while not kinds or kinds[-1] != "firm_changed":
            event = await anext(events)
            kinds.append(event.kind)
            assert (event.email, event.thread, event.client) == (None, None, None)
        assert kinds == ["scope_changed", "firm_changed"]


async def test_an_event_about_visible_mail_does_not_name_a_hidden_client(firm: Firm) -> None:
    planted = firm.office.planted
    seen = planted.emails[-1]  # in Emil's mailbox, filed with a client that is hidden from him
    last = planted.announce("emails_filed", email=seen.key, thread=seen.thread, client=2)
    reader = firm.office.desk(firm.members["Emil"])
    async with asyncio.timeout(DEADLINE), closing(reader.announcements(since=last - 1)) as events:
        event = await anext(events)
    assert (event.kind, event.email, event.client) == ("threads_changed", IDS.email(seen.key), None)


async def test_a_member_who_left_is_told_nothing(firm: Firm) -> None:
    desk = firm.office.desk(firm.members["Emil"])
    assert await desk.clients()
    firm.office.planted.database.run("UPDATE members SET left_at = 1 WHERE member = ?", (firm.members["Emil"],))
    for ask in (desk.welcome, desk.folders, desk.clients, desk.notices):
        with pytest.raises(NotFound):
            await ask()
