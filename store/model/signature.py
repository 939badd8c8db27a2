"""A signature, and as whom a mail is sent: the name beside its From address, and what stands below it ([W3], [W9])."""

from store.model.record import Record


class Signature(Record, frozen=True, kw_only=True):
    """As its owner wrote it: Markdown, or HTML of which only what is safe is ever sent."""

    source: str
    html: bool = False


class OwnAddress(Record, frozen=True, kw_only=True):
    """What one of a mailbox's addresses has of its own. No name: its writer's; no signature: the mailbox's."""

    address: str
    name: str = ""
    signature: Signature | None = None


class Voice(Record, frozen=True, kw_only=True):
    """As whom a mail is sent: set with its Message-ID and its date, so that every try says the same."""

    name: str
    signature: Signature | None = None
