"""`postroom import`: the caller's files into a local mailbox; again adds nothing."""

import argparse
from collections.abc import AsyncIterator

from actors.desk.api import LocalCopy
from tui.cli.attach import attached, request
from tui.cli.files import local_copies, mail_files
from tui.cli.output import Output
from tui.i18n import _, ngettext


async def bring(options: argparse.Namespace, output: Output) -> int:
    """Read the files here and stream them to the office."""
    total = sum(1 for _mail in mail_files(options.paths))
    async with attached(options) as desk:
        result = await desk.import_copies(request(options), options.mailbox, _told(options.paths, total, output))
    output.record(
        {
            "mailbox": options.mailbox,
            "added": result.added,
            "known": result.known,
            "failed": result.failed,
            "done": True,
            "undo": None,
            "affected": result.added,
        }
    )
    output.say(
        ngettext(
            "{count} email brought in, {known} known already.",
            "{count} emails brought in, {known} known already.",
            result.added,
        ).format(count=result.added, known=result.known)
    )
    if result.failed:
        output.attention(
            ngettext("{count} email failed.", "{count} emails failed.", result.failed).format(count=result.failed)
        )
    return 1 if result.failed else 0


async def _told(paths: list[str], total: int, output: Output) -> AsyncIterator[LocalCopy]:
    """The copies, with progress for a person."""
    count = 0
    async for copy in local_copies(paths):
        yield copy
        count += copy.last
        if copy.last and count % 1000 == 0:
            output.say(_("{count} of {total} sent …").format(count=count, total=total))
