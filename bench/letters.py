"""A made-up mailbox to sync: mail of a firm with three hundred clients, in threads, with HTML and attachments.

The same number and seed give the same bytes. Every subject begins with #000123, its thread's number.
"""

import base64
import itertools
import random
import re
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from typing import Final, NamedTuple

CLIENTS: Final = 300
TEAM: Final = 8
ME: Final = "user1@practice.example"
END: Final = 1_790_000_000
SPAN: Final = 3 * 365 * 86_400
SEED: Final = 5
_WORDS: Final = re.findall(
    r"\w+",
    "invoice deadline contract hearing closing lease payroll audit balance ledger filing court witness draft clause "
    "escrow survey permit drawing site tender budget meeting agenda minutes proposal estimate receipt refund tax "
    "dividend board resolution transfer deed mortgage probate estate trust policy claim premium report schedule annex "
    "exhibit statement affidavit settlement offer reply review comment version final urgent confirm tomorrow monday "
    "quarter office partner associate manager director secretary bank number reference matter folder copy notice terms",
)
_SMALL: Final = re.findall(
    r"\w+", "the of and to in a is that for it as was with be by on not at which but have you we"
)
_FIRST: Final = (
    "Anna",
    "Bernd",
    "Chloé",
    "Dmitri",
    "Grace",
    "Håkon",
    "Inês",
    "Jürgen",
    "Łukasz",
    "Priya",
    "Zoë",
    "Sam",
)
_LAST: Final = ("Müller", "Smith", "García", "Dubois", "Novák", "Rossi", "Jones", "Patel", "Brown", "Silva", "Jensen")


class Letter(NamedTuple):
    """One mail, and what its server knows of it."""

    raw: bytes
    at: int
    flags: str  # maildir's letters


class _Planned(NamedTuple):
    at: int
    thread: int
    place: int  # in its thread
    ids: tuple[str, ...]
    client: int  # 0: nobody's
    topic: str


def client_address(number: int) -> str:
    """Of one of the clients, 1 … CLIENTS."""
    return f"client{number}@firm{number}.example"


def letters(count: int, *, seed: int = SEED) -> Iterator[Letter]:
    """Oldest first."""
    writer = _Writer(seed)
    return (writer.letter(one) for one in _plan(count, random.Random(seed)))  # noqa: S311 - made-up text


def _plan(count: int, chance: random.Random) -> list[_Planned]:
    planned: list[_Planned] = []
    for thread in itertools.count(1):
        noise = chance.random() < 0.3
        client = 0 if noise else chance.randint(1, CLIENTS)
        length = 1 if noise else min(1 + int(chance.expovariate(0.6)), 14)
        topic = " ".join(chance.sample(_WORDS, chance.randint(2, 5)))
        at = END - chance.randrange(SPAN)
        ids: tuple[str, ...] = ()
        for place in range(length):
            ids = (*ids, f"<{at}.{thread}.{place}@mail{client}.example>")
            planned.append(_Planned(min(at, END), thread, place, ids, client, topic))
            if len(planned) == count:
                return sorted(planned)
            at += int(chance.expovariate(1 / 90_000)) + 120
    return planned


