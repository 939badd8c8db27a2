"""One collection of what people set up: documents by name in a file of its own, held in memory by its one owner.

The only module that imports tinydb, whose own storage writes in place, so that a kill would lose the file. Must not be
shared: a second reader uses `read`, which sees a whole file, this one or the last.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document

from store.model.errors import Away
from store.model.record import Record
from store.vault.migrate import HomeNewer
from store.vault.whole_file import read_whole, write_whole

Value = Any  # what JSON holds
Tables = dict[str, dict[str, Any]]

TABLE: Final = "documents"
_NAME, _VALUE = "name", "value"


class _File(Record, frozen=True, kw_only=True):
    """A collection's file. `version` is this collection's own."""

    version: int
    tables: dict[str, dict[int, dict[str, Any]]]


class _Version(Record, frozen=True, kw_only=True):
    version: int


class AtomicStorage(Storage):
    """TinyDB's storage on a file that is there whole or not at all. Read once: nobody else writes it."""

    def __init__(self, path: Path, *, version: int) -> None:
        super().__init__()
        self._path = path
        self._version = version
        self._raw: bytes | None = None

    def read(self) -> Tables | None:
        """Raises Away: home_newer, setup_unreadable."""
        try:
            raw = self._raw or read_whole(self._path)
            if raw is None:
                return None
            found = msgspec.json.decode(raw, type=_Version).version
            if found > self._version:
                raise HomeNewer(found=found, known=self._version)
            tables = msgspec.json.decode(raw, type=_File).tables
        except (OSError, ValueError):
            raise Away("setup_unreadable", path=str(self._path)) from None
        self._raw = raw
        return {name: {str(key): one for key, one in table.items()} for name, table in tables.items()}

    def write(self, data: Tables) -> None:
        """Raises OSError, and then the file is as it was."""
        raw = msgspec.json.encode({"version": self._version, "tables": data})
        raw = msgspec.json.format(raw, indent=1) + b"\n"
        write_whole(self._path, raw)
        self._raw = raw


class Collection:
    """Documents by name. What could not be written never was."""

    def __init__(self, path: Path, *, version: int) -> None:
        storage = AtomicStorage(path, version=version)
        self._table = TinyDB(storage=lambda: storage).table(TABLE)
        self._held: dict[str, Document] = {}
        for document in self._table:
            if _is_named(document):
                self._held[document[_NAME]] = document

    def get(self, name: str) -> Value:
        """The document of this name, None if there is none."""
        held = self._held.get(name)
        return None if held is None else held[_VALUE]

    def all(self) -> dict[str, Value]:
        """Every document by its name."""
        return {name: held[_VALUE] for name, held in self._held.items()}

    def put(self, name: str, value: Value) -> None:
        """Keep it under its name; None takes it out. What is so already is not written. Raises OSError."""
        held = self._held.get(name)
        if value is None:
            if held is not None:
                self._table.remove(doc_ids=[held.doc_id])
                del self._held[name]
        elif held is None:
            key = self._table.insert({_NAME: name, _VALUE: value})
            self._held[name] = Document({_NAME: name, _VALUE: value}, key)
        elif held[_VALUE] != value:
            self._table.update({_VALUE: value}, doc_ids=[held.doc_id])
            self._held[name] = Document({_NAME: name, _VALUE: value}, held.doc_id)


def read(path: Path, *, version: int) -> dict[str, Value]:
    """All documents of a file by name, beside its owner. Raises Away, as AtomicStorage does."""
    tables = AtomicStorage(path, version=version).read() or {}
    return {one[_NAME]: one[_VALUE] for one in tables.get(TABLE, {}).values() if _is_named(one)}


def _is_named(document: object) -> bool:
    """A file can be written by hand; what makes no sense there is nobody's."""
    return isinstance(document, Mapping) and isinstance(document.get(_NAME), str) and _VALUE in document
