"""Emails with what hangs on them: looked up and loaded in bulk, written back in bulk. Decides nothing."""

from collections.abc import Iterable, Sequence

import msgspec

from store.model.evidence import Kind, Role, Verified
from store.model.filing import Reason, Suggestion
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey, ThreadKey
from store.vault.addresses import alike
from store.vault.database import Database, Row
from store.vault.kept import KeptContent, KeptEmail, KeptFiling, KeptState
from store.vault.sightings import Sightings

_IN = "IN (SELECT value FROM carray(?1))"
_COLUMNS = (
    "email, identity, thread, name, message_id, date, at, people, from_address, from_member, outside, kind, verified,"
    " depends, private, filed, mixed, versions, whole, attachments, passed"
)
_SECONDS_SHIFT = 28

_pack_people = msgspec.msgpack.Encoder().encode
_unpack_people = msgspec.msgpack.Decoder(tuple[tuple[Role, int], ...]).decode


class Emails:
    """The table of emails and those that hang on it."""

    def __init__(self, database: Database, sightings: Sightings) -> None:
        self._db = database
        self._sightings = sightings

    # ---- Looking up

    def by_identity(self, identities: Iterable[bytes]) -> dict[bytes, EmailKey]:
        """[S7a]: which of these are known."""
        return dict(self._db.of_blobs(f"SELECT identity, email FROM emails WHERE identity {_IN}", identities))

    def passing(self, names: Iterable[bytes]) -> list[tuple[bytes, EmailKey, bytes]]:
        """Of those that bear these Message-IDs: what they pass on, where it is anything."""
        found = self._db.of_blobs(
            f"SELECT name, email, passed FROM emails WHERE name {_IN} AND passed IS NOT NULL", names
        )
        return [(row[0], row[1], row[2]) for row in found]

    def naming(self, names: Iterable[bytes], *, all_of_them: bool = False) -> list[EmailKey]:
        """Emails whose reply headers name these and whose filing can change by it (or all of them)."""
        found = self._db.of_blobs(
            f"SELECT DISTINCT n.email FROM email_names AS n JOIN emails AS e ON e.email = n.email"
            f" WHERE n.name {_IN} AND (e.depends OR ?2)",
            names,
            int(all_of_them),
        )
        return [row[0] for row in found]

    def bearing(self, addresses: Iterable[int]) -> list[EmailKey]:
        """Emails in which these addresses stand, in whatever role, or others that reach the same people."""
        keys = alike(self._db, addresses)
        found = {row[0] for row in self._db.of_keys(f"SELECT email FROM email_addresses WHERE address {_IN}", keys)}
        own = self._db.of_keys(f"SELECT email FROM sighting_addresses WHERE address {_IN}", keys)
        return sorted(found | {row[0] for row in own}, reverse=True)

    def sent_from(self, address: int) -> list[EmailKey]:
        """Emails whose first From is this address."""
        return [
            row[0]
            for row in self._db.rows(
                "SELECT a.email FROM email_addresses AS a JOIN emails AS e ON e.email = a.email"
                " WHERE a.address = ? AND a.role = 'from' ORDER BY a.email DESC",
                (address,),
            )
        ]

    def unfiled_in(self, mailbox: MailboxKey) -> list[EmailKey]:
        """Emails that nobody's client has, with a copy in this mailbox."""
        sql = (
            "SELECT DISTINCT s.email FROM sightings AS s JOIN emails AS e ON e.email = s.email"
            " WHERE s.mailbox = ? AND s.gone_at IS NULL AND e.filed = 0"
        )
        return [EmailKey(row[0]) for row in self._db.rows(sql, (mailbox,))]

    def lying_in(self, mailbox: MailboxKey, emails: Iterable[EmailKey]) -> list[EmailKey]:
        """Which of these have, or had, a copy in this mailbox."""
        sql = f"SELECT DISTINCT email FROM sightings WHERE mailbox = {int(mailbox)} AND email {_IN}"
        return [EmailKey(row[0]) for row in self._db.of_keys(sql, emails)]

    def in_thread(self, thread: ThreadKey) -> list[EmailKey]:
        """All emails of a thread, newest first."""
        return [
            row[0] for row in self._db.rows("SELECT email FROM emails WHERE thread = ? ORDER BY email DESC", (thread,))
        ]

    def resolve(self, key: EmailKey) -> EmailKey | None:
        """The email that a key stands for: the one it is an alias of (before what it was is taken away), or itself."""
        found = self._db.value(
            "SELECT coalesce((SELECT email FROM aliases WHERE alias = ?1),"
            " (SELECT email FROM emails WHERE email = ?1))",
            (key,),
        )
        return None if found is None else EmailKey(found)

    def newest(self) -> EmailKey:
        """The highest key, 0 if there is none."""
        return EmailKey(self._db.value("SELECT max(email) FROM emails") or 0)

    def last_taken(self, seconds: Iterable[int]) -> dict[int, int | None]:
        """The highest sequence that was given out in each of these seconds."""
        wanted = set(seconds)
        last: dict[int, int | None] = dict.fromkeys(wanted)
        for table, key in (("emails", "email"), ("aliases", "alias")):
            for second, taken in self._db.of_keys(
                f"SELECT value, (SELECT max({key}) FROM {table}"
                f" WHERE {key} >= value << {_SECONDS_SHIFT} AND {key} < (value + 1) << {_SECONDS_SHIFT})"
                " FROM carray(?1)",
                wanted,
            ):
                if taken is not None:
                    last[second] = max(last[second] or 0, (taken - (second << _SECONDS_SHIFT)) >> 8)
        return last

    # ---- Loading

    def load(self, keys: Iterable[EmailKey]) -> dict[EmailKey, KeptEmail]:
        """These emails with all that hangs on them."""
        wanted = tuple(keys)
        found = {
            row[0]: _email(row) for row in self._db.of_keys(f"SELECT {_COLUMNS} FROM emails WHERE email {_IN}", wanted)
        }
        if not found:
            return found
        self._hang(found)
        for mail in found.values():
            mail.as_on_disk()
        return found

    def _hang(self, found: dict[EmailKey, KeptEmail]) -> None:
        keys = tuple(found)
        for seen in self._sightings.of_emails(keys):
            found[seen.email].sightings.append(seen)
        for row in self._db.of_keys(
            f"SELECT email, no, hash, heads, whole, attachments FROM contents WHERE email {_IN} ORDER BY content", keys
        ):
            found[row[0]].contents.append(KeptContent(row[1], row[2], row[3], bool(row[4]), row[5]))
        for row in self._db.of_keys(
            "SELECT email, client, reason, confidence, ambiguous, address, rule, maker, source, since, visible_from"
            f" FROM filings WHERE email {_IN}",
            keys,
        ):
            found[row[0]].filings[row[1]] = KeptFiling(row[1], Reason(row[2]), row[3], bool(row[4]), *row[5:])
        for row in self._db.of_keys(
            f"SELECT email, member, unread, starred, read_said, star_said FROM member_states WHERE email {_IN}", keys
        ):
            found[row[0]].states[row[1]] = KeptState(*(bool(flag) for flag in row[2:]))
        names: dict[EmailKey, list[bytes]] = {}
        for row in self._db.of_keys(f"SELECT email, name FROM email_names WHERE email {_IN}", keys):
            names.setdefault(row[0], []).append(row[1])
        for key, held in names.items():
            found[key].names = tuple(held)
        self._hang_suggestions(found)

    def _hang_suggestions(self, found: dict[EmailKey, KeptEmail]) -> None:
        for email, client, reason, mailboxes in self._db.of_keys(
            f"SELECT email, client, reason, mailboxes FROM suggestions WHERE email {_IN} ORDER BY client", tuple(found)
        ):
            to = tuple(MailboxKey(int(key)) for key in mailboxes.split())
            made = Suggestion(client=ClientKey(client), reason=Reason(reason), to_mailboxes=to)
            found[email].suggestions = (*found[email].suggestions, made)

    # ---- Writing

    def save(self, mails: Sequence[KeptEmail]) -> None:
        """Write what is new or changed of these, oldest key first."""
        new = sorted((mail for mail in mails if mail.new), key=lambda mail: mail.email)
        self._insert(new)
        changed = [mail for mail in mails if not mail.new and mail.as_row() != mail.row]
        self._db.many(
            "UPDATE emails SET identity = ?, thread = ?, at = ?, from_member = ?, outside = ?, kind = ?, verified = ?,"
            " depends = ?, private = ?, filed = ?, mixed = ?, versions = ?, whole = ?, attachments = ?, passed = ?"
            " WHERE email = ?",
            [(*mail.as_row(), mail.email) for mail in changed],
        )
        self._save_filings(mails)
        for mail in mails:
            mail.new = False
            mail.as_on_disk()

    def _insert(self, new: list[KeptEmail]) -> None:
        self._db.many(
            f"INSERT INTO emails ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    mail.email,
                    mail.identity,
                    mail.thread,
                    mail.name,
                    mail.message_id,
                    mail.date,
                    mail.at,
                    _pack_people(mail.people),
                    mail.from_address,
                    mail.from_member,
                    int(mail.outside),
                    mail.kind,
                    mail.verified,
                    int(mail.depends),
                    int(mail.private),
                    mail.filed,
                    int(mail.mixed),
                    mail.versions,
                    int(mail.whole),
                    mail.attachments,
                    mail.passed,
                )
                for mail in new
            ],
        )
        self._db.many(
            "INSERT OR IGNORE INTO email_addresses (address, email, role) VALUES (?, ?, ?)",
            sorted((address, mail.email, role) for mail in new for role, address in mail.people),
        )

    def add_names(self, named: Iterable[tuple[bytes, EmailKey]]) -> None:
        """What emails name in their reply headers."""
        self._db.many("INSERT OR IGNORE INTO email_names (name, email) VALUES (?, ?)", sorted(named))

    def _save_filings(self, mails: Sequence[KeptEmail]) -> None:
        gone = [(mail.email, client) for mail in mails for client in mail.filing_rows.keys() - mail.filings.keys()]
        self._db.many("DELETE FROM filings WHERE email = ? AND client = ?", gone)
        self._db.many(
            "INSERT OR REPLACE INTO filings (email, client, reason, confidence, ambiguous, address, rule, maker,"
            " source, since, visible_from) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    mail.email,
                    client,
                    f.reason,
                    f.confidence,
                    int(f.ambiguous),
                    f.address,
                    f.rule,
                    f.maker,
                    f.source,
                    f.since,
                    f.visible_from,
                )
                for mail in mails
                for client, f in mail.filings.items()
                if mail.filing_rows.get(client) != f
            ],
        )

    def save_suggestions(self, mails: Iterable[KeptEmail]) -> None:
        """Write the suggestions of these anew."""
        for mail in mails:
            self._db.run("DELETE FROM suggestions WHERE email = ?", (mail.email,))
            self._db.many(
                "INSERT OR IGNORE INTO suggestions (email, client, reason, mailboxes) VALUES (?, ?, ?, ?)",
                [(mail.email, s.client, s.reason, " ".join(map(str, s.to_mailboxes))) for s in mail.suggestions],
            )

    def save_states(self, states: Iterable[tuple[MemberKey, ThreadKey, EmailKey, KeptState]]) -> None:
        """Write members' states."""
        rows = list(states)
        self._db.many(
            "DELETE FROM member_states WHERE member = ? AND thread = ? AND email = ?",
            [(member, thread, email) for member, thread, email, state in rows if state.plain],
        )
        self._db.many(
            "INSERT OR REPLACE INTO member_states (member, thread, email, unread, starred, read_said, star_said)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (member, thread, email, int(s.unread), int(s.starred), int(s.read_said), int(s.star_said))
                for member, thread, email, s in rows
                if not s.plain
            ],
        )

    def move_thread(self, source: ThreadKey, target: ThreadKey) -> None:
        """All that names a thread names the other one from now on."""
        for table in ("emails", "thread_names", "done_marks", "member_states", "snoozes", "assignments", "comments"):
            self._db.run(f"UPDATE {table} SET thread = ? WHERE thread = ?", (target, source))

    def private_in(self, threads: Iterable[ThreadKey]) -> set[tuple[ThreadKey, MailboxKey]]:
        """Of these the threads with a private email, with the mailboxes that hold it."""
        rows = self._db.of_keys(
            "SELECT DISTINCT e.thread, s.mailbox FROM emails AS e JOIN sightings AS s ON s.email = e.email"
            f" WHERE e.thread {_IN} AND e.private",
            threads,
        )
        return {(ThreadKey(row[0]), MailboxKey(row[1])) for row in rows}

    def remove(self, mail: KeptEmail) -> None:
        """Take an email out with all that hangs on it; what people were told of it stays told."""
        key = mail.email
        self._db.many(
            "DELETE FROM email_addresses WHERE address = ? AND email = ?",
            [(address, key) for _, address in mail.people],
        )
        for table in ("email_names", "sighting_addresses", "filings", "suggestions", "member_states",
                      "done_marks", "snoozes", "assignments", "comments", "unsettled", "hand_decisions",
                      "errands", "letting_go", "partings"):  # fmt: skip
            self._db.run(f"DELETE FROM {table} WHERE email = ?", (key,))
        self._db.run("DELETE FROM emails WHERE email = ?", (key,))

    def add_alias(self, alias: EmailKey, email: EmailKey) -> None:
        """An id given out is for ever."""
        self._db.run("UPDATE aliases SET email = ? WHERE email = ?", (email, alias))
        self._db.run("INSERT INTO aliases (alias, email) VALUES (?, ?)", (alias, email))


def _email(row: Row) -> KeptEmail:
    flags = (bool(row[13]), bool(row[14]), row[15], bool(row[16]), row[17], bool(row[18]))
    known = (Kind(row[11]), Verified(row[12]))
    return KeptEmail(*[*row[:7], _unpack_people(row[7]), *row[8:10], bool(row[10]), *known, *flags, *row[19:]])
