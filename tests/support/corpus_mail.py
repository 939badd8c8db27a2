"""Mail of a made-up firm, for tests that need hundreds: members, clients, outsiders, threads, lists, broken ones.

`firm_mail` says only what was sent and where copies lie. What must be filed is worked out from the raw bytes by
`Oracle`, with Python's own mail package and none of the office's code.
"""

import email.message
import email.parser
import email.policy
import email.utils
import random
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage

BASE = 1_700_000_000  # every date is later and long past
STEP = 37_003  # seconds from one mail to the next
MEMBERS = {"user1": "iris@firm.example", "user2": "tom@firm.example", "user3": "nora@firm.example"}
CLIENTS = {
    "Olmo Bakery": ("ana@olmo.example", "luis@olmo.example"),
    "Harbour Rowing Club": ("secretary@rowing.example",),
    "Vega & Sons": ("marta@vega.example", "vega.private@mail.example"),
    "Tilda Brandt": ("tilda@brandt.example",),
    "Quarry Lane Dental": ("desk@quarrylane.example", "dr.moss@quarrylane.example"),
    "Sol y Mar": ("reservas@solymar.example",),
    "Old Mill Trust": ("trustees@oldmill.example",),
    "P. Novak": ("novak@mail.example",),
}
COUNSEL = "xavier@counsel.example"  # an outsider whom clients copy in
STRANGERS = ("jo@elsewhere.example", "kim@nowhere.example", "office@supplier.example")
SKIPPED_FOLDERS = ("Junk", "Trash", "Drafts")
PROSE = (
    "lease deposit ledger oven payroll quarter signature notary meeting minutes draft invoice receipt regatta boat"
    " crown implant terrace booking trustee deed boundary survey visa permit tax return"
)
WORDS = PROSE.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a copy lies."""

    user: str
    folder: str = "INBOX"


@dataclass(slots=True, kw_only=True)
class Post:
    """One mail and its copies. `token` is a word that stands in its subject and in no other's."""

    token: str
    raw: bytes
    received: int
    places: list[Place] = field(default_factory=list)

    def copy(self, place: Place, number: int) -> bytes:
        """As this place got it: what delivery adds differs from copy to copy, nothing else does."""
        owner = MEMBERS.get(place.user, f"{place.user}@firm.example")
        return delivered(self.raw, to=owner, through=f"mx{number}.firm.example")


def delivered(raw: bytes, *, to: str, through: str) -> bytes:
    """A copy with its own delivery headers."""
    serial = zlib.crc32(f"{to}{through}".encode())
    head = (
        f"Return-Path: <bounce-{through}@relay.example>\r\nDelivered-To: {to}\r\n"
        f"Received: from relay.example by {through} with ESMTPS id {serial};"
        " Mon, 1 Jan 2024 00:00:00 +0000\r\n"
    )
    return head.encode() + raw


