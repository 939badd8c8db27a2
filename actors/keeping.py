"""The vault as the office itself needs it: opening it, who calls, which mailboxes to run, what is unfinished.

Reads only; whatever changes goes through the DeskActor.
"""

import os
import pwd
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import pykka

from actors.base import Ground
from actors.desk.actor import DeskActor, DeskParts
from actors.desk.commands.commands import Commands
from actors.desk.founding import found
from actors.desk.local import Caller
from actors.desk.reading import Readers
from actors.documents import DocumentsParts
from actors.doors import RunMailbox
from actors.office import Keeping
from actors.paths import Home
from actors.workers import Workers
from store.model.errors import NotAllowed, NotFound
from store.model.firm import MemberRole
from store.model.ids import MemberKey
from store.model.mailbox import Progress, SyncState
from store.vault.database import Database
from store.vault.erasures import Erasures
from store.vault.files import Files
from store.vault.firm import Firm, KeptMember
from store.vault.following import Changes, Errands
from store.vault.hands import Hands
from store.vault.ids import Ids
from store.vault.mailboxes import Mailboxes
from store.vault.meta import Meta
from store.vault.outbox import Outbox
from store.vault.partings import Partings
from store.vault.skipped import Skipped
from store.vault.vault import Vault

UNCERTAIN_SECONDS = 3600  # for so long an office waits for somebody to say what became of a mail


def keeping(home: Home, *, owner: str | None = None, firm: str | None = None) -> Keeping:
    """The vault of a home. Owner and firm are said for a fresh one; else they are the login's."""
    return Keeping(
        open=partial(open_vault, home, owner, firm),
        connect=lambda: Database(home.vault, read_only=True),
        reader_of=Readers().reader,
        identify=partial(identify, shared=home.unit is not None),
        members=members,
        mailboxes=mailboxes,
        former=former,
        unfinished=unfinished,
        unsettled=unsettled,
        start_desk=partial(start_desk, home),
        files=Files(home.documents),
        documents=DocumentsParts(
            files=Files(home.documents),
            connect=lambda: Database(home.vault, read_only=True),
            readers=Workers,
        ),
    )


def open_vault(home: Home, owner: str | None = None, firm: str | None = None) -> None:
    """Bring the file to this version; in a fresh home, make the owner."""
    vault = Vault.open(home.vault, documents=home.documents)
    try:
        found(vault, owner=owner or _full_name(), firm=firm, now=int(time.time()))
    finally:
        vault.close()


def _full_name() -> str:
    """The login's full name, else its name."""
    try:
        entry = pwd.getpwuid(os.getuid())
    except KeyError:
        return ""
    return entry.pw_gecos.partition(",")[0] or entry.pw_name


def start_desk(home: Home, ground: Ground) -> pykka.ActorRef[Any]:
    """The one writer, on its own connection."""
    parts = DeskParts(
        open_vault=lambda: Vault.open(home.vault, documents=home.documents),
        commands=Commands,
        jitter=random.SystemRandom().random,
    )
    return DeskActor.start(ground, parts)


def identify(connection: Database, uid: int, act_as: str | None, *, shared: bool) -> Caller | None:
    """The member behind a uid; None is nobody. At home the office's own uid is the owner, who may act as another."""
    members = Firm(connection).members()
    if shared:
        if act_as is not None:
            raise NotAllowed("as_refused")
        found = _by_login(members, uid)
        return None if found is None else Caller(member=found)
    owner = next((key for key, member in members.items() if member.role is MemberRole.OWNER), None)
    if owner is None or uid != os.getuid():
        return None
    return Caller(member=owner, as_=None if act_as is None else _named(connection, members, act_as))


def _by_login(members: Mapping[MemberKey, KeptMember], uid: int) -> MemberKey | None:
    """Name and uid must both agree with the system now (Z12)."""
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return None
    return next((key for key, member in members.items() if member.uid == uid and member.user == name), None)


def _named(connection: Database, members: Mapping[MemberKey, KeptMember], ref: str) -> MemberKey:
    """By name, case ignored, or by id."""
    found = [key for key, member in members.items() if member.name.casefold() == ref.casefold()]
    if len(found) == 1:
        return found[0]
    with suppress(NotFound):
        key = Ids(Meta(connection).data("id_secret")).member_key(ref)
        if key in members:
            return key
    raise NotFound


def members(connection: Database) -> frozenset[MemberKey]:
    """Those who have not left."""
    return frozenset(Firm(connection).members())


def mailboxes(connection: Database) -> tuple[RunMailbox, ...]:
    """Those that are set up."""
    unsent = Outbox(connection).unfinished_mailboxes()
    return tuple(
        RunMailbox(
            mailbox=key,
            settings=kept.settings,
            incarnation=kept.incarnation,
            paused=kept.paused,
            sends=kept.settings.imap is not None and (kept.settings.smtp is not None or key in unsent),
        )
        for key, kept in Mailboxes(connection).all().items()
    )


def former(connection: Database) -> tuple[str, ...]:
    """Server and login of those whose secret is to go."""
    return tuple(Partings(connection).without_secret())


def unfinished(connection: Database) -> tuple[str, ...]:
    """What keeps an office that nobody is attached to."""
    kept = Mailboxes(connection).all()
    reasons = []
    if any(not box.paused and box.kind == "imap" and _syncs(box.progress) for box in kept.values()):
        reasons.append("sync")
    if any(Changes(connection).of_mailbox(key) for key in kept):
        reasons.append("changes")
    if Errands(connection).open("notify"):
        reasons.append("notices")
    if Errands(connection).ready("save", 1):
        reasons.append("documents")
    if Erasures(connection, b"").due() is not None:
        reasons.append("erasing")
    if unsettled(connection):
        reasons.append("past_mail")
    if Outbox(connection).is_busy(uncertain_since=int(time.time()) - UNCERTAIN_SECONDS):
        reasons.append("sending")
    return tuple(reasons)


def unsettled(connection: Database) -> bool:
    """Whether after somebody's act past mail still waits to be settled again, or to go."""
    going = Skipped(connection, Meta(connection).data("hash_secret")).due(int(time.time()), 1)
    return bool(going or Partings(connection).due(1)) or Hands(connection).waiting(1) is not None


def _syncs(progress: Progress | None) -> bool:
    return progress is None or progress.state is SyncState.SYNCING
