"""Mail on its way out: every way between its states, and what no way may do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.outbox import OutboxState, RecipientState
from store.rules.outbox import (
    GAVE_UP,
    MAX_TRIES,
    Act,
    Heard,
    Judged,
    after,
    answered,
    died,
    is_out,
    recipients_after,
    retry_at,
    stumbled,
)

W, A, R, U = RecipientState.WAITING, RecipientState.ACCEPTED, RecipientState.REFUSED, RecipientState.UNCERTAIN
RECIPIENTS = st.lists(st.sampled_from(RecipientState), min_size=1, max_size=6).map(tuple)
ANSWERS = st.sampled_from(("accepted", "deferred", "refused"))
REMEDIES = st.sampled_from(("later", "reconnect", "sign_in", "give_up", "other_way", "ask", "none"))
TRIES = st.integers(1, MAX_TRIES + 1)


@pytest.mark.parametrize(
    ("act", "before", "recipients", "then"),
    [
        (Act.SEND, "draft", (W,), "held"),
        (Act.SEND_NOW, "draft", (W,), "queued"),
        (Act.SEND, "held", (W,), None),
        (Act.DUE, "held", (W,), "queued"),
        (Act.DUE, "scheduled", (W,), "queued"),
        (Act.DUE, "cancelled", (W,), None),
        (Act.TAKE_BACK, "held", (W,), "draft"),
        (Act.TAKE_BACK, "queued", (W,), None),
        (Act.CANCEL, "held", (W,), "cancelled"),
        (Act.CANCEL, "queued", (W, W), "cancelled"),
        (Act.CANCEL, "queued", (A, W), "sent"),
        (Act.CANCEL, "sending", (W,), None),
        (Act.CANCEL, "uncertain", (U,), None),
        (Act.CANCEL, "sent", (A,), None),
        (Act.EDIT, "failed", (R,), "draft"),
        (Act.EDIT, "queued", (W,), None),
        (Act.EDIT, "paused", (A, W), None),
        (Act.RETRY, "failed", (R,), "queued"),
        (Act.RETRY, "paused", (W,), "queued"),
        (Act.RETRY, "sent", (A, R), "queued"),
        (Act.RETRY, "sent", (A, A), None),
        (Act.RETRY, "uncertain", (U,), None),
        (Act.SAY_SENT, "uncertain", (U,), "sent"),
        (Act.SAY_AGAIN, "uncertain", (U,), "queued"),
        (Act.SAY_AGAIN, "sent", (A,), None),
        (Act.SEEN, "uncertain", (U,), "sent"),
        (Act.SEEN, "failed", (R,), None),
        (Act.TAKE, "queued", (W,), "sending"),
        (Act.TAKE, "sending", (W,), None),
        (Act.BEGIN, "sending", (W,), "sending"),
        (Act.BEGIN, "queued", (W,), None),
        (Act.FORBID, "held", (W,), "failed"),
        (Act.FORBID, "queued", (A, W), "sent"),
        (Act.DISCARD, "draft", (), "draft"),
        (Act.DISCARD, "sent", (A,), None),
        (Act.DISCARD, "queued", (W,), None),
    ],
)
def test_each_way(act: Act, before: str, recipients: tuple[RecipientState, ...], then: str | None) -> None:
    assert after(OutboxState(before), act, recipients) == then


def test_answers_for_some_and_not_for_others() -> None:
    heard = (
        Heard(answer="accepted"),
        Heard(answer="deferred", code="mailbox_full"),
        Heard(answer="refused", code="no"),
    )
    assert answered((W, A, W, W), heard, tries=1) == Judged(
        state=OutboxState.QUEUED, recipients=(A, A, W, R), codes=(None, None, "mailbox_full", "no"),
        error="mailbox_full", again=True,
    )  # fmt: skip
    sent = answered((W, W), (Heard(answer="accepted"), Heard(answer="refused", code="no")), tries=1)
    assert (sent.state, sent.error, sent.again) == (OutboxState.SENT, "no", False)
    failed = answered((W,), (Heard(answer="refused", code="unknown_recipient"),), tries=1)
    assert (failed.state, failed.codes) == (OutboxState.FAILED, ("unknown_recipient",))


def test_a_server_that_defers_for_ever_is_given_up() -> None:
    later = (Heard(answer="deferred", code="later"),)
    assert answered((W,), later, tries=MAX_TRIES - 1).state is OutboxState.QUEUED
    end = answered((W,), later, tries=MAX_TRIES)
    assert (end.state, end.codes) == (OutboxState.FAILED, (GAVE_UP,))
    waits = [retry_at(tries, now=0, jitter=1.0) for tries in range(1, MAX_TRIES)]
    assert 1.8 * 86400 < sum(waits) < 2.2 * 86400


def test_an_attempt_that_died_is_never_sent_again_by_guess() -> None:
    assert died((W, A), begun=True, tries=1).recipients == (U, A)
    assert died((W,), begun=True, tries=1).state is OutboxState.UNCERTAIN
    again = died((W,), begun=False, tries=1)
    assert (again.state, again.again) == (OutboxState.QUEUED, True)
    assert retry_at(1, now=100, jitter=1.0, at_once=True) == 100
    assert retry_at(2, now=100, jitter=1.0, at_once=True) > 100


@given(act=st.sampled_from(Act), state=st.sampled_from(OutboxState), recipients=RECIPIENTS)
def test_no_act_loses_who_accepted(act: Act, state: OutboxState, recipients: tuple[RecipientState, ...]) -> None:
    to = after(state, act, recipients)
    if to is None:
        return
    then = recipients_after(act, recipients)
    assert len(then) == len(recipients)
    if is_out(recipients):
        assert to not in (OutboxState.FAILED, OutboxState.CANCELLED, OutboxState.DRAFT)
        assert all(new is A for old, new in zip(recipients, then, strict=True) if old is A)
    if state is OutboxState.UNCERTAIN:
        assert act in (Act.SAY_SENT, Act.SAY_AGAIN, Act.SEEN)
        assert U not in then


@given(recipients=RECIPIENTS, answers=st.lists(ANSWERS, min_size=6, max_size=6), tries=TRIES)
def test_answers_count_for_those_who_waited_only(
    recipients: tuple[RecipientState, ...], answers: list[str], tries: int
) -> None:
    judged = answered(recipients, [Heard(answer=one) for one in answers], tries=tries)
    for before, now in zip(recipients, judged.recipients, strict=True):
        assert before is W or now is before
    assert judged.again == (W in judged.recipients) == (judged.state is OutboxState.QUEUED)
    assert not (judged.state is OutboxState.FAILED and is_out(judged.recipients))
    assert tries < MAX_TRIES or not judged.again


@given(recipients=RECIPIENTS, remedy=REMEDIES, tries=TRIES)
def test_only_doubt_makes_doubt(recipients: tuple[RecipientState, ...], remedy: str, tries: int) -> None:
    judged = stumbled(recipients, remedy=remedy, code="x", tries=tries)
    assert (judged.state is OutboxState.UNCERTAIN) == (remedy == "ask")
    assert judged.recipients.count(A) == recipients.count(A)
    assert not (judged.state is OutboxState.FAILED and is_out(judged.recipients))
