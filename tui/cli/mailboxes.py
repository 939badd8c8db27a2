"""Mailboxes on the command line: add, list, show, set, pause, resume; sync and audit."""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from actors.desk.api import AuditResult, NewMailbox, SyncResult
from store.model.errors import Away, DeskError
from store.model.ledger import AuditLine
from store.model.mailbox import MailboxScope, MailboxView, ServerSettings, SyncState
from store.model.plain import plain
from store.model.sign_in import SignInWay
from tui.cli.attach import attached, request
from tui.cli.boxes import more, set_facts, voice_facts
from tui.cli.finding import servers
from tui.cli.output import Output, local, when
from tui.cli.previewing import preview
from tui.cli.run import need
from tui.cli.secrets import told_first
from tui.cli.sign_in import need_secret, sign_in_new, way_of
from tui.history import history_from
from tui.i18n import _, ngettext
from tui.sentences import cause
from tui.words import believed_words, scope_word, sync_word


async def add(options: argparse.Namespace, output: Output) -> None:
    """Try both servers, keep the mailbox if they work, begin to sync."""
    need_secret(options)
    since = history_from(options.history, now=datetime.now(UTC))
    async with attached(options) as desk:
        chosen = await servers(desk, options, output)
        way, kept = way_of(options, chosen.imap.host), await desk.secrets()
        mailbox = NewMailbox(
            address=options.address,
            login=chosen.login,
            password=_password(options, chosen.login) if way is SignInWay.PASSWORD else "",
            imap=chosen.imap,
            smtp=chosen.smtp,
            member=options.member,
            scope=MailboxScope(options.scope),
            history_from=since,
            authserv_id=chosen.authserv_id,
        )
        if options.preview:
            await preview(desk, options, output, mailbox, way)
            return
        if way is SignInWay.PASSWORD:
            made = await desk.add_mailbox(request(options), mailbox)
        elif (signed := await sign_in_new(desk, options, output, mailbox, way)) is None:
            return
        else:
            made = signed
        await told_first(desk, output, kept)
    output.record({**_view(made), "done": True, "undo": None, "affected": 1})
    output.say(_("{address} is syncing.").format(address=made.settings.address))


def _password(options: argparse.Namespace, login: str) -> str:
    """Never none: that would be asked of a server."""
    if options.password_stdin:
        said = sys.stdin.readline().rstrip("\r\n")
    else:
        from getpass import getpass

        said = getpass(_("Password of {login}: ").format(login=plain(login)))
    need(said, "no_password")
    return said


def _view(view: MailboxView) -> dict[str, Any]:
    settings = view.settings
    return {
        "mailbox": view.mailbox,
        "address": settings.address,
        "login": settings.login,
        "imap": _settings(settings.imap),
        "smtp": _settings(settings.smtp),
        "scope": settings.scope.value,
        "history": when(settings.history_from) or "all",
        "shared": [{"folder": name, "synced": name in settings.shared} for name in view.offered],
        "members": list(view.members),
        "paused": view.paused,
        "state": view.state.value,
        "last_success": when(view.last_success),
        **more(view),
    }


def _settings(server: ServerSettings | None) -> dict[str, Any] | None:
    return None if server is None else {"host": server.host, "port": server.port, "socket": server.tls}


async def listed(options: argparse.Namespace, output: Output) -> None:
    """All mailboxes one is a member of."""
    async with attached(options) as desk:
        views = await desk.mailboxes()
    for view in views:
        output.record(_view(view))
    if not output.json:
        output.table((view.settings.address, sync_word(view.state), ", ".join(view.members)) for view in views)


async def show(options: argparse.Namespace, output: Output) -> None:
    """One mailbox."""
    async with attached(options) as desk:
        views = [
            view for view in await desk.mailboxes() if view.settings.address.casefold() == options.address.casefold()
        ]
    if not views:
        from store.model.errors import NotFound

        raise NotFound
    output.record(_view(views[0]))
    if not output.json:
        output.table(_facts(views[0]))


