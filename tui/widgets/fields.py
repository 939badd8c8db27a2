"""The fields of a mail as it is written: From by choice, people with completion, subject, and the text.

What cannot be seen never gets in, not even pasted (Z7): a quoted or pasted text is shown with its visible marks.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from store.model.outbox import Completion, Sender
from store.model.plain import plain
from tui.i18n import _
from tui.plain import Row, Span, short, strip
from tui.widgets.area import Area
from tui.widgets.ask import Line
from tui.widgets.looks import look
from tui.widgets.picker import Picker

_STEPS = {"left": -1, "h": -1, "up": -1, "right": 1, "l": 1, "down": 1, "space": 1}


class FromField(Widget, can_focus=True):
    """One's own addresses, one of them chosen; left and right choose another."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"from--row", "from--focus"}
    DEFAULT_CSS = """
    FromField { height: 1; }
    FromField > .from--focus { background: $cursor-background; text-style: $cursor-style; }
    """

    class Chosen(Message):
        """Another address was chosen."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.senders: Sequence[Sender] = ()
        self._at = 0

    def fill(self, senders: Sequence[Sender], address: str) -> None:
        """These, standing at that address."""
        self.senders = senders
        self._at = next((n for n, one in enumerate(senders) if one.address == address), 0)
        self.refresh()

    @property
    def sender(self) -> Sender | None:
        """The one that is chosen."""
        return self.senders[self._at] if self.senders else None

    def on_key(self, event: events.Key) -> None:
        step = _STEPS.get(event.key)
        if step is None or len(self.senders) < 2:
            return
        event.stop()
        event.prevent_default()
        self._at = (self._at + step) % len(self.senders)
        self.refresh()
        self.post_message(self.Chosen())

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base = self.get_component_rich_style("from--focus" if self.has_focus else "from--row")
        return strip(self._row(), self.size.width, base=base, look=lambda name: look(self, name, base=base))

    def _row(self) -> Row:
        sender = self.sender
        if sender is None:
            return ()
        name = f"{plain(sender.name)} <{plain(sender.address)}>" if sender.name else plain(sender.address)
        hint = f"  ← → {self._at + 1}/{len(self.senders)}" if self.has_focus and len(self.senders) > 1 else ""
        return (Span(name), Span(hint, "dim"))


class TextLine(Line):
    """One line of the mail's head."""

    def __init__(self, *, id: str, entered: Callable[[str], None]) -> None:
        super().__init__(placeholder="", entered=entered)
        self.id = id


class PeopleLine(TextLine):
    """People, with a list of completions that the screen shows and this line's keys move."""

    def __init__(self, *, id: str, entered: Callable[[str], None], completions: "Completions") -> None:
        super().__init__(id=id, entered=entered)
        self._completions = completions

    async def _on_key(self, event: events.Key) -> None:
        if self._completions.display and event.key in ("up", "down", "tab", "enter"):
            event.stop()
            event.prevent_default()
            if event.key in ("up", "down"):
                self._completions.move(1 if event.key == "down" else -1)
            else:
                self.post_message(Completions.Taken())
            return
        await super()._on_key(event)


class Completions(Picker):
    """Who could be meant; shown only while somebody is."""

    MOST: ClassVar[int] = 6

    class Taken(Message):
        """The one under the cursor is meant."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.can_focus = False
        self.found: Sequence[Completion] = ()

    def offer(self, found: Sequence[Completion]) -> None:
        """Show these; none hides the list."""
        self.found = found[: self.MOST]
        self.cursor = self.top = 0
        self.display = bool(self.found)
        self.styles.height = max(len(self.found), 1)
        self.refresh()

    @property
    def chosen(self) -> Completion | None:
        """The one under the cursor."""
        return self.found[self.cursor] if self.display and self.cursor < len(self.found) else None

    @property
    def total(self) -> int:
        return len(self.found)

    def item(self, index: int) -> tuple[Row, ...]:
        one = self.found[index]
        cells = self.size.width
        name = short(one.name, cells // 2)
        clients = ", ".join(one.clients)
        return ((Span(" "), Span(name, "strong"), Span("  " if name else ""), Span(one.address, "dim"),
                 Span(f"  {clients}" if clients else "", "client")),)  # fmt: skip


QUOTE: Final = "mail-text--quote"


class MailText(Area):
    """The text of a mail."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {QUOTE}
    DEFAULT_CSS = f"MailText > .{QUOTE} {{ color: $look-dim; text-style: $dim-style; }}"

    def get_line(self, line_index: int) -> Text:
        """What is quoted is quieter than what one writes."""
        line = super().get_line(line_index)
        if line.plain.startswith(">"):
            line.stylize(self.get_component_rich_style(QUOTE, partial=True))
        return line


def heading(how: str) -> str:
    """What the screen is called."""
    return {
        "new": _("New mail"),
        "reply": _("Reply"),
        "reply_all": _("Reply to all"),
        "forward": _("Forward"),
    }.get(how, _("Draft"))
