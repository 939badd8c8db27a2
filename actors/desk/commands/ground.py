"""What the commands stand on: one act of one person, inside one turn of the desk.

Must not decide what may be done: `rules.permissions` does, asked here in one place.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from actors.desk.book import Book
from actors.desk.turn import Turn
from store.model.errors import NotAllowed, NotFound
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.scope import Scope
from store.rules.permissions import Action, Target, Verdict, may
from store.vault.following import KeptChange, NewAnnouncement
from store.vault.vault import Vault


class Writer(Protocol):
    """The desk's writer, as far as commands need it."""

    @property
    def vault(self) -> Vault: ...

    def turn(self) -> AbstractContextManager[Turn]:
        """One transaction, all or nothing. At its end the turn is finished and its announcements are kept; after the
        commit its messages go out and its book is the writer's. An exception takes everything back.
        """
        raise NotImplementedError


LookUp = Callable[[str], int | None]  # an operating-system login → its uid, None if there is none


@dataclass(slots=True)
class Act:
    """One command of one person, as they are at this moment. `about` is for the journal: keys only."""

    turn: Turn
    member: MemberKey  # who calls
    as_: MemberKey | None  # as whom they act
    about: str = ""
    batch: str = ""  # acts of one batch are taken back together
    queued: dict[MailboxKey, list[KeptChange]] = field(default_factory=dict)  # changes that this act made

    @property
    def actor(self) -> MemberKey:
        """Whose rights, state and undo count."""
        return self.member if self.as_ is None else self.as_

    @property
    def scope(self) -> Scope:
        return self.turn.book.scopes[self.actor]

    @property
    def vault(self) -> Vault:
        return self.turn.vault

    @property
    def now(self) -> int:
        return self.turn.now

    def need(
        self,
        action: Action,
        *,
        clients: Iterable[ClientKey] = (),
        away_from: Iterable[ClientKey] = (),
        mailbox: MailboxKey | None = None,
        target: Target | None = None,
    ) -> None:
        """Raise unless the actor may. What they cannot see is not found (Z5)."""
        verdict = may(self.scope, action, clients=clients, away_from=away_from, mailbox=mailbox, target=target)
        if verdict is Verdict.HIDDEN:
            raise NotFound
        if verdict is Verdict.NOT_ALLOWED:
            raise NotAllowed("not_allowed", right=str(action))

    def announce(self, kind: str, **named: Any) -> None:  # noqa: ANN401 - NewAnnouncement's own fields
        """Something changed."""
        self.turn.told.append(NewAnnouncement(kind, **named))

    def people_changed(self, *, rights: bool) -> None:
        """Read the firm anew. `rights`: who may see what changed too, so that every view is judged again (Z6)."""
        if rights:
            self.vault.meta.raise_generation()
        self.turn.book = Book(self.vault)


def begin(turn: Turn, *, member: MemberKey, as_: MemberKey | None, request: str = "") -> Act:
    """The act of a caller. Raises NotFound if they are no member (any more). Requests `batch/1`, `batch/2`, … are acts
    of one batch.
    """
    act = Act(turn, member, as_, batch=_batch(request))
    if member not in turn.book.members or act.actor not in turn.book.members:
        raise NotFound
    return act


def _batch(request: str) -> str:
    batch, _slash, number = request.rpartition("/")
    return batch if number.isdecimal() else ""
