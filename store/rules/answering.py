"""How an answer, a forwarded or a new mail begins: to whom, from which address, under what subject, with what quoted.

Invariants: nobody stands twice across To and Cc; an answer to all goes to no own address unless nobody else is left;
a subject has its prefix once; References never exceed MAX_REFERENCES and keep the thread's first id. Everything in the
mail that is answered is hostile: what could break a header line or name no address is left out.

Sentences (attribution, labels of a forwarded mail's head) come in as arguments, in the writer's language.
"""

import re
from collections.abc import Iterable
from typing import Final

from store.model.address import Address, HeaderText, MessageId, NotAllowed, Person
from store.model.outbox import Answering
from store.model.record import Record

MAX_REFERENCES: Final = 100
MAX_QUOTED: Final = 200_000  # characters of the other mail's text that are taken over
MAX_SUBJECT: Final = 500
_CUT: Final = "[…]"

_REPLY: Final = r"re|aw|antw|antwort|sv|res|回复|回覆|答复"
_FORWARD: Final = r"fwd?|rv|wg|tr|enc|doorst|vb|转发|轉寄"
_REPLIES: Final = re.compile(rf"(?:\s*(?:{_REPLY})(?:\[\d{{1,3}}\])?\s?[:：])+\s*", re.IGNORECASE)
_FORWARDS: Final = re.compile(rf"(?:\s*(?:{_FORWARD})(?:\[\d{{1,3}}\])?\s?[:：])+\s*", re.IGNORECASE)
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Answered(Record, frozen=True, kw_only=True):
    """The mail that is answered or forwarded, as its reader sees it. `written_to` are the addresses that only delivery
    tells (Delivered-To). `date` is already words.
    """

    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subject: str = ""
    from_: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    delivered_to: tuple[str, ...] = ()
    date: str = ""
    text: str = ""


class ForwardLabels(Record, frozen=True, kw_only=True):
    """The words of a forwarded mail's head."""

    title: str = "Forwarded message"
    from_: str = "From"
    date: str = "Date"
    subject: str = "Subject"
    to: str = "To"
    cc: str = "Cc"


class AnsweringFacts(Record, frozen=True, kw_only=True):
    """What the rule looks at. `own` are all addresses that the writer may write from; `main` is the main address of the
    mailbox that holds the mail (of a new mail: of the default mailbox); `last_used` is the own address last used with
    a new mail's client or recipient. `attribution` is the whole line above a quote.
    """

    how: Answering
    own: tuple[str, ...]
    main: str
    mail: Answered | None = None
    last_used: str | None = None
    to: tuple[Person, ...] = ()  # of a new mail
    attribution: str = ""
    labels: ForwardLabels = ForwardLabels()


class Proposed(Record, frozen=True, kw_only=True):
    """What the composer opens with, and the threading fields that the mail will bear."""

    from_: str
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    subject: str = ""
    text: str = ""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()


def answering(facts: AnsweringFacts) -> Proposed:
    """How this mail begins."""
    mail = facts.mail
    if mail is None or facts.how is Answering.NEW:
        return Proposed(from_=_new_from(facts), to=_each_once(facts.to))
    if facts.how is Answering.FORWARD:
        return Proposed(
            from_=own_from(mail, own=facts.own, main=facts.main),
            to=_each_once(facts.to),
            subject=forward_subject(mail.subject),
            text=forwarded(mail, facts.labels),
            references=thread_references(mail),
        )
    to, cc = _recipients(mail, own=facts.own, everybody=facts.how is Answering.REPLY_ALL)
    return Proposed(
        from_=own_from(mail, own=facts.own, main=facts.main),
        to=to,
        cc=cc,
        subject=reply_subject(mail.subject),
        text=quoted(mail.text, attribution=facts.attribution),
        in_reply_to=_id(mail.message_id),
        references=thread_references(mail),
    )


# ---------------------------------------------------------------- addresses
def own_from(mail: Answered, *, own: Iterable[str], main: str) -> str:
    """The own address that the mail was written to ([W4], [W9]); of one's own mail, the one it was written from."""
    mine = {_key(address): address for address in own}
    mine.pop("", None)
    places = (*_addresses(mail.from_), *_addresses(mail.to), *_addresses(mail.cc), *mail.delivered_to)
    return next((mine[key] for address in places if (key := _key(address)) in mine), main)


def _new_from(facts: AnsweringFacts) -> str:
    last = _key(facts.last_used or "")
    return next((address for address in facts.own if last and _key(address) == last), facts.main)


def _recipients(
    mail: Answered, *, own: Iterable[str], everybody: bool
) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """To and Cc. Who writes to themselves alone answers themselves. A Reply-To that names only us says nothing: by it a
    stranger would have the answer go to whom else they wrote.
    """
    mine = {_key(address) for address in own}
    wished = _each_once(mail.reply_to)
    authors = _without(wished, mine) or _each_once(mail.from_) or wished
    named = _each_once(mail.to)
    if not everybody:
        return _without(authors, mine) or _without(named, mine) or named or authors, ()
    to = _without(_each_once((*authors, *named)), mine)
    cc = _without(_each_once(mail.cc), mine | {_key(who.address) for who in to})
    if not to:
        to, cc = cc, ()
    return to or authors or named or _each_once(mail.cc), cc


