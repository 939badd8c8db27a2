"""What the demo's people write back to a member's mail: who, in which language, what. Never to automatic mail."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Final

from providers.rehearsal.firm.delivery import posted
from providers.rehearsal.firm.letters import Letter, Setting, letter
from providers.rehearsal.firm.records import DemoMail
from providers.rehearsal.firm.source import AnswerSource, Language, MailSource, MemberSource, PersonSource
from store.mime.read import read_copy
from store.model.copy import Body, Headers
from store.model.plain import plain

_LONGEST_SUBJECT: Final = 200
_LONGEST_LINE: Final = 400
_UNASKED: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
_WORD: Final = re.compile(r"[^\W\d_]+")
_COMMON: Final[Mapping[Language, frozenset[str]]] = {
    "en": frozenset(_WORD.findall("the and you to of is are we it that this for with have will your please thank not")),
    "es": frozenset(_WORD.findall("el la los las que de y en es un una por para con su se lo le gracias usted te no")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A member's mail, and who is answered: the member, and the others whom an answer to all goes to."""

    letter: Letter
    to: str
    others: tuple[str, ...]


class Correspondents:
    """Everybody outside who is known. They remember what they have written, and say it once before they repeat it."""

    def __init__(self, setting: Setting, answers: Sequence[AnswerSource], clients: Mapping[str, str]) -> None:
        self._setting, self._clients = setting, clients
        self._addresses = {
            address.lower(): f"{key}#{number}"
            for key, person in setting.people.items()
            for number, address in enumerate(person.addresses, 1)
        }
        self._left: dict[str, list[AnswerSource]] = {}
        self._answers = {key: [one for one in answers if one.sender == key] for key in setting.people}
        self._count = 0

    @property
    def domains(self) -> frozenset[str]:
        """Where people are known, so that others there are not."""
        return frozenset(address.rpartition("@")[2] for address in self._addresses)

    def known(self, address: str) -> bool:
        """Whether mail to the address arrives."""
        return address.lower() in self._addresses

    def answering(self, raw: bytes, recipients: Iterable[str]) -> list[str]:
        """Who of these writes back: whom the mail is to, and who had a blind copy. Nobody to automatic mail."""
        headers, body = _read(raw)
        if _automatic(headers, body):
            return []
        copied = {person.address.lower() for person in headers.cc}
        return [
            address
            for address in dict.fromkeys(one.lower() for one in recipients)
            if address not in copied and self._answers.get(self._key(address))
        ]

    def answer(self, raw: bytes, recipient: str, moment: datetime) -> DemoMail | None:
        """What the recipient writes back to `raw` at that moment."""
        written, key = self._read(raw, recipient, moment), self._key(recipient)
        if written is None or not self._answers.get(key):
            return None
        said = self._next(key, language(written.letter.own) or self._setting.people[key].language)
        self._count += 1
        made = letter(
            MailSource(
                sender=self._addresses[recipient.lower()],
                to=written.to,
                cc=" ".join(written.others),
                body=said.body,
                language=said.language,
                unread=True,
            ),
            self._setting,
            answered=written.letter,
            begun=written.letter.date,
            date=moment.replace(microsecond=0),
            place=(f"answer-{written.letter.message_id}", self._count),
            subject=written.letter.subject,
            client=self._clients.get(key),
            language=self._setting.people[key].language,
        )
        return posted(made, self._setting, earlier=(), answered_by=(), at_once=True)

    def _key(self, address: str) -> str:
        return self._addresses.get(address.lower(), "").partition("#")[0]

    def _next(self, key: str, wanted: Language) -> AnswerSource:
        """The next thing to say, in the language wanted while there is something left in it."""
        left = self._left.get(key) or list(self._answers[key])
        own = self._setting.people[key].language
        said = next((one for one in left if (one.language or own) == wanted), left[0])
        self._left[key] = [one for one in left if one is not said]
        return said

    def _read(self, raw: bytes, recipient: str, moment: datetime) -> _Written | None:
        headers, body = _read(raw)
        sender = next((one for one in headers.from_ if self._member(one.address)), None)
        if sender is None or headers.message_id is None or not headers.message_id.isascii():
            return None
        asked = next((one.address for one in headers.reply_to if self.known(one.address)), sender.address)
        open_to = [one.address.lower() for one in (*headers.to, *headers.cc)]
        others = [one for one in dict.fromkeys(open_to) if self.known(one) and one != asked.lower()]
        if recipient.lower() not in open_to:
            others = []  # who had a blind copy shows it to nobody
        return _Written(
            letter=self._letter(headers, body, sender=sender.address, moment=moment),
            to=self._addresses[asked.lower()],
            others=tuple(self._addresses[one] for one in others if self._key(one) != self._key(recipient)),
        )

    def _member(self, address: str) -> bool:
        return isinstance(self._setting.people.get(self._key(address)), MemberSource)

    def _letter(self, headers: Headers, body: Body, *, sender: str, moment: datetime) -> Letter:
        """The member's mail in the firm's own form, so that it can be answered like any other."""
        place = self._addresses[sender.lower()]
        person: PersonSource = self._setting.people[place.partition("#")[0]]
        sent = moment if headers.date is None else min(datetime.fromtimestamp(headers.date, UTC), moment)
        cited = [one for one in (headers.references or headers.in_reply_to) if one.isascii()]
        to = tuple((plain(one.name), one.address) for one in headers.to)
        return Letter(
            source=MailSource(sender=place, body="", sign=False),
            thread=headers.message_id or "",
            client=None,
            seed="",
            message_id=f"<{headers.message_id}>",
            sender=person,
            address=sender,
            to=to,
            cc=(),
            bcc=(),
            date=sent,
            subject=" ".join(plain(headers.subject).split())[:_LONGEST_SUBJECT],
            language=person.language,
            own=_own(body),
            above="",
            quoted="",
            references=tuple(f"<{one}>" for one in cited),
            answered=None,
            listed=None,
        )


def language(text: str) -> Language | None:
    """English or Spanish by its commonest words, quotes left out; None where it says too little."""
    own = " ".join(line for line in text.splitlines() if not line.startswith(">")).lower()
    words = _WORD.findall(own)
    counts: dict[Language, int] = {name: sum(word in common for word in words) for name, common in _COMMON.items()}
    if counts["en"] == counts["es"]:
        return None
    return "en" if counts["en"] > counts["es"] else "es"


def _read(raw: bytes) -> tuple[Headers, Body]:
    copy = read_copy(raw, uid=1, whole=True)
    return copy.headers, copy.body or Body(text="")


def _automatic(headers: Headers, body: Body) -> bool:
    """Whether a machine wrote it (RFC 3834, 2)."""
    told = headers.auto_submitted.partition(";")[0].strip().lower()
    unasked = headers.precedence.strip().lower() in _UNASKED
    return told not in ("", "no") or unasked or bool(headers.list_id or headers.list_unsubscribe) or body.report


def _own(body: Body) -> str:
    """The text, with no line longer than a mail may have."""
    lines = (plain(line) for line in body.text.strip().splitlines())
    pieces = ((line[at : at + _LONGEST_LINE] for at in range(0, max(len(line), 1), _LONGEST_LINE)) for line in lines)
    return "\n".join(chain.from_iterable(pieces))
