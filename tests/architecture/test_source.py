"""Rules of the source that no linter knows: pure rules, a model of its own, one door for each vendor."""

import ast
import sys

import pytest

from tests.architecture.source import below, imports, modules

# Nothing here can read a file, a clock, chance or the network; the types of datetime are wanted, its clock is not.
PURE = {
    "__future__", "abc", "bisect", "collections", "dataclasses", "datetime", "enum", "functools", "hashlib", "heapq",
    "itertools", "math", "operator", "re", "string", "types", "typing", "unicodedata",
}  # fmt: skip
IMPURE_CALLS = {"open", "print", "input", "eval", "exec", "now", "today", "utcnow", "getLogger"}
ONE_DOOR = ["imapclient", "aiosmtplib", "dns", "fast_mail_parser", "inscriptis", "msal", "keyring", "tinydb"]
TEST_TOOLS = ("tests", "pytest", "hypothesis", "trustme", "pexpect", "psutil", "babel")


@pytest.mark.parametrize("top", ["store.rules", "store.model"])
def test_only_pure_modules_are_imported(top: str) -> None:
    allowed = (*PURE, "msgspec", "store.model", top)
    foreign = {name: [x for x in imports(tree) if not below(x, *allowed) and x != "store"]
               for name, tree in modules(top).items()}  # fmt: skip
    assert {name: found for name, found in foreign.items() if found} == {}


def test_rules_call_no_clock_file_or_log() -> None:
    called = {
        name: sorted({_called(node) for node in ast.walk(tree) if isinstance(node, ast.Call)} & IMPURE_CALLS)
        for name, tree in modules("store.rules").items()
    }
    assert {name: found for name, found in called.items() if found} == {}


@pytest.mark.parametrize("vendor", ONE_DOOR)
def test_a_vendor_has_one_door(vendor: str) -> None:
    doors = [name for name, tree in modules().items() if any(below(x, vendor) for x in imports(tree))]
    assert len(doors) <= 1, doors


def test_nothing_of_the_tests_is_needed_to_run() -> None:
    users = {name for name, tree in modules().items() if any(below(x, *TEST_TOOLS) for x in imports(tree))}
    assert users == set()


def test_each_module_says_what_it_is_for() -> None:
    assert [name for name, tree in modules("actors", "providers", "store", "tui", "tests").items()
            if tree.body and not ast.get_docstring(tree)] == []  # fmt: skip


def test_no_module_is_called_like_one_of_python() -> None:
    packages = {name for name in modules() if "." not in name}
    assert packages.isdisjoint(sys.stdlib_module_names)


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""
