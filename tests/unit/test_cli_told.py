"""What commands print and how they exit, over a desk in memory: the office is not the matter here."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from actors.desk.api import PROTOCOL_VERSION, AuditResult, Welcome
from store.model.ledger import AuditLine
from store.model.mailbox import SyncState
from store.model.views import FolderAudit, MailboxStatus, OfficeStatus
from tests.support.fake_desk import NOW, FakeDesk
from tui.cli.run import run

INFO, OLGA = "info@firm.example", "olga@firm.example"


class Door(FakeDesk):
    """A desk that a command can leave."""

    @property
    def greeted(self) -> Welcome:
        member = self.firm.members[0]
        return Welcome(protocol=PROTOCOL_VERSION, version="1", pid=1, firm="Firm", member=member, empty=False)

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


# ---- Status


def test_a_mailbox_whose_last_audit_missed_mail_needs_attention(
    desk: Door, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    audits = {OLGA: FolderAudit(server=9, store=7, missing=2, failed=0), INFO: None}

    async def status(**_: object) -> OfficeStatus:
        mailboxes = tuple(
            MailboxStatus(address=address, state=SyncState.SYNCED, audit=audit) for address, audit in audits.items()
        )
        return OfficeStatus(pid=1, since=NOW, version="x", firm="Owner & Co", mailboxes=mailboxes)

    monkeypatch.setattr(desk, "status", status)
    assert run(["status", "--json"]) == 1
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        f"{OLGA}: its last audit missed 2 emails. `postroom sync --wait`, then `postroom audit` again."
    ]
    assert json.loads(told.out)["mailboxes"][0]["audit"]["missing"] == 2
    audits[OLGA] = FolderAudit(server=9, store=9, missing=0, failed=1)
    assert run(["status"]) == 0


# ---- What is refused before the office hears of it


@pytest.mark.parametrize(
    "words",
    [
        ["contact", "add", "A <a@b.example\r\nRCPT TO:x>"],
        ["contact", "add", "A\x00 <a@b.example>"],
        ["client", "add", "Olmo", "--contact", "A <a@b.example\n>"],
        ["threads", "--limit", "-1"],
        ["threads", "--limit", "0"],
        ["search", "--limit", "0"],
        ["search", "--limit", "-1"],
    ],
)
def test_nonsense_is_refused_as_wrong_usage(desk: Door, words: list[str]) -> None:
    assert run(words) == 2
    assert desk.calls == []


def test_a_limit_is_kept(desk: Door, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        desk.deliver(f"From: a@b.example\r\nSubject: s{number}\r\nMessage-ID: <{number}@x>\r\n\r\nhi\r\n".encode())
    for command in ("search", "threads"):
        assert run([command, "--limit", "2", "--json"]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 2


# ---- Links

LINKS = (
    b"From: a@b.example\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
    b'<p>See <a href="https://good.example/a">here</a> and <a href="https://evil.example/x">www.bank.example</a>.\r\n'
)


def test_links_are_told_with_their_targets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(LINKS)
    assert run(["show", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "here[1]" in shown
    listed = [line.split() for line in shown.splitlines()]
    assert ["[1]", "https://good.example/a"] in listed
    assert ["[2]", "https://evil.example/x", "(leads", "elsewhere", "than", "its", "text", "says)"] in listed
    assert run(["show", str(file), "--text"]) == 0
    assert "https://good" not in capsys.readouterr().out
    assert run(["show", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == ["suspicious_link"]


def test_links_that_lead_where_they_say_warn_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(LINKS.replace(b"evil", b"www.bank").replace(b"www.bank.example/x", b"bank.example/\x1b[2Jx"))
    assert run(["show", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == []
    assert run(["show", str(file)]) == 0
    assert "\x1b" not in capsys.readouterr().out


# ---- What the caller's terminal cannot do
FOREIGN = b"From: =?utf-8?q?J=C3=B6rg?= <j@b.example>\r\nSubject: s\r\n\r\nx\r\n"


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_letter_that_the_locale_has_not_is_still_told(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(FOREIGN)
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert run(["show", str(file), *words]) == 0
    said = raw.getvalue()
    if words:
        assert json.loads(said)["from"][0]["name"] == "J\xf6rg"
    else:
        assert b"J\\xf6rg" in said


@pytest.mark.usefixtures("desk")
def test_closed_standard_streams_are_no_bug() -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("stdin", "stdout", "stderr"):
            patch.setattr(sys, name, None)
        codes = run(["comment", "t1"]), run(["client", "list"])
        for name in ("stdin", "stdout", "stderr"):
            getattr(sys, name).close()
    assert codes == (2, 0), "an empty comment, and a list that nobody reads"
