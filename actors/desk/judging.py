"""Of a mailbox that keeps client mail only ([S4]): which copies of a batch are that, before anything of them is kept.

Each copy stands in for the email that it would become, and is decided as that email would be. Must not write, and must
not give an address or an email a key: of what is not kept nothing stays but keyed hashes.
"""

import dataclasses
from collections.abc import Mapping
from typing import Final

from actors.desk.gathering import Gathered, facts_of, gather, named_raw
from actors.desk.naming import identity_of, name_of, own_name
from actors.desk.rewritten import Rewritten
from actors.desk.settling import MAX_ROUNDS, bearing_of, never_synced
from actors.desk.turn import Turn
from actors.messages import Origin, SeenCopy
from store.model.copy import Copy
from store.model.evidence import PEOPLE_ROLES, Evidence
from store.model.ids import EmailKey
from store.model.kept import OwnPart
from store.model.ledger import Depth
from store.rules.filing import decide
from store.vault.kept import KeptEmail, KeptSighting
from store.vault.mailboxes import KeptMailbox

_NOT_YET: Final = EmailKey(0)


class Judging:
    """One batch of one folder. What stands in for emails has keys below zero, and is thrown away."""

    def __init__(self, turn: Turn, origin: Origin, mailbox: KeptMailbox, *, of_sent: bool) -> None:
        self._turn = turn
        self._origin = origin
        self._mailbox = mailbox
        self._of_sent = of_sent
        self._keys: dict[str, int] = {}

    def kept(self, copies: Mapping[int, tuple[SeenCopy, Copy]]) -> set[int]:
        """The UIDs of client mail, and of what was sent from here."""
        if not copies:
            return set()
        self._look_up(copies)
        known = self._known(copies)
        kept = self._sent_from_here({uid: copy for uid, (_seen, copy) in copies.items()})
        kept |= {uid for uid, mail in known.items() if self._is_here(mail)}
        return kept | self._filed(
            {uid: self._stand_in(uid, *copy, known.get(uid)) for uid, copy in copies.items() if uid not in kept}
        )

    def _is_here(self, mail: KeptEmail) -> bool:
        """Moved, or its folder has another UIDVALIDITY: what became of it otherwise is not for a look to say."""
        return any(seen.mailbox == self._mailbox.mailbox for seen in mail.sightings)

    def _look_up(self, copies: Mapping[int, tuple[SeenCopy, Copy]]) -> None:
        """Addresses that nobody knows get a number below zero, for as long as this turn."""
        texts = {text for seen, _copy in copies.values() if seen.evidence for _role, text in seen.evidence.addresses}
        self._keys = self._turn.vault.addresses.find(texts)
        self._keys |= {text: -1 - place for place, text in enumerate(sorted(texts - self._keys.keys()))}
        self._turn.texts |= {key: text for text, key in self._keys.items()}

    def _known(self, copies: Mapping[int, tuple[SeenCopy, Copy]]) -> dict[int, KeptEmail]:
        """The emails that are here already of which some of these are copies."""
        identities = {uid: found for uid, (_, copy) in copies.items() if (found := identity_of(copy)) is not None}
        keys = self._turn.vault.emails.by_identity(identities.values())
        mails = {mail.email: mail for mail in self._turn.get(keys.values())}
        return {uid: mails[keys[one]] for uid, one in identities.items() if keys.get(one) in mails}

    def _sent_from_here(self, copies: Mapping[int, Copy]) -> set[int]:
        """What was sent from here is kept whomever it went to: its copy in Sent is its place."""
        ids = {copy.headers.message_id for copy in copies.values() if copy.headers.message_id is not None}
        sent = {row.message_id for row in self._turn.vault.outbox.by_message_ids(ids)}
        found = {uid for uid, copy in copies.items() if copy.headers.message_id in sent - {None}}
        if self._of_sent:
            rewritten = Rewritten(self._turn, self._origin, copies.values())
            found |= {uid for uid, copy in copies.items() if rewritten.of(copy) is not None}
        return found

    # ---- Standing in

    def _stand_in(self, uid: int, seen: SeenCopy, copy: Copy, known: KeptEmail | None) -> KeptEmail:
        key = EmailKey(-uid)
        evidence = seen.evidence or Evidence(addresses=())
        here = self._sighting(uid, seen, evidence)
        names = tuple(dict.fromkeys(map(name_of, evidence.names)))
        if known is not None:
            here.email = known.email
            more = tuple(name for name in names if name not in known.names)
            return dataclasses.replace(known, sightings=[*known.sightings, here], names=(*known.names, *more))
        headers = copy.headers
        mail = KeptEmail.fresh(
            email=key,
            identity=None,
            name=own_name(_NOT_YET) if headers.message_id is None else name_of(headers.message_id),
            headers=headers,
            at=seen.internaldate,
            people=tuple((role, self._keys[text]) for role, text in evidence.addresses if role in PEOPLE_ROLES),
            kind=evidence.kind,
            verified=evidence.verified,
        )
        return dataclasses.replace(mail, sightings=[here], names=names)

    def _sighting(self, uid: int, seen: SeenCopy, evidence: Evidence) -> KeptSighting:
        own = tuple((role, self._keys[text]) for role, text in evidence.addresses if role not in PEOPLE_ROLES)
        return KeptSighting(
            sighting=0,
            folder=self._origin.folder,
            uidvalidity=self._origin.uidvalidity,
            uid=uid,
            mailbox=self._mailbox.mailbox,
            email=EmailKey(-uid),
            content=None,
            flags="",
            internaldate=seen.internaldate,
            size=0,
            wanted=Depth.NOTHING,
            here=Depth.NOTHING,
            asked=False,
            pass_=self._origin.pass_,
            gone_at=None,
            moved_to=None,
            aim=None,
            body=None,
            own=OwnPart(addresses=own),
            verified=evidence.verified,
            kind=evidence.kind,
        )

    # ---- Deciding

    def _filed(self, stands: Mapping[int, KeptEmail]) -> set[int]:
        """As settling does it: who names what is decided otherwise now is decided again."""
        filed: set[int] = set()
        waiting = dict(stands)
        for _ in range(MAX_ROUNDS):
            if not waiting:
                break
            found = gather(self._turn, list(waiting.values()))
            changed = self._round(waiting, found, stands, filed)
            waiting = {uid: mail for uid, mail in stands.items() if not changed.isdisjoint(mail.names)}
        return filed

    def _round(
        self, waiting: Mapping[int, KeptEmail], found: Gathered, stands: Mapping[int, KeptEmail], filed: set[int]
    ) -> set[bytes]:
        """The names of those that pass on something else than before."""
        bearing = bearing_of([*self._turn.mails.values(), *stands.values()])
        changed = set()
        for uid, mail in waiting.items():
            settled, named, _ = decide(facts_of(self._turn, found, mail, bearing))
            client = bool(settled.files) and not never_synced(self._turn, mail, self._mailbox)
            (filed.add if client else filed.discard)(uid)
            passed = named_raw(named)
            if passed != mail.passed:
                mail.passed = passed
                changed.add(mail.name)
        return changed
