"""The screens' application: attaches to the office, keeps attached, and hands the news to whatever screen is open.

Knows no screen's inside. A bug ends it with a sentence and a line in the log: never a traceback, never what was on
the screen (Z14).
"""

import gc
import logging
import logging.handlers
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.screen import Screen
from textual.worker import WorkerFailed

from actors.desk.calling import Call
from actors.paths import Home
from store.model.errors import DeskError
from store.model.views import Announcement
from store.rules.settings import LANGUAGE, MOUSE, THEME
from tui import keys, own, theme
from tui.driver import ThriftyDriver
from tui.i18n import _, language, set_language
from tui.keymap import rebound
from tui.keys import Place
from tui.link import Attachment, Changed, Link, Opens
from tui.outside import clipboard, here, over_ssh
from tui.signs import set_plain
from tui.surroundings import Pace, Surroundings
from tui.unfinished import Unfinished

log = logging.getLogger(__name__)

LOG_BYTES = 1 << 20
TMUX_COPIES = ("tmux", "load-buffer", "-w", "-")
STANDS_SECONDS = 2.0  # by then the first list stands
_THEMES = {"dark": theme.DARK, "light": theme.LIGHT, "plain": theme.PLAIN}


@runtime_checkable
class Placed(Protocol):
    """A screen that says what keys mean on it now."""

    @property
    def place(self) -> Place: ...


@runtime_checkable
class TakesKeys(Protocol):
    """A screen with counts and chords."""

    async def take_key(self, event: events.Key) -> bool: ...


@runtime_checkable
class Listens(Protocol):
    """A screen that wants the news."""

    def line_changed(self, changed: Changed) -> None: ...

    def told(self, announcement: Announcement) -> None: ...


class Told(Message):
    """The office announced something."""

    def __init__(self, announcement: Announcement) -> None:
        super().__init__()
        self.announcement = announcement


class LineChanged(Message):
    """The office is there, or away."""

    def __init__(self, changed: Changed) -> None:
        super().__init__()
        self.changed = changed


