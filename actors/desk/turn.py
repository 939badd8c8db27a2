"""One transaction of the desk: what it has loaded and changed, written back in one go at its end.

A turn is made for each message and thrown away. Must not decide anything, and must not be kept.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from actors.desk.book import Book
from actors.desk.going_along import follow_filing
from actors.desk.skipping import tell_again, want_again
from actors.desk.stance import Shown, Stance, reckon, reckon_filings, stance
from actors.desk.summing import Summing
from actors.messages import Wanted
from actors.switchboard import mailbox_name
from store.model.ids import ClientKey, EmailKey, ErrandKey, FolderKey, MailboxKey, MemberKey, ThreadKey
from store.model.record import Record
from store.model.uidset import UidSet
from store.vault.contents import NewContent
from store.vault.following import KeptChange, NewAnnouncement
from store.vault.kept import KeptEmail, KeptSighting, KeptState
from store.vault.threads import KeptThread
from store.vault.vault import Vault

MOVED_WITHIN = 3600  # seconds: a copy that comes after one went from the same mailbox is where it went
KEPT_AFTER = 86_400  # seconds that a copy stays which its mailbox keeps no longer: as long as undo would bring it back
FEW_THREADS = 500  # more are announced by their holders, not one by one

Place = tuple[MailboxKey, FolderKey, int]


@dataclass
class Turn:
    """See the module."""

    vault: Vault
    book: Book
    now: int
    mails: dict[EmailKey, KeptEmail] = field(default_factory=dict)
    before: dict[EmailKey, Stance | None] = field(default_factory=dict)
    removed: dict[EmailKey, KeptEmail] = field(default_factory=dict)
    lost: list[tuple[KeptEmail, KeptSighting]] = field(default_factory=list)
    _places: dict[tuple[int, int, int], KeptSighting] = field(default_factory=dict)
    threads: dict[ThreadKey, KeptThread] = field(default_factory=dict)
    next_thread: int = 0
    joins: dict[EmailKey, list[bytes]] = field(default_factory=dict)  # names of emails that became aliases of it
    contents: dict[tuple[EmailKey, int], NewContent] = field(default_factory=dict)
    bodies: dict[bytes, bytes] = field(default_factory=dict)
    blocks: list[tuple[KeptSighting, bytes]] = field(default_factory=list)
    names: list[tuple[bytes, EmailKey]] = field(default_factory=list)
    came_after: list[tuple[KeptSighting, KeptSighting]] = field(default_factory=list)  # gone, its new place
    shown: dict[EmailKey, Shown] = field(default_factory=dict)
    reread: set[EmailKey] = field(default_factory=set)  # what lists show of them changed
    states: set[tuple[MemberKey, EmailKey]] = field(default_factory=set)
    suggested: set[EmailKey] = field(default_factory=set)
    texts: dict[int, str] = field(default_factory=dict)  # of address keys
    queued: dict[int, list[KeptChange]] = field(default_factory=dict)  # of the loaded sightings
    wanted: dict[Place, set[int]] = field(default_factory=dict)
    urgent: set[Place] = field(default_factory=set)
    unwanted: set[EmailKey] = field(default_factory=set)  # a copy of theirs is not what its mailbox keeps
    passing_on: set[bytes] = field(default_factory=set)  # names of emails that pass on something else now
    newly_filed: set[bytes] = field(default_factory=set)  # names
    linked: set[str] = field(default_factory=set)  # addresses that may file now
    linked_domains: set[str] = field(default_factory=set)  # domains that may
    errands: list[ErrandKey] = field(default_factory=list)
    saving: set[EmailKey] = field(default_factory=set)  # their attachments are to be saved
    told: list[NewAnnouncement] = field(default_factory=list)
    tells: list[tuple[str, Record]] = field(default_factory=list)
    filed: list[tuple[EmailKey, int, str]] = field(default_factory=list)  # email, client, reason or "" for taken out

    # ---- Emails

    def get(self, keys: Iterable[EmailKey]) -> list[KeptEmail]:
        """These emails, loaded once; those that are no more are left out."""
        wanted = list(dict.fromkeys(keys))
        missing = [key for key in wanted if key not in self.mails and key not in self.removed]  # still on disk
        if missing:
            loaded = self.vault.emails.load(missing)
            self.mails.update(loaded)
            self._places.update((_place(seen), seen) for mail in loaded.values() for seen in mail.sightings)
            self._know_texts(mail.from_address for mail in loaded.values())
            for key, mail in loaded.items():
                self.before[key] = self._stance(mail)
        return [self.mails[key] for key in wanted if key in self.mails]

    def one(self, key: EmailKey) -> KeptEmail | None:
        """One of them."""
        return next(iter(self.get((key,))), None)

    def add(self, mail: KeptEmail, shown: Shown) -> None:
        """A new email."""
        self.mails[mail.email] = mail
        self.before[mail.email] = None
        self.shown[mail.email] = shown

    def remove(self, mail: KeptEmail) -> None:
        """An email goes, with all that hangs on it."""
        for seen in list(mail.sightings):
            self.take_out(mail, seen)
        for no in [content.no for content in mail.contents]:
            self.drop_content(mail, no)
        self.mails.pop(mail.email, None)
        if not mail.new:
            self.removed[mail.email] = mail

    def drop_content(self, mail: KeptEmail, no: int) -> None:
        """A content goes, and its words."""
        pending = self.contents.pop((mail.email, no), None)
        if pending is None or pending.replaces:
            self.vault.contents.remove(mail.email, (no,))
        mail.contents = [content for content in mail.contents if content.no != no]

    # ---- Sightings

    def at(self, folder: FolderKey, uidvalidity: int, uid: int) -> KeptSighting | None:
        """The sighting at a place, of the emails that are loaded."""
        return self._places.get((folder, uidvalidity, uid))

    def put_in(self, mail: KeptEmail, seen: KeptSighting) -> None:
        """A copy was seen at a new place."""
        for other in mail.sightings:
            lately = other.gone_at is not None and other.gone_at >= self.now - MOVED_WITHIN
            if lately and other.moved_to is None and other.mailbox == seen.mailbox:
                self.came_after.append((other, seen))
        mail.sightings.append(seen)
        self._places[_place(seen)] = seen

    def move(self, seen: KeptSighting, *, folder: FolderKey, uidvalidity: int, uid: int) -> None:
        """A copy is at another place now; what people did to it follows."""
        self._places.pop(_place(seen), None)
        seen.folder, seen.uidvalidity, seen.uid, seen.changed = folder, uidvalidity, uid, True
        self._places[_place(seen)] = seen
        self.vault.changes.aim(seen.sighting, folder=folder, uidvalidity=uidvalidity, uid=uid)
        self.queued.pop(seen.sighting, None)

    def take_out(self, mail: KeptEmail, seen: KeptSighting) -> None:
        """A sighting goes without a trace."""
        mail.sightings.remove(seen)
        self._places.pop(_place(seen), None)
        self.blocks = [block for block in self.blocks if block[0] is not seen]
        self.came_after = [pair for pair in self.came_after if seen not in pair]
        if seen.sighting:
            self.lost.append((mail, seen))
        self._drop_unused(mail, seen.content)

    def _drop_unused(self, mail: KeptEmail, no: int | None) -> None:
        """A content goes with the last copy that had it, if it was headers alone, or nobody's but that mailbox's."""
        held = next((content for content in mail.contents if content.no == no), None)
        if held is None or len(mail.contents) == 1 or any(seen.content == no for seen in mail.sightings):
            return
        if not (held.whole and mail.filings):
            self.drop_content(mail, held.no)
            self.reread.add(mail.email)
            self.shown.pop(mail.email, None)

    def _stance(self, mail: KeptEmail) -> Stance:
        sender = "" if mail.from_address is None else self.texts.get(mail.from_address, "")
        return stance(mail, sender=sender)

    def _know_texts(self, keys: Iterable[int | None]) -> None:
        missing = {key for key in keys if key is not None and key not in self.texts}
        if missing:
            self.texts |= self.vault.addresses.texts(missing)

    def know_texts(self, mails: Iterable[KeptEmail]) -> None:
        """The texts of all addresses in these emails."""
        self._know_texts(
            [
                a
                for m in mails
                for a in (*(a for _, a in m.people), *(a for s in m.sightings for _, a in s.own.addresses))
            ]
        )

    # ---- What follows

    def want(self, seen: KeptSighting, *, urgent: bool = False) -> None:
        """More of this sighting is wanted than is here: its mailbox is told."""
        place = (seen.mailbox, seen.folder, seen.uidvalidity)
        self.wanted.setdefault(place, set()).add(seen.uid)
        if urgent:
            self.urgent.add(place)

    def state_of(self, mail: KeptEmail, member: MemberKey) -> KeptState:
        """A member's state of an email, to be changed."""
        self.states.add((member, mail.email))
        return mail.states.setdefault(member, KeptState())

    def changes_for(self, seen: KeptSighting) -> list[KeptChange]:
        """What people did that its server does not know yet."""
        if seen.sighting and seen.sighting not in self.queued:
            loaded = [
                s.sighting for mail in self.mails.values() for s in mail.sightings if s.sighting not in self.queued
            ]
            found = self.vault.changes.of_sightings({*loaded, seen.sighting})
            self.queued |= {key: found.get(key, []) for key in {*loaded, seen.sighting}}
        return self.queued.get(seen.sighting, [])

    def tell(self, name: str, message: Record) -> None:
        """To be posted after the commit."""
        self.tells.append((name, message))

    # ---- The end

    def finish(self) -> None:
        """Write everything back; in the transaction."""
        vault = self.vault
        follow_filing(self)
        for mail in [m for m in self.mails.values() if not (m.sightings or m.filings or m.new)]:
            self.remove(mail)
        mails = list(self.mails.values())
        for mail in {mail.email: mail for mail, _ in self.lost if mail.email in self.mails}.values():
            reckon(mail, self.book)
        self._remove()
        for mail in mails:
            reckon_filings(mail)
        vault.emails.save(mails)
        vault.emails.add_names(self.names)
        vault.contents.save_bodies(self.bodies.items())
        vault.contents.save(list(self.contents.values()))
        vault.sightings.save([seen for mail in mails for seen in mail.sightings])
        vault.sightings.save_blocks(self.blocks)
        for gone, new in self.came_after:
            gone.moved_to, gone.changed = new.sighting, True
        vault.sightings.save([gone for gone, _ in self.came_after])
        self._save_states()
        vault.emails.save_suggestions(self.mails[key] for key in sorted(self.suggested) if key in self.mails)
        vault.skipped.release(self.unwanted & self.mails.keys(), due=self.now + KEPT_AFTER)
        tell_again(self, want_again(self))
        self._sum()
        self._post_wanted()

    def _remove(self) -> None:
        self.vault.sightings.remove([seen for _, seen in self.lost])
        self.vault.contents.drop_unused_bodies({seen.body for _, seen in self.lost if seen.body is not None})
        for mail in {id(mail): mail for mail, _ in self.lost}.values():
            self.vault.sightings.refresh_addresses(mail.email, [seen for seen in mail.sightings if seen.sighting])
        for mail in self.removed.values():
            self.vault.emails.remove(mail)

    def _save_states(self) -> None:
        rows = [
            (member, self.mails[email].thread, email, self.mails[email].states[member])
            for member, email in sorted(self.states)
            if email in self.mails
        ]
        self.vault.emails.save_states(rows)

    def _sum(self) -> None:
        summing = Summing(self.vault, self.threads, shown=self.shown, reread=self.reread)
        for key, mail in self.mails.items():
            summing.changed(mail, before=self.before[key], after=self._stance(mail))
        for key, mail in self.removed.items():
            summing.changed(mail, before=self.before[key], after=None)
        touched = summing.finish()
        for mail, seen in self.lost:
            if seen.gone_at is not None:  # *Deleted* stands on what is gone
                touched.setdefault(mail.thread, set())
        self._announce_threads(touched)
        self._announce_states(touched.keys())

    def _announce_threads(self, touched: dict[ThreadKey, set[int]]) -> None:
        """Thread → its holders."""
        threads = sorted(touched)
        if len(threads) <= FEW_THREADS:
            self.told += [NewAnnouncement("threads_changed", thread=thread) for thread in threads]
            return
        counts: dict[int, int] = {}
        for holders in touched.values():
            for holder in holders:
                counts[holder] = counts.get(holder, 0) + 1
        for holder, count in sorted(counts.items()):
            if holder > 0:
                self.told.append(NewAnnouncement("threads_changed", client=ClientKey(holder), count=count))
            else:
                self.told.append(NewAnnouncement("threads_changed", mailbox=MailboxKey(-holder), count=count))

    def _announce_states(self, touched: AbstractSet[ThreadKey]) -> None:
        """Whose view of a thread changed in nothing else: read, unread or starred, here or in another program."""
        said = {(one.member, one.thread) for one in self.told if one.kind == "states_changed"}
        changed = {(member, self.mails[email].thread) for member, email in self.states if email in self.mails} - said
        changed = {(member, thread) for member, thread in changed if thread not in touched}
        if len(changed) <= FEW_THREADS:
            self.told += [NewAnnouncement("states_changed", thread=t, member=m) for m, t in sorted(changed)]
        else:
            self.told += [NewAnnouncement("states_changed", member=m) for m in sorted({m for m, _ in changed})]

    def _post_wanted(self) -> None:
        for (mailbox, folder, uidvalidity), uids in sorted(self.wanted.items()):
            urgent = (mailbox, folder, uidvalidity) in self.urgent
            message = Wanted(folder=folder, uidvalidity=uidvalidity, uids=str(UidSet.of(uids)), urgent=urgent)
            self.tell(mailbox_name(mailbox), message)


def _place(seen: KeptSighting) -> tuple[int, int, int]:
    return (seen.folder, seen.uidvalidity, seen.uid)
