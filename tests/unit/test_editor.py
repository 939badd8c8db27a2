"""The person's own editor: where the text lies meanwhile, and what is left of it."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tui import editor


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """As most logins have it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_looking_for_leftovers_makes_nothing_in_an_empty_home(tmp_path: Path) -> None:
    editor.sweep(tmp_path / "home" / "log")
    assert list(tmp_path.iterdir()) == []


def test_every_folder_that_is_made_is_closed_to_others(tmp_path: Path) -> None:
    place = editor.folder(tmp_path / "home" / "log")
    assert [mode(path) for path in (place, place.parent, place.parent.parent)] == [0o700] * 3


def test_the_text_comes_back_and_its_file_is_gone(tmp_path: Path) -> None:
    seen: list[int] = []

    def run(words: Sequence[str]) -> int:
        path = Path(words[-1])
        seen.append(mode(path))
        Path(f"{path}~").write_text("a backup")
        path.write_text(path.read_text() + "more\n")
        return 0

    assert editor.edited("begun\n", words=["ed"], state=tmp_path / "log", run=run) == "begun\nmore\n"
    assert seen == [0o600]
    assert list((tmp_path / "log" / "editing").iterdir()) == []


def test_what_a_killed_editor_left_goes(tmp_path: Path) -> None:
    left = editor.folder(tmp_path) / "mail-x.md"
    left.write_text("of an earlier session")
    editor.sweep(tmp_path)
    assert not left.exists()


def test_an_editor_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(editor.NoEditor):
        editor.edited("text", words=["ed"], state=tmp_path, run=lambda _words: 1)
    assert list((tmp_path / "editing").iterdir()) == []


def test_a_folder_that_is_a_link_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "editing").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(editor.NoEditor):
        editor.edited("text", words=["ed"], state=tmp_path, run=lambda _words: 0)
