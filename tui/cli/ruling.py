"""Rules for filing on the command line: add, list, remove, and what one would have done to past mail."""

import argparse
from typing import Any

from store.model.filing_rules import Conditions, FilingRule
from tui.cli.attach import attached, request
from tui.cli.mail import email_json, email_line
from tui.cli.output import Output, when
from tui.i18n import _, ngettext
from tui.rule_words import FIELDS, conditions_line, trial_words


async def add(options: argparse.Namespace, output: Output) -> None:
    """File what meets it, past mail too."""
    async with attached(options) as desk:
        done = await desk.add_rule(
            request(options), options.name, options.client, _conditions(options), place=options.place
        )
    output.did(
        done,
        ngettext("{count} past email is filed by it.", "{count} past emails are filed by it.", done.affected).format(
            count=done.affected
        ),
    )


async def listed(options: argparse.Namespace, output: Output) -> None:
    """One's own rules, in their order."""
    async with attached(options) as desk:
        rules = await desk.rules()
    for rule in rules:
        output.record(_record(rule))
    if not output.json:
        output.table(
            (str(rule.place), rule.name, rule.client.name, _hits(rule.hits), conditions_line(rule.conditions))
            for rule in rules
        )


async def remove(options: argparse.Namespace, output: Output) -> None:
    """What it filed is filed by what else is known."""
    async with attached(options) as desk:
        done = await desk.remove_rule(request(options), options.name)
    output.did(done, _("The rule is gone."))


async def dry_run(options: argparse.Namespace, output: Output) -> None:
    """What it would have done to past mail."""
    async with attached(options) as desk:
        trial = await desk.try_rule(_conditions(options), options.client, limit=options.limit)
    output.record(
        {
            "meets": trial.meets,
            "files": trial.files,
            "looked_at": trial.looked_at,
            "cut": trial.cut,
            "examples": [email_json(row) for row in trial.examples],
        }
    )
    for words in trial_words(trial):
        output.say(words)
    if not output.json:
        for row in trial.examples:
            output.record({}, email_line(row))


def _conditions(options: argparse.Namespace) -> Conditions:
    return Conditions(**{name: tuple(getattr(options, name) or ()) for name in FIELDS})


def _record(rule: FilingRule) -> dict[str, Any]:
    said = {name: list(getattr(rule.conditions, name)) for name in FIELDS}
    return {
        "place": rule.place,
        "name": rule.name,
        "client": rule.client.name,
        "hits": rule.hits,
        "last": when(rule.last),
        "conditions": said,
    }


def _hits(count: int) -> str:
    return ngettext("{count} email", "{count} emails", count).format(count=count)