class PostroomApp(App[DeskError]):
    """It can be given any desk: `opens` attaches to one."""

    CSS_PATH = ["app.tcss", "screens/mail.tcss"]  # noqa: RUF012 - as Textual declares it; the first screen's with its own
    DEFAULT_MODE = "mail"
    HORIZONTAL_BREAKPOINTS = [(0, "-single"), (90, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = False
    TITLE = "postroom"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {}

    def __init__(self, opens: Opens, *, surroundings: Surroundings | None = None) -> None:
        self._around = surroundings or Surroundings()
        super().__init__(driver_class=ThriftyDriver, ansi_color=True if self._around.theme == theme.PLAIN else None)
        self.animation_level = "none"
        self.link = Link(
            opens,
            changed=lambda changed: self.post_message(LineChanged(changed)),
            sink=self._sink,
            chance=self._around.chance,
            pause=self._around.retry,
        )
        for each in theme.themes():
            self.register_theme(each)
        self.theme = self._around.theme
        self._coloured = self.get_css_variables()
        self.stylesheet.set_variables(self._coloured)
        self.mouse = not self._around.outside.ssh  # as `open_screens` starts it
        keys.use(keys.TABLE)
        self._plainly(self._around.plain)
        self.add_mode("mail", self._mail)

    def _sink(self, announcement: Announcement) -> None:
        self.post_message(Told(announcement))

    def _mail(self) -> Screen[Any]:
        from tui.screens.mail import MailScreen

        screen = MailScreen(self.link, self._around)
        width, height = self.size
        for least, names in ((width, self.HORIZONTAL_BREAKPOINTS), (height, self.VERTICAL_BREAKPOINTS)):
            screen.add_class(max(each for each in names or () if least >= each[0])[1])
        screen._css_update_count = self._css_update_count  # noqa: SLF001 - all its styles are in the sheet already
        return screen

    def copy_to_clipboard(self, text: str) -> None:
        """Into the clipboard of where the person sits: by the terminal, and through tmux ([T7a])."""
        outside = self._around.outside
        self._clipboard = text
        if outside.copy is not None:
            outside.copy(text)
        elif self._driver is not None:
            self._driver.write(clipboard(text, tmux=outside.tmux))
        if outside.copy is None and outside.tmux:  # as it comes, tmux takes no such sequence from a program
            self.run_worker(partial(outside.run, TMUX_COPIES, text.encode()), group="copy")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(theme.DEFAULTS)

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 - as Textual declares it
        """As Textual's, which it calls at the start too: there the sheet has been read in these very colours."""
        colours = self.get_css_variables()
        if colours != self._coloured:
            self._coloured = colours
            super().refresh_css(animate)

    def on_mount(self) -> None:
        self.run_worker(self.link.run(), group="link")
        self.set_timer(STANDS_SECONDS, _collect_again)

    # ------------------------------------------------------------ news
    def _listening(self) -> list[Listens]:
        return [screen for stack in self._screen_stacks.values() for screen in stack if isinstance(screen, Listens)]

    def on_told(self, told: Told) -> None:
        for screen in self._listening():
            screen.told(told.announcement)

    def on_line_changed(self, message: LineChanged) -> None:
        changed = message.changed
        if changed.first and changed.error is not None:
            self.exit(changed.error)
            return
        for screen in self._listening():
            screen.line_changed(changed)

    # ------------------------------------------------------------ keys
    async def on_event(self, event: events.Event) -> None:
        """Keys are judged here, one after the other: several may come at once over a slow line."""
        key = event if isinstance(event, events.Key) and not event.is_forwarded else None
        if key is not None:
            await self._opened()
        if key is None or not (await self._taken(key) or await self._typed(key)):
            await super().on_event(event)

    async def _opened(self) -> None:
        """Whatever a key has opened gets the next one, however soon that comes."""
        screen = self.screen
        await screen._mounted_event.wait()  # noqa: SLF001 - Textual tells only who opened it
        if screen.focused is None and screen.AUTO_FOCUS:
            first = next((widget for widget in screen.query(screen.AUTO_FOCUS) if widget.focusable), None)
            screen.set_focus(first, scroll_visible=False)

    async def _taken(self, key: events.Key) -> bool:
        screen = self.screen
        if isinstance(screen, TakesKeys) and await screen.take_key(key):
            return True
        action = keys.pressed(key.key, screen.place) if isinstance(screen, Placed) else None
        if action:
            await screen.run_action(action)
        return action is not None

    async def _typed(self, key: events.Key) -> bool:
        """Let what has the focus have it now. Through Textual's queues letters would overtake Backspace and Tab."""
        focused = self.focused
        if focused is None:
            return False
        if not await self._check_bindings(key.key, priority=True):
            key._set_forwarded()  # noqa: SLF001 - Textual has no public way
            key.stop()  # it comes back through no queue; whoever used it prevents its default
            await focused._dispatch_message(key)  # noqa: SLF001
            if not key._no_default_action:  # noqa: SLF001
                await self._check_bindings(key.key)
        return True

    def action_help_quit(self) -> None:
        self.exit()

    # ------------------------------------------------------------ what a member has set up
    async def apply(self, settings: Mapping[str, str]) -> bool:
        """Language, colours, mouse and keys of the member; whether words or keys are others now."""
        before = (language(), keys.table())
        if settings.get(LANGUAGE, "auto") != "auto":
            set_language(settings[LANGUAGE])
        chosen = _THEMES.get(settings.get(THEME, "auto"))
        if chosen is not None and not self._around.plain:
            self._plainly(chosen == theme.PLAIN)
            self.theme = chosen
        if settings.get(MOUSE, "auto") != "auto":
            self.set_mouse(settings[MOUSE] == "on")
        keys.use(rebound(settings))
        return before != (language(), keys.table())

    def _plainly(self, plain: bool) -> None:  # noqa: FBT001 - what it is set to
        """Letters for signs, one pane at a time, no boxes: for screen readers."""
        set_plain(plain)
        self.set_class(plain, "-plain")

    def set_mouse(self, on: bool) -> None:  # noqa: FBT001 - what it is set to
        """Whether the terminal tells of the mouse; off, its own selection works."""
        driver: Any = self._driver
        if on != self.mouse and isinstance(driver, LinuxDriver):
            driver._mouse = True  # noqa: SLF001 - Textual has no public way; it looks at this when it ends
            (driver._enable_mouse_support if on else driver._disable_mouse_support)()  # noqa: SLF001
            driver._mouse = on  # noqa: SLF001
        self.mouse = on

    def leave_terminal(self) -> None:
        """Whatever ended the application: nothing of it stays on the terminal, and nothing keeps the process."""
        if isinstance(self._driver, ThriftyDriver):
            self._driver.give_back()

    # ------------------------------------------------------------ bugs
    def _handle_exception(self, error: Exception) -> None:
        """In the place of Textual's own, which prints the locals."""
        while isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            error = error.error
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        log.error("screen failed: %s", position(error))
        self._close_messages_no_wait()


def _collect_again() -> None:
    """What was loaded at the start stays to the end: the collector need not look at it."""
    gc.freeze()
    gc.enable()


def position(error: BaseException) -> str:
    """Type and place of a bug: nothing of what it was about."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " ".join([type(error).__name__, *(f"{Path(f.filename).name}:{f.lineno}" for f in frames)])


# ---------------------------------------------------------------- for the command line


def open_screens(home: Home, *, act_as: str | None, plain: bool = False, called: Call | None = None) -> int:
    """Run the screens on a home's office until the person leaves; the first time by a call that was made ahead. Raises
    DeskError where that can't begin.
    """
    from tui.cli.attach import reached

    ahead = [called]

    async def opens() -> Attachment:
        desk = await reached(home, act_as=act_as, called=ahead.pop() if ahead else None)
        return Attachment(desk=desk, gone=desk.wait_gone, close=desk.close)

    _write_log(home)
    app = PostroomApp(opens, surroundings=_surroundings(os.environ, home, plain=plain))
    try:
        refused = app.run(mouse=app.mouse)
    finally:
        app.leave_terminal()
    if refused is not None:
        raise refused
    if app.return_code:
        words = _("The screens failed and were closed. Nothing is lost, and the office goes on. The log is {log}.")
        sys.stderr.write(words.format(log=_log_file(home)) + "\n")
    return app.return_code or 0


def _surroundings(environ: Mapping[str, str], home: Home, *, plain: bool = False) -> Surroundings:
    """Over a slow line nothing is shown in passing while keys follow one another quickly."""
    pace = Pace(passing=0.4, typing=0.3) if over_ssh(environ) else Pace()
    plain = plain or environ.get("POSTROOM_PLAIN", "") not in ("", "0")
    return Surroundings(
        theme=theme.PLAIN if plain else theme.wanted(environ),
        pace=pace,
        plain=plain,
        outside=here(environ, home=Path.home()),
        editor=own.edits(home),
        demo=own.demo,
        keep_running=None if home.unit else own.UserService(home=home),
        unfinished=Unfinished(own.own_state(home)),
    )


def _log_file(home: Home) -> Path:
    return home.state / "screens.log"


def _write_log(home: Home) -> None:
    """Log to a file of the caller's own; on a server, where the home is not theirs, nowhere."""
    handler: logging.Handler = logging.NullHandler()
    if home.unit is None:
        handler = logging.handlers.RotatingFileHandler(_log_file(home), maxBytes=LOG_BYTES, backupCount=1, delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a log that can't be written must not write over the screen
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # its tracebacks could quote mail
