"""Servers on the command line: found from an address, where nobody names them; `postroom provider find`.

A host that only DNS or a guess named gets no password unasked (Z10): on a terminal a person is asked, a script is
refused, naming the host.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from actors.desk.api import Desk
from store.model.errors import BadRequest, DeskError, NotFound
from store.model.found import Found, FoundServer
from store.model.mailbox import ServerSettings
from store.model.plain import plain
from tui.cli.attach import attached
from tui.cli.files import readable_path
from tui.cli.output import Output
from tui.found import best, hosts, lacks_words, needs_words, source_words
from tui.i18n import _
from tui.servers import IMAP_PORTS, SMTP_PORTS, server


class UnknownServers(DeskError):
    """Nobody names the servers of an address."""

    exit_code = NotFound.exit_code
    kind = NotFound.kind

    def __init__(self) -> None:
        super().__init__("no_server")


class Servers(NamedTuple):
    """What a mailbox is tried with."""

    imap: ServerSettings
    smtp: ServerSettings | None
    login: str
    authserv_id: str | None


async def servers(desk: Desk, options: argparse.Namespace, output: Output) -> Servers:
    """Those that the caller names; the rest is found. Raises BadRequest no_server, lacks_imap, lacks_tls,
    hosts_unconfirmed.
    """
    authority = readable_path(options.ca).read_text("ascii", "replace") if options.ca else None
    imap = server(options.imap, ports=IMAP_PORTS, tls=options.tls, authority=authority) if options.imap else None
    smtp = server(options.smtp, ports=SMTP_PORTS, tls=options.tls, authority=authority) if options.smtp else None
    login, authserv_id = options.login or options.address, options.authserv_id
    if imap is None or (smtp is None and not options.no_send):
        found = _wanted(await desk.find_servers(options.address), options, imap)
        _say(found, output)
        _confirm(found)
        if imap is None and found.imap is not None:
            login, authserv_id = options.login or found.imap.login, authserv_id or found.authserv_id
            imap = found.imap.settings(authority=authority)
        if smtp is None and found.smtp is not None and not options.no_send:
            smtp = found.smtp.settings(authority=authority, login=None if options.login else login)
    if imap is None or (smtp is None and not options.no_send):
        raise BadRequest("no_server")
    return Servers(imap, None if options.no_send else smtp, login, authserv_id)


def _wanted(answers: Sequence[Found], options: argparse.Namespace, imap: ServerSettings | None) -> Found:
    """What is taken of it: without what the caller has named, or does not want."""
    ranked = [one for one in answers if one.imap is not None]
    same = [one for one in ranked if imap is not None and one.imap is not None and one.imap.host == imap.host]
    found = best(same or ranked)
    if found is None:
        if imap is None and answers and answers[0].lacks:
            raise BadRequest(f"lacks_{answers[0].lacks}", provider=answers[0].provider)
        raise BadRequest("no_server")
    fields: dict[str, Any] = {name: getattr(found, name) for name in found.__struct_fields__}
    fields["imap"] = found.imap if imap is None else None
    fields["smtp"] = None if options.smtp or options.no_send else found.smtp
    return Found(**fields)


def _say(found: Found, output: Output) -> None:
    output.say(f"{_line(found)}  {source_words(found)}")
    if found.imap is not None:
        for words in needs_words(found):
            output.say(words)


def _line(found: Found) -> str:
    named = [f"{one.host}:{one.port} ({one.tls})" for one in (found.imap, found.smtp) if one is not None]
    return ", ".join(named)


def _confirm(found: Found) -> None:
    if found.trusted:
        return
    where = plain(hosts(found))
    if sys.stdin.isatty():
        print(_("Send the password to {hosts}? [y/N] ").format(hosts=where), end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().casefold() in ("y", "yes", _("y")):
            return
    raise BadRequest("hosts_unconfirmed", hosts=where)


async def find(options: argparse.Namespace, output: Output) -> None:
    """What is known of an address's servers, and who says so."""
    async with attached(options) as desk:
        answers = await desk.find_servers(options.address)
    if not answers:
        raise UnknownServers
    first, *others = answers
    output.record({**_record(first), "others": [_record(one) for one in others]})
    if not output.json:
        output.table((_line(one) or lacks_words(one), source_words(one)) for one in answers)
        for words in needs_words(first):
            output.say(words)


def _record(found: Found) -> dict[str, Any]:
    return {
        "imap": _server(found.imap),
        "smtp": _server(found.smtp),
        "source": found.source.value,
        "provider": found.provider,
        "trusted": found.trusted,
        "lacks": found.lacks or None,
        "quirks": list(found.quirks),
        "authserv_id": found.authserv_id,
    }


def _server(one: FoundServer | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "host": one.host,
        "port": one.port,
        "socket": one.tls,
        "login_form": one.login_form,
        "login": one.login,
        "auth": [way.value for way in one.ways],
    }
