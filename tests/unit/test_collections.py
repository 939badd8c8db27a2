"""What people set up: kept whole through any kill, refused when newer or no plain file, readable beside its owner."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.model.errors import Away
from store.vault.collections import KEYMAPS, SETTINGS, VERSIONS, file_of, seen
from store.vault.documents import Collection, read
from store.vault.vault import Vault
from tests.support.set_up_child import NAME, POINTS

Operation = tuple[str, Any]

TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
CHANGES = st.lists(st.tuples(st.sampled_from(["a", "b", "1/keys", "é", ""]) | TEXT, st.none() | JSON), max_size=12)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "postroom.db"
    path.parent.mkdir(mode=0o700)
    return path


@pytest.fixture
def vault(store: Path) -> Iterator[Vault]:
    with closing(Vault.open(store)) as opened:
        yield opened


def put(vault: Vault, name: str, value: object, collection: str = SETTINGS) -> bool:
    with vault.transaction():
        vault.collections.put(collection, name, value)
    return vault.collections.carry_out()


def beside(vault: Vault, collection: str = SETTINGS) -> dict[str, Any]:
    """What a reader on another connection sees."""
    with closing(vault.reader()) as reader, reader.reading():
        return seen(reader, collection)


def promised(vault: Vault) -> int:
    return int(vault.database.value("SELECT count(*) FROM pending_documents"))


def names_in(path: Path) -> list[str]:
    """Of the file's documents, as they lie there."""
    return [one["name"] for one in json.loads(path.read_bytes())["tables"]["documents"].values()]


# ---------------------------------------------------------------- kept


@given(changes=CHANGES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_what_is_put_in_comes_out(tmp_path_factory: pytest.TempPathFactory, changes: list[Operation]) -> None:
    path = tmp_path_factory.mktemp("kept") / "folder" / "things.json"
    owner, wanted = Collection(path, version=1), dict[str, Any]()
    for name, value in changes:
        owner.put(name, value)
        if value is None:
            wanted.pop(name, None)
        else:
            wanted[name] = value
        assert owner.get(name) == value
    assert owner.all() == wanted == read(path, version=1) == Collection(path, version=1).all()


def test_a_change_is_in_its_file_and_nowhere_else(vault: Vault, store: Path) -> None:
    assert not file_of(store, SETTINGS).parent.exists()
    assert put(vault, NAME, "green")
    assert put(vault, NAME, "blue")
    assert put(vault, "2/colour", "red")
    assert put(vault, "1/done", ["e", "g e"], KEYMAPS)
    assert promised(vault) == 0
    assert names_in(file_of(store, SETTINGS)) == [NAME, "2/colour"]
    assert beside(vault) == {NAME: "blue", "2/colour": "red"} == vault.collections.all(SETTINGS)
    assert beside(vault, KEYMAPS) == {"1/done": ["e", "g e"]}
    put(vault, NAME, None)
    assert beside(vault) == {"2/colour": "red"}


def test_a_change_that_is_rolled_back_never_was(vault: Vault, store: Path) -> None:
    def fails() -> None:
        with vault.transaction():
            vault.collections.put(SETTINGS, NAME, "blue")
            assert vault.collections.get(SETTINGS, NAME) == "blue"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert vault.collections.get(SETTINGS, NAME) is None
    assert vault.collections.carry_out()
    assert not file_of(store, SETTINGS).exists()


def test_nobody_else_may_read_it(vault: Vault, store: Path) -> None:
    put(vault, NAME, "blue")
    path = file_of(store, SETTINGS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == [path.name]


# ---------------------------------------------------------------- killed


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_it_is_there_once_and_whole(store: Path, point: str) -> None:
    with closing(Vault.open(store)) as vault:
        put(vault, NAME, "green")
        put(vault, "2/colour", "red")
    child = subprocess.run(
        [sys.executable, "-P", "-m", "tests.support.set_up_child", str(store), point], check=False, timeout=60
    )
    assert child.returncode == -signal.SIGKILL
    wanted = {NAME: "green" if point == "before_commit" else "blue", "2/colour": "red"}
    for _again in range(2):
        with closing(Vault.open(store)) as vault:
            assert vault.collections.all(SETTINGS) == wanted == beside(vault)
            assert promised(vault) == 0
            assert sorted(names_in(file_of(store, SETTINGS))) == [NAME, "2/colour"]


@pytest.mark.parametrize("point", POINTS)
def test_a_reader_sees_it_whatever_has_been_carried_out(store: Path, point: str) -> None:
    with closing(Vault.open(store)) as vault:
        put(vault, NAME, "green")
        command = [sys.executable, "-P", "-m", "tests.support.set_up_child", str(store), point]
        subprocess.run(command, check=False, timeout=60)
        assert beside(vault) == {NAME: "green" if point == "before_commit" else "blue"}


def test_what_a_kill_left_half_written_is_ignored_and_goes(vault: Vault, store: Path) -> None:
    put(vault, NAME, "green")
    torn = file_of(store, SETTINGS).with_name(".settings.json.new")
    torn.write_bytes(b'{"version": 1, "tab')
    assert beside(vault) == {NAME: "green"}
    put(vault, NAME, "blue")
    assert beside(vault) == {NAME: "blue"}
    assert not torn.exists()


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize("collection", VERSIONS)
def test_a_newer_file_is_refused_and_not_touched(store: Path, collection: str) -> None:
    with closing(Vault.open(store)) as vault:
        put(vault, NAME, "green", collection)
    path = file_of(store, collection)
    newer = path.read_bytes().replace(b'"version": 1', b'"version": 2') + b" "
    assert b'"version": 2' in newer
    path.write_bytes(newer)
    with pytest.raises(Away) as refused:
        Vault.open(store)
    assert (refused.value.code, refused.value.exit_code) == ("home_newer", 5)
    assert path.read_bytes() == newer


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 1}', '{"version": 1, "tables": {"documents": {"x": 5}}}', "\xff"]
)
def test_a_file_that_makes_no_sense_is_refused_by_name(store: Path, text: str) -> None:
    path = file_of(store, SETTINGS)
    path.parent.mkdir()
    path.write_text(text, encoding="latin-1")
    with pytest.raises(Away) as refused:
        Vault.open(store)
    assert (refused.value.code, refused.value.arguments) == ("setup_unreadable", {"path": str(path)})


def test_a_pipe_or_link_in_its_place_is_no_file(store: Path, tmp_path: Path) -> None:
    path = file_of(store, SETTINGS)
    path.parent.mkdir()
    os.mkfifo(path)
    with pytest.raises(Away, match="setup_unreadable"):
        Vault.open(store)
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Away, match="setup_unreadable"):
        Vault.open(store)


def test_no_link_is_written_through_and_nothing_is_lost_meanwhile(vault: Vault, store: Path, tmp_path: Path) -> None:
    put(vault, NAME, "green")
    path, elsewhere = file_of(store, SETTINGS), tmp_path / "elsewhere"
    kept = path.read_bytes()
    elsewhere.write_bytes(kept)
    path.unlink()
    path.symlink_to(elsewhere)
    assert not put(vault, NAME, "blue")
    assert elsewhere.read_bytes() == kept
    assert vault.collections.get(SETTINGS, NAME) == "blue"
    path.unlink()
    assert vault.collections.owing
    assert vault.collections.carry_out()
    assert beside(vault) == {NAME: "blue"}


def test_a_folder_that_is_a_link_is_not_entered(vault: Vault, store: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    file_of(store, SETTINGS).parent.symlink_to(tmp_path / "elsewhere")
    assert not put(vault, NAME, "blue")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert vault.collections.get(SETTINGS, NAME) == "blue"
