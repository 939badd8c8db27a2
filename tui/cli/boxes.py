"""The life of a mailbox after its set-up, on the command line: stop, reset, share, unshare, and what it is set to."""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from actors.desk.api import Desk
from store.mime.signature import as_text
from store.model.errors import NotFound
from store.model.ids import RequestId
from store.model.mailbox import Ending, MailboxScope, MailboxSettings, MailboxView
from store.model.views import Done
from store.rules.voice import voice
from tui.cli.attach import attached, request
from tui.cli.files import readable_path
from tui.cli.output import Output
from tui.cli.run import need
from tui.history import history_from
from tui.i18n import _, ngettext

MOST_SIGNATURE = 100_000


async def stop(options: argparse.Namespace, output: Output) -> int | None:
    """Say what pauses, ask, and stop its sync."""
    async with attached(options) as desk:
        ending = await desk.ending(options.address)
        output.record({"pauses": list(ending.pauses), "outbox": ending.outbox, "members": list(ending.others)})
        for words in ending_words(ending):
            output.say(words)
        if not options.yes:
            need(sys.stdin.isatty(), "not_confirmed")
            question = _("Stop syncing {address}? [y/N] ").format(address=ending.address)
            if (await asyncio.to_thread(input, question)).strip().casefold() != "y":
                output.say(_("Nothing was done."))
                return 1
        done = await desk.stop_mailbox(request(options), options.address)
    output.did(done, _("Its sync has ended."))
    return None


def ending_words(ending: Ending) -> list[str]:
    """What stopping means, in sentences."""
    told = [_("What is filed stays with its client; what is private to {address} goes.").format(address=ending.address)]
    if ending.pauses:
        told.append(_("These automations pause: {names}.").format(names=", ".join(ending.pauses)))
    else:
        told.append(_("No automation sends mail through it."))
    if ending.outbox:
        told.append(
            ngettext(
                "{count} mail on its way is held in the outbox.",
                "{count} mails on their way are held in the outbox.",
                ending.outbox,
            ).format(count=ending.outbox)
        )
    if ending.others:
        told.append(_("It ends for {names} too.").format(names=", ".join(ending.others)))
    return told


async def reset(options: argparse.Namespace, output: Output) -> None:
    """What it privately holds goes, and is synced afresh."""
    async with attached(options) as desk:
        done = await desk.reset_mailbox(request(options), options.address)
    output.did(done, _("It is synced afresh."))


async def share(options: argparse.Namespace, output: Output) -> None:
    """Another member syncs it too."""
    async with attached(options) as desk:
        done = await desk.share(request(options), options.address, options.member)
    output.did(done, _("{member} is told.").format(member=options.member))


async def unshare(options: argparse.Namespace, output: Output) -> None:
    """A member of it leaves."""
    async with attached(options) as desk:
        done = await desk.unshare(request(options), options.address, options.member)
    output.did(done, _("{member} has left it.").format(member=options.member))


async def set_(options: argparse.Namespace, output: Output) -> None:
    """What a mailbox is set to, from now on."""
    said = _said(options)
    own = _own(options)
    names = options.alias, options.no_alias, options.never_sync, options.no_never_sync
    need(said or own or any(names), "nothing_set")
    async with attached(options) as desk:
        if any(names):
            view = await _view(desk, options.address)
            said["aliases"] = _with(view.aliases, options.alias, options.no_alias)
            said["never_sync"] = _with(view.never_sync, options.never_sync, options.no_never_sync)
        key = request(options)
        done = await desk.set_mailbox(key, options.address, **said) if said or not own else None
        if own:
            address = options.own or options.address
            named = await desk.set_own_address(RequestId(f"{key}.own"), options.address, address, **own)
            done = named if done is None or named.done else done
    output.did(done or Done(done=False, affected=0), _("Set."))


def _own(options: argparse.Namespace) -> dict[str, Any]:
    """What is said of one of its addresses: the main one, if only the name is."""
    own: dict[str, Any] = {} if options.name is None else {"name": options.name}
    need(options.own is None or own or options.signature is not None, "bad_value", field="--for")
    if options.own is not None and options.signature is not None:
        own["signature"] = text = _text(options.signature)
        own["html"] = is_html(options.signature, text)
    return own


