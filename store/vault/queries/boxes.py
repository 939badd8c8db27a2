"""Mailboxes: one's own in full; others' by state, lag and error code alone, for who manages members (Z14)."""

from typing import Any

import msgspec

from store.model.errors import NotFound
from store.model.firm import MemberRole
from store.model.ids import MailboxKey, MemberKey
from store.model.mailbox import Ending, MailboxSettings, MailboxView, Progress, ServerSettings, SyncState
from store.model.never_sync import thread_in
from store.model.views import FolderAudit, MailboxStatus, MailFolder, MemberSync
from store.vault.database import Row
from store.vault.queries.names import member_key
from store.vault.queries.sight import Sight
from store.vault.queries.visible import keys

_progress = msgspec.msgpack.Decoder(Progress).decode
_settings = msgspec.msgpack.Decoder(MailboxSettings).decode
_COLUMNS = "b.mailbox, b.address, b.kind, b.paused, b.progress, b.settings, b.broke_at, b.signed_in_at"
_HUNDRED = 100
_OURS = "outbox"  # a folder that no server has


def own(sight: Sight) -> list[tuple[MailboxKey, str, bool, bool]]:
    """(key, address, local, paused) of the reader's mailboxes."""
    return [_brief(row) for row in _own(sight)]


def looked_after(sight: Sight) -> list[tuple[MailboxKey, str, bool, bool]]:
    """The same of those that the reader may have looked for mail: owner and admins see every member's sync ([S13])."""
    return [_brief(row) for row in (_all(sight) if sight.scope.manages_members else _own(sight))]


def _brief(row: Row) -> tuple[MailboxKey, str, bool, bool]:
    return MailboxKey(row[0]), row[1], row[2] == "local", bool(row[3])


def views(sight: Sight) -> tuple[MailboxView, ...]:
    """The reader's mailboxes as a member of them sees them."""
    rows = _own(sight)
    people: dict[int, list[str]] = {}
    for mailbox, name in sight.rows(
        "SELECT x.mailbox, m.name FROM mailbox_members AS x JOIN members AS m ON m.member = x.member"
        " WHERE x.mailbox IN (SELECT value FROM json_each(:own)) AND m.left_at IS NULL ORDER BY m.name"
    ):
        people.setdefault(mailbox, []).append(name)
    offered: dict[int, list[str]] = {}
    for mailbox, name in sight.rows(
        "SELECT mailbox, name FROM offered_folders WHERE mailbox IN (SELECT value FROM json_each(:own)) ORDER BY name"
    ):
        offered.setdefault(mailbox, []).append(name)
    never: dict[int, list[str]] = {}
    for mailbox, pattern in sight.rows(
        "SELECT mailbox, pattern FROM never_sync WHERE mailbox IN (SELECT value FROM json_each(:own)) ORDER BY pattern"
    ):
        thread = thread_in(pattern)
        never.setdefault(mailbox, []).append(pattern if thread is None else sight.ids.thread(thread))
    aliases: dict[int, list[str]] = {}
    for mailbox, text in sight.rows(
        "SELECT x.mailbox, a.text FROM mailbox_addresses AS x JOIN addresses AS a ON a.address = x.address"
        " WHERE NOT x.main AND x.mailbox IN (SELECT value FROM json_each(:own)) ORDER BY a.text"
    ):
        aliases.setdefault(mailbox, []).append(text)
    return tuple(
        MailboxView(
            mailbox=sight.ids.mailbox(MailboxKey(row[0])),
            settings=_settings(row[5]),
            members=tuple(people.get(row[0], ())),
            paused=bool(row[3]),
            state=_state(row),
            offered=tuple(offered.get(row[0], ())),
            aliases=tuple(aliases.get(row[0], ())),
            never_sync=tuple(never.get(row[0], ())),
            broke_at=row[6],
            **_progressed(row),
        )
        for row in rows
    )


def _progressed(row: Row) -> dict[str, Any]:
    known = _known(row)
    return {
        "last_success": known.last_success,
        "done": known.done,
        "total": known.total,
        "last_error": known.error_code,
    }


def ending(sight: Sight, address: str) -> Ending:
    """What stopping one of the reader's own mailboxes means. Raises NotFound."""
    row = next((row for row in _own(sight) if row[1].casefold() == address.strip().casefold()), None)
    if row is None:
        raise NotFound
    waiting = sight.value(
        "SELECT count(*) FROM outbox WHERE mailbox = :box AND state IN ('held', 'scheduled', 'queued')", box=row[0]
    )
    others = sight.rows(
        "SELECT m.name FROM mailbox_members AS x JOIN members AS m ON m.member = x.member"
        " WHERE x.mailbox = :box AND x.member <> :member ORDER BY m.name",
        box=row[0],
    )
    return Ending(address=row[1], outbox=int(waiting), others=tuple(name for (name,) in others))


def stored_servers(sight: Sight, server_key: str) -> tuple[ServerSettings, ServerSettings | None] | None:
    """Of a mailbox that is others' alone, for a sign-in that is to join it; never told to anybody."""
    row = sight.rows(
        "SELECT mailbox, settings FROM mailboxes WHERE server_key = :key AND kind = 'imap'", key=server_key
    )
    if not row or MailboxKey(row[0][0]) in sight.scope.mailboxes:
        return None
    settings = _settings(row[0][1])
    return None if settings.imap is None else (settings.imap, settings.smtp)


