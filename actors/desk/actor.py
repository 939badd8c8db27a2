"""DeskActor: the one thread that writes the vault. It settles, keeps and announces; it never waits, and never parses.

A thin shell over DeskWriter: each message is one transaction, and what follows is posted after its commit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actors.base import Ground, PostroomActor
from actors.desk.bundling import Bundle, answers, as_one, may_join
from actors.desk.writer import DeskWriter
from actors.messages import (
    AppendDone,
    AppendNoted,
    AskChanges,
    AskErrands,
    AskFiles,
    AskOutbox,
    AskSaving,
    AskSent,
    AttachmentsStaged,
    AuditTold,
    BodyFailed,
    Boot,
    Carried,
    ClosePass,
    Command,
    Continue,
    DeclareFolders,
    Deposit,
    ErrandDone,
    FilesFound,
    FilesRead,
    Finish,
    GaveUp,
    LocalUids,
    MailAnswered,
    MailBegun,
    MailboxTold,
    MailDue,
    MailStumbled,
    OpenPass,
    OtherSignedIn,
    OutboxStirred,
    Restarted,
    SenderStarted,
    TakeMail,
    Tick,
    WantBody,
)
from actors.switchboard import OUTBOX, mailbox_name
from store.model.ids import MailboxKey
from store.model.record import Record
from store.vault.mailboxes import OUTBOX_VALIDITY
from store.vault.vault import Vault

RunCommand = Callable[[Command], object]  # the answer, or the refusal as a value


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskParts:
    """What the desk is made of. `open_vault` is called on its own thread: the writer's connection belongs to that."""

    open_vault: Callable[[], Vault]
    commands: Callable[[DeskWriter], RunCommand]
    jitter: Callable[[], float]


class DeskActor(PostroomActor):
    """See the module."""

    def __init__(self, ground: Ground, parts: DeskParts) -> None:
        super().__init__(ground)
        self._parts = parts
        self._writer: DeskWriter | None = None
        self._run_command: RunCommand | None = None
        self._continuing = False
        self._bundle = Bundle()

    @property
    def writer(self) -> DeskWriter:
        """Opened with the first message, on this thread."""
        if self._writer is None:
            self._writer = DeskWriter(self._parts.open_vault(), self.clock, jitter=self._parts.jitter)
        return self._writer

    def receive(self, message: Any) -> Any:  # noqa: ANN401 - narrowed by the match
        if isinstance(message, Deposit) and may_join(message):
            self._join(message)
            return None
        self._write_bundle()
        answer = self._handle(message)
        self._post_tells()
        return answer

    def _post_tells(self) -> None:
        tells, self.writer.tells = self.writer.tells, []
        for name, told in tells:
            self.tell(name, told)

    def _join(self, message: Deposit) -> None:
        """Written with the next one if that waits already, else at once."""
        if not self._bundle.takes(message):
            self._write_bundle()
        self._bundle.add(message)
        if self._bundle.full or self.actor_inbox.empty():
            self._write_bundle()

    def _write_bundle(self) -> None:
        deposits = self._bundle.take()
        if not deposits:
            return
        hand, self.in_hand = self.in_hand, None
        try:
            answered = answers(deposits, self.writer.deposit(as_one(deposits)))
        except Exception:  # noqa: BLE001 - one of them is to blame: alone it is known which
            self._one_by_one(deposits)
        else:
            for answer in reversed(answered):
                self._answer(deposits[0].origin.mailbox, answer)
        self.in_hand = hand
        self._post_tells()

    def _one_by_one(self, deposits: list[Deposit]) -> None:
        for message in deposits:
            self.in_hand = message.id
            self._deposited(message)
            self._post_tells()

    def _handle(self, message: Any) -> object:  # noqa: ANN401 - narrowed by the match
        writer = self.writer
        match message:
            case Deposit():
                self._deposited(message)
            case OpenPass():
                self._answer(message.mailbox, writer.open_pass(message))
            case ClosePass():
                self._answer(message.origin.mailbox, writer.close_pass(message))
            case DeclareFolders():
                self._answer(message.mailbox, writer.declare(message))
            case LocalUids():
                writer.local_uids(message)
            case Command():
                return self._command(message)
            case MailBegun():
                return writer.mail_begun(message)
            case OtherSignedIn():
                writer.other_signed_in(message)
            case Tick():
                writer.tick()
                self._go_on()
            case Continue():
                self._slice()
            case Boot():
                self._go_on()
            case Restarted() | Finish():
                pass
            case _:
                self._follow(message)
        return None

    def _follow(self, message: Any) -> None:  # noqa: ANN401 - narrowed by the match
        writer = self.writer
        match message:
            case MailboxTold():
                writer.told(message)
            case AskChanges():
                writer.give_changes(message)
            case Carried():
                writer.carried(message)
            case AuditTold():
                writer.audit(message)
            case WantBody():
                writer.want_body(message)
            case BodyFailed():
                writer.body_failed(message)
            case AskErrands():
                writer.open_errands()
            case ErrandDone():
                writer.errand_done(message)
            case GaveUp():
                writer.gave_up(message)
            case AskSaving():
                writer.open_saving()
            case AttachmentsStaged():
                writer.attachments_staged(message)
            case AskFiles():
                writer.open_files()
            case FilesRead():
                writer.files_read(message)
            case FilesFound():
                writer.files_found(message)
            case _:
                self._send(message)

    def _send(self, message: Any) -> None:  # noqa: ANN401 - narrowed by the match
        writer = self.writer
        match message:
            case AskOutbox():
                writer.open_outbox()
            case MailDue():
                writer.mail_due(message)
            case SenderStarted():
                writer.sender_started(message)
            case TakeMail():
                writer.take_mail(message)
            case MailAnswered() | MailStumbled():
                writer.mail_settled(message)
            case AskSent():
                writer.ask_sent(message)
            case AppendNoted():
                writer.append_noted(message)
            case AppendDone():
                writer.append_done(message)
            case _:
                raise TypeError(type(message).__name__)

    def _deposited(self, message: Deposit) -> None:
        """What was sent comes from no mailbox's look: the outbox learns that it is kept."""
        answer = self.writer.deposit(message)
        if message.origin.uidvalidity == OUTBOX_VALIDITY:
            self.writer.tells.append((OUTBOX, OutboxStirred()))
        else:
            self._answer(message.origin.mailbox, answer)

    def _command(self, message: Command) -> object:
        if self._run_command is None:
            self._run_command = self._parts.commands(self.writer)
        answer = self._run_command(message)
        self._go_on()
        return answer

    def _answer(self, mailbox: MailboxKey, message: Record) -> None:
        """Told before what else follows: the deposit is done."""
        self.writer.tells.insert(0, (mailbox_name(mailbox), message))

    # ---- Past mail and the index, in slices between messages

    def _go_on(self) -> None:
        if not self._continuing:
            self._continuing = True
            self.post(Continue())

    def _slice(self) -> None:
        self._continuing = False
        writer = self.writer
        if writer.settle_past() or writer.let_go() or writer.part() or writer.erase() or writer.idle():
            self._go_on()

    def on_stop(self) -> None:
        if self._writer is not None:
            self._writer.vault.close()
