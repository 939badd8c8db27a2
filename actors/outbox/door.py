"""What a sender is given: its mailbox, and its way to the server. Secrets stay behind these calls."""

from collections.abc import Callable
from dataclasses import dataclass

from providers.protocols import MailSender, Secret, Server
from store.model.ids import MailboxKey


@dataclass(frozen=True, kw_only=True, slots=True)
class SenderDoor:
    """`server` None: receive only. `secret` and `open` may raise ProviderError; what `open` makes belongs to the
    thread that called it.
    """

    mailbox: MailboxKey
    server: Server | None
    login: str
    secret: Callable[[], Secret]
    open: Callable[[], MailSender]
    nonce: str  # of this actor's run
