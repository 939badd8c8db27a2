"""Puts copies where they belong: which email ([S7a]), which content, which sighting. Order of arrival changes nothing.

A copy of which the headers alone are known has a content of its own kind, which goes when the body comes. Must not
decide how an email is filed.
"""

from collections.abc import Mapping, Sequence

from actors.desk.flagging import arrive, flags_text, notice_flags
from actors.desk.merging import merge_emails
from actors.desk.naming import heads_of, identity_of, name_of, own_name
from actors.desk.renewing import Renewal
from actors.desk.rewritten import Rewritten
from actors.desk.stance import Shown, reckon
from actors.desk.turn import Turn
from actors.messages import Origin, SeenCopy
from store.model.copy import Copy
from store.model.evidence import PEOPLE_ROLES, Evidence, Kind, Role, Verified
from store.model.ids import EmailKey
from store.model.kept import OwnPart
from store.model.labels import SENT, is_label
from store.model.ledger import Depth
from store.model.uidset import UidSet
from store.rules.identity import email_seconds, local_seconds, next_key
from store.vault.contents import MAX_CONTENTS, NewContent
from store.vault.kept import KeptContent, KeptEmail, KeptSighting
from store.vault.mailboxes import KeptMailbox

_OWN_ROLES = frozenset(role for role in Role if role not in PEOPLE_ROLES)
NO_EVIDENCE = Evidence(addresses=())