def _said(options: argparse.Namespace) -> dict[str, Any]:
    """Only what was said."""
    shared = [] if options.no_shared else options.shared
    since = None if options.history is None else history_from(options.history, now=datetime.now(UTC)) or 0
    said: dict[str, Any] = {
        "scope": None if options.scope is None else MailboxScope(options.scope),
        "history_from": since,
        "shared": shared,
        "save_attachments": _switch(options.save_attachments),
        "on_behalf": _switch(options.on_behalf),
        "no_send": options.no_send or None,
        "authserv_id": options.authserv_id,
    }
    if options.signature is not None and options.own is None:
        said["signature"] = text = _text(options.signature)
        said["signature_html"] = is_html(options.signature, text)
    return {name: value for name, value in said.items() if value is not None}


def _switch(word: str | None) -> bool | None:
    return None if word is None else word == "on"


def _text(file: str) -> str:
    """Of a file, or of standard input."""
    text = sys.stdin.read(MOST_SIGNATURE) if file == "-" else readable_path(file).read_text("utf-8", "replace")
    need(len(text) < MOST_SIGNATURE, "too_long")
    return text


def is_html(file: str, text: str) -> bool:
    """By the file's name, else by how it begins."""
    return file.casefold().endswith((".html", ".htm")) or text.lstrip().startswith("<")


def _with(there: Sequence[str], more: Sequence[str] | None, less: Sequence[str] | None) -> tuple[str, ...]:
    gone = {one.strip().casefold() for one in less or ()}
    return tuple(one for one in (*there, *(more or ())) if one.strip().casefold() not in gone)


async def _view(desk: Desk, address: str) -> MailboxView:
    views = await desk.mailboxes()
    found = next((view for view in views if view.settings.address.casefold() == address.casefold()), None)
    if found is None:
        raise NotFound
    return found


def _named(settings: MailboxSettings, address: str) -> dict[str, Any]:
    """One of its addresses as mail goes out from it; no name: its writer's."""
    said = voice(settings, address, writer="")
    text = "" if said.signature is None else as_text(said.signature)
    return {"address": address, "name": said.name or None, "signature_text": text}


def voice_facts(view: MailboxView) -> Iterator[tuple[str, str]]:
    """The same for people: each line of a signature as it will be read."""
    for one in (_named(view.settings, address) for address in (view.settings.address, *view.aliases)):
        if one["name"] or one["signature_text"]:
            yield _("from"), f"{one['name']} <{one['address']}>" if one["name"] else one["address"]
            for line in one["signature_text"].splitlines():
                yield "", line


def set_facts(view: MailboxView) -> Iterator[tuple[str, str]]:
    """What it is set to, for people."""
    switch = {True: _("on"), False: _("off")}
    yield _("aliases"), ", ".join(view.aliases) or "–"
    yield _("never synced"), ", ".join(view.never_sync) or "–"
    yield _("attachments"), _("saved by itself: {switch}").format(switch=switch[view.settings.save_attachments])
    yield _("on my behalf"), _("team members may reply: {switch}").format(switch=switch[view.settings.on_behalf])


def more(view: MailboxView) -> dict[str, Any]:
    """Of a mailbox, what it is set to beside servers and copying."""
    settings = view.settings
    return {
        "save_attachments": settings.save_attachments,
        "on_behalf": settings.on_behalf,
        "signature": settings.signature,
        "signature_html": settings.signature_html,
        "names": [_named(settings, address) for address in (settings.address, *view.aliases)],
        "aliases": list(view.aliases),
        "never_sync": list(view.never_sync),
        "last_error": view.last_error,
        "authserv_id": settings.authserv_id,
        "authserv_proposed": view.authserv_proposed,
    }


async def leave(options: argparse.Namespace, output: Output) -> None:
    """A member leaves the firm."""
    async with attached(options) as desk:
        done = await desk.leave_firm(request(options), options.member, pass_to=options.pass_to)
    output.did(done, _("{member} has left.").format(member=options.member))
