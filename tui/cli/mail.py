"""Commands on mail: threads, search, show, why, and the acts on emails and threads."""

import argparse
import sys
from pathlib import Path
from typing import Any

from actors.desk.api import Desk
from store.model.evidence import Verified
from store.model.filing import Reason
from store.model.ids import EmailId, ThreadId
from store.model.plain import plain, plain_lines
from store.model.views import Done, EmailRow, EmailView, FilingView, ThreadQuery, ThreadRow, View, WhyFiling
from tui.cli.attach import attached, request
from tui.cli.output import Output, local, when
from tui.cli.run import need
from tui.i18n import _, ngettext

PAGE = 200


async def threads(options: argparse.Namespace, output: Output) -> None:
    """A thread a line, newest first, with all its emails, oldest first."""
    _need_limit(options)
    async with attached(options) as desk:
        query = await _query(desk, options)
        offset, left = 0, options.limit
        while left is None or left > 0:
            page = await desk.threads(query, offset=offset, limit=min(PAGE, left or PAGE))
            for row in page.rows:
                await _thread(desk, row, output)
            offset += len(page.rows)
            left = None if left is None else left - len(page.rows)
            if not page.rows or offset >= page.total:
                break


def _need_limit(options: argparse.Namespace) -> None:
    need(options.limit is None or options.limit > 0, "bad_value", field="--limit")


async def _query(desk: Desk, options: argparse.Namespace) -> ThreadQuery:
    client = (await desk.client(options.client)).client if options.client else None
    return ThreadQuery(view=View(options.view), client=client, text=" ".join(options.query))


async def _thread(desk: Desk, row: ThreadRow, output: Output) -> None:
    if not output.json:
        who = ", ".join(row.people[:2])
        mark = "●" if row.unread else " "
        names = ", ".join(client.name for client in row.clients)
        print(
            plain(
                f"{row.thread}  {local(row.at)} {mark} {who[:24]:24}  {row.subject}" + (f"  [{names}]" if names else "")
            )
        )
        return
    emails = [
        {
            "email": email.email,
            "message_id": bracketed(email.message_id),
            "from": _sender(email),
            "date": when(email.date),
            "received": when(email.received),
            "mailboxes": list(email.mailboxes),
        }
        for email in await desk.thread(row.thread)
    ]
    output.record(
        {
            "thread": row.thread,
            "subject": row.subject,
            "state": row.state.value,
            "assigned": row.assigned,
            "clients": [client.name for client in row.clients],
            "unread": row.unread,
            "ambiguous": row.ambiguous,
            "emails": emails,
        }
    )


async def search(options: argparse.Namespace, output: Output) -> None:
    """Emails, newest first; an empty query is every email."""
    _need_limit(options)
    async with attached(options) as desk:
        before: EmailId | None = None
        left = options.limit
        while left is None or left > 0:
            rows = await desk.search(" ".join(options.query), limit=min(PAGE, left or PAGE), before=before)
            for row in rows:
                output.record(email_json(row), email_line(row))
            if not rows:
                break
            before = rows[-1].email
            left = None if left is None else left - len(rows)


def email_json(row: EmailRow) -> dict[str, Any]:
    """An email as `search --json` prints it."""
    return {
        "email": row.email,
        "thread": row.thread,
        "message_id": bracketed(row.message_id),
        "subject": row.subject,
        "from": _sender(row),
        "from_name": row.from_[0].name if row.from_ else "",
        "date": when(row.date),
        "received": when(row.received),
        "read": row.read,
        "starred": row.starred,
        "clients": [filing.client.name for filing in row.filings],
        "filing": [_filing(filing) for filing in row.filings],
        "verified": _VERIFIED[row.verified],
        "thread_state": row.thread_state.value,
        "answered_by": row.answered_by,
        "attachments": row.attachments,
        "mailboxes": list(row.mailboxes),
        "sightings": [
            {
                "mailbox": seen.mailbox,
                "folder": seen.folder,
                "uidvalidity": seen.uidvalidity,
                "uid": seen.uid,
                "flags": list(seen.flags),
                "gone": seen.gone,
                "labels": list(seen.labels),
            }
            for seen in row.sightings
        ],
        "snippet": row.snippet,
        "whole": row.whole,
    }


