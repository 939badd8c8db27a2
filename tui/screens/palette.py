"""`:` names every action of a place with its key. Undo says what it would take back."""

from collections.abc import Awaitable, Callable, Sequence

from tui import keys
from tui.i18n import _
from tui.keys import Place
from tui.screens.chooser import Chooser, Option


def palette(place: Place, undo_note: Callable[[], Awaitable[str]]) -> Chooser[str]:
    """All that can be named where one is."""

    async def options() -> Sequence[Option[str]]:
        note = await undo_note()
        said = {"undo": f"{_(keys.BY_ACTION['undo'].label)}: {note}"} if note else {}
        named = ((key, said.get(key.action, _(key.label))) for key in keys.palette(place))
        return [Option(value=key.action, text=words, note=key.shown) for key, words in named]

    return Chooser(_("Commands"), options, placeholder=_("a few letters of what to do"))
