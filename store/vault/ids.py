"""Opaque ids (Z5): a keyed bijection between a key of the vault and a short word, another one for each kind of thing.

It hides order, counts and times. It gives no right: what an id may open is decided by Scope alone. What is malformed,
of another kind or of another firm is not found, like an id that was never given out.
"""

import hashlib
import struct
from functools import lru_cache
from typing import Final

from store.model.errors import NotFound
from store.model.ids import (
    ClientId,
    ClientKey,
    CommentId,
    CommentKey,
    ContactId,
    ContactKey,
    DocumentId,
    DocumentKey,
    EmailId,
    EmailKey,
    MailboxId,
    MailboxKey,
    MemberId,
    MemberKey,
    NoteId,
    NoteKey,
    NoticeId,
    NoticeKey,
    OutboxId,
    OutboxKey,
    ThreadId,
    ThreadKey,
)

_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: nothing that is mistaken when read aloud
_VALUES: Final = {letter: number for number, letter in enumerate(_LETTERS)}
_PAIRS: Final = [one + other for one in _LETTERS for other in _LETTERS]
_KINDS: Final = "etckmbnowdh"
_LENGTH: Final = 13
_ROUNDS: Final = 4
_REMEMBERED: Final = 20_000
_HALF: Final = 0xFFFFFFFF
_PACK: Final = struct.Struct(">BI")


class Ids:
    """Made with the firm's own secret."""

    def __init__(self, secret: bytes) -> None:
        # A list of 200 threads shows 500 ids: the key is put in once a kind, not once a round.
        self._keyed = {kind: hashlib.blake2s(key=secret, person=kind.encode(), digest_size=4) for kind in _KINDS}
        self._word = lru_cache(_REMEMBERED)(self._made)  # a screen asks for the same ones again and again

    def email(self, key: EmailKey) -> EmailId:
        return EmailId(self._word("e", key))

    def thread(self, key: ThreadKey) -> ThreadId:
        return ThreadId(self._word("t", key))

    def client(self, key: ClientKey) -> ClientId:
        return ClientId(self._word("c", key))

    def contact(self, key: ContactKey) -> ContactId:
        return ContactId(self._word("k", key))

    def member(self, key: MemberKey) -> MemberId:
        return MemberId(self._word("m", key))

    def mailbox(self, key: MailboxKey) -> MailboxId:
        return MailboxId(self._word("b", key))

    def notice(self, key: NoticeKey) -> NoticeId:
        return NoticeId(self._word("n", key))

    def outbox(self, key: OutboxKey) -> OutboxId:
        return OutboxId(self._word("o", key))

    def comment(self, key: CommentKey) -> CommentId:
        return CommentId(self._word("w", key))

    def document(self, key: DocumentKey) -> DocumentId:
        return DocumentId(self._word("d", key))

    def note(self, key: NoteKey) -> NoteId:
        return NoteId(self._word("h", key))

    def note_key(self, word: str) -> NoteKey:
        return NoteKey(self._key("h", word))

    def document_key(self, word: str) -> DocumentKey:
        return DocumentKey(self._key("d", word))

    def email_key(self, word: str) -> EmailKey:
        return EmailKey(self._key("e", word))

    def thread_key(self, word: str) -> ThreadKey:
        return ThreadKey(self._key("t", word))

    def client_key(self, word: str) -> ClientKey:
        return ClientKey(self._key("c", word))

    def contact_key(self, word: str) -> ContactKey:
        return ContactKey(self._key("k", word))

    def member_key(self, word: str) -> MemberKey:
        return MemberKey(self._key("m", word))

    def mailbox_key(self, word: str) -> MailboxKey:
        return MailboxKey(self._key("b", word))

    def notice_key(self, word: str) -> NoticeKey:
        return NoticeKey(self._key("n", word))

    def outbox_key(self, word: str) -> OutboxKey:
        return OutboxKey(self._key("o", word))

    def _made(self, kind: str, key: int) -> str:
        left, right = key >> 32 & _HALF, key & _HALF
        for turn in range(_ROUNDS):
            left, right = right, left ^ self._mixed(kind, turn, right)
        number = left << 32 | right
        pairs = [_PAIRS[number >> shift & 1023] for shift in range(5 * (_LENGTH - 3), -1, -10)]
        return "".join((kind, _LETTERS[number >> 60], *pairs))

    def _key(self, kind: str, word: str) -> int:
        if len(word) != _LENGTH + 1 or word[0] != kind:
            raise NotFound
        number = 0
        for letter in word[1:]:
            value = _VALUES.get(letter)
            if value is None:
                raise NotFound
            number = number << 5 | value
        if number >> 64:
            raise NotFound
        left, right = number >> 32, number & _HALF
        for turn in range(_ROUNDS - 1, -1, -1):
            left, right = right ^ self._mixed(kind, turn, left), left
        key = left << 32 | right
        if key >> 63:  # no key is so large, and SQLite's integers end there
            raise NotFound
        return key

    def _mixed(self, kind: str, turn: int, half: int) -> int:
        mixing = self._keyed[kind].copy()
        mixing.update(_PACK.pack(turn, half))
        return int.from_bytes(mixing.digest(), "big")
