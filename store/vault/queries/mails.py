"""Emails as one reader sees them: which there are, their contents, filings, own copies and own state.

Reads no text and knows no rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from store.model.copy import Headers
from store.model.evidence import Kind, Verified
from store.model.filing import Reason
from store.model.ids import ClientKey, EmailKey, MemberKey, ThreadKey, key_seconds
from store.model.labels import SIGN, is_label, labels_in, raw_of
from store.model.views import EmailRow, FilingView, SightingView
from store.vault.database import Row
from store.vault.queries.judging import OF_THREADS, Judged, judged
from store.vault.queries.names import client_names, member_names
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

_headers = msgspec.msgpack.Decoder(Headers).decode
OF_EMAILS = "IN (SELECT value FROM json_each(:emails))"
_NOTHING = Headers()
_CLIENTS = 8  # of an email, asked for their last contact
_LOOKED_AT = 500  # emails of each


@dataclass(slots=True)
class Content:
    """A content that the reader may see, without its text."""

    no: int
    whole: bool
    heads: bytes
    subject: str
    snippet: str
    attachments: int
    packed: bytes
    _headers: Headers | None = None

    @property
    def headers(self) -> Headers:
        """Decoded when first asked for."""
        if self._headers is None:
            self._headers = _headers(self.packed)
        return self._headers


@dataclass(slots=True)
class OwnSighting:
    """A place in a mailbox of the reader's."""

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    flags: str
    content: int | None
    gone: bool
    labels: tuple[str, ...] = ()

    def view(self) -> SightingView:
        """As it is told."""
        return SightingView(
            mailbox=self.mailbox, folder=self.folder, uidvalidity=self.uidvalidity, uid=self.uid,
            flags=tuple(flag for flag in self.flags.split() if not is_label(flag)), gone=self.gone,
            labels=self.labels,
        )  # fmt: skip


@dataclass(slots=True)
class KeptFilingView:
    """A filing that the reader may see."""

    client: ClientKey
    reason: Reason
    confidence: int
    ambiguous: bool


@dataclass(slots=True)
class SeenEmail:
    """An email that the reader sees."""

    email: EmailKey
    thread: ThreadKey
    message_id: str | None
    date: int | None
    at: int
    from_address: int | None
    from_member: MemberKey | None
    outside: bool
    kind: Kind
    verified: Verified
    by_filing: bool
    contents: list[Content] = field(default_factory=list)
    filings: list[KeptFilingView] = field(default_factory=list)
    sightings: list[OwnSighting] = field(default_factory=list)
    unread: bool = False
    starred: bool = False

    @property
    def shown(self) -> Content | None:
        """The content that a list shows: the first whole one."""
        return next((content for content in self.contents if content.whole), next(iter(self.contents), None))

    def told_apart(self) -> list[Content]:
        """The contents that count as versions: of headers alone only where no whole one has the same."""
        whole = {content.heads for content in self.contents if content.whole}
        return [content for content in self.contents if content.whole or content.heads not in whole]

    @property
    def versions(self) -> int:
        """How many contents there are to this reader."""
        return max(1, len(self.told_apart()))

    @property
    def headers(self) -> Headers:
        """Of the content shown."""
        return _NOTHING if self.shown is None else self.shown.headers


def of_thread_keys(sight: Sight, threads: Iterable[int]) -> list[SeenEmail]:
    """The emails of these threads that the reader sees, newest first."""
    return _bare(sight, f"e.thread {OF_THREADS}", threads=keys(list(threads)))


def of_keys(sight: Sight, emails: Iterable[int]) -> list[SeenEmail]:
    """Those of these emails that the reader sees, newest first."""
    return _bare(sight, f"e.email {OF_EMAILS}", emails=keys(list(emails)))


