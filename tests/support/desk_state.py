"""What a desk's vault says in the end, without its keys, and whether its sums still agree with its emails."""

from collections import defaultdict
from typing import Any

from store.model.ids import EmailKey, ThreadKey
from store.rules.thread_state import counts, newest_counting, state
from store.vault.threads import KeptThread
from store.vault.vault import Vault

Logical = dict[str, Any]


def logical(vault: Vault) -> Logical:
    """By what mail itself says: equal for equal mail, however it came."""
    db = vault.database
    names: dict[int, str] = {}
    emails = {}
    for key, identity, message_id, kind, verified, depends, versions, whole, attachments, at in db.rows(
        "SELECT email, identity, message_id, kind, verified, depends, versions, whole, attachments, at FROM emails"
    ):
        place = db.rows("SELECT mailbox, folder, uid FROM sightings WHERE email = ? ORDER BY 1, 2, 3", (key,))
        names[key] = f"{message_id or ''}/{identity.hex() if identity else place}"
        emails[names[key]] = (kind, verified, depends, versions, whole, attachments, at)
    assert len(emails) == len(names), "two emails are one"
    hashes = {(row[0], row[1]): row[2].hex() for row in db.rows("SELECT email, no, hash FROM contents")}
    threads = defaultdict(set)
    for email, thread in db.rows("SELECT email, thread FROM emails"):
        threads[thread].add(names[email])
    return {
        "emails": emails,
        "contents": {(names[e], hashes[e, no], w) for e, no, w in db.rows("SELECT email, no, whole FROM contents")},
        "sightings": {
            (names[e], box, folder, uid, flags, wanted, here, gone is None, hashes.get((e, content)))
            for e, box, folder, uid, flags, wanted, here, gone, content in db.rows(
                "SELECT email, mailbox, folder, uid, flags, wanted, here, gone_at, content FROM sightings"
            )
        },
        "filings": {
            (names[e], client, reason, address, ambiguous, names.get(source, source))
            for e, client, reason, address, ambiguous, source in db.rows(
                "SELECT email, client, reason, address, ambiguous, source FROM filings"
            )
        },
        "states": {
            (names[e], member, unread, starred, read_said)
            for e, member, unread, starred, read_said in db.rows(
                "SELECT email, member, unread, starred, read_said FROM member_states"
            )
        },
        "threads": {frozenset(found) for found in threads.values()},
        "thread_states": {
            (frozenset(threads[thread]), found, count, mixed, uniform)
            for thread, found, count, mixed, uniform in db.rows(
                "SELECT thread, state, count, mixed, uniform FROM threads"
            )
        },
        "holders": {
            (frozenset(threads[thread]), holder, held, mixed)
            for thread, holder, held, mixed in db.rows("SELECT thread, holder, emails, mixed FROM thread_holders")
        },
        "errands": {(names.get(e, e), client) for e, client in db.rows("SELECT email, client FROM errands")},
        "ledger": set(db.rows("SELECT folder, uidvalidity, first, last, outcome, reason FROM ledger")),
        "names": {(name, names[e]) for name, e in db.rows("SELECT name, email FROM email_names")},
    }


def check(vault: Vault) -> None:
    """Every sum, maximum and reference agrees with the rows that it is made from."""
    assert vault.database.value("PRAGMA integrity_check") == "ok"
    assert vault.database.rows("PRAGMA foreign_key_check") == []
    _check_threads(vault)
    _check_emails(vault)
    _check_index(vault)
    _check_uids(vault)


def _check_threads(vault: Vault) -> None:
    db = vault.database
    keys = {ThreadKey(row[0]) for row in db.rows("SELECT DISTINCT thread FROM emails")}
    kept = vault.threads.load([ThreadKey(row[0]) for row in db.rows("SELECT thread FROM threads")])
    assert kept.keys() == keys
    for thread in kept.values():
        emails = vault.emails.in_thread(thread.thread)
        mails = vault.emails.load(emails)
        assert thread.count == len(emails) == thread.summary.count
        assert thread.newest == max(emails) == thread.summary.newest
        assert thread.size == db.value("SELECT count(*) FROM thread_names WHERE thread = ?", (thread.thread,))
        assert thread.mixed == sum(mail.mixed for mail in mails.values())
        assert thread.summary.attachments == sum(mail.attachments > 0 for mail in mails.values())
        assert thread.summary.unverified == sum(mail.verified == "fail" for mail in mails.values())
        states = vault.threads.states_of(emails)
        assert thread.summary.counting == newest_counting(states)
        assert thread.state == state(states, thread.done)
        assert (thread.summary.answer is not None) == any(
            one.from_member for one in states if one == newest_counting(states)
        )
        assert thread.summary.subject == vault.contents.shown(max(emails))[0]
        assert [v.email for v in thread.summary.voices] == sorted(
            (v.email for v in thread.summary.voices), reverse=True
        )
        assert all(counts(one) for one in [thread.summary.counting] if one is not None)
        _check_holders(vault, thread, emails)


