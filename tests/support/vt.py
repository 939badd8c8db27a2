"""A strict reader of what a program sends to a terminal: text, and control sequences of every kind, told apart.

It proves that nothing from a mail reached the terminal as a command: C0, DEL, ESC, CSI, OSC, DCS, SOS, PM, APC, and
the same as 8-bit C1 (U+0080 to U+009F, which terminals obey after decoding UTF-8). Whatever fits no grammar is
`BROKEN`, never text. The states are those of ECMA-48 and the DEC parser.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

ESC, BEL, CAN, SUB, ST = "\x1b", "\x07", "\x18", "\x1a", "\x9c"
STRINGS = {"P": "dcs", "X": "sos", "^": "pm", "_": "apc", "]": "osc"}
CSI_BODY = re.compile(r"([<=>?]?)([0-9:;]*)([ -/]*)([@-~])")
DCS_HEAD = re.compile(r"([<=>?]?)([0-9:;]*)([ -/]*)([@-~])")
# Moving, drawing and colouring carry numbers that differ from run to run; every other number is part of the command.
FREE_NUMBERS = frozenset("ABCDEFGHILMPSTXZ@`abdefmr")


class Kind(StrEnum):
    TEXT = "text"
    CONTROL = "control"
    ESCAPE = "esc"
    CSI = "csi"
    OSC = "osc"
    DCS = "dcs"
    STRING = "string"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text or one control sequence, as it was sent; `shape` names the command without its free numbers."""

    kind: Kind
    raw: str
    shape: str = ""


