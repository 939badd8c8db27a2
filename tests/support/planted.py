"""A store filled by hand, without the office: rows as the schema says, so that queries can be held against rules.

What the writer derives (summaries, holders, counts) is worked out here from scratch in `finish`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from store.mime.compress import compress
from store.model.address import Person
from store.model.copy import Headers, Part
from store.model.evidence import Kind, Role, Verified
from store.model.firm import MemberRole, Right
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey, ThreadKey, email_key
from store.model.kept import Answer, OwnPart, Shape, ThreadSummary, Voice
from store.model.mailbox import MailboxScope, MailboxSettings, Progress, ServerSettings
from store.model.thread import DoneMark, SnoozeMark, StateEmail
from store.rules.permissions import VisibleFacts, VisibleFiling
from store.rules.thread_state import newest_counting, state
from store.vault.database import Database
from store.vault.migrate import migrations

SECRET = b"s" * 32
START = 1_700_000_000

_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True)
class PlantedFiling:
    """Where an email is filed."""

    client: ClientKey
    ambiguous: bool = False
    visible_from: int = 0
    reason: str = "address"


@dataclass(frozen=True)
class PlantedContent:
    """What a copy says."""

    subject: str = "Deed"
    text: str | None = "The deed is ready."  # None: headers alone
    parts: tuple[Part, ...] = ()
    html: bool = False
    hidden_text: bool = False
    links: tuple[tuple[str, str], ...] = ()
    cut: tuple[str, ...] = ()
    reply_to: tuple[Person, ...] = ()


@dataclass(frozen=True)
class PlantedCopy:
    """A copy in a mailbox."""

    mailbox: MailboxKey
    content: int = 1
    flags: str = ""
    gone: bool = False
    gone_at: int = START
    bcc: tuple[Person, ...] = ()
    header_block: bytes = b""
    body: bytes | None = None


@dataclass
class PlantedEmail:
    """An email with all that hangs on it."""

    key: EmailKey
    thread: ThreadKey
    from_: Person
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    copies: list[PlantedCopy]
    contents: list[PlantedContent]
    filings: list[PlantedFiling]
    private: bool
    kind: Kind
    verified: Verified
    at: int
    message_id: str | None
    from_member: MemberKey | None = None
    outside: bool = True

    @property
    def boxes(self) -> tuple[MailboxKey, ...]:
        """Where it is present."""
        return tuple(dict.fromkeys(copy.mailbox for copy in self.copies if not copy.gone))

    @property
    def mixed(self) -> bool:
        """Not everybody with a client sees it."""
        return bool(self.filings) and (
            self.private or any(filing.ambiguous or filing.visible_from for filing in self.filings)
        )

    def facts(self) -> VisibleFacts:
        """For the rule."""
        filings = tuple(
            VisibleFiling(client=f.client, ambiguous=f.ambiguous, visible_from=f.visible_from) for f in self.filings
        )
        return VisibleFacts(mailboxes=self.boxes, filings=filings, private=self.private)

    def state_email(self) -> StateEmail:
        """For the rule."""
        return StateEmail(
            email=self.key,
            at=self.at,
            kind=self.kind,
            from_member=self.from_member is not None,
            outside=self.outside,
            sender=self.from_.address,
        )


@dataclass
class Planted:
    """See the module."""

    database: Database
    emails: list[PlantedEmail] = field(default_factory=list)
    marks: dict[EmailKey, DoneMark] = field(default_factory=dict)
    snoozes: dict[tuple[MemberKey, EmailKey], SnoozeMark] = field(default_factory=dict)
    assignments: dict[EmailKey, MemberKey | None] = field(default_factory=dict)
    commented: list[EmailKey] = field(default_factory=list)
    _addresses: dict[str, int] = field(default_factory=dict)
    _own: dict[str, MemberKey] = field(default_factory=dict)
    _seconds: int = 0
    _threads: int = 0

    @classmethod
    def at(cls, path: Path | None = None) -> "Planted":
        """A store with its tables and nothing in it; without a path in memory."""
        database = Database(Path(":memory:") if path is None else path)
        for step in migrations():
            database.connection.execute(step.sql)
        for name, value in (("firm", "Stone & Co"), ("id_secret", SECRET), ("generation", 1)):
            database.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
        return cls(database)

    # ---- People

    def member(
        self,
        name: str,
        role: MemberRole = MemberRole.EMPLOYEE,
        *,
        rights: Iterable[Right] = (),
        clients: Iterable[ClientKey] = (),
        walls: Iterable[ClientKey] = (),
    ) -> MemberKey:
        words = " ".join(sorted(rights))
        key = self.database.insert(
            "INSERT INTO members (name, role, rights, joined_at) VALUES (?, ?, ?, ?)", (name, role, words, START)
        )
        for table, given in (("access", clients), ("walls", walls)):
            rows = [(key, client, START) for client in given]
            self.database.many(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)  # noqa: S608 - one of two names
        return MemberKey(key)

    def client(self, name: str) -> ClientKey:
        return ClientKey(self.database.insert("INSERT INTO clients (name, made_at) VALUES (?, ?)", (name, START)))

    def contact(self, name: str, addresses: Iterable[str], clients: Iterable[ClientKey]) -> int:
        key = self.database.insert("INSERT INTO contacts (name) VALUES (?)", (name,))
        linked = list(clients)
        for address in addresses:
            number = self.address(address)
            self.database.run("INSERT INTO contact_addresses VALUES (?, ?)", (number, key))
            self.database.many("INSERT INTO link_switches VALUES (?, ?, 1, 1)", [(number, client) for client in linked])
        self.database.many("INSERT INTO links VALUES (?, ?)", [(key, client) for client in linked])
        return key

    def mailbox(self, address: str, *members: MemberKey, progress: Progress | None = None) -> MailboxKey:
        """A mailbox with one folder under its own key."""
        settings = MailboxSettings(
            address=address,
            login=address,
            imap=ServerSettings(host="mail.example", port=993, tls="ssl"),
            scope=MailboxScope.WHOLE,
        )
        key = self.database.insert(
            "INSERT INTO mailboxes (address, kind, server_key, settings, scope, added_at, progress)"
            " VALUES (?, 'imap', ?, ?, 'whole', ?, ?)",
            (address, address, _pack(settings), START, None if progress is None else _pack(progress)),
        )
        self.database.many("INSERT INTO mailbox_members VALUES (?, ?, ?)", [(key, member, START) for member in members])
        self.database.run("INSERT INTO mailbox_addresses VALUES (?, ?, 1)", (self.address(address), key))
        self.database.run(
            "INSERT INTO folders (folder, mailbox, name, raw, special_use) VALUES (?, ?, 'INBOX', ?, 'inbox')",
            (key, key, b"INBOX"),
        )
        self._own[address] = members[0] if len(members) == 1 else MemberKey(0)
        return MailboxKey(key)

    def address(self, text: str) -> int:
        if text not in self._addresses:
            domain = text.rpartition("@")[2]
            self._addresses[text] = self.database.insert(
                "INSERT INTO addresses (text, domain) VALUES (?, ?)", (text, domain)
            )
        return self._addresses[text]

    # ---- Mail

    def thread(self) -> ThreadKey:
        self._threads += 1
        return ThreadKey(self._threads)

    def email(
        self,
        *copies: PlantedCopy | MailboxKey,
        thread: ThreadKey | None = None,
        filings: Iterable[PlantedFiling | ClientKey] = (),
        contents: Sequence[PlantedContent] = (PlantedContent(),),
        from_: Person | str = "ada@byron.example",
        to: Iterable[str] = ("olga@firm.example",),
        cc: Iterable[str] = (),
        private: bool = False,
        kind: Kind = Kind.PERSONAL,
        verified: Verified = Verified.UNKNOWN,
        seconds: int | None = None,
        at: int | None = None,
    ) -> PlantedEmail:
        """One email, a minute after the one before unless said."""
        self._seconds = self._seconds + 60 if seconds is None else seconds - START
        key = email_key(seconds=START + self._seconds, sequence=len(self.emails) % 1000)
        mail = PlantedEmail(
            key=key,
            thread=self.thread() if thread is None else thread,
            from_=from_ if isinstance(from_, Person) else Person(address=from_),
            to=tuple(Person(address=address) for address in to),
            cc=tuple(Person(address=address) for address in cc),
            copies=[copy if isinstance(copy, PlantedCopy) else PlantedCopy(copy) for copy in copies],
            contents=list(contents),
            filings=[f if isinstance(f, PlantedFiling) else PlantedFiling(f) for f in filings],
            private=private,
            kind=kind,
            verified=verified,
            at=START + self._seconds if at is None else at,
            message_id=f"{key}@mail.example",
        )
        mail.from_member = self._own.get(mail.from_.address)
        everybody = (mail.from_, *mail.to, *mail.cc)
        mail.outside = any(person.address not in self._own for person in everybody)
        self.emails.append(mail)
        self._write(mail)
        return mail

    def _write(self, mail: PlantedEmail) -> None:
        database = self.database
        people = [(Role.FROM, mail.from_), *((Role.TO, p) for p in mail.to), *((Role.CC, p) for p in mail.cc)]
        keyed = [(role, self.address(person.address)) for role, person in people]
        whole = [content for content in mail.contents if content.text is not None]
        attachments = len([part for part in whole[0].parts if not part.inline]) if whole else 0
        self._put(
            "emails",
            email=mail.key,
            identity=str(mail.key).encode(),
            thread=mail.thread,
            name=str(mail.key).encode(),
            message_id=mail.message_id,
            date=mail.at,
            at=mail.at,
            people=_pack(keyed),
            from_address=keyed[0][1],
            from_member=mail.from_member,
            outside=int(mail.outside),
            kind=mail.kind,
            verified=mail.verified,
            private=int(mail.private),
            filed=len(mail.filings),
            mixed=int(mail.mixed),
            versions=len(mail.contents),
            whole=int(bool(whole)),
            attachments=attachments,
        )
        database.many(
            "INSERT OR IGNORE INTO email_addresses VALUES (?, ?, ?)",
            [(address, mail.key, role) for role, address in keyed],
        )
        for no, content in enumerate(mail.contents, 1):
            self._write_content(mail, no, content)
        for copy in mail.copies:
            self._write_copy(mail, copy)
        database.many(
            "INSERT INTO filings (email, client, reason, confidence, ambiguous, address, since, visible_from)"
            " VALUES (?, ?, ?, 100, ?, ?, ?, ?)",
            [
                (mail.key, f.client, f.reason, int(f.ambiguous), mail.from_.address, mail.at, f.visible_from)
                for f in mail.filings
            ],
        )

    def _write_content(self, mail: PlantedEmail, no: int, content: PlantedContent) -> None:
        headers = Headers(
            message_id=mail.message_id,
            date=mail.at,
            subject=content.subject,
            from_=(mail.from_,),
            to=mail.to,
            cc=mail.cc,
            reply_to=content.reply_to,
        )
        shape = Shape(
            html=content.html,
            hidden_text=content.hidden_text,
            links=content.links,
            parts=content.parts,
            cut=content.cut,
        )
        text = content.text
        attachments = len([part for part in content.parts if not part.inline])
        self._put(
            "contents",
            content=mail.key + no,
            email=mail.key,
            no=no,
            hash=b"h%d" % no,
            heads=content.subject.encode(),
            whole=int(text is not None),
            subject=content.subject,
            headers=_pack(headers),
            text=None if text is None else compress(text.encode()),
            shape=None if text is None else _pack(shape),
            snippet=(text or "")[:160],
            attachments=attachments,
        )
        people = " ".join(f"{p.name} {p.address}" for p in (mail.from_, *mail.to, *mail.cc))
        names = " ".join(part.name for part in content.parts)
        self.database.run(
            "INSERT INTO fts (rowid, subject, people, names, body) VALUES (?, ?, ?, ?, ?)",
            (mail.key + no, content.subject, people, names, f"{names}\n{text or ''}"),
        )

    def _write_copy(self, mail: PlantedEmail, copy: PlantedCopy) -> None:
        own = OwnPart(addresses=tuple((Role.BCC, self.address(person.address)) for person in copy.bcc), bcc=copy.bcc)
        body = None if copy.body is None else str(hash(copy.body)).encode()
        uid = (self.database.value("SELECT count(*) FROM sightings") or 0) + 1
        sighting = self._put(
            "sightings",
            folder=copy.mailbox,
            uidvalidity=1,
            uid=uid,
            mailbox=copy.mailbox,
            email=mail.key,
            content=copy.content,
            flags=copy.flags,
            internaldate=mail.at,
            size=0,
            wanted=2,
            here=2 if body else 1,
            **{"pass": 1},
            gone_at=copy.gone_at if copy.gone else None,
            body=body,
            own=_pack(own),
            verified=mail.verified,
            kind=mail.kind,
        )
        if copy.header_block:
            self.database.run("INSERT INTO header_blocks VALUES (?, ?)", (sighting, compress(copy.header_block)))
        if body is not None and copy.body is not None:
            self.database.run("INSERT OR IGNORE INTO bodies VALUES (?, ?)", (body, compress(copy.body)))
        self.database.many(
            "INSERT OR IGNORE INTO sighting_addresses VALUES (?, ?, ?, 'bcc')",
            [(self.address(person.address), mail.key, copy.mailbox) for person in copy.bcc],
        )

    # ---- States

    def say(self, member: MemberKey, mail: PlantedEmail, *, unread: bool = False, starred: bool = False) -> None:
        """A member's own state of an email."""
        self.database.run(
            "INSERT OR REPLACE INTO member_states VALUES (?, ?, ?, ?, ?, 1, 1)",
            (member, mail.thread, mail.key, int(unread), int(starred)),
        )

    def merge(self, source: ThreadKey, target: ThreadKey) -> None:
        """Two threads were found to be one."""
        for mail in self.emails:
            mail.thread = target if mail.thread == source else mail.thread
        for table in ("emails", "member_states", "done_marks", "snoozes", "assignments", "comments"):
            self.database.run(f"UPDATE {table} SET thread = ? WHERE thread = ?", (target, source))  # noqa: S608 - names
        self._put("merged_threads", merged=source, thread=target)

    def leave(self, mail: PlantedEmail, mailbox: MailboxKey, at: int) -> None:
        """Its copies there have left the server."""
        mail.copies = [
            replace(copy, gone=True, gone_at=at) if copy.mailbox == mailbox and not copy.gone else copy
            for copy in mail.copies
        ]
        self.database.run(
            "UPDATE sightings SET gone_at = ? WHERE email = ? AND mailbox = ? AND gone_at IS NULL",
            (at, mail.key, mailbox),
        )

    def done(self, member: MemberKey, mail: PlantedEmail) -> None:
        """A person said so, having seen this as the newest."""
        self.marks[mail.key] = DoneMark(email=mail.key, at=mail.at, by=member)
        self.database.run("INSERT INTO done_marks VALUES (?, ?, ?, ?)", (mail.key, mail.thread, mail.at, member))

    def snooze(self, member: MemberKey, mail: PlantedEmail, until: int, *, at: int = START) -> None:
        """A member wants the thread out of sight, having seen this as the newest."""
        self.snoozes[member, mail.key] = SnoozeMark(email=mail.key, at=at, until=until)
        self.database.run(
            "INSERT OR REPLACE INTO snoozes VALUES (?, ?, ?, ?, ?)", (member, mail.key, mail.thread, until, at)
        )

    def assign(self, mail: PlantedEmail, member: MemberKey | None) -> None:
        """Who answers for the thread, said by who saw this as the newest."""
        self.assignments[mail.key] = member
        self.database.run(
            "INSERT OR REPLACE INTO assignments VALUES (?, ?, ?, ?, 1)", (mail.key, mail.thread, member, START)
        )

    def comment(self, member: MemberKey, mail: PlantedEmail, text: str) -> None:
        """A word on it."""
        self.commented.append(mail.key)
        self._put("comments", email=mail.key, thread=mail.thread, member=member, at=START, text=text)

    def notice(self, member: MemberKey, kind: str, *, email: int, client: int, arguments: dict[str, str | int]) -> None:
        """In a member's Inbox+."""
        self._put("notices", member=member, kind=kind, email=email, client=client, at=START, arguments=_pack(arguments))

    def suggest(self, mail: PlantedEmail, client: ClientKey, *, mailboxes: Iterable[MailboxKey]) -> None:
        """Shown, not applied; to the members of these mailboxes, or to everybody."""
        shown_to = " ".join(map(str, mailboxes))
        self._put("suggestions", email=mail.key, client=client, reason="domain", mailboxes=shown_to)

    def announce(self, kind: str, **about: int | None) -> int:
        """Kept as the writer does with every change."""
        return self._put("announcements", at=START, kind=kind, **about)

    def _put(self, table: str, **columns: object) -> int:
        names, marks = ", ".join(columns), ", ".join("?" for _ in columns)
        return self.database.insert(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - names that stand above
            tuple(columns.values()),
        )

    # ---- What the writer derives

    def finish(self, *changed: ThreadKey) -> None:
        """Threads with their summaries and holders; announces these, else that anything may have changed."""
        by_thread: dict[ThreadKey, list[PlantedEmail]] = {}
        for mail in sorted(self.emails, key=lambda mail: mail.key):
            by_thread.setdefault(mail.thread, []).append(mail)
        for table in ("threads", "thread_holders"):
            self.database.run(f"DELETE FROM {table}")  # noqa: S608 - one of two names
        for thread, mails in by_thread.items():
            self._write_thread(thread, mails)
            self._write_holders(thread, mails)
        for thread in changed:
            self.announce("threads_changed", thread=thread)
        if not changed:
            self.announce("threads_changed")

    def _write_thread(self, thread: ThreadKey, mails: list[PlantedEmail]) -> None:
        newest = mails[-1]
        marked = [self.marks[mail.key] for mail in mails if mail.key in self.marks]
        states = [mail.state_email() for mail in mails]
        self.database.run(
            "INSERT INTO threads (thread, size, newest, count, mixed, uniform, state, summary)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                thread, len(mails), newest.key, len(mails), sum(mail.mixed for mail in mails), 0,
                state(states, marked[-1] if marked else None), _pack(self._summary(mails)),
            ),
        )  # fmt: skip

    @staticmethod
    def _summary(mails: list[PlantedEmail]) -> ThreadSummary:
        newest = mails[-1]
        voices: dict[str, Voice] = {}
        for mail in reversed(mails):
            voice = Voice(email=mail.key, address=mail.from_.address, name=mail.from_.name)
            voices.setdefault(mail.from_.address, voice)
        counting = newest_counting(mail.state_email() for mail in mails)
        answers = [mail for mail in mails if mail.from_member is not None and mail.outside]
        last = max(answers, key=lambda mail: (mail.at, mail.key), default=None)
        answer = None if last is None else Answer(email=last.key, at=last.at, member=last.from_member or MemberKey(0))
        shown = _shown(newest)
        return ThreadSummary(
            newest=newest.key,
            subject=shown.subject,
            snippet=(shown.text or "")[:160],
            count=len(mails),
            voices=tuple(voices.values())[:4],
            counting=counting,
            answer=answer,
            attachments=sum(any(not part.inline for part in _shown(mail).parts) for mail in mails),
            unverified=sum(mail.verified is Verified.FAIL for mail in mails),
            versions=max(len(mail.contents) for mail in mails),
        )

    def _write_holders(self, thread: ThreadKey, mails: list[PlantedEmail]) -> None:
        seen: dict[int, list[PlantedEmail]] = {}
        mixed: dict[int, list[PlantedEmail]] = {}
        for mail in mails:
            for box in mail.boxes:
                seen.setdefault(-box, []).append(mail)
            for filing in mail.filings:
                (mixed if mail.mixed else seen).setdefault(filing.client, []).append(mail)
        for holder in seen.keys() | mixed.keys():
            full, part = seen.get(holder, []), mixed.get(holder, [])
            newest = max((mail.key for mail in full), default=0)
            latest = max(mail.key for mail in (*full, *part))
            self.database.run(
                "INSERT INTO thread_holders VALUES (?, ?, ?, ?, ?, ?, ?)",
                (holder, thread, len(full), len(part), int(bool(part)), newest, latest),
            )


def _shown(mail: PlantedEmail) -> PlantedContent:
    return next((content for content in mail.contents if content.text is not None), mail.contents[0])
