"""How child processes of the office start: in `/`, with nothing of the current folder or the caller's environment that
could bring in code, libraries or another server's trust (Z9).

Must not pass on a secret or a path of the home.
"""

import os
import sys
from collections.abc import Mapping

# No PYTHON*, LD_*, *_PROXY, *_CA_BUNDLE, SSLKEYLOGFILE; what is not here does not reach a child.
WORKER_NAMES = ("LANG", "LC_ALL", "LC_CTYPE")
OFFICE_NAMES = (
    *WORKER_NAMES,
    "DBUS_SESSION_BUS_ADDRESS",  # where the keychain is
    "HOME",
    "LANGUAGE",
    "LC_MESSAGES",
    "LOGNAME",
    "PATH",
    "POSTROOM_HOME",
    "TZ",
    "USER",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
)


def environment(names: tuple[str, ...], source: Mapping[str, str] | None = None) -> dict[str, str]:
    """The named variables alone."""
    given = os.environ if source is None else source
    return {name: given[name] for name in names if name in given}


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules in this very interpreter; -P keeps the current folder away."""
    return [sys.executable, "-P", "-m", module, *arguments]
