"""Inbox+ as its member handles it ([N3], [S12]): seen, archived, hidden for a day, never shown again."""

from typing import Final

from actors.desk.commands.ground import Act
from actors.desk.commands.resolving import notice_of
from store.model.ids import EmailKey
from store.model.views import Done
from store.rules.notices import Telling
from store.vault.following import KeptNotice

LATER_SECONDS: Final = 24 * 3600


def see_notice(act: Act, *, notice: str) -> Done:
    """It was looked at."""
    kept = notice_of(act, notice)
    return _put(act, kept, seen_at=kept.seen_at or act.now, archived_at=kept.archived_at, later_until=kept.later_until)


def archive_notice(act: Act, *, notice: str) -> Done:
    """Off the badge."""
    kept = notice_of(act, notice)
    return _put(act, kept, seen_at=kept.seen_at or act.now, archived_at=act.now, later_until=None)


def later_notice(act: Act, *, notice: str) -> Done:
    """Hidden for 24 hours."""
    kept = notice_of(act, notice)
    return _put(act, kept, seen_at=None, archived_at=None, later_until=act.now + LATER_SECONDS)


def never_notice(act: Act, *, notice: str) -> Done:
    """Not shown again; of a mailbox that stopped working: this mailbox and this reason are silent for good."""
    kept = notice_of(act, notice)
    if kept.about:
        act.vault.notices.silence(act.actor, kept.kind, kept.about, at=act.now)
    return _put(act, kept, seen_at=kept.seen_at or act.now, archived_at=act.now, later_until=None)


def tell(act: Act, told: Telling, *, email: EmailKey, about: str) -> None:
    """Keep a notice of what the actor did; `about` makes it the one notice of this act."""
    by: dict[str, str | int] = {"by": act.turn.book.members[act.actor].name}
    if act.vault.notices.add(told.member, told.kind, at=act.now, email=email, about=about, arguments=by):
        act.announce("notices_kept", member=told.member)


def _put(act: Act, kept: KeptNotice, *, seen_at: int | None, archived_at: int | None, later_until: int | None) -> Done:
    act.vault.notices.put(kept.notice, seen_at=seen_at, archived_at=archived_at, later_until=later_until)
    act.announce("notices_kept", member=act.actor)
    act.about = f"notice {kept.notice}"
    return Done(done=True, affected=1)
