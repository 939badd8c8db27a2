"""Every command of the desk, run once: its effect, journal entry, undo and first answer in one transaction.

A refusal changes nothing and is an answer like another. Must not be called on two threads.
"""

import os
import pwd
from collections.abc import Callable
from typing import Any, Final

from actors.desk.commands import (
    assigning,
    away,
    clients,
    closing,
    commenting,
    departing,
    documents,
    erasing,
    exporting,
    filing,
    first_clients,
    importing,
    mailbox_settings,
    mailboxes,
    marking,
    members,
    merging_clients,
    moving,
    notices,
    noting,
    people,
    privacy,
    rights,
    ruling,
    sending,
    settings,
    sharing,
    signing_in,
    snoozing,
    spamming,
    stopping,
    voices,
    writing,
)
from actors.desk.commands.answers import digest, packed, unpacked
from actors.desk.commands.ground import LookUp, Writer, begin
from actors.desk.commands.refusals import Refusals
from actors.desk.commands.undoing import last_acts, undo
from actors.desk.following import journal
from actors.desk.turn import Turn
from actors.messages import Command
from store.model.errors import BadRequest, Conflict, DeskError, NotAllowed, NotFound
from store.model.views import Done
from store.vault.acts import KeptAnswer

METHODS: Final[dict[str, Callable[..., object]]] = {
    "file": filing.file,
    "mark": marking.mark,
    "archive": moving.archive,
    "delete": moving.delete,
    "move": moving.move,
    "spam": spamming.spam,
    "unspam": spamming.unspam,
    "done": closing.done,
    "reopen": closing.reopen,
    "snooze": snoozing.snooze,
    "assign": assigning.assign,
    "comment": commenting.comment,
    "undo": undo,
    "put_draft": writing.put_draft,
    "attach_piece": writing.attach_piece,
    "attach": writing.attach,
    "detach": writing.detach,
    "discard": writing.discard,
    "send": sending.send,
    "cancel": sending.cancel,
    "retry": sending.retry,
    "resolve": sending.resolve,
    "add_mailbox": mailboxes.add_mailbox,
    "pause": mailboxes.pause,
    "resume": mailboxes.resume,
    "set_mailbox": mailbox_settings.set_mailbox,
    "set_own_address": voices.set_own_address,
    "open_import": mailboxes.open_import,
    "signed_in": signing_in.signed_in,
    "set_provider": signing_in.set_provider,
    "keep_secrets": signing_in.keep_secrets,
    "stop_mailbox": stopping.stop_mailbox,
    "reset_mailbox": stopping.reset_mailbox,
    "share": sharing.share,
    "unshare": sharing.unshare,
    "leave_firm": departing.leave_firm,
    "journal": members.see_journal,
    "import_copies": mailboxes.import_copies,
    "add_client": clients.add_client,
    "add_contact": clients.add_contact,
    "link": clients.link,
    "unlink": clients.unlink,
    "set_email_sync": clients.set_email_sync,
    "set_notify": people.set_notify,
    "rename_client": people.rename_client,
    "tag_client": people.tag_client,
    "set_domain": people.set_domain,
    "merge_clients": merging_clients.merge_clients,
    "rename_contact": people.rename_contact,
    "add_address": people.add_address,
    "remove_address": people.remove_address,
    "merge_contacts": people.merge_contacts,
    "remove_contact": people.remove_contact,
    "import_people": importing.import_people,
    "client_from": first_clients.client_from,
    "make_clients": first_clients.make_clients,
    "add_member": members.add_member,
    "set_access": members.set_access,
    "set_role": rights.set_role,
    "set_wall": rights.set_wall,
    "set_private": privacy.set_private,
    "set_away": away.set_away,
    "set_setting": settings.set_setting,
    "add_rule": ruling.add_rule,
    "remove_rule": ruling.remove_rule,
    "put_note": noting.put_note,
    "remove_note": noting.remove_note,
    "begin_export": exporting.begin_export,
    "end_export": exporting.end_export,
    "erase_client": erasing.erase_client,
    "hold_client": exporting.hold_client,
    "stage_document": documents.stage_document,
    "add_document": documents.add_document,
    "save_attachment": documents.save_attachment,
    "rename_document": documents.rename_document,
    "move_document": documents.move_document,
    "delete_document": documents.delete_document,
    "see_notice": notices.see_notice,
    "archive_notice": notices.archive_notice,
    "later_notice": notices.later_notice,
    "never_notice": notices.never_notice,
}
# A draft is kept after every pause in typing; what it became is journalled when it is sent.
UNJOURNALLED: Final = frozenset({"put_draft", "attach_piece", "attach", "detach", "stage_document"})


def system_login(name: str) -> int | None:
    """The uid behind a login of this system."""
    try:
        return pwd.getpwnam(name).pw_uid
    except (KeyError, ValueError):
        return None


class Commands:
    """See the module."""

    def __init__(
        self,
        writer: Writer,
        *,
        look_up: LookUp = system_login,
        own_uid: int | None = None,
        chance: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._writer = writer
        self._refusals = Refusals()
        self._extra: dict[str, dict[str, Any]] = {
            "add_member": {"look_up": look_up, "own_uid": os.getuid() if own_uid is None else own_uid},
            "send": {"chance": chance},
        }

    def __call__(self, command: Command) -> object:
        """The answer, or the refusal as a value."""
        try:
            with self._writer.turn() as turn:
                known = self._known(command)
                return self._run(turn, command) if known is None else known
        except DeskError as refused:
            return self._refuse(command, refused)

    def _known(self, command: Command) -> object | None:
        """The first answer, if this is a repeat; a refusal, if its id was another question's."""
        kept = self._writer.vault.answers.get(command.member, command.id)
        if kept is None:
            return None
        return unpacked(kept.method, kept.answer) if kept.asked == digest(command) else BadRequest("id_reused")

    def _run(self, turn: Turn, command: Command) -> object:
        method = METHODS.get(command.method)
        if method is None:
            raise BadRequest("bad_value", field="method")
        act = begin(turn, member=command.member, as_=command.as_, request=command.id)
        answer = method(act, **self._arguments(command))
        nothing = isinstance(answer, Done) and not answer.done
        if not nothing and command.method not in UNJOURNALLED:
            self._journal(turn, command, command.method, act.about)
        self._keep(turn, command, answer)
        return answer

    def _arguments(self, command: Command) -> dict[str, Any]:
        return {**command.arguments, **self._extra.get(command.method, {})}

    def _refuse(self, command: Command, refused: DeskError) -> DeskError:
        with self._writer.turn() as turn:
            if command.method == "undo" and isinstance(refused, Conflict):
                self._drop_undo(turn, command)
            if isinstance(refused, (NotAllowed, NotFound)):
                count = self._refusals.count(command.member, command.method, now=turn.now)
                if count:
                    self._journal(turn, command, "refused", f"{command.method} {count}")
            self._keep(turn, command, refused)
        return refused

    def _drop_undo(self, turn: Turn, command: Command) -> None:
        """What cannot be undone any more must not stand before what can."""
        actor = command.member if command.as_ is None else command.as_
        for kept in last_acts(turn.vault, actor, now=turn.now):
            turn.vault.undos.remove(kept.undo)

    def _journal(self, turn: Turn, command: Command, action: str, about: str) -> None:
        journal(turn, action, about, member=command.member, as_member=command.as_)

    def _keep(self, turn: Turn, command: Command, answer: object) -> None:
        first = KeptAnswer(command.method, digest(command), packed(answer))
        turn.vault.answers.keep(command.member, command.id, first, at=turn.now)
