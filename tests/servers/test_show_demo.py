"""The demo firm by the command that a newcomer types first: it sets itself up, says what it made, leaves nothing."""

import json
import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.support.cli import POSTROOM, Cli, alive
from tests.support.home import short_folder
from tests.support.pty import Terminal


def test_the_demo_says_what_it_made_and_leaves_nothing(home: Path) -> None:
    """In an empty home, without a network but loopback."""
    before = {process.pid for process in psutil.process_iter()}
    told = Cli(home).call("demo", "--no-screen", "--json", timeout=110)
    assert told.code == 0, told
    made = json.loads(told.out)
    assert set(made) == {"members", "clients", "mailboxes", "emails", "filed", "unfiled", "threads"}
    assert (made["clients"], made["mailboxes"]) == (10, 2)
    assert made["members"] >= 2
    assert made["emails"] >= 300
    assert made["filed"] + made["unfiled"] == made["emails"]
    assert made["filed"] > made["unfiled"] > 0
    assert 0 < made["threads"] < made["emails"]
    assert list(home.iterdir()) == [], "a demo touches nothing of one's own"
    ours = [x for x in psutil.process_iter(["cmdline"]) if x.pid not in before and _is_ours(x.info["cmdline"] or [])]
    assert alive(ours, seconds=10) == []


def _is_ours(command: list[str]) -> bool:
    return any(word.startswith(("actors.", "providers.rehearsal")) for word in command) and any(
        "postroom-demo-" in word or word.startswith("providers.rehearsal") for word in command
    )


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_terminal_that_is_closed_leaves_nothing_of_the_demo(home: Path, number: signal.Signals) -> None:
    scratch = short_folder()
    env = {**Cli(home).env, "TMPDIR": str(scratch), "TERM": "xterm-256color"}
    with Terminal([*POSTROOM, "demo"], env=env, timeout=60) as terminal:
        terminal.wait_for("Clients")
        (folder,) = scratch.iterdir()
        ours = [x for x in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(x.info["cmdline"] or [])]
        assert ours
        os.kill(terminal.pid, number)
        assert terminal.wait_exit(timeout=40) == 128 + number
    assert list(scratch.iterdir()) == []
    assert alive(ours, seconds=10) == []
    scratch.rmdir()
