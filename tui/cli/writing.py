"""Writing from the command line: send, and what became of what was sent.

Files and the body are read here, with the caller's own rights, before anything is kept; what fails half-way leaves no
draft behind.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from actors.desk.api import Desk
from store.mime.detect import detect
from store.model.address import Person
from store.model.errors import BadRequest, Conflict, DeskError, NotFound
from store.model.ids import EmailId, OutboxId, RequestId
from store.model.outbox import Answering, Draft, OutboxRow, OutboxState
from store.model.plain import plain
from tui import recipients
from tui.cli.attach import attached, request
from tui.cli.mail import bracketed
from tui.cli.output import Output, local, when
from tui.cli.run import need
from tui.files import OTHER, kind_of, name_of, pieces
from tui.i18n import _
from tui.sentences import cause, state_word

MOST_BODY: Final = 500_000  # bytes; the desk says so too
HEAD: Final = 4096


async def send(options: argparse.Namespace, output: Output) -> None:
    """Send what stands on standard input."""
    need(options.subject is not None or options.reply_to, "bad_value", field="--subject")
    need(options.to or options.cc or options.bcc or options.reply_to, "no_recipients")
    files = [Path(name) for name in options.attach]
    kinds = [_kind(path) for path in files]
    people = {name: _people(getattr(options, name)) for name in ("to", "cc", "bcc")}
    text = _body(output)
    async with attached(options) as desk:
        draft = await _draft(desk, options, people, text)
        key = request(options)
        row = await desk.put_draft(RequestId(f"{key}.draft"), draft)
        await _need_the_same(desk, row.outbox, files)
        try:
            for number, (path, kind) in enumerate(zip(files, kinds, strict=True), 1):
                await desk.attach(RequestId(f"{key}.file{number}"), row.outbox, name_of(path), kind, pieces(path))
            row = await desk.send(key, row.outbox, hold=options.hold)
        except (DeskError, OSError) as failed:
            if not _was_there(failed):
                with suppress(DeskError):
                    await desk.discard(RequestId(f"{key}.discard"), row.outbox)
            if isinstance(failed, OSError):
                raise BadRequest("no_file", path=str(failed.filename or "")) from None
            raise
    held = row.state is OutboxState.HELD
    output.record(
        {
            "outbox_id": row.outbox,
            "state": str(row.state),
            "send_at": when(row.send_at),
            "message_id": bracketed(row.message_id),
            "done": True,
            "undo": "send" if held else None,
            "affected": 1,
        }
    )
    if held:
        output.say(_("It leaves at {time}; `postroom undo` takes it back.").format(time=local(row.send_at)))
    else:
        output.say(_("It is on its way; `postroom outbox` says how far it is."))


async def _need_the_same(desk: Desk, outbox: OutboxId, files: Sequence[Path]) -> None:
    """A repeat with this key goes with the files of the first time: once it was sent with all of them, before that with
    as many as had come.
    """
    try:
        there = await desk.draft(outbox)
    except NotFound:  # it was thrown away: what follows says so
        return
    known = [one.size for one in there.attachments]  # what they are called and hold is judged as they come
    given = [path.stat().st_size for path in files]
    if given[: len(known)] != known or (there.row.message_id is not None and len(given) != len(known)):
        raise BadRequest("id_reused")


def _was_there(failed: Exception) -> bool:
    """Whether it says that an earlier command with this key made the mail: then it is not ours to drop."""
    return isinstance(failed, Conflict) or (isinstance(failed, DeskError) and failed.code == "id_reused")


async def _draft(desk: Desk, options: argparse.Namespace, people: dict[str, tuple[Person, ...]], text: str) -> Draft:
    """As it is asked for; where nothing is said, as an answer begins."""
    answers = EmailId(options.reply_to) if options.reply_to else None
    how = Answering.NEW if answers is None else Answering.REPLY
    first = next((one.address for name in ("to", "cc", "bcc") for one in people[name]), "")
    begins = (await desk.propose(how=how, answers=answers, to=first)).draft
    to = people["to"] if any(people.values()) else begins.to
    return replace(
        begins,
        from_=begins.from_ if options.from_ is None else options.from_,
        to=to,
        cc=people["cc"],
        bcc=people["bcc"],
        subject=begins.subject if options.subject is None else options.subject,
        text=text,
        signature=not options.no_signature,
    )


def _people(lines: Iterable[str]) -> tuple[Person, ...]:
    """'Name <a@b>', several in one word separated by commas."""
    typed = recipients.read(", ".join(lines))
    if typed.wrong:
        raise BadRequest("bad_address", address=typed.wrong[0])
    return typed.people


def _body(output: Output) -> str:
    """All of standard input."""
    if sys.stdin.isatty():
        output.say(_("Write the mail; Ctrl+D on an empty line ends it."))
    raw = sys.stdin.buffer.read(MOST_BODY + 1)
    need(len(raw) <= MOST_BODY, "too_long")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BadRequest("bad_value", field="standard input") from None


def _kind(path: Path) -> str:
    """Its media type by its name, else by how it begins. What cannot be read is said before anything is kept; a pipe
    can be read only once.
    """
    need(path.is_file(), "no_file", path=str(path))
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        raise BadRequest("no_file", path=str(path)) from None
    named = kind_of(path)
    return detect(head, declared=OTHER, name=path.name) if named == OTHER else named


# ---- The outbox


async def outbox(options: argparse.Namespace, output: Output) -> None:
    """Drafts, what is on its way, what failed, and what was sent in the last day; newest first."""
    async with attached(options) as desk:
        rows = await desk.outbox()
    for row in rows:
        output.record(row_json(row))
    if not output.json:
        output.table(_line(row) for row in rows)


def _line(row: OutboxRow) -> tuple[str, ...]:
    people = ", ".join(one.name or one.address for one in row.recipients)
    about = f"{row.subject}  ({cause(row.last_error)})" if row.last_error else row.subject
    return row.outbox, local(row.send_at or row.at), state_word(str(row.state)), people[:40], about


def row_json(row: OutboxRow) -> dict[str, Any]:
    """A mail as `outbox --json` prints it."""
    return {
        "outbox_id": row.outbox,
        "message_id": bracketed(row.message_id),
        "state": str(row.state),
        "send_at": when(row.send_at),
        "tries": row.tries,
        "last_error": row.last_error,
        "recipients": [
            {"address": one.address, "name": one.name, "role": one.role, "state": str(one.state), "code": one.code}
            for one in row.recipients
        ],
        "from": row.from_,
        "subject": row.subject,
        "at": when(row.at),
        "attachments": row.attachments,
        "thread": row.thread,
        "email": row.email,
    }


async def cancel(options: argparse.Namespace, output: Output) -> None:
    """Take back what is not being sent."""
    async with attached(options) as desk:
        row = await desk.cancel(request(options), OutboxId(options.outbox))
    _did(row, output)


async def retry(options: argparse.Namespace, output: Output) -> None:
    """Try failed mail again, for those who did not get it."""
    async with attached(options) as desk:
        row = await desk.retry(request(options), OutboxId(options.outbox))
    _did(row, output)


async def resolve(options: argparse.Namespace, output: Output) -> None:
    """Say of uncertain mail that it was sent, or send it again."""
    async with attached(options) as desk:
        row = await desk.resolve(request(options), OutboxId(options.outbox), options.answer)
    _did(row, output)


def _did(row: OutboxRow, output: Output) -> None:
    output.record({**row_json(row), "done": True, "undo": None, "affected": 1})
    output.say(plain(_("It is now: {state}.").format(state=state_word(str(row.state)))))
