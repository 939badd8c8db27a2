"""MailSource over IMAP: what a mailbox's work connection can do. One owner, one thread; it decides nothing."""

import datetime as dt
import socket
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from providers.errors import Refused, Unsupported
from providers.imap.arguments import Argument, Flag, HeaderFields, Payload, short_sets
from providers.imap.connection import Connection, refusal
from providers.imap.fetching import claims_too_much, fetched, there
from providers.imap.folders import listed, status_in, status_of, with_uses
from providers.imap.login import sign_on
from providers.imap.namespaces import Prefixes, prefixes, told_apart
from providers.imap.pipeline import Pipeline
from providers.imap.responses import (
    Tagged,
    Untagged,
    code_of,
    fetch_item,
    number,
    uids_in_order,
    uids_of_esearch,
    uids_of_search,
)
from providers.imap.selecting import Opening
from providers.protocols import (
    Capabilities,
    Content,
    Fetched,
    FlagsOf,
    FolderStatus,
    ListedFolder,
    MailSource,
    Moved,
    Secret,
    Selected,
    Server,
)
from store.model.address import Address, MessageId, NotAllowed
from store.model.labels import is_label, raw_of
from store.model.uidset import MAX_UID, UidSet

CHUNK_FLAGS: Final = 1000
_ALL: Final = UidSet([(1, MAX_UID)])


def connect(server: Server, login: str, secret: Secret, *, timeout: float = 30) -> MailSource:
    """Connected, secured, logged in. Raises ProviderError."""
    session = Session(sign_on(server, login, secret, timeout=timeout))
    try:
        session.enable()
        session.learn_namespaces()
    except BaseException:
        session.close()
        raise
    return session


