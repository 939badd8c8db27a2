"""The base of all records: frozen, keyword-only, without a dictionary; the same class on the wire, in tests and in the vault."""

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False, omit_defaults=False):
    """Unknown fields are ignored, so that a newer office can add some."""
