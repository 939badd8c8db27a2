"""A rehearsal server as tests of two programs reach it (tests.support.imap.Reached)."""

from dataclasses import dataclass
from pathlib import Path

from providers.rehearsal import Rehearsal


@dataclass(frozen=True)
class Own:
    """All its users have this password."""

    rehearsal: Rehearsal
    password: str = "pass"

    @property
    def cafile(self) -> Path:
        return self.rehearsal.cafile

    @property
    def tls_port(self) -> int:
        return self.rehearsal.tls_port
