"""The one table of keys: what each does, where, and what it is called. Footer, palette and help are made from it.

A key acts in the places it names and nowhere else, so that one key may do different things in different places.
No command lives only on Alt, function keys, Ctrl+Enter or Shift+arrows: SSH and tmux lose them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tui.i18n import N_, _
from tui.signs import is_plain


class Place(StrEnum):
    """Where a person is on a screen."""

    FOLDERS = "folders"
    THREADS = "threads"
    READING = "reading"
    SEARCH = "search"  # typing a search
    DIALOG = "dialog"  # a help page, the reasons of a filing
    CHOOSER = "chooser"  # one of many, by typing a part of it
    FORM = "form"  # something is typed into a dialog
    SIGNATURE = "signature"  # a mailbox's
    SYNC_FORM = "sync_form"  # what is entered to sync one's mail
    CONFIRM = "confirm"  # yes or no
    WRITING = "writing"
    OUTBOX = "outbox"  # drafts, and what is on its way
    NOTICES = "notices"  # Inbox+
    CLIENTS = "clients"  # find clients
    CLIENT_LIST = "client_list"  # all clients
    CLIENT = "client"  # a client's profile
    IMPORT = "import"  # contacts from a file
    CONTACT = "contact"  # a contact's addresses and links
    RIGHTS = "rights"  # what a member may see and do
    JOURNAL = "journal"  # what was done, by whom
    RULES = "rules"  # one's own, for filing
    MAILBOXES = "mailboxes"  # Settings › Email integration
    MEMBERS = "members"  # Settings › Team › Members
    SHARED_FOLDERS = "shared_folders"  # of others, in a mailbox
    PROVIDERS = "providers"  # Settings › Providers
    REGISTERING = "registering"  # the steps at one of them
    WELCOME = "welcome"  # an empty home


LISTS: Final = (Place.FOLDERS, Place.THREADS)
PANES: Final = (*LISTS, Place.READING)
WRITTEN: Final = (Place.WRITING, Place.SIGNATURE)
LINED: Final = (Place.FORM, Place.SYNC_FORM)  # what is typed has lines that Enter takes
FORMS: Final = (*LINED, Place.SIGNATURE)
MAIL: Final = (Place.THREADS, Place.READING)
FIRM: Final = (Place.CLIENT_LIST, Place.CLIENT, Place.CONTACT, Place.JOURNAL)
PAGES: Final = (
    Place.OUTBOX,
    Place.NOTICES,
    Place.CLIENTS,
    Place.CLIENT_LIST,
    Place.CLIENT,
    Place.CONTACT,
    Place.IMPORT,
    Place.RIGHTS,
    Place.JOURNAL,
    Place.RULES,
    Place.MAILBOXES,
    Place.MEMBERS,
    Place.PROVIDERS,
    Place.REGISTERING,
    Place.SHARED_FOLDERS,
)
PLACES: Final = (*PANES, *PAGES)
SCROLLS: Final = (*PLACES, Place.DIALOG)


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One action. `keys` are Textual's names, the first is shown; `footer` orders the line of keys, if it is there.

    An action without keys is in the palette only. `brief` is the label where there is hardly any room.
    """

    action: str
    keys: tuple[str, ...]
    places: tuple[Place, ...]
    label: str
    footer: int | None = None
    bound: bool = True  # False: the widget that has the focus does it by itself
    in_palette: bool = True
    brief: str = ""

    @property
    def shown(self) -> str:
        """The key as a person reads it; nothing if there is none."""
        return _readable(self.keys[0]) if self.keys else ""

    @property
    def brief_label(self) -> str:
        """What it is called in the line of keys, in the person's language."""
        return _(self.brief or self.label)


def _move(action: str, keys: tuple[str, ...], label: str) -> Key:
    return Key(action=action, keys=keys, places=SCROLLS, label=label, in_palette=False)


