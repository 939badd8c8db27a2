"""Every promised command explains itself with an example; wrong usage ends with 2. No office is started for that."""

import json
import shlex
import shutil
from collections.abc import Iterator

import pytest

from tests.support.cli import Cli
from tests.support.home import short_folder
from tui.cli.run import parser

COMMANDS = (
    "demo", "serve", "office start", "office stop", "office restart", "office install", "status", "doctor", "watch",
    "config get", "config set", "keys",
    "mailbox add", "mailbox list", "mailbox show", "mailbox pause", "mailbox resume", "sync", "audit", "import",
    "threads", "search", "show", "why", "file", "undo", "mark", "done", "reopen", "archive", "move", "delete",
    "spam", "unspam", "comment", "assign", "snooze", "attachment save",
    "send", "outbox list", "outbox cancel", "outbox retry", "outbox resolve", "notices",
    "client add", "client list", "client show", "client suggest", "client from",
    "contact add", "contact link", "contact unlink", "contact sync",
    "member add", "member list", "member access", "journal",
)  # fmt: skip
GROUPS = ("office", "config", "mailbox", "attachment", "outbox", "client", "contact", "member")
WRONG = (
    ["no-such-command"],
    ["office"], ["mailbox", "no-such"], ["show"], ["why"], ["file"], ["move", "x"], ["import", "x"],
    ["search", "--limit", "many"], ["threads", "--view", "no-such"], ["contact", "sync", "maybe", "a@b.example"],
    ["member", "add", "Tom", "--role", "owner"], ["mailbox", "add", "a@b.example", "--tls", "perhaps"],
    ["notices", "burn", "x"], ["journal", "tail"], ["sync", "--timeout", "soon"],
)  # fmt: skip


@pytest.fixture(scope="module")
def cli() -> Iterator[Cli]:
    home = short_folder()
    with Cli(home, inside=True) as made:
        yield made
    shutil.rmtree(home)


@pytest.mark.parametrize("command", [*COMMANDS, *GROUPS])
def test_help_has_an_example_that_begins_with_the_command(cli: Cli, command: str) -> None:
    told = cli.call(*command.split(), "--help")
    assert (told.code, told.err) == (0, "")
    example = " ".join(told.out.partition("Example:")[2].split())
    assert example.startswith(f"postroom {command}" if command in COMMANDS else "postroom "), told.out


@pytest.mark.parametrize("command", [*COMMANDS, *GROUPS])
def test_its_example_is_a_command(cli: Cli, command: str) -> None:
    example = " ".join(cli.call(*command.split(), "--help").out.partition("Example:")[2].split())
    words = shlex.split(example.partition(" < ")[0])
    assert callable(parser().parse_args(words[1:]).run)


def test_help_lists_every_command(cli: Cli) -> None:
    told = cli.call("--help").out
    assert {command.split()[0] for command in COMMANDS} <= set(told.replace(",", " ").split())


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_usage_exits_with_2(cli: Cli, words: list[str]) -> None:
    told = cli.call(*words)
    assert (told.code, told.out) == (2, "")
    assert told.err
    error = cli.refused(*words, code=2)
    assert error["code"] in {"usage", "bad_value"}
    assert "--help" in error["remedy"]


def test_the_version_needs_no_office(cli: Cli) -> None:
    told = cli.call("--version")
    assert told.code == 0
    assert told.out.split()[0] == "postroom"
    assert json.loads(cli.call("--version", "--json").out)["version"] == told.out.split()[1]


def test_screens_without_a_terminal_are_refused(cli: Cli) -> None:
    assert cli.refused(code=2)["code"] == "no_terminal"


@pytest.mark.parametrize("command", ["status", "office stop"])
def test_what_starts_no_office_says_so(cli: Cli, command: str) -> None:
    assert cli.refused(*command.split(), code=5)["code"] == "no_office"
    assert not cli.offices()


def test_nothing_above_left_a_home_behind(cli: Cli) -> None:
    assert [path.name for path in cli.home.iterdir()] == []