class Session:
    """One logged-in connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._capabilities = _capabilities(connection.words)
        self._selected: Selected | None = None
        self._opened_at = 0
        self._enabled = False  # QRESYNC
        self._prefixes: Prefixes = ()
        self._forgets = False  # the numbers that it gives when a folder is only looked at: see Opening
        self._labelled = False  # the selected folder is All Mail: what it holds has labels

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def enable(self) -> None:
        """QRESYNC, which must be asked for before a folder is opened; who does not confirm it does not have it."""
        if not self._capabilities.qresync:
            return
        answers, _ = self._connection.answer("ENABLE", "QRESYNC")
        enabled = {word for answer in answers if answer.kind == "ENABLED" for word in answer.text.upper().split()}
        if b"QRESYNC" not in enabled:
            self._capabilities = msgspec.structs.replace(self._capabilities, qresync=False)
        self._enabled = b"QRESYNC" in enabled

    def learn_namespaces(self) -> None:
        """Which folders are others'; a server that refuses has nothing to tell."""
        if self._capabilities.namespace:
            answers, _ = self._connection.answer("NAMESPACE")
            self._prefixes = prefixes(answers)

    # ------------------------------------------------------------ folders
    def folders(self, *, status: bool = False) -> list[ListedFolder]:
        from providers.imap.vendor import decode_name  # imapclient costs 61 ms

        can, words = self._capabilities, self._connection.words
        wanted: tuple[Argument, ...] = ()
        if can.special_use and ("LIST-EXTENDED" in words or "IMAP4REV2" in words):
            wanted += ("SPECIAL-USE",)
        if status and can.list_status:
            wanted += ("STATUS", self._status_items())
        answers = self._do("LIST", b"", b"*", *(("RETURN", wanted) if wanted else ()))
        told = dict(status_of(answer) for answer in answers if answer.kind == "STATUS")
        found = [listed(answer, decode_name, told) for answer in answers if answer.kind == "LIST"]
        return with_uses(told_apart(found, self._prefixes))

    def status(self, folder: ListedFolder) -> FolderStatus:
        found = FolderStatus(uidvalidity=0, uidnext=0, messages=0)
        for answer in self._do("STATUS", folder.raw, self._status_items()):
            if answer.kind == "STATUS":
                found = status_in(answer)
        return found

    def _status_items(self) -> tuple[Argument, ...]:
        return ("UIDVALIDITY", "UIDNEXT", "MESSAGES") + (("HIGHESTMODSEQ",) if self._capabilities.condstore else ())

    def select(
        self, folder: ListedFolder, *, writable: bool = False, qresync: tuple[int, int] | None = None
    ) -> Selected:
        self._selected = None
        self._labelled = self._capabilities.gmail and folder.special_use == "all"
        self._connection.selection += 1
        resyncs = self._enabled and not self._labelled  # it tells flags, and no labels
        known = qresync if qresync is not None and resyncs and all(qresync) else None
        opening = Opening(known)
        tagged = self._open(folder, opening, known, writable=writable or self._forgets)
        if opening.forgets and not (writable or self._forgets or self._capabilities.condstore):
            self._forgets = True
            opening = Opening(known)
            tagged = self._open(folder, opening, known, writable=True)
        self._selected = opening.selected(tagged, writable=writable)
        self._opened_at = self._connection.news
        return self._selected

    def _open(self, folder: ListedFolder, opening: Opening, known: tuple[int, int] | None, *, writable: bool) -> Tagged:
        exchange = self._connection.ask("SELECT" if writable else "EXAMINE", folder.raw, *self._parameters(known))
        opening.hear(exchange)
        tagged = exchange.drain()
        if tagged.status != "OK":
            error = refusal(tagged)
            raise Refused("no_folder") if isinstance(error, Refused) else error
        return tagged

    def _parameters(self, known: tuple[int, int] | None) -> tuple[Argument, ...]:
        if known is not None:
            return (("QRESYNC", tuple(str(one) for one in known)),)
        return (("CONDSTORE",),) if self._capabilities.condstore else ()

    def still(self) -> bool:
        if self._selected is None:
            raise Refused("no")
        self.noop()
        return self._connection.news == self._opened_at

    def wake(self, tag: bytes, *, exists: int, timeout: float) -> Selected:
        """The socket that was released is back, in an IDLE of that tag, which is ended: gives the folder that is open.
        IDLE told `exists`; an answer may take `timeout` seconds.
        """
        if self._selected is None:
            raise Refused("no")
        self._connection.line.resume(timeout)
        self._connection.end_idle(tag)
        self._selected = msgspec.structs.replace(self._selected, exists=exists)
        return self._selected

    @property
    def counted(self) -> int:
        """Counts what told that mail came or went."""
        return self._connection.counted

    # ------------------------------------------------------------ UIDs and flags
    def uids(self, *, since: int | None = None) -> UidSet:
        keys: tuple[Argument, ...] = ("ALL",) if since is None else ("SINCE", _day_before(since))
        found = self._search(*(("RETURN", ("ALL",)) if self._capabilities.esearch else ()), *keys)
        exists = 0 if self._selected is None else self._selected.exists
        return there(self._connection, found) if claims_too_much(found, exists=exists) else found

    def _search(self, *keys: Argument) -> UidSet:
        ranges: list[tuple[int, int]] = []
        for answer in self._connection.stream("UID", "SEARCH", *keys):
            if answer.kind == "SEARCH":
                ranges += uids_of_search(answer.text)
            elif answer.kind == "ESEARCH":
                ranges += uids_of_esearch(answer.text)
        return UidSet(ranges)

    def flags(self, uids: UidSet | None = None, *, changed_since: int = 0) -> Iterator[list[FlagsOf]]:
        if changed_since and not self._modseq():
            raise Unsupported("condstore")
        return self._flags(_ALL if uids is None else uids, changed_since, self._connection.selection)

    def _flags(self, asked: UidSet, changed_since: int, selection: int) -> Iterator[list[FlagsOf]]:
        since: tuple[Argument, ...] = (("CHANGEDSINCE", str(changed_since)),) if changed_since else ()
        items = ("UID", "FLAGS", *self._modseq(), *self._labels())
        labelled = self._labelled
        chunk: list[FlagsOf] = []
        for short in short_sets(asked):
            for answer in self._connection.stream("UID", "FETCH", short, items, *since, selection=selection):
                found = _flags_of(answer, labelled=labelled)
                if found is not None and found.uid in asked:
                    chunk.append(found)
                if len(chunk) >= CHUNK_FLAGS:
                    yield chunk
                    chunk = []
        if chunk:
            yield chunk

    def store_flags(self, uids: UidSet, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> list[FlagsOf]:
        self._need_writable()
        found: dict[int, FlagsOf] = {}
        for sign, names in (("+FLAGS", add), ("-FLAGS", remove)):
            flags = tuple(Flag(name) for name in names if not is_label(name))
            labels = tuple(raw_of(name) for name in names if is_label(name))
            for what, given in ((sign, flags), (f"{sign[0]}X-GM-LABELS", labels)):
                for short in short_sets(uids) if given else ():
                    answers = self._connection.stream("UID", "STORE", short, what, given)
                    told = (_stored(answer) for answer in answers)
                    found.update((one.uid, one) for one in told if one is not None and one.uid in uids)
        return [found[uid] for uid in sorted(found)]

    def search_message_id(self, message_id: str) -> UidSet:
        """HEADER finds substrings, so what it finds is looked at."""
        try:
            wanted = MessageId(message_id)
        except NotAllowed:
            return UidSet()
        charset: tuple[Argument, ...] = () if wanted.isascii() else ("CHARSET", "UTF-8")
        candidates = self._search(*charset, "HEADER", "MESSAGE-ID", wanted.encode())
        bearing: list[int] = []
        for short in short_sets(candidates.newest(CHUNK_FLAGS)):
            for answer in self._connection.stream("UID", "FETCH", short, ("UID", HeaderFields(("MESSAGE-ID",)))):
                item = fetch_item(answer) if answer.kind == "FETCH" else None
                if item is not None and item.uid in candidates and _bears(item.raw or b"", wanted):
                    bearing.append(item.uid)
        return UidSet.of(bearing)

    def search_address(self, address: str, *, since: int | None = None) -> UidSet:
        try:
            wanted = Address(address)
        except NotAllowed:
            return UidSet()
        returned: tuple[Argument, ...] = ("RETURN", ("ALL",)) if self._capabilities.esearch else ()
        charset: tuple[Argument, ...] = () if wanted.isascii() else ("CHARSET", "UTF-8")
        named = wanted.encode()
        keys: tuple[Argument, ...] = ("OR", "FROM", named, "OR", "TO", named, "CC", named)
        dated: tuple[Argument, ...] = () if since is None else ("SINCE", _day_before(since))
        return self._search(*returned, *charset, *keys, *dated)

    # ------------------------------------------------------------ mail
    def fetch(self, uids: UidSet, *, whole: bool, limit: int) -> Iterator[Fetched]:
        return fetched(self._connection, self.pipeline(limit=limit), uids, whole=whole)

    def pipeline(self, *, limit: int) -> Pipeline:
        number: tuple[Argument, ...] = ("X-GM-MSGID",) if self._capabilities.gmail else ()
        return Pipeline(self._connection, about=(*self._modseq(), *number, *self._labels()), limit=limit)

    def move(self, uids: UidSet, target: ListedFolder) -> Moved:
        self._need_writable()
        moved = Moved()
        for short in short_sets(uids):
            command = "MOVE" if self._capabilities.move else "COPY"
            answers, tagged = self._connection.answer("UID", command, short, target.raw)
            if tagged.status != "OK":
                raise refusal(tagged, adds=True)
            moved = _joined(moved, _copied(answers, tagged, short))
            if not self._capabilities.move:
                self._do("UID", "STORE", short, "+FLAGS.SILENT", (Flag("\\Deleted"),))
                self.expunge(short)
        return moved

    def expunge(self, uids: UidSet) -> bool:
        self._need_writable()
        if self._capabilities.uidplus:
            for short in short_sets(uids):
                self._do("UID", "EXPUNGE", short)
        return self._capabilities.uidplus

    def append(
        self,
        folder: ListedFolder,
        raw: bytes | Content,
        *,
        flags: Sequence[str] = (),
        internaldate: int | None = None,
    ) -> Moved:
        command: tuple[Argument, ...] = ("APPEND", folder.raw)
        if flags:
            command += (tuple(Flag(flag) for flag in flags),)
        if internaldate is not None:
            command += (_written_date(internaldate),)
        if isinstance(raw, bytes):
            _, tagged = self._connection.answer(*command, Payload(raw))
        elif any(b"\0" in piece for piece in raw):
            raise Refused("characters")
        else:
            _, tagged = self._connection.answer(*command, pour=raw)
        if tagged.status != "OK":
            raise refusal(tagged, adds=True)
        code, arguments = code_of(tagged.text)
        words = arguments.split()
        if code != "APPENDUID" or len(words) != 2:
            return Moved()
        return Moved(uidvalidity=number(words[0]), target=(number(words[1], most=MAX_UID),))

    def create(self, raw: bytes) -> None:
        self._do("CREATE", raw)

    # ------------------------------------------------------------ life
    def noop(self) -> None:
        self._do("NOOP")

    def close(self) -> None:
        self._connection.leave()

    def release(self) -> tuple[socket.socket, bytes]:
        """Give the logged-in socket away: this session is over for its owner."""
        return self._connection.line.release()

    # ------------------------------------------------------------ inside
    def _do(self, *arguments: Argument) -> list[Untagged]:
        answers, tagged = self._connection.answer(*arguments)
        if tagged.status != "OK":
            raise refusal(tagged)
        return answers

    def _modseq(self) -> tuple[Argument, ...]:
        return ("MODSEQ",) if self._selected is not None and self._selected.highestmodseq else ()

    def _labels(self) -> tuple[Argument, ...]:
        return ("X-GM-LABELS",) if self._labelled else ()

    def _need_writable(self) -> None:
        if self._selected is None or self._selected.read_only:
            raise Refused("read_only")


def _capabilities(words: frozenset[str]) -> Capabilities:
    rev2 = "IMAP4REV2" in words  # has these without naming them (RFC 9051, appendix E)
    return Capabilities(
        idle=rev2 or "IDLE" in words,
        move=rev2 or "MOVE" in words,
        uidplus=rev2 or "UIDPLUS" in words,
        condstore=bool({"CONDSTORE", "QRESYNC"} & words),
        qresync="QRESYNC" in words and (rev2 or "ENABLE" in words),
        esearch=rev2 or "ESEARCH" in words,
        special_use=rev2 or "SPECIAL-USE" in words,
        list_status=rev2 or "LIST-STATUS" in words,
        enable=rev2 or "ENABLE" in words,
        literal_plus="LITERAL+" in words,
        gmail="X-GM-EXT-1" in words,
        namespace=rev2 or "NAMESPACE" in words,
    )


def _flags_of(answer: Untagged, *, labelled: bool) -> FlagsOf | None:
    """Where there are labels, one without them is news of a flag, and comes again by itself."""
    item = fetch_item(answer) if answer.kind == "FETCH" else None
    if item is None or not item.uid or item.flags is None or (labelled and item.labels is None):
        return None
    return FlagsOf(uid=item.uid, flags=(*item.flags, *(item.labels or ())), modseq=item.modseq)


def _stored(answer: Untagged) -> FlagsOf | None:
    """What STORE answers, of flags or of labels."""
    item = fetch_item(answer) if answer.kind == "FETCH" else None
    if item is None or not item.uid or (item.flags is None and item.labels is None):
        return None
    return FlagsOf(uid=item.uid, flags=(*(item.flags or ()), *(item.labels or ())), modseq=item.modseq)


def _bears(header: bytes, wanted: MessageId) -> bool:
    text = header.decode("utf-8", "replace").partition(":")[2]
    try:
        return MessageId("".join(text.split("\n")).replace("\r", "").replace("\t", " ")) == wanted
    except NotAllowed:
        return False


def _copied(answers: list[Untagged], tagged: Tagged, asked: UidSet) -> Moved:
    """COPYUID stands in the tagged OK, for MOVE before it (RFC 6851, 4.3). One with other UIDs is not believed."""
    texts = [answer.text for answer in answers if answer.kind == "OK"]
    for text in (*texts, tagged.text):
        code, arguments = code_of(text)
        words = arguments.split()
        if code != "COPYUID" or len(words) != 3:
            continue
        source, target = (uids_in_order(word, most=len(asked)) for word in words[1:])
        if len(source) == len(target) and all(uid in asked for uid in source):
            return Moved(uidvalidity=number(words[0]), source=source, target=target)
    return Moved()


def _joined(one: Moved, other: Moved) -> Moved:
    validity = other.uidvalidity or one.uidvalidity
    return Moved(uidvalidity=validity, source=one.source + other.source, target=one.target + other.target)


def _written_date(seconds: int) -> bytes:
    return f"{_day(seconds)} {dt.datetime.fromtimestamp(seconds, dt.UTC):%H:%M:%S} +0000".encode("ascii")


def _day_before(seconds: int) -> str:
    """SEARCH SINCE looks at the day alone, in whatever zone the server keeps (RFC 9051, 6.4.4)."""
    return _day(max(0, seconds - 86_400))


def _day(seconds: int) -> str:
    when = dt.datetime.fromtimestamp(seconds, dt.UTC)
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[when.month - 1]
    return f"{when.day:02d}-{month}-{when.year:04d}"
