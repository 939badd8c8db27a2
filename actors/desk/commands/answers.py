"""First answers as they are kept: packed, with what each method answers; a refusal is an answer too."""

from typing import Any, Final

import msgspec

from actors.desk.api import Imported
from store.model.errors import DeskError, ErrorFrame
from store.model.firm import Client, Contact, Member
from store.model.mailbox import MailboxView
from store.model.views import Done

_TYPES: Final[dict[str, Any]] = {
    "add_client": Client,
    "add_contact": Contact,
    "add_member": Member,
    "add_mailbox": MailboxView,
    "open_import": MailboxView,
    "import_copies": Imported,
}
_GIVEN, _REFUSED = b"\x00", b"\x01"


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
