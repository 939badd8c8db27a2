"""What commands print and how they exit, over a desk in memory: the office is not the matter here."""

import json
from pathlib import Path
from typing import Any

import pytest

from actors.desk.api import AuditResult
from store.model.ledger import AuditLine
from tests.support.fake_desk import FakeDesk
from tui.cli.run import run

INFO, OLGA = "info@firm.example", "olga@firm.example"


class Door(FakeDesk):
    """A desk that a command can leave."""

    async def close(self) -> None:
        self.left = True


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Door:
    made = Door()

    async def reached(*_: object, **__: object) -> Door:
        return made

    monkeypatch.setenv("POSTROOM_HOME", str(tmp_path))
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setattr("tui.cli.attach.reached", reached)
    return made


def line(**over: Any) -> AuditLine:  # noqa: ANN401 - fields of the record
    numbers = dict.fromkeys(("server", "store", "filed", "unfiled", "skipped", "failed", "pending"), 0)
    return AuditLine(**{"mailbox": INFO, "folder": "INBOX", "uidvalidity": 7, "skipped_by": {}, **numbers, **over})


# ---- Audit


@pytest.mark.parametrize("missing", [(), ("3",)])
def test_an_audit_shows_what_it_could_and_names_what_it_could_not(
    desk: Door, capsys: pytest.CaptureFixture[str], missing: tuple[str, ...]
) -> None:
    desk.audited = AuditResult(lines=(line(missing=missing),), failed={OLGA: "closed"})
    assert run(["audit", "--json"]) == 5
    told = capsys.readouterr()
    (row,) = map(json.loads, told.out.splitlines())
    assert (row["mailbox"], row["missing"]) == (INFO, list(missing))
    assert f"{OLGA} could not be compared: it closed the connection." in told.err


def test_an_audit_that_differs_needs_attention_only(desk: Door) -> None:
    desk.audited = AuditResult(lines=(line(),))
    assert run(["audit"]) == 0
    desk.audited = AuditResult(lines=(line(extra=("9",)),))
    assert run(["audit"]) == 1
