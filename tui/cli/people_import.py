"""Contacts from a file ([C7]): read here with the caller's rights, judged by the office; a dry run keeps nothing."""

import argparse
from pathlib import Path
from typing import Any

from store.model.errors import BadRequest
from store.model.people import PeopleImported, PlannedLine
from store.model.plain import plain
from store.model.views import Done
from tui.cli.attach import attached, request
from tui.cli.output import Output
from tui.cli.run import need
from tui.i18n import _, ngettext
from tui.people.found import ROLES, FoundPeople
from tui.people.reading import batches, bytes_of, read_people
from tui.sentences import sentence

SHOWN_LINES = 200


async def contact_import(options: argparse.Namespace, output: Output) -> None:
    """Bring in the contacts of a CSV, vCard or LDIF file."""
    found = read_people(bytes_of(Path(options.file)), mapping=_mapping(options.map), encoding=options.encoding)
    async with attached(options) as desk:
        if options.dry_run:
            told = await desk.plan_import(batches(found.people))
        else:
            told = await desk.import_people(request(options), batches(found.people))
    if not output.json:
        _say(found, told, output)
    more = {
        "format": found.format,
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "columns": [{"column": column.name, "role": column.role} for column in found.columns],
        "made": told.made,
        "joined": told.joined,
        "known": told.known,
        "refused": told.refused,
        "clients": told.clients,
        "emails": told.emails,
        "lines": [_line(line) for line in told.lines],
    }
    done = Done(done=told.done, affected=told.affected, undo=told.undo)
    output.did(done, _summary(told, dry=options.dry_run), more=more)
    if told.refused and not options.dry_run:
        said = ngettext("{count} line was refused.", "{count} lines were refused.", told.refused)
        output.attention(said.format(count=told.refused))


def _mapping(said: list[str]) -> dict[str, list[str]]:
    """`role=column`, as often as wanted."""
    mapping: dict[str, list[str]] = {}
    for text in said:
        role, equals, column = text.partition("=")
        need(equals and role.strip().casefold() in ROLES and column.strip(), "bad_value", field="--map")
        mapping.setdefault(role.strip().casefold(), []).append(column)
    return mapping


def _line(line: PlannedLine) -> dict[str, Any]:
    told: dict[str, Any] = {"line": line.line, "outcome": line.outcome, "name": line.name}
    return {**told, "code": line.code, "about": line.about} if line.code else told


def why(line: PlannedLine) -> str:
    """Why a line was refused, for a person."""
    return sentence(BadRequest(line.code, address=line.about, name=line.about)).wrong


def outcome_word(outcome: str) -> str:
    """What becomes of a line."""
    return {
        "made": _("new"),
        "joined": _("joined"),
        "known": _("known already"),
        "refused": _("refused"),
    }.get(outcome, outcome)


def _say(found: FoundPeople, told: PeopleImported, output: Output) -> None:
    read = _("Read as {format}, {encoding}.").format(format=found.format, encoding=found.encoding)
    output.say(read)
    for column in found.columns:
        if column.role:
            sample = f"  ({column.sample})" if column.sample else ""
            output.say(plain(f"  {column.role} ← {column.name}{sample}"))
    output.table(
        (f"{line.line:>6}", outcome_word(line.outcome), line.name, why(line) if line.code else "")
        for line in told.lines[:SHOWN_LINES]
    )
    if len(told.lines) > SHOWN_LINES:
        output.say(_("… and {count} more lines").format(count=len(told.lines) - SHOWN_LINES))


def _summary(told: PeopleImported, *, dry: bool) -> str:
    counts = _("{made} new, {joined} joined, {known} known already, {refused} refused; {clients} new clients.").format(
        made=told.made, joined=told.joined, known=told.known, refused=told.refused, clients=told.clients
    )
    if dry:
        return f"{counts} {_('Nothing was kept.')}"
    filed = ngettext("{count} past email filed.", "{count} past emails filed.", told.emails).format(count=told.emails)
    return f"{counts} {filed}"