def _mail(action: str, key: str, label: str, *, footer: int | None = None, brief: str = "") -> Key:
    return Key(action=action, keys=(key,) if key else (), places=MAIL, label=label, footer=footer, brief=brief)


def _go(action: str, key: str, label: str) -> Key:
    return Key(action=action, keys=(f"g {key}",) if key else (), places=PLACES, label=label)


def _of_client(action: str, key: str, label: str, *, footer: int, brief: str) -> Key:
    """What is done seldom to a client: by its key, and by its name in the palette."""
    return Key(action=action, keys=(key,), places=(Place.CLIENT,), label=label, footer=footer, brief=brief)


def _in(
    place: Place | tuple[Place, ...],
    action: str,
    keys: tuple[str, ...],
    label: str,
    *,
    footer: int | None,
    bound: bool = True,
    brief: str = "",
) -> Key:
    """A key of one place alone (or of a few), where it needs no palette."""
    return Key(
        action=action,
        keys=keys,
        places=place if isinstance(place, tuple) else (place,),
        label=label,
        footer=footer,
        bound=bound,
        in_palette=False,
        brief=brief,
    )


TABLE: Final[tuple[Key, ...]] = (
    # ---- moving
    _move("down", ("j", "down"), N_("down")),
    _move("up", ("k", "up"), N_("up")),
    _move("half_down", ("ctrl+d", "pagedown", "space"), N_("half a page down")),
    _move("half_up", ("ctrl+u", "pageup"), N_("half a page up")),
    _move("top", ("g g", "home"), N_("to the top")),
    _move("bottom", ("G", "end"), N_("to the end")),
    Key(
        action="open",
        keys=("enter",),
        places=(
            *LISTS,
            Place.OUTBOX,
            Place.NOTICES,
            *FIRM,
            Place.RULES,
            Place.MAILBOXES,
            Place.PROVIDERS,
            Place.MEMBERS,
        ),
        label=N_("open"),
        footer=1,
        in_palette=False,
    ),
    Key(action="fetch", keys=("enter",), places=(Place.READING,), label=N_("fetch the text")),
    Key(action="next_email", keys=("J",), places=MAIL, label=N_("next email")),
    Key(action="previous_email", keys=("K",), places=MAIL, label=N_("previous email")),
    Key(action="quotes", keys=("z",), places=(Place.READING,), label=N_("quotes"), footer=9),
    Key(
        action="left",
        keys=("h", "left"),
        places=PANES,
        label=N_("pane to the left"),
        footer=1,
        in_palette=False,
        brief=N_("folders"),
    ),
    Key(action="right", keys=("l", "right"), places=LISTS, label=N_("pane to the right"), in_palette=False),
    Key(action="next_pane", keys=("tab",), places=PANES, label=N_("next pane"), in_palette=False),
    Key(action="search", keys=("slash",), places=PANES, label=N_("search"), footer=7),
    Key(action="next_hit", keys=("n",), places=MAIL, label=N_("next hit")),
    Key(action="previous_hit", keys=("N",), places=MAIL, label=N_("previous hit")),
    # ---- answering
    _mail("reply", "r", N_("reply"), footer=2),
    _mail("reply_all", "R", N_("reply to all")),
    _mail("forward", "f", N_("forward")),
    Key(action="compose", keys=("c",), places=PLACES, label=N_("write")),
    # ---- what becomes of a thread
    _mail("done", "e", N_("done"), footer=3),
    _mail("reopen", "", N_("no longer done")),
    _mail("archive", "A", N_("archive")),
    _mail("delete", "d", N_("delete")),
    _mail("move", "M", N_("move to a folder")),
    _mail("spam", "exclamation_mark", N_("spam, or not spam")),
    _mail("snooze", "s", N_("snooze"), footer=8),
    _mail("assign", "a", N_("assign"), footer=10),
    _mail("file", "v", N_("file to client"), footer=5, brief=N_("file")),
    _mail("why", "w", N_("why"), footer=11),
    _mail("new_client", "plus", N_("new client from the sender")),
    Key(action="client", keys=("C",), places=PANES, label=N_("the client's profile")),
    _mail("make_rule", "", N_("make a rule from this mail")),
    _mail("sender", "P", N_("the sender's contact")),
    _mail("comment", "t", N_("comment")),
    _mail("private", "H", N_("private, or shared")),
    _mail("read", "m", N_("read or unread")),
    _mail("star", "asterisk", N_("star")),
    Key(action="mark", keys=("x",), places=(Place.THREADS,), label=N_("mark")),
    Key(action="range", keys=("V",), places=(Place.THREADS,), label=N_("mark a range")),
    Key(action="undo", keys=("u",), places=PLACES, label=N_("undo")),
    _mail("repeat", "full_stop", N_("repeat the last act")),
    # ---- out of the screens
    _mail("copy", "y", N_("copy address, link or text")),
    _mail("print", "p", N_("print")),
    _mail("open_part", "o", N_("open an attachment or link")),
    _mail("save", "S", N_("save an attachment")),
    _mail("keep_part", "D", N_("keep an attachment among the client's documents")),
    # ---- places
    _go("go_notices", "n", N_("go to Inbox+")),
    _go("go_inbox", "i", N_("go to the inbox")),
    _go("go_waiting", "w", N_("go to waiting")),
    _go("go_cc", "c", N_("go to Cc")),
    _go("go_assigned", "m", N_("go to assigned to me")),
    _go("go_unfiled", "u", N_("go to unfiled")),
    _go("go_ambiguous", "", N_("go to ambiguous")),
    _go("go_snoozed", "s", N_("go to snoozed")),
    _go("go_done", "e", N_("go to done")),
    _go("go_sent", "t", N_("go to sent")),
    _go("go_drafts", "d", N_("go to drafts")),
    _go("go_outbox", "o", N_("go to the outbox")),
    _go("go_deleted", "x", N_("go to deleted")),
    _go("go_all", "a", N_("go to all mail")),
    _go("go_clients", "f", N_("find clients")),
    _go("go_client_list", "k", N_("go to the clients")),
    _go("go_journal", "j", N_("go to the journal")),
    _go("go_rules", "r", N_("go to my filing rules")),
    _go("go_mailboxes", "b", N_("Email integration")),
    _go("go_members", "l", N_("how members sync")),
    _go("go_providers", "p", N_("registrations with providers")),
    Key(action="sync_email", keys=(), places=PLACES, label=N_("sync my email")),
    # ---- the screens themselves
    Key(action="light", keys=("ctrl+t",), places=PLACES, label=N_("light or dark")),
    Key(action="mouse", keys=("ctrl+g",), places=PLACES, label=N_("mouse on or off")),
    Key(action="palette", keys=("colon",), places=PLACES, label=N_("commands"), footer=8, in_palette=False),
    Key(action="back", keys=("q",), places=SCROLLS, label=N_("back"), footer=12, in_palette=False),
    Key(action="leave", keys=("escape",), places=SCROLLS, label=N_("leave"), in_palette=False),
    Key(action="help", keys=("question_mark",), places=PLACES, label=N_("help"), footer=6),
    # ---- typing a search
    _in(Place.SEARCH, "submit", ("enter",), N_("to the hits"), footer=1, bound=False),
    _in(Place.SEARCH, "leave_search", ("escape",), N_("leave the search"), footer=2),
    # ---- dialogs
    _in(Place.CHOOSER, "choose", ("enter",), N_("choose"), footer=1),
    _in(Place.CHOOSER, "next_option", ("down", "ctrl+n"), N_("next"), footer=None),
    _in(Place.CHOOSER, "previous_option", ("up", "ctrl+p"), N_("previous"), footer=None),
    _in(Place.CHOOSER, "reach", ("tab",), N_("another reach, or next"), footer=None),
    _in(Place.CHOOSER, "cancel_choice", ("escape",), N_("leave"), footer=2),
    _in(LINED, "accept", ("enter",), N_("take it"), footer=1, bound=False),
    _in(FORMS, "accept_lines", ("ctrl+s",), N_("take it"), footer=1),
    _in(LINED, "next_field", ("tab",), N_("next field"), footer=2, bound=False),
    _in(FORMS, "cancel", ("escape",), N_("leave"), footer=3),
    _in(Place.SYNC_FORM, "preview_box", ("ctrl+p",), N_("what it would bring"), footer=2, brief=N_("preview")),
    _in(Place.CONFIRM, "yes", ("y", "enter"), N_("yes"), footer=1),
    _in(Place.CONFIRM, "no", ("n", "escape", "q"), N_("no"), footer=2),
    # ---- writing
    _in(Place.WRITING, "send", ("ctrl+s",), N_("send"), footer=1),
    _in(WRITTEN, "editor", ("ctrl+e",), N_("in $EDITOR"), footer=2),
    _in(Place.WRITING, "attach", ("ctrl+o",), N_("attach a file"), footer=3),
    _in(Place.WRITING, "keep", ("escape",), N_("keep as a draft"), footer=4),
    _in(Place.WRITING, "discard", ("ctrl+x",), N_("discard"), footer=5),
    _in(Place.WRITING, "detach", ("ctrl+r",), N_("remove the last file"), footer=None),
    _in(
        (Place.WRITING, Place.SIGNATURE),
        "preview",
        ("ctrl+p",),
        N_("as it will be read"),
        footer=9,
        brief=N_("preview"),
    ),
    _in(Place.WRITING, "sign", ("ctrl+l",), N_("signature on or off"), footer=None),
    _in(Place.WRITING, "following_field", ("tab",), N_("next field"), footer=6, bound=False),
    _in(Place.WRITING, "preceding_field", ("shift+tab",), N_("previous field"), footer=None, bound=False),
    _in(Place.OUTBOX, "throw_away", ("d",), N_("discard"), footer=3),
    _in(Place.OUTBOX, "try_again", ("r",), N_("try again"), footer=4),
    _in(Place.OUTBOX, "was_sent", ("s",), N_("it was sent"), footer=5),
    # ---- Inbox+
    _in(
        Place.NOTICES,
        "unspam_notice",
        ("exclamation_mark",),
        N_("not spam: to the inbox"),
        footer=9,
        brief=N_("not spam"),
    ),
    _in(Place.NOTICES, "archive_notice", ("e",), N_("archive"), footer=3),
    _in(Place.NOTICES, "later_notice", ("L",), N_("remind me later"), footer=4),
    _in(Place.NOTICES, "never_notice", ("X",), N_("never show again"), footer=5, brief=N_("never again")),
    # ---- find clients
    _in(Place.CLIENTS, "choose_client", ("x",), N_("choose"), footer=1),
    _in(Place.CLIENTS, "rename_client", ("enter",), N_("edit the name"), footer=2, brief=N_("name")),
    _in(Place.CLIENTS, "join_clients", ("J",), N_("join the chosen"), footer=3, brief=N_("join")),
    _in(Place.CLIENTS, "make_clients", ("plus",), N_("make clients"), footer=4),
    # ---- clients
    _in(Place.CLIENT_LIST, "filter_rows", ("slash",), N_("filter"), footer=2),
    _in(Place.CLIENT_LIST, "add_client", ("plus",), N_("new client"), footer=3, brief=N_("new")),
    _in(Place.CLIENT_LIST, "find_person", ("P",), N_("open a contact"), footer=9, brief=N_("contact")),
    _in(Place.CLIENT_LIST, "mark_row", ("x",), N_("mark"), footer=4),
    _in(Place.CLIENT_LIST, "merge_marked", ("J",), N_("merge the marked"), footer=5, brief=N_("merge")),
    Key(
        action="set_tags",
        keys=("t",),
        places=(Place.CLIENT_LIST, Place.CLIENT),
        label=N_("tags"),
        footer=6,
        in_palette=False,
    ),
    _in(Place.CLIENT_LIST, "import_contacts", ("I",), N_("import contacts"), footer=9, brief=N_("import")),
    # ---- a client's profile
    _in(Place.CLIENT, "next_tab", ("tab", "l", "right"), N_("next tab"), footer=2, brief=N_("next")),
    _in(Place.CLIENT, "previous_tab", ("shift+tab", "h", "left"), N_("previous tab"), footer=None),
    _in(Place.CLIENT, "add_here", ("plus",), N_("add"), footer=3),
    _in(Place.CLIENT, "find_here", ("slash",), N_("find documents"), footer=4, brief=N_("find")),
    _in(Place.CLIENT, "set_domains", ("D",), N_("domains"), footer=7),
    _in(Place.CLIENT, "rename_here", ("R",), N_("rename"), footer=5),
    Key(
        action="remove_here",
        keys=("d",),
        places=(Place.CLIENT, Place.CONTACT),
        label=N_("remove"),
        footer=7,
        in_palette=False,
    ),
    _in(Place.CLIENT, "save_here", ("S",), N_("save to disk"), footer=6, brief=N_("save")),
    _in(Place.CLIENT, "move_here", ("M",), N_("move to another client"), footer=8, brief=N_("move")),
    _of_client("export_client", "E", N_("export the client"), footer=9, brief=N_("export")),
    _of_client("hold_client", "H", N_("legal hold on or off"), footer=10, brief=N_("legal hold")),
    _of_client("erase_client", "X", N_("erase the client for good"), footer=11, brief=N_("erase")),
    # ---- a contact
    _in(Place.CONTACT, "switch_sync", ("s",), N_("email sync"), footer=2),
    _in(Place.CONTACT, "switch_notify", ("n",), N_("notify"), footer=3),
    _in(Place.CONTACT, "add_address", ("plus",), N_("new address"), footer=4, brief=N_("address")),
    _in(Place.CONTACT, "link_client", ("v",), N_("link to a client"), footer=6, brief=N_("link")),
    _in(Place.CONTACT, "rename_contact", ("R",), N_("rename"), footer=7),
    _in(Place.CONTACT, "join_contact", ("J",), N_("join with another contact"), footer=8, brief=N_("join")),
    # ---- contacts from a file
    _in(Place.IMPORT, "import_now", ("plus",), N_("bring them in"), footer=1),
    _in(Place.IMPORT, "choose_role", ("enter",), N_("what the column is"), footer=2),
    # ---- what a member may see and do
    _in(Place.MEMBERS, "set_away", ("a",), N_("away, or back"), footer=4, brief=N_("away")),
    _in(Place.MEMBERS, "leave_member", ("d",), N_("leaves the firm"), footer=3, brief=N_("leaves")),
    _in(Place.MEMBERS, "open_rights", ("r",), N_("rights and access"), footer=2, brief=N_("rights")),
    _in(Place.RIGHTS, "toggle_right", ("x", "enter"), N_("give or take the right"), footer=1, brief=N_("right")),
    _in(Place.RIGHTS, "set_role", ("r",), N_("role"), footer=2),
    _in(Place.RIGHTS, "give_client", ("plus",), N_("give access to a client"), footer=3, brief=N_("give a client")),
    _in(Place.RIGHTS, "take_client", ("d",), N_("take away"), footer=4),
    _in(Place.RIGHTS, "wall_client", ("W",), N_("wall from a client"), footer=5, brief=N_("wall")),
    # ---- the journal
    _in(Place.JOURNAL, "filter_client", ("v",), N_("of a client"), footer=2),
    _in(Place.JOURNAL, "filter_member", ("a",), N_("of a member"), footer=3),
    _in(Place.JOURNAL, "verify", ("V",), N_("verify"), footer=4),
    # ---- one's own rules
    _in(Place.RULES, "add_rule", ("plus",), N_("new rule"), footer=2, brief=N_("new")),
    _in(Place.RULES, "remove_rule", ("d",), N_("take away"), footer=3),
    # ---- mailboxes
    _in(Place.MAILBOXES, "sign_in_box", ("i",), N_("sign in again"), footer=9, brief=N_("sign in")),
    _in(Place.MAILBOXES, "pause_box", ("p",), N_("pause or resume"), footer=2, brief=N_("pause")),
    _in(Place.MAILBOXES, "scope_box", ("o",), N_("what is copied"), footer=3, brief=N_("copied")),
    _in(Place.MAILBOXES, "history_box", ("H",), N_("how far back"), footer=10, brief=N_("history")),
    _in(Place.MAILBOXES, "aliases_box", ("m",), N_("aliases"), footer=11),
    _in(Place.MAILBOXES, "never_box", ("N",), N_("never synced"), footer=None),
    _in(Place.MAILBOXES, "no_send_box", ("x",), N_("only receive"), footer=None),
    _in(Place.MAILBOXES, "folders_box", ("f",), N_("others' folders"), footer=None),
    _in(Place.SHARED_FOLDERS, "mark_folder", ("x",), N_("sync it, or not"), footer=1, brief=N_("mark")),
    _in(Place.SHARED_FOLDERS, "take_folders", ("enter",), N_("take it"), footer=2),
    _in(Place.MAILBOXES, "attachments_box", ("a",), N_("save attachments by itself"), footer=None),
    _in(Place.MAILBOXES, "behalf_box", ("b",), N_("replies on my behalf"), footer=None),
    _in(Place.MAILBOXES, "signature_box", ("s",), N_("signature"), footer=4),
    _in(Place.MAILBOXES, "share_box", ("plus",), N_("share with a member"), footer=5, brief=N_("share")),
    _in(Place.MAILBOXES, "reset_box", ("R",), N_("reset"), footer=6),
    _in(Place.MAILBOXES, "stop_box", ("d",), N_("stop its sync"), footer=7, brief=N_("stop")),
    _in(Place.MAILBOXES, "add_box", ("n",), N_("sync another address"), footer=8, brief=N_("another")),
    # ---- registrations with providers
    _in(Place.PROVIDERS, "forget_provider", ("d",), N_("forget the registration"), footer=3, brief=N_("forget")),
    _in(Place.REGISTERING, "copy_step", ("y",), N_("copy what is opened or typed"), footer=2, brief=N_("copy")),
    _in(Place.REGISTERING, "enter_ids", ("enter",), N_("enter the client ID"), footer=1),
    # ---- an empty home
    _in(Place.WELCOME, "welcome_sync", ("s",), N_("sync my email"), footer=1, brief=N_("sync mail")),
    _in(Place.WELCOME, "welcome_import", ("i",), N_("bring in mail files"), footer=2, brief=N_("bring in mail")),
    _in(Place.WELCOME, "welcome_people", ("I",), N_("import contacts"), footer=3, brief=N_("import")),
    _in(Place.WELCOME, "welcome_demo", ("d",), N_("look at the demo firm"), footer=4, brief=N_("the demo firm")),
    _in(Place.WELCOME, "welcome_skip", ("q", "escape"), N_("to the empty desk"), footer=5, brief=N_("empty desk")),
)

