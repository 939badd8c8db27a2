"""What a mailbox actor is given: its record, and its ways to the server. Secrets stay behind these calls."""

from collections.abc import Callable
from dataclasses import dataclass

from providers.protocols import MailSource, Watching
from store.model.ids import MailboxKey
from store.model.mailbox import MailboxSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class MailboxDoor:
    """`connect` logs in for work, `watch` begins to watch the inbox by its name; both may raise ProviderError. `watch`
    calls back on a thread of its own. `jitter` is a random number in [0, 1).
    """

    mailbox: MailboxKey
    settings: MailboxSettings
    incarnation: int
    paused: bool
    connect: Callable[[], MailSource]
    watch: Callable[[str, Callable[[], None], Callable[[BaseException], None]], Watching]
    jitter: Callable[[], float]
    nonce: str  # of this actor's run: request ids of no other run are equal