def _facts(view: MailboxView) -> Iterator[tuple[str, str]]:
    """A mailbox for people."""
    settings = view.settings
    yield _("address"), settings.address
    if settings.login:
        yield _("login"), settings.login
    for one in (settings.imap, settings.smtp):
        if one is not None:
            yield _("server"), f"{one.host}:{one.port} ({one.tls})"
    yield _("copied"), scope_word(settings.scope)
    yield _("since"), local(settings.history_from) or _("the beginning")
    for name in view.offered:
        yield _("shared"), name if name in settings.shared else _("{folder} (not synced)").format(folder=name)
    if settings.imap is not None:
        yield _("believed"), believed_words(view)
        yield from set_facts(view)
    yield _("members"), ", ".join(view.members)
    yield _("state"), sync_word(view.state)
    if view.last_error is not None and view.state is not SyncState.SYNCED:
        yield _("why"), cause(view.last_error)
    yield from voice_facts(view)


async def pause(options: argparse.Namespace, output: Output) -> None:
    """Stop looking for mail."""
    async with attached(options) as desk:
        done = await desk.pause(request(options), options.address)
    output.did(done, _("Paused."))


async def resume(options: argparse.Namespace, output: Output) -> None:
    """Look for mail again."""
    async with attached(options) as desk:
        done = await desk.resume(request(options), options.address)
    output.did(done, _("Syncing again."))


async def sync(options: argparse.Namespace, output: Output) -> int:
    """Look for mail now; with --wait until all that is wanted is in."""
    async with attached(options) as desk:
        result = await desk.sync(options.addresses, wait=options.wait, timeout=options.timeout)
    output.record({"synced": list(result.synced), "failed": result.failed, "offline": result.offline})
    for address in result.synced:
        output.say(
            _("{address}: up to date.").format(address=address)
            if options.wait
            else _("{address}: looking.").format(address=address)
        )
    return _sync_code(result, output)


def _sync_code(result: SyncResult, output: Output) -> int:
    for address, code in result.failed.items():
        output.attention(_("{address}: {cause}.").format(address=address, cause=cause(code)))
    for address, code in result.offline.items():
        away = _("{address}: {cause}.") if code == "paused" else _("{address} is offline: {cause}.")
        output.attention(away.format(address=address, cause=cause(code)))
    return Away.exit_code if result.offline else DeskError.exit_code if result.failed else 0


async def audit(options: argparse.Namespace, output: Output) -> int:
    """Compare server and store, UID by UID; exit 1 if they differ."""
    async with attached(options) as desk:
        result = await desk.audit(options.addresses, all_folders=options.all, timeout=options.timeout or 600)
    for line in result.lines:
        output.record(_audit(line))
    if not output.json:
        output.table(
            (line.mailbox, line.folder, str(line.server), str(line.store), _("clean") if line.clean else _("differs"))
            for line in result.lines
        )
    return _audit_code(result, output)


def _audit_code(result: AuditResult, output: Output) -> int:
    unclean = [line for line in result.lines if not line.clean]
    if unclean:
        output.attention(
            ngettext("{count} folder differs.", "{count} folders differ.", len(unclean)).format(count=len(unclean))
        )
    for address, code in result.failed.items():
        output.attention(_("{address} could not be compared: {cause}.").format(address=address, cause=cause(code)))
    return Away.exit_code if result.failed else DeskError.exit_code if unclean else 0


def _audit(line: AuditLine) -> dict[str, Any]:
    return {
        "mailbox": line.mailbox,
        "folder": line.folder,
        "uidvalidity": line.uidvalidity,
        "server": line.server,
        "store": line.store,
        "filed": line.filed,
        "unfiled": line.unfiled,
        "skipped": line.skipped,
        "skipped_by": line.skipped_by,
        "failed": line.failed,
        "pending": line.pending,
        "missing": list(line.missing),
        "extra": list(line.extra),
        "bodies_missing": list(line.bodies_missing),
    }
