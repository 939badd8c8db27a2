"""The status line: how the mailboxes are, what is new, where one stands."""

from collections.abc import Sequence

from textual.app import ComposeResult

from store.model.mailbox import SyncState
from store.model.views import MailboxStatus, OfficeStatus
from tui import keys
from tui.i18n import _, ngettext
from tui.plain import EMPTY, Row, Span, cells_of
from tui.sentences import cause
from tui.widgets.kept import Across
from tui.widgets.lines import Bar
from tui.words import sync_word

_TROUBLE = (SyncState.NEEDS_SIGN_IN, SyncState.BROKEN, SyncState.OFFLINE)
_MINUTE = 60
PLACE_CELLS = 20  # so that nothing moves when a badge comes


def office_row(status: OfficeStatus, *, clients: bool = True) -> Row:
    """The mailboxes in a few words: trouble first, then progress, else that all is well; then what may come next."""
    boxes = status.mailboxes
    if not boxes:
        words = _("No mailbox synced yet: press {key}, then “sync my email”.").format(
            key=keys.BY_ACTION["palette"].shown
        )
        return (Span(words, "answer"),)
    trouble = [box for box in boxes if box.state in _TROUBLE]
    syncing = [box for box in boxes if box.state is SyncState.SYNCING]
    spans: list[Span] = []
    if trouble:
        spans += _trouble(trouble)
    if syncing:
        spans += [Span(" · ", "faint")] * bool(spans) + list(_progress(syncing))
    if spans:
        return tuple(spans)
    return (*_quiet(boxes), *(() if clients else _next_step()))


def _next_step() -> Row:
    """Mail is here and nobody's client folder: where those are found."""
    before, _key, after = _("{key} finds your clients").partition("{key}")
    key = keys.BY_ACTION["go_clients"].shown
    return (Span(" · ", "faint"), Span(before, "dim"), Span(key, "accent"), Span(after, "dim"))


def _quiet(boxes: Sequence[MailboxStatus]) -> Row:
    synced = [box for box in boxes if box.state is SyncState.SYNCED]
    others = [box for box in boxes if box.state is not SyncState.SYNCED]
    spans: list[Span] = []
    if synced:
        words = ngettext("{count} mailbox up to date", "{count} mailboxes up to date", len(synced))
        spans += [Span("✓ ", "done"), Span(words.format(count=len(synced)), "dim")]
    for box in others[:2]:
        spans += [Span(" · " if spans else "", "faint"), Span(f"{box.address}: {sync_word(box.state)}", "dim")]
    return tuple(spans)


def _trouble(boxes: Sequence[MailboxStatus]) -> list[Span]:
    box = boxes[0]
    spans = [Span("! ", "warn"), Span(f"{box.address}: {sync_word(box.state)}", "warn")]
    if box.last_error:
        spans.append(Span(f" ({cause(box.last_error)})", "dim"))
    if len(boxes) > 1:
        more = len(boxes) - 1
        spans.append(Span(" " + ngettext("and {count} more", "and {count} more", more).format(count=more), "dim"))
    return spans


def _progress(boxes: Sequence[MailboxStatus]) -> Row:
    done, total = sum(box.done for box in boxes), sum(box.total for box in boxes)
    rate = sum(box.rate for box in boxes)
    name = boxes[0].address if len(boxes) == 1 else ngettext("{count} mailbox", "{count} mailboxes", len(boxes))
    spans = [Span(_("syncing {name}").format(name=name.format(count=len(boxes))), "accent")]
    if total:
        spans.append(Span("  " + _("{done} of {total}").format(done=done, total=total)))
    if rate:
        spans.append(Span(" · " + _("{rate} a second").format(rate=f"{rate:.0f}"), "dim"))
    left = max((box.eta_s or 0 for box in boxes), default=0)
    if left:
        spans.append(Span(" · " + left_words(left), "dim"))
    return tuple(spans)


def left_words(seconds: int) -> str:
    """Time left, roughly."""
    if seconds < 2 * _MINUTE:
        return ngettext("{count} second left", "{count} seconds left", seconds).format(count=seconds)
    minutes = round(seconds / _MINUTE)
    return ngettext("{count} minute left", "{count} minutes left", minutes).format(count=minutes)


def place_row(*, notices: int, typed: str) -> Row:
    """The right end: keys that wait, Inbox+ with its badge."""
    spans: list[Span] = []
    if typed:
        spans += [Span(typed, "strong"), *([Span("   ")] if notices else [])]
    if notices:
        spans += [Span("Inbox+ ", "accent"), Span(str(notices), "accent strong")]
    return tuple(spans)


class StatusLine(Across):
    """What was said to the person goes before how the office is, and has the line, until `hush`; beside it stand only
    Inbox+ with its badge and keys that wait.

    The cursor's place is a widget of its own, as wide as it needs, so that moving the cursor sends no more than that.
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._words = Bar(id="status-words")
        self._place = Bar(id="status-place")
        self._position = Bar(id="status-position")
        self._office: Row = (Span(_("opening the office…"), "dim"),)
        self._said: Row = EMPTY
        self._passing = False
        self._busy: Row = EMPTY
        self._notices = 0
        self._typed = ""
        self._at = (0, 0)

    def compose(self) -> ComposeResult:
        yield self._words
        yield self._place
        yield self._position

    def office(self, row: Row) -> None:
        """How the mailboxes are."""
        if self._passing and row != self._office:
            self._said = EMPTY
        self._office = row
        self._tell()

    def speak(self, words: str, *, look: str = "", passing: bool = False) -> None:
        """A sentence to the person; a passing one gives way as soon as the mailboxes have news."""
        self._said, self._passing = (Span(words, look),), passing
        self._tell()

    def busy(self, words: str) -> None:
        """How far something long has come; nothing when it is over. A sentence to the person goes before."""
        self._busy = (Span(words, "accent"),) if words else EMPTY
        self._tell()

    def hush(self) -> None:
        """The sentence has been read."""
        if self._said:
            self._said = EMPTY
            self._tell()

    def notices(self, count: int) -> None:
        """Inbox+ and its badge."""
        self._notices = count
        self._tell()

    def typed(self, keys: str) -> None:
        """Keys that wait for others."""
        self._typed = keys
        self._tell()

    def at(self, *, position: int, total: int) -> None:
        """The cursor's place in its list."""
        self._at = (position, total)
        self._tell()

    def _tell(self) -> None:
        position, total = self._at
        at = f"{position}/{total}" if total else ""
        right = place_row(notices=self._notices, typed=self._typed)
        self._position.display = not self._said
        self._place.display = bool(right) or not self._said
        self._place.styles.width = max(cells_of(right) + 2, 0 if self._said else PLACE_CELLS)
        self._words.say((Span(" "), *(self._said or self._busy or self._office)))
        self._place.say(right=(*right, Span("  ")))
        self._position.styles.width = 2 * len(str(total)) + 3 if total else 1
        self._position.say(right=(Span(at), Span(" ")))
