"""The report about mail that could not be delivered (RFC 3464), as the demo's mail host writes it. Sends nothing."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from email.utils import format_datetime

from providers.rehearsal.firm.parts import Part, multipart, text_part

_WORDS = """\
This is the mail system at host {host}.

I'm sorry to have to inform you that your message could not be delivered to one or more recipients.

{told}
"""
_MOST_HEADERS = 64 * 1024


def bounce(
    raw: bytes, failed: Sequence[str], *, to: str, host: str, domains: Collection[str], moment: datetime
) -> bytes:
    """The report on `raw` to its sender: unknown are people where the domain is one of `domains`, else domains."""
    reasons = {address: _reason(address, domains) for address in failed}
    told = "\n".join(f"<{address}>: {reason[1]}" for address, reason in reasons.items())
    seed = hashlib.sha256(raw + "\n".join(failed).encode() + moment.isoformat().encode()).hexdigest()[:24]
    report = multipart(
        "report",
        [
            text_part(_WORDS.format(host=host, told=told), subtype="plain", charset="utf-8", encoding="8bit"),
            _status(reasons, host=host, moment=moment),
            _headers_of(raw),
        ],
        seed=seed,
        extra="; report-type=delivery-status",
    )
    lines = (
        "Return-Path: <>",
        f"Delivered-To: {to}",
        f"Received: by {host} with LMTP;\r\n {format_datetime(moment)}",
        f"Message-ID: <{seed}@{host}>",
        f"Date: {format_datetime(moment)}",
        f"From: Mail Delivery System <MAILER-DAEMON@{host}>",
        f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        *report.headers,
    )
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + report.body


def _reason(address: str, domains: Collection[str]) -> tuple[str, str]:
    """The status code, and what the other side would have said."""
    domain = address.rpartition("@")[2].lower()
    if domain in domains:
        return "5.1.1", "550 5.1.1 User unknown"
    return "5.1.2", f"550 5.1.2 Host or domain name not found: {domain}"


def _status(reasons: dict[str, tuple[str, str]], *, host: str, moment: datetime) -> Part:
    blocks = [f"Reporting-MTA: dns; {host}\r\nArrival-Date: {format_datetime(moment)}\r\n"]
    blocks += [
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: {code}\r\nDiagnostic-Code: smtp; {said}\r\n"
        for address, (code, said) in reasons.items()
    ]
    return Part(("Content-Type: message/delivery-status",), "\r\n".join(blocks).encode("utf-8"))


def _headers_of(raw: bytes) -> Part:
    head = raw.partition(b"\r\n\r\n")[0][:_MOST_HEADERS]
    kind = "Content-Type: text/rfc822-headers"
    return Part((kind,) if head.isascii() else (kind, "Content-Transfer-Encoding: 8bit"), head + b"\r\n")
