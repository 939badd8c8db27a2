"""How often a provider is asked whether a person has agreed on their device (RFC 8628, 3.5). Pure."""

from typing import Final

SLOWER: Final = 5.0
LONGEST: Final = 60.0


class Pace:
    """Told to slow down it waits five seconds more, for good; while nobody answers, twice as long each time."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self.seconds = interval

    def answered(self, *, slower: bool) -> None:
        """Not yet."""
        if slower:
            self._interval += SLOWER
        self.seconds = self._interval

    def unanswered(self) -> None:
        """A network that is away, or a server that is busy."""
        self.seconds = min(self.seconds * 2, max(LONGEST, self._interval))
