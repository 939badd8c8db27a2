"""What an import really loads, in a fresh interpreter: the contracts see the source, this sees what runs."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT, below, loaded_by

OFFICE = ("pykka", "apsw", "imapclient", "aiosmtplib", "providers", "store.vault")
SCREENS = ("textual", "rich")

LOADS_NONE_OF = [
    ("import actors.desk.api", (*OFFICE, *SCREENS)),
    ("import actors.desk.remote", (*OFFICE, *SCREENS)),
    ("import tui.app", OFFICE),
    ("import actors.office", (*SCREENS, "imapclient", "aiosmtplib", "aiosmtpd", "dns")),
    ("import store.model, store.mime, store.rules, store.vault", (*SCREENS, "pykka", "providers")),
    ("import store.mime.worker", (*SCREENS, "pykka", "apsw", "providers", "cryptography")),
]


@pytest.mark.parametrize(("statement", "unwanted"), LOADS_NONE_OF, ids=[row[0] for row in LOADS_NONE_OF])
def test_an_import_loads_only_what_it_needs(statement: str, unwanted: tuple[str, ...]) -> None:
    loaded = loaded_by(statement)
    assert sorted(name for name in loaded if below(name, *unwanted)) == []


def test_the_version_is_said_without_screens_or_office() -> None:
    statement = """
import tui.cli
sys.argv = ["postroom", "--version"]
try:
    code = tui.cli.main()
except SystemExit as end:
    code = end.code
assert not code, code
"""
    assert sorted(name for name in loaded_by(statement) if below(name, *OFFICE, *SCREENS)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_this_project_s(package: str) -> None:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin) == ROOT / package / "__init__.py"
