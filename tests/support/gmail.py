"""A rehearsal server that is Gmail, reached as the tests of two programs reach theirs. Must not hold tests."""

from pathlib import Path

from providers.rehearsal import GMAIL, Account, FolderPlan, Rehearsal

USER = "user1"
PASSWORD = "pass"
ALL, TRASH, SPAM, SENT = "[Gmail]/All Mail", "[Gmail]/Trash", "[Gmail]/Spam", "[Gmail]/Sent Mail"
LABELS = ("Work", "Año/2026 (viejo)")


class Gmail:
    """What tests.support.imap calls Reached."""

    password = PASSWORD

    def __init__(self, *hides: str) -> None:
        account = Account(
            login=USER, password=PASSWORD, gmail=True, hides=hides, addresses=("clara@firm.example",),
            folders=tuple(FolderPlan(name=name) for name in LABELS),
        )  # fmt: skip
        self.server = Rehearsal([account], capabilities=GMAIL)

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def tls_port(self) -> int:
        return self.server.tls_port

    @property
    def cafile(self) -> Path:
        return self.server.cafile
