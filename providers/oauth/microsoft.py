"""Microsoft: device code, or browser with PKCE, and renewal. The only module that imports msal, and late: 160 ms.

msal speaks through our own way to the web: its own lets REQUESTS_CA_BUNDLE replace the authorities that are trusted.
One cache for each mailbox, kept with its grant. What msal raises and says stays here.
"""

import contextlib
import json
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from providers.errors import AuthRefused, Garbled, ProviderError, Refused
from providers.oauth.judging import PENDING, SLOWER, identities, refusal
from providers.oauth.loopback import answer_in
from providers.oauth.records import App, BrowserFlow, DeviceCode, DeviceFlow, Gained, Grant, NotYet, Token
from providers.oauth.web import Web

HOST: Final = "https://login.microsoftonline.com"
SCOPES: Final = (
    "https://outlook.office.com/IMAP.AccessAsUser.All",
    "https://outlook.office.com/SMTP.Send",
)  # msal adds openid, profile and offline_access
MIN_SECONDS: Final = 60.0


class Microsoft:
    """See the module."""

    def __init__(self, app: App, web: Web | None = None) -> None:
        self._app = app
        self._web = web or Web(certificates=app.certificates)

    def begin_device(self) -> DeviceFlow:
        """The code to show. Raises ProviderError."""
        with _ours():
            flow: dict[str, Any] = self._client("").initiate_device_flow(scopes=list(SCOPES))
        if "user_code" not in flow:
            raise refusal(flow)
        try:
            code = DeviceCode(
                url=str(flow["verification_uri"]),
                user_code=str(flow["user_code"]),
                seconds=int(flow.get("expires_in") or 900),
                interval=max(1, int(flow.get("interval") or 5)),
            )
        except (KeyError, TypeError, ValueError):
            raise Garbled("parse") from None
        return DeviceFlow(code=code, flow=flow)

    def poll(self, begun: DeviceFlow) -> Gained | NotYet:
        """Ask once whether the person has agreed. Raises ProviderError."""
        client = self._client("")
        with _ours():
            said = client.acquire_token_by_device_flow(begun.flow, exit_condition=lambda _flow: True)
        if said.get("error") in PENDING:
            return NotYet(slower=said["error"] == SLOWER)
        return self._gained(client, said)

    def begin(self, *, account: str, redirect: str) -> BrowserFlow:
        """The address to open. Raises ProviderError."""
        with _ours():
            flow: dict[str, Any] = self._client("").initiate_auth_code_flow(
                list(SCOPES), redirect_uri=redirect, login_hint=account, prompt="select_account"
            )
        if not isinstance(flow.get("auth_uri"), str):
            raise Garbled("parse")
        return BrowserFlow(url=flow["auth_uri"], state=str(flow["state"]), flow=flow)

    def redeem(self, begun: BrowserFlow, redirected: str) -> Gained:
        """The grant that the redirected address brings. Raises ProviderError."""
        answer = answer_in(redirected, state=begun.state)
        if "code" not in answer:
            raise refusal({"error": answer["error"]})
        client = self._client("")
        with _ours():
            said = client.acquire_token_by_auth_code_flow(begun.flow, answer)
        return self._gained(client, said)

    def renew(self, grant: Grant) -> tuple[Grant, Token]:
        """A fresh access token, and the grant as it is from now on. Raises ProviderError."""
        client = self._client(grant.cache)
        with _ours():
            accounts = client.get_accounts()
            if len(accounts) != 1:
                raise AuthRefused("revoked")
            said = client.acquire_token_silent_with_error(list(SCOPES), account=accounts[0], force_refresh=True)
        if said is None:
            raise AuthRefused("revoked")
        token = _token(said)
        return Grant(app=grant.app, account=grant.account, cache=_cache_of(client)), token

    def _gained(self, client: Any, said: dict[str, Any]) -> Gained:  # noqa: ANN401 - msal has no types
        token = _token(said)
        claims = said.get("id_token_claims")
        if not isinstance(claims, dict):
            raise Garbled("id_token")
        names = identities(self._app, claims)
        if not client.get_accounts():
            raise Refused("no_refresh")
        grant = Grant(app=self._app, account=min(names, default=""), cache=_cache_of(client))
        return Gained(grant=grant, token=token, identities=names)

    def _client(self, cache: str) -> Any:  # noqa: ANN401 - msal has no types
        """Fresh for each act: msal remembers refusals, and a person may just have mended one."""
        import msal

        # It would rather have an answer posted, which nobody can paste; and it says so on standard error.
        warnings.filterwarnings("ignore", message="response_mode=", category=UserWarning)
        warnings.filterwarnings("ignore", message="Attempted too soon", category=UserWarning)  # our pace is another
        kept = msal.SerializableTokenCache()
        with _ours():
            kept.deserialize(cache or None)
            return msal.PublicClientApplication(
                self._app.client_id,
                authority=self._app.authority or f"{HOST}/{self._app.tenant}",
                http_client=_HttpClient(self._web),
                token_cache=kept,
                instance_discovery=False,
                enable_pii_log=False,
            )


def _token(said: dict[str, Any]) -> Token:
    if "access_token" not in said:
        raise refusal(said)
    token, seconds = said["access_token"], said.get("expires_in")
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise Garbled("parse")
    good = float(seconds) if isinstance(seconds, (int, float)) else MIN_SECONDS
    return Token(token=token, seconds=max(good, MIN_SECONDS))


def _cache_of(client: Any) -> str:  # noqa: ANN401 - msal has no types
    return str(client.token_cache.serialize())


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    """Whatever msal makes of an answer that it does not understand."""
    try:
        yield
    except ProviderError:
        raise
    except Exception:  # noqa: BLE001 - msal raises RuntimeError, ValueError, KeyError with the server's words in them
        raise Garbled("parse") from None


class _Reply:
    """What msal wants of a reply."""

    def __init__(self, status: int, text: str) -> None:
        self.status_code, self.text = status, text
        self.headers: dict[str, str] = {}

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise refusal(_object(self.text))


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class _HttpClient:
    """msal's way to the web: ours."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: object
    ) -> _Reply:
        reply = self._web.get(f"{url}?{urlencode(params)}" if params else url, headers=_said(headers))
        return _Reply(reply.status, reply.body.decode("utf-8", "replace"))

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _Reply:
        where = f"{url}?{urlencode(params)}" if params else url
        reply = self._web.post(where, data or {}, headers=_said(headers))
        return _Reply(reply.status, reply.body.decode("utf-8", "replace"))

    def close(self) -> None:
        """Nothing is kept open."""


def _said(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Of msal's headers those that the protocol needs: none says what machine this is."""
    return {key: value for key, value in (headers or {}).items() if key.lower().startswith("x-anchor")}
