"""How a mail begins, for one reader: read as they see it, put together by `rules.answering`, in their language.

Must not write, and must not quote what the reader does not see: it is read through their Sight.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from actors.desk import drafts
from actors.desk.api import Wording
from actors.desk.senders import addresses, own_boxes
from actors.desk.viewing import text_of
from store.mime.quotes import blocks
from store.model.address import Address, Person
from store.model.copy import Headers
from store.model.errors import BadRequest
from store.model.ids import EmailId
from store.model.outbox import Answering, Draft, Proposal
from store.rules.answering import Answered, AnsweringFacts, ForwardLabels, answering
from store.vault.mailboxes import KeptMailbox
from store.vault.queries import letters
from store.vault.queries.completing import last_used
from store.vault.queries.letters import Letter
from store.vault.queries.sight import Sight
from store.vault.vault import Vault

MOST_QUOTED: Final = 300_000  # bytes of UTF-8: a draft holds it, and what is written above


def own_addresses(sight: Sight, vault: Vault) -> dict[str, KeptMailbox]:
    """The reader's, the default first."""
    boxes = own_boxes(vault.mailboxes.all(), sight.scope.mailboxes)
    return addresses(boxes, vault.addresses.texts(key for box in boxes for key in box.addresses))


def proposed(
    sight: Sight, vault: Vault, *, how: Answering, answers: EmailId | None, to: str, wording: Wording
) -> Proposal:
    """Raises NotFound, and BadRequest: no_sender ([S2]), bad_address."""
    own = own_addresses(sight, vault)
    if not own:
        raise BadRequest("no_sender")
    letter = None if answers is None or how is Answering.NEW else letters.letter(sight, answers, version=0)
    people = (Person(address=to.strip()),) if to.strip() else ()
    written_to = drafts.address(to) if people else None
    begins = answering(
        AnsweringFacts(
            how=how if letter is not None else Answering.NEW,
            own=tuple(own),
            main=_main(own, letter),
            mail=None if letter is None else _answered(letter, forward=how is Answering.FORWARD, moment=wording.moment),
            last_used=None if written_to is None else last_used(sight, written_to, own),
            to=people,
            attribution="" if letter is None else _attribution(letter, wording),
            labels=_labels(wording),
        )
    )
    draft = Draft(
        from_=str(Address(begins.from_)),
        to=begins.to,
        cc=begins.cc,
        subject=begins.subject,
        text=begins.text,
        how=how if letter is not None else Answering.NEW,
        answers=None if letter is None else sight.ids.email(letter.mail.email),
    )
    parts = () if letter is None or how is not Answering.FORWARD else letter.shape.parts
    return Proposal(draft=drafts.begun(draft), parts=tuple(part for part in parts if not part.inline))


def _main(own: dict[str, KeptMailbox], letter: Letter | None) -> str:
    """The main address of the mailbox that holds the mail, else the default."""
    holds = {seen.mailbox for seen in letter.mail.sightings} if letter is not None else set()
    return next((address for address, box in own.items() if box.address in holds), next(iter(own)))


def _answered(letter: Letter, *, forward: bool, moment: str) -> Answered:
    headers = letter.content.headers
    return Answered(
        message_id=headers.message_id,
        in_reply_to=headers.in_reply_to,
        references=headers.references,
        subject=letter.content.subject,
        from_=headers.from_,
        reply_to=headers.reply_to,
        to=headers.to,
        cc=headers.cc,
        delivered_to=_delivered_to(letter),
        date=moment or _date(letter),
        text=_cut(_text(letter, forward=forward)),
    )


def _delivered_to(letter: Letter) -> tuple[str, ...]:
    """Where only delivery tells to whom it was written: one's own copies' Bcc is one's own."""
    return tuple(person.address for person in letter.bcc)


def _text(letter: Letter, *, forward: bool) -> str:
    """Forwarded whole; answered without the other's signature."""
    text = text_of(letter.text) if letter.text else ""
    if forward:
        return text
    return "".join(part for kind, part in blocks(text) if kind != "signature")


def _cut(text: str) -> str:
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= MOST_QUOTED else raw[:MOST_QUOTED].decode("utf-8", "ignore") + "\n[…]"


def _date(letter: Letter) -> str:
    """Day and minute as its sender's clock showed them."""
    headers: Headers = letter.content.headers
    seconds, zone = (letter.mail.at, 0) if headers.date is None else (headers.date, headers.date_offset)
    try:
        there = datetime.fromtimestamp(seconds, UTC) + timedelta(minutes=zone)
    except (OverflowError, ValueError, OSError):
        return ""
    return there.strftime("%Y-%m-%d %H:%M")


def _attribution(letter: Letter, wording: Wording) -> str:
    """What is foreign is put in last: nothing in a name is read as a place to fill."""
    author = next(iter(letter.content.headers.from_), Person(address=""))
    who = author.name or author.address
    before, place, rest = wording.wrote.replace("{date}", wording.moment or _date(letter)).partition("{who}")
    return before + (who if place else "") + rest


def _labels(wording: Wording) -> ForwardLabels:
    return ForwardLabels(
        title=wording.forwarded,
        from_=wording.from_,
        date=wording.date,
        subject=wording.subject,
        to=wording.to,
        cc=wording.cc,
    )
