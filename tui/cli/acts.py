"""Commands on threads and emails: comment, assign, snooze, spam."""

import argparse
import sys
import time

from store.model.errors import BadRequest
from store.model.ids import EmailId, NoticeId, ThreadId
from store.model.plain import plain
from tui.cli.attach import attached, request
from tui.cli.output import Output, local, when
from tui.cli.run import need
from tui.i18n import _, ngettext
from tui.times import is_never, is_no_day, later

MOST_TEXT = 10_000  # characters of a comment; the desk says so too
MOST_BYTES = 4 * MOST_TEXT


async def comment(options: argparse.Namespace, output: Output) -> None:
    """An internal word on a thread, read from standard input."""
    if sys.stdin.isatty():
        output.say(_("Write the comment, then Ctrl-D."))
    text = _read().strip()
    need(text, "bad_value", field="text")
    async with attached(options) as desk:
        done = await desk.comment(request(options), ThreadId(options.thread), text)
    output.did(done, _("Comment kept."))


def _read() -> str:
    raw = sys.stdin.buffer.read(MOST_BYTES + 1)
    need(len(raw) <= MOST_BYTES, "too_long")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("bad_value", field="text") from None
    need(len(text.strip()) <= MOST_TEXT, "too_long")
    return text


async def assign(options: argparse.Namespace, output: Output) -> None:
    """Who answers for a thread."""
    nobody = options.nobody or options.member == "-"
    need(nobody != bool(options.member and options.member != "-"), "bad_value", field="MEMBER")
    async with attached(options) as desk:
        done = await desk.assign(request(options), ThreadId(options.thread), None if nobody else options.member)
    given = _("Given to {name}.").format(name=plain(options.member or ""))
    output.did(done, _("Nobody has it now.") if nobody else given)


async def snooze(options: argparse.Namespace, output: Output) -> None:
    """Out of one's own sight until a moment."""
    now = time.time()
    until = None if is_never(options.until) else later(options.until, now=now, zone=None)
    need(until is not None or not is_no_day(options.until), "no_such_day", text=options.until)
    need(until is not None or is_never(options.until), "bad_value", field="--until")
    async with attached(options) as desk:
        done = await desk.snooze(request(options), ThreadId(options.thread), until)
    more = {"until": when(until)}
    said = _("Back in sight.") if until is None else _("Out of sight until {time}.").format(time=local(until))
    output.did(done, said, more=more)


async def spam(options: argparse.Namespace, output: Output) -> None:
    """Own copies go to the spam folder."""
    async with attached(options) as desk:
        done = await desk.spam(request(options), tuple(map(EmailId, options.emails)))
    said = ngettext("{count} email is spam now.", "{count} emails are spam now.", done.affected)
    output.did(done, said.format(count=done.affected))


async def unspam(options: argparse.Namespace, output: Output) -> None:
    """Own copies come back from the spam folder."""
    async with attached(options) as desk:
        notices = tuple(map(NoticeId, options.notice or ()))
        done = await desk.unspam(request(options), tuple(map(EmailId, options.emails)), notices=notices)
    said = ngettext("{count} email is no spam any more.", "{count} emails are no spam any more.", done.affected)
    output.did(done, said.format(count=done.affected))
