"""Brings a store's file to this version: one SQL file for each version, each in one transaction, after a verified copy.

A newer file is refused. Must not change a migration that was once released: a file of any version ends as a fresh one.
"""

import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from store.model.errors import Away
from store.model.record import Record
from store.vault.database import APPLICATION_ID, Database, copy_to


class Migration(Record, frozen=True, kw_only=True):
    """The way from the version before to this one."""

    version: int
    sql: str


class HomeNewer(Away):
    """The file was written by a newer office (exit 5)."""

    def __init__(self, *, found: int, known: int) -> None:
        super().__init__("home_newer", found=found, known=known)


class NotOurs(Away):
    """The file is some other program's."""

    def __init__(self) -> None:
        super().__init__("not_ours")


def migrations() -> tuple[Migration, ...]:
    """Those of this version, oldest first."""
    folder = resources.files("store.vault") / "migrations"
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(
        Migration(version=int(name.removesuffix(".sql")), sql=(folder / name).read_text("utf-8")) for name in files
    )


def migrate(database: Database, path: Path, steps: Sequence[Migration]) -> None:
    """Run what is missing. The copy made before lies beside the file until the next one: the way back."""
    found, known = version(database), max(step.version for step in steps)
    if found > known:
        raise HomeNewer(found=found, known=known)
    if found == known:
        return
    if not _empty(database):
        _keep_copy(database, path, found)
    for step in steps:
        if step.version > found:
            _apply(database, step)


def version(database: Database) -> int:
    """Which version a file is; an empty file is 0."""
    identity = database.value("PRAGMA application_id")
    if identity != APPLICATION_ID and not _empty(database):
        raise NotOurs
    return int(database.value("PRAGMA user_version"))


def _empty(database: Database) -> bool:
    return not database.value("SELECT count(*) FROM sqlite_schema")


def _keep_copy(database: Database, path: Path, found: int) -> None:
    target = path.with_name(f"{path.name}.before-{found + 1}")
    fresh = target.with_name(target.name + ".new")
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_WRONLY, 0o600))
    copy_to(database, fresh)
    _sync(fresh)
    fresh.rename(target)
    _sync(target.parent)


def drop_copies(path: Path) -> None:
    """What an erased client's mail said must not stay in a copy."""
    for copy in path.parent.glob(f"{path.name}.before-*"):
        copy.unlink(missing_ok=True)


def _apply(database: Database, step: Migration) -> None:
    with database.transaction():
        database.connection.execute(step.sql)
        database.run(f"PRAGMA user_version={step.version}")
        database.run(f"PRAGMA application_id={APPLICATION_ID}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
