"""Where copies of a letter lie, and what each mailbox's own provider wrote above them. Never changes what it says."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime

from providers.rehearsal.firm.letters import Letter, Setting
from providers.rehearsal.firm.message import message
from providers.rehearsal.firm.records import DemoCopy, DemoMail
from providers.rehearsal.firm.source import MemberSource

HOST = "mx.rivasholt.example"
_KEPT_IN_INBOX = timedelta(days=18)
_SELDOM = 6


def posted(
    letter: Letter,
    setting: Setting,
    *,
    earlier: Sequence[Letter],
    answered_by: Collection[str],
    at_once: bool = False,
) -> DemoMail:
    """The mail with all its copies; `answered_by` are the addresses of the members who answered it.

    It is some seconds on its way, or none where somebody waits for it (`at_once`).
    """
    return DemoMail(
        message_id=letter.message_id,
        thread=letter.thread,
        client=letter.client,
        language=letter.language,
        date=letter.date,
        copies=tuple(_copies(letter, setting, earlier, answered_by, at_once=at_once)),
    )


def _copies(
    letter: Letter, setting: Setting, earlier: Sequence[Letter], answered_by: Collection[str], *, at_once: bool
) -> Iterator[DemoCopy]:
    written = message(letter, earlier=earlier)
    addressed = {address for _, address in (*letter.to, *letter.cc, *letter.bcc)}
    addressed |= {address for _, address in setting.mailboxes(letter.source.deliver)}
    for member in setting.members():
        address = member.addresses[0]
        if address == letter.address:
            yield _own_copy(letter, member, message(letter, earlier=earlier, bcc=True))
        elif address in addressed and not letter.source.draft:
            received = letter.date.astimezone(setting.now.tzinfo)
            if not at_once:
                received += timedelta(seconds=_delay(letter, member))
            yield DemoCopy(
                member=address,
                folder=_folder(letter, member, setting.now),
                flags=_flags(letter, member, answered=address in answered_by),
                received=received,
                raw=_delivery(letter, member, received) + written,
            )


def _own_copy(letter: Letter, member: MemberSource, raw: bytes) -> DemoCopy:
    return DemoCopy(
        member=member.addresses[0],
        folder="Drafts" if letter.source.draft else "Sent",
        flags=("\\Seen", "\\Draft") if letter.source.draft else ("\\Seen",),
        received=letter.date,
        raw=raw,
    )


def _number(letter: Letter, member: MemberSource) -> int:
    """A number that is always the same for this copy, for what in life is chance."""
    return int(letter.seed[:6], 16) + len(member.key) * 7919


def _delay(letter: Letter, member: MemberSource) -> int:
    return 1 + _number(letter, member) % 40


def _folder(letter: Letter, member: MemberSource, now: datetime) -> str:
    told = letter.source.folder
    folder = told if isinstance(told, str) else told.get(member.key, "")
    if folder:
        return folder
    old = now - letter.date > _KEPT_IN_INBOX
    return "Archive" if old and _number(letter, member) % _SELDOM else "INBOX"


def _flags(letter: Letter, member: MemberSource, *, answered: bool) -> tuple[str, ...]:
    unread = letter.source.unread
    unseen = unread if isinstance(unread, bool) else member.key in unread.split()
    named = (("\\Seen", not unseen), ("\\Answered", answered), ("\\Flagged", letter.source.flagged))
    return tuple(flag for flag, on in named if on)


def _delivery(letter: Letter, member: MemberSource, received: datetime) -> bytes:
    """The lines the member's provider puts on top, newest first."""
    address, domain = member.addresses[0], letter.address.rpartition("@")[2]
    number = _number(letter, member)
    bounce = letter.source.bounce is not None
    inside = domain == HOST or domain == address.rpartition("@")[2]
    relay = "submission.rivasholt.example [192.0.2.10]" if inside else f"mail.{domain} [198.51.100.{number % 250 + 1}]"
    if letter.source.auth == "fail":
        relay = f"unknown [203.0.113.{number % 250 + 1}]"
    stored = f"Received: from {HOST} ([192.0.2.2])\r\n by store.rivasholt.example with LMTP id {number:x}\r\n"
    taken = f"Received: from {relay}\r\n by {HOST} with ESMTPS id {number ^ 0x5A5A5A:x}\r\n"
    lines = (
        f"Return-Path: <{'' if bounce else letter.address}>",
        f"Delivered-To: {address}",
        f"Authentication-Results: {HOST};\r\n {_verdict(letter, domain)}",
        f"{stored} for <{address}>; {format_datetime(received)}",
        f"{taken} for <{address}>; {format_datetime(received - timedelta(seconds=1))}",
    )
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def _verdict(letter: Letter, domain: str) -> str:
    if letter.source.auth == "fail":
        return f"spf=fail smtp.mailfrom={domain};\r\n dkim=none;\r\n dmarc=fail header.from={domain}"
    return (
        f"spf=pass smtp.mailfrom={domain};\r\n dkim=pass header.d={domain} header.s=s1;\r\n"
        f" dmarc=pass header.from={domain}"
    )