class Parser:
    """Feed it bytes as they come; a piece is given out as soon as it is whole."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._state = "ground"
        self._held = ""

    def feed(self, data: bytes) -> list[Piece]:
        return list(_joined(self._step_all(self._decoder.decode(data))))

    def end(self) -> list[Piece]:
        """What is left when the program is gone: a sequence without its end is broken."""
        pieces = list(self._step_all(self._decoder.decode(b"", final=True)))
        if self._held:
            pieces.append(self._broken())
        return list(_joined(pieces))

    def _step_all(self, letters: str) -> Iterator[Piece]:
        for letter in letters:
            yield from getattr(self, f"_in_{self._state}")(letter)

    # ------------------------------------------------------------ states
    def _in_ground(self, letter: str) -> Iterator[Piece]:
        if letter == ESC:
            self._go("escape", letter)
        elif letter == "\x9b":
            self._go("csi", letter)
        elif "\x80" <= letter <= "\x9f" and (string := STRINGS.get(chr(ord(letter) - 0x40))):
            self._go(string, letter)
        elif _is_control(letter):
            yield Piece(Kind.CONTROL, letter, f"U+{ord(letter):04X}")
        elif "\ud800" <= letter <= "\udfff":
            yield Piece(Kind.BROKEN, letter, "not UTF-8")
        else:
            yield Piece(Kind.TEXT, letter)

    def _in_escape(self, letter: str) -> Iterator[Piece]:
        if self._held == ESC and letter == "[":
            self._go("csi", self._held + letter)
        elif self._held == ESC and letter in STRINGS:
            self._go(STRINGS[letter], self._held + letter)
        elif " " <= letter <= "/":
            self._held += letter
        elif "0" <= letter <= "~":
            yield self._done(Kind.ESCAPE, self._held[1:] + letter, letter)
        else:
            yield from self._disturbed(letter)

    def _in_csi(self, letter: str) -> Iterator[Piece]:
        if " " <= letter <= "?":
            self._held += letter
        elif "@" <= letter <= "~":
            body = self._held.removeprefix("\x1b[").removeprefix("\x9b") + letter
            if match := CSI_BODY.fullmatch(body):
                yield self._done(Kind.CSI, _csi_shape(*match.groups()), letter)
            else:
                self._held += letter
                yield self._broken()
        else:
            yield from self._disturbed(letter)

    def _in_string(self, letter: str, kind: Kind, *, bell_ends: bool) -> Iterator[Piece]:
        if letter in {CAN, SUB}:
            yield self._broken()
            yield from self._in_ground(letter)
        elif self._held.endswith(ESC) and len(self._held) > 1:
            if letter == "\\":
                yield self._string_done(kind, letter)
            else:  # an ESC inside ends the string unfinished and begins anew
                self._held = self._held[:-1]
                yield self._broken()
                self._go("escape", ESC)
                yield from self._in_escape(letter)
        elif letter == ST or (bell_ends and letter == BEL):
            yield self._string_done(kind, letter)
        else:
            self._held += letter

    def _in_osc(self, letter: str) -> Iterator[Piece]:
        return self._in_string(letter, Kind.OSC, bell_ends=True)

    def _in_dcs(self, letter: str) -> Iterator[Piece]:
        return self._in_string(letter, Kind.DCS, bell_ends=False)

    def _in_sos(self, letter: str) -> Iterator[Piece]:
        return self._in_string(letter, Kind.STRING, bell_ends=False)

    _in_pm = _in_apc = _in_sos

    # ------------------------------------------------------------ between states
    def _go(self, state: str, held: str) -> None:
        self._state, self._held = state, held

    def _done(self, kind: Kind, shape: str, letter: str) -> Piece:
        piece = Piece(kind, self._held + letter, shape)
        self._go("ground", "")
        return piece

    def _string_done(self, kind: Kind, letter: str) -> Piece:
        name = self._state
        body = self._held.removesuffix(ESC) if letter == "\\" else self._held
        body = body[2:] if body.startswith(ESC) else body[1:]
        if kind is Kind.OSC:
            name = body.partition(";")[0]
        elif kind is Kind.DCS and (match := DCS_HEAD.match(body)):
            name = f"{match[1]}{match[3]}{match[4]}"
        return self._done(kind, name, letter)

    def _broken(self) -> Piece:
        piece = Piece(Kind.BROKEN, self._held, self._state)
        self._go("ground", "")
        return piece

    def _disturbed(self, letter: str) -> Iterator[Piece]:
        """Inside a sequence terminals obey a C0 at once and read on; anything else breaks the sequence off."""
        if letter < " " and letter not in {ESC, CAN, SUB}:
            yield Piece(Kind.CONTROL, letter, f"U+{ord(letter):04X}")
        else:
            yield self._broken()
            yield from self._in_ground(letter)


def parse(data: bytes) -> list[Piece]:
    """The pieces of a whole stream."""
    parser = Parser()
    return list(_joined([*parser.feed(data), *parser.end()]))


def text(data: bytes) -> str:
    """The printable text of a stream, without its sequences."""
    return "".join(piece.raw for piece in parse(data) if piece.kind is Kind.TEXT)


def foreign(data: bytes, *, own: bytes, words: Iterable[str] = ()) -> list[Piece]:
    """What of a stream the program itself would not have sent.

    Args:
        data: what was sent while hostile text was shown.
        own: what the same program sends in the same place for harmless text.
        words: planted in the hostile text; no control sequence may carry one of them.
    """
    known = {(piece.kind, piece.shape) for piece in parse(own)}
    planted = tuple(words)
    return [
        piece
        for piece in parse(data)
        if piece.kind is Kind.BROKEN
        or (piece.kind is not Kind.TEXT and ((piece.kind, piece.shape) not in known or _holds(piece, planted)))
    ]


def hidden(shown: str) -> set[str]:
    """Letters of a text that a reader can't see or that turn it around: formats, line separators, surrogates.

    The two joiners are spared: they stand rightly inside words and emoji.
    """
    return {x for x in shown if unicodedata.category(x) in {"Cf", "Zl", "Zp", "Cs", "Cc"}} - {"\u200c", "\u200d"}


def _holds(piece: Piece, words: tuple[str, ...]) -> bool:
    return any(word in piece.raw for word in words)


def _is_control(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter <= "\x9f"


def _csi_shape(prefix: str, numbers: str, intermediates: str, final: str) -> str:
    free = not prefix and not intermediates and final in FREE_NUMBERS
    return f"{prefix}{'' if free else numbers}{intermediates}{final}"


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Text comes letter by letter; hand it on in runs."""
    run: list[str] = []
    for piece in pieces:
        if piece.kind is Kind.TEXT:
            run.append(piece.raw)
            continue
        if run:
            yield Piece(Kind.TEXT, "".join(run))
            run.clear()
        yield piece
    if run:
        yield Piece(Kind.TEXT, "".join(run))
