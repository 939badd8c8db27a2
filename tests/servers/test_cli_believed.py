"""Whose word on a sender a mailbox believes, by commands ([C9]): proposed from its mail, confirmed, believed."""

from collections.abc import Iterator

import pytest

from tests.servers.test_scope_clients import ACME, IRIS, Firm, Post, begin
from tests.support.dovecot import DovecotFactory

pytestmark = pytest.mark.dovecot

SERVER = "mx.host.example"


class Judged(Post):
    """A mail that bears the provider's word above its Received."""

    verdict = "dmarc=pass header.from=client.example"

    def raw(self) -> bytes:
        taken = f"Received: from a by {SERVER}; {self.received:%d %b %Y}"
        return f"Authentication-Results: {SERVER}; {self.verdict}\r\n{taken}\r\n".encode() + super().raw()


class Forged(Judged):
    verdict = "dmarc=fail header.from=client.example"


@pytest.fixture
def firm(dovecot: DovecotFactory) -> Iterator[Firm]:
    with begin(dovecot(users=1), [Judged(token=f"j{n}", sender=ACME) for n in range(12)], scope="whole") as made:
        yield made


def test_proposed_confirmed_and_then_believed(firm: Firm) -> None:
    shown = firm.cli.one("mailbox", "show", IRIS.address)
    assert (shown["authserv_id"], shown["authserv_proposed"]) == (None, SERVER)
    assert firm.here()["j0"]["verified"] is None
    assert firm.cli.one("mailbox", "set", IRIS.address, "--authserv-id", SERVER)["done"]
    shown = firm.cli.one("mailbox", "show", IRIS.address)
    assert (shown["authserv_id"], shown["authserv_proposed"]) == (SERVER, None)
    firm.deliver(Judged(token="good", sender=ACME), Forged(token="bad", sender=ACME))

    def came() -> bool:
        firm.sync()
        return {"good", "bad"} <= firm.here().keys()

    firm.cli.until(came, what="both mails")
    here = firm.here()
    assert (here["good"]["verified"], here["bad"]["verified"]) == (True, False)
    said = {name: firm.cli.call("show", here[name]["email"]).out for name in ("good", "bad")}
    assert ("forged" in said["good"], "forged" in said["bad"]) == (False, True)
    assert firm.filed()["bad"] == [("Acme", "address")]
    firm.cli.refused("mailbox", "set", IRIS.address, "--authserv-id", "a b", code=2)
