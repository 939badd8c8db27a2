"""A local OpenID provider over real TLS: authorization code with PKCE, device grant, refresh with rotation, revocation,
introspection for a mail server, and a plan of faults. Its errors are worded as Microsoft's or Google's.

    with OpenId(folder, style="microsoft") as provider:
        provider.visit(url, account="a@firm.example")    # what a browser does; where it is sent back to
        provider.enter(user_code, account="a@firm.example")
        provider.fail("token", "busy")

Knows nothing of what it is used for.
"""

import base64
import contextlib
import hashlib
import http.client
import itertools
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import trustme

Style = Literal["microsoft", "google"]
Fault = Literal["busy", "throttled", "hang", "garbage", "huge", "redirect", "close"]
TENANT: Final = "firm"
CLIENT_ID: Final = "4f0c6a9e-0000-4000-8000-00000000c0de"
Form = dict[str, str]


@dataclass
class Issued:
    """A token of either kind, or a code, and whose it is."""

    account: str
    scope: str
    nonce: str = ""
    challenge: str = ""
    redirect: str = ""
    expires: float = 0.0
    family: int = 0


@dataclass
class Device:
    """A device grant under way."""

    user_code: str
    scope: str
    account: str = ""
    denied: bool = False
    expires: float = 0.0


@dataclass
class Asked:
    """A request that came."""

    endpoint: str
    form: Form


