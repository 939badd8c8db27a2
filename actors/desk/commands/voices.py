"""The name and the signature that one address of a mailbox has of its own ([W3], [W9]).

Must not say what goes into a mail: `rules.voice` does.
"""

from typing import Final

from msgspec import structs

from actors.desk import drafts
from actors.desk.commands.ground import Act
from actors.desk.commands.resolving import clean_address, mailbox_of
from store.model.errors import BadRequest, NotFound
from store.model.plain import plain
from store.model.signature import Signature
from store.model.views import Done
from store.rules.permissions import Action
from store.rules.voice import of_address, with_own

MOST_SIGNATURE: Final = 20_000
MOST_NAME: Final = 200


def set_own_address(
    act: Act, *, mailbox: str, address: str, name: str | None = None, signature: str | None = None, html: bool = False
) -> Done:
    """What is not said stays; what is empty is as for the mailbox's other addresses."""
    box = mailbox_of(act, mailbox)
    act.need(Action.USE_MAILBOX, mailbox=box.mailbox)
    if box.kind == "local":
        raise BadRequest("local_mailbox")
    key = clean_address(address)
    if key not in act.vault.addresses.texts(box.addresses).values():
        raise NotFound
    before = of_address(box.settings, key)
    source = "" if signature is None else clean_signature(signature)
    after = structs.replace(
        before,
        name=before.name if name is None else _clean_name(name),
        signature=before.signature if signature is None else Signature(source=source, html=html) if source else None,
    )
    if after == before:
        return Done(done=False, affected=0)
    act.vault.mailboxes.set_up(box.mailbox, structs.replace(box.settings, own=with_own(box.settings, after)))
    act.people_changed(rights=False)
    act.announce("mailbox_told", mailbox=box.mailbox)
    act.about = f"mailbox {box.mailbox}"
    return Done(done=True, affected=1)


def clean_signature(text: str) -> str:
    """Line ends of one sort, and nothing that no terminal or mail should bear."""
    lines = "\n".join(plain(line).rstrip() for line in text.splitlines()).strip("\n")
    if len(lines) > MOST_SIGNATURE:
        raise BadRequest("too_long")
    return lines


def _clean_name(name: str) -> str:
    clean = drafts.line(plain(name))
    if len(clean) > MOST_NAME:
        raise BadRequest("too_long")
    return clean
