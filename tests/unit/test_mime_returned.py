"""What a body says of other mail: bounces (RFC 3464) and forwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.mime.read import read_copy
from store.model.copy import Copy
from store.model.evidence import Kind, Role
from store.rules.evidence import evidence

BOUNCE = """\
Return-Path: <>
From: Mail System <MAILER-DAEMON@mx.firm.example>
To: tom@firm.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <b1@mx.firm.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver it.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.firm.example

Final-Recipient: rfc822; Ana@Olmo.example
Original-Recipient: rfc822;office@olmo.example
Action: failed
Status: 5.1.1

Final-Recipient: rfc822; ben@olmo.example
Action: delayed
Status: 4.4.1

Final-Recipient: x400; c=es
Action: failed

--b
Content-Type: {kind}

Message-ID: <sent@firm.example>
From: tom@firm.example
To: ana@olmo.example
Subject: The accounts

--b--
"""
FORWARD = """\
From: Clara <clara@firm.example>
To: tom@firm.example
Subject: {subject}
Message-ID: <f1@firm.example>
Content-Type: text/plain; charset=utf-8

Can you look at this?

{block}

Dear Clara, here are the papers.
"""
BLOCKS = {
    "gmail": "------ Forwarded message ------\nFrom: Ana Olmo <Ana@olmo.example>\nDate: Mon, 2 Nov 2026\nSubject: x",
    "outlook": "From: Ana Olmo <ana@olmo.example>\nSent: Monday, 2 November 2026\nTo: Clara\nSubject: x",
    "old-outlook": "-----Original Message-----\nFrom: Ana Olmo [mailto:ana@olmo.example]\nSent: Monday\nTo: Clara",
    "apple": "Begin forwarded message:\n\n> From: Ana Olmo <ana@olmo.example>\n> Subject: x\n> Date: Monday",
    "spanish": "De: Ana Olmo <ana@olmo.example>\nEnviado el: lunes\nPara: Clara\nAsunto: x",
    "bare": "From: ana@olmo.example\nTo: clara@firm.example",
}
ATTACHED = """\
From: Clara <clara@firm.example>
To: tom@firm.example
Subject: Fwd: papers
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

See attached.
--b
Content-Type: message/rfc822

From: Ana Olmo <ana@olmo.example>
To: clara@firm.example
Subject: papers

Dear Clara
--b--
"""


def read(text: str) -> Copy:
    return read_copy(text.replace("\n", "\r\n").encode(), uid=1, whole=True)


def told(text: str) -> list[tuple[Role, str]]:
    copy = read(text)
    found = evidence(copy.headers, copy.body, trusted_authserv=None)
    return [(role, address) for role, address in found.addresses if role in {Role.FAILED, Role.FORWARDED}]


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"])
def test_a_bounce_says_who_did_not_get_which_mail(kind: str) -> None:
    copy = read(BOUNCE.format(kind=kind))
    found = evidence(copy.headers, copy.body, trusted_authserv=None)
    assert found.kind is Kind.BOUNCE
    assert found.names == ("sent@firm.example",)
    assert told(BOUNCE.format(kind=kind)) == [(Role.FAILED, "office@olmo.example"), (Role.FAILED, "ana@olmo.example")]


def test_a_delay_and_a_person_say_nothing() -> None:
    assert told(BOUNCE.format(kind="message/rfc822").replace("Action: failed", "Action: delayed")) == []
    personal = BOUNCE.format(kind="message/rfc822").replace("MAILER-DAEMON", "ana").replace("Return-Path: <>", "X-Y: z")
    assert told(personal.replace("delivery-status; b", "other; b")) == []


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
@pytest.mark.parametrize("subject", ["Fwd: papers", "FW: papers", "WG: Unterlagen", "RV: papeles", "TR : papiers"])
def test_a_forward_says_whose_it_was(block: str, subject: str) -> None:
    assert told(FORWARD.format(block=block, subject=subject)) == [(Role.FORWARDED, "ana@olmo.example")]


def test_an_attached_one_too() -> None:
    assert told(ATTACHED) == [(Role.FORWARDED, "ana@olmo.example")]


def test_an_answer_with_a_quote_is_no_forward() -> None:
    assert told(FORWARD.format(block=BLOCKS["outlook"], subject="Re: papers")) == []
    assert told(FORWARD.format(block="From: ana@olmo.example is all I know", subject="Fwd: papers")) == []


def test_a_newsletter_forwards_nothing() -> None:
    text = FORWARD.format(block=BLOCKS["gmail"], subject="Fwd: papers")
    assert told(f"List-Id: <news.olmo.example>\n{text}") == []


@given(st.text(alphabet="From: <ana@olmo.example>\nTo:> ;-", max_size=200))
def test_no_text_is_an_error(noise: str) -> None:
    found = told(FORWARD.format(block=noise, subject="Fwd: x"))
    assert len(found) <= 1
    assert all(role is Role.FORWARDED for role, _address in found)