def _bare(sight: Sight, where: str, **more: str) -> list[SeenEmail]:
    found = sight.rows(
        "SELECT e.email, e.thread, e.message_id, e.date, e.at, e.from_address, e.from_member, e.outside, e.kind,"
        f" e.verified, {sight.visible.by_filing('e')} FROM emails AS e"
        f" WHERE {where} AND {sight.visible.email('e')} ORDER BY e.email DESC",
        **more,
    )
    return [_seen_email(row) for row in found]


def _seen_email(row: Row) -> SeenEmail:
    email, thread, message_id, date, at, address, member, outside, kind, verified, by_filing = row
    return SeenEmail(
        email,
        thread,
        message_id,
        date,
        at,
        address,
        member,
        bool(outside),
        Kind(kind),
        Verified(verified),
        bool(by_filing),
    )


def hang(sight: Sight, mails: list[SeenEmail]) -> None:
    """Give these emails all that hangs on them, as far as the reader sees it."""
    by_key = {mail.email: mail for mail in mails}
    wanted = keys(list(by_key))
    _hang_sightings(sight, by_key, wanted)
    hang_contents(sight, mails)
    hang_filings(sight, mails)
    for email, unread, starred in sight.rows(  # +: by the emails, not through all that the member ever read
        f"SELECT email, unread, starred FROM member_states WHERE email {OF_EMAILS} AND +member = :member", emails=wanted
    ):
        by_key[email].unread, by_key[email].starred = bool(unread), bool(starred)


def _hang_sightings(sight: Sight, by_key: dict[EmailKey, SeenEmail], wanted: str) -> None:
    for email, mailbox, folder, uidvalidity, uid, flags, content, gone in sight.rows(
        "SELECT s.email, m.address, f.name, s.uidvalidity, s.uid, s.flags, s.content, s.gone_at IS NOT NULL"
        " FROM sightings AS s JOIN mailboxes AS m ON m.mailbox = s.mailbox JOIN folders AS f ON f.folder = s.folder"
        f" WHERE s.email {OF_EMAILS} AND s.mailbox IN (SELECT value FROM json_each(:own))"
        " ORDER BY s.sighting",
        emails=wanted,
    ):
        by_key[email].sightings.append(OwnSighting(mailbox, folder, uidvalidity, uid, flags, content, bool(gone)))
    _name_labels(sight, [seen for mail in by_key.values() for seen in mail.sightings if SIGN in seen.flags])


def _name_labels(sight: Sight, labelled: list[OwnSighting]) -> None:
    """By the folders that show them; one that is not shown by its own name."""
    if not labelled:
        return
    names = {
        (mailbox, label): name
        for mailbox, label, name in sight.rows(
            "SELECT m.address, f.label, f.name FROM folders AS f JOIN mailboxes AS m ON m.mailbox = f.mailbox"
            " WHERE f.label <> '' AND f.listed AND m.mailbox IN (SELECT value FROM json_each(:own))"
        )
    }
    for seen in labelled:
        found = labels_in(seen.flags.split())
        seen.labels = tuple(names.get((seen.mailbox, one)) or _shown(one) for one in found)


def _shown(label: str) -> str:
    return raw_of(label).decode("ascii", "replace").removeprefix("\\")


def hang_contents(sight: Sight, mails: Iterable[SeenEmail]) -> None:
    """Their contents: all of a filed one, else those of the reader's own copies."""
    by_key = {mail.email: mail for mail in mails}
    for email, no, is_whole, heads, subject, snippet, attachments, headers in sight.rows(
        "SELECT c.email, c.no, c.whole, c.heads, c.subject, c.snippet, c.attachments, c.headers FROM contents AS c"
        f" JOIN emails AS e ON e.email = c.email WHERE c.email {OF_EMAILS} AND {sight.visible.content('c', 'e')}"
        " ORDER BY c.content",
        emails=keys(list(by_key)),
    ):
        by_key[email].contents.append(Content(no, bool(is_whole), heads, subject, snippet, attachments, headers))


