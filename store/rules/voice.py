"""As whom a mail is sent: the name and the signature of its From address ([W3], [W9]).

Invariant: what an address has of its own comes first, then what its mailbox has, then the writer's own name.
"""

from store.model.mailbox import MailboxSettings
from store.model.signature import OwnAddress, Signature, Voice


def voice(settings: MailboxSettings, address: str, *, writer: str) -> Voice:
    """Of one address of a mailbox; `writer` is the member's name."""
    own = of_address(settings, address)
    shared = Signature(source=settings.signature, html=settings.signature_html) if settings.signature else None
    return Voice(name=own.name or writer, signature=own.signature or shared)


def of_address(settings: MailboxSettings, address: str) -> OwnAddress:
    """What it has of its own."""
    key = address.casefold()
    return next((one for one in settings.own if one.address == key), OwnAddress(address=key))


def with_own(settings: MailboxSettings, own: OwnAddress) -> tuple[OwnAddress, ...]:
    """With this one in place of what the address had; one that has nothing of its own is left out."""
    others = [one for one in settings.own if one.address != own.address]
    kept = [*others, own] if own.name or own.signature else others
    return tuple(sorted(kept, key=lambda one: one.address))
