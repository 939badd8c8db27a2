"""[Z17] What is installed is what the lock files name: by hash, wheels only, whatever index they come from."""

import hashlib
import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock")
WHEEL = "lockedthing-1.0-py3-none-any.whl"


@pytest.mark.parametrize("lock", LOCKS)
def test_each_requirement_has_its_hashes_and_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert lines[0] == "--only-binary :all:"
    assert "://" not in text
    assert "index-url" not in text
    requirements = "\n".join(lines[1:]).replace("\\\n", " ").splitlines()
    assert requirements
    for requirement in requirements:
        assert re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+( ;[^-]+)?(\s+--hash=sha256:[0-9a-f]{64})+", requirement.strip())


def test_the_lock_holds_all_that_the_project_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = {"requirements.lock": project["project"]["dependencies"],
              "requirements-build.lock": project["dependency-groups"]["build"],
              "requirements-dev.lock": project["dependency-groups"]["dev"]}  # fmt: skip
    for lock, wanted in groups.items():
        locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
        assert {re.split(r"[<>=~! ]", need)[0].lower() for need in wanted} <= locked


def test_make_installs_nothing_whose_hash_differs(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements-build.lock").touch()
    (tmp_path / "pyproject.toml").touch()
    digest = _make_wheel(tmp_path / WHEEL)
    flipped = f"{'0' if digest[0] != '0' else '1'}{digest[1:]}"

    refused = _set_up(tmp_path, flipped)
    assert "DO NOT MATCH THE HASHES" in refused
    assert _installed(tmp_path) == []

    assert "HASHES" not in _set_up(tmp_path, digest)
    assert _installed(tmp_path) == ["lockedthing"]


def _set_up(folder: Path, digest: str) -> str:
    """What `make` says on the way to a ready environment; it never gets there, since there is no project to install."""
    (folder / "requirements.lock").write_text(f"lockedthing==1.0 --hash=sha256:{digest}\n")
    environ = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": os.devnull}
    command = ["make", "-C", str(folder), ".venv/.ready"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode != 0
    return done.stderr


def _installed(folder: Path) -> list[str]:
    return [path.stem for path in folder.glob(".venv/lib/python*/site-packages/lockedthing.py")]


def _make_wheel(path: Path) -> str:
    info = "lockedthing-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("lockedthing.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: lockedthing\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"lockedthing.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()
