"""Servers as a person names them: which port, and how the connection is secured where that is not said."""

import pytest

from store.model.errors import BadRequest
from tui.servers import IMAP_PORTS, SMTP_PORTS, server


@pytest.mark.parametrize(
    ("text", "ports", "tls", "port", "secured"),
    [
        ("mail.x.example", IMAP_PORTS, None, 993, "ssl"),
        ("mail.x.example:993", IMAP_PORTS, None, 993, "ssl"),
        ("mail.x.example:143", IMAP_PORTS, None, 143, "starttls"),
        ("mail.x.example:143", IMAP_PORTS, "ssl", 143, "ssl"),
        ("mail.x.example:10993", IMAP_PORTS, None, 10993, "ssl"),
        ("mail.x.example", SMTP_PORTS, None, 465, "ssl"),
        ("mail.x.example:465", SMTP_PORTS, None, 465, "ssl"),
        ("mail.x.example:587", SMTP_PORTS, None, 587, "starttls"),
        ("[::1]:143", IMAP_PORTS, "none", 143, "none"),
    ],
)
def test_tls_that_is_not_said_fits_the_port(
    text: str, ports: dict[str, int], tls: str | None, port: int, secured: str
) -> None:
    meant = server(text, ports=ports, tls=tls)
    assert (meant.port, meant.tls) == (port, secured)


@pytest.mark.parametrize("text", ["", ":993", "host:", "host:0", "host:70000", "host:x"])
def test_what_names_no_server_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        server(text, ports=IMAP_PORTS)
