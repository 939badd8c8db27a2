"""Where secrets are kept, on the command line: told, changed, and opened by a passphrase that a person types.

A passphrase is asked only at a terminal, and is no argument of a command. Must not read a secret.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Final

from actors.desk.api import Desk
from actors.paths import Home
from store.model.errors import BadRequest
from store.model.secrets import CHOICE_FILE, SecretChoice, SecretKind, SecretPlace, SecretsView, choice_of
from tui.cli.attach import attached, request
from tui.cli.output import Output
from tui.i18n import N_, _
from tui.sentences import cause

KINDS: Final[dict[str, SecretKind]] = {"keychain": "keychain", "file": "file", "passphrase": "passphrase"}
TRIES: Final = 3
_PLACES: Final = {
    "keychain": N_("in the keychain of your session"),
    "file": N_("in a sealed file"),
    "passphrase": N_("in a file that a passphrase seals"),
}
_WHY: Final = {
    "keychain_answers": N_("a keychain answered when the first one was kept"),
    "no_keychain": N_("no keychain answered when the first one was kept"),
    "server": N_("this is a server"),
    "credential": N_("systemd has given a key"),
    "before": N_("they have been there since an earlier version"),
    "demo": N_("this is a demo"),
    "chosen": N_("somebody chose it"),
}


async def get(options: argparse.Namespace, output: Output) -> None:
    """`config get secrets`."""
    async with attached(options) as desk:
        told = await desk.secrets()
    output.record({"key": "secrets", "value": told.kind, "why": told.why, "trouble": told.trouble}, place(told))


async def put(options: argparse.Namespace, output: Output) -> None:
    """`config set secrets …`: everything is kept there, or nothing is changed."""
    kind = KINDS.get(options.value or "")
    if kind is None:
        raise BadRequest("bad_setting", name="secrets", allowed=" · ".join(KINDS))
    passphrase = _new(options) if kind == "passphrase" else None
    async with attached(options) as desk:
        before = await desk.secrets()
        done = await desk.keep_secrets(request(options), kind, passphrase=passphrase)
        told = await desk.secrets()
    moved = done.done and (before.kind != kind or passphrase is not None)
    output.record({"key": "secrets", "value": told.kind, "done": moved, "undo": None, "affected": int(moved)})
    output.say(_("Secrets are kept {place}.").format(place=place(told)) if moved else _("It is like that already."))


def _new(options: argparse.Namespace) -> str:
    if options.passphrase_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadRequest("passphrase_needed")
    from getpass import getpass

    given = getpass(_("New passphrase: "))
    if getpass(_("Once more: ")) != given:
        raise BadRequest("passphrase_differs")
    return given


async def open_box(desk: Desk) -> None:
    """Ask whoever sits at this terminal for the passphrase that the office needs; nobody else."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if (await desk.secrets()).trouble != "passphrase_needed":
        return
    from getpass import getpass

    for left in reversed(range(TRIES)):
        given = getpass(_("Passphrase of the secrets (Enter: later): "))
        if not given:
            return
        try:
            await desk.unlock_secrets(given)
        except BadRequest:
            if not left:
                raise
        else:
            return


def place(told: SecretsView) -> str:
    """Where and why, for a person."""
    if told.kind is None:
        return _("nowhere: no secret is kept yet")
    return f"{_(_PLACES[told.kind])} ({_(_WHY[told.why])})" if told.why else _(_PLACES[told.kind])


def told_by_file(home: Home) -> SecretsView:
    """As it is written down, without the office. Raises OSError, ValueError."""
    try:
        choice = choice_of((home.data / CHOICE_FILE).read_bytes())
    except FileNotFoundError:
        if not home.sealed.exists():
            return SecretsView(kind=None)
        choice = SecretChoice(now=SecretPlace(kind="file"), why="before")
    missing = choice.now.kind == "file" and choice.why != "credential" and home.unit is None and not home.key.exists()
    return SecretsView(kind=choice.now.kind, why=choice.why, trouble="key_missing" if missing else None)


def checks(told: SecretsView) -> Iterator[tuple[bool, str, str]]:
    """For `doctor`: well or not, a sentence, a remedy."""
    if told.trouble is None:
        yield True, place(told) if told.kind else _("no secret is kept yet"), ""
        return
    remedy = {
        "passphrase_needed": _("Give it at a terminal: `postroom`, or any command."),
        "keychain_locked": _("Log in to the desktop session, or: postroom config set secrets file"),
        "keychain_away": _("Start the office in a desktop session, or sign in again."),
        "keychain_timeout": _("Log in to the desktop session anew."),
    }.get(told.trouble, _("Put the key file back, or sign in again."))
    yield False, f"{place(told)}: {cause(told.trouble)}", remedy


async def told_first(desk: Desk, output: Output, before: SecretsView) -> None:
    """Where, when the first one has just been kept: the choice holds from now on."""
    if before.kind is None:
        output.say(
            _("Secrets are kept {place} from now on; `postroom config set secrets` changes that.").format(
                place=place(await desk.secrets())
            )
        )
