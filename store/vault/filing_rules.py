"""Rules for filing, each its maker's own, in their order. What was taken away is kept until its undo is past.

Must not judge whether a mail meets one.
"""

from dataclasses import dataclass

import msgspec

from store.model.filing_rules import Conditions
from store.model.ids import ClientKey, EmailKey, MailboxKey, MemberKey, RuleKey
from store.vault.database import Database

_pack = msgspec.msgpack.Encoder().encode
_conditions = msgspec.msgpack.Decoder(Conditions).decode
_IN = "IN (SELECT value FROM carray(?1))"


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A row of `filing_rules`."""

    rule: RuleKey
    name: str
    client: ClientKey
    maker: MemberKey
    place: int
    conditions: Conditions


class FilingRules:
    """The table of rules."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[KeptRule]:
        """Those that hold, each maker's in their order."""
        return [
            KeptRule(RuleKey(row[0]), row[1], ClientKey(row[2]), MemberKey(row[3]), row[4], _conditions(row[5]))
            for row in self._db.rows(
                "SELECT rule, name, client, maker, place, conditions FROM filing_rules WHERE gone_at IS NULL"
                " ORDER BY maker, place, rule"
            )
        ]

    def of(self, maker: MemberKey) -> list[KeptRule]:
        """One member's own."""
        return [kept for kept in self.all() if kept.maker == maker]

    def add(self, name: str, *, client: ClientKey, maker: MemberKey, conditions: Conditions, at: int) -> RuleKey:
        """Behind all others."""
        return RuleKey(
            self._db.insert(
                "INSERT INTO filing_rules (name, client, maker, place, conditions, at) VALUES (?1, ?2, ?3,"
                " (SELECT coalesce(max(place), 0) + 1 FROM filing_rules WHERE maker = ?3), ?4, ?5)",
                (name, client, maker, _pack(conditions), at),
            )
        )

    def put_in_order(self, rules: list[RuleKey]) -> None:
        """These, from the first on."""
        self._db.many(
            "UPDATE filing_rules SET place = ? WHERE rule = ?", [(place, rule) for place, rule in enumerate(rules, 1)]
        )

    def name(self, rule: RuleKey) -> str | None:
        """Of one that holds, or whose undo is not past."""
        found = self._db.value("SELECT name FROM filing_rules WHERE rule = ?", (rule,))
        return None if found is None else str(found)

    def set_gone(self, rule: RuleKey, at: int | None) -> bool:
        """Whether that changed something."""
        sql = "UPDATE filing_rules SET gone_at = ?2 WHERE rule = ?1 AND (gone_at IS NULL) <> (?2 IS NULL)"
        return self._db.changed(sql, (rule, at)) > 0

    def drop_gone_before(self, at: int) -> None:
        """Their undo is past."""
        self._db.run("DELETE FROM filing_rules WHERE gone_at < ?", (at,))

    def filed_by(self, maker: MemberKey, name: str) -> list[EmailKey]:
        """Emails that a rule files."""
        sql = "SELECT email FROM filings WHERE maker = ? AND rule = ? AND reason = 'rule'"
        return [EmailKey(row[0]) for row in self._db.rows(sql, (maker, name))]

    def in_reach(self, mailboxes: list[MailboxKey]) -> list[EmailKey]:
        """Emails in these mailboxes that nothing files, or only a rule: newest first."""
        return [
            EmailKey(row[0])
            for row in self._db.of_keys(
                "SELECT DISTINCT s.email FROM sightings AS s JOIN emails AS e ON e.email = s.email"
                f" WHERE s.mailbox {_IN} AND s.gone_at IS NULL AND (e.filed = 0 OR EXISTS (SELECT 1 FROM filings AS f"
                " WHERE f.email = e.email AND f.reason = 'rule')) ORDER BY s.email DESC",
                mailboxes,
            )
        ]

    def lying_in(self, mailboxes: list[MailboxKey]) -> list[EmailKey]:
        """All emails in these mailboxes: newest first."""
        sql = f"SELECT DISTINCT email FROM sightings WHERE mailbox {_IN} AND gone_at IS NULL ORDER BY email DESC"
        return [EmailKey(row[0]) for row in self._db.of_keys(sql, mailboxes)]

    def said(self, emails: list[EmailKey]) -> dict[EmailKey, list[tuple[int, str, bytes, bytes | None]]]:
        """Of each content its number, subject, packed headers and packed shape."""
        found: dict[EmailKey, list[tuple[int, str, bytes, bytes | None]]] = {}
        for email, number, subject, headers, shape in self._db.of_keys(
            f"SELECT email, no, subject, headers, shape FROM contents WHERE email {_IN}", emails
        ):
            found.setdefault(EmailKey(email), []).append((number, subject, headers, shape))
        return found
