"""Where secrets are kept, in memory. A test says what is wrong with the place (`kept_in`)."""

from typing import Literal

from store.model.errors import BadRequest
from store.model.ids import RequestId
from store.model.secrets import SecretKind, SecretsView
from store.model.views import Done
from tests.support.fake_calls import FakePart, call, command

SHORTEST = 8


class FakeSecrets(FakePart):
    """A part of FakeDesk."""

    def __init__(self) -> None:
        self.kept_in = SecretsView(kind=None)
        self.passphrase = ""

    @call
    async def secrets(self) -> SecretsView:
        return self.kept_in

    @command
    async def keep_secrets(self, request: RequestId, kind: SecretKind, *, passphrase: str | None = None) -> Done:
        if (kind == "passphrase") != (passphrase is not None):
            raise BadRequest("passphrase_needed" if passphrase is None else "bad_value", field="passphrase")
        if passphrase is not None and len(passphrase) < SHORTEST:
            raise BadRequest("passphrase_short", least=SHORTEST)
        self.passphrase = passphrase or ""
        key: Literal["file", "passphrase"] | None = None if kind == "keychain" else kind
        self.kept_in = SecretsView(kind=kind, why="chosen", key=key)
        return Done(done=True, affected=1)

    @call
    async def unlock_secrets(self, passphrase: str) -> Done:
        if self.kept_in.kind == "passphrase" and passphrase != self.passphrase:
            raise BadRequest("passphrase_wrong")
        return Done(done=True, affected=0)
