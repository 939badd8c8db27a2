"""What a sign-in server said, by remedy and without its words (Z14), and whose a grant is (Z24). Pure."""

import base64
import json
from typing import Any, Final

from providers.errors import AuthRefused, Garbled, ProviderError, Refused, Unavailable
from providers.oauth.records import App

SLOWER: Final = "slow_down"
PENDING: Final = frozenset({"authorization_pending", SLOWER})
_TAKEN_BACK: Final = frozenset({"invalid_grant", "interaction_required", "login_required", "consent_required"})
_DECLINED: Final = frozenset({"access_denied", "authorization_declined"})
_NOT_REGISTERED: Final = frozenset({"invalid_client", "unauthorized_client"})
_LATER: Final = frozenset({"temporarily_unavailable", "server_error", SLOWER})
_EXPIRED: Final = frozenset({"expired_token", "code_expired"})


def refusal(said: dict[str, Any]) -> ProviderError:
    """An error body (RFC 6749, 5.2; RFC 8628, 3.5) as one of ours."""
    code = said.get("error")
    if not isinstance(code, str):
        return Garbled("parse")
    if code in _TAKEN_BACK:
        return AuthRefused("revoked")
    if code in _DECLINED:
        return AuthRefused("declined")
    if code in _NOT_REGISTERED:
        return Refused("client_id")
    if code in _LATER:
        return Unavailable("busy")
    if code in _EXPIRED or code == "bad_verification_code":
        return Refused("code_expired")
    return Refused("no")


def claims_of(id_token: object) -> dict[str, Any]:
    """What an ID token says. It came from the token endpoint itself over TLS, so its signature proves nothing more
    (OpenID Connect Core, 3.1.3.7). Its times are not judged: this clock may be wrong. Raises Garbled.
    """
    try:
        part = str(id_token).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, RecursionError):
        raise Garbled("id_token") from None
    if not isinstance(claims, dict):
        raise Garbled("id_token")
    return claims


def identities(app: App, claims: dict[str, Any], *, nonce: str | None = None) -> frozenset[str]:
    """The addresses under which the provider knows who has agreed. Raises Garbled for a token that is not for us.

    Of Microsoft's the sign-in name alone: its `email` is what an account's own administrator wrote there.
    """
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if app.client_id not in audiences or (nonce is not None and claims.get("nonce") != nonce):
        raise Garbled("id_token")
    names: list[object] = []
    if app.provider == "microsoft":
        names = [claims.get("preferred_username"), claims.get("upn")]
    elif claims.get("email_verified") is not False:
        names = [claims.get("email")]
    if app.provider == "openid":
        names.append(claims.get("preferred_username"))
    return frozenset(name.strip().casefold() for name in names if isinstance(name, str) and name.strip())