_SHOWN: Final = {
    "slash": "/",
    "question_mark": "?",
    "exclamation_mark": "!",
    "plus": "+",
    "asterisk": "*",
    "full_stop": ".",
    "colon": ":",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "enter": "⏎",
    "escape": "Esc",
    "space": N_("Space"),
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": N_("PgUp"),
    "pagedown": N_("PgDn"),
    "home": N_("Home"),
    "end": N_("End"),
}
_SAID: Final = {"enter": N_("Enter"), "up": N_("Up"), "down": N_("Down"), "left": N_("Left"), "right": N_("Right")}
_CHORD: Final = " "


class _InUse:
    """The table with a member's own keys in it; a person has one at a time."""

    def __init__(self) -> None:
        self.table: Sequence[Key] = TABLE
        self.chords: dict[str, list[Key]] = {}
        self.use(TABLE)

    def use(self, table: Sequence[Key]) -> None:
        self.table = table
        self.chords = {}
        for entry in table:
            for key in entry.keys:
                if _CHORD in key:
                    self.chords.setdefault(key, []).append(entry)


_in_use = _InUse()


def use(table: Sequence[Key]) -> None:
    """From now on these are the keys."""
    _in_use.use(table)


def table() -> Sequence[Key]:
    """The keys as they are now."""
    return _in_use.table


