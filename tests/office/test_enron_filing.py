"""Filing on real mail of one firm: contacts known up to a date, then all mail after it. Every mail with a known address
is filed with exactly the clients of those addresses, and none is filed elsewhere. The oracle reads the mails with
another parser than ours, and looks addresses up in a dictionary.
"""

import email
import email.policy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.utils import getaddresses, mktime_tz, parsedate_tz
from pathlib import Path

import msgspec
import pytest

from actors.messages import SeenCopy
from store.mime.read import read_copy
from store.model.filing import Reason
from store.model.ids import ClientKey
from store.rules.evidence import evidence
from store.rules.public_domains import is_public
from tests.support.copies import DeskRig, FolderRig

pytestmark = [pytest.mark.long, pytest.mark.corpora]

OWN = "enron.com"
FIELDS = ("from", "sender", "reply-to", "to", "cc")
OWNERS = 7  # mailboxes
ADDRESS = re.compile(r"[^@\s<>()\",;:]+@[\w-]+(\.[\w-]+)+")
KNOWN_PART = 0.6  # of the mails, oldest first
BATCH = 100


@dataclass(frozen=True)
class Mail:
    raw: bytes
    at: int
    read: tuple[tuple[str, str], ...]  # field, address: as the other parser reads them
    named: tuple[tuple[str, str], ...] = ()  # of these the outside ones

    def kind(self, known: dict[str, str]) -> str:
        """By what it is to be filed: the strongest field with a known address."""
        fields = {name for name, address in self.named if address in known}
        clients = {known[address] for _, address in self.named if address in known}
        if not fields:
            return "nobody known"
        return "several clients" if len(clients) > 1 else next(name for name in FIELDS if name in fields)


@dataclass
class Desk:
    rig: DeskRig
    clients: dict[str, ClientKey] = field(default_factory=dict)
    folders: dict[str, FolderRig] = field(default_factory=dict)


def client_of(address: str) -> str:
    """By domain; who may be one of many there is a client of their own."""
    domain = address.rpartition("@")[2]
    return address if is_public(domain) or domain == OWN else domain


def read(path: Path) -> Mail | None:
    raw = path.read_bytes()
    parsed = email.message_from_bytes(raw, policy=email.policy.compat32)
    date = parsedate_tz(str(parsed["date"] or ""))
    named = [
        (name, address.strip().lower())
        for name in FIELDS
        for _, address in getaddresses([str(value) for value in parsed.get_all(name, [])])
    ]
    clean = [(name, address) for name, address in named if ADDRESS.fullmatch(address)]
    return None if date is None else Mail(raw, int(mktime_tz(date)), tuple(dict.fromkeys(clean)))


def outside(mails: list[Mail], *, everybody: bool) -> list[Mail]:
    """With those who are no members: all but the mailboxes' owners, or nobody of the company."""
    sent = Counter(address for mail in mails for name, address in mail.read if address.endswith(f"@{OWN}"))
    owners = {address for address, _ in sent.most_common(OWNERS)}
    return [
        replace(
            mail,
            named=tuple(
                (name, a) for name, a in mail.read if (a not in owners if everybody else not a.endswith(f"@{OWN}"))
            ),
        )
        for mail in mails
    ]


@pytest.fixture(scope="module")
def mails(corpora: Path) -> list[Mail]:
    found = [mail for path in sorted((corpora / "enron").rglob("*.eml")) if (mail := read(path)) is not None]
    return sorted(found, key=lambda mail: (mail.at, mail.raw))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    rig = DeskRig(tmp_path / "vault.db")
    made = Desk(rig)
    made.folders["box"] = rig.folder(rig.mailbox(f"desk@{OWN}"))
    yield made
    rig.close()


def deposit(folder: FolderRig, mails: list[Mail]) -> None:
    for start in range(0, len(mails), BATCH):
        folder.deposit(*(_seen(mail, start + n) for n, mail in enumerate(mails[start : start + BATCH], 1)))


def _seen(mail: Mail, uid: int) -> SeenCopy:
    copy = read_copy(mail.raw, uid=uid, whole=True)
    headers = msgspec.structs.replace(copy.headers, message_id=f"{uid}@test.example")
    copy = msgspec.structs.replace(copy, headers=headers, identity=uid.to_bytes(16, "big"))
    return SeenCopy(
        copy=copy,
        evidence=evidence(copy.headers, copy.body, trusted_authserv=None),
        flags=(),
        internaldate=mail.at,
        size=len(mail.raw),
        backfill=True,
    )


def learn(desk: Desk, mails: list[Mail]) -> dict[str, str]:
    """Everybody outside in these mails is a contact: address → the client's name."""
    known = {address: client_of(address) for mail in mails for _, address in mail.named}
    people: dict[str, list[str]] = {}
    for address, client in known.items():
        people.setdefault(client, []).append(address)
    for client, addresses in sorted(people.items()):
        desk.clients[client] = desk.rig.client(client, *addresses)
    return known


@pytest.mark.parametrize(("everybody", "least"), [(False, 50), (True, 900)])
def test_every_mail_with_a_known_address_is_filed_right_and_none_wrong(
    desk: Desk, mails: list[Mail], *, everybody: bool, least: int
) -> None:
    mails = outside(mails, everybody=everybody)
    cut = int(len(mails) * KNOWN_PART)
    known = learn(desk, mails[:cut])
    after = mails[cut:]
    deposit(desk.folders["box"], after)
    rows = desk.rig.rows(
        "SELECT e.message_id, f.client, f.reason FROM emails AS e LEFT JOIN filings AS f ON f.email = e.email"
    )
    filed: dict[str, set[tuple[object, object]]] = {}
    for message_id, client, reason in rows:
        filed.setdefault(str(message_id), set()).update({(client, reason)} if client is not None else set())
    assert len(filed) == len(after)
    right: Counter[str] = Counter()
    wrong: list[tuple[str, object, object]] = []
    for uid, mail in enumerate(after, 1):
        wanted = {(desk.clients[known[a]], Reason.ADDRESS) for _, a in mail.named if a in known}
        found = filed[f"{uid}@test.example"]
        if found == wanted:
            right[mail.kind(known)] += 1
        else:
            wrong.append((mail.kind(known), found, wanted))
    assert wrong == []
    assert sum(right.values()) == len(after)
    assert sum(count for kind, count in right.items() if kind != "nobody known") > least
    print(dict(right), len(known), len(desk.clients))  # noqa: T201 - the table of docs/filing.md, with -s
