"""One conversation: reads commands, has them carried out, tells what changed meanwhile, and suffers the fault plan."""

import logging
import re
import ssl
from collections.abc import Callable, Coroutine, Mapping
from enum import Enum
from typing import Any, NamedTuple, Protocol

from providers.rehearsal.faults import At, Do, Fault, Moment
from providers.rehearsal.imap.cursor import Cursor
from providers.rehearsal.imap.errors import Bad, Gone, No, TooLong
from providers.rehearsal.imap.post import Mailbox, Post
from providers.rehearsal.imap.view import View
from providers.rehearsal.imap.wire import Wire

_LOG = logging.getLogger(__name__)
_LITERAL = re.compile(rb"\{([0-9]{1,10})(\+?)\}\Z")
_TAG = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\+]+")
LARGEST_MAIL = 64 * 1024 * 1024
LARGEST_COMMAND = 64 * 1024
MOST_BAD = 50  # bad commands in a row; then it is not a client
_BY_NUMBER = frozenset({"FETCH", "STORE", "SEARCH"})  # no EXPUNGE may be told during these
_HIDDEN_AFTER = frozenset({"STARTTLS", "AUTH=PLAIN", "LOGINDISABLED"})
_SHOWN_BEFORE = ("IMAP4rev1", "SASL-IR", "LITERAL+", "ID", "ENABLE", "IDLE", "AUTH=PLAIN")


class Needs(Enum):
    """What must have happened before a command."""

    NOTHING = 0
    NO_LOGIN = 1
    LOGIN = 2
    FOLDER = 3


class Command(NamedTuple):
    run: Callable[["Session", Cursor], Coroutine[Any, Any, bytes]]
    needs: Needs
    capability: str = ""


Commands = Mapping[str, Command]


class House(Protocol):
    """What a session needs of its server."""

    @property
    def post(self) -> Post: ...
    @property
    def capabilities(self) -> frozenset[str]: ...
    @property
    def login_needs_tls(self) -> bool: ...
    @property
    def tls_context(self) -> ssl.SSLContext: ...
    def due(self, moment: Moment) -> Fault | None: ...
    def hear(self, connection: int, *, login: str, tls: bool, line: bytes) -> None: ...


