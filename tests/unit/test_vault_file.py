"""The vault's file: its versions and the way back, who may read it, all or nothing, and ids that tell nothing."""

import os
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.errors import NotFound
from store.model.ids import EmailKey, ThreadKey
from store.vault.database import Database, SqlError
from store.vault.ids import Ids
from store.vault.migrate import HomeNewer, Migration, NotOurs, migrations
from store.vault.vault import Vault

BEFORE = Migration(version=1, sql="CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;")
GROWN = Migration(version=2, sql="CREATE TABLE more (a INTEGER) STRICT; INSERT INTO more VALUES (1), (2);")
BROKEN = Migration(version=2, sql="CREATE TABLE more (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1);")


def schema(path: Path) -> list[tuple[object, ...]]:
    database = Database(path, read_only=True)
    try:
        return database.rows("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
    finally:
        database.close()


def open_bare(path: Path, *steps: Migration) -> Database:
    """A file of a made-up version."""
    from store.vault.migrate import migrate

    database = Database(path)
    migrate(database, path, steps)
    return database


def test_a_file_of_an_older_version_ends_as_a_fresh_one(tmp_path: Path) -> None:
    old, fresh = tmp_path / "old", tmp_path / "fresh"
    database = open_bare(old, BEFORE)
    database.run("INSERT INTO meta VALUES ('firm', 'Acme')")
    database.close()
    open_bare(old, BEFORE, GROWN).close()
    open_bare(fresh, BEFORE, GROWN).close()
    assert schema(old) == schema(fresh)
    grown = Database(old)
    assert grown.value("PRAGMA user_version") == 2
    assert grown.value("SELECT value FROM meta") == "Acme"
    grown.close()
    way_back = Database(tmp_path / "old.before-2")
    assert way_back.value("PRAGMA user_version") == 1
    assert way_back.value("SELECT value FROM meta") == "Acme"
    way_back.close()


def test_every_released_version_is_one_step_from_the_last() -> None:
    assert [step.version for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "vault"
    open_bare(path, BEFORE).close()
    before = schema(path)
    with pytest.raises(SqlError):
        open_bare(path, BEFORE, BROKEN)
    assert schema(path) == before
    database = Database(path)
    assert database.value("PRAGMA user_version") == 1
    database.close()


def test_a_newer_file_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "vault"
    Vault.open(path).close()
    database = Database(path)
    database.run("PRAGMA user_version=99")
    database.close()
    before = path.read_bytes()
    with pytest.raises(HomeNewer) as refused:
        Vault.open(path)
    assert (refused.value.exit_code, refused.value.code) == (5, "home_newer")
    assert path.read_bytes() == before


def test_another_program_s_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vault"
    database = Database(path)
    database.connection.execute("CREATE TABLE theirs (a)")
    database.close()
    with pytest.raises(NotOurs):
        Vault.open(path)


def test_nobody_else_may_read_it_and_no_link_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "vault"
    Vault.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises((SqlError, OSError)):
        Vault.open(link)


def test_it_is_written_through_and_erases_what_it_deletes(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "vault")
    told = [vault.database.value(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "secure_delete")]
    assert told == ["wal", 2, 1]
    assert vault.database.value("SELECT v FROM fts_config WHERE k = 'secure-delete'") == 1
    vault.close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "vault")
    reader = vault.reader()
    with pytest.raises(SqlError):
        reader.run("DELETE FROM meta")
    reader.close()
    vault.close()


def test_what_a_failed_transaction_did_never_was(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "vault")

    def fails() -> None:
        with vault.transaction():
            vault.addresses.key("ana@client.example")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert vault.addresses.find(("ana@client.example",)) == {}
    with vault.transaction():
        key = vault.addresses.key("ana@client.example")
    assert vault.addresses.texts((key,)) == {key: "ana@client.example"}
    vault.close()


# ---- Opaque ids (Z5)

KEYS = st.integers(0, 2**63 - 1)
IDS = Ids(b"secret of this firm".ljust(32))


@given(KEYS)
def test_an_id_leads_back_to_its_key_and_tells_nothing_of_it(key: int) -> None:
    word = IDS.email(EmailKey(key))
    assert IDS.email_key(word) == key
    assert key < 1_000_000 or str(key) not in word  # few digits stand in some words by chance
    assert word != IDS.email(EmailKey(key ^ 1))
    assert IDS.thread(ThreadKey(key))[1:] != word[1:]


@given(
    st.one_of(
        st.text(max_size=16), st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=13, max_size=13).map("e".__add__)
    )
)
def test_a_word_of_somebody_else_s_is_not_found_or_stands_for_one_key(word: str) -> None:
    try:
        key = IDS.email_key(word)
    except NotFound:
        return
    assert IDS.email(key) == word


def test_an_id_of_another_kind_or_firm_is_not_found() -> None:
    word = IDS.email(EmailKey(77))
    with pytest.raises(NotFound):
        IDS.thread_key(word)
    other = Ids(b"another firm's secret".ljust(32))
    with suppress(NotFound):
        assert other.email_key(word) != 77


# ---- kill -9

WRITER = """
import sys
from pathlib import Path
from tests.support.copies import DeskRig, Letter, NOW

rig = DeskRig(Path(sys.argv[1]))
if not rig.rows("SELECT 1 FROM mailboxes"):
    rig.client("Acme", "ana@client.example")
    rig.folder(rig.mailbox("clara@firm.example"))
from tests.support.copies import FolderRig
folder = FolderRig(rig, 1, 1)
folder.open()
letters = [
    Letter(id=f"m{n}@x", text=f"text {n} " * 50, at=NOW - 50_000 + n, answers=(f"m{n - 3}@x",)) for n in range(400)
]
print("ready", flush=True)
while True:
    for start in range(0, 400, 20):
        seen = [letter.seen(start + n + 1) for n, letter in enumerate(letters[start : start + 20])]
        folder.deposit(*seen, pending="1:400")
        print(start, flush=True)
    folder.open()
    folder.deposit(gone="1:400")
    folder.open()
    folder.deposit(flags=tuple((n, ("\\\\Seen",)) for n in range(1, 401)))
"""


@pytest.mark.parametrize("lines", [1, 2, 5, 14, 22, 23, 30])
def test_a_kill_between_any_two_steps_leaves_a_sound_vault(tmp_path: Path, lines: int) -> None:
    """Killed after so many deposits, in the middle of what comes next."""
    from tests.support.copies import DeskRig
    from tests.support.desk_state import check

    path = tmp_path / "vault"
    for _ in range(2):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], env=dict(os.environ)
        ) as child:
            assert child.stdout is not None
            for _line in range(lines):
                assert child.stdout.readline(), "the writer ended by itself"
            child.send_signal(signal.SIGKILL)
    rig = DeskRig(path)
    check(rig.vault)
    assert rig.rows("SELECT count(*) FROM emails") == rig.rows("SELECT count(DISTINCT message_id) FROM emails")
    rig.close()
