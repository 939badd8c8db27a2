"""The names by which the desk knows emails: identity, hashes of Message-IDs, hashes of what makes a version ([S7a])."""

from hashlib import blake2b

from store.model.copy import Copy, Headers
from store.model.ids import EmailKey

NAME_BYTES = 16


def identity_of(copy: Copy) -> bytes | None:
    """Without a Message-ID the content is part of it, and it is not known before the body is."""
    if copy.headers.message_id is not None:
        return copy.identity
    return None if copy.body is None else copy.identity + copy.content_hash


def name_of(message_id: str) -> bytes:
    """How threads and reply headers name an email."""
    return blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=NAME_BYTES).digest()


def own_name(key: EmailKey) -> bytes:
    """The name of an email without a Message-ID: nobody can name it."""
    return blake2b(key.to_bytes(8, "big"), digest_size=NAME_BYTES, person=b"email key").digest()


def heads_of(headers: Headers) -> bytes:
    """Subject, Reply-To and Sender: where these differ, headers alone are another version."""
    parts = [" ".join(headers.subject.split())]
    for people in (headers.reply_to, headers.sender):
        parts += [" ".join(sorted({who.address for who in people})) if people else ""]
    return blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
