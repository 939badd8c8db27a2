"""What one copy is evidence of, before anybody knows clients: normalised addresses with their roles, ids, features."""

from enum import StrEnum

from store.model.record import Record


class Role(StrEnum):
    """Where an address stood."""

    FROM = "from"
    SENDER = "sender"
    REPLY_TO = "reply_to"
    TO = "to"
    CC = "cc"
    BCC = "bcc"  # own copies only: belongs to the sighting (Z16)
    DELIVERED_TO = "delivered_to"  # likewise
    FAILED = "failed"  # a bounce says that it did not get our mail
    FORWARDED = "forwarded"  # what is forwarded says to be from it: good for a suggestion alone


COMMON_ROLES = (Role.FROM, Role.SENDER, Role.REPLY_TO, Role.TO, Role.CC)
PEOPLE_ROLES = (Role.FROM, Role.TO, Role.CC)
TOLD_ROLES = (Role.FAILED, Role.FORWARDED)  # what the text says of others
SIGHTING_ROLES = (Role.BCC, Role.DELIVERED_TO)


class Verified(StrEnum):
    """What the mailbox's own provider said of the sender ([C9]). An email's is the worst of its copies."""

    PASS = "pass"  # noqa: S105 - no password: the word of Authentication-Results
    UNKNOWN = "unknown"
    FAIL = "fail"


class Kind(StrEnum):
    """What sort of mail: only PERSONAL counts for a thread's state ([T2b])."""

    PERSONAL = "personal"
    BULK = "bulk"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    CALENDAR_ANSWER = "calendar_answer"


class Evidence(Record, frozen=True, kw_only=True):
    """Given by the classifier for each copy."""

    addresses: tuple[tuple[Role, str], ...]  # normalised Address, each (role, address) once, at most 1,000
    names: tuple[str, ...] = ()  # message ids that In-Reply-To and References name, each once, itself left out
    kind: Kind = Kind.PERSONAL
    verified: Verified = Verified.UNKNOWN
    server: str = ""  # whose Authentication-Results stand topmost, believed or not
