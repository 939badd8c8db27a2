"""Which acts of the journal a client's *Activity* tells to who may see the client ([C6]), and what of an entry. Pure.

Invariant: what is a member's own (read, starred, snoozed, notices, settings) is never told to others, and of what an
act was about only that remains which concerns the client and is seen.
"""

from collections.abc import Mapping, Sequence
from typing import Final

TOLD: Final = frozenset(
    {
        "file", "done", "reopen", "assign", "comment", "add_client", "client_from", "make_clients", "rename_client",
        "tag_client", "set_domain", "merge_clients", "link", "unlink", "set_email_sync", "set_notify", "set_access",
        "add_document", "save_attachment", "rename_document", "move_document", "delete_document", "put_note",
        "remove_note", "end_export", "hold_client", "import_people", "undo",
    }
)  # fmt: skip
_SILENT_UNDOS: Final = frozenset(
    {"mark", "archive", "delete", "move", "spam", "unspam", "snooze", "set", "send", "add_rule", "remove_rule"}
)
KINDS: Final = ("client", "thread", "email", "contact", "document", "note", "member")


def is_told(action: str, about: str) -> bool:
    """Whether an act is the client's matter; undo, if what it took back was."""
    if action not in TOLD:
        return False
    return action != "undo" or about.partition(":")[0].strip() not in _SILENT_UNDOS


def told_about(named: Mapping[str, Sequence[int]], seen: Mapping[str, frozenset[int]]) -> str:
    """An entry's object with what is seen of it alone; of kinds that `seen` does not name, everything."""
    words = []
    for kind in KINDS:
        keys = [key for key in named.get(kind, ()) if kind not in seen or key in seen[kind]]
        if keys:
            words.append(f"{kind} {','.join(map(str, dict.fromkeys(keys)))}")
    return " ".join(words)
