"""The base of all records: frozen, keyword-only, without a dictionary; the same class on the wire, in tests and in the vault."""

import msgspec


class Record(msgspec.Struct, frozen=True):
    """Unknown fields are ignored, so that a newer office can add some. Subclasses say `kw_only=True`: msgspec does not inherit it."""
