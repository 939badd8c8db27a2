"""Members' settings as the collections hold them: a document for each setting of each member, keys in one of their own.

Must not judge a value.
"""

from collections.abc import Callable

from store.model.ids import MemberKey
from store.vault.collections import KEYMAPS, SETTINGS, Collections
from store.vault.documents import Value

KEYS = "keys."
FIRM = MemberKey(0)  # whose settings hold for everybody
Documents = Callable[[str], dict[str, Value]]  # of a collection, by name


def own_settings(documents: Documents, member: MemberKey) -> dict[str, str]:
    """All that a member has set, by its key."""
    start = f"{member}/"
    found = {
        name.removeprefix(start): value
        for name, value in documents(SETTINGS).items()
        if name.startswith(start) and isinstance(value, str)
    }
    for name, value in documents(KEYMAPS).items():
        if name.startswith(start) and isinstance(value, list) and all(isinstance(key, str) for key in value):
            found[KEYS + name.removeprefix(start)] = ",".join(value)
    return found


def firm_settings(documents: Documents) -> dict[str, str]:
    """All that the firm has set."""
    return own_settings(documents, FIRM)


def own_setting(collections: Collections, member: MemberKey, key: str) -> str | None:
    """What a member has set it to, None if they have not."""
    return own_settings(collections.all, member).get(key)


def put_setting(collections: Collections, member: MemberKey, key: str, value: str | None) -> None:
    """In a transaction; None takes it out."""
    if key.startswith(KEYS):
        name = f"{member}/{key.removeprefix(KEYS)}"
        collections.put(KEYMAPS, name, None if value is None else value.split(","))
    else:
        collections.put(SETTINGS, f"{member}/{key}", value)


def forget_settings(collections: Collections, member: MemberKey) -> None:
    """In a transaction: all that a member has set."""
    for collection in (SETTINGS, KEYMAPS):
        for name in collections.all(collection):
            if name.startswith(f"{member}/"):
                collections.put(collection, name, None)
