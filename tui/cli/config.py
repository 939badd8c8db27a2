"""A member's settings and keys on the command line."""

import argparse
from dataclasses import replace

from store.model.errors import BadRequest
from store.rules.settings import KEYS
from tui.cli.attach import attached, request
from tui.cli.output import Output
from tui.i18n import _

SECRETS = "secrets"  # where they are kept: the home's setting, not a member's


async def get(options: argparse.Namespace, output: Output) -> None:
    """One setting, or all."""
    if options.key == SECRETS:
        from tui.cli import secrets

        await secrets.get(options, output)
        return
    async with attached(options) as desk:
        settings = await desk.settings()
    if options.key is None:
        for key in settings:
            output.record({"key": key, "value": settings[key]})
        if not output.json:
            output.table(settings.items())
        return
    value = _keys_of(options.key, settings) if options.key.startswith(KEYS) else settings.get(options.key)
    if value is None:
        raise BadRequest("no_setting", name=options.key)
    output.record({"key": options.key, "value": value}, value)


def _keys_of(key: str, settings: dict[str, str]) -> str | None:
    from tui.keymap import may_be_set
    from tui.keys import BY_ACTION

    action = key.removeprefix(KEYS)
    return settings.get(key, ",".join(BY_ACTION[action].keys)) if may_be_set(action) else None


async def put(options: argparse.Namespace, output: Output) -> None:
    """Set one; without a value, as it was at first."""
    if options.key == SECRETS:
        from tui.cli import secrets

        await secrets.put(options, output)
        return
    async with attached(options) as desk:
        value, without = options.value, list[str]()
        if options.key.startswith(KEYS):
            value, without = _keys(options.key, value, await desk.settings())
        done = await desk.set_setting(request(options), options.key, value)
        now = await desk.settings()
    key = options.key
    shown = _keys_of(key, now) if key.startswith(KEYS) else now[key]
    output.record({"key": key, "value": shown, "done": done.done, "undo": done.undo, "affected": done.affected})
    output.say(_("{key} is {value}.").format(key=key, value=shown) if done.done else _("It is like that already."))
    for action in without:
        output.say(_("“{action}” has lost a key by it; `postroom keys` shows what is left.").format(action=action))


def _keys(key: str, value: str | None, settings: dict[str, str]) -> tuple[str | None, list[str]]:
    """The value as it is kept, and which actions of the table lose a key by it. Raises BadRequest."""
    from tui.keymap import clashes, may_be_set, own, parsed, rebound

    action = key.removeprefix(KEYS)
    if not may_be_set(action):
        raise BadRequest("no_setting", name=key)
    others = {name: keys for name, keys in settings.items() if name != key}
    if value is None:
        return None, []
    keys = parsed(value)
    found = clashes(action, keys, rebound(others))
    taken = [name for name in found if name in own(others)]
    if taken:
        raise BadRequest("key_taken", action=taken[0])
    return ",".join(keys), found


async def keys(options: argparse.Namespace, output: Output) -> None:
    """Every key in every place where it acts, with the member's own."""
    from tui.keymap import rebound

    async with attached(options) as desk:
        table = rebound(await desk.settings())
    rows = []
    for entry in table:
        for place in entry.places:
            for key in entry.keys or (None,):
                output.record(
                    {"action": entry.action, "key": key, "place": place.value, "in_palette": entry.in_palette}
                )
                rows.append(
                    (place.value, replace(entry, keys=(key,)).shown if key else "", entry.action, _(entry.label))
                )
    if not output.json:
        output.table(rows)
