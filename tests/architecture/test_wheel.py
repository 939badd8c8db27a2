"""What the wheel holds: the four packages with all their data, the command, and nothing of the tests."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT

NOT_SHIPPED = {".po", ".pot", ".pyc"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-P", "-m", "pip", "--quiet", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run(
        [*command, "--wheel-dir", str(folder), str(ROOT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("postroom-*.whl")
    return zipfile.ZipFile(path)


def test_it_holds_the_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert not any("test" in Path(name).parts for name in wheel.namelist())


def test_it_holds_every_file_that_the_code_reads(wheel: zipfile.ZipFile) -> None:
    tracked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", *PACKAGES], capture_output=True, text=True, check=False
    )
    names = tracked.stdout.splitlines() or [
        str(p.relative_to(ROOT)) for top in PACKAGES for p in (ROOT / top).rglob("*.*")
    ]
    wanted = {name for name in names if Path(name).suffix not in NOT_SHIPPED and (ROOT / name).is_file()}
    assert wanted
    assert wanted - set(wheel.namelist()) == set()


def test_it_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    (entry,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "postroom = tui.cli:main" in wheel.read(entry).decode()
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
