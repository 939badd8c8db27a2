"""`:` names every action of a place with its key, and does the one that is chosen."""

from tui import keys
from tui.i18n import _
from tui.keys import Place
from tui.screens.chooser import Chooser, Option


def palette(place: Place) -> Chooser[str]:
    """All that can be named where one is."""
    options = [Option(value=key.action, text=_(key.label), note=key.shown) for key in keys.palette(place)]
    return Chooser(_("Commands"), options, placeholder=_("a few letters of what to do"))