@dataclass
class OpenId:
    """See the module. `lifetime` is an access token's; `skew` is what its clock is off by."""

    top: Path
    style: Style = "microsoft"
    client_id: str = CLIENT_ID
    client_secret: str = ""
    lifetime: int = 3600
    skew: int = 0
    rotates: bool = True  # a refresh token is good once
    interval: int = 1
    hurried: int = 0  # so many polls more of a device are told to slow down
    device_lifetime: int = 900
    verified: bool = True  # as it says of addresses
    clock: Callable[[], float] = time.time
    asked: list[Asked] = field(default_factory=list)
    refresh_tokens: dict[str, Issued] = field(default_factory=dict)
    access_tokens: dict[str, Issued] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)  # refresh tokens that were rotated away
    _codes: dict[str, Issued] = field(default_factory=dict)
    _devices: dict[str, Device] = field(default_factory=dict)
    _faults: dict[str, list[Fault]] = field(default_factory=dict)
    _families: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _released: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None

    # ------------------------------------------------------------ life
    def __enter__(self) -> Self:
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        self.top.mkdir(parents=True, exist_ok=True)
        self.cafile = self.top / "openid-ca.pem"
        authority.cert_pem.write_to_path(str(self.cafile))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        handler = type("_Handler", (_Handler,), {"provider": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="openid", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    @property
    def pem(self) -> str:
        """Of the authority that its certificate is from."""
        return self.cafile.read_text()

    @property
    def authority(self) -> str:
        """As a firm names it: a host with a tenant."""
        return f"https://localhost:{self.port}/{TENANT}"

    @property
    def issuer(self) -> str:
        return f"{self.authority}/v2.0"

    @property
    def introspection(self) -> str:
        return f"{self.authority}/introspect"

    # ------------------------------------------------------------ what people do
    def visit(self, url: str, *, account: str, say_yes: bool = True) -> str:
        """Open the address in a browser where this account is signed in, and agree or not: where it is sent back to."""
        parts = urlsplit(url)
        assert (parts.scheme, parts.hostname, parts.port) == ("https", "localhost", self.port), url
        line = http.client.HTTPSConnection(
            "localhost", self.port, context=ssl.create_default_context(cafile=str(self.cafile)), timeout=10
        )
        try:
            headers = {"X-Account": account, "X-Answer": "yes" if say_yes else "no"}
            line.request("GET", f"{parts.path}?{parts.query}", headers=headers)
            reply = line.getresponse()
            said = reply.read().decode()
        finally:
            line.close()
        assert reply.status == 302, (reply.status, said)
        return str(reply.headers["Location"])

    def enter(self, user_code: str, *, account: str, say_yes: bool = True) -> None:
        """Type a device's code, signed in as this account."""
        with self._lock:
            device = next(one for one in self._devices.values() if one.user_code == user_code)
            device.account, device.denied = account, not say_yes

    def revoke(self, account: str) -> None:
        """Take everything back that this account has granted."""
        with self._lock:
            for kept in (self.refresh_tokens, self.access_tokens):
                for token in [token for token, issued in kept.items() if issued.account == account]:
                    del kept[token]

    def take_back(self, form: Form) -> tuple[int, dict[str, Any]]:
        """RFC 7009: the grant of this refresh token, with its access tokens. An unknown one is as good as gone."""
        if form.get("client_id") != self.client_id or form.get("client_secret", "") != self.client_secret:
            return 401, self._error("invalid_client", 7000215)
        with self._lock:
            issued = self.refresh_tokens.pop(form.get("token", ""), None)
            if issued is not None:
                for token in [token for token, one in self.access_tokens.items() if one.family == issued.family]:
                    del self.access_tokens[token]
        return 200, {}

    def expire(self) -> None:
        """No access token is good any more; refresh tokens are."""
        with self._lock:
            self.access_tokens.clear()

    def fail(self, endpoint: str, fault: Fault, *, times: int = 1) -> None:
        """The next requests there go wrong."""
        with self._lock:
            self._faults.setdefault(endpoint, []).extend(fault for _ in range(times))

    def count(self, endpoint: str, **form: str) -> int:
        """How many requests came there with this in their form."""
        with self._lock:
            return sum(
                one.endpoint == endpoint and all(one.form.get(key) == value for key, value in form.items())
                for one in self.asked
            )

    def wait_for(self, endpoint: str, *, times: int = 1, seconds: float = 20, **form: str) -> None:
        """Until so many such requests have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.count(endpoint, **form) >= times, seconds), endpoint

    # ------------------------------------------------------------ inside
    def note(self, endpoint: str, form: Form) -> Fault | None:
        """A request has come; how it is to fail."""
        with self._changed, self._lock:
            self.asked.append(Asked(endpoint, form))
            self._changed.notify_all()
            faults = self._faults.get(endpoint)
            return faults.pop(0) if faults else None

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.authority}/oauth2/v2.0/authorize",
            "token_endpoint": f"{self.authority}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{self.authority}/oauth2/v2.0/devicecode",
            "revocation_endpoint": f"{self.authority}/revoke",
            "jwks_uri": f"{self.authority}/keys",
        }

    def authorize(self, form: Form, account: str, *, agreed: bool) -> str:
        """Where the browser is sent back to. A request that is wrong raises."""
        assert form["client_id"] == self.client_id
        assert form["response_type"] == "code"
        assert form["code_challenge_method"] == "S256"
        redirect = form["redirect_uri"]
        assert urlsplit(redirect).hostname in ("localhost", "127.0.0.1")
        answer = {"state": form["state"]}
        if agreed:
            code = secrets.token_urlsafe(24)
            with self._lock:
                self._codes[code] = Issued(
                    account, form["scope"], form.get("nonce", ""), form["code_challenge"], redirect, self.clock() + 60
                )
            answer["code"] = code
        else:
            answer["error"] = "access_denied"
        return f"{redirect}?{urlencode(answer)}"

    def begin_device(self, form: Form) -> dict[str, Any]:
        with self._lock:
            code, user_code = secrets.token_urlsafe(24), f"{secrets.token_hex(2)}-{secrets.token_hex(2)}".upper()
            self._devices[code] = Device(user_code, form["scope"], expires=self.clock() + self.device_lifetime)
        return {
            "device_code": code,
            "user_code": user_code,
            "verification_uri": f"{self.authority}/device",
            "expires_in": self.device_lifetime,
            "interval": self.interval,
            "message": "do not show this",
        }

    def token(self, form: Form) -> tuple[int, dict[str, Any]]:
        """The token endpoint."""
        if form.get("client_id") != self.client_id or form.get("client_secret", "") != self.client_secret:
            return 401, self._error("invalid_client", 7000215)
        with self._lock:
            match form.get("grant_type"):
                case "authorization_code":
                    return self._by_code(form)
                case "refresh_token":
                    return self._by_refresh(form)
                case "urn:ietf:params:oauth:grant-type:device_code":
                    return self._by_device(form)
                case _:
                    return 400, self._error("unsupported_grant_type", 70003)

    def _by_code(self, form: Form) -> tuple[int, dict[str, Any]]:
        issued = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            issued is None
            or issued.expires < self.clock()
            or issued.challenge != challenge
            or issued.redirect != form.get("redirect_uri")
        ):
            return 400, self._error("invalid_grant", 70008)
        return 200, self._issue(issued, family=next(self._families))

    def _by_refresh(self, form: Form) -> tuple[int, dict[str, Any]]:
        token = form.get("refresh_token", "")
        issued = self.refresh_tokens.get(token)
        if token in self.used:  # somebody has an old one: nobody keeps any
            self.revoke(next((one.account for one in self.refresh_tokens.values()), ""))
            issued = None
        if issued is None:
            return 400, self._error("invalid_grant", 50173)
        if self.rotates:
            del self.refresh_tokens[token]
            self.used.add(token)
        return 200, self._issue(issued, family=issued.family, keep="" if self.rotates else token)

    def _by_device(self, form: Form) -> tuple[int, dict[str, Any]]:
        device = self._devices.get(form.get("device_code", ""))
        if device is None or device.expires < self.clock():
            return 400, self._error("expired_token", 70019)
        if self.hurried:
            self.hurried -= 1
            return 400, self._error("slow_down", 70016)
        if not device.account:
            return 400, self._error("authorization_pending", 70016)
        del self._devices[form["device_code"]]
        if device.denied:
            return 400, self._error("authorization_declined" if self.style == "microsoft" else "access_denied", 70020)
        return 200, self._issue(Issued(device.account, device.scope), family=next(self._families))

    def _issue(self, issued: Issued, *, family: int, keep: str = "") -> dict[str, Any]:
        access = secrets.token_urlsafe(48)
        refresh = keep or secrets.token_urlsafe(48)
        fresh = Issued(issued.account, issued.scope, expires=self.clock() + self.lifetime, family=family)
        self.access_tokens[access] = self.refresh_tokens[refresh] = fresh
        answer = {
            "token_type": "Bearer",
            "access_token": access,
            "expires_in": self.lifetime,
            "scope": issued.scope,
            "id_token": self._id_token(issued),
        }
        if not keep:
            answer["refresh_token"] = refresh
        return answer

    def _id_token(self, issued: Issued) -> str:
        now = int(self.clock()) + self.skew
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": hashlib.sha256(issued.account.encode()).hexdigest()[:20],
            "iat": now,
            "exp": now + self.lifetime,
        }
        if issued.nonce:
            claims["nonce"] = issued.nonce
        if self.style == "microsoft":
            claims |= {"preferred_username": issued.account, "name": "Somebody", "ver": "2.0"}
        else:
            claims |= {"email": issued.account, "email_verified": self.verified}
        parts = ({"alg": "RS256", "typ": "JWT"}, claims)
        coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
        return ".".join([*coded, base64.urlsafe_b64encode(b"signed").decode()])

    def introspect(self, token: str) -> dict[str, Any]:
        """As a mail server asks."""
        with self._lock:
            issued = self.access_tokens.get(token)
        if issued is None or issued.expires < self.clock():
            return {"active": False}
        return {"active": True, "email": issued.account, "username": issued.account, "scope": issued.scope}

    def _error(self, code: str, number: int) -> dict[str, Any]:
        if self.style == "google":
            words = {"invalid_grant": "Token has been expired or revoked."}.get(code, "Bad Request")
            return {"error": code, "error_description": words}
        return {
            "error": code,
            "error_description": f"AADSTS{number}: The grant of planted-words is not valid. Trace ID: 0",
            "error_codes": [number],
            "timestamp": "2026-11-24 10:00:00Z",
            "trace_id": "0",
            "correlation_id": "0",
        }

    def hang(self) -> None:
        """Until the provider ends: who waits must have a limit of its own."""
        self._released.wait(60)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up, or does not trust the certificate, is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    provider: ClassVar[OpenId]
    timeout = 30

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class names it
        """Nothing is written."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        form = _flat(parts.query)
        endpoint = parts.path.rpartition("/")[2]
        if self._failed(endpoint, form):
            return
        match endpoint:
            case "openid-configuration":
                self._json(200, self.provider.configuration())
            case "authorize":
                agreed = self.headers.get("X-Answer") != "no"
                try:
                    where = self.provider.authorize(form, self.headers["X-Account"], agreed=agreed)
                except (AssertionError, KeyError) as wrong:
                    self._json(400, {"error": "invalid_request", "error_description": repr(wrong)})
                    return
                self.send_response(302)
                self.send_header("Location", where)
                self.send_header("Content-Length", "0")
                self.end_headers()
            case _:
                self._json(404, {"error": "not_found"})

    def do_POST(self) -> None:
        form = _flat(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        endpoint = urlsplit(self.path).path.rpartition("/")[2]
        if self._failed(endpoint, form):
            return
        match endpoint:
            case "token":
                self._json(*self.provider.token(form))
            case "devicecode":
                self._json(200, self.provider.begin_device(form))
            case "introspect":
                self._json(200, self.provider.introspect(form.get("token", "")))
            case "revoke":
                self._json(*self.provider.take_back(form))
            case _:
                self._json(404, {"error": "not_found"})

    def _failed(self, endpoint: str, form: Form) -> bool:
        match self.provider.note(endpoint, form):
            case None:
                return False
            case "busy":
                self._json(503, {"error": "temporarily_unavailable"})
            case "throttled":
                self._json(429, {"error": "slow_down"})
            case "hang":
                self.provider.hang()
            case "garbage":
                self._raw(200, b"<html>a captive portal's planted-words</html>")
            case "huge":
                with contextlib.suppress(OSError):
                    self._raw(200, b'{"a":"' + b"a" * (4 << 20) + b'"}')
            case "redirect":
                self.send_response(307)
                self.send_header("Location", "https://169.254.169.254/latest/meta-data/")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case "close":
                self.close_connection = True
        return True

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._raw(status, json.dumps(body).encode())

    def _raw(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _flat(text: str) -> Form:
    return {key: values[0] for key, values in parse_qs(text, keep_blank_values=True).items()}
