"""Mailboxes that end, begin anew, are joined and left, and a member who leaves: by the command line, through an office
process, against a Dovecot ([S7], [S11], [S14], Z4)."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage

import pytest
import zstandard

from actors.paths import under
from providers.secrets import Ground, Secrets
from store.vault.database import Database
from tests.support.cli import Cli, Seat, add_mailbox, adding, check_audit, ended, set_up
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder

pytestmark = pytest.mark.dovecot

OWN = Seat(member="", address="olga@firm.example", user="user1")
TOM = Seat(member="Tom", address="tom@firm.example", user="user2")
INFO = Seat(member="Tom", address="info@firm.example", user="user3")
CLARA, MUM = "clara@olmo.example", "mumsecret@home.example"
PRIVATE = ("mumsecret", "Subjectsecret", "bodysecret")
_FRAME = re.compile(re.escape(zstandard.FRAME_HEADER))


def letter(number: int, *, sender: str, to: str, subject: str, text: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"], mail["Message-ID"] = "Mon, 02 Nov 2026 10:00:00 +0000", f"<{number}@{sender.partition('@')[2]}>"
    mail.set_content(text)
    return mail.as_bytes()


@pytest.fixture
def server(dovecot: DovecotFactory) -> Dovecot:
    made = dovecot(users=3)
    made.deliver("user2", letter(1, sender=CLARA, to=TOM.address, subject="Deed", text="the deed"))
    made.deliver("user2", letter(2, sender=MUM, to=TOM.address, subject="Subjectsecret", text="bodysecret"))
    made.deliver("user3", letter(3, sender=CLARA, to=INFO.address, subject="Question", text="a question"))
    made.deliver("user3", letter(4, sender=MUM, to=INFO.address, subject="Subjectsecret", text="bodysecret"))
    return made


@pytest.fixture
def cli(server: Dovecot) -> Iterator[Cli]:
    """A firm whose owner and Tom sync."""
    home = short_folder()
    with Cli(home) as made:
        set_up(made, server, [OWN, TOM], {"Olmo": (CLARA,)})
        made.one("member", "add", "Max", "--role", "admin")
        made.one("sync", "--wait")
        yield made
    shutil.rmtree(home)


def subjects(cli: Cli) -> list[str]:
    return sorted(row["subject"] for row in cli.rows("search", ""))


def holds(cli: Cli, words: tuple[str, ...] = PRIVATE) -> set[str]:
    """Those that stand anywhere in the home: in a file's bytes, in what is packed there, or in a value of the vault."""
    found: set[str] = set()
    for path in cli.home.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            found |= _in(raw, words)
            for frame in _FRAME.finditer(raw):
                found |= _in(_unpacked(raw[frame.start() :]), words)
    with closing(Database(under(cli.home).vault, read_only=True)) as vault:
        for (table,) in list(
            vault.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%fts5%'")
        ):
            for row in vault.rows(f'SELECT * FROM "{table}"'):  # noqa: S608 - a name of ours
                for value in row:
                    raw = value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else b""
                    found |= _in(raw, words) | _in(_unpacked(raw), words)
    return found


def _in(raw: bytes, words: tuple[str, ...]) -> set[str]:
    lower = raw.lower()
    return {word for word in words if word.lower().encode() in lower}


