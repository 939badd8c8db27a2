"""From a letter to the bytes of a message as its sender's program wrote it (RFC 5322, CRLF). Nothing of delivery."""

from collections.abc import Sequence
from email.utils import format_datetime, formataddr

from providers.rehearsal.firm import calendar, files, markup, when
from providers.rehearsal.firm.letters import Letter, Mailbox
from providers.rehearsal.firm.parts import Part, file_part, header, mail_part, multipart, text_part
from providers.rehearsal.firm.source import FileSource, Program

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHARSETS: dict[Program, tuple[str, str]] = {
    "plain": ("utf-8", "8bit"),
    "webmail": ("utf-8", "quoted-printable"),
    "outlook": ("windows-1252", "quoted-printable"),
    "phone": ("utf-8", "base64"),
    "html": ("utf-8", "quoted-printable"),
}


def message(letter: Letter, *, earlier: Sequence[Letter] = (), bcc: bool = False) -> bytes:
    """The message; `earlier` are the thread's letters it may attach, `bcc` is for the sender's own copy."""
    content = _content(letter, earlier)
    lines = [*_headers(letter, bcc=bcc), "MIME-Version: 1.0", *content.headers]
    head = "\r\n".join(lines).encode("ascii")
    return head + b"\r\n\r\n" + content.body


def _headers(letter: Letter, *, bcc: bool) -> list[str]:
    people = [("To", letter.to), ("Cc", letter.cc), *((("Bcc", letter.bcc),) if bcc else ())]
    lines = [
        f"Message-ID: {letter.message_id}",
        f"Date: {format_datetime(letter.date)}",
        _addresses("From", [(letter.sender.name, letter.address)]),
        *(_addresses(name, mailboxes) for name, mailboxes in people if mailboxes),
        header("Subject", letter.subject),
    ]
    if letter.answered:
        lines.append(f"In-Reply-To: {letter.answered.message_id}")
        lines.append("References: " + "\r\n ".join(letter.references))
    listed = letter.listed.headers if letter.listed else {}
    lines += [header(name, value) for name, value in {**listed, **letter.source.headers}.items()]
    return lines


def _addresses(name: str, mailboxes: Sequence[Mailbox]) -> str:
    return f"{name}: " + ",\r\n ".join(formataddr(mailbox) for mailbox in mailboxes)


def _content(letter: Letter, earlier: Sequence[Letter]) -> Part:
    if letter.source.bounce:
        return _report(letter)
    texts = _texts(letter)
    if letter.source.invite:
        texts.append(_invitation(letter))
    body = multipart("alternative", texts, seed=letter.seed)
    attached = [_attachment(file, earlier) for file in letter.source.attach]
    return multipart("mixed", [body, *attached], seed=letter.seed)


def _texts(letter: Letter) -> list[Part]:
    charset, encoding = _CHARSETS[letter.sender.program]
    if letter.listed:
        return _listed_texts(letter, charset, encoding)
    plain = text_part(letter.plain, subtype="plain", charset=charset, encoding=encoding)
    if letter.sender.program in ("plain", "phone"):
        return [plain]
    rich = _rich(letter, charset, encoding)
    return [rich] if letter.sender.program == "html" else [plain, rich]


def _rich(letter: Letter, charset: str, encoding: str) -> Part:
    logo = f"{letter.seed[:12]}.logo@{letter.address.rpartition('@')[2]}" if letter.sender.logo else ""
    html = markup.letter(
        own=letter.own, signature=letter.signature, quoted=letter.quoted, above=letter.above.strip(), logo=logo
    )
    text = text_part(html, subtype="html", charset=charset, encoding=encoding)
    if not logo:
        return text
    picture = file_part(files.png(letter.sender.logo), kind="image/png", name="logo.png", content_id=logo)
    return multipart("related", [text, picture], seed=letter.seed, extra='; type="text/html"')


def _listed_texts(letter: Letter, charset: str, encoding: str) -> list[Part]:
    listed = letter.listed
    if listed is None:
        return []
    footer = f"\n\n-- \n{listed.footer.strip()}" if listed.footer else ""
    text = markup.unmarked(letter.plain.rstrip() + footer) + "\n"
    plain = text_part(text, subtype="plain", charset=charset, encoding=encoding)
    if listed.form == "text":
        return [plain]
    html = markup.newsletter(
        title=listed.title or letter.sender.name, text=letter.own, footer=listed.footer, colour=listed.colour
    )
    rich = text_part(html, subtype="html", charset="utf-8", encoding="quoted-printable")
    return [rich] if listed.form == "html" else [plain, rich]


def _invitation(letter: Letter) -> Part:
    invite = letter.source.invite
    if invite is None:
        raise ValueError(letter.thread)
    me, others = (letter.sender.name, letter.address), [*letter.to, *letter.cc]
    reply = invite.method == "REPLY"
    # An answer names the meeting, and counts its days, as the invitation did.
    inviting = letter.answered if reply and letter.answered else letter
    text = calendar.event(
        uid=inviting.message_id.strip("<>"),
        method=invite.method,
        summary=invite.summary,
        location=invite.location,
        written=letter.date,
        starts=when.meeting(invite.starts, inviting.date),
        minutes=invite.minutes,
        organizer=others[0] if reply else me,
        attendees=[me] if reply else others,
    )
    extra = f"; method={invite.method}"
    return text_part(text, subtype="calendar", charset="utf-8", encoding="quoted-printable", extra=extra)


def _attachment(file: FileSource, earlier: Sequence[Letter]) -> Part:
    if file.kind == "mail":
        return mail_part(message(earlier[file.mail], earlier=earlier))
    if file.kind == "pdf":
        data, kind = files.pdf(file.text), "application/pdf"
    elif file.kind == "csv":
        data, kind = files.csv_file(file.rows), "text/csv; charset=utf-8"
    elif file.kind == "xlsx":
        data, kind = files.xlsx(file.rows), _XLSX
    elif file.kind == "png":
        data, kind = files.png(file.text, width=120, height=80), "image/png"
    else:
        data, kind = file.text.strip().encode("utf-8") + b"\n", "text/plain; charset=utf-8"
    return file_part(data, kind=kind, name=file.name)


def _report(letter: Letter) -> Part:
    bounce, original = letter.source.bounce, letter.answered
    if bounce is None or original is None:
        raise ValueError(letter.thread)
    host = letter.address.rpartition("@")[2]
    told = (
        f"Reporting-MTA: dns; {host}\n\nFinal-Recipient: rfc822; {bounce.recipient}\nAction: failed\n"
        f"Status: {bounce.status}\nDiagnostic-Code: smtp; {bounce.reason}\n"
    )
    status = Part(("Content-Type: message/delivery-status",), told.replace("\n", "\r\n").encode("ascii"))
    head = "\r\n".join(_headers(original, bcc=False)).encode("ascii") + b"\r\n"
    returned = Part(("Content-Type: text/rfc822-headers",), head)
    words = text_part(letter.own + "\n", subtype="plain", charset="utf-8", encoding="8bit")
    extra = "; report-type=delivery-status"
    return multipart("report", [words, status, returned], seed=letter.seed, extra=extra)
