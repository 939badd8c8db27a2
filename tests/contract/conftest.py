"""One ground over two servers: the rehearsal and a private Dovecot, a mailbox of each for every test."""

from collections.abc import Iterator

import pytest

from providers.rehearsal import Account, Rehearsal
from tests.support.dovecot import DovecotFactory
from tests.support.rehearsal import Mailbox, Talk

USERS = 120


@pytest.fixture(scope="module")
def rehearsal_mailboxes() -> Iterator[Iterator[Mailbox]]:
    accounts = [
        Account(login=f"{kind}{n}", password="pass", mailbox=f"box{n}")
        for n in range(1, USERS + 1)
        for kind in ("user", "other")
    ]
    with Rehearsal(accounts) as server:
        yield (
            Mailbox(
                server.port,
                server.tls_port,
                server.cafile,
                f"user{n}",
                f"other{n}",
                "pass",
                lambda raw, n=n: server.deliver(f"user{n}", raw),  # type: ignore[misc]
            )
            for n in range(1, USERS + 1)
        )


@pytest.fixture(scope="module")
def dovecot_mailboxes(dovecot: DovecotFactory) -> Iterator[Mailbox]:
    server = dovecot(users=USERS, shared={f"other{n}": f"user{n}" for n in range(1, USERS + 1)})
    return (
        Mailbox(
            server.port,
            server.tls_port,
            server.cafile,
            f"user{n}",
            f"other{n}",
            "pass",
            lambda raw, n=n: server.deliver(f"user{n}", raw),  # type: ignore[misc]
        )
        for n in range(1, USERS + 1)
    )


@pytest.fixture(params=["rehearsal", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def box(request: pytest.FixtureRequest) -> Mailbox:
    mailboxes: Iterator[Mailbox] = request.getfixturevalue(f"{request.param}_mailboxes")
    return next(mailboxes)


@pytest.fixture
def talk(box: Mailbox) -> Iterator[Talk]:
    """A session of the mailbox with INBOX open."""
    with box.opened() as opened:
        yield opened
