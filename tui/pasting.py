"""What is pasted is text, whatever is in it (Z7): an escape inside of it would let the rest be taken for keys.

Looks at the terminal's marks around a paste and at nothing else. Must not hold back a key.
"""

from typing import Final

from store.model.plain import plain

BEGIN: Final = "\x1b[200~"
END: Final = "\x1b[201~"
_ESCAPE: Final = "\x1b"


class Pastes:
    """One terminal's input, as it comes in pieces."""

    def __init__(self) -> None:
        self._inside = False
        self._held = ""  # inside: what may be the beginning of the end; outside: what may be that of a beginning

    def safe(self, data: str) -> str:
        """The same with a visible mark for each escape that was pasted."""
        return "".join(self._inner(letter) if self._inside else self._outer(letter) for letter in data)

    def _outer(self, letter: str) -> str:
        self._held = _begun(self._held + letter, BEGIN)
        if self._held == BEGIN:
            self._inside, self._held = True, ""
        return letter

    def _inner(self, letter: str) -> str:
        came = self._held + letter
        self._held = _begun(came, END)
        if self._held == END:
            self._inside, self._held = False, ""
            return came.removesuffix(END).replace(_ESCAPE, plain(_ESCAPE)) + END
        return came.removesuffix(self._held).replace(_ESCAPE, plain(_ESCAPE))


def _begun(came: str, mark: str) -> str:
    """The end of what came, as far as it may be the beginning of a mark."""
    return next((mark[:size] for size in range(len(mark), 0, -1) if came.endswith(mark[:size])), "")
