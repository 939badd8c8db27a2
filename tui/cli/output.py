"""What commands print: JSON for programs, aligned lines for people. Foreign text goes out only through plain (Z7)."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from store.model.errors import DeskError
from store.model.plain import escape_json, plain
from store.model.views import Done
from tui.i18n import _
from tui.sentences import sentence


class Output:
    """One command's output. `json` holds for the whole run; `worst` rises to 1 when something needs attention."""

    def __init__(self, *, as_json: bool) -> None:
        self.json = as_json
        self.worst = 0

    def record(self, record: Mapping[str, Any], human: str | None = None) -> None:
        """One object: a JSON line, or for people the given line."""
        if self.json:
            print(encode(record))
        elif human is not None:
            print(human)

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """Aligned columns for people; the last one is not padded."""
        listed = [tuple(plain(cell) for cell in row) for row in rows]
        if not listed:
            return
        widths = [max(map(width, column)) for column in zip(*listed, strict=True)]
        for row in listed:
            cells = [cell + " " * (wide - width(cell)) for cell, wide in zip(row[:-1], widths, strict=False)]
            print("  ".join([*cells, row[-1]]).rstrip())

    def say(self, text: str) -> None:
        """A sentence for people, on standard error; nothing with --json."""
        if not self.json:
            print(text, file=sys.stderr)

    def did(self, done: Done, human: str, *, can_undo: bool = True, more: Mapping[str, Any] | None = None) -> None:
        """The answer of a command that changed something, `more` its own keys; of an undo, `undo` names what was taken
        back.
        """
        self.record({**(more or {}), "done": done.done, "undo": done.undo, "affected": done.affected})
        self.say(human)
        if done.undo and can_undo:
            self.say(_("`postroom undo` takes it back."))
        if done.warning:
            self.attention(sentence(DeskError(done.warning, name=done.about)).wrong)

    def attention(self, text: str) -> None:
        """Something needs attention: said on standard error, exit code 1."""
        self.worst = max(self.worst, 1)
        print(plain(text), file=sys.stderr)

    def error(self, error: DeskError) -> int:
        """Tell a refusal and return its exit code."""
        wrong, remedy = sentence(error)
        if self.json:
            print(encode({"error": {"code": error.code, "sentence": wrong, "remedy": remedy}}), file=sys.stderr)
        else:
            print(f"{wrong} {remedy}".strip(), file=sys.stderr)
        return error.exit_code


def encode(value: Mapping[str, Any]) -> str:
    """One line of JSON with foreign characters that could act on a terminal escaped."""
    return escape_json(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def when(seconds: float | None) -> str | None:
    """RFC 3339 in UTC."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None


def local(seconds: float | None) -> str:
    """For people: date and minute in their own time zone."""
    if seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return ""


def width(text: str) -> int:
    """Cells that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def silence_closed_pipe() -> None:
    """After `postroom … | head` the interpreter must not complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
