"""What an export of a client is made of, for a stranger in ten years ([C7]): mbox, vCard, a table, plain words.

Only bytes and text; who writes them where is its caller's business.
"""

import csv
import io
import re
import time
from collections.abc import Iterable

from store.model.document import Export
from store.model.firm import Contact
from store.model.views import EmailRow
from tui.cli.output import when
from tui.i18n import _

MANIFEST = "manifest.json"
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_LINE = 75  # octets of a line of a vCard


def in_mbox(raw: bytes, *, received: int) -> bytes:
    """A mail as it stands in an mbox (of the sort mboxrd): after a From line, its own such lines quoted, ended by an
    empty line.
    """
    stamp = time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(max(0, received))).encode()
    body = _FROM.sub(rb">\1", raw.replace(b"\r\n", b"\n"))
    return b"From MAILER-DAEMON " + stamp + b"\n" + body + (b"\n" if body.endswith(b"\n") else b"\n\n")


def vcards(contacts: Iterable[Contact]) -> bytes:
    """Contacts as vCards (RFC 6350)."""
    lines = []
    for contact in contacts:
        name = contact.name or (contact.addresses[0] if contact.addresses else "")
        lines += ["BEGIN:VCARD", "VERSION:4.0", f"FN:{_escaped(name)}"]
        lines += [f"EMAIL:{_escaped(address)}" for address in contact.addresses]
        lines.append("END:VCARD")
    return b"".join(_folded(line) for line in lines)


def _escaped(text: str) -> str:
    for one, other in (("\\", "\\\\"), ("\n", "\\n"), (",", "\\,"), (";", "\\;"), ("\r", "")):
        text = text.replace(one, other)
    return text


def _folded(line: str) -> bytes:
    """Long lines go on after a blank, and no letter is cut."""
    done, rest = [], line
    room = _LINE
    while len(rest.encode()) > room:
        head = rest.encode()[:room].decode("utf-8", "ignore")
        done.append(head)
        rest, room = rest[len(head) :], _LINE - 1
    return "\r\n ".join([*done, rest]).encode() + b"\r\n"


def table(rows: Iterable[tuple[str, EmailRow]]) -> bytes:
    """Which file is which mail, for a spreadsheet: no cell begins as a formula does."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["file", "received", "from", "subject", "message_id"])
    for file, row in rows:
        sender = ", ".join(f"{one.name} <{one.address}>" if one.name else one.address for one in row.from_)
        writer.writerow([file, when(row.received), *map(_cell, (sender, row.subject, row.message_id or ""))])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def _cell(text: str) -> str:
    plain = " ".join(text.split())
    return f"'{plain}" if plain[:1] in ("=", "+", "-", "@") else plain


def readme(export: Export, *, emails: int, missing: int) -> bytes:
    """What this folder is, in plain words."""
    lines = [
        _("Client: {name}").format(name=export.name),
        _("Firm: {firm}").format(firm=export.firm),
        _("Exported: {when}, by {by}").format(when=when(export.at), by=export.by),
        "",
        _("What is here"),
        "",
        _("mail/           each email as a file (.eml), as it was received; any mail program opens them"),
        _("mail.mbox       all of them in one file, for mail programs that import mbox"),
        _("mail.csv        a table: which file is which email; any spreadsheet opens it"),
        _("documents/      the client's documents, by year"),
        _("contacts.vcf    the client's contacts, as vCards"),
        _("manifest.json   every file with its size and its SHA-256 sum"),
        "",
        _("Emails: {count}").format(count=emails),
        _("Documents: {count}").format(count=len(export.documents)),
        _("Contacts: {count}").format(count=len(export.contacts)),
        "",
        _("What is here is what {by} may see. Comments among colleagues are not part of it.").format(by=export.by),
        _("Whether a file was changed: compute its SHA-256 sum (sha256sum FILE) and compare it with the manifest's."),
        _("The sum of the manifest itself stands in the firm's journal."),
    ]
    if missing:
        lines.insert(-3, _("Without their text, since it could not be fetched: {count}").format(count=missing))
    return ("\r\n".join(lines) + "\r\n").encode("utf-8", "replace")
