"""Documents on the command line: files go to and come from the caller's own folders, with the caller's rights."""

import argparse
import sys
from pathlib import Path
from typing import Any

from store.model.document import Document
from store.model.errors import BadRequest
from store.model.ids import DocumentId, EmailId, RequestId
from store.model.plain import plain
from store.model.views import Done
from tui import files
from tui.cli.attach import attached, request
from tui.cli.files import readable_path
from tui.cli.mail import may_print_raw
from tui.cli.output import Output, local, when
from tui.cli.run import need
from tui.i18n import _
from tui.saving import save, target

STANDARD_OUTPUT = "-"


async def listed(options: argparse.Namespace, output: Output) -> None:
    """A client's documents, or those with these words; the newest first."""
    if options.text is not None:
        await _found(options, output)
        return
    need(options.client is not None, "bad_value", field="CLIENT")
    async with attached(options) as desk:
        found = await desk.documents(options.client)
    for one in found:
        output.record(as_json(one))
    if not output.json:
        output.table((one.document, local(one.at), str(one.size), one.name) for one in found)
        if not found:
            output.say(_("No documents."))


async def _found(options: argparse.Namespace, output: Output) -> None:
    async with attached(options) as desk:
        found = await desk.find_documents(options.text, client=options.client, limit=options.limit)
        names = {one.client: one.name for one in await desk.clients()}
    for one in found:
        output.record({**as_json(one), "snippet": one.snippet})
    if not output.json:
        output.table(
            (one.document, local(one.at), names.get(one.client, one.client), one.name, one.snippet) for one in found
        )
        if not found:
            output.say(_("No documents."))


def as_json(one: Document) -> dict[str, Any]:
    """A document as docs/cli.md promises it."""
    return {
        "document": one.document,
        "client": one.client,
        "name": one.name,
        "size": one.size,
        "sha256": one.sha256,
        "email": one.email,
        "mailbox": one.mailbox,
        "by": one.by,
        "at": when(one.at),
    }


async def get(options: argparse.Namespace, output: Output) -> None:
    """One document, to a file of the caller's or to standard output."""
    if options.file == STANDARD_OUTPUT:
        need(not output.json, "bad_value", field="FILE")
        may_print_raw(options)
    document = DocumentId(options.document)
    async with attached(options) as desk:
        pieces = desk.document(document)
        if options.file == STANDARD_OUTPUT:
            async for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return
        name = await desk.document_name(document)
        saved = await save(pieces, target(Path(options.file) if options.file else None, name))
    told = {"file": str(saved.path.absolute()), "name": name, "size": saved.size, "sha256": saved.sha256}
    output.record(told, plain(str(saved.path)))
    output.say(_("Saved."))


async def add(options: argparse.Namespace, output: Output) -> None:
    """Files of the caller's, kept for a client."""
    need(options.name is None or len(options.files) == 1, "bad_value", field="--name")
    asked = request(options)
    async with attached(options) as desk:
        for number, text in enumerate(options.files, 1):
            path = readable_path(text)
            one = RequestId(f"{asked}/{number}") if len(options.files) > 1 else asked
            try:
                made = await desk.add_document(one, options.client, options.name or files.name_of(path),
                                               files.pieces(path))  # fmt: skip
            except OSError:
                raise BadRequest("no_file", path=text) from None
            kept(made, output)


def kept(made: Document, output: Output) -> None:
    """What was kept, or was there already."""
    done = Done(done=not made.known, affected=int(not made.known), undo=None if made.known else "document")
    said = _("“{name}” is among the documents already.") if made.known else _("Kept as “{name}”.")
    output.did(done, plain(said.format(name=made.name)), more=as_json(made))


async def save_attachment(options: argparse.Namespace, output: Output) -> None:
    """An attachment, kept for the client that is named."""
    need(options.file is None, "bad_value", field="FILE")
    async with attached(options) as desk:
        made = await desk.save_attachment(request(options), EmailId(options.email), options.n, client=options.client)
    kept(made, output)


async def rename(options: argparse.Namespace, output: Output) -> None:
    """Another name."""
    async with attached(options) as desk:
        done = await desk.rename_document(request(options), DocumentId(options.document), options.name)
    output.did(done, _("Renamed."))


async def move(options: argparse.Namespace, output: Output) -> None:
    """To another client."""
    async with attached(options) as desk:
        done = await desk.move_document(request(options), DocumentId(options.document), options.client)
    output.did(done, _("Moved."))


async def delete(options: argparse.Namespace, output: Output) -> None:
    """Out of sight, and gone when undo is past."""
    async with attached(options) as desk:
        done = await desk.delete_document(request(options), DocumentId(options.document))
    output.did(done, _("Deleted."))
