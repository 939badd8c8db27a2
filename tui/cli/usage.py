"""The words of argparse, which says usage and its errors by itself, in the person's language.

argparse asks gettext's global domain, so that this domain is ours while a command is parsed. The list only brings its
sentences into our catalogue; one that a later Python words differently is said in English.
"""

import gettext
from typing import Final

from tui.i18n import DOMAIN, LOCALE, N_, SOURCE_LANGUAGE, language

_GETTEXT_OWN: Final = "messages"
SAID: Final = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("unrecognized arguments: %s"),
    N_("not allowed with argument %s"),
    N_("ignored explicit argument %r"),
    N_("the following arguments are required: %s"),
    N_("one of the arguments %s is required"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("invalid %(type)s value: %(value)r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("%(prog)s: error: %(message)s\n"),
)
"""What it says of a command line."""


def speak() -> None:
    """Let argparse speak the language now spoken."""
    ours = language() != SOURCE_LANGUAGE
    if ours:
        gettext.bindtextdomain(DOMAIN, str(LOCALE))
    gettext.textdomain(DOMAIN if ours else _GETTEXT_OWN)
