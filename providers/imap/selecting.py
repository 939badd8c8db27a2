"""What SELECT and EXAMINE tell of a folder, read as it comes: its state, and by QRESYNC what vanished and changed.

However much a server tells, little is kept: UIDs as ranges, flags up to a limit, and what is more is said to be untold.
"""

from collections.abc import Iterable
from typing import Final

from providers.errors import Garbled, Unsupported
from providers.imap.responses import Tagged, Untagged, code_of, fetch_item, number, uid_set
from providers.protocols import Changes, FlagsOf, Selected
from store.model.uidset import UidSet

MAX_CHANGED: Final = 5_000  # flags kept of one SELECT; more are asked for by CHANGEDSINCE
MAX_RANGES: Final = 50_000
MAX_VANISHED: Final = 1 << 20  # bytes of one VANISHED: a list of the folder's UIDs is shorter than that
_EARLIER: Final = b"(EARLIER) "


class Opening:
    """Fed with the responses to one SELECT; `known` is the (UIDVALIDITY, HIGHESTMODSEQ) that was sent by QRESYNC."""

    def __init__(self, known: tuple[int, int] | None) -> None:
        self._known = known
        self._begin()

    def _begin(self) -> None:
        self._numbers: dict[str, int] = {}
        self._vanished: list[tuple[int, int]] = []
        self._told: list[tuple[int, int]] = []
        self._changed: list[FlagsOf] | None = []
        self._whole = True

    def hear(self, responses: Iterable[Untagged]) -> None:
        for response in responses:
            match response.kind:
                case "EXISTS":
                    self._numbers["EXISTS"] = number(response.text)
                case "OK":
                    self._status(response)
                case "VANISHED" if self._known is not None:
                    self._gone(response.text)
                case "FETCH" if self._known is not None:
                    self._change(response)

    def _status(self, response: Untagged) -> None:
        code, arguments = code_of(response.text)
        if code == "CLOSED":
            self._begin()  # what came before was of the folder left behind (RFC 7162, 3.2.11)
        elif code in ("UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ"):
            self._numbers[code] = number(arguments)

    def _gone(self, text: bytes) -> None:
        if not text.upper().startswith(_EARLIER):
            return
        if len(text) > MAX_VANISHED or len(self._vanished) > MAX_RANGES:
            self._whole = False
        else:
            self._vanished += uid_set(text[len(_EARLIER) :].strip()).ranges

    def _change(self, response: Untagged) -> None:
        item = fetch_item(response)
        if not item.uid:
            return
        if self._told and self._told[-1][1] + 1 == item.uid:
            self._told[-1] = (self._told[-1][0], item.uid)
        elif len(self._told) < MAX_RANGES:
            self._told.append((item.uid, item.uid))
        else:
            self._whole = False
        if self._changed is None or item.flags is None or len(self._changed) >= MAX_CHANGED:
            self._changed = None
        else:
            self._changed.append(FlagsOf(uid=item.uid, flags=item.flags, modseq=item.modseq))

    @property
    def forgets(self) -> bool:
        """Whether it tells no UIDNEXT, as old servers do. One of them, Courier, keeps numbers only where a folder is
        opened to be changed: with EXAMINE a UID may mean one mail now and another tomorrow.
        """
        return bool(self._numbers.get("UIDVALIDITY")) and not self._numbers.get("UIDNEXT")

    def selected(self, tagged: Tagged, *, writable: bool) -> Selected:
        told = self._numbers
        if not told.get("UIDVALIDITY"):
            raise Unsupported("uidvalidity")  # RFC 3501, 2.3.1.1: then UIDs mean nothing beyond this session
        return Selected(
            uidvalidity=told["UIDVALIDITY"],
            uidnext=told.get("UIDNEXT", 0),
            exists=told.get("EXISTS", 0),
            highestmodseq=told.get("HIGHESTMODSEQ", 0),
            read_only=not writable or code_of(tagged.text)[0] == "READ-ONLY",
            changes=self._changes(),
        )

    def _changes(self) -> Changes | None:
        """None unless the server could tell all since then: the same UIDVALIDITY, and a count that did not go back."""
        if self._known is None or not self._whole:
            return None
        uidvalidity, since = self._known
        if uidvalidity != self._numbers["UIDVALIDITY"] or not 0 < since <= self._numbers.get("HIGHESTMODSEQ", 0):
            return None
        try:
            vanished, told = UidSet(self._vanished), UidSet(self._told)
        except ValueError:
            raise Garbled("parse") from None
        flags = None if self._changed is None else tuple(self._changed)
        return Changes(since=since, vanished=vanished, told=told, flags=flags)
