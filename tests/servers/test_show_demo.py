"""The demo firm by the command that a newcomer types first: it sets itself up, says what it made, leaves nothing."""

import json
from pathlib import Path

import psutil

from tests.support.cli import Cli, alive


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
