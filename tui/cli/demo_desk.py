"""What the demo's members had done before you came: its notes, by the desk's own calls, once the mail is there.

It must not hold the screens up, nor fail the demo.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, Final

from msgspec.structs import replace

from actors.desk.api import Desk
from store.model.errors import DeskError
from store.model.ids import EmailId, RequestId
from store.model.outbox import Answering
from store.model.views import EmailRow

PAGE: Final = 200
SYNC_SECONDS: Final = 120.0
_HOUR: Final = 3600
_OPEN_SECONDS: Final = 10.0

Door = Callable[[str], AbstractAsyncContextManager[Desk]]
"""The desk as a member sees it, by their name."""


@contextmanager
def dressing(notes: Sequence[Mapping[str, Any]], door: Door) -> Iterator[None]:
    """Do it beside whatever is done inside; who leaves earlier does not wait for it."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(dress(notes, door, now=time.time()))
    thread = threading.Thread(target=_run, args=(loop, task), name="demo-desk", daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(_OPEN_SECONDS)
        if not thread.is_alive():
            loop.close()


def _run(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    try:
        loop.run_until_complete(task)
    except (asyncio.CancelledError, DeskError, OSError):
        return  # the demo is as good without it


async def dress(notes: Sequence[Mapping[str, Any]], door: Door, *, now: float) -> None:
    """The notes in their order, each by its member."""
    for name in dict.fromkeys(note["by"] for note in notes):
        async with door(name) as desk:
            await desk.sync(wait=True, timeout=SYNC_SECONDS)
    for number, note in enumerate(notes):
        async with door(note["by"]) as desk:
            row = await _found(desk, note["message_id"])
            if row is not None:
                await _note(desk, row, note, request=f"demo-note-{number}", now=now)


async def _found(desk: Desk, message_id: str) -> EmailRow | None:
    """The email of that Message-ID, among what the member sees."""
    before: EmailId | None = None
    while rows := await desk.search("", limit=PAGE, before=before):
        for row in rows:
            if row.message_id == message_id:
                return row
        before = rows[-1].email
    return None


async def _note(desk: Desk, row: EmailRow, note: Mapping[str, Any], *, request: str, now: float) -> None:
    if note["assign"]:
        await desk.assign(RequestId(f"{request}-assign"), row.thread, note["assign"])
    if note["comment"]:
        await desk.comment(RequestId(f"{request}-comment"), row.thread, note["comment"])
    if note["snooze_hours"]:
        await desk.snooze(RequestId(f"{request}-snooze"), row.thread, int(now) + note["snooze_hours"] * _HOUR)
    if note["draft"]:
        from tui.screens.compose import wording

        worded = wording(await desk.email(row.email))
        begun = (await desk.propose(how=Answering.REPLY, answers=row.email, wording=worded)).draft
        text = f"{note['draft']}\n\n{begun.text.lstrip()}"
        await desk.put_draft(RequestId(f"{request}-draft"), replace(begun, text=text))
