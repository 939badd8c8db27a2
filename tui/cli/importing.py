"""`postroom import`: the caller's files into a local mailbox; again adds nothing."""

import argparse
from collections.abc import AsyncIterator
from pathlib import Path

from actors.desk.api import LocalCopy
from tui.cli.attach import attached, request
from tui.cli.files import local_copies, mail_files
from tui.cli.output import Output
from tui.i18n import _, ngettext


async def bring(options: argparse.Namespace, output: Output) -> int:
    """Read the files here and stream them to the office."""
    found = list(mail_files(options.paths))
    total = None if any(file.is_mbox for file in found) else len(found)
    left_out: list[Path] = []
    async with attached(options) as desk:
        result = await desk.import_copies(
            request(options), options.mailbox, _told(options.paths, total, output, left_out)
        )
    output.record(
        {
            "mailbox": options.mailbox,
            "added": result.added,
            "known": result.known,
            "failed": result.failed + len(left_out),
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
    for path in left_out:
        output.attention(_("A mail in {path} is longer than 64 MB and was left out.").format(path=path))
    if result.failed:
        output.attention(
            ngettext("{count} email failed.", "{count} emails failed.", result.failed).format(count=result.failed)
        )
    return 1 if result.failed else 0


async def _told(paths: list[str], total: int | None, output: Output, left_out: list[Path]) -> AsyncIterator[LocalCopy]:
    """The copies, with progress for a person."""
    count = 0
    async for copy in local_copies(paths, left_out=left_out.append):
        yield copy
        count += copy.last
        if copy.last and count % 1000 == 0:
            said = _("{count} sent …") if total is None else _("{count} of {total} sent …")
            output.say(said.format(count=count, total=total))
