"""How it is said that a member is away, and who stands in ([S15])."""

from store.model.plain import plain
from tui.i18n import _
from tui.when import full


def away_words(name: str, until: int | None, deputy: str) -> str:
    """A sentence; nothing of somebody who is there."""
    if until is None:
        return ""
    return _("{name} is away until {time}; {deputy} stands in.").format(
        name=plain(name), time=full(until), deputy=plain(deputy)
    )


def away_note(until: int | None) -> str:
    """Beside a name in a list."""
    return "" if until is None else _("away until {time}").format(time=full(until))
