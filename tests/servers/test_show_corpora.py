"""Three real mailboxes of one firm on a real server, as three members, outside law firms as clients.

Whose mailbox and which law firm is chosen by size and by the look of a domain, so that no name stands here.
"""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import corpora as mail_corpora
from tests.support.cli import Cli, Row, Seat, by, check_audit, set_up
from tests.support.corpus_mail import Facts, Oracle, delivered, facts_of
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.imap import OtherProgram
from tests.support.sluice import Sluice

pytestmark = [pytest.mark.corpora, pytest.mark.dovecot, pytest.mark.timeout(600)]

LAW = re.compile(r"@(?:[^@]*\.)?[a-z]*(?:law|llp|legal)[a-z]*\.[a-z]+\Z")
SEATS = [
    Seat(member=name, address=f"member{n}@firm.example", user=f"user{n}")
    for n, name in enumerate(("", "Tom", "Nora"), 1)
]
COPIES = 50


@dataclass(slots=True, kw_only=True)
class Synced:
    cli: Cli
    server: Dovecot
    seats: dict[str, Cli]
    raws: dict[str, list[tuple[str, bytes]]]  # user → (folder, mail)
    copied: list[bytes]
    clients: dict[str, tuple[str, ...]]
    oracle: Oracle

    def rows(self, user: str) -> list[Row]:
        return list(by(self.seats[user].rows("search", timeout=120), "email").values())


def choose(corpora: Path, *, largest: bool) -> list[dict[str, list[bytes]]]:
    """Three mailboxes by their number of mails, folder by folder; a folder's name loses what IMAP would split at."""
    names = [path.name for path in (corpora / "enron").iterdir() if path.is_dir()]
    boxes = [mail_corpora.enron(corpora, name) for name in sorted(names)]
    boxes.sort(key=lambda box: sum(map(len, box.values())), reverse=largest)
    return boxes[:3]


def law_firms(raws: list[bytes]) -> dict[str, tuple[str, ...]]:
    """A client for each domain that looks like a law firm's, with every address of it as a contact's."""
    found: dict[str, set[str]] = {}
    for raw in raws:
        for address in facts_of(raw).addresses:
            if LAW.search(address) and re.fullmatch(r"[\w.+-]+@[\w.-]+", address):
                found.setdefault(address.rpartition("@")[2], set()).add(address)
    return {domain: tuple(sorted(addresses)) for domain, addresses in sorted(found.items())}


