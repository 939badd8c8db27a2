"""The base of all records: frozen, keyword-only, without a dictionary; one class for wire, tests and vault."""

import msgspec


class Record(msgspec.Struct, frozen=True):
    """Unknown fields are ignored, so that a newer office can add some. Subclasses say `frozen=True, kw_only=True`:
    msgspec inherits the first only at run time, and the second not at all.
    """
