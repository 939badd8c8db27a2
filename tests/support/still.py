"""The demo firm at a moment that stands still: real servers, a real office, and the same mail and times at every run.

with still_firm() as home: …    # everything set up, as the demo does it
with still_home(arriving=True) as home: …    # one member's mailbox in an empty home, its first sync held half way
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from actors.desk.api import Desk
from actors.life import make_home
from actors.paths import Home, under
from providers.rehearsal.demo import accounts, facts
from providers.rehearsal.faults import At, Do, Fault
from providers.rehearsal.firm import load
from providers.rehearsal.firm.delivery import HOST
from providers.rehearsal.server import Rehearsal
from providers.rehearsal.smtp_faults import SmtpFault, Verb
from store.model.address import Person
from store.model.ids import RequestId
from store.model.outbox import Draft, OutboxState
from tests.support.home import short_folder
from tui.cli import demo
from tui.cli.demo_desk import dress

MOMENT: Final = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ROOT: Final = Path(__file__).resolve().parents[2]
REFUSALS: Final = (
    SmtpFault(verb=Verb.RCPT, reply="550 5.1.1 User unknown", recipient="gerencia@levantisca.example"),
    SmtpFault(verb=Verb.DOT, kept=True, recipient="mateo.delacroix@correo-sur.example"),
)
"""Where sending fails: at the door, and after the mail was handed over."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A mail of Clara's, and what becomes of it."""

    to: tuple[Person, ...]
    subject: str
    text: str
    hold: int | None = 0
    becomes: OutboxState = OutboxState.SENT


SENT: Final = (
    Sent(
        to=(Person(name="Alasdair Hendry", address="alasdair.hendry@lanternpost.example"),),
        subject="The bees, for tax purposes",
        text="Dear Alasdair,\n\nBelow fifteen hives they are still a hobby. Please do not let them read this.\n\nClara",
    ),
    Sent(
        to=(
            Person(name="Chidi Okafor", address="chidi@okafor-studio.example"),
            Person(name="Gerencia", address="gerencia@levantisca.example"),
        ),
        subject="Levantisca: receipt for the last instalment",
        text="Dear both,\n\nReceived in full. The file is closed and the aunt is thanked.\n\nClara",
        becomes=OutboxState.SENT,
    ),
    Sent(
        to=(Person(name="Mateo Delacroix Muñoz", address="mateo.delacroix@correo-sur.example"),),
        subject="La cola del caballo",
        text="Mateo:\n\nEl seguro la valora en 4.200. La cola sola, sí. Ya ves.\n\nClara",
        becomes=OutboxState.UNCERTAIN,
    ),
    Sent(
        to=(Person(name="Harriet Pemberton", address="harriet@pemberton.example"),),
        subject="The folder, and the law about folders",
        text="Dear Harriet,\n\nFive years for the tax, six for the books. After that, the fire is yours.\n\nClara",
        hold=None,
        becomes=OutboxState.HELD,
    ),
)
_PASSWORD: Final = "made-up"
_SYNC_SECONDS: Final = 6
_HELD_FETCH: Final = 4  # by then the inbox and the sent mail are there
_LOOKS: Final = 10  # equal ones after which nothing more comes


def now() -> float:
    """The moment, as a clock says it."""
    return MOMENT.timestamp()


@contextmanager
def servers(*faults: Fault, smtp: Sequence[SmtpFault] = ()) -> Iterator[tuple[dict[str, Any], Rehearsal]]:
    """What one needs to know of the demo's servers, and they."""
    firm = load(MOMENT)
    people = list(accounts(firm, _PASSWORD))
    with Rehearsal(people, faults=faults, smtp_faults=smtp, authserv_id=HOST, clock=lambda: MOMENT) as server:
        yield facts(firm, server, _PASSWORD), server


@contextmanager
def office(*, owner: str, firm: str) -> Iterator[Home]:
    """An empty home with its office, until its end."""
    folder = short_folder()
    home = under(folder)
    make_home(home)
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.support.still_office", str(now()), "--home", str(folder), "--owner", owner,
         "--firm", firm],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        line = child.stdout.readline() if child.stdout else b""
        if line != b"ready\n":
            raise RuntimeError(line)
        yield home
    finally:
        child.kill()  # what it keeps is thrown away
        child.wait(30)
        if child.stdout:
            child.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def still_firm() -> Iterator[Home]:
    """The firm as the demo shows it, and some of Clara's mail on its way."""
    with servers(smtp=REFUSALS) as (told, _server), office(owner=told["members"][0]["name"], firm=told["firm"]) as home:
        asyncio.run(_set_up(home, told))
        yield home


async def _set_up(home: Home, told: dict[str, Any]) -> None:
    await demo._set_up(home, told)  # noqa: SLF001 - as the demo does it
    door = door_of(home)
    await dress(told["notes"], door, now=now())
    async with door(told["members"][0]["name"]) as desk:
        for number, mail in enumerate(SENT):
            await _send(desk, mail, number=number)


async def _send(desk: Desk, mail: Sent, *, number: int) -> None:
    sender = (await desk.senders())[0]
    draft = Draft(from_=sender.address, to=mail.to, subject=mail.subject, text=mail.text)
    row = await desk.put_draft(RequestId(f"still-draft-{number}"), draft)
    await desk.send(RequestId(f"still-send-{number}"), row.outbox, hold=mail.hold)
    deadline, state = time.monotonic() + _SYNC_SECONDS, row.state
    while time.monotonic() < deadline:
        state = next(one.state for one in await desk.outbox() if one.outbox == row.outbox)
        if state == mail.becomes:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(mail.subject, state)


@contextmanager
def still_home(*, synced: bool = False, arriving: bool = False) -> Iterator[Home]:
    """An empty home; with the owner's mailbox synced, or with its first sync held half way."""
    held = (Fault(at=At.COMMAND, do=Do.STALL, command="FETCH", nth=_HELD_FETCH, times=0),) if arriving else ()
    with ExitStack() as stack:
        told, server = stack.enter_context(servers(*held))
        owner = told["members"][0]
        home = stack.enter_context(office(owner=owner["name"], firm=told["firm"]))
        if synced or arriving:
            asyncio.run(_sync(home, told, server if arriving else None))
        yield home


async def _sync(home: Home, told: dict[str, Any], held: Rehearsal | None) -> None:
    async with door_of(home)(told["members"][0]["name"]) as desk:
        await desk.add_mailbox(RequestId("still-mailbox"), demo._mailbox(told, told["members"][0]))  # noqa: SLF001
        if held is None:
            await desk.sync(wait=True, timeout=_SYNC_SECONDS)
            return
        await asyncio.to_thread(held.wait, lambda server: bool(server.fired), _SYNC_SECONDS)
        before, same = -1, 0
        while same < _LOOKS:  # what came before is still being read
            done = sum(box.done for box in (await desk.status()).mailboxes)
            before, same = done, same + 1 if done == before else 0
            await asyncio.sleep(0.05)
        if not any(box.done < box.total for box in (await desk.status()).mailboxes):
            raise RuntimeError("the first sync was over before it was held")


def door_of(home: Home) -> Callable[[str], AbstractAsyncContextManager[Desk]]:
    """The desk by a member's name."""
    return lambda name: demo._desk(home, name)  # noqa: SLF001
