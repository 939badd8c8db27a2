"""What fifty thousand contacts and five thousand clients cost, counted in steps of SQLite's machine and rows read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from actors.desk.reading import Readers, VaultReader
from store.model.people import NewPerson
from store.rules.importing import cleaned
from tests.support.copies import NOW, DeskRig, Letter
from tests.support.hands import Hands

FEW, MANY = 500, 50_000


class Steps:
    """Steps of SQLite's machine, and rows that it went through without an index, on one connection."""

    def __init__(self, rig: DeskRig) -> None:
        self._connection = rig.vault.database.connection
        self.steps = self.scanned = 0

    def of(self, work: Callable[[], object]) -> tuple[int, int]:
        self.steps = self.scanned = 0
        self._connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, self._ran)
        try:
            work()
        finally:
            self._connection.trace_v2(0, None)
        return self.steps, self.scanned

    def _ran(self, told: dict[str, Any]) -> None:
        status = told["stmt_status"]
        self.steps += status["SQLITE_STMTSTATUS_VM_STEP"]
        self.scanned += status["SQLITE_STMTSTATUS_FULLSCAN_STEP"]


def firm(path: Path, contacts: int) -> DeskRig:
    """So many contacts of a tenth as many clients, each client with a domain, and one client whose mail comes."""
    rig = DeskRig(path)
    rig.client("Acme", "ana@client.example")
    clients = contacts // 10
    people = (
        NewPerson(line=n, name=f"Person {n}", addresses=(f"p{n}@c{n % 997}.example",), clients=(f"C {n % clients}",))
        for n in range(contacts)
    )
    told = Hands(rig).ask(rig.owner, "import_people", people=cleaned(people))
    assert (told.made, told.clients) == (contacts, clients)
    with rig.writer.turn():
        for n, client in enumerate(rig.vault.firm.clients()):
            rig.vault.clients.set_domain(client, f"d{n}.example", on=True)
    return rig.reopen()


def letters() -> list[Letter]:
    """Of a client, of strangers, and of known people of other clients; half of them answers."""
    senders = ("ana@client.example", "helper@nowhere.example", "p1@c1.example", "x@d3.example")
    return [
        Letter(
            id=f"m{n}@x", sender=senders[n % 4], to=("clara@firm.example",), at=NOW - 9_000 + n,
            answers=(f"m{n - 4}@x",) if n >= 4 and n % 2 else (),
        )
        for n in range(40)
    ]  # fmt: skip


def costs(path: Path, contacts: int) -> tuple[tuple[int, int], dict[str, int]]:
    """(steps, rows scanned) of settling these mails, and the rows read for each look at a page that is known."""
    rig = firm(path, contacts)
    folder = rig.folder(rig.mailbox("clara@firm.example"))
    mails = [letter.seen(n) for n, letter in enumerate(letters(), 1)]
    settling = Steps(rig).of(lambda: folder.deposit(*mails))
    assert rig.filings("m0@x")
    assert rig.filings("m3@x")
    readers, connection = Readers(), rig.vault.reader()

    def reader() -> VaultReader:
        return readers.reader(connection, rig.owner, NOW)

    looks: dict[str, Callable[[], object]] = {
        "contacts": lambda: reader().contact_page("", None, offset=200, limit=200),
        "contacts looked for": lambda: reader().contact_page("person 49", None, offset=0, limit=200),
        "clients": lambda: reader().client_page("", offset=20, limit=20),
        "clients looked for": lambda: reader().client_page("c 4", offset=0, limit=200),
        "contact": lambda: reader().contact("p77@c77.example"),
    }
    rows = {}
    for name, look in looks.items():
        look()  # the first one works it out
        before = connection.rows_read
        look()
        rows[name] = connection.rows_read - before
    connection.close()
    rig.close()
    return settling, rows


def test_settling_costs_the_same_with_fifty_thousand_addresses_and_a_window_its_rows(tmp_path: Path) -> None:
    (few, few_scanned), _ = costs(tmp_path / "few.db", FEW)
    (many, many_scanned), rows = costs(tmp_path / "many.db", MANY)
    assert few > 5_000, "the steps were counted"
    assert many <= few * 1.02, (few, many)
    assert many_scanned <= few_scanned * 1.02, (few_scanned, many_scanned)
    assert max(rows.values()) < 1_500, rows
