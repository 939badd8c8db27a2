"""The tables of people on a real file: what is unique, what a link holds, what deciding asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.model.firm import MemberRole, Right
from store.model.ids import MemberKey
from store.model.mailbox import MailboxSettings, ServerSettings
from store.vault.database import ConstraintError
from store.vault.firm import Firm
from store.vault.reach import decided_by
from store.vault.vault import Vault

AT = 1_764_000_000


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    vault = Vault.open(tmp_path / "vault.db")
    yield vault
    vault.close()


@pytest.fixture
def firm(vault: Vault) -> Firm:
    return vault.firm


def member(firm: Firm, name: str, *, role: MemberRole = MemberRole.EMPLOYEE, uid: int | None = None) -> MemberKey:
    user = None if uid is None else f"login{uid}"
    return firm.add_member(name, role=role, rights=(Right.SEND, Right.EXPORT), user=user, uid=uid, at=AT)


def test_there_is_one_owner_and_one_member_to_a_name_and_uid(firm: Firm) -> None:
    member(firm, "Olga", role=MemberRole.OWNER, uid=1)
    with pytest.raises(ConstraintError):
        member(firm, "Other", role=MemberRole.OWNER)
    with pytest.raises(ConstraintError):
        member(firm, "OLGA")
    with pytest.raises(ConstraintError):
        member(firm, "Third", uid=1)


def test_a_member_has_access_walls_and_mailboxes(vault: Vault, firm: Firm) -> None:
    clara = member(firm, "Clara")
    acme, blum = firm.add_client("Acme", at=AT), firm.add_client("Blum", at=AT)
    assert firm.give_access(clara, blum, at=AT + 1)
    assert not firm.give_access(clara, blum, at=AT + 2)
    vault.database.run("INSERT INTO walls (member, client, since) VALUES (?, ?, ?)", (clara, acme, AT))
    imap = ServerSettings(host="imap.firm.example", port=993, tls="ssl")
    settings = MailboxSettings(address="clara@firm.example", login="clara", imap=imap)
    box = vault.mailboxes.add(settings, server_key="imap.firm.example/clara", members=(clara,), own=(), at=AT)
    kept = firm.members()[clara]
    assert (kept.access, kept.walls, kept.mailboxes) == (((blum, AT + 1),), (acme,), (box,))
    assert kept.rights == (Right.EXPORT, Right.SEND)
    assert firm.take_access(clara, blum)
    assert not firm.take_access(clara, blum)


def test_who_left_is_no_member(vault: Vault, firm: Firm) -> None:
    clara = member(firm, "Clara")
    vault.database.run("UPDATE members SET left_at = ? WHERE member = ?", (AT, clara))
    assert clara not in firm.members()


def test_a_link_has_a_switch_for_each_address(vault: Vault, firm: Firm) -> None:
    acme, blum = firm.add_client("Acme", at=AT), firm.add_client("Blum", at=AT)
    keys = vault.addresses.keys(("ana@client.example", "ana@home.example"))
    work, home = keys["ana@client.example"], keys["ana@home.example"]
    contact = firm.add_contact("Ana", keys.values())
    firm.link(contact, acme, on=(work,))
    firm.link(contact, blum, on=(work, home))
    assert firm.switches(contact, acme) == {work: True, home: False}
    assert firm.known((work, home)) == {work: (contact, (acme, blum)), home: (contact, (blum,))}
    assert firm.set_email_sync(work, blum, on=False)
    assert not firm.set_email_sync(work, blum, on=False)
    assert firm.known((work,)) == {work: (contact, (acme,))}
    firm.unlink(contact, acme)
    assert firm.known((work,)) == {work: (contact, ())}
    assert firm.clients_of(contact) == [blum]
    assert firm.switches(contact, acme) == {}


def test_an_address_is_one_contact_s(vault: Vault, firm: Firm) -> None:
    key = vault.addresses.key("ana@client.example")
    contact = firm.add_contact("Ana", (key,))
    with pytest.raises(ConstraintError):
        firm.add_contact("Other", (key,))
    assert firm.contact_of(key) == contact
    firm.remove_contact(contact)
    assert firm.contact_of(key) is None


def test_what_a_member_decided_on(vault: Vault, firm: Firm) -> None:
    clara, max_ = member(firm, "Clara"), member(firm, "Max")
    acme = firm.add_client("Acme", at=AT)
    vault.hands.add("email", email=1 << 8, maker=clara, clients=(acme,), at=AT)  # type: ignore[arg-type]
    vault.hands.add("thread", email=1 << 8, maker=clara, clients=(), at=AT)  # type: ignore[arg-type]
    vault.hands.add("always", address=5, maker=clara, clients=(acme,), at=AT)
    assert decided_by(vault.database, clara) == ([1 << 8], [5])
    assert decided_by(vault.database, max_) == ([], [])


def test_a_transaction_that_fails_leaves_no_trace(vault: Vault, firm: Firm) -> None:
    def half() -> None:
        with vault.transaction():
            firm.add_client("Acme", at=AT)
            vault.addresses.key("ana@client.example")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert firm.clients() == {}
    assert vault.addresses.find(("ana@client.example",)) == {}
