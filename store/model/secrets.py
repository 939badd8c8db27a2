"""Where a home's secrets are kept, and why there. Says nothing of what they are."""

from typing import Final, Literal

import msgspec

from store.model.ids import MemberKey, RequestId
from store.model.record import Record

SecretKind = Literal["keychain", "file", "passphrase"]  # the file's key is a key file's, or made of a passphrase
SecretWhy = Literal["keychain_answers", "no_keychain", "server", "credential", "before", "demo", "chosen"]
CHOICE_FILE: Final = "secrets.json"


class SecretPlace(Record, frozen=True, kw_only=True):
    """One place. Each re-sealing makes a new one, of another generation; `salt` is of a passphrase's key."""

    kind: SecretKind
    generation: str = ""
    salt: str = ""


class Untold(Record, frozen=True, kw_only=True):
    """By whose request secrets were moved, until that is journalled."""

    request: RequestId
    member: MemberKey
    as_: MemberKey | None = None


class SecretChoice(Record, frozen=True, kw_only=True):
    """What is written down. `leftovers` are places that something may still lie in, to be emptied; `untold`: an act
    that is not journalled yet.
    """

    version: Literal[1] = 1
    now: SecretPlace
    why: SecretWhy
    leftovers: tuple[SecretPlace, ...] = ()
    untold: Untold | None = None


class SecretsView(Record, frozen=True, kw_only=True):
    """For whoever looks after the office. `trouble` is why what is kept cannot be read now."""

    kind: SecretKind | None  # None: nothing was kept yet
    why: SecretWhy | None = None
    key: Literal["file", "credential", "passphrase"] | None = None  # of a sealed file
    trouble: str | None = None


def written(choice: SecretChoice) -> bytes:
    """As it lies in the home."""
    return msgspec.json.format(msgspec.json.encode(choice), indent=2) + b"\n"


def choice_of(raw: bytes) -> SecretChoice:
    """What `written` made. Raises ValueError."""
    return msgspec.json.decode(raw, type=SecretChoice)
