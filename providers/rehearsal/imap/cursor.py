"""Reads the arguments of one command, literals included, from left to right. Whatever doesn't fit raises `Bad`."""

import re

from providers.rehearsal.imap.errors import Bad

_ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_ASTRING = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\]+")
_PATTERN = re.compile(rb"[^\x00-\x20\x7f-\xff(){\"\\]+")
_FLAG = re.compile(rb"\\?[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00]|\\["\\])*)"')
_ESCAPE = re.compile(rb"\\(.)")
_LITERAL = re.compile(rb"\{([0-9]{1,10})\+?\}\r\n")
_NUMBER = re.compile(rb"[0-9]{1,19}")
_SET = re.compile(rb"[0-9*:,]+")
DEEPEST = 50


class Cursor:
    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    @property
    def ended(self) -> bool:
        return self.at >= len(self.data)

    def end(self) -> None:
        if not self.ended:
            raise Bad("Too many arguments")

    def sees(self, text: bytes) -> bool:
        return self.data.startswith(text, self.at)

    def takes(self, text: bytes) -> bool:
        if not self.sees(text):
            return False
        self.at += len(text)
        return True

    def needs(self, text: bytes) -> None:
        if not self.takes(text):
            raise Bad("Invalid arguments")

    def space(self) -> None:
        self.needs(b" ")

    def word(self, pattern: re.Pattern[bytes] = _ATOM) -> bytes:
        match = pattern.match(self.data, self.at)
        if match is None:
            raise Bad("Invalid arguments")
        self.at = match.end()
        return match[0]

    def key(self) -> str:
        """An atom that is a name of the protocol, in upper case."""
        return self.word().decode("ascii").upper()

    def number(self) -> int:
        return int(self.word(_NUMBER))

    def numbers(self) -> bytes:
        return self.word(_SET)

    def literal(self) -> bytes | None:
        match = _LITERAL.match(self.data, self.at)
        if match is None:
            return None
        start, size = match.end(), int(match[1])
        if start + size > len(self.data):
            raise Bad("Invalid literal")
        self.at = start + size
        return self.data[start : self.at]

    def string(self) -> bytes:
        if self.sees(b'"'):
            match = _QUOTED.match(self.data, self.at)
            if match is None:
                raise Bad("Invalid string")
            self.at = match.end()
            return _ESCAPE.sub(rb"\1", match[1])
        found = self.literal()
        if found is None:
            raise Bad("Invalid arguments")
        return found

    def astring(self, pattern: re.Pattern[bytes] = _ASTRING) -> bytes:
        return self.string() if self.sees(b'"') or self.sees(b"{") else self.word(pattern)

    def pattern(self) -> bytes:
        """A folder name with the wildcards of LIST."""
        return self.astring(_PATTERN)

    def keys(self) -> list[str]:
        """A parenthesised list of atoms, which may be empty."""
        self.needs(b"(")
        found: list[str] = []
        while not self.takes(b")"):
            if found:
                self.space()
            found.append(self.key())
        return found

    def astrings(self) -> list[bytes]:
        self.needs(b"(")
        found: list[bytes] = []
        while not self.takes(b")"):
            if found:
                self.space()
            found.append(self.astring())
        return found

    def flags(self) -> list[str]:
        """Flags in parentheses, or bare up to the end."""
        found: list[str] = []
        if not self.takes(b"("):
            found.append(self.word(_FLAG).decode("ascii"))
            while self.takes(b" "):
                found.append(self.word(_FLAG).decode("ascii"))
            return found
        while not self.takes(b")"):
            if found:
                self.space()
            found.append(self.word(_FLAG).decode("ascii"))
        return found
