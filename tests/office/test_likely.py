"""What a person is suggested for a mail that nothing files ([C5]), by what they may see and as mail is filed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from actors.desk.reading import Readers
from store.model.evidence import Kind
from store.model.filing import Reason
from store.model.ids import MemberKey
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

TOM = "tom@firm.example"
NEW = Letter(
    id="new@x", sender="ben@olmo.example", to=(TOM,), subject="Flour delivery", text="Forty bags of rye flour."
)


@dataclass
class Firm:
    """Tom sees Olmo and Rowing, and not Hidden; Olga sees all."""

    rig: DeskRig
    hands: Hands
    tom: MemberKey
    inbox: FolderRig
    uid: int = 0

    def comes(self, *letters: Letter) -> None:
        for letter in letters:
            self.uid += 1
            self.inbox.deposit(letter.seen(self.uid))

    def suggested(self, id_: str = "new@x", *, to: MemberKey | None = None) -> list[tuple[str, Reason]]:
        word = self.rig.vault.ids.email(self.rig.email(id_))
        why = Readers().reader(self.rig.vault.database, to or self.tom, NOW).why(word)
        assert why.filings == ()
        return [(one.client.name, one.reason) for one in why.alternatives]

    def filed(self, id_: str, client: str | None) -> None:
        word = self.rig.vault.ids.email(self.rig.email(id_))
        self.hands.do(self.tom, "file", email=word, thread=None, client=client)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    olmo, rowing = rig.client("Olmo", "ana@olmo.example"), rig.client("Rowing")
    rig.client("Hidden", "zed@hidden.example")
    tom = rig.member("Tom", olmo, rowing)
    yield Firm(rig, Hands(rig), tom, rig.folder(rig.mailbox(TOM, tom)))
    rig.close()


def test_by_the_domain_of_a_contact(firm: Firm) -> None:
    firm.comes(NEW)
    assert firm.suggested() == [("Olmo", Reason.DOMAIN)]


def test_by_what_was_filed_before_until_that_is_taken_away(firm: Firm) -> None:
    firm.comes(
        Letter(id="old@x", sender="cox@row.example", to=(TOM,)), Letter(id="new@x", sender="cox@row.example", to=(TOM,))
    )
    firm.filed("old@x", "Rowing")
    assert firm.suggested() == [("Rowing", Reason.LEARNED)]
    firm.hands.do(firm.tom, "undo")
    assert firm.suggested() == []


def test_by_the_people_who_stand_in_it(firm: Firm) -> None:
    cox = "cox@gmail.com"
    firm.comes(
        Letter(id="old@x", sender="a@gmail.com", to=(TOM,), cc=(cox,), subject="Boats", text="Oars and boats."),
        Letter(id="new@x", sender="b@gmail.com", to=(TOM,), cc=(cox,), subject="Other", text="Nothing of the kind."),
    )
    firm.filed("old@x", "Rowing")
    assert firm.suggested() == [("Rowing", Reason.TOGETHER)]


def test_by_mail_that_reads_like_it(firm: Firm) -> None:
    firm.comes(
        Letter(
            id="old@x",
            sender="a@gmail.com",
            to=(TOM,),
            subject="Regatta entry",
            text="The regatta entry for the eight.",
        ),
        Letter(
            id="new@x", sender="b@gmail.com", to=(TOM,), subject="Regatta entry", text="The regatta entry for the four."
        ),
    )
    firm.filed("old@x", "Rowing")
    assert firm.suggested() == [("Rowing", Reason.LEARNED)]


@pytest.mark.parametrize("kind", [Kind.BULK, Kind.AUTOMATIC, Kind.BOUNCE])
def test_bulk_and_automatic_mail_is_never_suggested(firm: Firm, kind: Kind) -> None:
    firm.comes(Letter(id="new@x", sender="ben@olmo.example", to=(TOM,), kind=kind))
    assert firm.suggested() == []


def test_nobody_learns_of_a_client_that_is_hidden_from_them(firm: Firm) -> None:
    firm.comes(
        Letter(id="old@x", sender="zed@hidden.example", to=(TOM,), subject="Secret deal", text="The secret deal.")
    )
    firm.comes(
        Letter(id="new@x", sender="yan@hidden.example", to=(TOM,), subject="Secret deal", text="The secret deal.")
    )
    assert firm.suggested() == []


def test_a_public_provider_is_no_domain(firm: Firm) -> None:
    firm.rig.client("Gee", "g@gmail.com")
    firm.comes(Letter(id="new@x", sender="h@gmail.com", to=(TOM,), subject="Q", text="Zzz"))
    assert firm.suggested() == []
