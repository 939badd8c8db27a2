"""What syncing a mailbox would bring, in words; for screens and commands alike. Pure."""

from collections.abc import Sequence
from typing import Final

from store.model.plain import plain
from store.model.preview import ClientCount, Preview
from tui.i18n import N_, _, ngettext

_WHY: Final = {
    "spam_folder": N_("in Spam"),
    "trash_folder": N_("in the trash"),
    "drafts_folder": N_("drafts"),
    "before_history": N_("older than the history"),
    "never_sync": N_("never synced"),
    "unreadable": N_("unreadable"),
}


def progress_words(told: Preview) -> str:
    """How far the look is."""
    if not told.total:
        return _("looking at the folders…")
    return _("looking at headers: {looked} of {total}").format(looked=told.looked, total=told.total)


def client_words(one: ClientCount) -> str:
    """Whose they are; clients that one may not see have no name."""
    return plain(one.name) if one.client is not None else _("clients that you may not see")


def excluded_words(told: Preview) -> str:
    """What is left out, and why."""
    why = ", ".join(
        f"{count} {_(_WHY[code]) if code in _WHY else plain(code)}" for code, count in told.excluded_by if count
    )
    return f"{told.excluded} ({why})" if why else str(told.excluded)


def preview_facts(told: Preview) -> Sequence[tuple[str, str]]:
    """The counts as pairs: clients first, then what is nobody's, then what is left out."""
    facts = [(client_words(one), str(one.emails)) for one in told.clients]
    return [*facts, (_("unfiled"), str(told.unfiled)), (_("left out"), excluded_words(told))]


def cut_words(told: Preview) -> str:
    """That not all was looked at; "" where it was."""
    if not told.cut:
        return ""
    words = ngettext(
        "Only the newest were looked at; {count} older one is in no count.",
        "Only the newest were looked at; {count} older ones are in no count.",
        told.cut,
    )
    return words.format(count=told.cut)
