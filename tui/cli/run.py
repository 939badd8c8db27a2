"""From arguments to an exit code: parse, set the language, call the group's function, tell errors in one place."""

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn

from store.model.errors import BadRequest, DeskError
from tui.cli import usage
from tui.cli.output import Output, encode, silence_closed_pipe
from tui.i18n import _, set_language

PLAIN = "--plain"
Command = Callable[[argparse.Namespace, Output], Awaitable[int | None] | int | None]


class _Parser(argparse.ArgumentParser):
    """Wrong usage with --json is one JSON object too, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        if "--json" in sys.argv:
            print(
                encode({"error": {"code": "usage", "sentence": message, "remedy": f"{self.prog} --help"}}),
                file=sys.stderr,
            )
            raise SystemExit(2)
        super().error(message)


def parser(*, commands: bool = True) -> argparse.ArgumentParser:
    """The whole command line; groups add themselves without loading what they run. Without commands: for the screens,
    which need not wait for those.
    """
    top = _Parser(
        prog="postroom",
        description=_("A mail desk for a professional firm, in a terminal."),
        epilog=_("Without a command the screens open. Example: postroom demo"),
    )
    top.add_argument("--version", action="store_true", help=_("print the version"))
    top.add_argument(
        "--as", dest="act_as", metavar="MEMBER", help=_("act as another member (only in a home of one's own)")
    )
    top.add_argument(PLAIN, action="store_true", help=_("screens for a screen reader: letters, one pane, no boxes"))
    top.add_argument("--json", action="store_true", default=False, help=_("print JSON"))
    top.set_defaults(run=None)
    if commands:
        from tui.cli import groups

        groups.add_to(top.add_subparsers(metavar=_("COMMAND"), parser_class=_Parser))
    return top


def run(arguments: list[str]) -> int:
    """Parse and run; every way out is an exit code of docs/cli.md."""
    _open_missing()
    set_language(None)
    usage.speak()
    try:
        options = parser(commands=bool(set(arguments) - {PLAIN})).parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    output = Output(as_json=options.json)
    _never_choke(as_json=options.json)
    try:
        code = _told(options, output)
        sys.stdout.flush()  # here, where a reader that has left is no error to see
        return code
    except BrokenPipeError:
        silence_closed_pipe()
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except Exception as bug:  # noqa: BLE001 - the last resort: a person never sees a traceback
        return output.error(DeskError("bug", name=type(bug).__name__))


def _open_missing() -> None:
    """What the caller closed: nothing comes from it, and no socket of ours may get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - until the end


def _never_choke(*, as_json: bool) -> None:
    """JSON is UTF-8 whatever the locale; people's output shows what it cannot write by its number."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if as_json:
            sys.stdout.reconfigure(encoding="utf-8")
        else:
            sys.stdout.reconfigure(errors="backslashreplace")


def _told(options: argparse.Namespace, output: Output) -> int:
    try:
        return max(_call(options, output), output.worst)
    except DeskError as error:
        return output.error(error)


def _call(options: argparse.Namespace, output: Output) -> int:
    if options.version:
        from tui.version import VERSION

        output.record({"version": VERSION}, f"postroom {VERSION}")
        return 0
    if options.run is None:
        from tui.cli.office import screens

        return screens(options, output)
    found: Command = options.run
    result = found(options, output)
    if isinstance(result, int) or result is None:
        return result or 0
    return asyncio.run(_awaited(result)) or 0


async def _awaited(result: Awaitable[int | None]) -> int | None:
    return await result


def need(condition: object, code: str, **arguments: str) -> None:
    """Refuse wrong usage that the parser cannot see."""
    if not condition:
        raise BadRequest(code, **arguments)
