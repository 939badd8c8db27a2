"""How one email looks when it is read: head, body with quotes folded, links numbered, attachments. Pure.

Nothing remote is ever loaded, nothing is a link to click: a link's true target is written out ([T3]).
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from store.model.address import Person
from store.model.copy import Part
from store.model.evidence import Verified
from store.model.filing import Reason
from store.model.plain import plain
from store.model.record import Record
from store.model.thread import ThreadState
from store.model.views import Block, Comment, EmailRow, EmailView, Link, Why
from tui.i18n import N_, _, ngettext
from tui.plain import EMPTY, Row, Span, cells_of, fit, short, width, wrap
from tui.when import brief, full
from tui.words import WARNINGS, reason_words

_PAGE = 100  # a longer line was not broken by any program
_ITEM = re.compile(r"\w{1,3}[.)] ")
_FOLDED = ("quote", "forward", "signature")
_LOOKS = {"quote": "dim", "signature": "dim", "forward": ""}

_BODY_MISSING = N_("The text of this mail is still on the server. ⏎ fetches it.")


class Letter(Record, frozen=True, kw_only=True):
    """What is shown of an email: itself, why it is filed so, and its place in the thread (from 1)."""

    view: EmailView
    why: Why | None
    place: int
    emails: tuple[EmailRow, ...]
    comments: tuple[Comment, ...] = ()  # of the thread
    fetching: bool = False

    @property
    def state(self) -> ThreadState | None:
        """What becomes of the thread."""
        return self.emails[self.place - 1].thread_state if 0 < self.place <= len(self.emails) else None


def title_row(letter: Letter, cells: int, *, now: float) -> Row:
    """The first line: client · why in a few words · who answered when · last contact."""
    view = letter.view
    filings = letter.why.filings if letter.why is not None else ()
    answered, contact = _answered(letter, now=now), _contact(view, now=now)
    client, long, short_ = Span(_("unfiled"), "dim"), "", ""
    if filings:
        ambiguous = any(filing.ambiguous for filing in filings)
        names = ", ".join(filing.client.name for filing in filings)
        client = Span(("? " if ambiguous else "") + names, "warn" if ambiguous else "client")
        long, short_ = reason_words(filings[0]), short_reason(filings[0].reason)
    ways = [(reason, said, contact) for reason in (long, short_) for said in answered]
    ways += [(short_, answered[1], ""), ("", answered[1], "")]
    rows = [[client, *(Span(part, "dim") for part in way)] for way in ways]
    return _dotted(next((row for row in rows if _dotted_cells(row) <= cells), rows[-1]), cells)


def _answered(letter: Letter, *, now: float) -> tuple[str, str]:
    """Who answered when, in words and in short; that nobody did is said where somebody should."""
    view = letter.view
    if not view.answered_by:
        words = _("not answered") if letter.state is ThreadState.TO_ANSWER else ""
        return words, words
    when = brief(view.answered_at, now=now)
    first = next(iter(view.answered_by.split()), "?")
    return _("{who} answered {when}").format(who=view.answered_by, when=when), f"↩ {first} {when}"


def _contact(view: EmailView, *, now: float) -> str:
    """When there was mail with the client besides this."""
    if view.last_contact_at is None:
        return ""
    return _("last contact {when}").format(when=brief(view.last_contact_at, now=now))


def _dotted_cells(parts: Sequence[Span]) -> int:
    return cells_of(tuple(parts)) + 3 * (sum(1 for part in parts if part.text) - 1)


def short_reason(reason: Reason) -> str:
    """Why an email is filed so, where there is hardly any room."""
    return {
        Reason.BY_HAND: _("by hand"),
        Reason.THREAD_BY_HAND: _("by hand"),
        Reason.ALWAYS: _("always"),
        Reason.ADDRESS: _("by address"),
        Reason.THREAD: _("by thread"),
        Reason.DOMAIN: _("by domain"),
        Reason.RULE: _("by rule"),
        Reason.BOUNCE: _("came back"),
        Reason.FORWARDED: _("forwarded"),
        Reason.NAME: _("by name"),
        Reason.TOGETHER: _("by its people"),
        Reason.LEARNED: _("like others"),
    }[reason]


def _dotted(parts: Sequence[Span], cells: int) -> Row:
    """The parts that say something, with dots between them, in so many cells; the last gives way first."""
    out: list[Span] = []
    left = cells
    for text, look in parts:
        gap = 3 if out else 0
        if not text or left < gap + 4:
            continue
        out += [Span(" · ", "faint")] * bool(out)
        held = short(text, left - gap)
        out.append(Span(held, look))
        left -= gap + width(held)
    return tuple(out)


def letter_rows(letter: Letter, cells: int, *, folded: bool) -> list[Row]:
    """The whole email at this width."""
    inner = max(cells - 2, 10)
    rows = [*_head(letter, inner), *_private(letter, inner), *_warnings(letter, inner), EMPTY]
    rows += _body(letter, inner, folded=folded)
    rows += _attachments(letter.view.attachments, inner)
    rows += _links(letter.view.links, inner)
    rows += _comments(letter.comments, inner)
    return [(Span(" "), *row) if row else row for row in rows]


def _head(letter: Letter, cells: int) -> Iterator[Row]:
    view = letter.view
    for line in wrap(" ".join(view.subject.split()) or _("(no subject)"), cells):
        yield (Span(line, "heading"),)
    where = ""
    if len(letter.emails) > 1:
        where = _("{place} of {count}").format(place=letter.place, count=len(letter.emails))
    date = full(view.date if view.date is not None else view.received)
    yield (Span(fit(date, max(cells - width(where), 0)), "dim"), Span(where, "dim"))
    yield EMPTY
    lines = [(_("From"), view.from_), (_("To"), view.to), (_("Cc"), view.cc), (_("Bcc"), view.bcc)]
    lines = [(label, people) for label, people in (*lines, (_("Reply to"), view.reply_to)) if people]
    column = max((width(label) for label, _people in lines), default=0)
    for number, (label, people) in enumerate(lines):
        failed = number == 0 and view.verified is Verified.FAIL
        yield from _people_rows(fit(label, column + 2), people, cells, failed=failed)


def _people_rows(label: str, people: Sequence[Person], cells: int, *, failed: bool) -> Iterator[Row]:
    """A header line; many people are counted after the third line."""
    room = max(cells - width(label), 8)
    lines = list(wrap(", ".join(_person(person) for person in people[:50]), room))
    more = len(lines) > 3 or len(people) > 50
    for number, line in enumerate(lines[:3]):
        text = line
        if more and number == 2:
            text = (
                short(line, room - 12) + " " + ngettext("({count})", "({count})", len(people)).format(count=len(people))
            )
        lead = label if number == 0 else " " * width(label)
        yield (Span(lead, "dim"), Span(text, "warn" if failed else ""))


def _person(person: Person) -> str:
    name, address = plain(" ".join(person.name.split())), plain(person.address)
    return f"{name} <{address}>" if name and name != address else address


def _warnings(letter: Letter, cells: int) -> Iterator[Row]:
    first = True
    for code in letter.view.warnings:
        if code == "body_missing":
            continue
        if first:
            yield EMPTY
            first = False
        said = WARNINGS.get(code)
        for line in wrap(_(said) if said else plain(code), cells - 2):
            yield (Span("! " if said else "  ", "warn"), Span(line, "warn"))


def _private(letter: Letter, cells: int) -> Iterator[Row]:
    """That it is kept from whoever it is filed for."""
    if letter.view.private:
        for line in wrap(_("Private: only who shares the mailbox sees it."), cells - 2):
            yield (Span("  "), Span(line, "dim"))


def _body(letter: Letter, cells: int, *, folded: bool) -> Iterator[Row]:
    view = letter.view
    if not view.whole:
        words = _("fetching the text from the server…") if letter.fetching else _(_BODY_MISSING)
        for line in wrap(words, cells):
            yield (Span(line, "dim"),)
        return
    blocks = view.blocks or (Block(kind="text", text=view.text),)
    if not any(block.text.strip() for block in blocks):
        yield (Span(_("(no text)"), "dim"),)
        return
    for number, block in enumerate(blocks):
        if number:
            yield EMPTY
        yield from _block(block, cells, folded=folded and (number > 0 or len(blocks) > 1))


def _block(block: Block, cells: int, *, folded: bool) -> Iterator[Row]:
    text = block.text.strip("\n")
    lines = list(wrap(text if block.kind == "quote" else unbroken(text, cells), cells))
    if block.kind in _FOLDED and folded and len(lines) > 3:
        words = {
            "quote": ngettext("{count} quoted line", "{count} quoted lines", len(lines)),
            "signature": ngettext("signature, {count} line", "signature, {count} lines", len(lines)),
            "forward": ngettext("{count} forwarded line", "{count} forwarded lines", len(lines)),
        }[block.kind].format(count=len(lines))
        yield (Span("▸ ", "faint"), Span(words, "dim"), Span("  z", "accent"), Span(f" {_('shows them')}", "dim"))
        return
    for line in lines:
        yield (Span(line, _LOOKS.get(block.kind, "")),)


def unbroken(text: str, cells: int) -> str:
    """Paragraphs that the sender's program broke for a wider page, whole again, so that they break well here.

    A line goes on where the next one's first word would not have fitted behind it; lists, addresses and tables stay.
    """
    lines = text.split("\n")
    page = max((len(line) for line in lines), default=0)
    if page <= cells or page > _PAGE:
        return text
    out = lines[:1]
    for before, line in pairwise(lines):
        if _goes_on(before, line, page):
            out[-1] = f"{out[-1].rstrip()} {line}"
        else:
            out.append(line)
    return "\n".join(out)


def _goes_on(before: str, line: str, page: int) -> bool:
    word = line.partition(" ")[0]
    if not word[:1].isalnum() or _ITEM.match(line) or not before.strip() or before.startswith((" ", ">")):
        return False
    return len(before.rstrip()) + 1 + len(word) > page


def _attachments(parts: Sequence[Part], cells: int) -> Iterator[Row]:
    shown = [part for part in parts if not part.inline]
    if not shown:
        return
    yield EMPTY
    yield (Span(_("Attachments"), "heading"),)
    for part in shown:
        told = f"{kind_word(part.type)}, {size_word(part.size)}"
        name = short(part.name or _("(no name)"), max(cells - 6 - width(told), 8))
        yield (Span(f"{part.n:>3}  ", "dim"), Span(name), Span(f"  {told}", "dim"))


def _links(links: Sequence[Link], cells: int) -> Iterator[Row]:
    """Numbered, with the true target; said where the text names another host."""
    if not links:
        return
    yield EMPTY
    yield (Span(_("Links"), "heading"),)
    for number, link in enumerate(links[:200], start=1):
        text = " ".join(link.text.split())
        if text and text != link.target:
            yield (Span(f"{number:>3}  ", "dim"), Span(short(text, cells - 5)))
            lead = "     "
        else:
            lead = f"{number:>3}  "
        for line in wrap(plain(link.target), cells - 5):
            yield (Span(lead, "dim"), Span(line, "warn" if link.suspicious else "link"))
            lead = "     "
        if link.suspicious:
            yield (Span("     "), Span(short(_("leads elsewhere than its text says"), cells - 5), "warn"))


def _comments(comments: Sequence[Comment], cells: int) -> Iterator[Row]:
    """The firm's own words on the thread, which never leave it."""
    if not comments:
        return
    yield EMPTY
    yield (Span(_("Comments"), "heading"), Span("  " + _("internal: they stay in the firm"), "dim"))
    for comment in comments:
        yield (Span("▎ ", "answer"), Span(comment.by, "strong"), Span(f"  {full(comment.at)}", "dim"))
        for line in wrap(comment.text, cells - 2):
            yield (Span("▎ ", "answer"), Span(line))


def kind_word(media_type: str) -> str:
    """A media type in a word."""
    names = {
        "application/pdf": "PDF",
        "application/zip": "ZIP",
        "text/csv": "CSV",
        "text/html": "HTML",
        "text/calendar": _("calendar"),
        "message/rfc822": _("email"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    }
    if media_type in names:
        return names[media_type]
    main, _slash, kind = media_type.partition("/")
    return {"image": _("picture"), "text": _("text"), "audio": _("sound"), "video": _("film")}.get(main, kind or main)


def size_word(size: int) -> str:
    """A size as people say it."""
    if size < 1000:
        return ngettext("{count} byte", "{count} bytes", size).format(count=size)
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"
