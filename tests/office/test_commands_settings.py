"""Settings at the desk: in their file before anybody is told, each member's own, journalled without what was set."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from actors.desk.commands.settings import MOST
from store.model.errors import BadRequest, Conflict
from store.model.ids import MemberKey
from store.rules.settings import with_defaults
from store.vault.collections import SETTINGS, file_of
from store.vault.settings import own_settings
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

ASKS = Letter(id="asks@x", at=NOW - 900)


@dataclass
class Firm:
    """Clara and Max, of whom Clara has a mailbox."""

    rig: DeskRig
    hands: Hands
    clara: MemberKey
    max: MemberKey
    inbox: FolderRig

    def settings(self, member: MemberKey) -> dict[str, str]:
        return with_defaults(own_settings(self.rig.vault.collections.all, member))


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme = rig.client("Acme", "ana@client.example")
    clara, max_ = rig.member("Clara", acme), rig.member("Max", acme)
    box = rig.mailbox("clara@firm.example", clara)
    inbox = rig.folder(box)
    rig.folder(box, "Archive", use="archive")
    yield Firm(rig, Hands(rig), clara, max_, inbox)
    rig.close()


def test_it_is_in_its_file_and_only_the_member_s(firm: Firm) -> None:
    firm.hands.do(firm.clara, "set_setting", key="theme", value="dark")
    lies = json.loads(file_of(firm.rig.vault.path, SETTINGS).read_bytes())["tables"]["documents"].values()
    assert [one["value"] for one in lies] == ["dark"]
    assert firm.rig.rows("SELECT * FROM pending_documents") == []
    assert (firm.settings(firm.clara)["theme"], firm.settings(firm.max)["theme"]) == ("dark", "auto")
    told = firm.rig.rows("SELECT kind, member FROM announcements ORDER BY seq DESC LIMIT 1")
    assert told == [("settings_changed", firm.clara)]
    journalled = firm.rig.rows("SELECT member, action, object FROM journal ORDER BY seq DESC LIMIT 1")
    assert journalled == [(firm.clara, "set_setting", "setting theme")]


def test_another_member_acting_for_them_sets_theirs(firm: Firm) -> None:
    firm.hands.ask(firm.max, "set_setting", as_=firm.clara, key="hold", value="5")
    assert (firm.settings(firm.clara)["hold"], firm.settings(firm.max)["hold"]) == ("5", "10")


def test_what_was_set_again_since_is_not_undone(firm: Firm) -> None:
    firm.hands.do(firm.clara, "set_setting", key="hold", value="5")
    with firm.rig.vault.transaction():
        firm.rig.vault.collections.put(SETTINGS, f"{firm.clara}/hold", "6")
    assert isinstance(firm.hands.ask(firm.clara, "undo"), Conflict)
    assert firm.settings(firm.clara)["hold"] == "6"


def test_nobody_can_fill_the_disk_with_keys(firm: Firm) -> None:
    names = [f"keys.{'a' * (1 + n // 26)}{chr(97 + n % 26)}" for n in range(MOST)]
    for name in names:
        firm.hands.do(firm.clara, "set_setting", key=name, value="j")
    assert firm.hands.refused(BadRequest, firm.clara, "set_setting", key="keys.more", value="j").code == "too_long"
    firm.hands.do(firm.clara, "set_setting", key=names[0], value="k")
    firm.hands.do(firm.max, "set_setting", key="keys.more", value="j")


@pytest.mark.parametrize("setting", ["on", "off", None])
def test_done_archives_unless_it_is_set_otherwise(firm: Firm, setting: str | None) -> None:
    """[T2b]: the default moves one's own inbox copies."""
    firm.inbox.deposit(ASKS.seen(1))
    firm.hands.ask(firm.clara, "set_setting", key="done_archives", value=setting)
    firm.hands.do(firm.clara, "done", thread=firm.hands.thread("asks@x"))
    assert firm.hands.thread_state("asks@x") == "done"
    moves = [change for change in firm.hands.given(firm.inbox.mailbox) if change.target_folder or change.target_use]
    assert len(moves) == (0 if setting == "off" else 1)
