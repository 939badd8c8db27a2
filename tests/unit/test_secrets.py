"""Where a home keeps its secrets: chosen once, said why, and changed all or nothing, whenever it is killed."""

import itertools
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from providers.errors import ProviderError, Unavailable, Unsupported
from providers.keychain import Keychain
from providers.sealed import BoxUnreadable, SealedBox
from providers.secrets import CREDENTIAL, Ground, Secrets, credential_of
from store.model.secrets import CHOICE_FILE, SecretKind, choice_of
from tests.support.keychain import Session
from tests.support.ring import FileRing

KEPT = {"imap/a": b"s3cret-one", "imap/b": b"\0" + b"r" * 9000, "imap/c": b""}
PASSPHRASE = "vier Wörter und ein Fisch"
KINDS: tuple[SecretKind, ...] = get_args(SecretKind)


class Home:
    """A home's folders and a keychain that outlives processes."""

    def __init__(self, folder: Path, *, shared: bool = False, credential: Path | None = None) -> None:
        self.folder = folder
        for name in ("data", "config"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.ground = Ground(
            data=folder / "data", key=folder / "config" / "secrets.key", credential=credential, shared=shared
        )
        self.ring = FileRing(folder / "ring.json")

    def secrets(self) -> Secrets:
        """As an office opens them."""
        return Secrets(self.ground, keychain=lambda service: Keychain(service, backend=lambda: self.ring))

    def with_secrets(self, kind: SecretKind) -> Secrets:
        secrets = self.secrets()
        secrets.move(kind, passphrase=PASSPHRASE if kind == "passphrase" else None)
        for name, secret in KEPT.items():
            secrets.put(name, secret)
        return secrets

    def places(self) -> list[str]:
        """All that something lies in."""
        rings = {entry.partition("|")[0] for entry in self.ring.entries()}
        return sorted([path.name for path in self.ground.data.glob("*.sealed*")] + list(rings))


def all_of(secrets: Secrets) -> dict[str, bytes | None]:
    secrets.unlock(PASSPHRASE)
    return {name: secrets.get(name) for name in secrets.names()}


def failing(act: Callable[[], object]) -> str:
    with pytest.raises(ProviderError) as caught:
        act()
    return caught.value.code


# ---------------------------------------------------------------- the first choice
def test_a_keychain_that_answers_is_taken_and_written_down(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.secrets().view().kind is None
    home.secrets().put("a", b"x")
    assert (home.secrets().view().kind, home.secrets().view().why) == ("keychain", "keychain_answers")
    assert list(home.ground.data.iterdir()) == [home.ground.data / CHOICE_FILE]
    assert home.secrets().get("a") == b"x"


def test_where_none_answers_it_is_the_file_for_good(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.ring.locked = True
    home.secrets().put("a", b"x")
    home.ring.locked = False
    home.secrets().put("b", b"y")
    view = home.secrets().view()
    assert (view.kind, view.why, view.key, view.trouble) == ("file", "no_keychain", "file", None)
    assert home.ring.entries() == {}


def test_a_chosen_keychain_that_is_away_is_said_and_nothing_is_kept_elsewhere(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.with_secrets("keychain")
    home.ring.locked = True
    assert failing(lambda: home.secrets().put("new", b"x")) == "keychain_locked"
    assert failing(lambda: home.secrets().get("imap/a")) == "keychain_locked"
    assert home.secrets().view().trouble == "keychain_locked"
    assert list(home.ground.data.iterdir()) == [home.ground.data / CHOICE_FILE]


def test_on_a_server_it_is_always_the_sealed_file(tmp_path: Path) -> None:
    home = Home(tmp_path, shared=True)
    home.secrets().put("a", b"x")
    assert (home.secrets().view().kind, home.secrets().view().why) == ("file", "server")
    for kind in ("keychain", "passphrase"):
        with pytest.raises(Unsupported):
            home.secrets().move(kind, passphrase=PASSPHRASE)
    assert home.ring.entries() == {}


def test_a_credential_of_systemd_is_the_key_and_no_key_file_is_made(tmp_path: Path) -> None:
    credential = tmp_path / "given" / CREDENTIAL
    credential.parent.mkdir()
    credential.write_bytes(b"k" * 32)
    credential.chmod(0o440 if os.geteuid() == 0 else 0o400)
    home = Home(tmp_path, credential=credential_of({"CREDENTIALS_DIRECTORY": str(credential.parent)}))
    home.secrets().put("a", b"x")
    assert (home.secrets().get("a"), home.secrets().view().key) == (b"x", "credential")
    assert not home.ground.key.exists()
    credential.chmod(0o600)
    credential.write_bytes(b"j" * 32)
    assert failing(lambda: home.secrets().get("a")) == "key_wrong"
    credential.chmod(0o644)
    assert failing(lambda: home.secrets().get("a")) == "key_unsafe"


@pytest.mark.parametrize("folder", ["", "relative", "/nowhere"])
def test_no_credential(folder: str) -> None:
    assert credential_of({"CREDENTIALS_DIRECTORY": folder}) is None


def test_a_home_from_before_the_choice_goes_on(tmp_path: Path) -> None:
    home = Home(tmp_path)
    SealedBox(home.ground.data / "secrets.sealed", home.ground.key).put("a", b"x")
    secrets = home.secrets()
    assert (secrets.get("a"), secrets.view().kind, secrets.view().why) == (b"x", "file", "before")
    assert secrets.move("keychain")
    assert (all_of(home.secrets()), home.ring.entries() == {}) == ({"a": b"x"}, False)


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"version":2,"now":{"kind":"file"},"why":"chosen"}', b"[]"])
def test_a_choice_that_cannot_be_read_is_never_made_anew(tmp_path: Path, raw: bytes) -> None:
    home = Home(tmp_path)
    home.with_secrets("file")
    (home.ground.data / CHOICE_FILE).write_bytes(raw)
    assert failing(lambda: home.secrets().put("a", b"x")) == "file_garbled"
    assert failing(lambda: home.secrets().move("keychain")) == "file_garbled"
    assert home.secrets().view().trouble == "file_garbled"


# ---------------------------------------------------------------- a passphrase
def test_a_passphrase_is_needed_at_each_start_and_a_wrong_one_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.with_secrets("passphrase")
    again = home.secrets()
    assert failing(lambda: again.get("imap/a")) == "passphrase_needed"
    assert failing(lambda: again.put("new", b"x")) == "passphrase_needed"
    assert again.view().trouble == "passphrase_needed"
    assert failing(lambda: again.unlock("wrong")) == "key_wrong"
    again.unlock(PASSPHRASE)
    assert all_of(again) == KEPT
    assert PASSPHRASE.encode() not in b"".join(path.read_bytes() for path in home.ground.data.iterdir())
    home.secrets().remove("imap/a")  # forgetting is always possible
    assert "imap/a" not in home.secrets().names()


def test_a_passphrase_is_changed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.with_secrets("passphrase").move("passphrase", passphrase="another")
    assert failing(lambda: home.secrets().unlock(PASSPHRASE)) == "key_wrong"
    again = home.secrets()
    again.unlock("another")
    assert {name: again.get(name) for name in again.names()} == KEPT
    assert len(home.places()) == 1


def test_none_given(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.with_secrets("file")
    assert failing(lambda: home.secrets().move("passphrase")) == "passphrase_needed"
    assert all_of(home.secrets()) == KEPT


# ---------------------------------------------------------------- changing it
@pytest.mark.parametrize(("old", "new"), list(itertools.permutations(KINDS, 2)))
def test_a_kill_at_any_step_leaves_the_old_or_the_new(tmp_path: Path, old: SecretKind, new: SecretKind) -> None:
    """Kill -9 at the n-th change of a file or of an entry of the keychain, and the next office finds everything."""
    first = Home(tmp_path / "first")
    first.with_secrets(old)
    ended, n = set(), 0
    for n in itertools.count(1):
        again = tmp_path / f"home{n}"
        shutil.copytree(first.folder, again)
        home = Home(again)
        killed = _moved_and_killed(home, new, at=n)
        found = home.secrets()
        assert all_of(found) == KEPT, f"step {n}"
        kind = found.view().kind
        ended.add(kind)
        assert len(home.places()) == 1, f"step {n}: {home.places()}"  # nothing is left over either
        assert choice_of((home.ground.data / CHOICE_FILE).read_bytes()).leftovers == ()
        if not killed:
            assert kind == new
            break
    assert ended == {old, new}
    assert n > 6


def _moved_and_killed(home: Home, new: SecretKind, *, at: int) -> bool:
    """False if it came to its end before its `at`-th step."""
    child = os.fork()
    if not child:
        code = 1
        try:
            secrets = home.secrets()
            secrets.unlock(PASSPHRASE)
            _dying(at)
            secrets.move(new, passphrase=PASSPHRASE if new == "passphrase" else None)
            code = 0
        finally:
            os._exit(code)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _dying(at: int) -> None:
    """In the child only."""
    left = itertools.count(at - 1, -1)

    def before(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **more: object) -> object:
            if next(left) == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **more)

        return call

    for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink")):
        setattr(owner, name, before(getattr(owner, name)))


def test_what_cannot_be_read_is_not_moved(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.with_secrets("file")
    home.ground.key.unlink()
    assert failing(lambda: home.secrets().move("keychain")) == "key_missing"
    assert (home.places(), home.ring.entries()) == (["secrets.sealed"], {})


def test_a_keychain_that_breaks_half_way_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.with_secrets("file")
    real, calls = FileRing.set_password, itertools.count()

    def breaking(ring: FileRing, service: str, username: str, password: str) -> None:
        if next(calls) >= 5:
            raise OSError("the bus is gone, and so on")
        real(ring, service, username, password)

    monkeypatch.setattr(FileRing, "set_password", breaking)
    secrets = home.secrets()
    assert failing(lambda: secrets.move("keychain")) == "keychain_away"
    assert next(calls) > 5
    assert (all_of(secrets), all_of(home.secrets()), secrets.view().kind) == (KEPT, KEPT, "file")


def test_an_old_keychain_that_cannot_be_emptied_is_emptied_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    secrets = home.with_secrets("keychain")

    def refuses(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(FileRing, "delete_password", refuses)
        assert secrets.move("file")
        assert all_of(home.secrets()) == KEPT
        assert home.ring.entries()
    assert all_of(home.secrets()) == KEPT
    assert home.ring.entries() == {}


def test_what_is_there_already_is_left(tmp_path: Path) -> None:
    home = Home(tmp_path)
    secrets = home.with_secrets("file")
    before = [path.read_bytes() for path in sorted(home.ground.data.iterdir())]
    assert secrets.move("file") is False
    assert [path.read_bytes() for path in sorted(home.ground.data.iterdir())] == before


# ---------------------------------------------------------------- a real keychain
def test_a_locked_keychain_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(tmp_path, unlocked=False) as session:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session.address)
        assert failing(lambda: Keychain("postroom t").put("a", b"x")) in {"keychain_locked", "keychain_away"}
        home = Home(tmp_path / "home")
        Secrets(home.ground).put("a", b"x")
        assert Secrets(home.ground).view().why == "no_keychain"


def test_a_keychain_that_hangs_takes_nobody_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(tmp_path) as session:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session.address)
        Keychain("postroom t").put("a", b"x")
        session.suspend()
        with pytest.raises(Unavailable) as caught:
            Keychain("postroom t", seconds=0.3).get("a")
        assert caught.value.code == "keychain_timeout"


def test_no_session_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert failing(lambda: Keychain("postroom t").get("a")) == "keychain_away"


def test_two_homes_do_not_see_each_other(tmp_path: Path) -> None:
    ring = FileRing(tmp_path / "ring")
    one, two = (Keychain(f"postroom {name}", backend=lambda: ring) for name in ("one", "two"))
    one.put("a", b"1")
    assert (two.names(), two.get("a")) == ((), None)
    two.erase()
    assert one.get("a") == b"1"


def test_what_others_wrote_into_it_is_no_secret_of_ours(tmp_path: Path) -> None:
    ring = FileRing(tmp_path / "ring")
    keychain = Keychain("postroom one", backend=lambda: ring)
    keychain.put("a", b"1")
    ring.set_password("postroom one", "secret a", "not base 64!")
    with pytest.raises(BoxUnreadable):
        keychain.get("a")
    ring.set_password("postroom one", "names", "{}")
    with pytest.raises(BoxUnreadable):
        keychain.names()
