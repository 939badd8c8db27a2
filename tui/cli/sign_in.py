"""Signing in on the command line: by a provider, a program of one's own or a password; the firm's registrations.

What a person is to open and type goes to standard error; a script begins with --begin and ends with `mailbox finish`.
"""

import argparse
import os
import shlex
import shutil
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from actors.desk.api import Desk, NewMailbox
from store.model.errors import Away, BadRequest, DeskError, NotFound
from store.model.mailbox import MailboxView
from store.model.plain import plain
from store.model.sign_in import BY_COMMAND, BY_PROVIDER, ProviderApp, SignIn, SignInWay
from tui.cli.attach import attached, request
from tui.cli.files import readable_path
from tui.cli.output import Output, when
from tui.cli.run import need
from tui.cli.secrets import told_first
from tui.i18n import _
from tui.sign_in import PROVIDERS, provider_for, way_for

STEP = 25.0  # seconds that one call waits
PATIENCE = 900.0
AROUND = 6  # lines that a picture shares its terminal with


class NoSuchSignIn(DeskError):
    """No sign-in of the caller's has this id, or none any more: said with what to do."""

    exit_code = NotFound.exit_code
    kind = NotFound.kind

    def __init__(self) -> None:
        super().__init__("no_such_sign_in")


def way_of(options: argparse.Namespace, host: str) -> SignInWay:
    """What the caller chose."""
    if options.password_command:
        return SignInWay.PASSWORD_COMMAND
    if options.token_command:
        return SignInWay.TOKEN_COMMAND
    if not options.oauth:
        return SignInWay.PASSWORD
    return SignInWay(options.way) if options.way else way_for(options.provider or provider_for(host), os.environ)


def need_secret(options: argparse.Namespace) -> None:
    """Nothing is asked where nobody sits."""
    need(_said(options) or sys.stdin.isatty(), "no_password")


def _said(options: argparse.Namespace) -> bool:
    """Whether the caller says how to sign in."""
    return bool(options.password_stdin or options.password_command or options.token_command or options.oauth)


def argv(text: str | None) -> tuple[str, ...]:
    """A program with its words, found on the caller's PATH. No shell reads it, here or in the office. A single word
    that is no program here may be the name of one of the administrator's.
    """
    if not text:
        return ()
    try:
        words = shlex.split(text)
    except ValueError:
        raise BadRequest("bad_command") from None
    found = shutil.which(words[0]) if words else None
    return tuple(words if found is None else [str(Path(found).absolute()), *words[1:]])


async def sign_in_new(
    desk: Desk, options: argparse.Namespace, output: Output, mailbox: NewMailbox, way: SignInWay
) -> MailboxView | None:
    """A new mailbox; None where it was only begun."""
    provider = (options.provider or provider_for(mailbox.imap.host)) if way in BY_PROVIDER else ""
    told = await desk.begin_sign_in(
        way=way, mailbox=mailbox, provider=provider, account=options.account or "", command=_command(options)
    )
    return await _go_on(desk, options, output, told)


@asynccontextmanager
async def brought_by(
    desk: Desk, options: argparse.Namespace, output: Output, mailbox: NewMailbox, way: SignInWay
) -> AsyncIterator[tuple[str, str]]:
    """A sign-in as far as it is needed to look, with its answer; it ends with the look, and nothing comes of it."""
    if options.begin:
        raise BadRequest("bad_value", field="--begin")
    provider = (options.provider or provider_for(mailbox.imap.host)) if way in BY_PROVIDER else ""
    told = await desk.begin_sign_in(
        way=way, mailbox=mailbox, provider=provider, account=options.account or "", command=_command(options)
    )
    try:
        yield told.sign_in, await _answer(desk, options, output, told)
    finally:
        await desk.cancel_sign_in(told.sign_in)


async def reauth(options: argparse.Namespace, output: Output) -> None:
    """Sign one of one's mailboxes in again; both servers are tried before anything changes."""
    need_secret(options)
    async with attached(options) as desk:
        host = await _host(desk, options.address)
        told = await _begun_again(desk, options, host)
        made = await _go_on(desk, options, output, told)
    if made is not None:
        _signed_in(made, output)


async def _begun_again(desk: Desk, options: argparse.Namespace, host: str) -> SignIn:
    """By the first of the ways that the firm can go."""
    *others, last = _ways_again(options, host)
    for way, provider in others:
        try:
            return await _begin_again(desk, options, way, provider)
        except BadRequest as error:
            if error.code != "no_client_id":
                raise
    return await _begin_again(desk, options, *last)


def _ways_again(options: argparse.Namespace, host: str) -> Sequence[tuple[SignInWay, str]]:
    """Where no provider is said the office knows the one that a mailbox was signed in with: "". Where nothing is said,
    as it was: there, else by its password.
    """
    own, known = PROVIDERS[-1], provider_for(host)
    if _said(options):
        way = way_of(options, host)
        if way not in BY_PROVIDER:
            return ((way, ""),)
        if options.provider or known != own:
            return ((way, options.provider or known),)
        return ((way, ""), (way, own))
    if known == "microsoft":
        return ((way_for(known, os.environ), known),)
    return ((way_for(known, os.environ), ""), (SignInWay.PASSWORD, ""))


async def _begin_again(desk: Desk, options: argparse.Namespace, way: SignInWay, provider: str) -> SignIn:
    return await desk.begin_sign_in(
        way=way,
        address=options.address,
        provider=provider,
        account=options.account or "",
        command=_command(options),
    )