class Firm:
    """Writes the firm's mail, story by story; the same seed writes the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.posts: list[Post] = []

    # ------------------------------------------------------------ one mail
    def mail(
        self,
        sender: str,
        to: Iterable[str],
        *,
        cc: Iterable[str] = (),
        answers: Iterable[Post] = (),
        headers: Mapping[str, str] | None = None,
        places: Iterable[Place] | None = None,
        message_id: bool = True,
    ) -> Post:
        number = len(self.posts) + 1
        token = f"q{number:05d}"
        chosen = " ".join(self._random.sample(WORDS, 3))
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = email.utils.formataddr((sender.partition("@")[0].title(), sender))
        message["To"] = ", ".join(to)
        if cc := list(cc):
            message["Cc"] = ", ".join(cc)
        named = [id_of(post.raw) for post in answers]
        message["Subject"] = f"{'Re: ' if named else ''}{chosen} {token}"
        message["Date"] = email.utils.formatdate(BASE + number * STEP)
        if message_id:
            message["Message-ID"] = f"<{token}@made-up.example>"
        if named:
            message["In-Reply-To"], message["References"] = f"<{named[-1]}>", " ".join(f"<{x}>" for x in named)
        for name, value in (headers or {}).items():
            message[name] = value
        self._fill(message, token)
        post = Post(token=token, raw=message.as_bytes(), received=BASE + number * STEP + 60)
        post.places = list(self._places(sender, [*to, *cc]) if places is None else places)
        self.posts.append(post)
        return post

    def _fill(self, message: EmailMessage, token: str) -> None:
        text = f"Body of {token}.\n" + "".join(
            f"{' '.join(self._random.choices(WORDS, k=9))}.\n" for _ in range(self._random.randint(2, 40))
        )
        message.set_content(text)
        kind = self._random.random()
        if kind < 0.3:
            message.add_alternative(f"<html><body><p>Body of {token}</p><p>{text}</p></body></html>", subtype="html")
        if kind > 0.8:
            data = self._random.randbytes(self._random.randint(200, 6000))
            message.add_attachment(data, maintype="application", subtype="pdf", filename=f"{token}.pdf")

    @staticmethod
    def _places(sender: str, receivers: list[str]) -> Iterator[Place]:
        for user, address in MEMBERS.items():
            if address == sender:
                yield Place(user=user, folder="Sent")
            if address in receivers:
                yield Place(user=user)

    # ------------------------------------------------------------ stories
    def client_story(self) -> None:
        """A client, a member's answer, the client's counsel: by address, by address, by thread."""
        client = self._random.choice([*CLIENTS.values()])
        who, member, other = self._random.choice(client), *self._members(2)
        first = self.mail(who, [member], cc=[COUNSEL] if self._random.random() < 0.7 else [other])
        second = self.mail(member, [who], cc=[other], answers=[first])
        self.mail(COUNSEL, [member], answers=[first, second])
        third = self.mail(COUNSEL, [other], answers=[first])
        self.mail(COUNSEL, [member], answers=[third])  # names only a mail that is itself filed by thread
        self.mail("mallory@evil.example", [member], answers=[first])  # a stranger to that thread
        self.mail(member, [other], answers=[first, second])  # among members

    def address_story(self) -> None:
        """Clients where one does not look first: Sender, Reply-To, Cc, two clients at once."""
        (one, *_), (two, *_) = self._random.sample([*CLIENTS.values()], 2)
        member, other = self._members(2)
        stranger = self._random.choice(STRANGERS)
        self.mail(stranger, [member], headers={"Reply-To": f"Front desk <{one.upper()}>"})
        self.mail(stranger, [member], headers={"Sender": one})
        self.mail(member, [stranger], cc=[one, two])
        self.mail(one, [member], cc=[two, other], message_id=False)

    def stranger_story(self) -> None:
        """What no client has to do with."""
        member, other = self._members(2)
        first = self.mail(self._random.choice(STRANGERS), [member])
        self.mail(member, [parsed(first.raw)["From"].addresses[0].addr_spec], answers=[first])
        self.mail(member, [other])
        listed = {
            "List-Id": "<news.shop.example>",
            "Precedence": "bulk",
            "List-Unsubscribe": "<https://shop.example/u>",
        }
        self.mail("news@shop.example", [member], headers=listed)

    def skipped_story(self) -> None:
        """A client's mail in folders that are not copied."""
        who = self._random.choice([*CLIENTS.values()])[0]
        user = self._random.choice([*MEMBERS])
        self.mail(who, [MEMBERS[user]], places=[Place(user=user, folder=self._random.choice(SKIPPED_FOLDERS))])

    def _members(self, count: int) -> list[str]:
        return self._random.sample([*MEMBERS.values()], count)


def firm_mail(count: int, *, seed: int = 7) -> list[Post]:
    """About so many mails, oldest first."""
    firm = Firm(seed)
    stories = (firm.client_story, firm.address_story, firm.stranger_story)
    while len(firm.posts) < count:
        for story in stories:
            story()
        if len(firm.posts) % 4 == 0:
            firm.skipped_story()
    return firm.posts


