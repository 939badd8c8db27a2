"""What a worker reads from one copy of an email: headers, content, and what goes into the index. No ids of ours yet."""

from store.model.address import Person
from store.model.record import Record


class Part(Record, frozen=True, kw_only=True):
    """An attachment or inline file of a content. `n` counts from 1 in the order of the mail."""

    n: int
    name: str
    type: str  # detected media type, lower case
    size: int  # decoded bytes
    sha256: str
    inline: bool = False


class Headers(Record, frozen=True, kw_only=True):
    """The decoded header fields that anything depends on. Lists are cut by Z15 and then `cut` names what."""

    message_id: str | None = None  # a valid MessageId, else None
    date: int | None = None  # seconds since 1970 UTC, of the Date field
    date_offset: int = 0  # minutes east of UTC, as written
    subject: str = ""
    from_: tuple[Person, ...] = ()
    sender: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    delivered_to: tuple[str, ...] = ()
    in_reply_to: tuple[str, ...] = ()  # valid message ids
    references: tuple[str, ...] = ()  # valid message ids, oldest first, at most 200
    list_id: str = ""
    list_unsubscribe: str = ""
    list_unsubscribe_post: str = ""
    precedence: str = ""
    auto_submitted: str = ""
    return_path: str | None = None  # "" is the null path <>
    content_type: str = ""
    authentication_results: tuple[str, ...] = ()  # those above the first Received only, top first
    cut: tuple[str, ...] = ()  # codes: header_size, addresses, references


class Body(Record, frozen=True, kw_only=True):
    """The decoded content below the headers, present when the whole copy was read."""

    text: str  # as a person reads it: text/plain, else HTML as text; normalised line ends; may be ""
    html: bool = False  # the text was made from HTML
    hidden_text: bool = False  # text that the HTML would not have shown was left out
    links: tuple[tuple[str, str], ...] = ()  # (text, target) of HTML links, in order
    parts: tuple[Part, ...] = ()
    calendar: bool = False  # has a text/calendar part
    report: bool = False  # multipart/report (bounce, disposition)
    failed: tuple[str, ...] = ()  # of a delivery report: normalised addresses that did not get it
    returned: str = ""  # of a report: the Message-ID of the mail that it gives back
    forwarded: str = ""  # the normalised address that what is forwarded or quoted says to be from
    cut: tuple[str, ...] = ()  # codes: parts, depth, text_size, undecodable


class Copy(Record, frozen=True, kw_only=True):
    """One copy as a worker returns it. `content_hash` covers subject, Reply-To, Sender and all decoded parts ([S7a]);
    for a copy read without its body it covers the headers alone and `body` is None."""

    uid: int
    headers: Headers
    header_block: bytes  # zstd of the raw header fields as fetched
    identity: bytes  # 16 bytes over Message-ID, Date and From, To, Cc addresses; without Message-ID subject too
    content_hash: bytes  # 16 bytes
    body: Body | None = None
    body_hash: bytes = b""  # 16 bytes over the raw bytes after the headers, b"" without a body
    raw_body: bytes = b""  # zstd of those bytes
    text_body: bytes = b""  # zstd of body.text in UTF-8
    snippet: str = ""  # first 160 characters of the new text, one line, not yet plain
    index_text: str = ""  # body and file names for full text search, at most 256 KB
    size: int = 0  # raw bytes of the whole copy, 0 if unknown


class Unreadable(Record, frozen=True, kw_only=True):
    """A copy that could not be read, whatever was tried: its outcome is *failed* with this reason."""

    uid: int
    reason: str  # worker_died, worker_timeout, worker_garbage, too_large