async def _host(desk: Desk, address: str) -> str:
    for view in await desk.mailboxes():
        if view.settings.address.casefold() == address.casefold():
            return "" if view.settings.imap is None else view.settings.imap.host
    raise NotFound


def _command(options: argparse.Namespace) -> tuple[str, ...]:
    return argv(options.password_command or options.token_command)


async def finish(options: argparse.Namespace, output: Output) -> None:
    """End what --begin began: once the person has agreed, or with the address at which their browser ended."""
    answer = sys.stdin.readline().strip() if options.redirect_stdin else ""
    async with attached(options) as desk:
        try:
            if not answer:
                await _wait(desk, options.sign_in, seconds=options.timeout or PATIENCE)
            made = await desk.finish_sign_in(request(options), options.sign_in, answer=answer)
        except NotFound:
            raise NoSuchSignIn from None
    _signed_in(made, output)


def _signed_in(made: MailboxView, output: Output) -> None:
    address = made.settings.address
    output.record({"mailbox": made.mailbox, "address": address, "done": True, "undo": None, "affected": 1})
    output.say(_("{address} is signed in.").format(address=plain(address)))


async def _go_on(desk: Desk, options: argparse.Namespace, output: Output, told: SignIn) -> MailboxView | None:
    if told.way in BY_PROVIDER and options.begin:
        output.record(
            {
                "sign_in": told.sign_in,
                "url": told.url,
                "user_code": told.user_code or None,
                "expires_at": when(told.expires_at),
            }
        )
        _show(told, output)
        pasted = " --redirect-stdin" if told.way is SignInWay.PASTE else ""
        output.say(_("then: {command}").format(command=f"postroom mailbox finish {plain(told.sign_in)}{pasted}"))
        return None
    try:
        answer = await _answer(desk, options, output, told)
        return await desk.finish_sign_in(request(options), told.sign_in, answer=answer)
    except BaseException:
        await desk.cancel_sign_in(told.sign_in)
        raise


async def _answer(desk: Desk, options: argparse.Namespace, output: Output, told: SignIn) -> str:
    """What the person says here, after they did what is to be done elsewhere."""
    if told.way in BY_COMMAND:
        return ""
    if told.way is SignInWay.PASSWORD:
        return _password(options, told.account)
    _show(told, output)
    if told.way is SignInWay.PASTE:
        need(sys.stdin.isatty(), "no_redirect")
        print(_("The address at which the browser ended: "), end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip()
    await _wait(desk, told.sign_in, seconds=options.timeout or PATIENCE)
    return ""


def _password(options: argparse.Namespace, login: str) -> str:
    if options.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    return getpass(_("Password of {login}: ").format(login=plain(login)))


def _show(told: SignIn, output: Output) -> None:
    """Whose sign-in it is stands first: nobody is to finish another's (Z24)."""
    output.say(
        _("{member} adds {address}; sign in as {account}, and as nobody else.").format(
            member=plain(told.member), address=plain(told.address), account=plain(told.account)
        )
    )
    output.say(_("Open {url}").format(url=plain(told.url)))
    if told.user_code:
        output.say(_("and type the code {code}").format(code=plain(told.user_code)))
        for line in _picture(told, output):
            output.say(line)


def _picture(told: SignIn, output: Output) -> Sequence[str]:
    """What a telephone reads the address from: for somebody who sees it, where it fits."""
    if output.json or not sys.stderr.isatty() or os.environ.get("POSTROOM_PLAIN", "") not in ("", "0"):
        return ()
    from tui.qr import qr_rows

    size = shutil.get_terminal_size()
    return qr_rows(told.url, cells=size.columns, lines=size.lines - AROUND)


async def _wait(desk: Desk, sign_in: str, *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not await desk.wait_sign_in(sign_in, timeout=max(0.1, min(STEP, until - time.monotonic()))):
        if time.monotonic() >= until:
            raise Away("sign_in_waiting")


# ---------------------------------------------------------------- the firm's registrations
async def provider_list(options: argparse.Namespace, output: Output) -> None:
    """The firm's registrations with providers."""
    async with attached(options) as desk:
        apps = await desk.providers()
    for app in apps:
        output.record(_record(app))
    if not output.json:
        output.table(_row(app) for app in apps)


def _row(app: ProviderApp) -> Sequence[str]:
    return (app.provider, app.client_id or _("none"), app.authority or (app.tenant if app.client_id else ""))


def _record(app: ProviderApp) -> dict[str, object]:
    return {
        "provider": app.provider,
        "client_id": app.client_id or None,
        "tenant": app.tenant if app.provider == "microsoft" else None,
        "authority": app.authority or None,
        "has_secret": app.has_secret,
    }


async def provider_set(options: argparse.Namespace, output: Output) -> None:
    """Register the firm's own client id; an empty one forgets it."""
    secret = sys.stdin.readline().rstrip("\r\n") if options.secret_stdin else None
    app = ProviderApp(
        provider=options.name,
        client_id=options.client_id,
        tenant=options.tenant,
        authority=options.authority or "",
        certificates=readable_path(options.ca).read_text("ascii", "replace") if options.ca else "",
    )
    async with attached(options) as desk:
        kept = await desk.secrets()
        done = await desk.set_provider(request(options), app, client_secret=secret)
        await told_first(desk, output, kept)
    output.did(done, _("Set.") if options.client_id else _("Forgotten."))
