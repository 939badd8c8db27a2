r"""A mailbox of Gmail's kind: each mail once, under any number of labels, and every label shown as a folder.

    [Gmail]/All Mail   whatever is in neither Trash nor Spam; its UID is what a mail is known by
    a label, INBOX     the mails that bear it; an expunge or a move away takes the label, and never the mail
    Trash, Spam        a mail that is put there stands nowhere else; an expunge there ends it

A mail's flags are one and the same in all its folders, \Flagged is the folder Starred. Used by the server's own thread
only; it knows no sockets. See https://developers.google.com/gmail/imap/imap-extensions.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from email.parser import BytesHeaderParser

from providers.rehearsal.accounts import GMAIL_FOLDERS
from providers.rehearsal.imap.errors import No
from providers.rehearsal.imap.folder import Content, Folder, Message, Watcher
from providers.rehearsal.imap.post import Mailbox

ALL, TRASH, SPAM, STARRED = "\\All", "\\Trash", "\\Junk", "\\Flagged"
_OF_USE = {"\\Sent": "\\Sent", "\\Drafts": "\\Draft", "\\Important": "\\Important", STARRED: "\\Starred"}
_APART = frozenset({ALL, TRASH, SPAM})  # folders that are no label
_FIRST_ID = 1_278_455_344_230_334_865


class Letter:
    """One mail of the mailbox: what all its folders share."""

    __slots__ = ("content", "flags", "internaldate", "labels", "msgid", "names", "places", "thrid")

    def __init__(self, content: Content, *, msgid: int, thrid: int, internaldate: datetime) -> None:
        self.content, self.internaldate = content, internaldate
        self.msgid, self.thrid = msgid, thrid
        self.flags: frozenset[str] = frozenset()
        self.labels: frozenset[str] = frozenset()
        self.places: dict[LabelFolder, Message] = {}
        self.names: frozenset[str] = frozenset()


class LabelFolder(Folder):
    """A label, or one of the three folders that are none."""

    def __init__(self, name: str, *, uidvalidity: int, mailbox: "LabelledMailbox", special_use: str = "") -> None:
        super().__init__(name, uidvalidity=uidvalidity, special_use=special_use)
        self._mailbox = mailbox

    @property
    def label(self) -> str:
        """The label that it shows; "" of All Mail, Trash and Spam."""
        if self.special_use in _APART:
            return ""
        return "\\Inbox" if self.name == "INBOX" else _OF_USE.get(self.special_use, self.name)

    def add(self, content: Content, *, flags: Iterable[str], internaldate: datetime) -> Message:
        letter = self._mailbox.letter(content, internaldate=internaldate)
        spelled = self.spelled(flags) - {"\\Deleted"}
        if self.special_use in (TRASH, SPAM):
            self._mailbox.put_away(letter, self)
        else:
            self._mailbox.label(letter, add=self._own())
        self._mailbox.flag(letter, letter.flags | spelled | ({"\\Flagged"} if self.special_use == STARRED else set()))
        return letter.places[self]

    def show(self, letter: Letter) -> Message:
        """The letter stands here from now on."""
        message = super().add(letter.content, flags=letter.flags, internaldate=letter.internaldate)
        message.letter = letter
        letter.places[self] = message
        return message

    def hide(self, letter: Letter) -> None:
        """And here no more."""
        super().expunge([letter.places.pop(self).uid])

    def flag(self, message: Message, flags: frozenset[str], *, by: Watcher | None = None) -> bool:
        letter = letter_of(message)
        changed = super().flag(message, flags, by=by)  # \Deleted is this folder's alone
        if changed:
            self._mailbox.flag(letter, flags - {"\\Deleted"}, but=self)
        return changed

    def told_flags(self, message: Message, flags: frozenset[str]) -> None:
        """The letter's flags, as said in another folder."""
        super().flag(message, flags | (message.flags & {"\\Deleted"}))

    def relabelled(self, message: Message) -> None:
        """A change of labels counts as one of flags."""
        self.highestmodseq += 1
        message.modseq = self.highestmodseq
        for watcher in self.watchers:
            watcher.flagged(message.uid)

    def expunge(self, uids: Iterable[int]) -> list[int]:
        there = [self.messages[uid] for uid in uids if uid in self.messages]
        for message in there:
            letter = letter_of(message)
            if self.special_use in (TRASH, SPAM):
                self._mailbox.end(letter)
            elif self.special_use == ALL:
                self._mailbox.throw_away(letter)
            else:
                self._mailbox.label(letter, remove=self._own())
        return [message.uid for message in there]

    def move_out(self, uids: Iterable[int]) -> list[int]:
        """Out of All Mail nothing is moved but into Trash or Spam, which took it already."""
        return [] if self.special_use == ALL else self.expunge(uids)

    def _own(self) -> frozenset[str]:
        return frozenset({self.label} if self.label else ())