def pressed(key: str, place: Place) -> str | None:
    """The action of a key in a place; "" where only the table before own keys had one."""
    for entries in (_in_use.table, TABLE):
        for entry in entries:
            if entry.bound and place in entry.places and key in entry.keys:
                return entry.action if entries is _in_use.table else ""
    return None


def chord(first: str, second: str, place: Place) -> str | None:
    """The action of two keys typed one after the other."""
    entries = _in_use.chords.get(f"{first}{_CHORD}{second}", ())
    return next((entry.action for entry in entries if place in entry.places), None)


def begins_chord(key: str, place: Place) -> bool:
    """Whether a key waits for another in a place."""
    return any(
        name.startswith(f"{key}{_CHORD}") and any(place in entry.places for entry in entries)
        for name, entries in _in_use.chords.items()
    )


def acts(action: str, place: Place) -> bool:
    """Whether an action of the table is meant in a place; what is not in the table is not judged."""
    entry = BY_ACTION.get(action)
    return entry is None or place in entry.places


def footer(place: Place) -> list[Key]:
    """What the line of keys shows in a place, in order."""
    found = (k for k in _in_use.table if k.footer is not None and k.keys and place in k.places)
    return sorted(found, key=lambda key: key.footer or 0)


def helped(place: Place) -> list[tuple[str, str]]:
    """Every key of a place with what it does, for the help page."""
    return [
        (", ".join(_readable(key) for key in entry.keys), _(entry.label))
        for entry in _in_use.table
        if place in entry.places and entry.keys
    ]


