"""Several FETCH commands under way at once: the server sends one's answers while it works on the next.

    add ──► FETCH sent ── answers, attributed by UID ──► its tag ──► large copies by parts ──► end
     └────► FETCH sent …                                  (a server may carry several out together: never by tag)

A copy's first part is asked for, so that its size bounds what is read; only a copy that fills it is read on, by parts.
Nothing is kept of what has been taken; who takes nothing leaves it in the socket, and the server waits.
"""

import io
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from providers.errors import Garbled, Refused
from providers.imap.arguments import Argument, HeaderFields, short_sets
from providers.imap.connection import Connection, refusal
from providers.imap.line import MAX_LITERAL
from providers.imap.responses import FetchItem, Tagged, Untagged, fetch_item
from providers.protocols import Arrived, Fetched
from store.mime.fields import HEADER_FIELDS
from store.model.uidset import UidSet

SMALLEST_PART: Final = 64 << 10
MAX_KEPT: Final = 16 << 20  # bytes kept for later: first parts of large copies, and what another command made wait


@dataclass(slots=True, eq=False)
class _Fetch:
    """One `add`: `running` of its commands have no end yet."""

    number: int
    uids: UidSet
    whole: bool
    running: int = 0
    got: set[int] = field(default_factory=set)
    large: dict[int, tuple[FetchItem, io.BytesIO]] = field(default_factory=dict)
    reading_on: int = 0  # the UID whose parts are read
    problem: Refused | None = None


