"""The whole way of a newcomer, by keys alone: from an empty home to the first clients, an answer, and its answer.

The real command in a real terminal (and, in Spanish, in tmux), a Dovecot and an SMTP server that delivers. What is
waited for is what a person reads, asked of the catalogue, so that a sentence may be written anew without this test.
"""

import email
import email.policy
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.cli import POSTROOM, Cli
from tests.support.dovecot import Dovecot, DovecotFactory
from tests.support.home import short_folder
from tests.support.pty import Terminal
from tests.support.sluice import Sluice
from tests.support.smtp import Receiver
from tests.support.tmux import Tmux, installed
from tui import i18n

pytestmark = [pytest.mark.dovecot, pytest.mark.timeout(150)]

NADIA, PAT = ("Nadia Morales", "nadia@morales.example"), ("Pat Stray", "pat@stray.example")
OLMO = ("Ana Olmo", "ana@olmo.example"), ("Olga Olmo", "olga@olmo.example")
BEN, CARMEN = ("Ben Tide", "ben@tide.example"), ("Carmen Ruiz", "carmen@ruiz.example")
BOATS = "Tideline Boats"
BULK, HOLD = 60, 5
SOME, MORE = 6_000, 120_000  # bytes until the first mails are on their way, and until they are here
ENTER, TAB, CLEAR, TAKE = "\r", "\t", "\x15", "\x13"
BELOW = "\n\nThe keys are with the porter.\n"  # no list shows so much of a mail
FILLER = "Something that is said in many words. " * 40


class Seen(Protocol):
    """A terminal with the program in it."""

    def send(self, keys: str) -> None: ...

    def wait_for(self, words: str, *, timeout: float | None = None) -> str: ...

    def wait_gone(self, words: str, *, timeout: float | None = None) -> str: ...

    def wait_until(self, holds: Callable[[str], bool], *, what: str, timeout: float | None = None) -> object: ...

    def wait_exit(self, *, timeout: float | None = None) -> int: ...


class Post(Receiver):
    """A mail server: it takes what is sent, and puts it into the boxes that it has."""

    def __init__(self, server: Dovecot, boxes: dict[str, str]) -> None:
        super().__init__(tls="starttls", logins={NADIA[1]: server.password})
        self._server, self._boxes = server, boxes

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(_server, session, envelope)
        for address in self.mails[-1].recipients:
            self._server.deliver(self._boxes[address], self.mails[-1].raw)
        return answer


# ---------------------------------------------------------------- the world outside
class Letters:
    """Mail as it stands on the server before anybody syncs it."""

    def __init__(self) -> None:
        self._count = 0
        self.now = datetime.now(UTC)

    def make(
        self, sender: tuple[str, str], to: tuple[str, str], subject: str, text: str, *, days: float, **fields: str
    ) -> EmailMessage:
        self._count += 1
        made = EmailMessage(policy=email.policy.SMTP)
        made["From"], made["To"] = f"{sender[0]} <{sender[1]}>", f"{to[0]} <{to[1]}>"
        made["Subject"], made["Date"] = subject, format_datetime(self.now - timedelta(days=days))
        made["Message-ID"] = f"<m{self._count}@{sender[1].partition('@')[2]}>"
        for name, value in fields.items():
            made[name.replace("_", "-")] = value
        made.set_content(text)
        return made


def seed(server: Dovecot) -> dict[str, int]:
    """Some sixty mails: people written with both ways, a stranger, newsletters. Says how many there are of each."""
    letters, counts = Letters(), dict[str, int]()

    def put(made: EmailMessage, *, days: float, folder: str = "INBOX", flags: str = "") -> None:
        received = (letters.now - timedelta(days=days)).timestamp()
        server.deliver("user1", made.as_bytes(), folder, flags=flags, received=received)

    for number, who in enumerate([*OLMO, BEN, CARMEN] * 4):
        days = 60 - 2 * number
        asked = letters.make(who, NADIA, f"Papers {number}", f"Please look at {number}.\n{FILLER}", days=days)
        put(asked, days=days, flags="S")
        counts[who[1]] = counts.get(who[1], 0) + 1
        if number % 8 < 4 or who in OLMO:
            mid = str(asked["Message-ID"])
            said = letters.make(NADIA, who, f"Re: Papers {number}", "Seen.", days=days - 0.2, In_Reply_To=mid)
            put(said, days=days - 0.2, folder="Sent", flags="S")
            counts[who[1]] += 1
    for number in range(BULK):
        made = letters.make(
            ("Tax News", "news@tax.example"),
            NADIA,
            f"Tax news {number}",
            FILLER,
            days=number + 3,
            List_Id="<tax.example>",
        )
        put(made, days=number + 3)
    put(letters.make(PAT, NADIA, "Question of Pat", f"May I ask something?{BELOW}", days=1), days=1)
    return counts


