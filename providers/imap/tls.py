"""From a connected socket to a secured one (Z10).

Until TLS stands nothing is said but CAPABILITY and STARTTLS, and nothing that was heard before is believed afterwards.
"""

from providers.errors import Garbled, Unavailable
from providers.imap.connection import Connection
from providers.imap.line import Line
from providers.net import dial
from providers.protocols import Server


def connect_secured(server: Server, *, timeout: float) -> Connection:
    """A greeted connection over TLS (or on loopback, if it was set up so), its capabilities fresh."""
    line = Line(dial(server, timeout=timeout), timeout=timeout)
    line.deadline(2 * timeout)
    try:
        return _greeted(server, line)
    except BaseException:
        line.close()
        raise


def _greeted(server: Server, line: Line) -> Connection:
    from providers.imap.vendor import Vendor  # imapclient costs 61 ms

    if server.tls == "ssl":
        line.start_tls(server)
    connection = Connection(line, Vendor(line))
    if connection.preauth:
        raise Garbled("preauth")
    if server.tls == "starttls":
        _start_tls(connection, server)
    return connection


def _start_tls(connection: Connection, server: Server) -> None:
    if "STARTTLS" not in connection.words:
        raise Unavailable("no_tls_offered")
    _, tagged = connection.answer("STARTTLS")
    if tagged.status != "OK":
        raise Unavailable("no_tls_offered")
    connection.line.start_tls(server)
    connection.learn()
