"""An email, or a thread, as text: for the printer, a file, the clipboard. Pure; what cannot be seen is made visible."""

from collections.abc import Sequence

from store.model.address import Person
from store.model.plain import plain, plain_lines
from store.model.views import EmailView
from tui.i18n import _
from tui.when import full


def body_text(view: EmailView) -> str:
    """What it says, its quotes included."""
    said = view.text or "\n\n".join(block.text for block in view.blocks)
    return "\n".join(plain_lines(said.strip("\n")))


def email_text(view: EmailView) -> str:
    """Head, body, names of attachments."""
    date = view.date if view.date is not None else view.received
    lines = [
        (_("Subject"), plain(" ".join(view.subject.split()))),
        (_("Date"), full(date)),
        (_("From"), _people(view.from_)),
        (_("To"), _people(view.to)),
        (_("Cc"), _people(view.cc)),
    ]
    head = "\n".join(f"{label}: {said}" for label, said in lines if said)
    parts = [plain(part.name or _("(no name)")) for part in view.attachments if not part.inline]
    tail = "\n\n" + _("Attachments") + ": " + ", ".join(parts) if parts else ""
    return f"{head}\n\n{body_text(view)}{tail}\n"


def thread_text(views: Sequence[EmailView]) -> str:
    """Its emails, oldest first, a line between them."""
    return f"\n{'-' * 72}\n\n".join(map(email_text, views))


def _people(people: Sequence[Person]) -> str:
    return ", ".join(plain(f"{one.name} <{one.address}>" if one.name else one.address) for one in people)
