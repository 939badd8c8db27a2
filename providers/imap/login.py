"""Logging in, on a secured connection only. Passwords of any letters but CR, LF and NUL; tokens as XOAUTH2, else as
OAUTHBEARER (RFC 7628). One attempt, never two.
"""

import base64

from providers.errors import AuthRefused, ProviderError, Unavailable
from providers.imap.arguments import Argument, Step
from providers.imap.connection import Connection, refusal, switched_off, throttled
from providers.imap.responses import Tagged, code_of
from providers.imap.tls import connect_secured
from providers.protocols import Bearer, Secret, Server
from providers.sasl import AGREED, OAUTHBEARER, XOAUTH2, initial, unusable


def sign_on(server: Server, login: str, secret: Secret, *, timeout: float) -> Connection:
    """Connected, secured, logged in, capabilities known."""
    connection = connect_secured(server, timeout=timeout)
    try:
        tagged = (
            _by_token(connection, server, login, secret)
            if isinstance(secret, Bearer)
            else _by_password(connection, login, secret)
        )
        if tagged.status != "OK":
            raise _login_refusal(tagged)
        connection.learn()
        connection.line.deadline(None)
    except BaseException:
        connection.close()
        raise
    return connection


def _by_token(connection: Connection, server: Server, login: str, secret: Bearer) -> Tagged:
    """What the server says when it refuses is a challenge, which is answered before its NO."""
    method = next((one for one in (XOAUTH2, OAUTHBEARER) if f"AUTH={one}" in connection.words), None)
    if method is None:
        raise AuthRefused("no_oauth")
    if unusable(login) or unusable(secret.token):
        raise AuthRefused("characters")
    said = base64.b64encode(initial(method, server=server, login=login, token=secret.token))
    agreed = Step(base64.b64encode(AGREED[method]))
    if "SASL-IR" in connection.words:
        _, tagged = connection.answer("AUTHENTICATE", method, said.decode("ascii"), agreed)
    else:
        _, tagged = connection.answer("AUTHENTICATE", method, Step(said), agreed)
    return tagged


def _by_password(connection: Connection, login: str, password: str) -> Tagged:
    tagged = None
    if "AUTH=PLAIN" in connection.words:
        _, tagged = connection.answer(*_plain(login, password, initial="SASL-IR" in connection.words))
    if tagged is None or tagged.status == "BAD":  # a server that names PLAIN and does not know it
        if "LOGINDISABLED" in connection.words:
            raise AuthRefused("disabled")
        _, tagged = connection.answer("LOGIN", _text(login), _text(password))
    return tagged


def _plain(login: str, password: str, *, initial: bool) -> tuple[Argument, ...]:
    """RFC 4616; with SASL-IR (RFC 4959) in one go."""
    secret = base64.b64encode(b"\0" + _text(login) + b"\0" + _text(password))
    if initial:
        return "AUTHENTICATE", "PLAIN", secret.decode("ascii")
    return "AUTHENTICATE", "PLAIN", Step(secret)


def _text(text: str) -> bytes:
    """UTF-8; what no server can have as name or password is refused by its own."""
    try:
        encoded = text.encode()
    except UnicodeError:
        raise AuthRefused("characters") from None
    if any(byte in encoded for byte in b"\r\n\0"):
        raise AuthRefused("characters")
    return encoded


def _login_refusal(tagged: Tagged) -> ProviderError:
    code, _ = code_of(tagged.text)
    if switched_off(tagged.text):  # Dovecot says it with UNAVAILABLE
        return AuthRefused("imap_off")
    if throttled(code):
        return Unavailable("busy")
    if b"application-specific password" in tagged.text.lower():
        return AuthRefused("needs_app_password")
    if code == "PRIVACYREQUIRED":
        return AuthRefused("plain_refused")
    return AuthRefused("login") if tagged.status == "NO" else refusal(tagged)
