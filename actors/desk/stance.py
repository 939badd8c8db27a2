"""What an email says of itself from its copies, and where it stands for its thread: derived, never decided.

Must stay the same for the same copies in whatever order they came.
"""

from typing import NamedTuple

from actors.desk.book import Book
from store.model.evidence import Kind, Verified
from store.model.kept import Voice
from store.model.thread import StateEmail
from store.vault.kept import KeptEmail
from store.vault.threads import client_holder, mailbox_holder

_WORST = {Verified.FAIL: 0, Verified.UNKNOWN: 1, Verified.PASS: 2}
_KINDS = {kind: place for place, kind in enumerate(Kind)}


class Shown(NamedTuple):
    """What a list shows of a content."""

    subject: str
    snippet: str
    name: str
    address: str


class Stance(NamedTuple):
    """An email's part in its thread."""

    plain: frozenset[int]  # holders through whom everybody sees it
    mixed: frozenset[int]  # clients it is filed with, but not everybody there sees it
    state: StateEmail
    is_mixed: bool
    attached: bool
    failed: bool
    versions: int


def reckon(mail: KeptEmail, book: Book) -> None:
    """Work out what follows from sightings and contents."""
    if len(mail.sightings) == 1 and len(mail.contents) == 1:  # nearly always: the same, sooner
        seen, content = mail.sightings[0], mail.contents[0]
        mail.verified, mail.kind, mail.at, mail.versions = seen.verified, seen.kind, seen.internaldate, 1
        mail.whole, mail.attachments = content.whole, content.attachments if content.whole else 0
    else:
        _reckon_several(mail)
    reckon_people(mail, book)


def _reckon_several(mail: KeptEmail) -> None:
    if mail.sightings:
        mail.verified = min((seen.verified for seen in mail.sightings), key=_WORST.__getitem__)
        mail.kind = min((seen.kind for seen in mail.sightings), key=_KINDS.__getitem__)
        mail.at = min(seen.internaldate for seen in mail.sightings)
    whole = [content for content in mail.contents if content.whole]
    heads = {content.heads for content in whole}
    mail.versions = max(1, len(whole) + len({c.heads for c in mail.contents if not c.whole} - heads))
    mail.whole = bool(whole)
    mail.attachments = max((content.attachments for content in whole), default=0)


def reckon_people(mail: KeptEmail, book: Book) -> None:
    """Whose own addresses stand in it: changes with mailboxes."""
    own = book.own_addresses
    mail.from_member = None if mail.from_address is None else own.get(mail.from_address)
    mail.outside = any(address not in own for _, address in mail.people)


def reckon_filings(mail: KeptEmail) -> None:
    """What follows from the filings. One that was in grace stays mixed: each reader's view is computed."""
    mail.filed = len(mail.filings)
    mail.mixed = mail.private or any(filing.ambiguous or filing.visible_from > 0 for filing in mail.filings.values())


def stance(mail: KeptEmail, *, sender: str) -> Stance:
    """Where an email stands now."""
    boxes = frozenset(mailbox_holder(mailbox) for mailbox in mail.mailboxes())
    mixed = frozenset(
        client_holder(client)
        for client, filing in mail.filings.items()
        if mail.private or filing.ambiguous or filing.visible_from > 0
    )
    return Stance(
        plain=boxes | frozenset(client_holder(client) for client in mail.filings) - mixed,
        mixed=mixed,
        state=StateEmail(
            email=mail.email,
            at=mail.at,
            kind=mail.kind,
            from_member=mail.from_member is not None,
            outside=mail.outside,
            sender=sender,
        ),
        is_mixed=mail.mixed,
        attached=mail.attachments > 0,
        failed=mail.verified is Verified.FAIL,
        versions=mail.versions,
    )


def voice(mail: KeptEmail, shown: Shown) -> Voice:
    """Who is heard in it."""
    return Voice(email=mail.email, address=shown.address, name=shown.name)