def answer(to: str) -> bytes:
    """What the client writes back."""
    made = Letters().make(
        PAT, NADIA, "Re: Question of Pat", f"Wonderful, thank you.{BELOW}", days=0, In_Reply_To=to, References=to
    )
    return made.as_bytes()


@dataclass(frozen=True, kw_only=True)
class World:
    """Servers, a home, and a systemd that notes what it is asked."""

    cli: Cli
    server: Dovecot
    sluice: Sluice
    post: Post
    authority: Path
    bin: Path
    counts: dict[str, int]

    @property
    def env(self) -> dict[str, str]:
        return {**self.cli.env, "PATH": f"{self.bin}:{os.environ['PATH']}", "TERM": "xterm-256color"}

    def in_sent(self, message_id: str) -> int:
        """Copies in the Sent folder on the server's own disk."""
        sent = self.server.top / "mail" / "user1" / "Maildir" / ".Sent"
        files = (path for place in ("cur", "new") for path in (sent / place).iterdir())
        return sum(message_id.encode() in path.read_bytes() for path in files)

    def asked_of_systemd(self) -> str:
        return (self.bin / "asked").read_text()


SYSTEMD = """\
#!/bin/sh
echo "$@" >> {folder}/asked
case "$*" in *is-enabled*) exit 1 ;; *Linger*) echo Linger=yes ;; esac
"""


