"""From the data's mails to letters: who, to whom, when, answering what, saying what. No bytes of a message yet."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from providers.rehearsal.firm import markup, when, words
from providers.rehearsal.firm.source import Language, ListSource, MailSource, MemberSource, PersonSource, ThreadSource

Mailbox = tuple[str, str]
"""A name and an address."""
_DEEPEST_QUOTE = ">>>"
_LONGEST_QUOTE = 90
_PREFIXES = re.compile(r"^((re|fwd|rv): )+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail with everything decided except its form."""

    source: MailSource
    thread: str
    client: str | None
    seed: str
    message_id: str
    sender: PersonSource
    address: str
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    bcc: tuple[Mailbox, ...]
    date: datetime
    subject: str
    language: Language
    own: str
    above: str
    quoted: str
    references: tuple[str, ...]
    answered: "Letter | None"
    listed: ListSource | None

    @property
    def signature(self) -> str:
        """What stands below the sender's words."""
        return self.sender.signature.strip() if self.source.sign else ""

    @property
    def plain(self) -> str:
        """The whole text, with signature and quote."""
        signed = f"\n\n-- \n{self.signature}" if self.signature else ""
        quote = self.quoted if self.above.startswith("_") or self.source.forward else _marked(self.quoted)
        tail = f"\n\n{self.above}\n{quote}" if self.quoted else ""
        return f"{markup.wrapped(self.own)}{signed}{tail}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What letters are written against: who there is, and when now is."""

    people: Mapping[str, PersonSource]
    lists: Mapping[str, ListSource]
    now: datetime

    def mailboxes(self, keys: str) -> tuple[Mailbox, ...]:
        """The people named in `keys`: `ana`, `ana#2` for her second address, or an address as it is."""
        return tuple(self._mailbox(key) for key in keys.split())

    def _mailbox(self, key: str) -> Mailbox:
        if "@" in key:
            return "", key
        name, _, number = key.partition("#")
        person = self.people[name]
        return person.name, person.addresses[int(number or 1) - 1]

    def members(self) -> tuple[MemberSource, ...]:
        """Those who have a mailbox."""
        return tuple(person for person in self.people.values() if isinstance(person, MemberSource) and person.folders)


def letters(thread: ThreadSource, setting: Setting, *, client: str | None, language: Language) -> tuple[Letter, ...]:
    """All letters of a thread."""
    written: list[Letter] = []
    for number, source in enumerate(thread.mails):
        answered = _answered(source, written)
        written.append(
            letter(
                source,
                setting,
                answered=answered,
                begun=written[0].date if written else None,
                date=when.moment(source.at, setting.now),
                place=(thread.key, number),
                subject=thread.subject,
                client=client,
                language=thread.language or language,
            )
        )
    return tuple(written)


def _answered(source: MailSource, written: Sequence[Letter]) -> Letter | None:
    if source.answers is not None:
        return written[source.answers] if source.answers >= 0 else None
    return written[-1] if written else None


def letter(
    source: MailSource,
    setting: Setting,
    *,
    answered: Letter | None,
    begun: datetime | None,
    date: datetime,
    place: tuple[str, int],
    subject: str,
    client: str | None,
    language: Language,
) -> Letter:
    """One letter; `place` is its thread and its number there, which make its Message-ID."""
    key, _, number = source.sender.partition("#")
    sender = setting.people[key]
    address = sender.addresses[int(number or 1) - 1]
    seed = hashlib.sha256(f"{place[0]}/{place[1]}".encode()).hexdigest()[:24]
    language = source.language or language
    begun = begun or date

    def filled(text: str) -> str:
        return when.fill(text.strip(), written=date, begun=begun, language=language)

    listed = setting.lists[source.list] if source.list else None
    about = filled(source.subject or (_answering(sender, source, answered) if answered else subject))
    above, quoted = _quote(source, answered, sender=sender, setting=setting) if answered else ("", "")
    return Letter(
        source=source,
        thread=place[0],
        client=client,
        seed=seed,
        message_id=f"<{seed}@{address.rpartition('@')[2]}>",
        sender=sender,
        address=address,
        to=setting.mailboxes(source.to) if source.to else _back(source, answered, address),
        cc=setting.mailboxes(source.cc),
        bcc=setting.mailboxes(source.bcc),
        date=_in_zone(date, sender.zone),
        subject=about,
        language=language,
        own=filled(source.body),
        above=above,
        quoted=quoted,
        references=(*answered.references, answered.message_id) if answered else (),
        answered=answered,
        listed=listed,
    )


def _answering(sender: PersonSource, source: MailSource, answered: Letter) -> str:
    """The subject of an answer or a forward, as the sender's program makes it."""
    spanish = sender.language == "es"
    prefix = "RE: " if sender.program == "outlook" else "Re: "
    if source.forward:
        prefix = "RV: " if spanish else "Fwd: "
    return prefix + _PREFIXES.sub("", answered.subject)


def _back(source: MailSource, answered: Letter | None, address: str) -> tuple[Mailbox, ...]:
    """Where an answer goes: to the other side, also when one writes twice in a row."""
    if answered is None:
        raise ValueError(source.body)
    return answered.to if answered.address == address else ((answered.sender.name, answered.address),)


def _quote(source: MailSource, answered: Letter, *, sender: PersonSource, setting: Setting) -> tuple[str, str]:
    """The line above the quote and the text to quote."""
    if not (source.quote or source.forward) or (sender.program == "phone" and not source.forward):
        return "", ""
    name, address, date = answered.sender.name, answered.address, answered.date.astimezone(setting.now.tzinfo)
    text = "\n".join(
        line for line in answered.plain.strip().splitlines()[:_LONGEST_QUOTE] if not line.startswith(_DEEPEST_QUOTE)
    )
    if source.forward or sender.program == "outlook":
        to = "; ".join(f"{name} <{mail}>" if name else mail for name, mail in answered.to)
        heading = words.heading(
            name=name,
            address=address,
            date=date,
            to=to,
            subject=answered.subject,
            language=sender.language,
            forward=source.forward,
        )
        return f"{heading}\n", text
    return words.attribution(name=name, address=address, date=date, language=sender.language), text


def _marked(text: str) -> str:
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in text.splitlines())


def _in_zone(date: datetime, zone: str) -> datetime:
    if not zone:
        return date
    sign, hours, minutes = zone[0], int(zone[1:3]), int(zone[4:6])
    offset = timedelta(hours=hours, minutes=minutes)
    return date.astimezone(timezone(-offset if sign == "-" else offset))