def team(sight: Sight) -> tuple[MemberSync, ...]:
    """Every member with the state of their mailboxes ([S13]): never their insides."""
    everybody = sight.scope.manages_members
    theirs: dict[int, list[MailboxStatus]] = {}
    outside = {row[0]: _outside(sight, row) for row in (_all(sight) if everybody else _own(sight))}
    for mailbox, member in sight.rows("SELECT mailbox, member FROM mailbox_members ORDER BY mailbox"):
        if mailbox in outside:
            theirs.setdefault(member, []).append(outside[mailbox])
    rows = sight.rows("SELECT member, name, role FROM members WHERE left_at IS NULL ORDER BY name")
    return tuple(
        MemberSync(
            member=sight.ids.member(MemberKey(member)),
            name=name,
            role=MemberRole(role),
            mailboxes=tuple(theirs.get(member, ())),
        )
        for member, name, role in rows
        if everybody or member == sight.scope.member
    )


def server_keys(sight: Sight) -> dict[str, str]:
    """What each mailbox that the reader may see the state of is, by its address."""
    seen = {row[0] for row in (_all(sight) if sight.scope.manages_members else _own(sight))}
    rows = sight.rows("SELECT mailbox, address, server_key FROM mailboxes WHERE stopped_at IS NULL AND kind = 'imap'")
    return {address: key for mailbox, address, key in rows if mailbox in seen}


def statuses(sight: Sight, *, member: str | None) -> tuple[MailboxStatus, ...]:
    """How syncing goes. Owner and admins see every mailbox, but never its insides ([S13])."""
    rows = _all(sight) if sight.scope.manages_members else _own(sight)
    if member is not None:
        key = member_key(sight, member)
        theirs = {row[0] for row in sight.rows("SELECT mailbox FROM mailbox_members WHERE member = :other", other=key)}
        rows = [row for row in rows if row[0] in theirs]
        if not theirs and (sight.scope.manages_members or key == sight.scope.member):
            return (MailboxStatus(address="", state=SyncState.NOT_SET_UP),)
    audits = _audits(sight, [row[0] for row in rows])
    return tuple(_status(sight, row, audits.get(row[0])) for row in rows)


def mail_folders(sight: Sight) -> tuple[MailFolder, ...]:
    """Of the reader's mailboxes with a server, the folders that are listed there: mail can be moved to them."""
    found = sight.rows(
        "SELECT b.address, f.name, f.special_use FROM folders AS f JOIN mailboxes AS b ON b.mailbox = f.mailbox"
        " WHERE b.stopped_at IS NULL AND b.kind = 'imap' AND b.mailbox IN (SELECT value FROM json_each(:own))"
        f" AND f.listed AND f.special_use <> '{_OURS}'"
        " ORDER BY b.address, f.special_use <> 'inbox', f.special_use = '', f.name"
    )
    return tuple(MailFolder(mailbox=mailbox, name=name, special_use=use) for mailbox, name, use in found)


def _own(sight: Sight) -> list[Row]:
    return sight.rows(
        f"SELECT {_COLUMNS} FROM mailboxes AS b WHERE b.stopped_at IS NULL"
        " AND b.mailbox IN (SELECT value FROM json_each(:own)) ORDER BY b.address"
    )


def _all(sight: Sight) -> list[Row]:
    return sight.rows(
        f"SELECT {_COLUMNS} FROM mailboxes AS b WHERE b.stopped_at IS NULL"
        " ORDER BY b.mailbox NOT IN (SELECT value FROM json_each(:own)), b.address"
    )


def _audits(sight: Sight, mailboxes: list[int]) -> dict[int, FolderAudit]:
    found = sight.rows(
        "SELECT mailbox, server, store, missing, failed FROM audits"
        " WHERE mailbox IN (SELECT value FROM json_each(:boxes))",
        boxes=keys(mailboxes),
    )
    return {row[0]: FolderAudit(server=row[1], store=row[2], missing=row[3], failed=row[4]) for row in found}


def _known(row: Row) -> Progress:
    if row[2] == "local":
        return Progress(state=SyncState.SYNCED)
    return Progress() if row[4] is None else _progress(row[4])


def _state(row: Row) -> SyncState:
    return SyncState.PAUSED if row[3] else _known(row).state


def _status(sight: Sight, row: Row, audit: FolderAudit | None) -> MailboxStatus:
    known, state = _known(row), _state(row)
    if MailboxKey(row[0]) not in sight.scope.mailboxes:
        return _outside(sight, row)
    lag = None if known.last_success is None else max(0, sight.now - known.last_success)
    outside = MailboxStatus(
        address=row[1], state=state, last_success=known.last_success, lag_s=lag, last_error=known.error_code,
        paused=bool(row[3]), signed_in_at=row[7],
    )  # fmt: skip
    syncing = state is SyncState.SYNCING and known.total > 0
    left = known.total - known.done
    return msgspec.structs.replace(
        outside,
        done=known.done,
        total=known.total,
        rate=known.rate,
        eta_s=int(left / known.rate) if syncing and known.rate > 0 else None,
        audit=audit,
    )


def _outside(sight: Sight, row: Row) -> MailboxStatus:
    """As who manages members sees it: state, lag and error code."""
    known, state = _known(row), _state(row)
    syncing = state is SyncState.SYNCING and known.total > 0
    percent = known.done * _HUNDRED // known.total if syncing else 0
    return MailboxStatus(
        address=row[1],
        state=state,
        done=min(percent, _HUNDRED),
        total=_HUNDRED if syncing else 0,
        last_success=known.last_success,
        lag_s=None if known.last_success is None else max(0, sight.now - known.last_success),
        last_error=known.error_code,
        paused=bool(row[3]),
        signed_in_at=row[7],
    )
