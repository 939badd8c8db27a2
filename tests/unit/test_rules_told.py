"""What a mail's text says of others ([C2], [C5]): a bounce is filed where ours was to go, a forward is suggested."""

import pytest

from store.model.evidence import Kind, Role, Verified
from store.model.filing import Filed, HandDecision, Reason, Suggestion
from store.model.ids import EmailKey
from store.rules.facts import Facts, Named
from store.rules.filing import passed_on, settle
from tests.unit.test_rules_filing import ANA, BOX, CLIENT, ME, MEMBER, STRANGER, A, B, addressed_as, facts, link, seen

DAEMON = "mailer-daemon@mx.example"
SENT = Named(email=EmailKey(50), basis=addressed_as(A), people=(CLIENT,), ours=True)


def bounced(*named: Named, kind: Kind = Kind.BOUNCE, verified: Verified = Verified.UNKNOWN) -> Facts:
    copy = seen((Role.FROM, DAEMON), (Role.TO, ME), (Role.FAILED, CLIENT), kind=kind, verified=verified, names=("x",))
    return facts(copy, addresses=(MEMBER, link(CLIENT, A)), named=named)


def test_a_bounce_is_filed_where_our_mail_was_to_go_and_says_so() -> None:
    (filed,) = settle(bounced(SENT)).files
    assert filed == Filed(
        client=A, reason=Reason.BOUNCE, confidence=100, address=CLIENT, source=EmailKey(50), ambiguous=False
    )


@pytest.mark.parametrize(
    "told",
    [
        bounced(),
        bounced(Named(email=EmailKey(50), basis=addressed_as(A), people=(CLIENT,))),  # not ours
        bounced(Named(email=EmailKey(50), basis=addressed_as(A), people=(STRANGER,), ours=True)),  # to somebody else
        bounced(Named(email=EmailKey(50), basis=addressed_as(A), people=(CLIENT,), ours=True, failed=True)),
        bounced(SENT, kind=Kind.PERSONAL),
        bounced(SENT, verified=Verified.FAIL),
    ],
)
def test_what_is_no_bounce_of_ours_files_nothing(told: Facts) -> None:
    assert settle(told).files == ()


def test_a_hand_beats_it_and_it_passes_nothing_on() -> None:
    told = bounced(SENT)
    moved = facts(
        *told.copies, addresses=told.addresses, named=told.named, by_hand=(HandDecision(maker=ANA, clients=(B,), at=1),)
    )
    assert [filed.client for filed in settle(moved).files] == [B]
    assert passed_on(told).basis.addressed == ()


def test_ours_is_what_a_member_wrote() -> None:
    ours = facts(seen((Role.FROM, ME), (Role.TO, CLIENT)), addresses=(MEMBER, link(CLIENT, A)))
    theirs = facts(seen((Role.FROM, CLIENT), (Role.TO, ME)), addresses=(MEMBER, link(CLIENT, A)))
    assert (passed_on(ours).ours, passed_on(theirs).ours) == (True, False)


def test_a_forward_is_suggested_and_never_filed() -> None:
    copy = seen((Role.FROM, ME), (Role.TO, ME), (Role.FORWARDED, CLIENT))
    found = settle(facts(copy, addresses=(MEMBER, link(CLIENT, A))))
    assert found.files == ()
    assert found.suggestions == (Suggestion(client=A, reason=Reason.FORWARDED, to_mailboxes=(BOX,)),)


@pytest.mark.parametrize("copy", [
    seen((Role.FROM, STRANGER), (Role.TO, ME), (Role.FORWARDED, CLIENT), verified=Verified.FAIL),
    seen((Role.FROM, STRANGER), (Role.TO, ME), (Role.FORWARDED, CLIENT), kind=Kind.BULK),
    seen((Role.FROM, STRANGER), (Role.TO, ME), (Role.FORWARDED, CLIENT), never_sync=True),
])  # fmt: skip
def test_what_is_not_believed_suggests_nothing(copy: object) -> None:
    assert settle(facts(copy, addresses=(MEMBER, link(CLIENT, A)))).suggestions == ()  # type: ignore[arg-type]


def test_what_is_filed_needs_no_such_suggestion() -> None:
    other = "other@d.example"
    copy = seen((Role.FROM, other), (Role.TO, ME), (Role.FORWARDED, CLIENT))
    found = settle(facts(copy, addresses=(MEMBER, link(CLIENT, A), link(other, B, contact=2))))
    assert ([filed.client for filed in found.files], found.suggestions) == ([B], ())


def test_a_mailing_list_is_nobody_one_has_written_with() -> None:
    """A stranger on a list answers mail of the same list: the list's own address joins them to nobody's client."""
    the_list = "list@lists.example"
    earlier = Named(email=EmailKey(50), basis=addressed_as(A), people=(the_list,))
    personal = seen((Role.FROM, STRANGER), (Role.TO, the_list), names=("x",))
    bulk = seen((Role.FROM, STRANGER), (Role.TO, the_list), names=("x",), kind=Kind.BULK)
    assert settle(facts(personal, named=(earlier,))).files != ()
    assert settle(facts(bulk, named=(earlier,))).files == ()
    assert the_list not in passed_on(facts(bulk)).people
