"""Mail servers as a person names them: `HOST[:PORT]`, and how the connection is secured. Pure.

For the command line and the screens alike: the same text means the same server.
"""

from typing import Final

from store.model.errors import BadRequest
from store.model.mailbox import ServerSettings

IMAP_PORTS: Final = {"ssl": 993, "starttls": 143, "none": 143}
SMTP_PORTS: Final = {"ssl": 465, "starttls": 587, "none": 25}
SUBMISSION_TLS: Final = 465


def server(text: str, *, ports: dict[str, int], tls: str | None = None, authority: str | None = None) -> ServerSettings:
    """The server that is meant. TLS that is not said is `ssl`, but STARTTLS on a port that begins in clear.

    Raises BadRequest bad_value.
    """
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, port = text, ""
    host = host.strip().removeprefix("[").removesuffix("]")
    if not host or (colon and not (port.isdigit() and 0 < int(port) < 65_536)):
        raise BadRequest("bad_value", field=text)
    secured = tls or "ssl"
    if tls is None and port and _begins_in_clear(int(port), ports):
        secured = "starttls"
    return ServerSettings(host=host, port=int(port) if port else ports[secured], tls=secured, authority=authority)


def _begins_in_clear(port: int, ports: dict[str, int]) -> bool:
    return port != SUBMISSION_TLS if ports is SMTP_PORTS else port == ports["starttls"]


def guessed(address: str) -> tuple[str, str]:
    """The names that most providers give their servers, to begin with: (imap, smtp)."""
    domain = address.rpartition("@")[2].strip().lower()
    return (f"imap.{domain}", f"smtp.{domain}") if "." in domain else ("", "")