def hang_filings(sight: Sight, mails: Iterable[SeenEmail]) -> None:
    """Where they are filed, as far as the reader may know."""
    by_key = {mail.email: mail for mail in mails}
    for email, client, reason, confidence, ambiguous in sight.rows(
        "SELECT f.email, f.client, f.reason, f.confidence, f.ambiguous FROM filings AS f"
        f" JOIN emails AS e ON e.email = f.email WHERE f.email {OF_EMAILS} AND {sight.visible.filing('f', 'e')}"
        " ORDER BY f.client",
        emails=keys(list(by_key)),
    ):
        by_key[email].filings.append(KeptFilingView(ClientKey(client), Reason(reason), confidence, bool(ambiguous)))


def filing_views(sight: Sight, mails: Iterable[SeenEmail]) -> dict[EmailKey, tuple[FilingView, ...]]:
    """Their filings as they are told."""
    known = list(mails)
    names = client_names(sight, (filing.client for mail in known for filing in mail.filings))
    return {
        mail.email: tuple(
            FilingView(
                client=names[filing.client],
                reason=filing.reason,
                confidence=filing.confidence,
                ambiguous=filing.ambiguous,
            )
            for filing in mail.filings
        )
        for mail in known
    }


def last_contact(sight: Sight, mail: SeenEmail) -> int | None:
    """When the newest other personal email with the clients of this one came or went. `hang_filings` came before."""
    newest = 0
    found: int | None = None
    for client in [filing.client for filing in mail.filings][:_CLIENTS]:
        row = sight.row(
            "SELECT e.email, e.at FROM (SELECT email FROM filings WHERE client = :client AND email <> :email"
            " ORDER BY email DESC LIMIT :most) AS c CROSS JOIN emails AS e ON e.email = c.email"
            f" WHERE e.kind = 'personal' AND {sight.visible.email('e')} ORDER BY c.email DESC LIMIT 1",
            client=client,
            email=mail.email,
            most=_LOOKED_AT,
        )
        if row is not None and row[0] > newest:
            newest, found = row
    return found


def email_rows(sight: Sight, mails: list[SeenEmail]) -> tuple[EmailRow, ...]:
    """As lists show them, in this order. `hang` came before."""
    states = judged(sight, {mail.thread for mail in mails})
    names = answerers(sight, states.values())
    filings = filing_views(sight, mails)
    return tuple(_row(sight, mail, states[mail.thread], names, filings[mail.email]) for mail in mails)


def answerers(sight: Sight, states: Iterable[Judged]) -> dict[int, str]:
    """The names of those who answered."""
    return member_names(sight, (state.member for state in states if state.member))


def answerer(state: Judged, names: dict[int, str]) -> str | None:
    """Who answered: a member's name, or the address that several share."""
    if not state.answered:
        return None
    return names.get(state.member or 0) or state.sender


def with_snippet(row: EmailRow, snippet: str) -> EmailRow:
    """The same with another stretch of its text."""
    return msgspec.structs.replace(row, snippet=snippet)


def _row(
    sight: Sight, mail: SeenEmail, state: Judged, names: dict[int, str], filings: tuple[FilingView, ...]
) -> EmailRow:
    shown = mail.shown
    return EmailRow(
        email=sight.ids.email(mail.email),
        thread=sight.ids.thread(mail.thread),
        message_id=mail.message_id,
        subject=shown.subject if shown else "",
        from_=mail.headers.from_,
        date=mail.date,
        received=key_seconds(mail.email),
        read=not mail.unread,
        starred=mail.starred,
        filings=filings,
        verified=mail.verified,
        thread_state=state.state,
        answered_by=answerer(state, names),
        attachments=shown.attachments if shown else 0,
        mailboxes=tuple(dict.fromkeys(seen.mailbox for seen in mail.sightings)),
        sightings=tuple(seen.view() for seen in mail.sightings),
        snippet=shown.snippet if shown else "",
        whole=bool(shown and shown.whole),
    )