def synced(dovecot: DovecotFactory, corpora: Path, *, largest: bool, scope: str) -> Iterator[Synced]:
    server = dovecot(users=3)
    raws: dict[str, list[tuple[str, bytes]]] = {}
    for user, box in zip(server.users, choose(corpora, largest=largest), strict=True):
        raws[user] = [
            ("INBOX" if folder == "inbox" else f"Old/{folder}", raw) for folder, mails in box.items() for raw in mails
        ]
    copied = [raw for _, raw in raws["user1"]][:: max(1, len(raws["user1"]) // COPIES)][:COPIES]
    for raw in copied:
        raws["user2"].append(("Copies", delivered(raw, to=SEATS[1].address, through="mx2.firm.example")))
        raws["user1"].append(("Second", delivered(raw, to=SEATS[0].address, through="mx1.firm.example")))
    for user, placed in raws.items():
        for folder, raw in placed:
            server.deliver(user, raw, folder.replace(".", "_"))
    everything = [raw for placed in raws.values() for _, raw in placed]
    clients = law_firms(everything)
    oracle = Oracle(clients, [seat.address for seat in SEATS])
    oracle.learn(everything)
    home = short_folder()
    with Sluice(server.tls_port) as sluice, Cli(home, inside=True) as cli:
        sluice.let(0)  # nothing comes in before all members' addresses are known
        owner = set_up(cli, server, SEATS, clients, scope=scope, port=sluice.port)
        sluice.open()
        seats = {seat.user: cli.as_(seat.member or owner) for seat in SEATS}
        for seat in seats.values():
            told = seat.one("sync", "--wait", timeout=400)
            assert (told["failed"], told["offline"]) == ({}, {})
        yield Synced(cli=cli, server=server, seats=seats, raws=raws, copied=copied, clients=clients, oracle=oracle)
    shutil.rmtree(home)


@pytest.fixture(scope="module", params=[False, pytest.param(True, marks=pytest.mark.long)], ids=["small", "large"])
def firm(dovecot: DovecotFactory, corpora: Path, request: pytest.FixtureRequest) -> Iterator[Synced]:
    yield from synced(dovecot, corpora, largest=request.param, scope="whole")


@pytest.fixture(scope="module", params=[False, pytest.param(True, marks=pytest.mark.long)], ids=["small", "large"])
def thrifty(dovecot: DovecotFactory, corpora: Path, request: pytest.FixtureRequest) -> Iterator[Synced]:
    yield from synced(dovecot, corpora, largest=request.param, scope="headers")


def check_filing(firm: Synced, user: str) -> int:
    """Every mail of a client's address is filed there; nothing is filed without a reason that holds. Says how many."""
    facts = {f"<{found.message_id}>": found for found in (facts_of(raw) for _, raw in firm.raws[user])}
    filed = 0
    for row in firm.rows(user):
        if not row["sightings"]:
            continue
        known = facts[row["message_id"]]
        assert firm.oracle.by_address(known) <= set(row["clients"]), row["email"]
        for filing in row["filing"]:
            filed += 1
            check_reason(firm, known, filing)
    return filed


def check_reason(firm: Synced, known: Facts, filing: Row) -> None:
    if filing["reason"] == "address":
        assert filing["client"] in firm.oracle.by_address(known) | firm.oracle.by_hidden_address(known)
    else:
        assert filing["reason"] == "thread"
        assert filing["client"] in firm.oracle.by_thread(known)
        assert not firm.oracle.by_address(known)


def check_copies(firm: Synced) -> None:
    """Fifty mails lie in two folders of one mailbox and a folder of another: one email each."""
    one, two = ({row["message_id"]: row for row in firm.rows(user)} for user in ("user1", "user2"))
    for raw in firm.copied:
        name = f"<{facts_of(raw).message_id}>"
        assert one[name]["email"] == two[name]["email"]
        assert "Second" in [x["folder"] for x in one[name]["sightings"]]
        assert len(one[name]["sightings"]) == 2
        assert [x["folder"] for x in two[name]["sightings"]] == ["Copies"]


def test_everything_is_in_once(firm: Synced) -> None:
    for user, placed in firm.raws.items():
        assert check_audit(firm.seats[user].rows("audit", timeout=120)) == len(placed)
        own = [row for row in firm.rows(user) if row["sightings"]]
        assert Counter(row["message_id"] for row in own) == dict.fromkeys(
            {f"<{facts_of(raw).message_id}>" for _, raw in placed}, 1
        )
        assert sum(len(row["sightings"]) for row in own) == len(placed)
        assert all(row["whole"] for row in own)
    check_copies(firm)


def test_every_filing_has_a_reason_that_holds(firm: Synced) -> None:
    assert sum(check_filing(firm, user) for user in firm.raws) > 10


def test_why_says_the_same_and_names_the_address(firm: Synced) -> None:
    for row in firm.rows("user1"):
        if row["filing"]:
            (why,) = firm.cli.rows("why", row["email"])
            assert [(x["client"], x["reason"]) for x in why["filings"]] == [
                (x["client"], x["reason"]) for x in row["filing"]
            ]
            assert all(x["address"] in firm.clients[x["client"]] for x in why["filings"] if x["reason"] == "address")


def test_nothing_is_marked_as_read(firm: Synced) -> None:
    for user in firm.raws:
        with OtherProgram(firm.server, user) as other:
            assert {flags for folder in other.everything().values() for flags in folder.values()} <= {frozenset()}


def test_in_headers_the_filed_are_whole_and_no_other(thrifty: Synced) -> None:
    assert sum(check_filing(thrifty, user) for user in thrifty.raws) > 10
    for user in thrifty.raws:
        check_audit(thrifty.seats[user].rows("audit", timeout=120))
        own = [row for row in thrifty.rows(user) if row["sightings"]]
        assert {row["email"] for row in own if row["whole"]} == {row["email"] for row in own if row["clients"]}
    check_copies(thrifty)
