"""`postroom demo`: the demo firm in a throw-away home, on servers of its own, synced through the real code."""

import argparse
import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from actors.children import WORKER_NAMES, environment, python
from actors.desk.api import Desk, NewContact, NewMailbox
from actors.paths import Home
from actors.starting import start_office, wait_until_gone
from store.model.errors import Away
from store.model.firm import MemberRole
from store.model.ids import EmailId, RequestId
from store.model.mailbox import MailboxScope, ServerSettings
from tui.cli.attach import reached
from tui.cli.demo_desk import dressing
from tui.cli.demo_home import ending_well, keep_secrets_in, throw_away
from tui.cli.output import Output
from tui.i18n import N_, _, language

PAGE: Final = 200
SYNC_SECONDS: Final = 120.0
_COUNTED: Final = {
    "members": N_("members"),
    "clients": N_("clients"),
    "mailboxes": N_("mailboxes"),
    "emails": N_("emails"),
    "filed": N_("filed"),
    "unfiled": N_("unfiled"),
    "threads": N_("threads"),
}


def demo(options: argparse.Namespace, output: Output) -> int:
    """Open the demo firm; or sync it, print a summary and leave."""
    if not options.no_screen:
        from tui.cli.office import need_terminal

        need_terminal()
    with ending_well(), throw_away(now=time.time()) as home, _servers() as firm:
        try:
            keep_secrets_in(home)
            start_office(home, owner=firm["members"][0]["name"], firm=firm["firm"])
            if not options.no_screen:
                return _screens(home, firm, output)
            seconds = options.timeout or SYNC_SECONDS
            summary = asyncio.run(_summary(home, firm, seconds))
            output.record(summary, ", ".join(f"{_(_COUNTED[name])}: {count}" for name, count in summary.items()))
            return 0
        finally:
            asyncio.run(_stop(home))


@contextmanager
def _servers() -> Iterator[dict[str, Any]]:
    """The demo's mail servers, in a process that ends with its standard input."""
    child = subprocess.Popen(
        python("providers.rehearsal.demo", language()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=environment((*WORKER_NAMES, "TZ")),
        start_new_session=True,
    )
    try:
        line = child.stdout.readline() if child.stdout else b""
        if not line:
            raise Away("demo_failed")
        yield json.loads(line)
    finally:
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _screens(home: Home, firm: dict[str, Any], output: Output) -> int:
    from tui.app import open_screens

    asyncio.run(_set_up(home, firm))
    output.say(_("The demo firm {name}. Everything here is made up and gone when you leave.").format(name=firm["firm"]))
    with dressing(firm["notes"], lambda name: _desk(home, name)):
        return open_screens(home, act_as=None)


@asynccontextmanager
async def _desk(home: Home, act_as: str | None = None) -> AsyncIterator[Desk]:
    desk = await reached(home, act_as=act_as, start=False)
    try:
        yield desk
    finally:
        await desk.close()


async def _set_up(home: Home, firm: dict[str, Any]) -> None:
    """Members, clients, contacts and mailboxes, by the same calls as anybody's."""
    async with _desk(home) as desk:
        await _people(desk, firm)
    await _write_down(home, firm)
    async with _desk(home) as desk:
        for number, member in enumerate(firm["members"]):
            await desk.add_mailbox(RequestId(f"demo-mailbox-{number}"), _mailbox(firm, member))


async def _people(desk: Desk, firm: dict[str, Any]) -> None:
    for number, member in enumerate([*firm["members"][1:], *firm["colleagues"]]):
        role = MemberRole(member["role"])
        await desk.add_member(RequestId(f"demo-member-{number}"), member["name"], role=role)
    known: set[str] = set()
    for number, client in enumerate(firm["clients"]):
        first = [
            NewContact(name=contact["name"], address=address)
            for contact in client["contacts"]
            for address in contact["addresses"][:1]
            if address not in known
        ]
        await desk.add_client(RequestId(f"demo-client-{number}"), client["name"], first)
        for contact in client["contacts"]:
            for address in contact["addresses"]:
                if address not in {one.address for one in first}:
                    await desk.link(RequestId(f"demo-link-{number}-{address}"), address, client["name"])
                known.add(address)
        await _set_client(desk, client, number)


async def _set_client(desk: Desk, client: dict[str, Any], number: int) -> None:
    """Its tags, who follows it, and whom it is walled from."""
    if client["tags"]:
        await desk.tag_client(RequestId(f"demo-tags-{number}"), client["name"], add=client["tags"])
    for name in client["followers"]:
        await desk.set_access(RequestId(f"demo-access-{number}-{name}"), name, give=[client["name"]])
    for name in client["walled"]:
        await desk.set_wall(RequestId(f"demo-wall-{number}-{name}"), client["name"], name, on=True)
    for place, file in enumerate(client["files"]):
        request = RequestId(f"demo-file-{number}-{place}")
        await desk.add_document(request, client["name"], file["name"], _once(file["text"].encode()))


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _write_down(home: Home, firm: dict[str, Any]) -> None:
    """The notes on clients, each by its member."""
    for number, client in enumerate(firm["clients"]):
        for place, note in enumerate(client["written"]):
            async with _desk(home, note["by"]) as desk:
                await desk.put_note(RequestId(f"demo-written-{number}-{place}"), client["name"], note["text"])


def _mailbox(firm: dict[str, Any], member: dict[str, Any]) -> NewMailbox:
    return NewMailbox(
        address=member["address"],
        login=member["address"],
        password=firm["password"],
        imap=ServerSettings(host=firm["host"], port=firm["imap"], tls="ssl", authority=firm["authority"]),
        smtp=ServerSettings(host=firm["host"], port=firm["smtp"], tls="ssl", authority=firm["authority"]),
        member=member["name"],
        scope=MailboxScope.WHOLE,
        authserv_id=firm["authserv_id"],
    )


async def _summary(home: Home, firm: dict[str, Any], seconds: float) -> dict[str, int]:
    await _set_up(home, firm)
    filed: dict[EmailId, bool] = {}
    threads: set[str] = set()
    async with _desk(home) as desk:
        members, clients = len(await desk.members()), len(await desk.clients())
    for member in firm["members"]:
        async with _desk(home, member["name"]) as desk:
            result = await desk.sync(wait=True, timeout=seconds)
            if result.failed or result.offline:
                raise Away("demo_failed")
            await _count(desk, filed, threads)
    return {
        "members": members,
        "clients": clients,
        "mailboxes": len(firm["members"]),
        "emails": len(filed),
        "filed": sum(filed.values()),
        "unfiled": len(filed) - sum(filed.values()),
        "threads": len(threads),
    }


async def _count(desk: Desk, filed: dict[EmailId, bool], threads: set[str]) -> None:
    before: EmailId | None = None
    while rows := await desk.search("", limit=PAGE, before=before):
        for row in rows:
            filed[row.email] = filed.get(row.email, False) or bool(row.filings)
            threads.add(row.thread)
        before = rows[-1].email


async def _stop(home: Home) -> None:
    try:
        async with _desk(home) as desk:
            await desk.stop_office()
        await wait_until_gone(home, seconds=30)
    except Away:
        return  # it has gone by itself
