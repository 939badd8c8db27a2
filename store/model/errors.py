"""Refusals of the desk: a code with arguments. The sentence is made in the caller's process (docs/architecture.md).

DeskError
├── NotFound      exit 3: no such thing, or hidden: the same words and bytes for both (Z5)
├── NotAllowed    exit 4: a right is missing on something visible
├── BadRequest    exit 2: the request makes no sense; codes say which field
├── Conflict      exit 1: something else changed it meanwhile; nothing was done
├── Away          exit 5: office, server or network; try later or not, as the code says
└── SignInRefused exit 6: the mail server refused the login
"""

from typing import ClassVar, Final

import msgspec

from store.model.record import Record

Argument = str | int | tuple[str, ...]


class DeskError(Exception):
    """`code` is a stable word; `arguments` are what the sentence shows and what the caller may already see."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "error"

    def __init__(self, code: str, **arguments: Argument) -> None:
        super().__init__(code)
        self.code = code
        self.arguments: dict[str, Argument] = arguments


class NotFound(DeskError):
    """Codes: not_found."""

    exit_code = 3
    kind = "not_found"

    def __init__(self) -> None:
        super().__init__("not_found")


class NotAllowed(DeskError):
    """Codes: not_allowed (right), as_refused."""

    exit_code = 4
    kind = "not_allowed"


class BadRequest(DeskError):
    """Codes: bad_address, bad_name, ambiguous_name, bad_query, too_long, bad_value, name_taken, address_taken,
    nothing_to_undo, local_mailbox, no_such_folder, sender_is_own, sender_is_automatic, no_sender_address, cannot_write,
    assignee_cannot_see (name); of writing: no_sender, bad_sender (address), no_recipients,
    cannot_send (address, cause), too_many_recipients, too_many_drafts, too_many_attachments,
    attachments_too_large (most), attachment_broken.
    """

    exit_code = 2
    kind = "bad_request"


class Conflict(DeskError):
    """Codes: changed_since, undo_changed, already_there, sender_has_client (name), file_exists,
    outbox_state (state).
    """

    exit_code = 1
    kind = "conflict"


class Away(DeskError):
    """Codes: no_office, office_gone, version, home_newer, home_locked, not_ours, body_unavailable, timeout,
    server (step, cause, host).
    """

    exit_code = 5
    kind = "away"


class SignInRefused(DeskError):
    """Codes: of a mail server login_refused, imap_off, smtp_off, needs_app_password (step, host); of a provider
    sign_in_refused (cause).
    """

    exit_code = 6
    kind = "sign_in"


_KINDS: Final = {c.kind: c for c in (NotAllowed, BadRequest, Conflict, Away, SignInRefused, DeskError)}


class ErrorFrame(Record, frozen=True, kw_only=True):
    """A DeskError on the wire."""

    kind: str
    code: str
    arguments: dict[str, Argument] = msgspec.field(default_factory=dict)

    @classmethod
    def of(cls, error: DeskError) -> "ErrorFrame":
        """For sending."""
        return cls(kind=error.kind, code=error.code, arguments=error.arguments)

    def error(self) -> DeskError:
        """As raised on the other side."""
        if self.kind == NotFound.kind:
            return NotFound()
        made: type[DeskError] = _KINDS.get(self.kind, DeskError)
        return made(self.code, **self.arguments)
