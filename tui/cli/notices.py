"""Inbox+ on the command line."""

import argparse

from store.model.ids import NoticeId
from store.model.plain import plain
from tui.cli.attach import attached, request
from tui.cli.output import Output, local, when
from tui.cli.run import need
from tui.i18n import _
from tui.words import notice_words


async def listed(options: argparse.Namespace, output: Output) -> None:
    """The notices, newest first; or archive, later, never for one."""
    if options.act:
        await _act(options, output)
        return
    async with attached(options) as desk:
        notices = list(await desk.notices())
        if options.all:
            notices += await desk.notices(archived=True)
    for notice in sorted(notices, key=lambda one: one.at, reverse=True):
        output.record(
            {
                "notice": notice.notice,
                "kind": notice.kind.value,
                "client": notice.client.name if notice.client else None,
                "thread": notice.thread,
                "email": notice.email,
                "at": when(notice.at),
                "seen": notice.seen,
                "archived": notice.archived,
                "seen_by": list(notice.seen_by),
                "count": notice.arguments.get("count", 1),
                "act": notice.arguments.get("act"),
                "cause": notice.arguments.get("cause"),
                "channels": [{"name": "inbox", "state": "delivered"}],
            },
            plain(f"{notice.notice}  {local(notice.at)} {' ' if notice.seen else '●'} {notice_words(notice)}"),
        )


async def _act(options: argparse.Namespace, output: Output) -> None:
    need(options.notice, "bad_value", field="ID")
    notice = NoticeId(options.notice)
    async with attached(options) as desk:
        acts = {"archive": desk.archive_notice, "later": desk.later_notice, "never": desk.never_notice}
        done = await acts[options.act](request(options), notice)
    output.did(
        done,
        {"archive": _("Archived."), "later": _("Hidden for 24 hours."), "never": _("Not shown again.")}[options.act],
    )
