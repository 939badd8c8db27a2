"""A mailbox in memory that speaks MailSource and MailWatch, can be told to fail, and counts what it was asked.

    mailbox = ScriptedMailbox()
    mailbox.deliver("INBOX", raw)
    mailbox.fail("fetch", Unavailable("closed"), after=3)
    source = mailbox.connect(server, "login", "pass")

It passes the same contract as the real servers. Several sources may be open on one mailbox, as several sessions are.
"""

import itertools
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from msgspec.structs import replace

from providers.errors import AuthRefused, Refused, Unavailable, Unsupported
from providers.protocols import (
    Arrived,
    Capabilities,
    Changes,
    Content,
    Fetched,
    FlagsOf,
    FolderStatus,
    Glance,
    ListedFolder,
    Moved,
    Secret,
    Selected,
    Server,
)
from store.mime.fields import HEADER_FIELDS
from store.model.uidset import UidSet

Item = TypeVar("Item")

EVERYTHING = Capabilities(
    idle=True,
    move=True,
    uidplus=True,
    condstore=True,
    qresync=True,
    esearch=True,
    special_use=True,
    list_status=True,
    enable=True,
)
USUAL = {"INBOX": "inbox", "Sent": "sent", "Drafts": "drafts", "Junk": "junk", "Trash": "trash", "Archive": "archive"}


@dataclass
class ScriptedMail:
    raw: bytes
    flags: tuple[str, ...] = ()
    internaldate: int = 1_700_000_000
    modseq: int = 1


@dataclass
class ScriptedFolder:
    name: str
    special_use: str = ""
    uidvalidity: int = 1
    uidnext: int = 1
    mails: dict[int, ScriptedMail] = field(default_factory=dict)
    expunged: dict[int, int] = field(default_factory=dict)  # UID: the count of changes at which it went

    def listed(self) -> ListedFolder:
        return ListedFolder(
            name=self.name, raw=self.name.encode(), delimiter="/", special_use=self.special_use, selectable=True
        )


@dataclass
class _Failure:
    method: str
    error: Exception
    times: int
    after: int


class ScriptedMailbox:
    """What stands on the server. All methods are safe from any thread."""

    def __init__(self, *, capabilities: Capabilities = EVERYTHING, password: str | None = None) -> None:
        self.capabilities = capabilities
        self.password = password
        self.lock = threading.RLock()
        self.folders = {name: ScriptedFolder(name=name, special_use=use) for name, use in USUAL.items()}
        self.calls: Counter[str] = Counter()
        self.open_sources = 0
        self.before: Callable[[str], None] = lambda _method: None  # called ahead of each method: to wait, or to change
        self._failures: list[_Failure] = []
        self._modseq = 1
        self._watches: list[ScriptedWatching] = []

    # ------------------------------------------------------------ what happens on the server
    def deliver(
        self,
        folder: str,
        raw: bytes,
        *,
        flags: Sequence[str] = (),
        internaldate: int = 1_700_000_000,
        uid: int | None = None,
    ) -> int:
        """A mail arrives; whoever watches the folder hears of it."""
        with self.lock:
            place = self.folders.setdefault(folder, ScriptedFolder(name=folder))
            given = place.uidnext if uid is None else uid
            place.uidnext = max(place.uidnext, given + 1)
            place.mails[given] = ScriptedMail(raw, tuple(flags), internaldate, self.next_modseq())
        self.stir(folder)
        return given

    def expunge(self, folder: str, uid: int) -> None:
        with self.lock:
            del self.folders[folder].mails[uid]
            self.folders[folder].expunged[uid] = self.next_modseq()
        self.stir(folder)

    def set_flags(self, folder: str, uid: int, flags: Sequence[str]) -> None:
        with self.lock:
            mail = self.folders[folder].mails[uid]
            mail.flags, mail.modseq = tuple(flags), self.next_modseq()
        self.stir(folder)

    def new_uidvalidity(self, folder: str) -> None:
        """The folder is made anew on the server: the same mails under other UIDs."""
        with self.lock:
            place = self.folders[folder]
            mails = [place.mails[uid] for uid in sorted(place.mails)]
            place.uidvalidity += 1
            place.mails = dict(enumerate(mails, start=1))
            place.uidnext = len(mails) + 1
            place.expunged.clear()
        self.stir(folder)

    def next_modseq(self) -> int:
        with self.lock:
            self._modseq += 1
            return self._modseq

    @property
    def modseq(self) -> int:
        return self._modseq

    # ------------------------------------------------------------ what goes wrong
    def fail(self, method: str, error: Exception, *, times: int = 1, after: int = 0) -> None:
        """The next calls of a method fail; an iterator's after so many items. `connect` and `watch` can fail too."""
        with self.lock:
            self._failures.append(_Failure(method, error, times, after))

    def due(self, method: str) -> tuple[Exception, int] | None:
        with self.lock:
            for failure in self._failures:
                if failure.method == method:
                    failure.times -= 1
                    if not failure.times:
                        self._failures.remove(failure)
                    return failure.error, failure.after
        return None

    # ------------------------------------------------------------ doors
    def connect(self, server: Server, login: str, password: Secret, *, timeout: float = 30) -> "ScriptedSource":
        """In the place of `providers.imap.session.connect`."""
        self.called("connect")
        if self.password is not None and password != self.password:
            raise AuthRefused("login")
        with self.lock:
            self.open_sources += 1
        return ScriptedSource(self)

    def called(self, method: str) -> tuple[int, Exception | None]:
        """Count, wait or fail; what an iterator may still yield, and the error that it then raises."""
        self.before(method)
        with self.lock:
            self.calls[method] += 1
        error, after = self.due(method) or (None, 0)
        if error is not None and not after:
            raise error
        return after, error

    def watch(
        self,
        server: Server,
        login: str,
        secret: Secret,
        folder: str,
        *,
        on_stir: Callable[[], None],
        on_lost: Callable[[BaseException], None],
    ) -> "ScriptedWatching":
        """This mailbox is its own MailWatch."""
        watching = ScriptedWatching(self, folder, on_stir, on_lost)
        failure = self.due("watch")
        if failure is not None:
            watching.cancelled = True
            on_lost(failure[0])
            return watching
        with self.lock:
            self._watches.append(watching)
        on_stir()
        return watching

    def stop(self) -> None:
        with self.lock:
            self._watches.clear()

    def stir(self, folder: str) -> None:
        for watching in self._standing():
            if watching.folder == folder:
                watching.on_stir()

    def lose(self, error: BaseException) -> None:
        """All watches end."""
        for watching in self._standing():
            watching.cancelled = True
            watching.on_lost(error)

    def _standing(self) -> list["ScriptedWatching"]:
        with self.lock:
            self._watches = [watching for watching in self._watches if not watching.cancelled]
            return list(self._watches)


