"""Google, and a firm's own OpenID provider: authorization code with PKCE (RFC 7636), refresh, rotated tokens.

By hand, since the vendor's library costs 180 ms and refuses a pasted loopback address. The provider sends its answer to
a loopback address: a listener takes it, or the person pastes it.
"""

import base64
import hashlib
import secrets
from typing import Any, Final
from urllib.parse import urlencode

from providers.errors import Garbled, Refused
from providers.oauth.judging import claims_of, identities, refusal
from providers.oauth.loopback import answer_in
from providers.oauth.records import App, CodeFlow, Gained, Grant, Token
from providers.oauth.web import Reply, Web

SCOPES: Final = {"google": "openid email https://mail.google.com/", "openid": "openid email offline_access"}
MIN_SECONDS: Final = 60.0
_ENDPOINTS: Final = ("https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token")
_REVOKE: Final = "https://oauth2.googleapis.com/revoke"


class Google:
    """See the module. `account` is whom the provider should ask."""

    def __init__(self, app: App, web: Web | None = None) -> None:
        self._app = app
        self._web = web or Web(certificates=app.certificates)

    def begin(self, *, account: str, redirect: str) -> CodeFlow:
        """The address to open. Raises ProviderError where the provider must be asked for its own."""
        authorize, _ = self._endpoints()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": self._app.client_id,
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": SCOPES[self._app.provider],
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "login_hint": account,
            "access_type": "offline",  # Google's word for a refresh token, which it gives only with a fresh consent
            "prompt": "consent",
        }
        joint = "&" if "?" in authorize else "?"
        url = f"{authorize}{joint}{urlencode(asked)}"
        return CodeFlow(url=url, state=state, nonce=nonce, verifier=verifier, redirect=redirect)

    def redeem(self, flow: CodeFlow, redirected: str) -> Gained:
        """The grant that the redirected address brings. Raises ProviderError."""
        answer = answer_in(redirected, state=flow.state)
        if "code" not in answer:
            raise refusal({"error": answer["error"]})
        said = self._token(
            grant_type="authorization_code",
            code=answer["code"],
            code_verifier=flow.verifier,
            redirect_uri=flow.redirect,
        )
        names = identities(self._app, claims_of(said.get("id_token")), nonce=flow.nonce)
        refresh = said.get("refresh_token")
        if not isinstance(refresh, str):
            raise Refused("no_refresh")
        grant = Grant(app=self._app, account=min(names, default=""), refresh=refresh)
        return Gained(grant=grant, token=_token(said), identities=names)

    def renew(self, grant: Grant) -> tuple[Grant, Token]:
        """A fresh access token, and the grant as it is from now on. Raises ProviderError."""
        said = self._token(grant_type="refresh_token", refresh_token=grant.refresh)
        rotated = said.get("refresh_token")
        if isinstance(rotated, str) and rotated:
            grant = Grant(app=grant.app, account=grant.account, refresh=rotated)
        return grant, _token(said)

    def revoke(self, grant: Grant) -> bool:
        """Give a grant back (RFC 7009); False where the provider takes none back. Raises ProviderError."""
        where = self._revocation()
        if where is None:
            return False
        reply = self._web.post(where, self._named(token=grant.refresh, token_type_hint="refresh_token"))  # noqa: S106
        return reply.status < 300

    def _token(self, **form: str) -> dict[str, Any]:
        _, where = self._endpoints()
        return _answered(self._web.post(where, self._named(**form)))

    def _named(self, **form: str) -> dict[str, str]:
        """With who asks."""
        named = {**form, "client_id": self._app.client_id}
        if self._app.client_secret:
            named["client_secret"] = self._app.client_secret
        return named

    def _configuration(self) -> dict[str, Any]:
        top = self._app.authority.rstrip("/")
        return _answered(self._web.get(f"{top}/.well-known/openid-configuration"))

    def _revocation(self) -> str | None:
        """Where grants are given back."""
        if not self._app.authority:
            return _REVOKE
        found = self._configuration().get("revocation_endpoint")
        return found if isinstance(found, str) else None

    def _endpoints(self) -> tuple[str, str]:
        """Where to agree, and where tokens come from."""
        if not self._app.authority:
            return _ENDPOINTS
        said = self._configuration()
        found = said.get("authorization_endpoint"), said.get("token_endpoint")
        authorize, token = found
        if not isinstance(authorize, str) or not isinstance(token, str) or not authorize.startswith("https://"):
            raise Garbled("parse")
        return authorize, token


def _answered(reply: Reply) -> dict[str, Any]:
    said = reply.object()
    if reply.status >= 400 or "error" in said:
        raise refusal(said)
    return said


def _token(said: dict[str, Any]) -> Token:
    token, seconds = said.get("access_token"), said.get("expires_in")
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise Garbled("parse")
    good = float(seconds) if isinstance(seconds, (int, float)) else MIN_SECONDS
    return Token(token=token, seconds=max(good, MIN_SECONDS))
