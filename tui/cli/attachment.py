"""Attachments on the command line: to a file of the caller's, or to standard output."""

import argparse
import sys
from pathlib import Path

from actors.desk.api import Desk
from store.model.copy import Part
from store.model.errors import NotFound
from store.model.ids import EmailId
from store.model.plain import plain
from tui.cli.attach import attached
from tui.cli.mail import may_print_raw
from tui.cli.output import Output
from tui.cli.run import need
from tui.i18n import _
from tui.saving import save, target

STANDARD_OUTPUT = "-"


async def save_part(options: argparse.Namespace, output: Output) -> None:
    """One attachment, by its number in `show`."""
    need(options.n > 0, "bad_value", field="N")
    if options.client is not None:
        from tui.cli.documents import save_attachment

        await save_attachment(options, output)
        return
    if options.file == STANDARD_OUTPUT:
        need(not output.json, "bad_value", field="FILE")
        may_print_raw(options)
    async with attached(options) as desk:
        email = EmailId(options.email)
        part = await _part(desk, email, options)
        pieces = desk.part(email, options.n)
        if options.file == STANDARD_OUTPUT:
            async for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return
        saved = await save(pieces, target(Path(options.file) if options.file else None, part.name))
    told = {"file": str(saved.path.absolute()), "name": part.name, "size": saved.size, "sha256": saved.sha256}
    output.record(told, plain(str(saved.path)))
    output.say(_("Saved."))


async def _part(desk: Desk, email: EmailId, options: argparse.Namespace) -> Part:
    """What `show` lists under that number; the body is fetched if it is not here."""
    view = await desk.fetch_body(email, timeout=options.timeout or 30)
    found = next((part for part in view.attachments if part.n == options.n), None)
    if found is None:
        raise NotFound
    return found