def spread(posts: Iterable[Post], *, count: int) -> list[Post]:
    """Put so many of the mails also into another member's mailbox and another folder of their own member's."""
    chosen = [post for post in posts if post.places and post.places[0].folder not in SKIPPED_FOLDERS][::3][:count]
    users = [*MEMBERS]
    for post in chosen:
        first = post.places[0].user
        others = [user for user in users if user not in {place.user for place in post.places}]
        post.places.append(Place(user=first, folder="Projects/Kept"))
        post.places.append(Place(user=others[0] if others else users[users.index(first) - 1], folder="Copies"))
    return chosen


# ---------------------------------------------------------------- what must come of it
@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One mail as Python's own package reads it."""

    message_id: str
    addresses: frozenset[str]  # From, Sender, Reply-To, To, Cc
    people: frozenset[str]  # From, To, Cc
    hidden: frozenset[str]  # Bcc, Delivered-To
    names: frozenset[str]


class Oracle:
    """Who is a client's, who is a member's; and what must be filed with whom."""

    def __init__(self, clients: Mapping[str, Iterable[str]], members: Iterable[str]) -> None:
        self._client_of = {address.lower(): name for name, addresses in clients.items() for address in addresses}
        self._members = {address.lower() for address in members}
        self._by_id: dict[str, list[Facts]] = {}

    def learn(self, raws: Iterable[bytes]) -> None:
        """All mail that the office got; needed before threads can be judged."""
        for raw in raws:
            facts = facts_of(raw)
            self._by_id.setdefault(facts.message_id, []).append(facts)

    def by_address(self, facts: Facts) -> set[str]:
        """Clients of From, Sender, Reply-To, To and Cc."""
        found = facts.addresses - self._members
        return {self._client_of[address] for address in found if address in self._client_of}

    def by_hidden_address(self, facts: Facts) -> set[str]:
        return {self._client_of[x] for x in facts.hidden - self._members if x in self._client_of}

    def by_thread(self, facts: Facts) -> set[str]:
        """Clients of the mails that it names, where somebody outside stands in both."""
        outside = facts.people - self._members
        named = [known for name in facts.names - {facts.message_id} for known in self._by_id.get(name, ())]
        return {client for known in named if outside & known.people for client in self.by_address(known)}

    def filed(self, raw: bytes) -> dict[str, str]:
        """Client → reason, of a mail whose hidden addresses are nobody's."""
        facts = facts_of(raw)
        direct = self.by_address(facts)
        if direct:
            return dict.fromkeys(direct, "address")
        return dict.fromkeys(self.by_thread(facts), "thread")


def parsed(raw: bytes) -> email.message.EmailMessage:
    message = email.parser.BytesHeaderParser(policy=email.policy.default).parsebytes(raw)
    assert isinstance(message, email.message.EmailMessage)
    return message


def facts_of(raw: bytes) -> Facts:
    """By the lenient old policy, which never raises."""
    message = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw)

    def addresses(*names: str) -> frozenset[str]:
        fields = [str(value) for name in names for value in message.get_all(name, [])]
        return frozenset(address.strip().lower() for _, address in email.utils.getaddresses(fields) if "@" in address)

    named = " ".join(str(x) for name in ("In-Reply-To", "References") for x in message.get_all(name, []))
    return Facts(
        message_id=(ids(str(message.get("Message-ID", ""))) or [""])[0],
        addresses=addresses("From", "Sender", "Reply-To", "To", "Cc"),
        people=addresses("From", "To", "Cc"),
        hidden=addresses("Bcc", "Delivered-To"),
        names=frozenset(ids(named)),
    )


def ids(text: str) -> list[str]:
    """What stands in angle brackets."""
    return [inner.strip() for inner in re.findall(r"<([^<>]*)>", text)]


def id_of(raw: bytes) -> str:
    return facts_of(raw).message_id
