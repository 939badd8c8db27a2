"""Several lines that a person writes: the one text area of all screens.

What cannot be seen never gets in, not even pasted (Z7): it stands there with its visible marks.
"""

from textual import events
from textual.widgets import TextArea

from store.model.plain import plain_lines


def safe_text(text: str) -> str:
    """A text of many lines as it may be shown and edited."""
    return "\n".join(plain_lines(text))


class Area(TextArea):
    """Wrapped at its edge; Tab leaves it. No blinking cursor: that would send bytes for ever."""

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(
            safe_text(text),
            id=id,
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            compact=True,
            highlight_cursor_line=False,
        )
        self.cursor_blink = False

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = safe_text(event.text)  # the text area's own handler is called next, by Textual
