"""What the documents say of the code is so: keys, commands with their options, rule numbers, files, links.

What a document claims in prose is for people to judge; what can be looked up is looked up here.
"""

import argparse
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tui.cli.run import parser
from tui.i18n import language, set_language
from tui.keys import PLACES as KEY_PLACES
from tui.keys import SCROLLS, Place, helped

PAGES = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
)
CODE = ("actors", "providers", "store", "tui", "tests")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
PATH = re.compile(r"`((?:actors|providers|store|tui|tests|docs|\.ci)/[\w./-]*)`")
RULE = re.compile(r"\[([SCATWNJR]\d{1,2}[a-c]?)\]|\b(Z(?:[12]\d|30|[1-9]))\b")
STATED = re.compile(r"^- \*\*([SCATWNJRZ]\d{1,2}[a-c]?)\*\* \S", re.MULTILINE)
COMMAND = re.compile(r"`postroom ([a-z]+(?: [a-z]+(?:-[a-z]+)*)?)\b")
PLACES = {
    Place.FOLDERS: "folders",
    Place.THREADS: "threads",
    Place.READING: "email",
    Place.SEARCH: "search",
    Place.DIALOG: "dialogs",
    Place.CHOOSER: "choosing",
    Place.FORM: "typing into a dialog",
    Place.SIGNATURE: "a signature",
    Place.SHARED_FOLDERS: "others' folders",
    Place.SYNC_FORM: "syncing one's email",
    Place.CONFIRM: "yes or no",
    Place.WRITING: "writing",
    Place.OUTBOX: "drafts and outbox",
    Place.NOTICES: "Inbox+",
    Place.CLIENTS: "find clients",
    Place.CLIENT_LIST: "clients",
    Place.CLIENT: "client",
    Place.CONTACT: "contact",
    Place.IMPORT: "contacts from a file",
    Place.RIGHTS: "rights",
    Place.JOURNAL: "journal",
    Place.RULES: "my filing rules",
    Place.MAILBOXES: "mailboxes",
    Place.MEMBERS: "members",
    Place.PROVIDERS: "providers",
    Place.REGISTERING: "a registration",
    Place.WELCOME: "an empty home",
}


@cache
def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def slug(heading: str) -> str:
    """A heading's anchor, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower()).replace(" ", "-")


# ---------------------------------------------------------------- faults


def fault_rows() -> list[str]:
    """The rows of the fault table."""
    table = page("docs/sync.md").partition("\n## Faults\n")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_every_fault_has_a_row_and_every_row_a_test_that_is_there() -> None:
    rows = fault_rows()
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for path, name in named:
            assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), (path, name)


# ---------------------------------------------------------------- links and files


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    dead = []
    for target in LINK.findall(without_code(page(name))):
        if target.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        found = (ROOT / name).parent / path if path else ROOT / name
        if not found.exists() or (anchor and anchor not in {slug(line) for line in HEADING.findall(found.read_text())}):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("name", PAGES)
def test_every_path_that_is_named_is_there(name: str) -> None:
    assert [path for path in PATH.findall(page(name)) if not (ROOT / path).exists()] == []


# ---------------------------------------------------------------- keys


def named(where: list[str]) -> str:
    """Places in words; those that have the same keys for the most part, by one."""
    everywhere = {PLACES[place] for place in SCROLLS}
    if set(where) == everywhere:
        return "everywhere but where one types"
    lists = {PLACES[place] for place in KEY_PLACES}
    return "every list, email" if set(where) == lists else ", ".join(where)


def keys_table() -> str:
    """The README's table of keys, as the table of keys makes it. A row stands where its first place has it."""
    places: dict[tuple[str, str], list[str]] = {}
    for place in Place:
        for row in helped(place):
            places.setdefault(row, []).append(PLACES[place])
    rows = [f"| {' '.join(f'`{key}`' for key in keys.split(', '))} | {label} | {named(where)} |"
            for (keys, label), where in places.items()]  # fmt: skip
    return "\n".join(["| keys | what | where |", "|---|---|---|", *rows])


def test_the_keys_of_the_readme_are_the_keys() -> None:
    before = language()
    set_language("en")
    try:
        wanted = keys_table()
    finally:
        set_language(before)
    found = page("README.md").partition("<!-- keys -->")[2].partition("<!-- /keys -->")[0].strip()
    assert found == wanted, f"between its key marks the README must read:\n\n{wanted}\n"


# ---------------------------------------------------------------- commands


def leaves(top: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that can be called, with its parser."""
    groups = [action for action in actions(top) if isinstance(action.choices, dict)]
    if not groups:
        yield " ".join(words), top
    for group in groups:
        for name, below in dict(group.choices or {}).items():
            yield from leaves(below, (*words, name))


def actions(command: argparse.ArgumentParser) -> list[argparse.Action]:
    return command._actions  # noqa: SLF001 - argparse tells its arguments in no other way


@cache
def commands() -> dict[str, argparse.ArgumentParser]:
    return dict(leaves(parser()))


def described() -> dict[str, str]:
    """Command → its part of docs/cli.md. A heading may name several."""
    found = {}
    for part in re.split(r"^#{1,6} ", page("docs/cli.md"), flags=re.MULTILINE):
        for command in COMMAND.findall(part.partition("\n")[0]):
            found[command] = part
    return found


def test_the_commands_described_are_those_that_there_are() -> None:
    assert sorted(described()) == sorted(commands())


@pytest.mark.parametrize("name", commands())
def test_every_option_of_a_command_is_described(name: str) -> None:
    options = {option for action in actions(commands()[name]) for option in action.option_strings}
    named = set(re.findall(r"--[a-z][a-z-]*", described()[name]))
    assert {option for option in options if option.startswith("--")} - {"--help", "--json"} == named - {"--json"}


# ---------------------------------------------------------------- rules


def cited() -> dict[str, list[str]]:
    """Rule number → where code, tests or documents cite it."""
    found: dict[str, list[str]] = {}
    files = [
        path
        for top in CODE
        for path in (ROOT / top).rglob("*")
        if path.suffix in {".py", ".sql", ".tcss", ".toml", ".md"}
    ]
    for path in (*files, *(ROOT / name for name in PAGES), ROOT / "Makefile", ROOT / "pyproject.toml"):
        if path != Path(__file__):
            for product, security in RULE.findall(path.read_text(encoding="utf-8")):
                found.setdefault(product or security, []).append(str(path.relative_to(ROOT)))
    return found


def test_every_rule_that_is_cited_is_stated() -> None:
    stated = STATED.findall(page("docs/rules.md"))
    assert {rule: where for rule, where in cited().items() if rule not in stated} == {}


def test_a_rule_is_stated_once() -> None:
    stated = STATED.findall(page("docs/rules.md"))
    assert sorted(set(stated)) == sorted(stated)
    assert {f"Z{number}" for number in range(1, 31)} <= set(stated)
