"""Puts emails into threads by the ids that they bear and name (rules.threads), and folds threads found to be one."""

from collections.abc import Sequence

from actors.desk.book import Book
from actors.desk.summing import fold
from actors.desk.turn import Turn
from store.model.ids import ThreadKey
from store.model.never_sync import of_thread
from store.rules.threads import Joining, join_all
from store.vault.kept import KeptEmail
from store.vault.threads import KeptThread


def join(turn: Turn, mails: Sequence[KeptEmail]) -> None:
    """New emails, and known ones that name more than before. Each gets its thread."""
    if not mails:
        return
    named = [(mail.name, *mail.names, *turn.joins.get(mail.email, ())) for mail in mails]
    everything = {name for names in named for name in names}
    existing = turn.vault.threads.named(everything)
    sizes = turn.vault.threads.sizes(existing.values())
    joined = join_all(named, existing=existing, sizes=sizes)
    threads = [_thread(turn, group) for group in joined.groups]
    new_names: dict[bytes, ThreadKey] = {}
    for mail, names, group in zip(mails, named, joined.group_of, strict=True):
        thread = threads[group]
        mail.thread = thread.thread
        for name in names:
            if name not in existing and name not in new_names:
                new_names[name] = thread.thread
                thread.size += 1
                thread.moved = True
    turn.vault.threads.add_names(new_names.items())


def _thread(turn: Turn, group: Joining) -> KeptThread:
    if group.keep is None:
        thread = KeptThread(_next_key(turn), new=True)
        turn.threads[thread.thread] = thread
        return thread
    missing = {group.keep, *group.merged} - turn.threads.keys()
    turn.threads.update(turn.vault.threads.load(missing))
    kept = turn.threads[group.keep]
    for other in group.merged:
        merge(turn, kept, turn.threads.pop(other))
    return kept


def merge(turn: Turn, kept: KeptThread, other: KeptThread) -> None:
    """Two threads are one: the ids of both stay good."""
    fold(kept, other)
    turn.vault.emails.move_thread(other.thread, kept.thread)
    turn.vault.threads.merged(other.thread, kept.thread)
    if turn.vault.mailboxes.move_never_sync(of_thread(other.thread), of_thread(kept.thread)):
        turn.book = Book(turn.vault)
    for mail in (*turn.mails.values(), *turn.removed.values()):
        if mail.thread == other.thread:
            mail.thread = kept.thread
    kept.moved = True


def _next_key(turn: Turn) -> ThreadKey:
    if not turn.next_thread:
        turn.next_thread = turn.vault.threads.next_key()
    turn.next_thread += 1
    return ThreadKey(turn.next_thread - 1)
