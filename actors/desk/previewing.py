"""Settles what a preview saw as the desk would file it, in memory, on a read-only look at the vault ([S1]).

Each email stands in for what it would become, in the mailbox that is not there yet; what the firm knows, what was
decided by hand, and the emails that are here already count as they would. Must not write, and must not give an address
or an email a key.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from actors.desk.book import SEVERAL, Book
from actors.desk.gathering import Gathered, facts_of, gather, named_raw
from actors.desk.naming import name_of, own_name
from actors.desk.settling import MAX_ROUNDS, bearing_of, never_synced
from actors.desk.turn import Turn
from store.model.copy import Headers
from store.model.evidence import PEOPLE_ROLES
from store.model.ids import ClientKey, EmailKey, FolderKey, MailboxKey, MemberKey
from store.model.kept import OwnPart
from store.model.ledger import Depth
from store.model.mailbox import MailboxScope, MailboxSettings
from store.model.preview import ClientCount, Glimpse, Preview
from store.rules.filing import decide
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.mailboxes import KeptMailbox
from store.vault.queries import people
from store.vault.queries.sight import Sight
from store.vault.vault import Vault

NOT_HERE: Final = MailboxKey(-1)
NEVER: Final = "never_sync"


class _Book(Book):
    """The firm with one more mailbox, whose addresses are its members' own."""

    def __init__(self, vault: Vault, mailbox: KeptMailbox, texts: Mapping[int, str]) -> None:
        super().__init__(vault)
        self._mailbox, self._own = mailbox, {texts[key] for key in mailbox.addresses}

    @cached_property
    def mailboxes(self) -> dict[MailboxKey, KeptMailbox]:
        return {**super().mailboxes, NOT_HERE: self._mailbox}

    @cached_property
    def own_addresses(self) -> dict[int, MemberKey]:
        known, (whose, *_others) = super().own_addresses, self._mailbox.members
        mine = {key: whose if known.get(key, whose) == whose else SEVERAL for key in self._mailbox.addresses}
        return {**known, **mine}

    @cached_property
    def own_texts(self) -> frozenset[str]:
        return super().own_texts | self._own


def preview(
    sight: Sight,
    seen: Sequence[Glimpse],
    *,
    member: MemberKey,
    address: str,
    key: str,
    excluded: Mapping[str, int],
    total: int,
    cut: int,
) -> Preview:
    """The counts. `key` is the mailbox's own, by which an older one with its never-sync list is known."""
    settled = _Settled(sight, member=member, address=address, key=key)
    counts = settled.count(seen)
    reasons = Counter({**excluded})
    reasons[NEVER] += counts.never
    reasons = +reasons
    return Preview(
        looked=total - cut,
        total=total,
        over=True,
        clients=_named(sight, counts.clients),
        unfiled=counts.unfiled,
        excluded=reasons.total(),
        excluded_by=tuple(sorted(reasons.items())),
        cut=cut,
    )


def _named(sight: Sight, counts: Mapping[ClientKey, int]) -> tuple[ClientCount, ...]:
    """Those that the reader may see by name, the most first; the others together, last."""
    names = {one.client: one.name for one in people.clients(sight)}
    by_id = {sight.ids.client(key): count for key, count in counts.items()}
    shown = [ClientCount(client=one, name=names[one], emails=count) for one, count in by_id.items() if one in names]
    hidden = sum(count for one, count in by_id.items() if one not in names)
    told = sorted(shown, key=lambda one: (-one.emails, one.name.casefold(), one.name))
    return (*told, *([ClientCount(client=None, name="", emails=hidden)] if hidden else []))


@dataclasses.dataclass(slots=True)
class _Counts:
    clients: Counter[ClientKey] = dataclasses.field(default_factory=Counter)
    unfiled: int = 0
    never: int = 0