def palette(place: Place) -> list[Key]:
    """Every action that can be named in a place."""
    return [entry for entry in _in_use.table if entry.in_palette and place in entry.places]


def _readable(key: str) -> str:
    if _CHORD in key:
        return _CHORD.join(_readable(one) for one in key.split(_CHORD))
    if is_plain() and key in _SAID:
        return _(_SAID[key])
    return _(_SHOWN[key]) if key in _SHOWN else key.replace("ctrl+", "^")


BY_ACTION: Final = {entry.action: entry for entry in TABLE}


@dataclass(slots=True)
class Typed:
    """Counts and chords as they are typed: digits are a count, a chord's first key waits for its second."""

    count: str = ""
    pending: str = ""

    def feed(self, key: str, character: str | None, *, place: Place = Place.THREADS) -> tuple[bool, str | None]:
        """Take a key: (taken, action to run). A key that is not taken goes its usual way."""
        if self.pending:
            first, self.pending = self.pending, ""
            return True, chord(first, key, place)
        if character is not None and character in "0123456789" and (self.count or character != "0"):
            self.count = (self.count + character)[:6]
            return True, None
        if begins_chord(key, place):
            self.pending = key
            return True, None
        return False, None

    def take(self) -> int | None:
        """The count typed so far; it is gone then."""
        count, self.count = self.count, ""
        return int(count) if count else None

    @property
    def shown(self) -> str:
        """What has been typed and waits."""
        return self.count + self.pending