_VERIFIED = {Verified.PASS: True, Verified.FAIL: False, Verified.UNKNOWN: None}
_HAND = (Reason.BY_HAND, Reason.THREAD_BY_HAND, Reason.ALWAYS)
_HAND_RULES = {Reason.BY_HAND: "email", Reason.THREAD_BY_HAND: "thread", Reason.ALWAYS: "always"}


def _filing(filing: FilingView) -> dict[str, Any]:
    return {
        "client": filing.client.name,
        "reason": _reason(filing.reason),
        "confidence": filing.confidence,
        "ambiguous": filing.ambiguous,
    }


def _reason(reason: Reason) -> str:
    return Reason.BY_HAND.value if reason in _HAND else reason.value


def _sender(row: EmailRow) -> str:
    return row.from_[0].address if row.from_ else ""


def bracketed(message_id: str | None) -> str | None:
    """As the header has it."""
    return None if message_id is None else f"<{message_id}>"


def email_line(row: EmailRow) -> str:
    """An email on a line, for people."""
    who = row.from_[0].name or row.from_[0].address if row.from_ else ""
    names = ", ".join(filing.client.name for filing in row.filings)
    return plain(
        f"{row.email}  {local(row.received)}  {who[:24]:24}  {row.subject}" + (f"  [{names}]" if names else "")
    )


async def show(options: argparse.Namespace, output: Output) -> None:
    """One email, or a file, as a person would read it."""
    if _is_file(options.email):
        from tui.cli.eml import show_file

        show_file(Path(options.email), options, output)
        return
    async with attached(options) as desk:
        if options.raw:
            may_print_raw(options)
            async for chunk in desk.raw(EmailId(options.email)):
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        view = await desk.fetch_body(EmailId(options.email), timeout=options.timeout or 30)
        print_view(view_json(view), view, options, output)


def _is_file(text: str) -> bool:
    return text.lower().endswith(".eml") or Path(text).is_file()


def may_print_raw(options: argparse.Namespace) -> None:
    """Raw bytes can hold escape codes: never to a terminal without --force (Z7)."""
    need(options.force or not sys.stdout.isatty(), "raw_to_terminal")


def view_json(view: EmailView) -> dict[str, Any]:
    """An email as `show --json` prints it."""
    people = {"from": view.from_, "to": view.to, "cc": view.cc, "bcc": view.bcc, "reply_to": view.reply_to}
    return {
        "email": view.email or None,
        "thread": view.thread or None,
        "subject": view.subject,
        **{
            name: [{"name": person.name, "address": person.address} for person in listed]
            for name, listed in people.items()
        },
        "date": when(view.date),
        "received": when(view.received) if view.received else None,
        "message_id": bracketed(view.message_id),
        "verified": _VERIFIED[view.verified],
        "versions": view.versions,
        "version": view.version,
        "text": view.text,
        "blocks": [{"kind": block.kind, "text": block.text} for block in view.blocks],
        "links": [{"text": link.text, "target": link.target, "suspicious": link.suspicious} for link in view.links],
        "attachments": [
            {
                "n": part.n,
                "name": part.name,
                "type": part.type,
                "size": part.size,
                "sha256": part.sha256,
                "inline": part.inline,
            }
            for part in view.attachments
        ],
        "warnings": [*view.warnings, *(["suspicious_link"] if any(link.suspicious for link in view.links) else [])],
        "clients": [filing.client.name for filing in view.clients],
        "private": view.private,
    }


def print_view(as_json: dict[str, Any], view: EmailView, options: argparse.Namespace, output: Output) -> None:
    """The email for a program or for a person."""
    if output.json:
        output.record(as_json)
        return
    if not options.text:
        for label, people in ((_("From"), view.from_), (_("To"), view.to), (_("Cc"), view.cc), (_("Bcc"), view.bcc)):
            if people:
                shown = ", ".join(
                    f"{person.name} <{person.address}>" if person.name else person.address for person in people
                )
                print(plain(f"{label}: {shown}"))
        print(plain(f"{_('Date')}: {local(view.date)}"))
        print(plain(f"{_('Subject')}: {view.subject}"))
        for warning in _warned(view):
            print(f"! {warning}")
        for part in view.attachments:
            print(plain(f"{_('Attachment')} {part.n}: {part.name} ({part.type}, {part.size})"))
        print()
    print("\n".join(plain_lines(view.text)))
    if view.links and not options.text:
        print()
        for number, link in enumerate(view.links, start=1):
            print(
                plain(f"[{number}] {link.target}")
                + (f"  ({_('leads elsewhere than its text says')})" * link.suspicious)
            )


