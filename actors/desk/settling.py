"""Settles emails by rules.filing and writes what follows: filings, errands, what is wanted, whose unread it is.

An email is settled again exactly when its own facts change, or when an email that it names passes on something else.
"""

from collections.abc import Iterable, Mapping
from itertools import count

import msgspec

from actors.desk.gathering import facts_of, gather, named_raw
from actors.desk.seeing import visible_facts
from actors.desk.turn import Turn
from store.model.filing import Filed, Settled
from store.model.ids import ClientKey, EmailKey, MemberKey, key_seconds
from store.model.mailbox import MailboxScope
from store.model.never_sync import of_thread
from store.rules.copying import wanted_depth
from store.rules.filing import decide
from store.rules.never_sync import covers
from store.rules.permissions import VisibleFacts, visible
from store.rules.read_state import unread
from store.vault.following import NewAnnouncement
from store.vault.hands import Cause
from store.vault.kept import KeptEmail, KeptFiling
from store.vault.mailboxes import KeptMailbox

NOTIFY = "notify"
SAVE = "save"
GRACE_SECONDS = "grace_seconds"  # in meta
SHOWN_BEFORE = frozenset({"merge_clients"})  # causes whose mail was filed, and shown, before
MAX_ROUNDS = 200
replace = msgspec.structs.replace


class Settling:
    """The settling of one turn. `cause`: an act that settles past mail; it starts no errands, but counts."""

    def __init__(self, turn: Turn, *, cause: Cause | None = None, grace: int = 0) -> None:
        self._turn = turn
        self._cause = cause
        self._grace = grace
        self.past: set[EmailKey] = set()  # brought in by somebody's act: no news
        self.looked_at = 0  # emails, each time that one was decided
        self.old_filed: dict[ClientKey, set[EmailKey]] = {}  # filed without an errand

    def settle(self, keys: Iterable[EmailKey], *, marks_changed: bool = False) -> None:
        """Settle these, and whatever their outcome is a reason for."""
        turn, clock = self._turn, count(1)
        outcome: dict[EmailKey, Settled] = {}
        decided: dict[EmailKey, int] = {}
        changed: dict[bytes, int] = {}
        waiting = list(dict.fromkeys(keys))
        for _ in range(MAX_ROUNDS):
            mails = sorted(turn.get(waiting), key=lambda mail: mail.email)
            if not mails:
                break
            found = gather(turn, mails)
            bearing = bearing_of(turn.mails.values())
            changed_now: dict[bytes, int] = {}
            for mail in mails:
                facts = facts_of(turn, found, mail, bearing)
                settled, named, depends = decide(facts)
                self.looked_at += 1
                outcome[mail.email], decided[mail.email] = settled, next(clock)
                mail.depends = bool(mail.names) and depends
                passed = named_raw(named)
                if passed != mail.passed:
                    mail.passed = passed
                    changed_now[mail.name] = next(clock)
            changed |= changed_now
            waiting = self._naming(changed_now, decided, marks_changed=marks_changed)
        for email, settled in outcome.items():
            if email in turn.mails:
                self._apply(turn.mails[email], settled)

    def _naming(
        self, changed: Mapping[bytes, int], decided: Mapping[EmailKey, int], *, marks_changed: bool
    ) -> list[EmailKey]:
        """Who names what changed, and was not decided after it."""
        if not changed:
            return []
        self._turn.passing_on |= changed.keys()
        keys = set(self._turn.vault.emails.naming(changed, all_of_them=marks_changed))
        keys |= {mail.email for mail in self._turn.mails.values() if not changed.keys().isdisjoint(mail.names)}
        late = []
        for mail in self._turn.get(sorted(keys)):
            if not (mail.depends or marks_changed):
                continue
            newest = max((changed[name] for name in mail.names if name in changed), default=0)
            if decided.get(mail.email, 0) < newest:
                late.append(mail.email)
        return late

    # ---- What follows for one email

    def _apply(self, mail: KeptEmail, settled: Settled) -> None:
        turn = self._turn
        before, was = set(mail.filings), visible_facts(mail)
        certain = {client for client, filing in mail.filings.items() if not filing.ambiguous}
        now = {filed.client: filed for filed in settled.files}
        for client in before - now.keys():
            del mail.filings[client]
            turn.filed.append((mail.email, client, ""))
            turn.vault.errands.withdraw(mail.email, client)
        for client, filed in now.items():
            self._file(mail, client, filed)
        if now.keys() - before:
            self._first_filed(mail, now.keys() - before)
            turn.newly_filed.add(mail.name)
        if before & now.keys() and visible_facts(mail) != was:
            self._shown_to_more(mail, before & now.keys(), was)
        self._saves(mail, certain)
        if now.keys() != before:
            self._unread_to_others(mail)
        if settled.suggestions != mail.suggestions:
            mail.suggestions = settled.suggestions
            turn.suggested.add(mail.email)
        want_copies(turn, mail)

    def _saves(self, mail: KeptEmail, before: set[ClientKey]) -> None:
        """Its attachments save themselves, once for each client that it is certainly filed with."""
        turn = self._turn
        certain = [client for client, filing in mail.filings.items() if not filing.ambiguous and client not in before]
        if certain and _saves_attachments(turn, mail):
            for client in certain:
                turn.vault.errands.add(mail.email, client, SAVE, at=turn.now)
            turn.saving.add(mail.email)

    def _file(self, mail: KeptEmail, client: ClientKey, filed: Filed) -> None:
        known = mail.filings.get(client)
        visible_from = known.visible_from if known else self._visible_from(mail)
        made = KeptFiling(
            client=client,
            reason=filed.reason,
            confidence=filed.confidence,
            ambiguous=filed.ambiguous,
            address=filed.address,
            rule=filed.rule,
            maker=filed.by,
            source=filed.source,
            since=known.since if known else self._turn.now,
            visible_from=visible_from,
        )
        if made != known:
            mail.filings[client] = made
            self._turn.filed.append((mail.email, client, filed.reason))

    def _visible_from(self, mail: KeptEmail) -> int:
        """A link that files out of others' mailboxes may have a grace before it shows (Z3)."""
        linked = (self._cause is not None and self._cause.kind not in SHOWN_BEFORE) or mail.email in self.past
        return self._turn.now + self._grace if self._grace and linked else 0

    def _first_filed(self, mail: KeptEmail, clients: Iterable[ClientKey]) -> None:
        turn = self._turn
        fresh = self._cause is None and mail.email not in self.past and is_fresh(turn, mail)
        for client in sorted(clients):
            if not fresh:
                self.old_filed.setdefault(client, set()).add(mail.email)
            elif (errand := turn.vault.errands.add(mail.email, client, NOTIFY, at=turn.now)) is not None:
                turn.errands.append(errand)
                turn.told.append(NewAnnouncement("emails_filed", email=mail.email, thread=mail.thread, client=client))
        if self._cause is not None:
            for member in {m for seen in mail.present() for m in turn.book.members_of(seen.mailbox)}:
                self._cause.filed[member] = self._cause.filed.get(member, 0) + 1

    def _shown_to_more(self, mail: KeptEmail, clients: Iterable[ClientKey], was: VisibleFacts) -> None:
        """Filed there before, but hidden from a follower who sees it now: they have not been told ([N3])."""
        turn, now = self._turn, visible_facts(mail)
        if self._cause is not None or not is_fresh(turn, mail):
            return
        for client in sorted(clients):
            scopes = [turn.book.scopes[member] for member in turn.book.followers(client)]
            if any(visible(s, now, now=turn.now) and not visible(s, was, now=turn.now) for s in scopes):
                errand = turn.vault.errands.reopen(mail.email, client, NOTIFY)
                turn.errands += [] if errand is None else [errand]

    def _unread_to_others(self, mail: KeptEmail) -> None:
        """To members who see it by a filing alone it is unread if it came after their access ([T2a])."""
        own = {member for seen in mail.sightings for member in self._members(seen.mailbox)}
        for member in self._turn.book.members.values():
            known = mail.states.get(member.member)
            if member.member in own or (known is not None and known.read_said):
                continue
            since = self._turn.book.access_since(member, mail.filings)
            new = unread(said=None, seen_in_own=None, seconds=key_seconds(mail.email), access_since=since)
            if new is not (known is not None and known.unread):
                self._turn.state_of(mail, member.member).unread = new

    def _members(self, mailbox: int) -> tuple[MemberKey, ...]:
        kept = self._turn.book.mailboxes.get(mailbox)  # type: ignore[call-overload]  # a key of either kind
        return kept.members if kept is not None else ()


