"""What a rehearsal server is set up with: accounts, folders, the mail in them, and what it can do. Records only."""

from datetime import datetime

import msgspec


class FolderPlan(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    special_use: str = ""  # as IMAP writes it: "\\Sent"
    subscribed: bool = True


class MailPlan(msgspec.Struct, frozen=True, kw_only=True):
    raw: bytes
    folder: str = "INBOX"
    flags: tuple[str, ...] = ()
    internaldate: datetime | None = None


USUAL_FOLDERS = (
    FolderPlan(name="Sent", special_use="\\Sent"),
    FolderPlan(name="Archive", special_use="\\Archive"),
    FolderPlan(name="Drafts", special_use="\\Drafts"),
    FolderPlan(name="Junk", special_use="\\Junk"),
    FolderPlan(name="Trash", special_use="\\Trash"),
)

GMAIL_FOLDERS = (
    FolderPlan(name="[Gmail]/All Mail", special_use="\\All"),
    FolderPlan(name="[Gmail]/Drafts", special_use="\\Drafts"),
    FolderPlan(name="[Gmail]/Important", special_use="\\Important"),
    FolderPlan(name="[Gmail]/Sent Mail", special_use="\\Sent"),
    FolderPlan(name="[Gmail]/Spam", special_use="\\Junk"),
    FolderPlan(name="[Gmail]/Starred", special_use="\\Flagged"),
    FolderPlan(name="[Gmail]/Trash", special_use="\\Trash"),
)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A login. Accounts that name the same `mailbox` share it; the first of them says what is in it."""

    login: str
    password: str
    mailbox: str = ""  # empty: its own, called as the login
    addresses: tuple[str, ...] = ()  # mail to these is delivered here; empty: the login, if it is an address
    folders: tuple[FolderPlan, ...] = USUAL_FOLDERS
    mails: tuple[MailPlan, ...] = ()
    gmail: bool = False  # labels, shown as folders; `folders` are then labels beside Gmail's own
    hides: tuple[str, ...] = ()  # folders of Gmail's that are not shown in IMAP

    @property
    def box(self) -> str:
        return self.mailbox or self.login

    @property
    def receives(self) -> tuple[str, ...]:
        return self.addresses or ((self.login,) if "@" in self.login else ())


BARE = frozenset({"IMAP4rev1", "AUTH=PLAIN"})

CAPABILITIES = BARE | {
    "STARTTLS",
    "SASL-IR",
    "LITERAL+",
    "ID",
    "ENABLE",
    "IDLE",
    "NAMESPACE",
    "UIDPLUS",
    "MOVE",
    "UNSELECT",
    "CHILDREN",
    "CONDSTORE",
    "QRESYNC",
    "ESEARCH",
    "MULTIAPPEND",
    "SPECIAL-USE",
    "LIST-EXTENDED",
    "LIST-STATUS",
}

GMAIL = (CAPABILITIES - {"QRESYNC", "MULTIAPPEND"}) | {"X-GM-EXT-1"}  # as Gmail has them
