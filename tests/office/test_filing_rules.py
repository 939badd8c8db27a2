"""Rules for filing ([C2] 5) through the desk: what they file, whom they reach, and how they are taken back."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from actors.desk.reading import Readers
from store.model.errors import NotAllowed, NotFound
from store.model.filing import Reason
from store.model.filing_rules import Conditions, RuleTrial
from store.model.firm import Right
from store.model.ids import ClientKey, MailboxKey, MemberKey
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

TOM, EVA = "tom@firm.example", "eva@firm.example"
BILLS = Conditions(subject=("invoice",))


@dataclass
class Firm:
    """Tom and Eva have a mailbox each; Acme has a contact, Olmo none."""

    rig: DeskRig
    hands: Hands
    acme: ClientKey
    olmo: ClientKey
    tom: MemberKey
    eva: MemberKey
    boxes: dict[MemberKey, MailboxKey]
    inboxes: dict[MemberKey, FolderRig]
    uid: int = 0

    def comes(self, to: MemberKey, letter: Letter) -> dict[int, Reason]:
        self.uid += 1
        self.inboxes[to].deposit(letter.seen(self.uid))
        return self.filed(letter)

    def filed(self, letter: Letter) -> dict[int, Reason]:
        return self.rig.filings(letter.id or "")

    def rule(self, maker: MemberKey, name: str, conditions: Conditions, client: str = "Olmo", **more: object) -> int:
        done = self.hands.do(maker, "add_rule", name=name, client=client, conditions=conditions, **more)
        self.settled()
        return done.affected

    def settled(self) -> None:
        while self.rig.writer.settle_past():
            pass

    def tried(self, member: MemberKey, conditions: Conditions) -> RuleTrial:
        return Readers().reader(self.rig.vault.database, member, NOW).try_rule(conditions, "Olmo", limit=10)

    def hits(self, member: MemberKey) -> dict[str, int]:
        reader = Readers().reader(self.rig.vault.database, member, NOW)
        return {rule.name: rule.hits for rule in reader.rules()}

    def last(self, member: MemberKey, name: str) -> int | None:
        reader = Readers().reader(self.rig.vault.database, member, NOW)
        return next(rule.last for rule in reader.rules() if rule.name == name)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    acme, olmo = rig.client("Acme", "ana@client.example"), rig.client("Olmo")
    tom, eva = (rig.member(name, acme, olmo, rights=(Right.MANAGE_CLIENTS,)) for name in ("Tom", "Eva"))
    boxes = {tom: rig.mailbox(TOM, tom), eva: rig.mailbox(EVA, eva)}
    inboxes = {member: rig.folder(box) for member, box in boxes.items()}
    yield Firm(rig, Hands(rig), acme, olmo, tom, eva, boxes, inboxes)
    rig.close()


def stranger(id_: str, **more: object) -> Letter:
    return Letter(id=id_, sender="shop@shop.example", to=(TOM,), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("conditions", "letter"),
    [
        (BILLS, stranger("m@x", subject="Your INVOICE of May")),
        (Conditions(subject=("fáctura",)), stranger("m@x", subject="Factura 7")),
        (Conditions(senders=("shop@shop.example",)), stranger("m@x")),
        (Conditions(recipients=(TOM,)), stranger("m@x")),
        (Conditions(domains=("shop.example",)), stranger("m@x")),
        (Conditions(lists=("news.shop.example",)), stranger("m@x", list_id="News <news.shop.example>")),
        (Conditions(attachments=("*.pdf",)), stranger("m@x", files=("Bill.PDF",))),
        (Conditions(attachments=("bill",)), stranger("m@x", files=("Bill.PDF",))),
        (Conditions(senders=("shop@shop.example",), subject=("invoice",)), stranger("m@x", subject="invoice")),
    ],
)
def test_each_condition_files_new_mail_and_past_mail(firm: Firm, conditions: Conditions, letter: Letter) -> None:
    other = stranger("o@x", subject="Hello")
    assert firm.comes(firm.tom, letter) == {}
    assert firm.tried(firm.tom, conditions).files == 1
    assert firm.rule(firm.tom, "rule", conditions) == 1
    assert firm.filed(letter) == {firm.olmo: Reason.RULE}
    assert firm.hits(firm.tom) == {"rule": 1}
    assert firm.comes(firm.eva, other) == {}
    again = stranger("n@x", subject=letter.subject, list_id=letter.list_id, files=letter.files)
    assert firm.comes(firm.tom, again) == {firm.olmo: Reason.RULE}
    assert firm.hits(firm.tom) == {"rule": 2}


def test_a_rule_tells_when_the_newest_of_its_mail_came(firm: Firm) -> None:
    firm.rule(firm.tom, "bills", BILLS)
    assert firm.last(firm.tom, "bills") is None
    for number, before in enumerate((500, 100, 300)):
        firm.comes(firm.tom, stranger(f"m{number}@x", subject="Invoice", at=NOW - before))
    firm.comes(firm.tom, stranger("o@x", subject="Hello", at=NOW))
    assert firm.last(firm.tom, "bills") == NOW - 100


def test_all_that_is_said_must_hold(firm: Firm) -> None:
    firm.rule(firm.tom, "rule", Conditions(senders=("shop@shop.example",), subject=("invoice", "may")))
    assert firm.comes(firm.tom, stranger("a@x", subject="invoice of June")) == {}
    assert firm.comes(firm.tom, stranger("b@x", subject="May: an invoice")) == {firm.olmo: Reason.RULE}


def test_a_rule_is_weaker_than_an_address_and_says_its_name(firm: Firm) -> None:
    firm.rule(firm.tom, "bills", BILLS)
    assert firm.comes(firm.tom, Letter(id="a@x", to=(TOM,), subject="invoice")) == {firm.acme: Reason.ADDRESS}
    firm.comes(firm.tom, stranger("b@x", subject="invoice"))
    rows = firm.rig.rows("SELECT rule, maker, confidence FROM filings WHERE reason = 'rule'")
    assert rows == [("bills", firm.tom, 80)]


def test_the_first_that_is_met_decides(firm: Firm) -> None:
    letter = stranger("a@x", subject="invoice")
    firm.comes(firm.tom, letter)
    firm.rule(firm.tom, "late", BILLS)
    assert firm.filed(letter) == {firm.olmo: Reason.RULE}
    firm.rule(firm.tom, "early", BILLS, client="Acme", place=1)
    assert firm.filed(letter) == {firm.acme: Reason.RULE}
    assert firm.hits(firm.tom) == {"early": 1, "late": 0}
    firm.hands.do(firm.tom, "remove_rule", name="early")
    assert firm.filed(letter) == {firm.olmo: Reason.RULE}


def test_it_reaches_its_makers_mailboxes_alone(firm: Firm) -> None:
    hers = stranger("a@x", subject="invoice")
    firm.comes(firm.eva, hers)
    assert firm.tried(firm.tom, BILLS).looked_at == 0
    assert firm.rule(firm.tom, "rule", BILLS) == 0
    assert firm.filed(hers) == {}
    firm.comes(firm.tom, hers)
    assert firm.filed(hers) == {firm.olmo: Reason.RULE}


def test_it_is_taken_back_and_given_again(firm: Firm) -> None:
    letter = stranger("a@x", subject="invoice")
    firm.comes(firm.tom, letter)
    firm.rule(firm.tom, "rule", BILLS)
    firm.hands.do(firm.tom, "undo")
    assert (firm.filed(letter), firm.hits(firm.tom)) == ({}, {})
    firm.rule(firm.tom, "rule", BILLS)
    firm.hands.do(firm.tom, "remove_rule", name="rule")
    assert firm.filed(letter) == {}
    firm.hands.do(firm.tom, "undo")
    assert (firm.filed(letter), firm.hits(firm.tom)) == ({firm.olmo: Reason.RULE}, {"rule": 1})


def test_nobody_files_by_rule_where_they_may_not_look(firm: Firm) -> None:
    hidden = firm.rig.client("Hidden")
    refused = firm.hands.ask(firm.tom, "add_rule", name="x", client="Hidden", conditions=BILLS)
    assert isinstance(refused, (NotFound, NotAllowed))
    firm.rule(firm.tom, "rule", BILLS)
    with firm.rig.writer.turn() as turn:
        firm.rig.vault.firm.take_access(firm.tom, firm.olmo)
        firm.rig._read_anew(turn)  # noqa: SLF001 - as a change of rights does
    assert firm.comes(firm.tom, stranger("a@x", subject="invoice")) == {}
    assert firm.hits(firm.tom) == {}
    assert hidden


def test_a_dry_run_says_what_it_would_file_and_what_is_filed_already(firm: Firm) -> None:
    firm.comes(firm.tom, Letter(id="a@x", to=(TOM,), subject="invoice"))
    firm.comes(firm.tom, stranger("b@x", subject="invoice"))
    firm.comes(firm.tom, stranger("c@x", subject="hello"))
    trial = firm.tried(firm.tom, BILLS)
    assert (trial.meets, trial.files, trial.looked_at, trial.cut) == (2, 1, 3, False)
    assert [row.subject for row in trial.examples] == ["invoice"]
    assert firm.rig.rows("SELECT count(*) FROM filing_rules") == [(0,)]


def test_another_version_of_a_mail_in_a_colleagues_mailbox_is_not_looked_at(firm: Firm) -> None:
    """Both copies are one email; only hers has the file."""
    firm.rule(firm.tom, "rule", Conditions(attachments=("*.pdf",)))
    plain = Letter(id="a@x", sender="shop@shop.example", to=(TOM, EVA))
    firm.comes(firm.tom, plain)
    firm.comes(firm.eva, Letter(id="a@x", sender="shop@shop.example", to=(TOM, EVA), files=("bill.pdf",)))
    assert firm.filed(plain) == {}
    assert firm.hits(firm.tom) == {"rule": 0}
