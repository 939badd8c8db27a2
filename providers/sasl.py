"""Tokens as mail servers want them: XOAUTH2 (Google's and Microsoft's) and OAUTHBEARER (RFC 7628). Pure."""

from typing import Final

from providers.protocols import Server

XOAUTH2: Final = "XOAUTH2"
OAUTHBEARER: Final = "OAUTHBEARER"
AGREED: Final = {XOAUTH2: b"", OAUTHBEARER: b"\1"}  # the answer to the challenge in which a refusal is told


def initial(method: str, *, server: Server, login: str, token: str) -> bytes:
    """What is said first, before base64."""
    if method == XOAUTH2:
        return f"user={login}\1auth=Bearer {token}\1\1".encode()
    name = login.replace("=", "=3D").replace(",", "=2C")  # RFC 5801, 4
    return f"n,a={name},\1host={server.host}\1port={server.port}\1auth=Bearer {token}\1\1".encode()


def unusable(text: str) -> bool:
    """Whether this could say more than it is: no name and no token has a control character."""
    return any(letter < " " or letter == "\x7f" or "\ud800" <= letter <= "\udfff" for letter in text)