def _check_holders(vault: Vault, thread: KeptThread, emails: list[EmailKey]) -> None:
    plain: dict[int, set[int]] = defaultdict(set)
    mixed: dict[int, set[int]] = defaultdict(set)
    for mail in vault.emails.load(emails).values():
        for box in mail.mailboxes():
            plain[-box].add(mail.email)
        for client, filing in mail.filings.items():
            hidden = mail.private or filing.ambiguous or filing.visible_from > 0
            (mixed if hidden else plain)[client].add(mail.email)
    assert thread.holders.keys() == plain.keys() | mixed.keys()
    for holder, held in thread.holders.items():
        assert (held.emails, held.mixed) == (len(plain[holder]), len(mixed[holder]))
        assert held.newest == max(plain[holder], default=0)
        assert held.latest == max(plain[holder] | mixed[holder], default=0)


def _check_emails(vault: Vault) -> None:
    db = vault.database
    for mail in vault.emails.load([EmailKey(row[0]) for row in db.rows("SELECT email FROM emails")]).values():
        assert mail.filed == len(mail.filings)
        assert mail.sightings or mail.filings, "an unfiled email without a copy"
        assert {seen.content for seen in mail.sightings} - {None} <= {content.no for content in mail.contents}
        fetched = {content.no for content in mail.contents if content.whole}
        for seen in mail.sightings:
            assert seen.content is None or seen.here == (2 if seen.content in fetched else 1)
            assert seen.body is None or db.value("SELECT 1 FROM bodies WHERE hash = ?", (seen.body,))
        used = {seen.content for seen in mail.sightings}
        unused = [content for content in mail.contents if content.no not in used]
        if len(mail.contents) > 1:
            assert all(content.whole and mail.filings for content in unused), "what nobody has"
    orphans = "SELECT count(*) FROM {0} WHERE email NOT IN (SELECT email FROM emails)"
    for table in ("contents", "sightings", "filings", "member_states", "email_names", "email_addresses",
                  "sighting_addresses", "suggestions", "hand_decisions", "done_marks", "snoozes", "assignments",
                  "comments"):  # fmt: skip
        assert db.value(orphans.format(table)) == 0, table
    assert db.value("SELECT count(*) FROM header_blocks WHERE sighting NOT IN (SELECT sighting FROM sightings)") == 0
    assert (
        db.value("SELECT count(*) FROM bodies WHERE hash NOT IN (SELECT body FROM sightings WHERE body NOTNULL)") == 0
    )


def _check_index(vault: Vault) -> None:
    db = vault.database
    assert db.rows("SELECT rowid FROM fts ORDER BY 1") == db.rows("SELECT content FROM contents ORDER BY 1")


def _check_uids(vault: Vault) -> None:
    """A UID is a sighting or in one range, never both; what is held in memory is what is kept."""
    db = vault.database
    both = db.rows(
        "SELECT s.uid FROM sightings AS s JOIN ledger AS l ON l.folder = s.folder AND l.uidvalidity = s.uidvalidity"
        " AND s.uid BETWEEN l.first AND l.last"
    )
    assert both == []
    places = {
        (row[0], row[1])
        for row in db.rows("SELECT folder, uidvalidity FROM sightings UNION SELECT folder, uidvalidity FROM ledger")
    }
    fresh = Vault.open(vault.path)
    try:
        for folder, uidvalidity in places:
            old, new = vault.sightings.held(folder, uidvalidity), fresh.sightings.held(folder, uidvalidity)
            for name in ("here", "gone", "left", "wanting"):
                assert str(getattr(old, name)) == str(getattr(new, name)), name
            assert list(vault.ledger.ranges(folder, uidvalidity)) == list(fresh.ledger.ranges(folder, uidvalidity))
    finally:
        fresh.close()