def _unpacked(raw: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    except zstandard.ZstdError:
        return b""


def secrets(cli: Cli) -> set[str]:
    """Whose are kept, by login."""
    home = under(cli.home)
    names = Secrets(Ground(data=home.data, key=home.key)).names()
    return {name.rpartition("/")[2] for name in names}


def check_synced(cli: Cli) -> None:
    cli.one("sync", "--wait")
    check_audit(cli.rows("audit", "--all"))


def told(cli: Cli, kind: str) -> int:
    return [row["kind"] for row in cli.rows("notices")].count(kind)


def test_what_was_private_to_a_stopped_mailbox_is_nowhere(cli: Cli, server: Dovecot) -> None:
    tom = cli.as_("Tom")
    assert subjects(tom) == ["Deed", "Subjectsecret"]
    assert holds(cli) == set(PRIVATE), "it can be found where it is"
    assert secrets(cli) == {"user1", "user2"}
    assert tom.rows("mailbox", "stop", TOM.address, "--yes")[-1]["done"]
    assert tom.rows("mailbox", "list") == []
    assert secrets(cli) == {"user1"}
    cli.until(lambda: not holds(cli), what="that nothing private is left")
    assert subjects(cli) == ["Deed"], "what is filed stays"
    cli.call("office", "restart")
    assert holds(cli) == set()
    server.deliver("user2", letter(9, sender=CLARA, to=TOM.address, subject="Later", text="more"))
    add_mailbox(cli, server, TOM, member="Tom", scope="whole")
    check_synced(tom)
    assert subjects(tom) == ["Deed", "Later", "Subjectsecret"]
    assert subjects(cli) == ["Deed", "Later"]


def test_reset_a_mailbox_is_synced_afresh(cli: Cli, server: Dovecot) -> None:
    tom = cli.as_("Tom")
    (before,) = tom.rows("mailbox", "list")
    (office,) = cli.offices()
    lines = [line for line in office.net_connections() if line.raddr and line.raddr.port == server.tls_port]
    assert 0 < len(lines) <= 2 * 2, "two for each mailbox"
    tom.one("mailbox", "reset", TOM.address)
    check_synced(tom)
    (after,) = tom.rows("mailbox", "list")
    assert (after["mailbox"], after["address"], after["state"]) == (before["mailbox"], TOM.address, "synced")
    assert subjects(tom) == ["Deed", "Subjectsecret"], "each once"
    assert secrets(cli) == {"user1", "user2"}


def test_a_shared_mailbox_goes_on_with_the_others(cli: Cli, server: Dovecot) -> None:
    tom, max_ = cli.as_("Tom"), cli.as_("Max")
    add_mailbox(cli, server, INFO, member="Tom", scope="whole")
    check_synced(tom)
    refused = max_.refused(*adding(server, INFO), code=6, stdin="wrong\n")
    assert refused["code"] == "login_refused"
    assert max_.rows("mailbox", "list") == []
    max_.one(*adding(server, INFO), stdin=f"{server.password}\n")  # a login of one's own that the stored server takes
    assert [row["address"] for row in max_.rows("mailbox", "list")] == [INFO.address]
    assert len(server_mailboxes(cli)) == 3, "one sync, one copy"
    assert (told(tom, "mailbox_shared"), told(max_, "mailbox_shared")) == (1, 0)
    tom.one("mailbox", "unshare", INFO.address, "Tom")
    assert "Subjectsecret" in subjects(max_)
    assert told(max_, "mailbox_left") == 1
    assert secrets(cli) == {"user1", "user2"}, "the one that was the leaver's is gone"
    cli.until(lambda: state(max_, INFO) == "needs_sign_in", what="that somebody is asked to sign in")
    max_.one("mailbox", "reauth", INFO.address, "--password-stdin", stdin=f"{server.password}\n")
    server.deliver("user3", letter(5, sender=CLARA, to=INFO.address, subject="Again", text="again"))
    check_synced(max_)
    assert "Again" in subjects(max_)
    max_.one("mailbox", "unshare", INFO.address, "Max")
    assert secrets(cli) == {"user1", "user2"}
    assert len(server_mailboxes(cli)) == 2, "the last one's leaving ends it"


def server_mailboxes(cli: Cli) -> list[str]:
    return [row["address"] for row in cli.one("status")["mailboxes"]]


def state(cli: Cli, seat: Seat) -> str:
    return next(str(row["state"]) for row in cli.rows("mailbox", "list") if row["address"] == seat.address)


def test_who_leaves_the_firm_is_gone_with_what_was_theirs(cli: Cli) -> None:
    with ended(cli.as_("Tom").start("watch", "--since", "0", "--json")) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline(), "somebody sits there"
        cli.one("member", "leave", "Tom", "--pass-to", "Max")
        watching.communicate(timeout=30)
        assert watching.returncode != 0
    assert cli.as_("Tom").call("status", "--json").code == 3
    assert secrets(cli) == {"user1"}
    cli.until(lambda: not holds(cli), what="that nothing private is left")
    assert subjects(cli) == ["Deed"]
