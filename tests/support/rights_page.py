"""The tables of docs/rights.md, read off the rule itself."""

from collections.abc import Iterable, Sequence
from typing import Final

from store.model.firm import MemberRole, Right
from store.model.ids import ClientKey, MailboxKey, MemberKey
from store.model.scope import Scope
from store.rules.permissions import (
    Action,
    MemberFacts,
    Target,
    Verdict,
    VisibleFacts,
    VisibleFiling,
    may,
    scope,
    visible,
)

ME, OTHER = MemberKey(1), MemberKey(2)
A, B = ClientKey(1), ClientKey(2)
BOX = MailboxKey(1)
ON_SOMEBODY: Final = frozenset({
    Action.ADD_MEMBER, Action.CHANGE_ACCESS, Action.CHANGE_ROLE, Action.CHANGE_WALL, Action.SET_AWAY,
    Action.ADD_MAILBOX,
})  # fmt: skip
AWAY_FROM: Final = frozenset({Action.FILE, Action.MAKE_PRIVATE})
LATER: Final = 200


def _who(
    role: MemberRole = MemberRole.EMPLOYEE,
    *,
    rights: Iterable[Right] = (),
    clients: Iterable[ClientKey] = (A, B),
    walls: Iterable[ClientKey] = (),
    boxes: Iterable[MailboxKey] = (),
) -> Scope:
    facts = MemberFacts(
        member=ME, generation=1, role=role, rights=tuple(rights), clients=tuple(clients), walls=tuple(walls),
        mailboxes=tuple(boxes),
    )  # fmt: skip
    return scope(facts)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# ---- Who sees an email


def seen_table() -> str:
    """By how it is filed and who looks."""
    lookers = {
        "in its mailbox": _who(boxes=(BOX,), clients=()),
        "access to A": _who(clients=(A,)),
        "access to A and B": _who(clients=(A, B)),
        "view all clients, admin, owner": _who(MemberRole.OWNER, clients=()),
        "no access": _who(clients=()),
        "walled off A, whoever": _who(MemberRole.OWNER, boxes=(BOX,), walls=(A,)),
    }
    mails = {
        "nowhere": (),
        "A": (VisibleFiling(client=A),),
        "B": (VisibleFiling(client=B),),
        "A and B": (VisibleFiling(client=A), VisibleFiling(client=B)),
        "A or B, open": (VisibleFiling(client=A, ambiguous=True), VisibleFiling(client=B, ambiguous=True)),
        "A, in its grace": (VisibleFiling(client=A, visible_from=LATER),),
    }
    rows = []
    for private in (False, True):
        for name, filings in mails.items():
            facts = VisibleFacts(mailboxes=(BOX,), filings=filings, private=private)
            seen = ["yes" if visible(who, facts, now=100) else "–" for who in lookers.values()]
            rows.append([f"{name}{', private' * private}", *seen])
    return _table(["filed with", *lookers], rows)


# ---- Who may do what


def done_table() -> str:
    """By role, and by the right that an employee needs."""
    rows = []
    for action in Action:
        answers = [_answer(_who(role), action) for role in MemberRole]
        if answers[-1] == "–":
            held = [str(right) for right in Right if _answer(_who(rights=(right,)), action) == "yes"]
            answers[-1] = ", ".join(f"with *{right.replace('_', ' ')}*" for right in held) or _on_oneself(action)
        rows.append([str(action).replace("_", " "), *answers])
    return _table(["", *map(str, MemberRole)], rows)


def _answer(who: Scope, action: Action) -> str:
    away_from = (A,) if action in AWAY_FROM else ()
    if action not in ON_SOMEBODY:
        return "yes" if may(who, action, away_from=away_from) is Verdict.ALLOWED else "–"
    on = [
        str(role) for role in MemberRole
        if may(who, action, target=Target(role=role, member=OTHER)) is Verdict.ALLOWED
    ]  # fmt: skip
    if not on:
        return "–"
    return "of others" if len(on) == len(MemberRole) else "of an " + " or ".join(reversed(on))


def _on_oneself(action: Action) -> str:
    mine = Target(role=MemberRole.EMPLOYEE, member=ME)
    return "of oneself" if action in ON_SOMEBODY and may(_who(), action, target=mine) is Verdict.ALLOWED else "–"
