"""What syncing a mailbox would bring, counted before anything of it is kept ([S1])."""

from store.model.evidence import Evidence
from store.model.ids import ClientId
from store.model.record import Record


class ClientCount(Record, frozen=True, kw_only=True):
    """How many emails would be filed with a client. No client: those whom the reader may not see, together."""

    client: ClientId | None
    name: str
    emails: int


class Preview(Record, frozen=True, kw_only=True):
    """How far it is, and at its end (`over`) the counts. Emails are counted once, however many folders hold them.

    `excluded`: what is not copied at all. `cut`: so many older ones were not looked at, and are in no count.
    """

    looked: int = 0
    total: int = 0
    over: bool = False
    clients: tuple[ClientCount, ...] = ()  # most first
    unfiled: int = 0
    excluded: int = 0
    excluded_by: tuple[tuple[str, int], ...] = ()  # code of the reason, how many
    cut: int = 0


class Glimpse(Record, frozen=True, kw_only=True):
    """A copy as far as a preview needs it, while it lasts: whose it is, and what names it."""

    identity: bytes | None
    message_id: str | None
    date: int | None
    at: int
    evidence: Evidence


class Glimpsed(Record, frozen=True, kw_only=True):
    """What was seen. `total` is what the history holds, `cut` what of it was not looked at."""

    seen: tuple[Glimpse, ...]
    total: int
    cut: int
    excluded: dict[str, int]