class _Settled:
    """One settling of everything that was seen."""

    def __init__(self, sight: Sight, *, member: MemberKey, address: str, key: str) -> None:
        self._vault = Vault.over(sight.database)
        before = next((one for one in self._vault.mailboxes.all().values() if one.server_key == key), None)
        self._keys = self._vault.addresses.find((address,))
        self._keys.setdefault(address, -1)
        self._texts = {number: text for text, number in self._keys.items()}
        self._mailbox = KeptMailbox(
            mailbox=NOT_HERE,
            address=address,
            kind="imap",
            server_key=key,
            settings=MailboxSettings(address=address, login="", imap=None),
            scope=MailboxScope.WHOLE,
            incarnation=0,
            paused=False,
            added_at=sight.now,
            progress=None,
            broke_at=None,
            members=(member,) if before is None else before.members,
            addresses=(self._keys[address],),
            never_sync=() if before is None else before.never_sync,
        )
        book = _Book(self._vault, self._mailbox, self._texts)
        self._turn = Turn(vault=self._vault, book=book, now=sight.now)

    def count(self, seen: Sequence[Glimpse]) -> _Counts:
        """How many emails go where; an email that is filed with two clients counts with both."""
        self._look_up(seen)
        counts = _Counts()
        stands = self._stand_ins(seen)
        for email, clients in self._decided(stands).items():
            if never_synced(self._turn, stands[email], self._mailbox):
                counts.never += 1
            elif clients:
                counts.clients.update(clients)
            else:
                counts.unfiled += 1
        return counts

    def _look_up(self, seen: Sequence[Glimpse]) -> None:
        """Addresses that nobody knows get a number below zero, for as long as this look."""
        texts = {text for one in seen for _role, text in one.evidence.addresses} - self._keys.keys()
        self._keys |= self._vault.addresses.find(texts)
        self._keys |= {text: -2 - place for place, text in enumerate(sorted(texts - self._keys.keys()))}
        self._turn.texts |= {key: text for text, key in self._keys.items()}

    def _stand_ins(self, seen: Sequence[Glimpse]) -> dict[EmailKey, KeptEmail]:
        """One for each email, those that are here already with all that is known of them."""
        groups: dict[bytes | int, list[Glimpse]] = {}
        for place, one in enumerate(seen):
            groups.setdefault(place if one.identity is None else one.identity, []).append(one)
        here = self._vault.emails.by_identity([one for one in groups if isinstance(one, bytes)])
        known = {mail.email: mail for mail in self._turn.get(here.values())}
        stands = {}
        for number, (identity, copies) in enumerate(groups.items(), start=1):
            mail = known.get(here[identity]) if isinstance(identity, bytes) and identity in here else None
            made = self._stand_in(EmailKey(-number), copies, mail)
            stands[made.email] = made
        return stands

    def _stand_in(self, key: EmailKey, copies: Sequence[Glimpse], known: KeptEmail | None) -> KeptEmail:
        names = tuple(dict.fromkeys(name_of(name) for one in copies for name in one.evidence.names))
        if known is not None:
            seen = [self._sighting(known.email, place, one) for place, one in enumerate(copies, start=1)]
            more = tuple(name for name in names if name not in known.names)
            return dataclasses.replace(known, sightings=[*known.sightings, *seen], names=(*known.names, *more))
        first = copies[0]
        mail = KeptEmail.fresh(
            email=key,
            identity=None,
            name=own_name(EmailKey(-key)) if first.message_id is None else name_of(first.message_id),
            headers=Headers(message_id=first.message_id, date=first.date),
            at=first.at,
            people=tuple((role, self._keys[text]) for role, text in first.evidence.addresses if role in PEOPLE_ROLES),
            kind=first.evidence.kind,
            verified=first.evidence.verified,
        )
        seen = [self._sighting(key, place, one) for place, one in enumerate(copies, start=1)]
        return dataclasses.replace(mail, sightings=seen, names=names)

    def _sighting(self, key: EmailKey, place: int, one: Glimpse) -> KeptSighting:
        own = tuple((role, self._keys[text]) for role, text in one.evidence.addresses if role not in PEOPLE_ROLES)
        return KeptSighting(
            sighting=0, folder=FolderKey(0), uidvalidity=0, uid=place, mailbox=NOT_HERE, email=key, content=None,
            flags="", internaldate=one.at, size=0, wanted=Depth.NOTHING, here=Depth.NOTHING, asked=False, pass_=0,
            gone_at=None, moved_to=None, aim=None, body=None, own=OwnPart(addresses=own),
            verified=one.evidence.verified, kind=one.evidence.kind,
        )  # fmt: skip

    def _decided(self, stands: Mapping[EmailKey, KeptEmail]) -> dict[EmailKey, frozenset[ClientKey]]:
        """As settling does it: who names what is decided otherwise now is decided again."""
        outcome: dict[EmailKey, frozenset[ClientKey]] = {}
        found = gather(self._turn, list(stands.values()))
        bearing = bearing_of([*(one for one in self._turn.mails.values() if one.email not in stands), *stands.values()])
        waiting: Iterable[KeptEmail] = stands.values()
        for _ in range(MAX_ROUNDS):
            changed = {mail.name for mail in waiting if self._decide(mail, found, bearing, outcome)}
            waiting = [mail for mail in stands.values() if not changed.isdisjoint(mail.names)]
            if not waiting:
                break
        return outcome

    def _decide(
        self,
        mail: KeptEmail,
        found: Gathered,
        bearing: dict[bytes, list[KeptEmail]],
        outcome: dict[EmailKey, frozenset[ClientKey]],
    ) -> bool:
        """Whether what it passes on changed."""
        settled, named, _depends = decide(facts_of(self._turn, found, mail, bearing))
        outcome[mail.email] = frozenset(filed.client for filed in settled.files)
        passed = named_raw(named)
        changed, mail.passed = passed != mail.passed, passed
        return changed
