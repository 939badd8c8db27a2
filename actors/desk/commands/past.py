"""Past mail after an act: what the act touches is settled again, the newest at once, the rest in slices beside the
sync.

Must not decide how anything is filed.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from actors.desk.commands.documents import need_no_hold
from actors.desk.commands.ground import Act
from actors.desk.following import tell_cause
from actors.desk.settling import GRACE_SECONDS, Settling
from actors.desk.skipping import tell_again, want_again
from actors.desk.writer import settle_again
from store.model.ids import ClientKey, EmailKey, MemberKey
from store.vault.hands import Cause
from store.vault.seen import Seen

AT_ONCE: Final = 300  # about a tenth of a second
RIGHTS: Final = frozenset({"set_access", "share"})  # what a member may no longer see, no hold lets them go on filing


def settle_now(act: Act, emails: Iterable[EmailKey], *, marks_changed: bool = False) -> None:
    """A few emails that a person decided on: all of them in this turn."""
    before = len(act.turn.filed)
    settle_again(act.turn, list(emails), Settling(act.turn), marks_changed=marks_changed)
    _need_kept(act, before)


def settle_past(
    act: Act,
    emails: Iterable[EmailKey],
    *,
    kind: str,
    expected: Callable[[Sequence[EmailKey]], int],
    client: ClientKey | None = None,
    address: str | None = None,
    at_once: int | None = None,
) -> int:
    """Whatever a link, switch or right touches. How many are filed otherwise: of those that are left for later as many
    as `expected` says of them, which must not count what the actor is not to know of (Z5).
    """
    ordered = sorted(set(emails), reverse=True)
    passed_over = _passed_over(act)
    if not (ordered or passed_over):
        return 0
    most = AT_ONCE if at_once is None else at_once
    first, rest = ordered[:most], ordered[most:]
    cause = _numbered(act, kind, client=client, address=address, filed=passed_over)
    if rest:
        act.vault.hands.wait(ordered, cause.cause)
        act.vault.hands.drop_idle_causes()
    later = expected(rest) if rest else 0
    before = len(act.turn.filed)
    settle_again(act.turn, first, Settling(act.turn, cause=cause, grace=act.vault.meta.number(GRACE_SECONDS)))
    if kind not in RIGHTS:
        _need_kept(act, before)
    changed = {email for email, _client, _reason in act.turn.filed[before:]}
    if not rest:
        act.vault.hands.forget_cause(cause.cause)
        tell_cause(act.turn, cause)
    elif act.vault.hands.settled(first, cause):
        tell_cause(act.turn, cause)
    return len(changed) + later


def only_seen(act: Act) -> Callable[[Sequence[EmailKey]], int]:
    """What a decision by hand can reach."""
    return lambda emails: len(Seen(act.vault.database, act.scope, now=act.now).among(emails))


def _need_kept(act: Act, before: int) -> None:
    """No mail left a client under a legal hold by what was settled since ([C10]), nor what only might be its mail."""
    last = {(email, client): reason for email, client, reason in act.turn.filed[before:]}
    need_no_hold(act, {ClientKey(client) for (_email, client), reason in last.items() if not reason})


def _passed_over(act: Act) -> dict[MemberKey, int]:
    """What mailboxes passed over is fetched now: how many of each member's, who are told of it with the rest (Z3)."""
    told = want_again(act.turn)
    tell_again(act.turn, told)
    counts: dict[MemberKey, int] = {}
    for mailbox, folders in told.items():
        for member in act.turn.book.mailboxes[mailbox].members:
            counts[member] = counts.get(member, 0) + sum(map(len, folders.values()))
    return {member: count for member, count in counts.items() if count}


def _numbered(
    act: Act, kind: str, *, client: ClientKey | None, address: str | None, filed: dict[MemberKey, int]
) -> Cause:
    """By its number what it files is told apart from what an earlier act filed."""
    number = act.vault.hands.add_cause(kind, maker=act.actor, client=client, address=address, at=act.now)
    return Cause(number, kind, act.actor, client, address, act.now, filed)