class _Writer:
    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed + 1)  # noqa: S311 - made-up text
        chance = self._chance
        rare = ["".join(chance.choices("abcdefghilmnoprstuv", k=chance.randint(4, 9))) for _ in range(15_000)]
        vocabulary = [*_SMALL, *_WORDS, "Überweisung", "réunion", *rare]
        weights = list(itertools.accumulate(1 / (place + 8) for place in range(len(vocabulary))))
        self._sentences = [
            f"{' '.join(chance.choices(vocabulary, cum_weights=weights, k=chance.randint(6, 20))).capitalize()}."
            for _ in range(12_000)
        ]
        self._blobs = [base64.encodebytes(b"%PDF-1.5\n" + chance.randbytes(160_000)) for _ in range(8)]
        self._names = {n: f"{chance.choice(_FIRST)} {chance.choice(_LAST)}" for n in range(-TEAM, CLIENTS + 1)}

    def letter(self, one: _Planned) -> Letter:
        """As its server keeps it."""
        chance, boundary = self._chance, f"=_{one.thread}_{one.place}"
        text = self._text(one)
        body = self._part("plain", text)
        if chance.random() < 0.6:
            page = "".join(f"<p>{line}</p>\n" for line in text.splitlines() if line)
            html = self._part("html", f"<html><head><style>p{{margin:0}}</style></head><body>{page}</body></html>\n")
            body = _several("alternative", f"{boundary}a", body, html)
        if chance.random() < 0.1:
            body = _several("mixed", f"{boundary}m", body, self._attachment())
        seen = "S" if chance.random() < (0.85 if one.at < END - 7 * 86_400 else 0.5) else ""
        return Letter(self._head(one) + body, one.at, f"R{seen}" if seen and chance.random() < 0.2 else seen)

    def _head(self, one: _Planned) -> bytes:
        sender, to = self._people(one)
        date = format_datetime(datetime.fromtimestamp(one.at, UTC))
        fields = [
            f"Return-Path: <{sender[1]}>",
            f"Received: from mx{one.client}.example (mx [192.0.2.{one.thread % 250}])",
            f"\tby mail.practice.example with ESMTPS id {self._chance.getrandbits(32):08x}",
            f"\tfor <{to[1]}>; {date}",
            f"From: {_coded(sender[0])} <{sender[1]}>",
            f"To: {_coded(to[0])} <{to[1]}>",
            f"Subject: {'Re: ' if one.place else ''}#{one.thread:06} {one.topic}",
            f"Date: {date}",
            f"Message-ID: {one.ids[-1]}",
        ]
        if self._chance.random() < 0.25:
            fields.insert(6, f"Cc: {_coded(self._names[-2])} <user2@practice.example>")
        if one.place:
            earlier = "\n ".join(one.ids[:-1])
            fields += [f"In-Reply-To: {one.ids[-2]}", f"References: {earlier}"]
        if not one.client:
            fields += [f"List-Id: <news.{sender[1].partition('@')[2]}>", "Precedence: bulk"]
        return "\n".join([*fields, "X-Mailer: made up 1", "MIME-Version: 1.0", ""]).encode()

    def _people(self, one: _Planned) -> tuple[tuple[str, str], tuple[str, str]]:
        member = one.thread % TEAM + 1
        ours = (self._names[-member], f"user{member}@practice.example")
        if not one.client:
            return (f"News {one.thread % 120}", f"news@list{one.thread % 120}.example"), ours
        theirs = (self._names[one.client], client_address(one.client))
        return (ours, theirs) if one.place % 2 else (theirs, ours)

    def _text(self, one: _Planned) -> str:
        chance = self._chance
        said = chance.choices(self._sentences, k=max(2, int(chance.lognormvariate(2.1, 0.7))))
        lines = "\n".join(textwrap.wrap(" ".join(said), 78))
        quoted = "".join(f"> {line}\n" for line in chance.choices(self._sentences, k=4)) if one.place else ""
        return f"Dear all,\n\n{lines}\n\nKind regards,\nSomebody\n\n{quoted}"

    def _part(self, kind: str, text: str) -> bytes:
        how = "7bit" if text.isascii() else "8bit"
        return f"Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: {how}\n\n{text}".encode()

    def _attachment(self) -> bytes:
        size = self._chance.randint(20_000, 200_000) // 77 * 77
        name = f"{self._chance.choice(_WORDS)}.pdf"
        head = (
            f'Content-Type: application/pdf; name="{name}"\nContent-Transfer-Encoding: base64\n'
            f'Content-Disposition: attachment; filename="{name}"\n\n'
        )
        return head.encode() + self._chance.choice(self._blobs)[:size]


def _several(kind: str, boundary: str, *parts: bytes) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode()
    return head + b"".join(f"\n--{boundary}\n".encode() + part for part in parts) + f"\n--{boundary}--\n".encode()


def _coded(name: str) -> str:
    return f'"{name}"' if name.isascii() else Header(name, "utf-8").encode()
