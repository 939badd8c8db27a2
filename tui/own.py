"""What the person's own machine adds to the screens: their editor, the demo in this terminal, the office as a service.

On a server the office is the administrator's: there is no service to install.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from actors.paths import Home
from actors.starting import end_office, wait_until_gone
from store.model.record import Record
from tui import editor
from tui.i18n import _


class UserService(Record, frozen=True, kw_only=True):
    """The office of this home as a systemd user service."""

    home: Home

    def wanted(self) -> bool:
        """Whether there is a systemd of the person's own, and no unit of this home in it."""
        from tui import service  # noqa: PLC0415 - asked once, at the end of set-up: not at every start

        if self.home.unit is not None:
            return False
        if service.run_command(("systemctl", "--user", "show-environment"))[0] != 0:
            return False
        return service.run_command(("systemctl", "--user", "is-enabled", service.unit_name(self.home)))[0] != 0

    def install(self) -> str:
        """Raises DeskError."""
        from tui import service  # noqa: PLC0415 - as above

        made = service.install(self.home, environ=os.environ, end_office=self._end)
        if made.lingering is False:
            return _("It runs. To keep it after you log out: `loginctl enable-linger`.")
        return _("The office keeps running now.")

    def _end(self) -> None:
        """The office at one's side holds the home, which the service is to have; screens attach again by themselves."""
        if end_office(self.home):
            asyncio.run(wait_until_gone(self.home, seconds=60))


def edits(home: Home) -> Callable[[str], str]:
    """A text through the person's editor; what an earlier session left behind goes first. On a server the texts lie in
    a folder of the caller's, not the office's.
    """
    state = own_state(home)
    editor.sweep(state)

    def edit(text: str) -> str:
        return editor.edited(text, words=editor.command(os.environ), state=state, run=_run)

    return edit


def own_state(home: Home) -> Path:
    """A folder of the caller's own; the home's where that is theirs."""
    if home.unit is None:
        return home.state
    named = os.environ.get("XDG_STATE_HOME", "")
    return (Path(named) if named.startswith("/") else Path.home() / ".local" / "state") / "postroom"


def _run(words: Sequence[str]) -> int:
    return subprocess.call(words)


def demo() -> None:
    """The demo firm, until the person leaves it."""
    subprocess.call([sys.executable, "-P", "-c", "from tui.cli import main; raise SystemExit(main())", "demo"])