class LabelledMailbox(Mailbox):
    """See the module. `hides`: folders that the owner does not show in IMAP; they work on unseen."""

    def __init__(self, *, uidvalidity: Callable[[], int], hides: Iterable[str] = ()) -> None:
        self._letters: dict[int, Letter] = {}
        self._hidden: dict[str, LabelFolder] = {}
        super().__init__(uidvalidity=uidvalidity)
        for plan in GMAIL_FOLDERS:
            self.create(plan.name, special_use=plan.special_use)
            self.subscribed.add(plan.name)
        for name in hides:
            self._hidden[name] = self._all().pop(name)
            del self.folders[name]

    def make(self, name: str, *, uidvalidity: int, special_use: str) -> Folder:
        return LabelFolder(name, uidvalidity=uidvalidity, special_use=special_use, mailbox=self)

    def delete(self, name: str) -> None:
        folder = self.folder(name)
        if folder.special_use:
            raise No("[CANNOT] A system label can't be deleted")
        folder.expunge(list(folder.messages))
        super().delete(name)

    def rename(self, old: str, *, to: str) -> None:
        was = {folder: folder.label for folder in self._all().values()}
        super().rename(old, to=to)
        names = {label: folder.label for folder, label in was.items() if folder.label != label}
        for letter in self._letters.values():
            letter.labels = frozenset(names.get(label, label) for label in letter.labels)

    def keeps_sent(self) -> Folder | None:
        return next(folder for folder in self._all().values() if folder.special_use == "\\Sent")

    # ---- letters
    def letter(self, content: Content, *, internaldate: datetime) -> Letter:
        """The one with these bytes: a mailbox has no mail twice."""
        for known in self._letters.values():
            if known.content is content or known.content.raw == content.raw:
                return known
        msgid = _FIRST_ID + 97 * len(self._letters)
        head = BytesHeaderParser().parsebytes(content.raw[: content.body])
        words = " ".join(str(head.get(name, "")) for name in ("References", "In-Reply-To")).split()
        own = str(head.get("Message-ID", "")).strip()
        above = (known.thrid for known in self._letters.values() if known.names & set(words))
        made = Letter(content, msgid=msgid, thrid=next(above, msgid), internaldate=internaldate)
        made.names = frozenset({own} - {""})
        self._letters[msgid] = made
        return made

    def label(self, letter: Letter, *, add: frozenset[str] = frozenset(), remove: frozenset[str] = frozenset()) -> None:
        """Change its labels; who is labelled is in neither Trash nor Spam."""
        before = letter.labels
        letter.labels = (before | add) - remove
        for folder in self._all().values():
            stands = folder in letter.places
            wanted = folder.special_use == ALL or folder.label in letter.labels
            if wanted and not stands:
                folder.show(letter)
            elif stands and not wanted:
                folder.hide(letter)
            elif stands and letter.labels != before:
                folder.relabelled(letter.places[folder])
        if (letter.labels ^ before) & {"\\Starred"}:
            flagged = frozenset({"\\Flagged"})
            self.flag(letter, letter.flags | flagged if "\\Starred" in letter.labels else letter.flags - flagged)

    def put_away(self, letter: Letter, folder: LabelFolder) -> None:
        """Into Trash or Spam, out of all else."""
        letter.labels = frozenset()
        for place in [place for place in letter.places if place is not folder]:
            place.hide(letter)
        if folder not in letter.places:
            folder.show(letter)

    def throw_away(self, letter: Letter) -> None:
        self.put_away(letter, next(folder for folder in self._all().values() if folder.special_use == TRASH))

    def end(self, letter: Letter) -> None:
        for place in list(letter.places):
            place.hide(letter)
        del self._letters[letter.msgid]

    def flag(self, letter: Letter, flags: frozenset[str], *, but: LabelFolder | None = None) -> None:
        """The same flags in all its folders."""
        letter.flags = flags
        for folder, message in list(letter.places.items()):
            if folder is not but:
                folder.told_flags(message, flags)
        starred = frozenset({"\\Starred"})
        if ALL not in {folder.special_use for folder in letter.places}:
            return
        if ("\\Flagged" in flags) is not ("\\Starred" in letter.labels):
            self.label(letter, add=starred if "\\Flagged" in flags else frozenset(),
                       remove=frozenset() if "\\Flagged" in flags else starred)  # fmt: skip

    def _all(self) -> dict[str, LabelFolder]:
        """Those that are hidden too."""
        shown = {name: folder for name, folder in self.folders.items() if isinstance(folder, LabelFolder)}
        return shown | self._hidden


def letter_of(message: Message) -> Letter:
    """Of a message in such a mailbox."""
    assert isinstance(message.letter, Letter)  # noqa: S101 - `show` gave it
    return message.letter


def labels_shown(message: Message, folder: Folder) -> list[str]:
    """What X-GM-LABELS tells: all labels but that of the folder which is open."""
    own = folder.label if isinstance(folder, LabelFolder) else ""
    return sorted(letter_of(message).labels - {own})
