"""Small random firms for properties of reading: each way to be seen, hidden, walled, ambiguous, private, in grace."""

from dataclasses import dataclass

from hypothesis import strategies as st

from actors.desk.reading import Readers, VaultReader
from store.model.evidence import Kind, Verified
from store.model.firm import MemberRole, Right
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.scope import Scope
from store.rules.permissions import MemberFacts, scope, visible
from tests.support.planted import Planted, PlantedContent, PlantedCopy, PlantedEmail, PlantedFiling

NOW = 1_800_000_000
DAY = 86_400
OUTSIDE = ("ada@byron.example", "bea@blum.example")
OWN = ("olga@firm.example", "emil@firm.example", "desk@firm.example")
WORDS = ("deed", "invoice", "lease", "Müller")


@dataclass
class World:
    """A store, and who looks at it."""

    planted: Planted
    members: list[MemberKey]
    facts: dict[MemberKey, MemberFacts]
    readers: Readers

    def scope(self, member: MemberKey) -> Scope:
        return scope(self.facts[member])

    def reader(self, member: MemberKey, *, now: int = NOW) -> VaultReader:
        return self.readers.reader(self.planted.database, member, now)

    def seen(self, member: MemberKey) -> list[PlantedEmail]:
        """By the rule, newest first."""
        who = self.scope(member)
        mails = [mail for mail in self.planted.emails if visible(who, mail.facts(), now=NOW)]
        return sorted(mails, key=lambda mail: mail.key, reverse=True)


def subset(values: list[ClientKey]) -> st.SearchStrategy[list[ClientKey]]:
    return st.lists(st.sampled_from(values), unique=True)


@st.composite
def worlds(draw: st.DrawFn, *, most: int = 12) -> World:
    """A firm of four with two clients each may or may not see, three mailboxes, and some mail."""
    planted = Planted.at()
    clients = [planted.client(name) for name in ("Arbor", "Birch", "Cedar")]
    facts: dict[MemberKey, MemberFacts] = {}
    roles = (MemberRole.OWNER, MemberRole.ADMIN, MemberRole.EMPLOYEE, MemberRole.EMPLOYEE)
    for name, role in zip(("Olga", "Adam", "Emil", "Eva"), roles, strict=True):
        given, walls = draw(subset(clients)), draw(st.one_of(st.just([]), subset(clients)))
        rights = (Right.VIEW_ALL_CLIENTS,) if draw(st.booleans()) and role is MemberRole.EMPLOYEE else ()
        key = planted.member(name, role, rights=rights, clients=given, walls=walls)
        facts[key] = MemberFacts(
            member=key, generation=1, role=role, rights=rights, clients=tuple(given), walls=tuple(walls)
        )
    members = list(facts)
    boxes = [
        planted.mailbox(OWN[0], members[0]),
        planted.mailbox(OWN[1], members[2]),
        planted.mailbox(OWN[2], members[1], members[2]),
    ]
    held = {members[0]: boxes[:1], members[1]: boxes[2:], members[2]: boxes[1:], members[3]: []}
    facts = {key: _with(known, tuple(held[key])) for key, known in facts.items()}
    threads = [planted.thread() for _ in range(4)]
    for number in range(draw(st.integers(0, most))):
        filings = [
            PlantedFiling(
                client,
                ambiguous=draw(st.booleans()) and draw(st.booleans()),
                visible_from=draw(st.sampled_from((0, 0, 0, NOW - 10, NOW + 10))),
            )
            for client in draw(subset(clients))
        ]
        contents = [
            PlantedContent(subject=f"{word} {number}.{no}", text=draw(st.one_of(st.none(), st.just(f"about {word}"))))
            for no, word in enumerate(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=2)), 1)
        ]
        copies = [
            PlantedCopy(
                box,
                content=draw(st.integers(1, len(contents))),
                gone=draw(st.integers(0, 4)) == 0,
                gone_at=draw(st.sampled_from((NOW - 31 * DAY, NOW - 30 * DAY, NOW - 5))),
            )
            for box in draw(st.lists(st.sampled_from(boxes), unique=True))
        ]
        mail = planted.email(
            *copies,
            thread=draw(st.sampled_from(threads)),
            filings=filings,
            contents=contents,
            from_=draw(st.sampled_from((*OUTSIDE, *OWN))),
            to=draw(st.lists(st.sampled_from((*OUTSIDE, *OWN)), unique=True, max_size=2)),
            cc=draw(st.lists(st.sampled_from((*OUTSIDE, *OWN)), unique=True, max_size=2)),
            private=draw(st.integers(0, 5)) == 0,
            kind=draw(st.sampled_from((Kind.PERSONAL, Kind.PERSONAL, Kind.BULK))),
            verified=draw(st.sampled_from(Verified)),
        )
        for member in members:
            if draw(st.integers(0, 3)) == 0:
                planted.say(member, mail, unread=draw(st.booleans()), starred=draw(st.booleans()))
        if draw(st.integers(0, 6)) == 0:
            planted.done(draw(st.sampled_from(members)), mail)
        if draw(st.integers(0, 3)) == 0:
            planted.snooze(draw(st.sampled_from(members)), mail, draw(st.sampled_from((NOW - 5, NOW, NOW + 60))))
        if draw(st.integers(0, 3)) == 0:
            planted.assign(mail, draw(st.sampled_from((None, *members))))
        if draw(st.integers(0, 3)) == 0:
            planted.comment(draw(st.sampled_from(members)), mail, f"on {number}")
    planted.finish()
    return World(planted, members, facts, Readers())


def _with(known: MemberFacts, boxes: tuple[MailboxKey, ...]) -> MemberFacts:
    return MemberFacts(
        member=known.member,
        generation=1,
        role=known.role,
        rights=known.rights,
        clients=known.clients,
        walls=known.walls,
        mailboxes=boxes,
    )
