"""Logging in, on a secured connection only. Passwords of any letters but CR, LF and NUL; one attempt, never two."""

import base64

from providers.errors import AuthRefused, ProviderError, Unavailable
from providers.imap.arguments import Argument, Step
from providers.imap.connection import Connection, refusal, throttled
from providers.imap.responses import Tagged, code_of
from providers.imap.tls import connect_secured
from providers.protocols import Server


def sign_on(server: Server, login: str, password: str, *, timeout: float) -> Connection:
    """Connected, secured, logged in, capabilities known."""
    connection = connect_secured(server, timeout=timeout)
    try:
        _log_in(connection, login, password)
        connection.line.deadline(None)
    except BaseException:
        connection.close()
        raise
    return connection


def _log_in(connection: Connection, login: str, password: str) -> None:
    tagged = None
    if "AUTH=PLAIN" in connection.words:
        _, tagged = connection.answer(*_plain(login, password, initial="SASL-IR" in connection.words))
    if tagged is None or tagged.status == "BAD":  # a server that names PLAIN and does not know it
        if "LOGINDISABLED" in connection.words:
            raise AuthRefused("disabled")
        _, tagged = connection.answer("LOGIN", _text(login), _text(password))
    if tagged.status != "OK":
        raise _login_refusal(tagged)
    connection.learn()


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
    if throttled(code):
        return Unavailable("busy")
    if b"application-specific password" in tagged.text.lower():
        return AuthRefused("needs_app_password")
    if code == "PRIVACYREQUIRED":
        return AuthRefused("plain_refused")
    return AuthRefused("login") if tagged.status == "NO" else refusal(tagged)
