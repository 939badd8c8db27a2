"""A mail as it is put together for sending: all that its bytes depend on, so that they are the same at every try.

There is no Bcc here, and nothing of the machine it was written on.
"""

from store.model.address import Person
from store.model.record import Record
from store.model.signature import Signature


class Enclosed(Record, frozen=True, kw_only=True):
    """A file that goes with a mail: a name and a type as given, neither of them trusted."""

    name: str
    type: str
    data: bytes


class Outgoing(Record, frozen=True, kw_only=True):
    """`text` is Markdown, or with `plain` only text. Ids stand without their angle brackets."""

    from_: Person
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    subject: str = ""
    text: str = ""
    plain: bool = False
    date: int  # seconds since 1970 UTC
    zone: int = 0  # minutes east of UTC that the date is written in
    message_id: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    attachments: tuple[Enclosed, ...] = ()
    signature: Signature | None = None