def bearing_of(mails: Iterable[KeptEmail]) -> dict[bytes, list[KeptEmail]]:
    """Emails by the name that others name them by."""
    found: dict[bytes, list[KeptEmail]] = {}
    for mail in mails:
        found.setdefault(mail.name, []).append(mail)
    return found


def want_copies(turn: Turn, mail: KeptEmail) -> None:
    """How much of each copy is wanted ([S4]). What a mailbox keeps no longer goes, but not at once."""
    for seen in mail.present():
        mailbox = turn.book.mailboxes.get(seen.mailbox)
        if mailbox is None:
            continue
        filed = is_filed(turn, mail, mailbox)
        wanted = wanted_depth(mailbox.scope, filed=filed, asked=seen.asked)
        if wanted is not seen.wanted:
            seen.wanted, seen.changed = wanted, True
        if seen.here < wanted:
            turn.want(seen)
        if not filed and mailbox.scope is MailboxScope.CLIENTS:
            turn.unwanted.add(mail.email)


def is_filed(turn: Turn, mail: KeptEmail, mailbox: KeptMailbox) -> bool:
    """Whether it is client mail to this mailbox: its never-sync list beats every link."""
    return bool(mail.filings) and not never_synced(turn, mail, mailbox)


def never_synced(turn: Turn, mail: KeptEmail, mailbox: KeptMailbox) -> bool:
    """Whether the mailbox's never-sync list names somebody in it, or its thread."""
    if not mailbox.never_sync:
        return False
    if of_thread(mail.thread) in mailbox.never_sync:
        return True
    own = turn.book.own_texts
    return covers(mailbox.never_sync, [turn.texts[a] for _, a in mail.people if turn.texts[a] not in own])


def _saves_attachments(turn: Turn, mail: KeptEmail) -> bool:
    """Whether a mailbox that holds it does so ([A1])."""
    boxes = turn.book.mailboxes
    return any(seen.mailbox in boxes and boxes[seen.mailbox].settings.save_attachments for seen in mail.sightings)


def is_fresh(turn: Turn, mail: KeptEmail) -> bool:
    """Newer than the earliest start of its mailboxes' sync: mail that comes, not mail that is brought in."""
    starts = [turn.book.mailboxes[s.mailbox].added_at for s in mail.sightings if s.mailbox in turn.book.mailboxes]
    return bool(starts) and key_seconds(mail.email) >= min(starts)
