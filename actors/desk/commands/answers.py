"""First answers as they are kept: packed, with what each method answers; a refusal is an answer too."""

from hashlib import blake2b
from typing import Any, Final

import msgspec

from actors.desk.api import Imported
from actors.messages import Command
from store.model.document import Document
from store.model.errors import DeskError, ErrorFrame
from store.model.firm import Client, Contact, Member
from store.model.mailbox import MailboxView
from store.model.note import NoteMade
from store.model.outbox import OutboxDraft, OutboxRow
from store.model.people import PeopleImported
from store.model.views import ClientMade, Done

_TYPES: Final[dict[str, Any]] = {
    "add_client": Client,
    "add_contact": Contact,
    "client_from": ClientMade,
    "make_clients": ClientMade,
    "add_member": Member,
    "add_mailbox": MailboxView,
    "open_import": MailboxView,
    "signed_in": MailboxView,
    "import_copies": Imported,
    "put_note": NoteMade,
    "import_people": PeopleImported,
    **dict.fromkeys(("add_document", "save_attachment"), Document),
    **dict.fromkeys(("put_draft", "send", "cancel", "retry", "resolve"), OutboxRow),
    **dict.fromkeys(("attach", "detach"), OutboxDraft),
}
# What a repeat may say otherwise: counted by the run itself, or reckoned from the moment of asking.
_OF_THE_MOMENT: Final = {
    "import_copies": ("added", "known", "failed"),
    "add_mailbox": ("history_from", "joins"),
    "send": ("zone",),
    "import_people": ("made", "since"),
    "add_document": ("token", "modified"),
    "save_attachment": ("token", "modified"),
}
_GIVEN, _REFUSED = b"\x00", b"\x01"


def digest(command: Command) -> bytes:
    """The same for a repeat, another one for another question."""
    left_out = _OF_THE_MOMENT.get(command.method, ())
    arguments = {name: value for name, value in command.arguments.items() if name not in left_out}
    asked = msgspec.msgpack.encode((command.method, command.as_, arguments), order="sorted")
    return blake2b(asked, digest_size=16).digest()


def packed(answer: object) -> bytes:
    """For the table of commands."""
    if isinstance(answer, DeskError):
        return _REFUSED + msgspec.msgpack.encode(ErrorFrame.of(answer))
    return _GIVEN + msgspec.msgpack.encode(answer)


def unpacked(method: str, raw: bytes) -> object:
    """As it was given first."""
    if raw[:1] == _REFUSED:
        return msgspec.msgpack.decode(raw[1:], type=ErrorFrame).error()
    return msgspec.msgpack.decode(raw[1:], type=_TYPES.get(method, Done))
