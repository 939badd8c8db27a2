"""`mailbox add --preview`: what syncing would bring, before anything is kept ([S1])."""

import argparse
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from actors.desk.api import Desk, NewMailbox
from store.model.preview import Preview
from store.model.sign_in import SignInWay
from tui.cli.output import Output
from tui.cli.sign_in import brought_by
from tui.i18n import _
from tui.preview import cut_words, preview_facts, progress_words

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


async def preview(desk: Desk, options: argparse.Namespace, output: Output, mailbox: NewMailbox, way: SignInWay) -> None:
    """Sign in, look, count, forget. A sign-in that was begun for it ends with it."""
    if way is SignInWay.PASSWORD:
        _tell(await _looked(desk, output, mailbox), output)
        return
    async with brought_by(desk, options, output, mailbox, way) as (sign_in, answer):
        _tell(await _looked(desk, output, mailbox, sign_in=sign_in, answer=answer), output)


async def _looked(desk: Desk, output: Output, mailbox: NewMailbox, *, sign_in: str = "", answer: str = "") -> Preview:
    """The last word; what is said before goes over one line of a terminal."""
    shows, last = sys.stderr.isatty() and not output.json, Preview()
    stream = cast("AsyncGenerator[Preview, None]", desk.preview(mailbox, sign_in=sign_in, answer=answer))
    async with aclosing(stream) as news:
        async for last in news:
            if shows and not last.over:
                print(f"\r{progress_words(last)}\x1b[K", end="", file=sys.stderr, flush=True)
    if shows:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return last


def _tell(told: Preview, output: Output) -> None:
    output.record(
        {
            "clients": [{"client": one.name if one.client else None, "emails": one.emails} for one in told.clients],
            "unfiled": told.unfiled,
            "excluded": told.excluded,
            "excluded_by": dict(told.excluded_by),
            "not_looked_at": told.cut,
        }
    )
    if not output.json:
        output.table(preview_facts(told))
        output.say(" ".join(part for part in (cut_words(told), _("Nothing was kept.")) if part))
