"""A fresh home: the owner is the login's full name, the firm is named after it, unless whoever starts it names them."""

from typing import Final

from store.model.firm import MemberRole, Right
from store.vault.vault import Vault

LONGEST_NAME: Final = 200


def found(vault: Vault, *, owner: str, firm: str | None = None, now: int) -> None:
    """Make the owner where there is nobody yet."""
    with vault.transaction():
        if vault.firm.members():
            return
        name = _on_one_line(owner) or "Owner"
        vault.meta.put("firm", _on_one_line(firm or "") or name)
        vault.meta.put("generation", 1)
        vault.firm.add_member(name, role=MemberRole.OWNER, rights=tuple(Right), user=None, uid=None, at=now)


def _on_one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_NAME]
