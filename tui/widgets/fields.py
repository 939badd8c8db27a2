"""The fields of a mail as it is written: From by choice, people with completion, subject, and the text.

What cannot be seen never gets in, not even pasted (Z7): a quoted or pasted text is shown with its visible marks.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.message import Message

from store.model.outbox import Completion, Sender
from store.model.plain import plain
from tui.absence import away_note
from tui.i18n import _
from tui.plain import Row, Span, short
from tui.widgets.area import Area
from tui.widgets.ask import Line
from tui.widgets.choice import Choosing
from tui.widgets.picker import Picker


class FromField(Choosing):
    """One's own addresses, one of them chosen; left and right choose another."""

    class Chosen(Message):
        """Another address was chosen."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.senders: Sequence[Sender] = ()

    def fill(self, senders: Sequence[Sender], address: str) -> None:
        """These, standing at that address."""
        self.senders = senders
        self.at = next((n for n, one in enumerate(senders) if one.address == address), 0)
        self.refresh()

    @property
    def sender(self) -> Sender | None:
        """The one that is chosen."""
        return self.senders[self.at] if self.senders else None

    def words(self) -> Sequence[str]:
        return [f"{plain(one.name)} <{plain(one.address)}>" if one.name else plain(one.address) for one in self.senders]

    def moved(self) -> None:
        self.post_message(self.Chosen())


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
        clients = ", ".join(one.clients) or away_note(one.away_until)
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