class Placing:
    """One batch of copies of one folder. `placed`: the emails that it touched; `joined`: those whose names are new."""

    def __init__(
        self, turn: Turn, origin: Origin, mailbox: KeptMailbox, renewal: Renewal | None, *, of_sent: bool = False
    ) -> None:
        self._of_sent = of_sent
        self._rewritten: Rewritten | None = None
        self._turn = turn
        self._vault = turn.vault
        self._origin = origin
        self._mailbox = mailbox
        self._renewal = renewal
        self._by_identity: dict[bytes, EmailKey] = {}
        self._by_number: dict[int, EmailKey] = {}
        self._addresses: dict[str, int] = {}
        self._newest = 0
        self._taken: dict[int, int | None] = {}
        self.placed: dict[EmailKey, None] = {}
        self.joined: dict[EmailKey, None] = {}
        self.new: list[tuple[KeptSighting, SeenCopy]] = []  # places that were not known

    def place(self, copies: Sequence[SeenCopy], read: Mapping[int, Copy]) -> None:
        """Place the copies that were read, by UID in ascending order: sequences follow it."""
        if not read:
            return
        self._look_up(copies, read)
        origin = self._origin
        known = self._vault.sightings.emails_at(origin.folder, origin.uidvalidity, read)
        self._turn.get(known.values())
        for seen in sorted(copies, key=lambda one: one.copy.uid):
            copy = read.get(seen.copy.uid)
            if copy is not None:
                self._place(seen, copy)
        self._vault.ledger.put(origin.folder, origin.uidvalidity, UidSet.of(read), None)
        for key in self.placed:
            mail = self._turn.mails.get(key)
            if mail is not None:
                reckon(mail, self._turn.book)

    def _look_up(self, copies: Sequence[SeenCopy], read: Mapping[int, Copy]) -> None:
        """Everything the batch asks for, in one query each."""
        identities = {found for copy in read.values() if (found := identity_of(copy)) is not None}
        self._by_identity = self._vault.emails.by_identity(identities)
        numbers = {seen.msgid for seen in copies if seen.msgid}
        self._by_number = self._vault.sightings.of_numbers(self._mailbox.mailbox, numbers) if numbers else {}
        self._turn.get({*self._by_identity.values(), *self._by_number.values()})
        evidence = [seen.evidence or NO_EVIDENCE for seen in copies]
        self._addresses = self._vault.addresses.keys({text for one in evidence for _, text in one.addresses})
        self._turn.texts |= {key: text for text, key in self._addresses.items()}
        self._newest = self._vault.emails.newest() >> 28
        seconds = {seen.internaldate for seen in copies}
        self._taken = self._vault.emails.last_taken(at for at in seconds if 0 < at <= self._turn.now)
        if self._of_sent:
            self._rewritten = Rewritten(self._turn, self._origin, read.values())
        if self._renewal is not None:
            self._turn.get(self._renewal.candidates(copies))

    def _place(self, seen: SeenCopy, copy: Copy) -> None:
        here = self._sighting(copy.uid)
        if here is None and self._renewal is not None:
            here = self._renewal.take(self._turn, seen, copy)
            if here is not None:
                self._moves_here(here, copy.uid)
        if here is not None and not self._fits(here, copy):
            self._leave(here)
            here = None
        if here is None:
            self._first(seen, copy)
        else:
            self._again(here, seen, copy)

    def _sighting(self, uid: int) -> KeptSighting | None:
        return self._turn.at(self._origin.folder, self._origin.uidvalidity, uid)

    # ---- A place that is known

    def _moves_here(self, here: KeptSighting, uid: int) -> None:
        """The folder has another UIDVALIDITY: the old copy is this one, and what people did to it follows."""
        self._turn.move(here, folder=self._origin.folder, uidvalidity=self._origin.uidvalidity, uid=uid)

    def _fits(self, here: KeptSighting, copy: Copy) -> bool:
        """Whether this place still holds the same email; a server may say anything."""
        mail = self._turn.mails[here.email]
        identity = identity_of(copy)
        if identity is None or mail.identity is None or identity == mail.identity:
            return True
        return self._rewritten is not None and self._rewritten.fits(mail, copy)

    def _leave(self, here: KeptSighting) -> None:
        """The place holds another email now: the one that stood here has left it."""
        mail = self._turn.mails[here.email]
        self._turn.take_out(mail, here)
        self._touch(mail)

    def _again(self, here: KeptSighting, seen: SeenCopy, copy: Copy) -> None:
        mail = self._turn.mails[here.email]
        notice_flags(self._turn, mail, here, flags_text(seen.flags), pass_=self._origin.pass_)
        if copy.body is None or (here.here is Depth.WHOLE and here.body == (copy.body_hash or None)):
            self._touch(mail)
            return
        identity = identity_of(copy)
        if mail.identity is None and identity is not None:
            mail = self._now_known(mail, identity)
        same = [s for s in mail.sightings if s is not here and _numbered_alike(s, here) and s.here is Depth.HEADERS]
        for other in same:
            other.content = None
        here.content = self._content(mail, copy, old=here.content, but=here)
        self._has_whole(here, copy)
        for other in same:
            other.content, other.here, other.body, other.changed = here.content, Depth.WHOLE, here.body, True
        for other in mail.sightings:
            if other.content is None and other.here is Depth.WHOLE and len(mail.contents) < MAX_CONTENTS:
                other.content, other.changed = here.content, True  # of an email that was found to be this one
        self._turn.blocks.append((here, copy.header_block))
        self._evidence(mail, here, seen)
        self._touch(mail)

    def _now_known(self, mail: KeptEmail, identity: bytes) -> KeptEmail:
        """A mail without a Message-ID, whose body has come: it may be one that is known already."""
        other = self._find(identity)
        if other is None or other is mail:
            mail.identity = identity
            self._by_identity[identity] = mail.email
            return mail
        kept = merge_emails(self._turn, mail, other)
        kept.identity = identity
        self._by_identity[identity] = kept.email
        self.placed.pop(mail.email, None)
        self.placed.pop(other.email, None)
        self.joined[kept.email] = None
        return kept

    # ---- A new place

    def _first(self, seen: SeenCopy, copy: Copy) -> None:
        identity = identity_of(copy)
        mail = None if identity is None else self._find(identity)
        if mail is None and seen.msgid:
            mail = self._numbered(seen.msgid, identity)
        labelled = any(is_label(flag) for flag in seen.flags)
        if mail is None and self._rewritten is not None and (not labelled or SENT in seen.flags):
            mail = self._sent_under_another_id(copy, self._rewritten)
        if mail is None:
            mail = self._new_email(seen, copy, identity)
        whole = copy.body is not None
        here = KeptSighting(
            sighting=0,
            folder=self._origin.folder,
            uidvalidity=self._origin.uidvalidity,
            uid=copy.uid,
            mailbox=self._mailbox.mailbox,
            email=mail.email,
            content=None,
            flags=flags_text(seen.flags),
            internaldate=self._received(seen, copy),
            size=seen.size or copy.size,
            wanted=Depth.HEADERS,
            here=Depth.HEADERS,
            asked=False,
            pass_=self._origin.pass_,
            gone_at=None,
            moved_to=None,
            aim=None,
            body=None,
            own=OwnPart(),
            verified=Verified.UNKNOWN,
            kind=Kind.PERSONAL,
            msgid=seen.msgid,
        )
        same = None if whole else _whole_copy(mail, here)
        if same is not None:
            here.content, here.here, here.body = same.content, Depth.WHOLE, same.body
        else:
            here.content = self._content(mail, copy, old=None, but=here)
        if whole:
            self._has_whole(here, copy)
        if seen.msgid:
            self._by_number[seen.msgid] = mail.email
        self._turn.blocks.append((here, copy.header_block))
        self._evidence(mail, here, seen)
        arrive(self._turn, mail, here)
        self._turn.put_in(mail, here)
        self.new.append((here, seen))
        self._touch(mail)

    def _sent_under_another_id(self, copy: Copy, rewritten: Rewritten) -> KeptEmail | None:
        """Answers name the id that the server gave: it stands for the mail in threads."""
        mail = rewritten.of(copy)
        if mail is not None and copy.headers.message_id is not None:
            self._turn.joins.setdefault(mail.email, []).append(name_of(copy.headers.message_id))
            self.joined[mail.email] = None
        return mail

    def _numbered(self, msgid: int, identity: bytes | None) -> KeptEmail | None:
        """The mail that the server calls by this number, unless what it says is another's."""
        key = self._by_number.get(msgid)
        mail = None if key is None else self._turn.mails.get(key)
        told_apart = mail is not None and None not in (identity, mail.identity)
        return None if told_apart else mail

    def _find(self, identity: bytes) -> KeptEmail | None:
        key = self._by_identity.get(identity)
        return None if key is None else self._turn.mails.get(key)

    def _new_email(self, seen: SeenCopy, copy: Copy, identity: bytes | None) -> KeptEmail:
        headers = copy.headers
        key = self._new_key(seen, copy)
        evidence = seen.evidence or NO_EVIDENCE
        people = tuple((role, self._addresses[text]) for role, text in evidence.addresses if role in PEOPLE_ROLES)
        mail = KeptEmail.fresh(
            email=key,
            identity=identity,
            name=own_name(key) if headers.message_id is None else name_of(headers.message_id),
            headers=headers,
            at=self._received(seen, copy),
            people=people,
            kind=evidence.kind,
            verified=evidence.verified,
        )
        sender = headers.from_[0] if headers.from_ else None
        name, address = (sender.name, sender.address) if sender else ("", "")
        self._turn.add(mail, Shown(headers.subject, copy.snippet, name, address))
        if identity is not None:
            self._by_identity[identity] = key
        self.joined[key] = None
        return mail

    def _new_key(self, seen: SeenCopy, copy: Copy) -> EmailKey:
        date, now = copy.headers.date, self._turn.now
        if self._mailbox.kind == "local":
            seconds = local_seconds(date=date, line=seen.internaldate or None, clock=now, newest=self._newest)
        else:
            seconds = email_seconds(
                internaldate=seen.internaldate, date=date, backfill=seen.backfill, clock=now, newest=self._newest
            )
        key = next_key(seconds=seconds, last_taken=self._last_taken)
        self._taken[key >> 28] = (key >> 8) & 0xFFFFF
        self._newest = max(self._newest, key >> 28)
        return key

    def _last_taken(self, seconds: int) -> int | None:
        if seconds not in self._taken:
            self._taken |= self._vault.emails.last_taken((seconds,))
        return self._taken[seconds]

    def _received(self, seen: SeenCopy, copy: Copy) -> int:
        """INTERNALDATE; a local copy has none but its Date, or what its file said."""
        if self._mailbox.kind != "local":
            return seen.internaldate
        return copy.headers.date if copy.headers.date is not None else seen.internaldate or self._turn.now

    # ---- What it says

    def _content(self, mail: KeptEmail, copy: Copy, *, old: int | None, but: KeptSighting) -> int | None:
        """The number of the content that this copy has. `old` is what `but` pointed to until now."""
        numbers = {content.no for content in mail.contents}
        held = next((content for content in mail.contents if content.hash == copy.content_hash), None)
        idle = old is not None and not any(s.content == old and s is not but for s in mail.sightings)
        if held is not None:
            if idle and old is not None and old != held.no:
                self._turn.drop_content(mail, old)
            return held.no
        no = (
            old if idle and old is not None else next((n for n in range(1, MAX_CONTENTS + 1) if n not in numbers), None)
        )
        if no is None:
            return None
        self._write(mail, no, copy, replaces=no in numbers)
        return no

    def _write(self, mail: KeptEmail, no: int, copy: Copy, *, replaces: bool) -> None:
        heads = heads_of(copy.headers)
        parts = () if copy.body is None else copy.body.parts
        attached = sum(not part.inline for part in parts)
        pending = self._turn.contents.get((mail.email, no))
        on_disk = replaces and (pending is None or pending.replaces)
        self._turn.contents[mail.email, no] = NewContent(mail.email, no, heads, attached, copy, replaces=on_disk)
        mail.contents = [content for content in mail.contents if content.no != no]
        mail.contents.append(KeptContent(no, copy.content_hash, heads, copy.body is not None, attached))
        if copy.body is not None:
            self._turn.reread.add(mail.email)
            self._show(mail, copy)

    def _show(self, mail: KeptEmail, copy: Copy) -> None:
        """What lists show of it; with several contents it is read again at the end."""
        if len(mail.contents) == 1:
            sender = copy.headers.from_[0] if copy.headers.from_ else None
            name, address = (sender.name, sender.address) if sender else ("", "")
            self._turn.shown[mail.email] = Shown(copy.headers.subject, copy.snippet, name, address)
        else:
            self._turn.shown.pop(mail.email, None)

    def _has_whole(self, here: KeptSighting, copy: Copy) -> None:
        here.here, here.changed = Depth.WHOLE, True
        here.size = here.size or copy.size
        if copy.body_hash:
            here.body = copy.body_hash
            self._turn.bodies[copy.body_hash] = copy.raw_body

    def _evidence(self, mail: KeptEmail, here: KeptSighting, seen: SeenCopy) -> None:
        """What only this copy says, and the names of what it answers."""
        evidence = seen.evidence or NO_EVIDENCE
        headers = seen.copy.headers if isinstance(seen.copy, Copy) else None
        own = tuple((role, self._addresses[text]) for role, text in evidence.addresses if role in _OWN_ROLES)
        here.own = OwnPart(
            addresses=own,
            bcc=headers.bcc if headers else (),
            delivered_to=headers.delivered_to if headers else (),
        )
        here.verified, here.kind, here.changed = evidence.verified, evidence.kind, True
        known = {mail.name, *mail.names}
        new = tuple(name for name in dict.fromkeys(map(name_of, evidence.names)) if name not in known)
        if new:
            mail.names = (*mail.names, *new)
            self._turn.names += [(name, mail.email) for name in new]
            self.joined[mail.email] = None

    def _touch(self, mail: KeptEmail) -> None:
        self.placed[mail.email] = None


def _whole_copy(mail: KeptEmail, here: KeptSighting) -> KeptSighting | None:
    """The same mail in another folder of that mailbox, by the server's number, if its body is here."""
    same = (s for s in mail.sightings if _numbered_alike(s, here))
    return next((s for s in same if s.here is Depth.WHOLE and s.content is not None), None)


def _numbered_alike(one: KeptSighting, other: KeptSighting) -> bool:
    """Whether both are one mail to their server."""
    return bool(one.msgid) and (one.msgid, one.mailbox) == (other.msgid, other.mailbox)
