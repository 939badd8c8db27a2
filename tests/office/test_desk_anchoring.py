"""The journal's head said outside: in the log every day, by mail to the owner once a week, or not at all."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.model.ids import OutboxKey
from store.model.mailbox import ServerSettings
from store.model.outbox import OutboxState
from store.rules.settings import JOURNAL_HEAD
from tests.support.copies import DeskRig
from tests.support.hands import Hands

SMTP = ServerSettings(host="smtp.firm.example", port=465, tls="ssl")
OWN = "olga@firm.example"
DAY = 86_400


@dataclass
class Firm:
    """An owner with something in the journal."""

    rig: DeskRig
    hands: Hands
    caplog: pytest.LogCaptureFixture

    def days(self, count: int) -> list[str]:
        """So many days go by; what the log says of the head."""
        self.caplog.clear()
        for _day in range(count):
            self.rig.time.advance(DAY)
            self.rig.writer.tick()
        return [one.getMessage() for one in self.caplog.records if one.name == "postroom.journal"]

    def head(self) -> str:
        _seq, digest = self.rig.vault.journal.last()
        return digest.hex()

    def mails(self) -> list[tuple[str, str, str]]:
        rows = self.rig.rows("SELECT outbox FROM outbox ORDER BY outbox")
        kept = [self.rig.vault.outbox.get(OutboxKey(int(str(row[0])))) for row in rows]
        return [(one.state, one.recipients[0].address, one.draft.text) for one in kept if one is not None]


@pytest.fixture
def firm(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    caplog.set_level(logging.INFO, logger="postroom.journal")
    hands = Hands(rig)
    hands.ask(rig.owner, "add_client", name="Acme")
    yield Firm(rig, hands, caplog)
    rig.close()


def set_to(firm: Firm, how: str) -> None:
    firm.hands.do(firm.rig.owner, "set_setting", key=JOURNAL_HEAD, value=how)


def test_it_is_in_the_log_every_day_without_a_word_of_content(firm: Firm) -> None:
    head = firm.head()
    said = firm.days(3)
    assert len(said) == 3
    assert all(line.endswith(head) for line in said)
    assert "Acme" not in "".join(said)
    assert firm.mails() == []
    firm.rig.writer.tick()
    assert len(firm.caplog.records) >= 3
    assert len([one for one in firm.caplog.records if one.name == "postroom.journal"]) == 3  # once a day


def test_off_is_off(firm: Firm) -> None:
    set_to(firm, "off")
    assert firm.days(8) == []


def test_it_is_mailed_to_the_owner_once_a_week(firm: Firm) -> None:
    firm.rig.mailbox(OWN, firm.rig.owner, smtp=SMTP)
    set_to(firm, "mail")
    head = firm.head()
    firm.days(1)
    ((state, to, text),) = firm.mails()
    assert (state, to) == (OutboxState.QUEUED, OWN)
    assert head in text
    firm.days(5)
    assert len(firm.mails()) == 1
    firm.days(2)
    assert len(firm.mails()) == 2
    assert len(firm.rig.rows("SELECT seq FROM journal WHERE action = 'anchored'")) == 2


def test_without_a_mailbox_to_send_from_the_log_has_it(firm: Firm) -> None:
    set_to(firm, "mail")
    assert len(firm.days(2)) == 2
    assert firm.mails() == []
    assert firm.rig.rows("SELECT seq FROM journal WHERE action = 'anchored'") == []