def _each_once(people: Iterable[Person]) -> tuple[Person, ...]:
    """The first of each address, with what may stand in a header; what is no address is left out."""
    found: dict[str, Person] = {}
    for who in people:
        key = _key(who.address)
        if key and key not in found:
            found[key] = Person(name=header_line(who.name), address=who.address.strip())
    return tuple(found.values())


def _without(people: Iterable[Person], keys: Iterable[str]) -> tuple[Person, ...]:
    left_out = frozenset(keys)
    return tuple(who for who in people if _key(who.address) not in left_out)


def _addresses(people: Iterable[Person]) -> list[str]:
    return [who.address for who in people]


def _key(address: str) -> str:
    """The address as it is compared; empty if it is none."""
    try:
        return Address(address)
    except NotAllowed:
        return ""


# ---------------------------------------------------------------- subject and threading
def reply_subject(subject: str) -> str:
    """With "Re: " once, in place of any answer's prefixes that it begins with."""
    return _prefixed("Re: ", _REPLIES, subject)


def forward_subject(subject: str) -> str:
    """With "Fwd: " once, in place of any forwarded mail's prefixes that it begins with."""
    return _prefixed("Fwd: ", _FORWARDS, subject)


def _prefixed(prefix: str, known: re.Pattern[str], subject: str) -> str:
    line = header_line(subject)
    found = known.match(line)
    return (prefix + (line[found.end() :] if found else line))[:MAX_SUBJECT].rstrip()


def thread_references(mail: Answered) -> tuple[str, ...]:
    """Its References, else its one In-Reply-To, and its own id (RFC 5322, 3.6.4): the first and the last ones."""
    before = mail.references or (mail.in_reply_to if len(mail.in_reply_to) == 1 else ())
    ids = [found for text in (*before, mail.message_id) if (found := _id(text))]
    own = _id(mail.message_id)
    ordered = [found for found in dict.fromkeys(ids) if found != own] + ([own] if own else [])
    if len(ordered) > MAX_REFERENCES:
        ordered = [ordered[0], *ordered[-(MAX_REFERENCES - 1) :]]
    return tuple(ordered)


def _id(text: str | None) -> str | None:
    try:
        found = MessageId(text or "")
    except NotAllowed:
        return None
    return str(found) if found.isascii() and not set(found) & set("<>") else None


def header_line(text: str) -> HeaderText:
    """Foreign text as one line that may stand in a header: what it refuses becomes a blank."""
    try:
        return HeaderText(text.strip())
    except NotAllowed:
        return HeaderText(" ".join("".join(char if _may_stand(char) else " " for char in text).split()))


def _may_stand(char: str) -> bool:
    try:
        HeaderText(char)
    except NotAllowed:
        return False
    return True


# ---------------------------------------------------------------- text
def attribution(wrote: str, *, date: str, who: str) -> str:
    """The line above a quote; `wrote` holds {date} and {who}, what stands for them is taken as it is."""
    parts = re.split(r"(\{date\}|\{who\})", wrote)
    return header_line("".join({"{date}": date, "{who}": who}.get(part, part) for part in parts))


def quoted(text: str, *, attribution: str) -> str:
    """An empty line to write on, then the other's text with "> " before each line."""
    lines = [f"> {line}".rstrip() if not line.startswith(">") else f">{line}" for line in _lines(text)]
    if not lines:
        return ""
    head = header_line(attribution)
    return "\n".join(["", "", *([head] if head else []), *lines, ""])


def forwarded(mail: Answered, labels: ForwardLabels) -> str:
    """An empty line to write on, then the other mail's head and its text as it is."""
    head = [
        (labels.from_, _people(mail.from_)),
        (labels.date, header_line(mail.date)),
        (labels.subject, header_line(mail.subject)),
        (labels.to, _people(mail.to)),
        (labels.cc, _people(mail.cc)),
    ]
    title = f"---------- {header_line(labels.title)} ----------"
    return "\n".join(["", "", title, *(f"{label}: {value}" for label, value in head if value), "", *_lines(mail.text)])


def _people(people: Iterable[Person]) -> str:
    return ", ".join(f"{who.name} <{who.address}>" if who.name else who.address for who in _each_once(people))


def _lines(text: str) -> list[str]:
    """The lines without what no editor shows, empty ones at both ends left out, cut at a line's end."""
    whole = (
        text[: MAX_QUOTED + 1].replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    )
    if cut := len(text) > MAX_QUOTED:
        whole = whole[:MAX_QUOTED].rpartition("\n")[0] or whole[:MAX_QUOTED]
    lines = [line.rstrip() for line in _UNSEEN.sub("", whole).strip("\n").split("\n")]
    while lines and not lines[0]:
        del lines[0]
    while lines and not lines[-1]:
        del lines[-1]
    return [*lines, _CUT] if cut else lines
