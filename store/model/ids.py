"""Names of things. Ids that leave the office are opaque strings (Z5); keys inside the vault are integers."""

from typing import Final, NewType

# Opaque: what the desk gives out and takes. The vault alone turns them into keys and back.
EmailId = NewType("EmailId", str)
ThreadId = NewType("ThreadId", str)
ClientId = NewType("ClientId", str)
ContactId = NewType("ContactId", str)
MemberId = NewType("MemberId", str)
MailboxId = NewType("MailboxId", str)
NoticeId = NewType("NoticeId", str)
OutboxId = NewType("OutboxId", str)
CommentId = NewType("CommentId", str)
DocumentId = NewType("DocumentId", str)
NoteId = NewType("NoteId", str)

# Keys: rows of the vault, used by the actors and the rules; never shown.
EmailKey = NewType("EmailKey", int)
ThreadKey = NewType("ThreadKey", int)
ClientKey = NewType("ClientKey", int)
ContactKey = NewType("ContactKey", int)
MemberKey = NewType("MemberKey", int)
MailboxKey = NewType("MailboxKey", int)
FolderKey = NewType("FolderKey", int)
NoticeKey = NewType("NoticeKey", int)
ErrandKey = NewType("ErrandKey", int)
OutboxKey = NewType("OutboxKey", int)
CommentKey = NewType("CommentKey", int)
DocumentKey = NewType("DocumentKey", int)
NoteKey = NewType("NoteKey", int)
RuleKey = NewType("RuleKey", int)

ContentNo = NewType("ContentNo", int)  # 1..255 within an email

RequestId = NewType("RequestId", str)  # made by the caller of a command; a repeat gets the first answer
DepositId = NewType("DepositId", str)  # made by a mailbox actor for each open request to the desk

SEQUENCE_BITS: Final = 20
CONTENT_BITS: Final = 8


def email_key(*, seconds: int, sequence: int) -> EmailKey:
    """34 bits of seconds, 20 of sequence, 8 zero bits for the number of a content: rowid order is date order."""
    return EmailKey((seconds << (SEQUENCE_BITS + CONTENT_BITS)) | (sequence << CONTENT_BITS))


def key_seconds(key: EmailKey) -> int:
    """The time that an email's key was made from, in seconds since 1970, UTC."""
    return key >> (SEQUENCE_BITS + CONTENT_BITS)