class Pipeline:
    """See the module, and providers.protocols."""

    def __init__(self, connection: Connection, *, about: tuple[Argument, ...], limit: int) -> None:
        self._connection = connection
        self._selection = connection.selection
        self._about: tuple[Argument, ...] = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", *about)
        self._part = max(limit, SMALLEST_PART)
        self._added = 0
        self._fetches: dict[int, _Fetch] = {}
        self._commands: dict[bytes, _Fetch] = {}
        self._arrived: deque[Arrived] = deque()
        self._kept = 0
        self._lost = self._abandoned = False
        self.under_way = 0

    def add(self, uids: UidSet, *, whole: bool) -> int:
        """Send it. The answers are read by `read`."""
        self._check()
        self._connection.take(self)
        self._added += 1
        fetch = self._fetches[self._added] = _Fetch(self._added, uids, whole)
        self.under_way += 1
        wanted: Argument = f"BODY.PEEK[]<0.{self._part}>" if whole else HeaderFields(HEADER_FIELDS)
        for short in short_sets(uids):
            self._send(fetch, short, (*self._about, wanted))
        if not fetch.running:
            self._end(fetch)
        return fetch.number

    def read(self) -> Arrived:
        """The next copy, or the end of a fetch."""
        self._check()
        while not self._arrived:
            if not self._commands:
                raise Refused("interrupted")
            self._step()
        arrived = self._arrived.popleft()
        if arrived.copy is None:
            self.under_way -= 1
        return arrived

    def abandon(self) -> None:
        """Nobody reads on."""
        self._abandoned = True
        self._arrived.clear()

    def make_way(self) -> None:
        """See connection.Taker."""
        while self._commands:
            self._step()
            waiting = sum(len(one.copy.raw) for one in self._arrived if one.copy is not None)
            if self._abandoned or waiting > MAX_KEPT:
                self._lost = True
                self._arrived.clear()

    # ------------------------------------------------------------ inside
    def _check(self) -> None:
        if self._lost or self._selection != self._connection.selection:
            raise Refused("interrupted")

    def _send(self, fetch: _Fetch, uids: UidSet, wanted: tuple[Argument, ...]) -> None:
        tag, _ = self._connection.begin("UID", "FETCH", uids, wanted)
        self._commands[tag] = fetch
        fetch.running += 1

    def _step(self) -> None:
        response = self._connection.step()
        if isinstance(response, Untagged):
            if response.kind == "FETCH":
                self._take(self._read_item(response))
        elif isinstance(response, Tagged):
            self._tagged(self._commands.pop(response.tag), response)
        else:
            self._connection.fail(Garbled("parse"))  # nothing here waits to be asked for more

    def _read_item(self, response: Untagged) -> FetchItem:
        try:
            return fetch_item(response)
        except Garbled as error:
            self._connection.fail(error)

    def _take(self, item: FetchItem) -> None:
        """What nobody asked for is news of a flag, and comes again by itself."""
        raw = item.raw
        if raw is None:
            return
        for fetch in self._fetches.values():
            if fetch.reading_on == item.uid and item.uid:
                self._read_on(fetch, item.uid, raw)
                return
            if item.uid in fetch.uids and item.uid not in fetch.got:
                fetch.got.add(item.uid)
                self._first(fetch, item, raw)
                return

    def _first(self, fetch: _Fetch, item: FetchItem, raw: bytes) -> None:
        if not fetch.whole or len(raw) != self._part:  # longer: a server that gives no parts has given it all
            self._arrived.append(Arrived(fetch=fetch.number, copy=_fetched(item, raw, whole=fetch.whole)))
        elif item.size > MAX_LITERAL:
            fetch.problem = fetch.problem or Refused("too_large", uid=item.uid, size=item.size)
        else:
            fits = self._kept + len(raw) <= MAX_KEPT
            self._kept += len(raw) if fits else 0
            fetch.large[item.uid] = (item._replace(raw=None), io.BytesIO())
            if fits:
                fetch.large[item.uid][1].write(raw)

    def _tagged(self, fetch: _Fetch, tagged: Tagged) -> None:
        fetch.running -= 1
        if tagged.status != "OK":
            error = refusal(tagged)
            if not isinstance(error, Refused):
                raise error
            fetch.problem = fetch.problem or error
            self._forget_large(fetch, *fetch.large)
        if fetch.reading_on:  # a part that was asked for did not come: the copy left the folder meanwhile
            self._forget_large(fetch, fetch.reading_on)
            fetch.reading_on = 0
        if not fetch.running:
            self._go_on(fetch)

    def _go_on(self, fetch: _Fetch) -> None:
        """All commands of a fetch have ended: the next part of a large copy, or the end."""
        if fetch.large and not (self._abandoned or self._lost):
            uid, (_, came) = next(iter(fetch.large.items()))
            self._ask_part(fetch, uid, came.tell() // self._part)
        else:
            self._end(fetch)

    def _ask_part(self, fetch: _Fetch, uid: int, place: int) -> None:
        fetch.reading_on = uid
        self._send(fetch, UidSet.of([uid]), ("UID", f"BODY.PEEK[]<{self._part * place}.{self._part}>"))

    def _read_on(self, fetch: _Fetch, uid: int, raw: bytes) -> None:
        """Until a part comes up short: what a server says about sizes is not always true."""
        if len(raw) > self._part:
            self._connection.fail(Garbled("literal"))
        item, came = fetch.large[uid]
        came.write(raw)
        size = came.tell()
        fetch.reading_on = 0
        if len(raw) == self._part and size <= MAX_LITERAL:
            return  # the next part is asked for when this command has ended
        self._forget_large(fetch, uid)
        if size > MAX_LITERAL:
            fetch.problem = fetch.problem or Refused("too_large", uid=uid, size=size)
        else:
            whole = _fetched(item, came.getvalue(), whole=True)  # its own bytes: nothing is held twice
            self._arrived.append(Arrived(fetch=fetch.number, copy=whole))

    def _forget_large(self, fetch: _Fetch, *uids: int) -> None:
        for uid in uids:
            fetch.large.pop(uid, None)
        if not any(one.large for one in self._fetches.values()):
            self._kept = 0

    def _end(self, fetch: _Fetch) -> None:
        del self._fetches[fetch.number]
        self._arrived.append(Arrived(fetch=fetch.number, error=fetch.problem))


def _fetched(item: FetchItem, raw: bytes, *, whole: bool) -> Fetched:
    return Fetched(
        uid=item.uid,
        raw=raw,
        whole=whole,
        flags=(*(item.flags or ()), *(item.labels or ())),
        internaldate=item.internaldate,
        size=item.size or (len(raw) if whole else 0),
        modseq=item.modseq,
        msgid=item.msgid,
    )
