"""All mail of a rehearsal server: mailboxes with their folders, logins, and which address is whose.

Used by the server's own thread only (see `server.Rehearsal.change`); it knows no sockets.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from providers.rehearsal.accounts import USUAL_FOLDERS, Account
from providers.rehearsal.imap import names
from providers.rehearsal.imap.errors import No
from providers.rehearsal.imap.folder import Content, Folder, Message

LONGEST_NAME = 1_000
MOST_FOLDERS = 10_000


class Mailbox:
    """The folders of one mailbox, called by their names with / between the levels."""

    def __init__(self, *, uidvalidity: Callable[[], int]) -> None:
        self._uidvalidity = uidvalidity
        self.folders: dict[str, Folder] = {}
        self.subscribed: set[str] = set()
        self.create("INBOX")

    def folder(self, name: str) -> Folder:
        found = self.folders.get(canonical(name))
        if found is None:
            raise No("[NONEXISTENT] Mailbox doesn't exist")
        return found

    def create(self, name: str, *, special_use: str = "") -> Folder:
        name = canonical(name.removesuffix("/"))
        _check(name)
        if name in self.folders:
            raise No("[ALREADYEXISTS] Mailbox already exists")
        if len(self.folders) >= MOST_FOLDERS:
            raise No("[LIMIT] Too many mailboxes")
        folder = self.make(name, uidvalidity=self._uidvalidity(), special_use=special_use)
        self.folders[name] = folder
        return folder

    def make(self, name: str, *, uidvalidity: int, special_use: str) -> Folder:
        """A folder of this mailbox's kind."""
        return Folder(name, uidvalidity=uidvalidity, special_use=special_use)

    def delete(self, name: str) -> None:
        name = canonical(name)
        if name == "INBOX":
            raise No("[CANNOT] INBOX can't be deleted")
        self.folder(name).close()
        del self.folders[name]

    def rename(self, old: str, *, to: str) -> None:
        old, new = canonical(old), canonical(to.removesuffix("/"))
        if old == "INBOX":
            raise No("[CANNOT] Renaming INBOX isn't supported")
        moved = [name for name in self.folders if name == old or name.startswith(old + "/")]
        if not moved:
            raise No("[NONEXISTENT] Mailbox doesn't exist")
        if new in self.folders or new in self.parents():
            raise No("[ALREADYEXISTS] Target mailbox already exists")
        if new.startswith(old + "/"):
            raise No("[CANNOT] A mailbox can't be its own child")
        _check(new)
        for name in moved:
            folder = self.folders.pop(name)
            folder.name = new + name[len(old) :]
            self.folders[folder.name] = folder

    def renew(self, name: str) -> int:
        """Give the folder a new UIDVALIDITY."""
        folder = self.folder(name)
        folder.renew(self._uidvalidity())
        return folder.uidvalidity

    def keeps_sent(self) -> Folder | None:
        """The folder into which the server itself puts what its owner sends; None: it does not."""
        return None

    def parents(self) -> set[str]:
        """All names that have a folder below them."""
        return {name[:at] for name in self.folders for at, sign in enumerate(name) if sign == "/"}


class Post:
    def __init__(self, accounts: Iterable[Account], *, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self._last_uidvalidity = int(clock().timestamp())
        self.mailboxes: dict[str, Mailbox] = {}
        self.logins: dict[str, tuple[str, str]] = {}  # login: (password, name of the mailbox)
        self.addresses: dict[str, str] = {}  # in lower case: name of the mailbox
        for account in accounts:
            self.open(account)

    def open(self, account: Account) -> None:
        """Add an account, with its mail if its mailbox is new."""
        self.logins[account.login] = (account.password, account.box)
        self.addresses |= {address.lower(): account.box for address in account.receives}
        if account.box in self.mailboxes:
            return
        mailbox = self.mailboxes[account.box] = self._new_mailbox(account)
        for plan in account.folders if account.folders is not USUAL_FOLDERS or not account.gmail else ():
            folder = mailbox.folders.get(canonical(plan.name)) or mailbox.create(plan.name)
            folder.special_use = plan.special_use
            if plan.subscribed:
                mailbox.subscribed.add(folder.name)
        for mail in account.mails:
            self.deliver(account.box, mail.raw, mail.folder, flags=mail.flags, internaldate=mail.internaldate)

    def _new_mailbox(self, account: Account) -> Mailbox:
        if not account.gmail:
            return Mailbox(uidvalidity=self._new_uidvalidity)
        from providers.rehearsal.imap.labels import LabelledMailbox  # it is a Mailbox

        return LabelledMailbox(uidvalidity=self._new_uidvalidity, hides=account.hides)

    def mailbox(self, name: str) -> Mailbox:
        """By its own name or by a login."""
        _, box = self.logins.get(name, ("", name))
        return self.mailboxes[box]

    def set_password(self, login: str, password: str) -> None:
        _, box = self.logins[login]
        self.logins[login] = (password, box)

    def signed_in(self, login: str, password: str) -> Mailbox | None:
        expected = self.logins.get(login)
        return self.mailboxes[expected[1]] if expected and expected[0] == password else None

    def deliver(
        self, name: str, raw: bytes, folder: str, *, flags: Iterable[str] = (), internaldate: datetime | None = None
    ) -> Message:
        """Put a message in a folder, which is made if it isn't there."""
        mailbox = self.mailbox(name)
        place = mailbox.folders.get(canonical(folder)) or mailbox.create(folder)
        return place.add(Content(raw), flags=flags, internaldate=internaldate or self.clock())

    def keep_sent(self, login: str, raw: bytes) -> None:
        """What was handed in for delivery stands in Sent, where the server is of Gmail's kind."""
        if (found := self.mailbox(login).keeps_sent()) is not None:
            found.add(Content(raw), flags=("\\Seen",), internaldate=self.clock())

    def _new_uidvalidity(self) -> int:
        self._last_uidvalidity += 1
        return self._last_uidvalidity


def _check(name: str) -> None:
    """Any text is a name, control characters too: servers have sent them."""
    if not name or "//" in name or name.startswith("/") or len(name) > LONGEST_NAME:
        raise No("[CANNOT] Invalid mailbox name")


def canonical(name: str) -> str:
    """INBOX is INBOX however it is written (RFC 3501, 5.1)."""
    head, slash, rest = name.partition("/")
    return head.upper() + slash + rest if head.upper() == "INBOX" else name


def read_name(wire: bytes) -> str:
    try:
        return canonical(names.decode(wire))
    except ValueError as error:
        raise No("[CANNOT] Mailbox name is not valid mUTF-7") from error
