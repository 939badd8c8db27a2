"""The office on the command line: the screens, serve, start, stop, restart, status."""

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import MutableMapping
from typing import Any

from actors.desk.calling import call
from actors.starting import end_office, start_office, wait_until_gone
from store.model.errors import Away, BadRequest
from store.model.mailbox import SyncState
from store.model.views import MailboxStatus, OfficeStatus
from tui.cli.attach import attached, hello, home_of, sealed_by_passphrase
from tui.cli.output import Output, when
from tui.i18n import _, ngettext
from tui.sentences import cause
from tui.words import sync_word

ATTENTION = (SyncState.NEEDS_SIGN_IN, SyncState.BROKEN, SyncState.OFFLINE)


def screens(options: argparse.Namespace, _output: Output) -> int:
    """Open the screens; an office is started if none answers."""
    need_terminal()
    quick_frames(os.environ)
    gc.disable()  # all that is made until the list stands is kept; `PostroomApp` lets it work again
    home = home_of(options)
    if sealed_by_passphrase(home):
        asyncio.run(_open_box(options))
    from tui.first import FIRST

    called = call(home, hello(options.act_as), FIRST)  # its answers come while the screens are loaded
    from tui.app import open_screens

    return open_screens(home, act_as=options.act_as, plain=options.plain, called=called)


async def _open_box(options: argparse.Namespace) -> None:
    """Before the screens take the terminal."""
    async with attached(options):
        pass  # asks


def quick_frames(environ: MutableMapping[str, str]) -> None:
    """Draw what changes at once rather than at the next sixtieth of a second. Textual reads this when it is imported.

    Over SSH it stays as it is: there fewer, fuller frames are better.
    """
    if not any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")):
        environ.setdefault("TEXTUAL_FPS", "240")


def need_terminal() -> None:
    """Screens need a terminal at both ends."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadRequest("no_terminal")


def serve(options: argparse.Namespace, _output: Output) -> int:
    """The office in the foreground, until SIGTERM."""
    from actors.office import serve as run_office

    return run_office(home_of(options))


async def office_start(options: argparse.Namespace, output: Output) -> None:
    """Start the office if none runs."""
    started = await asyncio.to_thread(start_office, home_of(options))
    output.record({"done": started, "undo": None, "affected": int(started)})
    output.say(_("The office is running.") if started else _("The office was running already."))


async def office_stop(options: argparse.Namespace, output: Output) -> None:
    """End the office and wait until it is gone."""
    await _ask_to_end(options)
    await wait_until_gone(home_of(options), seconds=options.timeout or 60)
    output.record({"done": True, "undo": None, "affected": 1})
    output.say(_("The office has ended."))


async def _ask_to_end(options: argparse.Namespace) -> None:
    """By the desk; an office of another version, which has no words with us, by a signal."""
    try:
        async with attached(options, start=False) as desk:
            await desk.stop_office()
    except Away as away:
        if away.code != "version" or not end_office(home_of(options)):
            raise


async def office_restart(options: argparse.Namespace, output: Output) -> None:
    """End the office, whatever its version, and start it anew."""
    await _end(options)
    await office_start(options, output)


def office_install(options: argparse.Namespace, output: Output) -> None:
    """A systemd user service; exit 1 if it would end with the session."""
    from tui import service

    made = service.install(home_of(options), environ=os.environ, end_office=lambda: asyncio.run(_end(options)))
    output.record(
        {
            "unit": made.unit,
            "path": made.path,
            "lingering": made.lingering,
            "done": True,
            "undo": None,
            "affected": 1,
        }
    )
    output.say(_("The office runs as the service {unit}, also when no screen is open.").format(unit=made.unit))
    if made.lingering is False:
        output.attention(_("It ends when you log out. `loginctl enable-linger` keeps it running."))
    elif made.lingering is None:
        output.attention(_("Whether it outlives your session is not known. `loginctl enable-linger` keeps it running."))


async def _end(options: argparse.Namespace) -> None:
    """An office at one's side holds the home, which the service is to have."""
    try:
        await _ask_to_end(options)
    except Away as away:
        if away.code not in ("no_office", "office_gone"):
            raise
    await wait_until_gone(home_of(options), seconds=options.timeout or 60)


async def status(options: argparse.Namespace, output: Output) -> None:
    """The office and each mailbox one may see; exit 1 if any needs attention, 5 if no office runs."""
    async with attached(options, start=False) as desk:
        told = await desk.status(actors=options.actors, member=options.member)
    output.record(_status(told))
    if not output.json:
        _print_status(told, output)
    for mailbox in told.mailboxes:
        if mailbox.state in ATTENTION:
            why = cause(mailbox.last_error) if mailbox.last_error else ""
            output.attention(
                _("{address}: {state}. {cause}")
                .format(address=mailbox.address, state=sync_word(mailbox.state), cause=why)
                .strip()
            )
        if mailbox.audit is not None and mailbox.audit.missing:
            output.attention(_missed(mailbox.address, mailbox.audit.missing))


def _missed(address: str, count: int) -> str:
    return ngettext(
        "{address}: its last audit missed {count} email. `postroom sync --wait`, then `postroom audit` again.",
        "{address}: its last audit missed {count} emails. `postroom sync --wait`, then `postroom audit` again.",
        count,
    ).format(address=address, count=count)


def _status(told: OfficeStatus) -> dict[str, Any]:
    return {
        "office": {"pid": told.pid, "since": when(told.since), "version": told.version, "firm": told.firm},
        "mailboxes": [mailbox_json(mailbox) for mailbox in told.mailboxes],
        "actors": [
            {"name": actor.name, "restarts": actor.restarts, "inbox": actor.inbox, "last_error": actor.last_error}
            for actor in told.actors
        ],
    }


def mailbox_json(mailbox: MailboxStatus) -> dict[str, Any]:
    """How its sync goes, for programs."""
    audit = mailbox.audit
    return {
        "address": mailbox.address,
        "state": mailbox.state.value,
        "done": mailbox.done,
        "total": mailbox.total,
        "rate": mailbox.rate,
        "eta_s": mailbox.eta_s,
        "last_success": when(mailbox.last_success),
        "lag_s": mailbox.lag_s,
        "last_error": mailbox.last_error,
        "signed_in": when(mailbox.signed_in_at),
        "token": when(mailbox.token_at),
        "audit": None
        if audit is None
        else {"server": audit.server, "store": audit.store, "missing": audit.missing, "failed": audit.failed},
    }


def _print_status(told: OfficeStatus, output: Output) -> None:
    print(
        _("office {pid}, version {version}, since {since}").format(
            pid=told.pid, version=told.version, since=when(told.since)
        )
    )
    output.table((mailbox.address, sync_word(mailbox.state), _progress(mailbox)) for mailbox in told.mailboxes)
    if told.actors:
        output.table(
            (actor.name, str(actor.restarts), str(actor.inbox), actor.last_error or "") for actor in told.actors
        )


def _progress(mailbox: MailboxStatus) -> str:
    if mailbox.state is SyncState.SYNCING and mailbox.total:
        return _("{done} of {total}").format(done=mailbox.done, total=mailbox.total)
    if mailbox.lag_s is not None:
        return ngettext("{count} second ago", "{count} seconds ago", mailbox.lag_s).format(count=mailbox.lag_s)
    return ""
