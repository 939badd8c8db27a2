"""What is copied of a mailbox ([S4], [S5]), changed later: its UIDs are pending again, or its copies let go.

Nothing that is filed is let go, and nothing goes on the server. Must not decide which UIDs are older: a look asks the
server.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from actors.desk.commands.ground import Act
from actors.desk.commands.own_names import own_names
from actors.desk.commands.past import settle_past
from actors.desk.commands.resolving import mailbox_of
from actors.desk.commands.voices import clean_signature
from actors.messages import SettingsChanged
from actors.switchboard import mailbox_name
from store.model.errors import BadRequest
from store.model.ids import MailboxKey
from store.model.ledger import SkipReason
from store.model.mailbox import MailboxScope, MailboxSettings
from store.model.uidset import UidSet
from store.model.views import Done
from store.rules.authserv import clean
from store.rules.copying import DAY, goes_deeper
from store.rules.permissions import Action
from store.vault.mailboxes import KeptMailbox

_ALL: Final = UidSet([(1, 4_294_967_295)])


def set_mailbox(
    act: Act,
    *,
    address: str,
    scope: MailboxScope | None = None,
    history_from: int | None = None,
    shared: Sequence[str] | None = None,
    save_attachments: bool | None = None,
    on_behalf: bool | None = None,
    signature: str | None = None,
    signature_html: bool = False,
    aliases: Sequence[str] | None = None,
    never_sync: Sequence[str] | None = None,
    no_send: bool = False,
    authserv_id: str | None = None,
) -> Done:
    """What is not said stays as it is; `history_from` 0 is everything, `shared` all of others' folders, `aliases` and
    `never_sync` all there are; `authserv_id` empty believes nobody.
    """
    box = mailbox_of(act, address)
    act.need(Action.USE_MAILBOX, mailbox=box.mailbox)
    if box.kind == "local":
        raise BadRequest("local_mailbox")
    if history_from is not None and not 0 <= history_from <= act.now:
        raise BadRequest("bad_value", field="history")
    history = box.settings.history_from if history_from is None else history_from or None
    before = box.settings
    after = msgspec.structs.replace(
        before,
        scope=scope or box.scope,
        history_from=history,
        shared=_shared(act, box, shared),
        save_attachments=before.save_attachments if save_attachments is None else save_attachments,
        on_behalf=before.on_behalf if on_behalf is None else on_behalf,
        signature=before.signature if signature is None else clean_signature(signature),
        signature_html=before.signature_html if signature is None else signature_html and bool(signature.strip()),
        smtp=None if no_send else before.smtp,
        authserv_id=before.authserv_id if authserv_id is None else _server(authserv_id),
    )
    names = own_names(act, box, aliases=aliases, never_sync=never_sync)
    if after == before and not names:
        return Done(done=False, affected=0)
    if after == before:
        _tell(act, box, after)
        return Done(done=True, affected=1)
    act.vault.mailboxes.set_up(box.mailbox, after)
    act.people_changed(rights=False)
    _pending_again(act, box.mailbox, box.settings, after)
    _let_go(act, box.mailbox, box.settings, after)
    if after.scope is not box.scope and after.scope is not MailboxScope.CLIENTS:
        settle_past(act, act.vault.emails.unfiled_in(box.mailbox), kind="set_mailbox", expected=len)
    _tell(act, box, after)
    return Done(done=True, affected=1)


def _server(text: str) -> str | None:
    """Whose word on a sender is believed from now on."""
    server = clean(text)
    if server is None:
        raise BadRequest("bad_value", field="authserv_id")
    return server or None


def _shared(act: Act, box: KeptMailbox, names: Sequence[str] | None) -> tuple[str, ...]:
    """Only what the server shows can be chosen; what it shows no longer, kept or left out."""
    if names is None:
        return box.settings.shared
    chosen = tuple(sorted(set(names)))
    if not act.vault.mailboxes.offered(box.mailbox).union(box.settings.shared).issuperset(chosen):
        raise BadRequest("no_such_folder")
    return chosen


def _pending_again(act: Act, mailbox: MailboxKey, before: MailboxSettings, after: MailboxSettings) -> None:
    """What was passed over as no client's; and what was too old, of which the next look finds what still is."""
    more = before.scope is MailboxScope.CLIENTS and after.scope is not MailboxScope.CLIENTS
    for folder in act.vault.mailboxes.every_folder(mailbox):
        if more:
            act.vault.ledger.again(folder.folder, folder.uidvalidity, _ALL, SkipReason.NOT_A_CLIENT)
            act.vault.skipped.drop_folder(folder.folder)
        if goes_deeper(before.history_from, after.history_from):
            act.vault.ledger.again(folder.folder, folder.uidvalidity, _ALL, SkipReason.BEFORE_HISTORY)


def _let_go(act: Act, mailbox: MailboxKey, before: MailboxSettings, after: MailboxSettings) -> None:
    """Unfiled copies that the mailbox does not want any more, in slices beside the sync."""
    if after.scope is MailboxScope.CLIENTS and before.scope is not MailboxScope.CLIENTS:
        act.vault.skipped.release_unfiled(mailbox, before=None, due=act.now)
    elif after.history_from is not None and goes_deeper(after.history_from, before.history_from):
        act.vault.skipped.release_unfiled(mailbox, before=after.history_from - DAY, due=act.now)


def _tell(act: Act, box: KeptMailbox, after: MailboxSettings) -> None:
    changed = SettingsChanged(settings=after, incarnation=box.incarnation, paused=box.paused)
    act.turn.tell(mailbox_name(box.mailbox), changed)
    act.announce("mailbox_told", mailbox=box.mailbox)
    act.about = f"mailbox {box.mailbox}"
