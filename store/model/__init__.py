"""The records that everything else speaks in: frozen, keyword-only, checked on the way in. Only stdlib and msgspec."""
