"""The throw-away home of a demo: what a killed one left goes, and nothing else does."""

import fcntl
import os
import signal
import time
from pathlib import Path

import pytest

from tui.cli.demo_home import FRESH_SECONDS, PREFIX, ending_well, sweep, throw_away


def later() -> float:
    """All that a test made is old then, however long after the first test it runs."""
    return time.time() + 10 * FRESH_SECONDS


def left(top: Path, name: str) -> Path:
    """A folder as a killed demo leaves it."""
    folder = top / f"{PREFIX}{name}"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "office.lock").touch()
    (folder / "data" / "postroom.db").write_bytes(b"made up")
    return folder


def test_what_a_killed_demo_left_is_taken_away(tmp_path: Path) -> None:
    left(tmp_path, "a")
    (tmp_path / f"{PREFIX}b").mkdir()
    sweep(tmp_path, now=later())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("held", ["", "data/office.lock"])
def test_a_folder_that_a_demo_or_an_office_holds_stays(tmp_path: Path, held: str) -> None:
    folder = left(tmp_path, "a")
    descriptor = os.open(folder / held, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    sweep(tmp_path, now=later())
    assert (folder / "data" / "postroom.db").exists()
    os.close(descriptor)
    sweep(tmp_path, now=later())
    assert not folder.exists()


def test_a_folder_just_made_stays(tmp_path: Path) -> None:
    folder = left(tmp_path, "a")
    sweep(tmp_path, now=folder.stat().st_mtime + FRESH_SECONDS / 2)
    assert folder.exists()


def test_links_and_what_is_called_otherwise_stay(tmp_path: Path) -> None:
    real = left(tmp_path / "elsewhere", "real")
    (tmp_path / f"{PREFIX}link").symlink_to(real)
    (tmp_path / f"{PREFIX}file").write_text("x")
    (tmp_path / "postroom").mkdir()
    odd = left(tmp_path, "odd")
    (odd / "data" / "office.lock").unlink()
    (odd / "data" / "office.lock").symlink_to(real / "data" / "office.lock")
    before = sorted(tmp_path.rglob("*"))
    sweep(tmp_path, now=later())
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_of_somebody_else_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = left(tmp_path, "a")
    monkeypatch.setattr("os.getuid", lambda: folder.stat().st_uid + 1)
    sweep(tmp_path, now=later())
    assert folder.exists()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_demo_that_is_ended_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = signal.getsignal(number)

    def demo() -> None:
        with ending_well(), throw_away(now=later()) as home:
            assert home.root is not None
            (home.root / "data").mkdir()
            sweep(tmp_path, now=later())
            assert home.root.exists(), "its own folder is in use"
            try:
                os.kill(os.getpid(), number)
            finally:
                os.kill(os.getpid(), number)  # once more while it clears up

    with pytest.raises(SystemExit) as ended:
        demo()
    assert ended.value.code == 128 + number
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(number) is before
