"""Looks at the headers of a mailbox that is not synced yet, and forgets them ([S1]).

The newest of each folder, read by a parsing process of its own as all mail is, since nothing is parsed in the office.
Must not keep anything, and must not change anything on the server. Blocks: for a thread.
"""

import asyncio
import contextlib
import queue
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from typing import Final

from actors.desk.naming import identity_of
from actors.workers import Workers
from providers.errors import Refused
from providers.protocols import Fetched, ListedFolder, MailSource
from store.model.copy import Copy
from store.model.errors import Away, DeskError
from store.model.labels import DRAFT
from store.model.ledger import SkipReason
from store.model.preview import Glimpse, Glimpsed, Preview
from store.model.uidset import UidSet
from store.model.work import Item, Parsed
from store.rules.evidence import evidence
from store.rules.sync_plan import skip_of

MOST: Final = 10_000  # copies that are looked at
AT_ONCE: Final = 250
HEADER_BYTES: Final = 4 << 20
READ_SECONDS: Final = 90.0  # that the parsing process has for a batch; by its own limits it needs less
ALL: Final = "all"


class Stopped(Exception):
    """Nobody waits for it any more."""


Told = Callable[[int, int], None]  # looked at, of how many


class Previewing:
    """One look, from its beginning to its end."""

    def __init__(
        self,
        source: MailSource,
        *,
        since: int | None,
        authserv_id: str | None,
        told: Told,
        ended: threading.Event,
        most: int = MOST,
    ) -> None:
        self._source = source
        self._since, self._authserv_id = since, authserv_id
        self._told, self._ended, self._most = told, ended, most
        self._seen: list[Glimpse] = []
        self._excluded: Counter[str] = Counter()
        self._looked = 0

    def look(self) -> Glimpsed:
        """Raises ProviderError, Away and Stopped."""
        folders = self._folders()
        wanted = [(folder, self._wanted(folder)) for folder in folders]
        total = sum(len(uids) for _folder, uids in wanted)
        share = min(1.0, self._most / max(total, 1))
        chosen = [(folder, newest(uids, round(len(uids) * share))) for folder, uids in wanted]
        looks = sum(len(uids) for _folder, uids in chosen)
        self._told(0, looks)
        workers = Workers(count=1)
        try:
            for folder, uids in chosen:
                self._glimpse(folder, uids, looks, workers)
        finally:
            workers.stop()
        return Glimpsed(seen=tuple(self._seen), total=total, cut=total - looks, excluded=dict(self._excluded))

    def _folders(self) -> list[ListedFolder]:
        """Those whose mail is copied. Of Gmail's the one that holds all; what is not copied is only counted."""
        listed = [one for one in self._source.folders(status=True) if one.selectable and not one.shared]
        everything = [one for one in listed if one.special_use == ALL]
        labelled = bool(everything) and self._source.capabilities.gmail
        copied = []
        for folder in listed:
            reason = skip_of(folder.special_use)
            if reason is not None:
                if not (labelled and reason is SkipReason.DRAFTS_FOLDER):  # they are in All Mail too, and counted there
                    self._excluded[reason] += self._messages(folder)
            elif not labelled or folder in everything:
                copied.append(folder)
        return copied

    def _messages(self, folder: ListedFolder) -> int:
        try:
            return (folder.status or self._source.status(folder)).messages
        except Refused:
            return 0

    def _wanted(self, folder: ListedFolder) -> UidSet:
        """Of the history that is chosen; a folder that cannot be opened holds nothing for now."""
        self._go_on()
        try:
            selected = self._source.select(folder)
            uids = self._source.uids(since=self._since) if selected.exists else UidSet()
        except Refused:
            return UidSet()
        if self._since is not None:
            self._excluded[SkipReason.BEFORE_HISTORY] += max(selected.exists - len(uids), 0)
        return uids

    def _glimpse(self, folder: ListedFolder, uids: UidSet, looks: int, workers: Workers) -> None:
        if not uids:
            return
        self._source.select(folder)
        for chunk in chunks(uids, AT_ONCE):
            batch: dict[int, Fetched] = {}
            for fetched in self._source.fetch(chunk, whole=False, limit=HEADER_BYTES):
                self._go_on()
                if DRAFT not in fetched.flags:  # of Gmail's; elsewhere they have a folder
                    batch[fetched.uid] = fetched
                else:
                    self._excluded[SkipReason.DRAFTS_FOLDER] += 1
            for copy in self._read(workers, tuple(batch.values())):
                self._seen.append(self._glimpsed(copy, batch[copy.uid]))
            self._looked += len(chunk)
            self._told(self._looked, looks)

    def _glimpsed(self, copy: Copy, fetched: Fetched) -> Glimpse:
        return Glimpse(
            identity=identity_of(copy),
            message_id=copy.headers.message_id,
            date=copy.headers.date,
            at=fetched.internaldate,
            evidence=evidence(copy.headers, copy.body, trusted_authserv=self._authserv_id),
        )

    def _read(self, workers: Workers, batch: Sequence[Fetched]) -> tuple[Copy, ...]:
        """What cannot be read is said to be left out, as it would fail."""
        if not batch:
            return ()
        done: queue.SimpleQueue[Parsed] = queue.SimpleQueue()
        workers.submit([Item(uid=one.uid, raw=one.raw, whole=False, size=one.size) for one in batch], done.put)
        try:
            parsed = done.get(timeout=READ_SECONDS)
        except queue.Empty:
            raise Away("timeout") from None
        self._excluded["unreadable"] += len(parsed.unreadable)
        return parsed.copies

    def _go_on(self) -> None:
        if self._ended.is_set():
            raise Stopped


async def glimpses(look: Callable[[Told, threading.Event], Glimpsed]) -> AsyncGenerator[Preview | Glimpsed, None]:
    """How far a look on a thread is, again and again, and what it saw at its end. Whoever leaves ends it. Raises
    DeskError.
    """
    loop, ended = asyncio.get_running_loop(), threading.Event()
    news: asyncio.Queue[Preview | Glimpsed | BaseException] = asyncio.Queue()

    def tell(what: Preview | Glimpsed | BaseException) -> None:
        with contextlib.suppress(RuntimeError):  # the office ends
            loop.call_soon_threadsafe(news.put_nowait, what)

    def run() -> None:
        try:
            tell(look(lambda looked, total: tell(Preview(looked=looked, total=total)), ended))
        except (DeskError, Stopped) as error:
            tell(error)
        except BaseException as bug:
            tell(bug)
            raise

    threading.Thread(target=run, name="preview", daemon=True).start()
    try:
        while True:
            what = await news.get()
            if isinstance(what, BaseException):
                raise what
            yield what
            if isinstance(what, Glimpsed):
                return
    finally:
        ended.set()


def newest(uids: UidSet, count: int) -> UidSet:
    """The highest so many."""
    return UidSet.of(sorted(uids, reverse=True)[:count])


def chunks(uids: UidSet, size: int) -> Iterator[UidSet]:
    """The newest first."""
    falling = sorted(uids, reverse=True)
    return (UidSet.of(falling[at : at + size]) for at in range(0, len(falling), size))
