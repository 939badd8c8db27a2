"""Keeps each thread's sums in step with its emails: one more email costs the same in a long thread.

Sums and maxima are changed by differences; only where the newest goes is the next one looked up. What a thread is to
the firm is said by rules.thread_state. After the emails are written, in the same transaction.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import msgspec

from actors.desk.stance import Shown, Stance, voice
from store.model.ids import EmailKey, MemberKey, ThreadKey
from store.model.kept import Answer, ThreadSummary, Voice
from store.model.thread import StateEmail
from store.rules.thread_state import counts, state
from store.vault.kept import KeptEmail
from store.vault.threads import Holder, KeptThread
from store.vault.vault import Vault

VOICES = 4

replace = msgspec.structs.replace


class Summing:
    """The threads that one transaction touches."""

    def __init__(
        self,
        vault: Vault,
        threads: dict[ThreadKey, KeptThread],
        *,
        shown: Mapping[EmailKey, Shown],
        reread: AbstractSet[EmailKey],
    ) -> None:
        self._vault = vault
        self._threads = threads  # those at hand; others are loaded into it
        self._shown = shown
        self._reread = reread
        self._changes: list[tuple[KeptEmail, Stance | None, Stance | None]] = []

    def changed(self, mail: KeptEmail, *, before: Stance | None, after: Stance | None) -> None:
        """An email came, changed or went (`after` None)."""
        if before != after or mail.email in self._reread:
            self._changes.append((mail, before, after))

    def finish(self) -> dict[ThreadKey, set[int]]:
        """Write the threads; each with its holders."""
        threads = self._threads
        missing = {mail.thread for mail, _, _ in self._changes} - threads.keys()
        threads.update(self._vault.threads.load(missing))
        by_thread: dict[ThreadKey, list[tuple[KeptEmail, Stance | None, Stance | None]]] = {}
        for change in self._changes:
            by_thread.setdefault(change[0].thread, []).append(change)
        touched = [thread for key, thread in threads.items() if key in by_thread or thread.moved]
        for thread in touched:
            self._sum(thread, by_thread.get(thread.thread, []))
        self._vault.threads.save([thread for thread in touched if thread.count])
        for thread in touched:
            if not thread.count:
                self._vault.threads.remove(thread.thread)
        return {thread.thread: set(thread.holders) for thread in touched}

    def _sum(self, thread: KeptThread, changes: list[tuple[KeptEmail, Stance | None, Stance | None]]) -> None:
        look_again = False
        for mail, before, after in changes:
            thread.count += (after is not None) - (before is not None)
            thread.mixed += bool(after and after.is_mixed) - bool(before and before.is_mixed)
            self._hold(thread, mail.email, before, after)
            look_again |= self._add(thread, mail, before, after)
        if thread.count:
            self._settle_newest(thread, {mail.email for mail, _, after in changes if after is None})
            if look_again:
                thread.summary = replace(thread.summary, counting=self._counting(thread.thread))
        judge(thread, self._vault)

    def _hold(self, thread: KeptThread, email: EmailKey, before: Stance | None, after: Stance | None) -> None:
        """Through whom it is seen, counted."""
        none: frozenset[int] = frozenset()
        old_plain, old_mixed = (before.plain, before.mixed) if before else (none, none)
        new_plain, new_mixed = (after.plain, after.mixed) if after else (none, none)
        for holder in (old_plain ^ new_plain) | (old_mixed ^ new_mixed):
            held = thread.holders.setdefault(holder, Holder())
            held.emails += (holder in new_plain) - (holder in old_plain)
            held.mixed += (holder in new_mixed) - (holder in old_mixed)
            self._place(thread.thread, holder, held, email, plain=holder in new_plain, mixed=holder in new_mixed)
            if held.emails <= 0 and held.mixed <= 0:
                del thread.holders[holder]

    def _place(
        self, thread: ThreadKey, holder: int, held: Holder, email: EmailKey, *, plain: bool, mixed: bool
    ) -> None:
        if plain:
            held.newest = max(held.newest, email)
        elif held.newest == email:
            held.newest = self._vault.threads.newest_held(thread, holder, mixed=False) if held.emails else 0
        if plain or mixed:
            held.latest = max(held.latest, email)
        elif held.latest == email:
            held.latest = self._vault.threads.newest_held(thread, holder, mixed=True) if held.emails + held.mixed else 0

    def _add(self, thread: KeptThread, mail: KeptEmail, before: Stance | None, after: Stance | None) -> bool:
        """Sums and maxima; whether the email that counts must be looked up."""
        known = thread.summary
        attached = known.attachments + bool(after and after.attached) - bool(before and before.attached)
        failed = known.unverified + bool(after and after.failed) - bool(before and before.failed)
        versions = known.versions if after is None else max(known.versions, after.versions)
        thread.summary = replace(known, count=thread.count, attachments=attached, unverified=failed, versions=versions)
        if after is not None and (before is None or mail.email in self._reread):
            self._show(thread, mail)
        return self._count(thread, before, after)

    def _show(self, thread: KeptThread, mail: KeptEmail) -> None:
        known = thread.summary
        if mail.email < known.newest and any(v.email > mail.email for v in known.voices[VOICES - 1 :]):
            return
        shown = self._shown.get(mail.email) or Shown(*self._vault.contents.shown(mail.email))
        if mail.email >= known.newest:
            known = replace(known, newest=mail.email, subject=shown.subject, snippet=shown.snippet)
        thread.summary = replace(known, voices=heard([*known.voices, voice(mail, shown)]))
        thread.newest = known.newest

    def _count(self, thread: KeptThread, before: Stance | None, after: Stance | None) -> bool:
        if after is not None and before is not None and before.state == after.state:
            return False
        known = thread.summary.counting
        if known is not None and before is not None and known.email == before.state.email:
            if after is None or not counts(after.state) or after.state.at < known.at:
                return True
            thread.summary = replace(thread.summary, counting=after.state)
        elif after is not None and counts(after.state) and (known is None or _place(after.state) > _place(known)):
            thread.summary = replace(thread.summary, counting=after.state)
        return False

    def _counting(self, thread: ThreadKey) -> StateEmail | None:
        """The newest email that counts, as rules.thread_state counts."""
        return next((found for found in self._vault.threads.states(thread) if counts(found)), None)

    def _settle_newest(self, thread: KeptThread, gone: set[EmailKey]) -> None:
        """After emails went: who is heard, and which is the newest."""
        if thread.summary.newest not in gone and not any(v.email in gone for v in thread.summary.voices):
            return
        rebuild_voices(thread, self._vault)


def rebuild_voices(thread: KeptThread, vault: Vault) -> None:
    """Who is heard, and what the newest says, read anew."""
    voices: list[Voice] = []
    newest: EmailKey | None = None
    for email in vault.emails.in_thread(thread.thread):
        shown = Shown(*vault.contents.shown(email))
        if newest is None:
            newest = email
            thread.summary = replace(thread.summary, newest=email, subject=shown.subject, snippet=shown.snippet)
        voices.append(Voice(email=email, address=shown.address, name=shown.name))
        if len({one.address for one in voices}) >= VOICES:
            break
    thread.newest = thread.summary.newest
    thread.summary = replace(thread.summary, voices=heard(voices))


def heard(voices: list[Voice]) -> tuple[Voice, ...]:
    """Newest first, each address once, at most four."""
    kept: dict[str, Voice] = {}
    for one in sorted(voices, key=lambda one: -one.email):
        kept.setdefault(one.address, one)
    return tuple(kept.values())[:VOICES]


def fold(target: KeptThread, source: KeptThread) -> None:
    """A thread goes into another one: its sums are added."""
    target.count += source.count
    target.mixed += source.mixed
    target.size += source.size
    for holder, held in source.holders.items():
        into = target.holders.setdefault(holder, Holder())
        into.emails += held.emails
        into.mixed += held.mixed
        into.newest = max(into.newest, held.newest)
        into.latest = max(into.latest, held.latest)
    if source.done is not None and (target.done is None or source.done.email > target.done.email):
        target.done = source.done
    target.summary = _folded(target.summary, source.summary)
    target.newest = target.summary.newest


def _folded(one: ThreadSummary, other: ThreadSummary) -> ThreadSummary:
    top, low = (one, other) if one.newest >= other.newest else (other, one)
    counting = max((s.counting for s in (one, other) if s.counting is not None), key=_place, default=None)
    return replace(
        top,
        count=one.count + other.count,
        voices=heard([*top.voices, *low.voices]),
        counting=counting,
        attachments=one.attachments + other.attachments,
        unverified=one.unverified + other.unverified,
        versions=max(one.versions, other.versions),
    )


def judge(thread: KeptThread, vault: Vault) -> None:
    """Whether all see all of it, what it is to the firm, and who answered."""
    clients = [held for holder, held in thread.holders.items() if holder > 0]
    boxes = [held for holder, held in thread.holders.items() if holder < 0]
    seen_by_all = clients or (boxes if len(boxes) == 1 else [])
    thread.uniform = bool(seen_by_all) and not thread.mixed and all(h.emails == thread.count for h in seen_by_all)
    counting = thread.summary.counting
    marked = [] if thread.done is None else vault.threads.states_of((thread.done.email,))
    known = {one.email: one for one in (*marked, *([counting] if counting else []))}
    thread.state = state(known.values(), thread.done)
    answer = None
    if counting is not None and counting.from_member:
        member = vault.threads.from_member(counting.email)
        answer = Answer(email=counting.email, at=counting.at, member=MemberKey(member or 0))
    thread.summary = replace(thread.summary, count=thread.count, answer=answer)


def _place(one: StateEmail) -> tuple[int, EmailKey]:
    return (one.at, one.email)