@pytest.fixture
def world(dovecot: DovecotFactory, tmp_path: Path) -> Iterator[World]:
    server = dovecot(users=2, shared={"nadia": "user1"})
    counts = seed(server)
    for name in ("systemctl", "loginctl"):
        (tmp_path / name).write_text(SYSTEMD.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    home = short_folder()
    with Post(server, {PAT[1]: "user2"}) as post, Sluice(server.tls_port) as sluice, Cli(home) as cli:
        authority = tmp_path / "both.pem"
        authority.write_text(server.cafile.read_text() + post.cafile.read_text())
        yield World(cli=cli, server=server, sluice=sluice, post=post, authority=authority, bin=tmp_path, counts=counts)
    for log in sorted((home / "log").glob("*.log")):
        sys.stderr.write(f"{log.name}\n{log.read_text(errors='replace')[-3000:]}")  # pytest shows it of a failure
    shutil.rmtree(home)


# ---------------------------------------------------------------- what a person reads
@contextmanager
def spoken(language: str) -> Iterator[None]:
    """This test speaks it too."""
    i18n.set_language(language)
    try:
        yield
    finally:
        i18n.set_language("en")


def said(sentence: str, **more: object) -> str:
    """The sentence in the language spoken, which must have one of its own."""
    words = i18n._(sentence)
    assert i18n.language() == "en" or words != sentence, f"no {i18n.language()} for {sentence!r}"
    return words.format(**more)


def said_of(one: str, many: str, count: int, **more: object) -> str:
    words = i18n.ngettext(one, many, count)
    assert i18n.language() == "en" or words not in (one, many), f"no {i18n.language()} for {many!r}"
    return words.format(count=count, **more)


def pattern(words: str) -> Callable[[str], bool]:
    found = re.compile(words)
    return lambda shown: found.search(shown) is not None


def sees_list(seen: Seen, name: str) -> None:
    """A list is open: its name stands over it, with how many threads it holds."""
    threads = counted("{count} thread", "{count} threads")
    seen.wait_until(pattern(rf"{re.escape(name)}  {threads}"), what=f"the list {name!r}")


def counted(one: str, many: str) -> str:
    """A pattern of the sentence, whatever the count."""
    both = (re.escape(said_of(one, many, n)).replace(str(n), r"\d+", 1) for n in (1, 2))
    return f"(?:{'|'.join(both)})"


def sees_all(seen: Seen, words: Sequence[str]) -> None:
    for each in words:
        seen.wait_for(each)


# ---------------------------------------------------------------- the way
def begin(seen: Seen, world: World) -> None:
    """From the offers of an empty home to a mailbox that syncs, whose mail is read meanwhile."""
    offers = ("sync my email", "bring in mail files", "import contacts", "look at the demo firm", "to the empty desk")
    sees_all(seen, [said("Nothing is here yet. Begin with one key:"), *map(said, offers)])
    seen.send("s")
    sees_all(seen, [said("Incoming (IMAP)"), said("Certificate authority")])
    servers = f"{CLEAR}localhost:{world.sluice.port}{TAB}{CLEAR}localhost:{world.post.port}{TAB}"
    seen.send(f"{NADIA[1]}{ENTER}{world.server.password}{TAB}{servers}{TAB * 6}{world.authority}")
    shown = seen.wait_for(str(world.authority)[-20:])
    assert "••••" in shown
    assert f" {world.server.password} " not in shown
    world.sluice.let(SOME)
    seen.send(TAKE)
    world.sluice.wait_dry()
    seen.wait_for(said("Where your password lies"))
    seen.send("q")
    progress = said("{done} of {total}", done=r"\d+", total=r"\d+")
    seen.wait_until(pattern(rf"{said('syncing {name}', name=re.escape(NADIA[1]))}  {progress}"), what="progress")
    world.sluice.let(MORE)
    seen.wait_for("Question of Pat")
    world.sluice.wait_dry()
    seen.send(ENTER)
    seen.wait_for(PAT[1])
    world.sluice.open()
    seen.wait_for("The keys are with the porter.")
    seen.send("q")
    seen.wait_for(said_of("{count} mailbox up to date", "{count} mailboxes up to date", 1), timeout=40)
    seen.wait_for(said("{key} finds your clients", key="g f"))


def find_clients(seen: Seen, world: World) -> None:
    """Two clients: one as proposed, one by another name. Then the offer to keep the office running."""
    seen.send("gf")
    sees_all(seen, [said("Find clients"), "[ ] Olmo", BEN[1], CARMEN[1]])
    seen.send("x")
    seen.wait_for("[x] Olmo")
    seen.wait_for(said_of("{count} chosen; + makes it a client.", "{count} chosen; + makes them clients.", 1))
    choose(seen, BEN[1])
    seen.send(ENTER)
    seen.wait_for(said("The client's name"))
    seen.send(f"{CLEAR}{BOATS}{ENTER}")
    seen.wait_for(f"[x] {BOATS}")
    seen.send("+")
    filed = sum(world.counts[address] for _, address in (*OLMO, BEN))
    made = said_of("{count} client made", "{count} clients made", 2)
    seen.wait_for(f"{made}, {said_of('{count} email filed.', '{count} emails filed.', filed)}")
    seen.wait_for(said("keep it running"))
    seen.send("y")
    seen.wait_for(said("The office keeps running now."))
    assert "enable --now" in world.asked_of_systemd()
    seen.send("q")


def choose(seen: Seen, address: str) -> None:
    """The cursor to the row of an address."""
    shown = seen.wait_for(address)
    rows = [row for row in shown.splitlines() if "[ ]" in row or "[x]" in row]
    here = next(number for number, row in enumerate(rows) if address in row)
    seen.send("gg" + "j" * here)


def client_folder(seen: Seen) -> None:
    """The last of the folders is the client's."""
    seen.send("hh")  # from the reading pane too
    seen.wait_until(pattern(rf"{said('to answer')}[\s\S]*\n {BOATS} "), what="the client's folder")
    seen.send(f"G{ENTER}")
    sees_list(seen, BOATS)


def file_by_hand(seen: Seen) -> None:
    """The stranger turns out to be the client's skipper."""
    seen.send("gu")
    sees_list(seen, said("Unfiled"))
    seen.wait_for("Question of Pat")
    seen.send("ggv")
    seen.wait_for(said("File with"))
    seen.send(f"boats{ENTER}")
    seen.wait_for(said_of("{count} thread filed with {name}.", "{count} threads filed with {name}.", 1, name=BOATS))
    client_folder(seen)
    seen.wait_for("Question of Pat")
    seen.send(f"gg{ENTER}")
    seen.wait_for(f"{BOATS} · ")
    seen.wait_for("The keys are with the porter.")


def answer_it(seen: Seen, world: World, *, owner: str) -> str:
    """Sent once, taken back, sent again: it goes out once. Says its Message-ID."""
    seen.send("r")
    sees_all(seen, [said("Reply"), "> May I ask something?", said("send")])
    seen.send("Dear Pat,\r\rof course.")
    seen.wait_for("of course.")
    seen.send(TAKE)
    going = pattern(
        counted("Goes out in {count} second. u takes it back.", "Goes out in {count} seconds. u takes it back.")
    )
    seen.wait_until(going, what="the hold")
    seen.send("u")
    seen.wait_until(lambda shown: not going(shown), what="the hold to end")
    seen.send("gd")
    sees_all(seen, [said("Drafts"), "Re: Question of Pat"])
    seen.send(ENTER)
    seen.wait_for("of course.")
    seen.send(TAKE)
    seen.wait_until(going, what="the hold")
    seen.send("go")
    sees_all(seen, [said("Outbox"), said("goes out soon")])
    world.post.wait_for_mail(1, timeout=30)
    seen.wait_for(f"  {said('sent')} ")
    seen.send("q")
    (mail,) = world.post.mails
    assert (mail.sender, mail.recipients, mail.login, mail.encrypted) == (NADIA[1], (PAT[1],), NADIA[1], True)
    message_id = check_sent(mail.raw)
    world.cli.until(lambda: world.in_sent(message_id), what="a copy in Sent")
    client_folder(seen)
    who = owner.split(maxsplit=1)[0]
    answered = said("{who} answered", who=who)
    seen.wait_until(pattern(rf"{answered}|↩ {who} "), what="who answered")  # a row of one line says it with a sign
    seen.send("gw")
    sees_list(seen, said("Waiting"))
    seen.wait_for("Re: Question of Pat")
    return message_id


def check_sent(raw: bytes) -> str:
    """Nothing of this machine in it; the text as it was written, and as HTML."""
    made = email.message_from_bytes(raw, policy=email.policy.default)
    head = raw.partition(b"\r\n\r\n")[0].decode()
    assert re.search(rf"\b({re.escape(socket.gethostname())}|localhost|bcc)\b", head, re.IGNORECASE) is None
    assert {part.get_content_type() for part in made.walk()} >= {"text/plain", "text/html"}
    message_id = str(made["Message-ID"])
    assert message_id.endswith("@morales.example>")
    assert made["In-Reply-To"]
    return message_id


def hear_back(seen: Seen, world: World, message_id: str) -> None:
    """The client answers: it comes by itself, stands in the client's folder, and Inbox+ tells of it."""
    assert any(message_id.encode() in mail for mail in delivered(world))
    world.server.deliver("user1", answer(message_id))
    seen.wait_until(pattern(r"Inbox\+ +1"), what="a badge")
    seen.send("gn")
    seen.wait_for(said("{client} wrote", client=BOATS))
    seen.send(ENTER)
    sees_all(seen, ["Wonderful, thank you.", "The keys are with the porter.", f"{BOATS} · "])
    (row,) = world.cli.rows("search", "Wonderful")
    assert row["clients"] == [BOATS]
    seen.send("gi")
    sees_list(seen, said("Inbox"))
    seen.wait_for("Re: Question of Pat")


def delivered(world: World) -> Iterator[bytes]:
    yield from (path.read_bytes() for path in (world.server.top / "mail" / "user2" / "Maildir" / "new").iterdir())


def undo_and_leave(seen: Seen) -> None:
    """Done, no longer done; the notice away; out."""
    seen.send("gge")
    seen.wait_for(said_of("{count} thread is done.", "{count} threads are done.", 1))
    seen.send("u")
    seen.wait_for(said("Undone: {what}.", what=said("done")))
    seen.send("gn")
    seen.wait_for(said("remind me later"))
    seen.wait_for("Re: Question of Pat")
    seen.send("e")
    seen.wait_for(said("Nothing new."))
    seen.send("qq")
    assert seen.wait_exit() == 0


def journey(seen: Seen, world: World, *, owner: str) -> None:
    begin(seen, world)
    find_clients(seen, world)
    client_folder(seen)
    file_by_hand(seen)
    message_id = answer_it(seen, world, owner=owner)
    hear_back(seen, world, message_id)
    undo_and_leave(seen)
    assert (len(world.post.mails), world.in_sent(message_id), len(list(delivered(world)))) == (1, 1, 1)


def prepared(world: World) -> str:
    """A short hold; says the owner's name. The home has no mailbox, client or mail yet."""
    world.cli.one("config", "set", "hold", str(HOLD))
    return str(world.cli.rows("member", "list")[0]["name"])


def test_from_an_empty_home_to_an_answered_client_by_keys_alone(world: World) -> None:
    owner = prepared(world)
    with spoken("en"), Terminal(POSTROOM, columns=120, lines=40, env=world.env, timeout=30) as terminal:
        journey(terminal, world, owner=owner)


@pytest.mark.skipif(not installed(), reason="tmux is not installed")
def test_the_same_in_spanish_inside_tmux(world: World) -> None:
    owner = prepared(world)
    env = {name: value for name, value in world.env.items() if name != "LC_ALL"} | {"LANG": "es_ES.UTF-8"}
    with spoken("es"), Tmux(POSTROOM, columns=80, lines=24, env=env, timeout=30) as terminal:
        journey(terminal, world, owner=owner)
