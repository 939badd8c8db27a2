"""A fresh home: the owner is the login's full name, and the firm is named after it until that is changed."""

from typing import Final

from store.model.firm import MemberRole, Right
from store.vault.vault import Vault

LONGEST_NAME: Final = 200


def found(vault: Vault, *, owner: str, now: int) -> None:
    """Make the owner where there is nobody yet."""
    with vault.transaction():
        if vault.firm.members():
            return
        name = " ".join("".join(c if c.isprintable() else " " for c in owner).split())[:LONGEST_NAME] or "Owner"
        vault.meta.put("firm", name)
        vault.meta.put("generation", 1)
        vault.firm.add_member(name, role=MemberRole.OWNER, rights=tuple(Right), user=None, uid=None, at=now)
