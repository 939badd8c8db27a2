"""A mailbox as its members see it, answered by the commands that make or change one."""

from collections.abc import Iterable

from actors.desk.commands.ground import Act
from store.model.ids import MailboxKey
from store.model.mailbox import MailboxView, SyncState
from store.model.never_sync import thread_in
from store.vault.ids import Ids
from store.vault.mailboxes import KeptMailbox


def view(act: Act, mailbox: MailboxKey) -> MailboxView:
    """As it is now."""
    box = act.vault.mailboxes.all()[mailbox]
    members = act.turn.book.members
    texts = act.vault.addresses.texts(box.addresses)
    return MailboxView(
        mailbox=act.vault.ids.mailbox(mailbox),
        settings=box.settings,
        members=tuple(sorted(members[key].name for key in box.members if key in members)),
        paused=box.paused,
        state=_state(box),
        aliases=tuple(texts[key] for key in box.addresses[1:]),
        never_sync=never_sync_told(box.never_sync, act.vault.ids),
        broke_at=box.broke_at,
    )


def never_sync_told(patterns: Iterable[str], ids: Ids) -> tuple[str, ...]:
    """Threads by their ids."""
    keys = [(one, thread_in(one)) for one in patterns]
    return tuple(one if thread is None else str(ids.thread(thread)) for one, thread in keys)


def _state(box: KeptMailbox) -> SyncState:
    if box.paused:
        return SyncState.PAUSED
    if box.kind == "local":
        return SyncState.SYNCED
    return SyncState.SYNCING if box.progress is None else box.progress.state
