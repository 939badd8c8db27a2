"""Saves attachments by themselves ([A1]): reads bytes that are here, and lays files aside for the desk to keep.

What is to be saved the desk says, as errands that are given again until they end. Must not decide what is a document,
and must not write the vault.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from actors.base import Ground, PostroomActor
from actors.desk.shelving import stage_now
from actors.desk.viewing import part_bytes
from actors.messages import (
    AskFiles,
    AskSaving,
    AttachmentsStaged,
    Boot,
    DocumentRead,
    DocumentWanted,
    FileRead,
    FilesFound,
    FilesOpen,
    FilesParsed,
    FilesRead,
    Finish,
    FoundFile,
    Restarted,
    SaveErrand,
    SavingOpen,
    SavingStirred,
    StagedPart,
    Tick,
)
from actors.switchboard import DESK
from store.mime.compress import compress
from store.model.errors import Away
from store.model.ids import EmailKey
from store.model.work import FileText, Item, Parsed
from store.vault.contents import Contents
from store.vault.document_words import GONE
from store.vault.files import Files
from store.vault.queries.letters import RawCopy
from store.vault.shelf import staged_place, strangers

REPEAT_SECONDS = 30.0
MOST_FOUND = 200  # at one start
PIECE = 1 << 20
MOST_BYTES = 32 << 20  # of a document that is read; what is larger the desk doesn't give

_log = logging.getLogger(__name__)


class Connection(Protocol):
    """To the vault, read-only."""

    def close(self) -> None: ...


class Readers(Protocol):
    """A worker for files, so that no mail waits for one."""

    def submit(self, items: Sequence[Item], on_done: Callable[[Parsed], None]) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentsParts:
    """What it is made of; `connect` is called on its own thread, `readers` when the first file is to be read."""

    files: Files
    connect: Callable[[], Connection]
    readers: Callable[[], Readers]


class DocumentsActor(PostroomActor):
    """See the module."""

    def __init__(self, ground: Ground, parts: DocumentsParts) -> None:
        super().__init__(ground)
        self._files = parts.files
        self._connect = parts.connect
        self._connection: Connection | None = None
        self._asked_at: float | None = None
        self._readers_of = parts.readers
        self._readers: Readers | None = None
        self._reading = False  # files are with a worker
        self._files_asked_at: float | None = None

    def receive(self, message: Any) -> None:  # noqa: ANN401 - narrowed by the match
        match message:
            case Boot() | SavingStirred():
                self._ask()
                self._ask_files()
                if isinstance(message, Boot):
                    self._look_around()
            case SavingOpen():
                self._save(message)
            case FilesOpen():
                self._have_read(message)
            case FilesParsed():
                self._read(message)
            case Restarted():
                if message.name == DESK:
                    self._reading = False
                    self._ask()
                    self._ask_files()
            case Tick():
                if self._asked_at is not None and message.monotonic - self._asked_at >= REPEAT_SECONDS:
                    self._ask()
                if self._files_asked_at is not None and message.monotonic - self._files_asked_at >= REPEAT_SECONDS:
                    self._ask_files()
            case Finish():
                pass
            case _:
                raise TypeError(type(message).__name__)

    def _ask(self) -> None:
        self._asked_at = self.clock.monotonic()
        self.tell(DESK, AskSaving())

    def _save(self, message: SavingOpen) -> None:
        self._asked_at = None
        for errand in message.errands:
            if not self._stage(errand):
                self._asked_at = self.clock.monotonic()  # the disk is full, or not there: later again
                return
        if message.errands:
            self._ask()

    def _stage(self, errand: SaveErrand) -> bool:
        """Lay its files aside and tell the desk; whether the disk took them."""
        staged = []
        for part in errand.parts:
            data = self._bytes(errand.email, errand.content, part.n)
            if data is None:
                continue
            try:
                self._files.remove(staged_place(part.token))  # what an earlier try left
                file = stage_now(self._files, part.token, data)
            except OSError as error:
                _log.warning("an attachment cannot be saved: %s", error.strerror)
                return False
            staged.append(
                StagedPart(
                    n=part.n,
                    name=part.name,
                    token=part.token,
                    size=file.size,
                    sha256=file.sha256,
                    modified=file.modified,
                )
            )
        self.tell(DESK, AttachmentsStaged(errand=errand.errand, files=tuple(staged)))
        return True

    def _bytes(self, email: EmailKey, content: int, n: int) -> bytes | None:
        """None: its copy has gone, or cannot be read."""
        copy = Contents(cast("Any", self._open())).copy(email, content)
        if copy is None:
            return None
        try:
            return part_bytes(RawCopy(own=True, header_block=copy[0], body=copy[1]), n)
        except Away:
            return None

    # ---- Files of other programs

    def _look_around(self) -> None:
        """What lies in clients' folders and is no document yet becomes one."""
        try:
            places = strangers(cast("Any", self._open()), self._files, MOST_FOUND)
            found = tuple(one for place in places if (one := self._known_by(place)) is not None)
        except OSError as error:
            _log.warning("the documents folder cannot be looked through: %s", error.strerror)
            return
        if found:
            self.tell(DESK, FilesFound(files=found))

    def _known_by(self, place: str) -> FoundFile | None:
        """None: it is being written."""
        digest, size = hashlib.sha256(), 0
        modified = self._files.modified(place)
        with self._files.open(place) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
        if modified is None or modified != self._files.modified(place):
            return None
        return FoundFile(place=place, size=size, sha256=digest.digest(), modified=modified)

    # ---- The words of attachments and documents

    def _ask_files(self) -> None:
        if not self._reading:
            self._files_asked_at = self.clock.monotonic()
            self.tell(DESK, AskFiles())

    def _have_read(self, message: FilesOpen) -> None:
        """Hand them to the worker; those whose bytes are not to be had are told at once."""
        self._files_asked_at = None
        if self._reading or not (message.files or message.documents):
            if message.more:
                self._ask_files()
            return
        data = [self._bytes(one.email, one.content - one.email, one.n) for one in message.files]
        data += [self._document(one) for one in message.documents]
        kinds = [*(one.kind for one in message.files), *(one.kind for one in message.documents)]
        items = [
            Item(uid=place, raw=raw, whole=True, file=kind)
            for place, (kind, raw) in enumerate(zip(kinds, data, strict=True))
            if raw is not None
        ]
        self._reading = True
        if not items:
            self._parsed(message, Parsed(id=0))
            return
        if self._readers is None:
            self._readers = self._readers_of()
        self._readers.submit(items, lambda parsed: self._parsed(message, parsed))

    def _parsed(self, given: FilesOpen, parsed: Parsed) -> None:
        """On whichever thread the worker's answer is heard."""
        self.post(FilesParsed(files=given.files, documents=given.documents, parsed=parsed))

    def _document(self, wanted: DocumentWanted) -> bytes | None:
        """The bytes that are wanted, and no others; None: they are nowhere."""
        for place in wanted.places:
            try:
                with self._files.open(place) as file:
                    data = file.read(MOST_BYTES + 1)
            except OSError:
                continue
            if hashlib.sha256(data).digest() == wanted.sha256:
                return data
        return None

    def _read(self, message: FilesParsed) -> None:
        self._reading = False
        found = {one.uid: one for one in message.parsed.texts}
        failed = {one.uid: one.reason for one in message.parsed.unreadable}
        read = []  # of each its packed words, and why there are none
        for place in range(len(message.files) + len(message.documents)):
            one = found.get(place) or FileText(uid=place, code=failed.get(place, GONE))
            read.append((None if one.code else compress(one.text.encode("utf-8", "replace")), one.code))
        files = tuple(
            FileRead(content=one.content, n=one.n, text=text, code=code)
            for one, (text, code) in zip(message.files, read, strict=False)
        )
        documents = tuple(
            DocumentRead(wanted=one, text=text, code=code)
            for one, (text, code) in zip(message.documents, read[len(files) :], strict=True)
        )
        self.tell(DESK, FilesRead(files=files, documents=documents))
        self._ask_files()

    def _open(self) -> Connection:
        """Opened on this thread, when it is first needed."""
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def on_stop(self) -> None:
        if self._readers is not None:
            self._readers.stop()
        if self._connection is not None:
            self._connection.close()
