"""Who may see and do what: tables of roles, rights, walls and places."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

OWNER, ADMIN, EMPLOYEE = MemberRole.OWNER, MemberRole.ADMIN, MemberRole.EMPLOYEE
ME, OTHER = MemberKey(1), MemberKey(2)
A, B = ClientKey(1), ClientKey(2)
MINE, THEIRS = MailboxKey(1), MailboxKey(2)
ALLOWED, NOT_ALLOWED, HIDDEN = Verdict.ALLOWED, Verdict.NOT_ALLOWED, Verdict.HIDDEN


def member(role: MemberRole = EMPLOYEE, *rights: Right, walls: tuple[ClientKey, ...] = ()) -> Scope:
    """A member with client A and mailbox 1."""
    return scope(
        MemberFacts(member=ME, generation=1, role=role, rights=rights, clients=(A,), walls=walls, mailboxes=(MINE,))
    )


def mail(*filings: VisibleFiling, box: MailboxKey = THEIRS, private: bool = False) -> VisibleFacts:
    return VisibleFacts(mailboxes=(box,), filings=filings, private=private)


def filed(client: ClientKey, *, ambiguous: bool = False, visible_from: int = 0) -> VisibleFiling:
    return VisibleFiling(client=client, ambiguous=ambiguous, visible_from=visible_from)


def test_owner_and_admins_have_every_right_and_client() -> None:
    for role in (OWNER, ADMIN):
        theirs = member(role)
        assert theirs.clients is None
        assert theirs.rights == frozenset(Right)
        assert theirs.manages_members
    assert member(OWNER).owner
    assert not member(ADMIN).owner
    assert member().clients == frozenset({A})
    assert member(EMPLOYEE, Right.VIEW_ALL_CLIENTS).clients is None


@pytest.mark.parametrize(
    ("email", "employee", "owner"),
    [
        (mail(), False, False),  # unfiled in another's mailbox: nobody else's, not even the owner's
        (mail(box=MINE), True, True),
        (mail(filed(A)), True, True),
        (mail(filed(B)), False, True),
        (mail(filed(A), filed(B)), True, True),
        (mail(filed(A), private=True), False, False),
        (mail(filed(A), box=MINE, private=True), True, True),
        (mail(filed(A, ambiguous=True), filed(B, ambiguous=True)), False, True),
        (mail(filed(A), filed(B, ambiguous=True)), True, True),
        (mail(filed(B), filed(A, ambiguous=True)), False, True),
        (mail(filed(A, visible_from=101)), False, False),
        (mail(filed(A, visible_from=100)), True, True),
        (mail(filed(B), box=MINE), True, True),
    ],
)
def test_who_sees_an_email(email: VisibleFacts, *, employee: bool, owner: bool) -> None:
    assert visible(member(), email, now=100) is employee
    assert visible(member(OWNER), email, now=100) is owner


filings = st.lists(
    st.builds(filed, st.sampled_from([A, B]), ambiguous=st.booleans(), visible_from=st.sampled_from([0, 200])),
    max_size=3,
)
emails = st.builds(
    VisibleFacts,
    mailboxes=st.lists(st.sampled_from([MINE, THEIRS])).map(tuple),
    filings=filings.map(tuple),
    private=st.booleans(),
)


@given(emails, st.sampled_from(MemberRole))
def test_a_wall_beats_everything(email: VisibleFacts, role: MemberRole) -> None:
    walled = member(role, *Right, walls=(B,))
    if any(filing.client == B for filing in email.filings):
        assert not visible(walled, email, now=100)
    else:
        assert visible(walled, email, now=100) == visible(member(role, *Right), email, now=100)


@given(emails, st.sampled_from(MemberRole))
def test_what_nobody_filed_is_its_mailboxs_alone(email: VisibleFacts, role: MemberRole) -> None:
    if email.private or not email.filings:
        assert visible(member(role), email, now=100) == (MINE in email.mailboxes)


@pytest.mark.parametrize(
    ("action", "right"),
    [
        (Action.MANAGE_CLIENTS, Right.MANAGE_CLIENTS),
        (Action.LINK, Right.MANAGE_CLIENTS),
        (Action.SEND, Right.SEND),
        (Action.EXPORT, Right.EXPORT),
        (Action.DELETE_FILED, Right.DELETE_FILED),
        (Action.MANAGE_TEMPLATES, Right.MANAGE_TEMPLATES),
        (Action.SEE_INSIGHTS, Right.SEE_INSIGHTS),
    ],
)
def test_a_right_allows_its_own_actions_and_no_others(action: Action, right: Right) -> None:
    for held in Right:
        assert may(member(EMPLOYEE, held), action) is (ALLOWED if held is right else NOT_ALLOWED)
    assert may(member(), action) is NOT_ALLOWED
    assert may(member(ADMIN), action) is may(member(OWNER), action) is ALLOWED


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        (Action.READ, (EMPLOYEE, ADMIN, OWNER)),
        (Action.MARK, (EMPLOYEE, ADMIN, OWNER)),
        (Action.DONE, (EMPLOYEE, ADMIN, OWNER)),
        (Action.SNOOZE, (EMPLOYEE, ADMIN, OWNER)),
        (Action.ASSIGN, (EMPLOYEE, ADMIN, OWNER)),
        (Action.COMMENT, (EMPLOYEE, ADMIN, OWNER)),
        (Action.FILE, (EMPLOYEE, ADMIN, OWNER)),
        (Action.UNDO, (EMPLOYEE, ADMIN, OWNER)),
        (Action.CHANGE_SIGHTINGS, (EMPLOYEE, ADMIN, OWNER)),
        (Action.SEE_CLIENT, (EMPLOYEE, ADMIN, OWNER)),
        (Action.SEE_MEMBERS, (EMPLOYEE, ADMIN, OWNER)),
        (Action.ADD_MAILBOX, (EMPLOYEE, ADMIN, OWNER)),
        (Action.SEE_JOURNAL, (ADMIN, OWNER)),
        (Action.SEE_ALL_SYNC, (ADMIN, OWNER)),
        (Action.STOP_OFFICE, (ADMIN, OWNER)),
    ],
)
def test_what_roles_may_without_any_right(action: Action, allowed: tuple[MemberRole, ...]) -> None:
    for role in MemberRole:
        assert may(member(role), action) is (ALLOWED if role in allowed else NOT_ALLOWED)


@pytest.mark.parametrize("action", [Action.CHANGE_ACCESS, Action.CHANGE_WALL, Action.ADD_MAILBOX, Action.ADD_MEMBER])
@pytest.mark.parametrize(("actor", "target"), [*itertools.product(MemberRole, MemberRole)])
def test_the_owner_manages_all_admins_employees_and_employees_nobody(
    action: Action, actor: MemberRole, target: MemberRole
) -> None:
    wanted = actor is OWNER or (actor is ADMIN and target is EMPLOYEE)
    if action is Action.ADD_MEMBER:
        wanted = wanted and target is not OWNER
        about = Target(role=target)
    else:
        about = Target(member=OTHER, role=target)
    assert may(member(actor, *Right), action, target=about) is (ALLOWED if wanted else NOT_ALLOWED)


@pytest.mark.parametrize("role", MemberRole)
def test_nobody_sets_or_lifts_their_own_wall(role: MemberRole) -> None:
    assert may(member(role), Action.CHANGE_WALL, target=Target(member=ME, role=role)) is NOT_ALLOWED


@pytest.mark.parametrize("role", MemberRole)
def test_only_the_owner_changes_roles_and_never_makes_a_second_owner(role: MemberRole) -> None:
    to_admin = may(member(role), Action.CHANGE_ROLE, target=Target(member=OTHER, role=ADMIN))
    assert to_admin is (ALLOWED if role is OWNER else NOT_ALLOWED)
    assert may(member(role), Action.CHANGE_ROLE, target=Target(member=OTHER, role=OWNER)) is NOT_ALLOWED


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", MemberRole)
def test_what_is_hidden_is_not_found_whatever_the_right(action: Action, role: MemberRole) -> None:
    about = Target(member=OTHER, role=EMPLOYEE)
    assert may(member(role), action, seen=False, target=about) is HIDDEN
    assert may(member(role, *Right, walls=(A,)), action, clients=(A,), target=about) is HIDDEN
    assert may(member(EMPLOYEE), action, clients=(A, B), target=about) is HIDDEN


def test_a_foreign_mailbox_is_nobodys_to_use_and_hidden_from_employees() -> None:
    assert may(member(), Action.USE_MAILBOX, mailbox=MINE) is ALLOWED
    assert may(member(EMPLOYEE, *Right), Action.USE_MAILBOX, mailbox=THEIRS) is HIDDEN
    assert may(member(ADMIN), Action.USE_MAILBOX, mailbox=THEIRS) is NOT_ALLOWED
    assert may(member(OWNER), Action.USE_MAILBOX, mailbox=THEIRS) is NOT_ALLOWED


def test_filing_away_needs_the_right_to_delete_and_both_clients() -> None:
    both = (Right.DELETE_FILED, Right.VIEW_ALL_CLIENTS)
    assert may(member(), Action.FILE, clients=(A,)) is ALLOWED
    assert may(member(), Action.FILE, clients=(A,), away_from=(A,)) is NOT_ALLOWED
    assert may(member(EMPLOYEE, Right.DELETE_FILED), Action.FILE, clients=(A,), away_from=(B,)) is NOT_ALLOWED
    assert may(member(EMPLOYEE, *both), Action.FILE, clients=(A,), away_from=(B,)) is ALLOWED
    assert may(member(OWNER, walls=(B,)), Action.FILE, clients=(A,), away_from=(B,)) is NOT_ALLOWED
