"""Login forms and host names as provider tables and autoconfig files write them, filled in for an address. Pure."""

import re
from typing import Final

from store.model.found import FoundServer, Way

LOGIN_FORM: Final = "%EMAILADDRESS%"
MAX_HOST: Final = 253
_LABEL: Final = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST: Final = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\.?$){_LABEL}")
_PLACEHOLDER: Final = re.compile(r"%[A-Z]+%")
_LOGIN: Final = re.compile(r"[^\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]{1,320}")


def way_of(said: str, host: str) -> Way | None:
    """How to log in, of what the formats call it. What wants a certificate or a domain of Windows is none of ours."""
    if said.strip() in ("password-cleartext", "password-encrypted"):
        return Way.PASSWORD
    if said.strip() != "OAuth2":
        return None
    name = host.strip().rstrip(".").lower()
    if name.endswith((".gmail.com", ".googlemail.com")):
        return Way.GOOGLE
    return Way.MICROSOFT if name.endswith((".office365.com", ".outlook.com")) else Way.OAUTH


def filled(form: str, address: str) -> str:
    """With the address's parts in the places of their names."""
    local, _at, domain = address.rpartition("@")
    parts = {"%EMAILADDRESS%": address, "%EMAILLOCALPART%": local, "%EMAILDOMAIN%": domain}
    return _PLACEHOLDER.sub(lambda match: parts.get(match[0], match[0]), form)


def host_name(text: str) -> str | None:
    """A name that a server on the internet can have, in ASCII; no number, and none that only this house knows."""
    name = text.strip().rstrip(".").lower()
    try:
        name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return name if len(name) <= MAX_HOST and _HOST.fullmatch(name) else None


def server_of(
    address: str, *, host: str, port: int, tls: str, form: str = LOGIN_FORM, ways: tuple[Way, ...] = ()
) -> FoundServer | None:
    """A server for the address, or None where host, port, socket or login make no sense. Never one without TLS."""
    name, login = host_name(filled(host, address)), filled(form, address)
    if name is None or tls not in ("ssl", "starttls") or not 0 < port < 65_536:
        return None
    if not _LOGIN.fullmatch(login) or _PLACEHOLDER.search(login):
        return None
    return FoundServer(host=name, port=port, tls=tls, login_form=form, login=login, ways=ways)
