"""What a member's decisions by hand hang on: what may have to be settled again when what they may see changes (Z1)."""

from store.model.ids import EmailKey, MemberKey
from store.vault.database import Database


def decided_by(database: Database, maker: MemberKey) -> tuple[list[EmailKey], list[int]]:
    """The emails and the senders' addresses that a member decided on."""
    rows = database.rows("SELECT DISTINCT email, address FROM hand_decisions WHERE maker = ?", (maker,))
    emails = [EmailKey(email) for email, _address in rows if email is not None]
    return emails, [address for _email, address in rows if address is not None]
