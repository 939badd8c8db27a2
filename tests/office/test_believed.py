"""Which server a mailbox could believe about senders is counted as its mail comes, and then proposed ([C9])."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from actors.desk.reading import Readers
from store.model.ids import MailboxKey, MemberKey
from store.rules.authserv import LEAST, proposed
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

TOM = "tom@firm.example"
SERVER = "mx.host.example"


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    tom: MemberKey
    box: MailboxKey
    inbox: FolderRig

    def comes(self, first: int, *, count: int, server: str, sender: str = "ana@client.example") -> None:
        for uid in range(first, first + count):
            seen = Letter(id=f"m{uid}@x", sender=sender, to=(TOM,), at=NOW - uid).seen(uid, whole=False)
            assert seen.evidence is not None
            said = msgspec.structs.replace(seen.evidence, server=server)
            self.inbox.deposit(msgspec.structs.replace(seen, evidence=said))

    def proposal(self) -> str | None:
        return proposed(self.rig.vault.authserv.of(self.box))


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    tom = rig.member("Tom")
    box = rig.mailbox(TOM, tom)
    yield Firm(rig, Hands(rig), tom, box, rig.folder(box))
    rig.close()


def test_most_of_its_mail_proposes_a_server(firm: Firm) -> None:
    firm.comes(1, count=LEAST - 1, server=SERVER)
    assert firm.proposal() is None
    firm.comes(LEAST, count=1, server=SERVER)
    assert firm.proposal() == SERVER


def test_its_members_are_shown_it_until_they_say_whom_to_believe(firm: Firm) -> None:
    firm.comes(1, count=LEAST, server=SERVER)

    def shown() -> list[str | None]:
        reader = Readers().reader(firm.rig.vault.database, firm.tom, NOW)
        return [view.authserv_proposed for view in reader.mailboxes()]

    assert shown() == [SERVER]
    firm.hands.do(firm.tom, "set_mailbox", address=TOM, authserv_id=SERVER)
    assert shown() == [None]


def test_a_copy_counts_once_and_what_a_member_writes_not_at_all(firm: Firm) -> None:
    firm.comes(1, count=3, server=SERVER)
    firm.comes(1, count=3, server=SERVER)
    firm.comes(20, count=5, server="laptop", sender=TOM)
    assert firm.rig.vault.authserv.of(firm.box) == {SERVER: 3}


def test_nothing_is_counted_where_somebody_is_believed(firm: Firm) -> None:
    firm.hands.do(firm.tom, "set_mailbox", address=TOM, authserv_id=SERVER)
    firm.comes(1, count=3, server="other.example")
    assert firm.rig.vault.authserv.of(firm.box) == {}


def test_a_stopped_mailbox_leaves_nothing(firm: Firm) -> None:
    firm.comes(1, count=3, server=SERVER)
    firm.hands.do(firm.tom, "stop_mailbox", address=TOM)
    assert firm.rig.vault.authserv.of(firm.box) == {}
