"""What a home of one's own adds to the screens: the person's editor, the demo in this terminal, the office as a service.

A server's home has none of these: there the office is the administrator's, and a login may be restricted (Z26).
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actors.paths import Home
from actors.starting import end_office, wait_until_gone
from tui import editor, service
from tui.i18n import _


@dataclass(frozen=True, slots=True, kw_only=True)
class UserService:
    """The office of this home as a systemd user service."""

    home: Home

    def wanted(self) -> bool:
        """Whether there is a systemd of the person's own, and no unit of this home in it."""
        if self.home.unit is not None:
            return False
        if service.run_command(("systemctl", "--user", "show-environment"))[0] != 0:
            return False
        return service.run_command(("systemctl", "--user", "is-enabled", service.unit_name(self.home)))[0] != 0

    def install(self) -> str:
        """Raises DeskError."""
        made = service.install(self.home, environ=os.environ, end_office=self._end)
        if made.lingering is False:
            return _("It runs. To keep it after you log out: `loginctl enable-linger`.")
        return _("The office keeps running now.")

    def _end(self) -> None:
        """The office at one's side holds the home, which the service is to have; the screens attach again by themselves."""
        if end_office(self.home):
            asyncio.run(wait_until_gone(self.home, seconds=60))


def edits(home: Home) -> Callable[[str], str]:
    """A text through the person's editor; what an earlier session left behind goes first."""
    editor.sweep(home.state)

    def edit(text: str) -> str:
        return editor.edited(text, words=editor.command(os.environ), state=home.state, run=_run)

    return edit


def _run(words: Sequence[str]) -> int:
    return subprocess.call(words)


def demo() -> None:
    """The demo firm, until the person leaves it."""
    subprocess.call([sys.executable, "-P", "-c", "from tui.cli import main; raise SystemExit(main())", "demo"])
