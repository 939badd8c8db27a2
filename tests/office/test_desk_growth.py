"""What a long thread and a large firm cost, counted in rows read and emails settled, never in seconds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from actors.desk import settling
from store.model.mailbox import MailboxScope
from store.rules.facts import Facts
from store.rules.filing import Decided, decide
from tests.support.copies import NOW, DeskRig, Letter
from tests.support.desk_state import check

BATCH = 25


def thread_of(count: int) -> list[Letter]:
    """A thread in which each answers the one before, with References of up to 20 ids; half from a client."""
    return [
        Letter(
            id=f"m{n}@x",
            sender="ana@client.example" if n % 2 else "helper@nowhere.example",
            to=("clara@firm.example",),
            text=f"text {n}",
            at=NOW - 1_000_000 + n * 60,
            answers=tuple(f"m{k}@x" for k in range(max(0, n - 20), n)),
        )
        for n in range(count)
    ]


def cost(path: Path, count: int, *, newest_first: bool, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """(rows read, emails decided) for a thread of so many."""
    decided = [0]
    really = decide

    def counted(facts: Facts) -> Decided:
        decided[0] += 1
        return really(facts)

    rig = DeskRig(path)
    rig.client("Acme", "ana@client.example")
    folder = rig.folder(rig.mailbox("clara@firm.example", scope=MailboxScope.WHOLE))
    with monkeypatch.context() as patched:
        patched.setattr(settling, "decide", counted)
        letters = [letter.seen(n) for n, letter in enumerate(thread_of(count), 1)]
        if newest_first:
            letters.reverse()
        before = rig.vault.database.rows_read
        for start in range(0, count, BATCH):
            folder.deposit(*letters[start : start + BATCH])
        read = rig.vault.database.rows_read - before
    assert rig.rows("SELECT count, state FROM threads") == [(count, "to_answer")]
    if count <= 500:
        check(rig.vault)
    rig.close()
    return read, decided[0]


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_long_thread_costs_in_proportion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, newest_first: bool
) -> None:
    small = cost(tmp_path / "small", 500, newest_first=newest_first, monkeypatch=monkeypatch)
    large = cost(tmp_path / "large", 2000, newest_first=newest_first, monkeypatch=monkeypatch)
    assert large[0] <= 4.4 * small[0], f"rows read: {small[0]} → {large[0]}"
    assert large[1] <= 4.4 * small[1], f"emails decided: {small[1]} → {large[1]}"


def test_many_contacts_cost_no_more_than_few(tmp_path: Path) -> None:
    def rows(path: Path, contacts: int) -> int:
        rig = DeskRig(path)
        client = rig.client("Acme", "ana@client.example")
        with rig.writer.turn():
            texts = [f"p{n}@c{n % 997}.example" for n in range(contacts)]
            keys = rig.vault.addresses.keys(texts)
            contact = rig.vault.firm.add_contact("Many", keys.values())
            rig.vault.firm.link(contact, client, on=keys.values())
        rig.reopen()
        folder = rig.folder(rig.mailbox("clara@firm.example"))
        before = rig.vault.database.rows_read
        folder.deposit(*(letter.seen(n) for n, letter in enumerate(thread_of(50), 1)))
        read = rig.vault.database.rows_read - before
        rig.close()
        return read

    assert rows(tmp_path / "few", 500) == rows(tmp_path / "many", 50_000)


@pytest.mark.parametrize(
    "order", [pytest.param(lambda n: n, id="oldest first"), pytest.param(lambda n: -n, id="newest first")]
)
def test_a_second_mailbox_s_copies_cost_in_proportion(tmp_path: Path, order: Callable[[int], int]) -> None:
    """Each second copy makes its email's time earlier, so that what counts must be looked for again."""

    def rows(path: Path, count: int) -> int:
        rig = DeskRig(path)
        clara = rig.folder(rig.mailbox("clara@firm.example"))
        tom = rig.folder(rig.mailbox("tom@firm.example", rig.member("Tom")))
        letters = sorted(enumerate(thread_of(count), 1), key=lambda one: order(one[0]))
        before = rig.vault.database.rows_read
        for uid, letter in letters:
            clara.deposit(letter.seen(uid))
            tom.deposit(letter.seen(uid, at=letter.at - 3))
        read = rig.vault.database.rows_read - before
        if count <= 50:
            check(rig.vault)
        rig.close()
        return read

    assert rows(tmp_path / "large", 200) <= 4.6 * rows(tmp_path / "small", 50)
