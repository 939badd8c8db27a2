"""Client mail in the spam folder of a real server ([S4a]): found, said, and moved to the inbox by one command."""

from collections.abc import Iterator

import pytest

from tests.servers.test_scope_clients import ACME, Firm, Post, begin
from tests.support.cli import Row
from tests.support.dovecot import DovecotFactory

pytestmark = pytest.mark.dovecot

LOST = Post(token="lost", sender=ACME, folder="Junk")
POSTS = [Post(token="usual", sender=ACME), LOST, Post(token="buy", sender="buy@bad.example", folder="Junk")]


@pytest.fixture
def firm(dovecot: DovecotFactory) -> Iterator[Firm]:
    with begin(dovecot(users=1), POSTS, scope="whole") as made:
        yield made


def in_spam(firm: Firm) -> list[Row]:
    return [row for row in firm.cli.rows("notices") if row["kind"] == "in_spam"]


def skipped(firm: Firm) -> int:
    (junk,) = [line for line in firm.cli.rows("audit", "--all") if line["folder"] == "Junk"]
    assert (junk["missing"], junk["pending"]) == ([], 0)
    return int(junk["skipped_by"].get("spam_folder", 0))


def test_it_is_said_and_one_command_brings_it_in(firm: Firm) -> None:
    firm.cli.one("client", "add", "Olmo")
    (notice,) = in_spam(firm)
    assert notice["client"] == "Acme"
    assert skipped(firm) == 2
    assert "lost" not in firm.here()
    assert firm.cli.one("unspam", "--notice", notice["notice"])["affected"] == 1
    assert in_spam(firm) == []

    def came() -> bool:
        firm.sync()
        return "lost" in firm.here()

    firm.cli.until(came, what="the mail in the inbox")
    assert firm.filed()["lost"] == [("Acme", "address")]
    assert "buy" not in firm.here()
    assert skipped(firm) == 1
