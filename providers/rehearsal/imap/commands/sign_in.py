"""Who is there and what the server can: CAPABILITY, ID, ENABLE, STARTTLS, LOGIN, AUTHENTICATE, LOGOUT."""

import base64
import binascii

from providers.rehearsal.faults import At, Do
from providers.rehearsal.imap.cursor import Cursor
from providers.rehearsal.imap.errors import Bad, No
from providers.rehearsal.imap.session import Session


async def capability(session: Session, cursor: Cursor) -> bytes:
    cursor.end()
    await session.untagged(session.capability_words())
    return b"OK Capability completed."


async def noop(_session: Session, _cursor: Cursor) -> bytes:
    return b"OK NOOP completed."


async def logout(session: Session, _cursor: Cursor) -> bytes:
    await session.untagged(b"BYE Logging out")
    session.look_at(None)
    return b"OK Logout completed."


async def identify(session: Session, _cursor: Cursor) -> bytes:
    await session.untagged(b'ID ("name" "postroom rehearsal")')
    return b"OK ID completed."


async def enable(session: Session, cursor: Cursor) -> bytes:
    cursor.space()
    wanted = cursor.data[cursor.at :].upper().split()
    enabled = b"ENABLED"
    for word, use in ((b"CONDSTORE", session.use_condstore), (b"QRESYNC", session.use_qresync)):
        if word in wanted and session.can(word.decode("ascii")):
            await use()
            enabled += b" " + word
    await session.untagged(enabled)
    return b"OK Enabled."


async def namespace(session: Session, cursor: Cursor) -> bytes:
    cursor.end()
    await session.untagged(b'NAMESPACE (("" "/")) NIL NIL')
    return b"OK Namespace completed."


async def starttls(session: Session, cursor: Cursor) -> bytes:
    """Answers by itself, since what follows the answer is TLS."""
    cursor.end()
    if session.wire.tls:
        raise Bad("TLS is already active")
    answer = session.tag + b" OK Begin TLS negotiation now.\r\n"
    fault = session.due(At.STARTTLS)
    if fault is not None and fault.do is Do.SAY:
        answer += fault.words(session.tag)
    else:
        await session.suffer(fault)
    await session.wire.start_tls(answer, session.house.tls_context)
    return b""


async def login(session: Session, cursor: Cursor) -> bytes:
    cursor.space()
    name = cursor.astring()
    cursor.space()
    password = cursor.astring()
    cursor.end()
    return _enter(session, name, password)


async def authenticate(session: Session, cursor: Cursor) -> bytes:
    cursor.space()
    if cursor.key() != "PLAIN":
        raise No("[CANNOT] Unsupported authentication mechanism")
    if session.login_disabled:
        raise No("[PRIVACYREQUIRED] TLS is needed first")
    if session.can("SASL-IR") and cursor.takes(b" "):
        coded = cursor.data[cursor.at :]
    else:
        cursor.end()
        await session.wire.send(b"+ \r\n")
        coded = await session.next_line()
    if coded == b"*":
        raise Bad("Authentication aborted")
    try:
        _, name, password = base64.b64decode(coded, validate=True).split(b"\x00")
    except (binascii.Error, ValueError):
        raise Bad("Invalid authentication data") from None
    return _enter(session, name, password)


def _enter(session: Session, name: bytes, password: bytes) -> bytes:
    if session.login_disabled:
        raise No("[PRIVACYREQUIRED] TLS is needed first")
    called = name.decode("utf-8", "replace")
    if session.house.post.signed_in(called, password.decode("utf-8", "replace")) is None:
        raise No("[AUTHENTICATIONFAILED] Authentication failed.")
    session.enter(called)
    return b"OK [" + session.capability_words() + b"] Logged in"