def _warned(view: EmailView) -> list[str]:
    from tui.words import WARNINGS

    return [_(WARNINGS[code]) for code in view.warnings if code in WARNINGS]


async def why(options: argparse.Namespace, output: Output) -> None:
    """Why an email is filed where it is."""
    async with attached(options) as desk:
        found = await desk.why(EmailId(options.email))
    output.record(
        {
            "email": found.email,
            "filings": [_why(filing) for filing in found.filings],
            "alternatives": [_why(filing) for filing in found.alternatives],
        }
    )
    if output.json:
        return
    if not found.filings:
        from tui.words import unfiled_words

        print(_("Filed with no client."), unfiled_words(found))
    for filing in found.filings:
        print(plain(_why_line(filing)))
    if any(filing.ambiguous for filing in found.filings):
        print(_("Several clients fit; it shows only to those who may see all of them until somebody decides."))
    for filing in found.alternatives:
        print(plain(_("otherwise: {line}").format(line=_why_line(filing))))


def _why(filing: WhyFiling) -> dict[str, Any]:
    return {
        "client": filing.client.name,
        "reason": _reason(filing.reason),
        "rule": filing.rule or _HAND_RULES.get(filing.reason),
        "address": filing.address,
        "confidence": filing.confidence,
        "since": when(filing.since),
        "by": filing.by,
        "ambiguous": filing.ambiguous,
    }


def _why_line(filing: WhyFiling) -> str:
    from tui.words import reason_words

    return f"{filing.client.name}: {reason_words(filing)} ({filing.confidence} %)"


async def file(options: argparse.Namespace, output: Output) -> None:
    """File by hand an email or a thread."""
    email, client = options.email, options.client
    if options.thread and client is None:
        email, client = None, email
    need(bool(email) != bool(options.thread), "bad_value", field="EMAIL")
    need(bool(client) != options.nowhere, "bad_value", field="CLIENT")
    async with attached(options) as desk:
        done = await desk.file(
            request(options),
            email=EmailId(email) if email else None,
            thread=ThreadId(options.thread) if options.thread else None,
            client=client,
            always=options.always,
        )
    output.did(done, _("Filed ({count}).").format(count=done.affected))


async def undo(options: argparse.Namespace, output: Output) -> None:
    """Take the last act back."""
    async with attached(options) as desk:
        done = await desk.undo(request(options))
    output.did(done, _("Undone."), can_undo=False)


async def mark(options: argparse.Namespace, output: Output) -> None:
    """Read, unread, star, unstar."""
    read = True if options.read else False if options.unread else None
    starred = True if options.star else False if options.unstar else None
    need(read is not None or starred is not None, "bad_value", field="--read|--unread|--star|--unstar")
    async with attached(options) as desk:
        done = await desk.mark(request(options), _emails(options), read=read, starred=starred)
    output.did(done, _marked(done))


async def archive(options: argparse.Namespace, output: Output) -> None:
    """Move emails to the archive."""
    async with attached(options) as desk:
        done = await desk.archive(request(options), _emails(options))
    output.did(done, _moved(done))


async def delete(options: argparse.Namespace, output: Output) -> None:
    """Move emails to the trash."""
    async with attached(options) as desk:
        done = await desk.delete(request(options), _emails(options))
    output.did(done, _moved(done))


async def move(options: argparse.Namespace, output: Output) -> None:
    """Move emails to a folder of their mailbox."""
    async with attached(options) as desk:
        done = await desk.move(request(options), _emails(options), options.to)
    output.did(done, _moved(done))


async def done(options: argparse.Namespace, output: Output) -> None:
    """Nothing is left to do for this thread."""
    async with attached(options) as desk:
        answer = await desk.done(request(options), ThreadId(options.thread))
    output.did(answer, _("Done."))


async def reopen(options: argparse.Namespace, output: Output) -> None:
    """It is to be answered again."""
    async with attached(options) as desk:
        answer = await desk.reopen(request(options), ThreadId(options.thread))
    output.did(answer, _("Open again."))


def _emails(options: argparse.Namespace) -> tuple[EmailId, ...]:
    return tuple(EmailId(email) for email in options.emails)


def _marked(done: Done) -> str:
    return ngettext("{count} email marked.", "{count} emails marked.", done.affected).format(count=done.affected)


def _moved(done: Done) -> str:
    return ngettext("{count} email moved.", "{count} emails moved.", done.affected).format(count=done.affected)