class ScriptedWatching:
    def __init__(
        self,
        mailbox: ScriptedMailbox,
        folder: str,
        on_stir: Callable[[], None],
        on_lost: Callable[[BaseException], None],
    ) -> None:
        self.folder, self.on_stir, self.on_lost = folder, on_stir, on_lost
        self.cancelled = False
        self._mailbox = mailbox
        self._source: ScriptedSource | None = None
        self._seen: tuple[int, dict[int, tuple[str, ...]]] | None = None  # mail may have come before

    def cancel(self) -> None:
        self.cancelled = True

    def _there(self) -> tuple[int, dict[int, tuple[str, ...]]]:
        with self._mailbox.lock:
            place = self._mailbox.folders[self.folder]
            return place.uidvalidity, {uid: mail.flags for uid, mail in place.mails.items()}

    def glance(self) -> Glance | None:
        before, now = self._seen, self._there()
        self._seen = now
        refused = self._mailbox.due("glance")
        if refused or before is None or before[0] != now[0] or not before[1].items() <= now[1].items():
            return None
        self._mailbox.called("glance")
        with self._mailbox.lock:
            self._mailbox.open_sources += 1
            self._source = ScriptedSource(self._mailbox)
            selected = self._source.open(self.folder)
            return Glance(self._source, selected, UidSet.of(self._mailbox.folders[self.folder].mails))

    def give_back(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            source.close()
            if self._there() != self._seen:
                self.on_stir()


class ScriptedSource:
    """One logged-in session."""

    def __init__(self, mailbox: ScriptedMailbox) -> None:
        self._mailbox = mailbox
        self._folder: ScriptedFolder | None = None
        self._writable = False
        self._closed = False
        self.selection = 0
        self._opened_at = 0

    @property
    def capabilities(self) -> Capabilities:
        return self._mailbox.capabilities

    def folders(self, *, status: bool = False) -> list[ListedFolder]:
        self._ask("folders")
        told = status and self.capabilities.list_status
        with self._mailbox.lock:
            places = sorted(self._mailbox.folders.values(), key=lambda one: (one.name != "INBOX", one.name))
            return [replace(place.listed(), status=self._status(place) if told else None) for place in places]

    def status(self, folder: ListedFolder) -> FolderStatus:
        self._ask("status")
        return self._status(self._place(folder.name))

    def _status(self, place: ScriptedFolder) -> FolderStatus:
        return FolderStatus(
            uidvalidity=place.uidvalidity,
            uidnext=place.uidnext,
            messages=len(place.mails),
            highestmodseq=self._mailbox.modseq if self.capabilities.condstore else 0,
        )

    def select(
        self, folder: ListedFolder, *, writable: bool = False, qresync: tuple[int, int] | None = None
    ) -> Selected:
        self._folder = None
        self.selection += 1
        self._ask("select")
        return self.open(folder.name, writable=writable, qresync=qresync)

    def open(self, name: str, *, writable: bool = False, qresync: tuple[int, int] | None = None) -> Selected:
        self._folder, self._writable = self._place(name), writable
        self._opened_at = self._mailbox.modseq
        return Selected(
            uidvalidity=self._folder.uidvalidity,
            uidnext=self._folder.uidnext,
            exists=len(self._folder.mails),
            highestmodseq=self._mailbox.modseq if self.capabilities.condstore else 0,
            read_only=not writable,
            changes=self._changes(self._folder, qresync) if qresync and self.capabilities.qresync else None,
        )

    def _changes(self, place: ScriptedFolder, known: tuple[int, int]) -> Changes | None:
        uidvalidity, since = known
        if uidvalidity != place.uidvalidity or not 0 < since <= self._mailbox.modseq:
            return None
        flags = tuple(one for one in self._told(None) if one.modseq > since)
        return Changes(
            since=since,
            vanished=UidSet.of(uid for uid, at in place.expunged.items() if at > since),
            told=UidSet.of(one.uid for one in flags),
            flags=flags,
        )

    def still(self) -> bool:
        self._ask("still")
        self._selected()
        return self._mailbox.modseq == self._opened_at

    def uids(self, *, since: int | None = None) -> UidSet:
        self._ask("uids")
        earliest = 0 if since is None else max(0, since - 86_400) // 86_400 * 86_400
        return UidSet.of(uid for uid, mail in self._selected().mails.items() if mail.internaldate >= earliest)

    def flags(self, uids: UidSet | None = None, *, changed_since: int = 0) -> Iterator[list[FlagsOf]]:
        if changed_since and not self.capabilities.condstore:
            raise Unsupported("condstore")
        items, error = self._ask("flags")
        mails = self._selected().mails
        told = [one for one in self._told(uids) if not changed_since or mails[one.uid].modseq > changed_since]
        return _until(iter([told] if told else []), items, error)

    def fetch(self, uids: UidSet, *, whole: bool, limit: int) -> Iterator[Fetched]:
        items, error = self._ask("fetch")
        self._opened_at = 0  # news may come among the answers
        return _until(self._fetched(self._selected(), uids, self.selection, whole=whole), items, error)

    def pipeline(self, *, limit: int) -> "ScriptedPipeline":
        return ScriptedPipeline(self, limit)

    def _fetched(self, folder: ScriptedFolder, uids: UidSet, selection: int, *, whole: bool) -> Iterator[Fetched]:
        for uid in sorted(folder.mails, reverse=True):
            if selection != self.selection:
                raise Refused("interrupted")
            mail = folder.mails.get(uid)
            if mail is None or uid not in uids:
                continue
            yield Fetched(
                uid=uid,
                raw=mail.raw if whole else header_fields(mail.raw),
                whole=whole,
                flags=mail.flags,
                internaldate=mail.internaldate,
                size=len(mail.raw),
                modseq=mail.modseq if self.capabilities.condstore else 0,
            )

    def store_flags(self, uids: UidSet, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> list[FlagsOf]:
        self._ask("store_flags")
        folder = self._for_writing()
        with self._mailbox.lock:
            for uid, mail in folder.mails.items():
                if uid in uids:
                    kept = [flag for flag in mail.flags if flag not in remove]
                    mail.flags = tuple(dict.fromkeys([*kept, *add]))
                    mail.modseq = self._mailbox.next_modseq()
        return self._told(uids)

    def move(self, uids: UidSet, target: ListedFolder) -> Moved:
        self._ask("move")
        folder, place = self._for_writing(), self._place(target.name)
        gone = self.capabilities.move or self.capabilities.uidplus
        with self._mailbox.lock:
            source = tuple(uid for uid in sorted(folder.mails) if uid in uids)
            put = []
            for uid in source:
                mail = folder.mails[uid]
                put.append(
                    self._mailbox.deliver(place.name, mail.raw, flags=mail.flags, internaldate=mail.internaldate)
                )
                if gone:
                    self._mailbox.expunge(folder.name, uid)
                else:
                    self._mailbox.set_flags(folder.name, uid, (*mail.flags, "\\Deleted"))
        if not self.capabilities.uidplus or not source:
            return Moved()
        return Moved(uidvalidity=place.uidvalidity, source=source, target=tuple(put))

    def expunge(self, uids: UidSet) -> bool:
        self._ask("expunge")
        folder = self._for_writing()
        if not self.capabilities.uidplus:
            return False
        with self._mailbox.lock:
            for uid in [uid for uid, mail in folder.mails.items() if uid in uids and "\\Deleted" in mail.flags]:
                self._mailbox.expunge(folder.name, uid)
        return True

    def append(
        self, folder: ListedFolder, raw: bytes | Content, *, flags: Sequence[str] = (), internaldate: int | None = None
    ) -> Moved:
        self._ask("append")
        raw = raw if isinstance(raw, bytes) else b"".join(raw)
        place = self._place(folder.name)
        when = 1_700_000_000 if internaldate is None else internaldate
        uid = self._mailbox.deliver(place.name, raw, flags=flags, internaldate=when)
        return Moved(uidvalidity=place.uidvalidity, target=(uid,)) if self.capabilities.uidplus else Moved()

    def create(self, raw: bytes) -> None:
        self._ask("create")
        name = raw.decode()
        with self._mailbox.lock:
            use = USUAL.get(name.rpartition("/")[2], "")
            self._mailbox.folders.setdefault(name, ScriptedFolder(name=name, special_use=use))

    def search_address(self, address: str, *, since: int | None = None) -> UidSet:
        self._ask("search_address")
        dated, mails = self.uids(since=since), self._selected().mails
        return UidSet.of(uid for uid in dated if _names(mails[uid].raw, address))

    def search_message_id(self, message_id: str) -> UidSet:
        self._ask("search_message_id")
        wanted = message_id.strip().strip("<>")
        mails = self._selected().mails.items()
        return UidSet.of(uid for uid, mail in mails if _message_id(mail.raw) == wanted)

    def noop(self) -> None:
        self._ask("noop")

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            with self._mailbox.lock:
                self._mailbox.open_sources -= 1

    # ------------------------------------------------------------ inside
    def _ask(self, method: str) -> tuple[int, Exception | None]:
        if self._closed:
            raise Unavailable("closed")
        return self._mailbox.called(method)

    def _place(self, name: str) -> ScriptedFolder:
        place = self._mailbox.folders.get(name)
        if place is None:
            raise Refused("no_folder")
        return place

    def _selected(self) -> ScriptedFolder:
        if self._folder is None:
            raise Refused("no")
        return self._folder

    def _for_writing(self) -> ScriptedFolder:
        if self._folder is None or not self._writable:
            raise Refused("read_only")
        return self._folder

    def _told(self, uids: UidSet | None) -> list[FlagsOf]:
        modseq = self.capabilities.condstore
        return [
            FlagsOf(uid=uid, flags=mail.flags, modseq=mail.modseq if modseq else 0)
            for uid, mail in sorted(self._selected().mails.items())
            if uids is None or uid in uids
        ]


class ScriptedPipeline:
    """Fetches by turns, a copy of each, as a server may that carries them out together. A refusal ends its own."""

    def __init__(self, source: ScriptedSource, limit: int) -> None:
        self._source, self._limit, self._selection = source, limit, source.selection
        self._added = 0
        self._running: deque[tuple[int, Iterator[Fetched]]] = deque()

    @property
    def under_way(self) -> int:
        return len(self._running)

    def add(self, uids: UidSet, *, whole: bool) -> int:
        self._added += 1
        self._running.append((self._added, self._source.fetch(uids, whole=whole, limit=self._limit)))
        return self._added

    def read(self) -> Arrived:
        if not self._running or self._selection != self._source.selection:
            raise Refused("interrupted")
        number, copies = self._running[0]
        try:
            copy = next(copies, None)
        except Refused as error:
            self._running.popleft()
            return Arrived(fetch=number, error=error)
        if copy is None:
            self._running.popleft()
            return Arrived(fetch=number)
        self._running.rotate(-1)
        return Arrived(fetch=number, copy=copy)


def _until(items: Iterator[Item], count: int, error: Exception | None) -> Iterator[Item]:
    """The items; where a failure is due, so many and then the failure, however few there are."""
    if error is None:
        yield from items
        return
    yield from itertools.islice(items, count)
    raise error


def header_fields(raw: bytes) -> bytes:
    """What BODY[HEADER.FIELDS (…)] gives: the fields asked for, folded as they are, and the empty line."""
    wanted = {name.lower().encode() for name in HEADER_FIELDS}
    kept: list[bytes] = []
    keep = False
    for line in raw.replace(b"\r\n", b"\n").split(b"\n"):
        if not line:
            break
        if line[:1] not in b" \t":
            keep = line.partition(b":")[0].strip().lower() in wanted
        if keep:
            kept.append(line)
    return b"".join(line + b"\r\n" for line in [*kept, b""])


def _message_id(raw: bytes) -> str:
    for line in header_fields(raw).split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"message-id":
            return value.decode("utf-8", "replace").strip().strip("<>")
    return ""


def _names(raw: bytes, address: str) -> bool:
    """Whether the address stands in From, To or Cc, as servers look for it: as a part of them."""
    fields = (line.partition(b":") for line in header_fields(raw).lower().split(b"\r\n"))
    return any(
        name.strip() in (b"from", b"to", b"cc") and address.lower().encode() in value for name, _, value in fields
    )
