"""What people set up and nothing else depends on: a file for each collection, beside the store.

A change is first a row (in the transaction of its act), then the file, then the row goes; what a kill leaves is done
when the vault is opened, and doing it again changes nothing. The owner is the writer's thread; others use `seen`.
"""

import logging
from pathlib import Path
from typing import Final

import msgspec

from store.vault import documents
from store.vault.database import Database
from store.vault.documents import Collection, Value

_log = logging.getLogger(__name__)

SETTINGS: Final = "settings"
KEYMAPS: Final = "keymaps"
VERSIONS: Final = {SETTINGS: 1, KEYMAPS: 1}
FOLDER: Final = "collections"

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode


def file_of(vault: Path, collection: str) -> Path:
    """Where a collection is, for a store's file."""
    return vault.parent / FOLDER / f"{collection}.json"


class Collections:
    """The owner's side. `put` belongs into a transaction, `carry_out` after it."""

    def __init__(self, path: Path, database: Database) -> None:
        self._path = path
        self._db = database
        self._open: dict[str, Collection] = {}
        self._failing = False
        self.owing = False  # rows may wait for their file

    def all(self, collection: str) -> dict[str, Value]:
        """Every document by its name."""
        return _known(self._collection(collection).all() | _promised(self._db, collection))

    def get(self, collection: str, name: str) -> Value:
        """A document as it will be once all that is promised is carried out; None: there is none."""
        return self.all(collection).get(name)

    def put(self, collection: str, name: str, value: Value) -> None:
        """Promise it, with whatever else the transaction does; None takes the document out."""
        self._db.run(
            "INSERT INTO pending_documents (collection, name, document) VALUES (?, ?, ?)",
            (collection, name, None if value is None else _pack(value)),
        )
        self.owing = True

    def check(self) -> None:
        """Look at every file. Raises Away: home_newer, setup_unreadable."""
        for collection in VERSIONS:
            self._collection(collection)

    def carry_out(self) -> bool:
        """Bring what is promised into its files; whether all of it is there. What could not be is tried again."""
        for pending, collection, name, document in self._db.rows(
            "SELECT pending, collection, name, document FROM pending_documents ORDER BY pending"
        ):
            try:
                self._collection(collection).put(name, None if document is None else _unpack(document))
            except OSError as error:
                if not self._failing:
                    _log.warning("the file of %s cannot be written: %s", collection, error.strerror)
                self.owing = self._failing = True
                return False
            with self._db.transaction():
                self._db.run("DELETE FROM pending_documents WHERE pending = ?", (pending,))
        self.owing = self._failing = False
        return True

    def _collection(self, name: str) -> Collection:
        found = self._open.get(name)
        if found is None:
            found = self._open[name] = Collection(file_of(self._path, name), version=VERSIONS[name])
        return found


def seen(database: Database, collection: str) -> dict[str, Value]:
    """Every document by its name, beside the owner. `database` is in a snapshot: a row that has gone from it by then is
    in the file.
    """
    promised = _promised(database, collection)  # read first
    found = documents.read(file_of(Path(database.connection.filename), collection), version=VERSIONS[collection])
    return _known(found | promised)


def _promised(database: Database, collection: str) -> dict[str, Value]:
    """What waits for its file; None is to be taken out."""
    rows = database.rows(
        "SELECT name, document FROM pending_documents WHERE collection = ? ORDER BY pending", (collection,)
    )
    return {name: None if document is None else _unpack(document) for name, document in rows}


def _known(found: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in found.items() if value is not None}