class Session:
    def __init__(self, wire: Wire, house: House) -> None:
        self.wire, self.house = wire, house
        self.login = ""
        self.mailbox: Mailbox | None = None
        self.view: View | None = None
        self.condstore = False
        self.qresync = False
        self.tag = b"*"
        self.verb = ""
        self.lie: Fault | None = None
        self._bad = 0
        self._over = b""

    # what the commands use
    def can(self, capability: str) -> bool:
        return capability in self.house.capabilities

    @property
    def box(self) -> Mailbox:
        if self.mailbox is None:
            raise Bad("Please login first")
        return self.mailbox

    @property
    def open_folder(self) -> View:
        if self.view is None:
            raise Bad("No mailbox selected")
        return self.view

    def enter(self, login: str) -> None:
        self.mailbox = self.house.post.mailbox(login)
        self.login = login

    def look_at(self, view: View | None) -> None:
        if self.view is not None:
            self.view.close()
        self.view = view

    @property
    def login_disabled(self) -> bool:
        return self.house.login_needs_tls and not self.wire.tls

    def capability_words(self) -> bytes:
        if self.mailbox is not None:
            words = sorted(self.house.capabilities - _HIDDEN_AFTER)
        else:
            words = [word for word in _SHOWN_BEFORE if self.can(word)]
            if self.can("STARTTLS") and not self.wire.tls:
                words.append("STARTTLS")
            if self.login_disabled:
                words = [*(word for word in words if word != "AUTH=PLAIN"), "LOGINDISABLED"]
        words.sort(key=lambda word: word != "IMAP4rev1")
        return b"CAPABILITY " + " ".join(words).encode("ascii")

    async def untagged(self, text: bytes) -> None:
        await self.wire.send(b"* " + text + b"\r\n")

    async def use_condstore(self) -> None:
        """From now on answers carry MODSEQ (RFC 7162, 3.1)."""
        if self.condstore or not self.can("CONDSTORE"):
            return
        self.condstore = True
        if self.view is not None:
            await self.untagged(b"OK [HIGHESTMODSEQ %d] Highest" % self.view.folder.highestmodseq)

    async def use_qresync(self) -> None:
        """From now on VANISHED is told in EXPUNGE's place (RFC 7162, 3.2.3)."""
        self.qresync = True
        await self.use_condstore()

    async def tell(self, *, expunges: bool = True, uid: bool = False) -> None:
        """Tell the client what changed."""
        if self.view is None:
            return
        seen = self.condstore
        out = self.view.news(expunges=expunges, uid=uid or seen, modseq=seen, vanished=self.qresync)
        if out:
            await self.wire.send(b"".join(out))

    def end(self, text: bytes = b"Mailbox is gone") -> None:
        """Say BYE and hang up as soon as the session can."""
        self._over = text
        self.wire.stir()

    def check_over(self) -> None:
        if self._over:
            raise Gone

    def due(self, at: At) -> Fault | None:
        return self.house.due(Moment(at, self.verb, self.login, self.wire.number))

    async def suffer(self, fault: Fault | None) -> None:
        """Carry out a fault, as far as it is not the business of who asked for it."""
        match fault and fault.do:
            case Do.HANG_UP:
                self.wire.abort()
                raise Gone
            case Do.STALL:
                await self.wire.stall()
                raise Gone
            case _ if fault is None:
                return
            case Do.BYE:
                await self.untagged(b"BYE " + fault.text)
                raise Gone
            case Do.SAY:
                await self.wire.send(fault.words(self.tag))
            case Do.SLOW:
                self.wire.slow_down(fault.size, fault.pause)
            case Do.NO:
                raise No(fault.text.decode("latin-1"))
            case Do.BAD:
                raise Bad(fault.text.decode("latin-1"))
            case _:
                return

    # the conversation
    async def run(self, commands: Commands) -> None:
        try:
            await self._greet()
            while True:
                self.check_over()
                await self._one(commands)
        except (Gone, OSError):
            await self._farewell()
        finally:
            self.look_at(None)
            self.wire.close()

    async def _farewell(self) -> None:
        if self._over:
            try:
                await self.untagged(b"BYE " + self._over)
            except Gone:
                return

    async def _greet(self) -> None:
        fault = self.due(At.GREETING)
        await self.suffer(fault)
        if fault is not None and fault.do is Do.PREAUTH:
            self.enter(fault.text.decode())
            await self.untagged(b"PREAUTH [" + self.capability_words() + b"] Logged in")
            return
        await self.untagged(b"OK [" + self.capability_words() + b"] Rehearsal ready.")

    async def _one(self, commands: Commands) -> None:
        self.tag, self.verb, self.lie = b"*", "", None
        try:
            answer = await self._obey(await self._read(), commands)
            self._bad = 0
        except No as error:
            answer = b"NO " + str(error).encode("latin-1")
        except Bad as error:
            if isinstance(error, TooLong):
                self._note_tag(error.head)
                await self.wire.rest_of_line()
            answer = b"BAD " + str(error).encode("latin-1")
            self._bad += 1
        except (Gone, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - one broken command must not take the server along
            _LOG.error("a rehearsal command failed: %s", type(error).__name__)
            answer = b"BAD [SERVERBUG] Internal error"
        if self._bad > MOST_BAD:
            self.end(b"Too many invalid commands")
        if answer:  # STARTTLS has answered itself
            await self.wire.send(self.tag + b" " + answer + b"\r\n")
        if self.verb == "LOGOUT":
            raise Gone

    async def _obey(self, cursor: Cursor, commands: Commands) -> bytes:
        command = commands.get(self.verb)
        if command is None or (command.capability and not self.can(command.capability)):
            raise Bad("Unknown command")
        self._check(command.needs)
        fault = self.due(At.COMMAND)
        await self.suffer(fault)
        self.lie = fault if fault is not None and fault.do is Do.LIE else None
        answer = await command.run(self, cursor)
        await self.tell(expunges=self.verb not in _BY_NUMBER, uid=self.verb.startswith("UID "))
        await self.suffer(self.due(At.ANSWERED))
        return answer

    def _note_tag(self, line: bytes) -> None:
        found = _TAG.match(line)
        if self.tag == b"*" and found is not None:
            self.tag = found[0]

    def _check(self, needs: Needs) -> None:
        if needs is Needs.NO_LOGIN and self.mailbox is not None:
            raise Bad("Already logged in")
        if needs in {Needs.LOGIN, Needs.FOLDER} and self.mailbox is None:
            raise Bad("Please login first")
        if needs is Needs.FOLDER and self.view is None:
            raise Bad("No mailbox selected")

    async def _read(self) -> Cursor:
        """The next command with its literals, behind its verb; tag and verb are noted."""
        line = await self.next_line()
        self.house.hear(self.wire.number, login=self.login, tls=self.wire.tls, line=line)
        cursor = Cursor(line)
        self.tag = cursor.word(_TAG)
        cursor.space()
        verb = cursor.key()
        if verb == "UID":
            cursor.space()
            verb = "UID " + cursor.key()
        self.verb = verb
        if not _LITERAL.search(line):
            return cursor
        return Cursor(await self._with_literals(line), cursor.at)

    async def next_line(self) -> bytes:
        while (line := self.wire.whole_line()) is None:
            await self.wire.stirred()
            self.check_over()
        return line

    async def _with_literals(self, line: bytes) -> bytes:
        most = LARGEST_MAIL if self.verb == "APPEND" and self.mailbox else LARGEST_COMMAND
        whole = bytearray(line)
        while match := _LITERAL.search(line):
            size, unasked = int(match[1]), bool(match[2])
            if unasked and not self.can("LITERAL+"):
                self.end(b"No LITERAL+ here")
                raise Bad("Invalid literal")
            if len(whole) + size > most:
                if unasked:
                    self.end(b"Too large")  # it is under way, and nobody will read it
                raise No("[TOOBIG] Too large")
            if not unasked:
                await self.wire.send(b"+ OK\r\n")
            whole += b"\r\n" + await self._literal(size)
            line = await self.next_line()
            whole += line
        return bytes(whole)

    async def _literal(self, size: int) -> bytes:
        fault = self.due(At.UPLOAD)
        if fault is not None:
            await self.wire.exactly(min(size, fault.after))
            await self.suffer(fault)
        return await self.wire.exactly(size)
