"""Raw mails as threads of the made-up desk, read as the office reads them."""

from collections.abc import Iterator

from store.mime.links import suspicious
from store.mime.quotes import blocks
from store.mime.read import read_copy
from store.model.views import Block, Link
from tests.screens.desk import NOW, Made, ShownDesk


def add(desk: ShownDesk, raw: bytes, *, end: str = "") -> Made:
    """The mail as the office would show it."""
    copy = read_copy(raw, uid=1, whole=True)
    headers, body = copy.headers, copy.body
    assert body is not None
    mail = desk.mail_of("nobody@x.example", body.text, at=NOW)
    mail.who = headers.from_[0] if headers.from_ else mail.who
    mail.to, mail.cc = headers.to, headers.cc
    mail.blocks = (*_first(end), *(Block(kind=kind, text=text) for kind, text in blocks(body.text)))
    mail.links = tuple(Link(text=text, target=to, suspicious=suspicious(text, to)) for text, to in body.links)
    mail.parts = body.parts
    made = desk.add(headers.subject, mail, client="Client", at=NOW, first=False)
    made.people = tuple(person.name or person.address for person in headers.from_)
    return made


def _first(end: str) -> Iterator[Block]:
    if end:
        yield Block(kind="text", text=end)
