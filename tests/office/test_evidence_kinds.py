"""Each kind of evidence through the desk: what comes is filed by it, also when the contact is known only later."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from actors.messages import SeenCopy
from store.model.copy import Copy
from store.model.filing import Reason
from store.model.ids import ClientKey
from store.rules.evidence import evidence
from tests.support.copies import NOW, DeskRig, FolderRig, Letter
from tests.support.hands import Hands

TOM, CLARA = "tom@firm.example", "clara@firm.example"


@dataclass
class Firm:
    rig: DeskRig
    hands: Hands
    inbox: FolderRig
    uid: int = 0

    def comes(self, letter: Letter, **body: object) -> dict[int, Reason]:
        """How it is filed; `body` is what its text says of others."""
        self.uid += 1
        seen = letter.seen(self.uid)
        self.inbox.deposit(self._with(seen, body) if body else seen)
        return self.rig.filings(letter.id or "")

    def _with(self, seen: SeenCopy, body: dict[str, object]) -> SeenCopy:
        assert isinstance(seen.copy, Copy)
        assert seen.copy.body is not None
        read = msgspec.structs.replace(seen.copy, body=msgspec.structs.replace(seen.copy.body, **body))
        found = evidence(read.headers, read.body, trusted_authserv=None)
        return msgspec.structs.replace(seen, copy=read, evidence=found)

    def links(self, address: str) -> ClientKey:
        """Somebody makes them a contact of a new client."""
        self.hands.ask(self.rig.owner, "add_client", name="Later")
        self.hands.ask(self.rig.owner, "add_contact", name="Them", addresses=(address,))
        self.hands.do(self.rig.owner, "link", address=address, client="Later")
        while self.rig.writer.settle_past():
            pass
        return ClientKey(self.rig.rows("SELECT max(client) FROM clients")[0][0])  # type: ignore[arg-type]

    def suggested(self, id_: str) -> list[tuple[object, ...]]:
        return self.rig.rows("SELECT client, reason FROM suggestions WHERE email = ?", self.rig.email(id_))


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    rig = DeskRig(tmp_path / "vault.db")
    rig.client("Acme", "ana@client.example")
    rig.client("Gee", "g.mail@gmail.com")
    tom = rig.member("Tom")
    yield Firm(rig, Hands(rig), rig.folder(rig.mailbox(TOM, tom)))
    rig.close()


@pytest.mark.parametrize(
    ("sender", "client"),
    [
        ("ana+bills@client.example", 1),
        ("ANA@CLIENT.example", 1),
        ("gmail@googlemail.com", 2),
        ("g.m.a.i.l+x@gmail.com", 2),
        ("a.na@client.example", None),
        ("ana@сlient.example", None),  # a Cyrillic c
    ],
)
def test_however_it_is_written(firm: Firm, sender: str, client: int | None) -> None:
    assert firm.comes(Letter(id="m@x", sender=sender, to=(TOM,))) == ({client: Reason.ADDRESS} if client else {})


def test_whoever_has_the_tagged_address_is_another(firm: Firm) -> None:
    other = firm.rig.client("Bills", "ana+bills@client.example")
    assert firm.comes(Letter(id="m@x", sender="ana+bills@client.example", to=(TOM,))) == {other: Reason.ADDRESS}
    assert firm.comes(Letter(id="n@x", sender="ana+other@client.example", to=(TOM,))) == {1: Reason.ADDRESS}


def test_past_mail_with_a_tag_is_filed_when_its_person_is_linked(firm: Firm) -> None:
    assert firm.comes(Letter(id="m@x", sender="zed+news@later.example", to=(TOM,))) == {}
    client = firm.links("zed@later.example")
    assert firm.rig.filings("m@x") == {client: Reason.ADDRESS}


def test_a_members_tag_is_the_members_own(firm: Firm) -> None:
    sent = Letter(id="s@x", sender="tom+desk@firm.example", to=("stranger@z.example",))
    assert firm.comes(sent) == {}
    firm.links("tom+desk@firm.example")
    assert firm.rig.filings("s@x") == {}


def test_a_bounce_goes_where_ours_went(firm: Firm) -> None:
    firm.comes(Letter(id="ours@x", sender=TOM, to=("ana@client.example",)))
    bounce = Letter(id="b@x", sender="mailer-daemon@mx.example", to=(TOM,), at=NOW - 10)
    told = {"failed": ("ana@client.example",), "returned": "ours@x", "report": True}
    assert firm.comes(bounce, **told) == {1: Reason.BOUNCE}
    forged = dataclasses.replace(bounce, id="c@x")
    assert firm.comes(forged, **{**told, "returned": "nothing@x"}) == {}


def test_a_bounce_of_mail_to_somebody_who_is_linked_later(firm: Firm) -> None:
    firm.comes(Letter(id="ours@x", sender=TOM, to=("lee@later.example",)))
    bounce = Letter(id="b@x", sender="mailer-daemon@mx.example", to=(TOM,), at=NOW - 10)
    assert firm.comes(bounce, failed=("lee@later.example",), returned="ours@x", report=True) == {}
    client = firm.links("lee@later.example")
    assert firm.rig.filings("b@x") == {client: Reason.BOUNCE}


def test_a_colleagues_forward_is_suggested_to_the_mailboxs_members(firm: Firm) -> None:
    forward = Letter(id="f@x", sender=CLARA, to=(TOM,), subject="Fwd: papers")
    assert firm.comes(forward, forwarded="ana@client.example") == {}
    assert firm.suggested("f@x") == [(1, "forwarded")]
    late = dataclasses.replace(forward, id="g@x")
    assert firm.comes(late, forwarded="zed@later.example") == {}
    client = firm.links("zed@later.example")
    assert firm.suggested("g@x") == [(client, "forwarded")]


def test_an_automatic_answer_of_a_client_is_the_clients(firm: Firm) -> None:
    seen = Letter(id="a@x", to=(TOM,)).seen(9)
    assert isinstance(seen.copy, Copy)
    headers = msgspec.structs.replace(seen.copy.headers, auto_submitted="auto-replied")
    found = evidence(headers, seen.copy.body, trusted_authserv=None)
    firm.inbox.deposit(msgspec.structs.replace(seen, evidence=found))
    assert firm.rig.filings("a@x") == {1: Reason.ADDRESS}
