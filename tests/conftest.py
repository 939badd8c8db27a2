"""What every test gets: an empty home, no actor left over, and closing lines that count what was skipped.

Must not import anything of the office: a test decides what it loads.
"""

import itertools
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests.support import corpora as mail_corpora
from tests.support.courier import Courier, CourierFactory, courier_installed
from tests.support.cyrus import Cyrus, CyrusFactory, cyrus_installed
from tests.support.dovecot import Dovecot, DovecotFactory, dovecot_installed
from tests.support.home import empty_home, short_folder
from tests.support.private_server import SPECIAL

if TYPE_CHECKING:
    from tests.support.openid import OpenId

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

hypothesis.settings.register_profile("desk", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if IN_CI else "desk")


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    top = tmp_path_factory.mktemp("homes")
    return (top / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def home(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of this test's own; nothing of the developer's is seen, in this process or its children."""
    return empty_home(next(_homes), monkeypatch)


@pytest.fixture(autouse=True)
def _no_actor_outlives_its_test() -> Iterator[None]:
    """Fail a test that leaves an actor running, then stop it, so that the next test starts clean."""
    yield
    if "pykka" not in sys.modules:
        return
    import pykka

    left = [actor.actor_class.__name__ for actor in pykka.ActorRegistry.get_all()]
    pykka.ActorRegistry.stop_all(block=True, timeout=10)
    assert not left, f"these actors outlived their test: {sorted(left)}"


@pytest.fixture(scope="module")
def dovecot() -> Iterator[DovecotFactory]:
    """A factory of private Dovecots that end with the module."""
    if not dovecot_installed():
        (pytest.fail if IN_CI else pytest.skip)("Dovecot is not installed")
    started: list[Dovecot] = []

    def start(
        *,
        users: int = 1,
        shared: Mapping[str, str] | None = None,
        special: Iterable[str] = SPECIAL,
        namespaces: bool = False,
        introspection: tuple[str, Path] | None = None,
    ) -> Dovecot:
        # Not below pytest's own folder: another run closes that to other accounts, Dovecot's among them.
        top = short_folder()
        server = Dovecot(
            top, users=users, shared=shared, special=special, namespaces=namespaces, introspection=introspection
        )
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()
        shutil.rmtree(server.top, ignore_errors=True)


@pytest.fixture(scope="module")
def provider() -> "Iterator[OpenId]":
    """A provider that people sign in at; it ends with the module."""
    from tests.support.openid import OpenId

    top = short_folder()
    with OpenId(top) as made:
        yield made
    shutil.rmtree(top, ignore_errors=True)


@pytest.fixture(scope="module")
def cyrus() -> Iterator[CyrusFactory]:
    """A factory of private Cyruses that end with the module."""
    if not cyrus_installed():
        (pytest.fail if IN_CI else pytest.skip)("Cyrus is not installed")
    with ExitStack() as stack:

        def start() -> Cyrus:
            top = short_folder()
            stack.callback(shutil.rmtree, top, ignore_errors=True)
            return stack.enter_context(Cyrus(top))

        yield start


@pytest.fixture(scope="module")
def courier() -> Iterator[CourierFactory]:
    """A factory of private Couriers that end with the module; for `make test-long`, where it stands unpacked."""
    if not courier_installed():
        pytest.skip("Courier is not installed")
    with ExitStack() as stack:

        def start() -> Courier:
            top = short_folder()
            stack.callback(shutil.rmtree, top, ignore_errors=True)
            return stack.enter_context(Courier(top))

        yield start


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of mail corpora at $POSTROOM_CORPORA; without it the test is skipped, and counted."""
    top = mail_corpora.folder()
    if top is None:
        pytest.skip("no mail corpora at $POSTROOM_CORPORA")
    return top


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what was skipped by its reason, straight above the closing line."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    told = [f"{count} × {reason}" for reason, count in reasons.most_common()]
    if left_out := len(terminalreporter.stats.get("deselected", [])):
        told.append(f"{left_out} × left out by the choice of marks (`make test-long` runs the long ones)")
    terminalreporter.write_line(f"skipped: {'; '.join(told) or 'nothing'}")


def _reason(report: Any) -> str:  # noqa: ANN401 - a report of pytest's, collected or run
    longrepr = report.longrepr
    words = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return words.removeprefix("Skipped: ")
