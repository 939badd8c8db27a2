"""`postroom show FILE.eml`: a file read here, without an office."""

import argparse
import sys
from pathlib import Path
from typing import Any

from store.model.ids import EmailId, ThreadId
from store.model.views import Block, EmailView, Link
from tui.cli.files import readable_path
from tui.cli.mail import may_print_raw, print_view, view_json
from tui.cli.output import Output


def show_file(path: Path, options: argparse.Namespace, output: Output) -> None:
    """Print one mail file as a person would read it."""
    raw = readable_path(str(path)).read_bytes()
    if options.raw:
        may_print_raw(options)
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
        return
    view = file_view(raw)
    shown: dict[str, Any] = view_json(view)
    print_view(shown, view, options, output)


def file_view(raw: bytes) -> EmailView:
    """A raw mail as the view of an email that no mailbox holds."""
    from store.mime.links import suspicious
    from store.mime.quotes import blocks
    from store.mime.read import read_copy
    from store.model.evidence import Verified

    copy = read_copy(raw, uid=1, whole=True, size=len(raw))
    headers, body = copy.headers, copy.body
    cut = (*headers.cut, *(body.cut if body else ()))
    text = body.text if body else ""
    warnings = [*(("hidden_text",) if body and body.hidden_text else ()), *(("cut",) if cut else ())]
    return EmailView(
        email=EmailId(""),
        thread=ThreadId(""),
        subject=headers.subject,
        from_=headers.from_,
        to=headers.to,
        cc=headers.cc,
        bcc=headers.bcc,
        reply_to=headers.reply_to,
        date=headers.date,
        received=0,
        message_id=headers.message_id,
        verified=Verified.UNKNOWN,
        versions=1,
        version=1,
        whole=True,
        text=text,
        blocks=tuple(Block(kind=kind, text=part) for kind, part in blocks(text)),
        links=tuple(
            Link(text=shown, target=target, suspicious=suspicious(shown, target))
            for shown, target in (body.links if body else ())
        ),
        attachments=body.parts if body else (),
        warnings=tuple(warnings),
        clients=(),
    )
