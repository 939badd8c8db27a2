"""Members on the command line: roles, access and rights, walls, who is away; and threads that are private."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterable
from typing import Any

from actors.desk.api import Desk
from store.model.errors import BadRequest, NotFound
from store.model.firm import Member, MemberRole, Right
from store.model.ids import ThreadId
from store.model.plain import plain
from tui.cli.attach import attached, request
from tui.cli.output import Output, local, when
from tui.cli.run import need
from tui.i18n import _, ngettext
from tui.times import later
from tui.words import role_word

ME = "me"


async def _member(desk: Desk, ref: str) -> Member:
    """By id or name, or oneself."""
    if ref.casefold() == ME:
        ref = (await desk.welcome()).member.member
    found = next((one for one in await desk.members() if ref.casefold() in (one.member, one.name.casefold())), None)
    if found is None:
        raise NotFound
    return found


def member_json(member: Member) -> dict[str, Any]:
    """A member as lists print them."""
    return {
        "member": member.member,
        "name": member.name,
        "role": member.role.value,
        "rights": [right.value for right in member.rights],
        "user": member.user,
        "uid": member.uid,
        "clients": list(member.clients),
        "walls": list(member.walls),
        "away_until": when(member.away_until),
        "deputy": member.deputy,
    }


# ---- Access


async def access(options: argparse.Namespace, output: Output) -> None:
    """Give and take clients and rights; with nothing to change, say what a member may see."""
    rights = None if options.rights is None else _rights(options.rights)
    changes = bool(options.give or options.take) or rights is not None
    async with attached(options) as desk:
        who = await _member(desk, options.member)
        if changes:
            done = await desk.set_access(
                request(options), who.member, give=options.give, take=options.take, rights=rights
            )
            now = await _member(desk, who.member)
            output.did(done, _("Access set."), more=member_json(now))
            return
        names = {str(one.client): one.name for one in await desk.clients()}
    everything = who.role is not MemberRole.EMPLOYEE or Right.VIEW_ALL_CLIENTS in who.rights
    output.record({**member_json(who), "all_clients": everything})
    if not output.json:
        output.table(_access_lines(who, names, everything=everything))


def _access_lines(who: Member, names: dict[str, str], *, everything: bool) -> Iterable[tuple[str, str]]:
    yield _("role"), role_word(who.role)
    yield _("rights"), ", ".join(right.value for right in who.rights) or "–"
    given = ", ".join(names.get(client, client) for client in who.clients)
    yield _("clients"), _("all of them") if everything else given or "–"
    if who.walls:
        yield _("walls"), ", ".join(names.get(client, client) for client in who.walls)


def _rights(text: str) -> tuple[Right, ...]:
    try:
        return tuple(Right(name.strip()) for name in text.split(",") if name.strip())
    except ValueError:
        raise BadRequest("bad_value", field="--rights") from None


async def role(options: argparse.Namespace, output: Output) -> int | None:
    """Another role; `owner` hands the firm over, which only its new owner can give back."""
    chosen = MemberRole(options.role)
    if chosen is MemberRole.OWNER and not options.yes:
        need(sys.stdin.isatty(), "not_confirmed")
        question = _("Give the firm to {name}, and be an admin? [y/N] ").format(name=plain(options.member))
        if (await asyncio.to_thread(input, question)).strip().casefold() != "y":
            output.say(_("Nothing was done."))
            return 1
    async with attached(options) as desk:
        who = await _member(desk, options.member)
        done = await desk.set_role(request(options), who.member, chosen)
    output.did(done, plain(_("{name} is now: {role}.").format(name=who.name, role=role_word(chosen))))
    return None


# ---- Walls


async def wall(options: argparse.Namespace, output: Output) -> None:
    """Deny a member a client, whatever their role."""
    async with attached(options) as desk:
        who = await _member(desk, options.member)
        done = await desk.set_wall(request(options), options.client, who.member, on=not options.remove)
    words = _("The wall is gone.") if options.remove else _("{name} does not see this client any more.")
    output.did(done, plain(words.format(name=who.name)))


async def client_access(options: argparse.Namespace, output: Output) -> None:
    """Who may see a client; given and taken with --give and --take."""
    async with attached(options) as desk:
        client = await desk.client(options.client)
        key, chosen = request(options), (client.client,)
        affected = 0
        asked = [*((ref, True) for ref in options.give), *((ref, False) for ref in options.take)]
        for number, (ref, given) in enumerate(asked, 1):
            who = await _member(desk, ref)
            done = await desk.set_access(
                type(key)(f"{key}/{number}"), who.member, give=chosen if given else (), take=() if given else chosen
            )
            affected += done.affected
        if options.give or options.take:
            client = await desk.client(options.client)
        members = await desk.members()
    record: dict[str, Any] = {"client": client.client, "name": client.name}
    record["access"] = list(client.access)
    record["followers"] = list(client.followers)
    record["walled"] = [one.name for one in members if client.client in one.walls]
    if options.give or options.take:
        record |= {"done": affected > 0, "undo": "access" if affected else None, "affected": affected}
    output.record(record)
    if not output.json:
        roles = {one.name: role_word(one.role) for one in members}
        output.table((name, roles.get(name, "")) for name in client.access)


# ---- Away


async def away(options: argparse.Namespace, output: Output) -> None:
    """Away until a date with a deputy, or back."""
    now = time.time()
    need(options.back != (options.until is not None), "bad_value", field="--until")
    need(options.back or options.deputy is not None, "bad_value", field="--deputy")
    until = None if options.back else later(options.until, now=now, zone=None)
    need(options.back or until is not None, "bad_value", field="--until")
    async with attached(options) as desk:
        who = await _member(desk, options.member)
        deputy = None if options.back else (await _member(desk, str(options.deputy))).member
        done = await desk.set_away(request(options), who.member, until, deputy=deputy)
    said = _("{name} is back.") if until is None else _("{name} is away until {time}.")
    output.did(done, plain(said.format(name=who.name, time=local(until))), more={"away_until": when(until)})


# ---- Private threads


async def private(options: argparse.Namespace, output: Output) -> None:
    """A thread, as far as one's own mailboxes hold it: their members' alone."""
    async with attached(options) as desk:
        done = await desk.set_private(request(options), ThreadId(options.thread), on=not options.off)
    if options.off:
        said = ngettext("{count} email is shared again.", "{count} emails are shared again.", done.affected)
    else:
        said = ngettext("{count} email is private now.", "{count} emails are private now.", done.affected)
    output.did(done, said.format(count=done.affected))
