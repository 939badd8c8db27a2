"""What every SecretBox does: what goes in comes out byte for byte or not at all; and what the sealed file adds."""

import itertools
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.keychain import Keychain
from providers.protocols import SecretBox
from providers.sealed import BoxUnreadable, SealedBox
from providers.secrets import Ground, Secrets
from tests.support.keychain import Session

SECRET = b"correct horse \x00\xff"


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """Where the sealed file and its key stand."""
    (tmp_path / "data").mkdir()
    (tmp_path / "config").mkdir()
    return tmp_path / "data" / "secrets", tmp_path / "config" / "secrets.key"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A keychain that really answers, for all tests here."""
    with Session(tmp_path_factory.mktemp("keychain")) as session:
        yield session


@pytest.fixture(params=["sealed", "given key", "home", "keychain"])
def open_box(
    request: pytest.FixtureRequest, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], SecretBox]:
    """Opens the same box again and again, as after a restart."""
    if request.param == "keychain":
        for name, value in request.getfixturevalue("session").environment.items():
            monkeypatch.setenv(name, value)
        service = f"postroom {os.urandom(8).hex()}"
        return lambda: Keychain(service)
    if request.param == "home":
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        return lambda: Secrets(Ground(data=places[0].parent, key=places[1]))
    key = places[1] if request.param == "sealed" else b"k" * 32
    return lambda: SealedBox(places[0], key)


# ---------------------------------------------------------------- every box
def test_what_goes_in_comes_out_after_a_restart(open_box: Callable[[], SecretBox]) -> None:
    box = open_box()
    assert box.names() == ()
    assert box.get("a") is None
    box.put("b", b"")
    box.put("a", b"first")
    box.put("a", SECRET)
    again = open_box()
    assert (again.names(), again.get("a"), again.get("b")) == (("a", "b"), SECRET, b"")


def test_removing(open_box: Callable[[], SecretBox]) -> None:
    box = open_box()
    box.put("a", SECRET)
    box.put("b", SECRET)
    box.remove("a")
    box.remove("never there")
    assert (open_box().names(), open_box().get("a"), open_box().get("b")) == (("b",), None, SECRET)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.dictionaries(st.text(min_size=1, max_size=20).filter(str.isprintable), st.binary(max_size=99)))
def test_any_names_and_secrets(open_box: Callable[[], SecretBox], kept: dict[str, bytes]) -> None:
    box = open_box()
    for name, secret in kept.items():
        box.put(name, secret)
    again = open_box()
    assert {name: again.get(name) for name in kept} == kept
    for name in again.names():
        again.remove(name)
    assert open_box().names() == ()


@pytest.mark.parametrize(
    ("name", "secret"), [("", b"x"), ("n" * 501, b"x"), ("a\0b", b"x"), ("\ud800", b"x"), ("a", b"x" * 70_000)]
)
def test_bounds(open_box: Callable[[], SecretBox], name: str, secret: bytes) -> None:
    with pytest.raises(ValueError, match="bounds"):
        open_box().put(name, secret)
    assert open_box().names() == ()


def test_threads_lose_nothing(open_box: Callable[[], SecretBox]) -> None:
    box = open_box()
    threads = [threading.Thread(target=box.put, args=(f"n{n}", b"%d" % n)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: box.get(name) for name in box.names()} == {f"n{n}": b"%d" % n for n in range(12)}


# ---------------------------------------------------------------- the sealed file
def failing(box: SealedBox, act: Callable[[SealedBox], object]) -> str:
    with pytest.raises(BoxUnreadable) as caught:
        act(box)
    return caught.value.code


def test_nothing_is_readable_on_disk_and_nobody_else_may_look(places: tuple[Path, Path]) -> None:
    SealedBox(*places).put("ana@firm.example", SECRET)
    for path in places:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert SECRET not in path.read_bytes()
    assert places[1].stat().st_size == 32
    assert sorted(path.name for path in (*places[0].parent.iterdir(), *places[1].parent.iterdir())) == [
        "secrets",
        "secrets.key",
    ]


def test_two_sealings_of_one_secret_differ(places: tuple[Path, Path]) -> None:
    box = SealedBox(*places)
    box.put("a", SECRET)
    first = places[0].read_bytes()
    box.put("a", SECRET)
    assert places[0].read_bytes() != first


def test_a_lost_key_is_said_and_nothing_is_overwritten(places: tuple[Path, Path]) -> None:
    box = SealedBox(*places)
    box.put("a", SECRET)
    sealed = places[0].read_bytes()
    key = places[1].read_bytes()
    places[1].unlink()
    assert failing(box, lambda one: one.get("a")) == "key_missing"
    assert failing(box, lambda one: one.put("b", b"x")) == "key_missing"
    assert failing(box, SealedBox.check) == "key_missing"
    assert box.names() == ("a",)
    assert places[0].read_bytes() == sealed
    assert not places[1].exists()
    places[1].write_bytes(key)
    places[1].chmod(0o600)
    assert box.get("a") == SECRET


@pytest.mark.parametrize("key", [b"\1" * 32, b"", b"\1" * 31, b"\1" * 33])
def test_a_wrong_key(places: tuple[Path, Path], key: bytes) -> None:
    box = SealedBox(*places)
    box.put("a", SECRET)
    sealed = places[0].read_bytes()
    places[1].write_bytes(key)
    assert failing(box, lambda one: one.get("a")) == "key_wrong"
    assert failing(box, lambda one: one.put("a", b"x")) == "key_wrong"
    assert places[0].read_bytes() == sealed


def test_setting_aside_begins_anew_and_deletes_nothing(places: tuple[Path, Path]) -> None:
    box = SealedBox(*places)
    box.put("a", SECRET)
    sealed, key = places[0].read_bytes(), places[1].read_bytes()
    places[1].unlink()
    aside = box.set_aside()
    assert aside is not None
    box.put("b", b"new")
    assert (box.names(), box.get("b")) == (("b",), b"new")
    assert (aside.read_bytes(), places[1].read_bytes() != key) == (sealed, True)
    assert SealedBox(places[0].with_name("none"), places[1]).set_aside() is None


def test_a_key_that_stands_already_is_used(places: tuple[Path, Path]) -> None:
    places[1].write_bytes(key := os.urandom(32))
    places[1].chmod(0o400)
    box = SealedBox(*places)
    box.put("a", SECRET)
    assert (places[1].read_bytes(), box.get("a")) == (key, SECRET)


def test_every_changed_byte_is_noticed(places: tuple[Path, Path]) -> None:
    box = SealedBox(*places)
    box.put("a", b"xyz")
    sealed = places[0].read_bytes()
    for at in range(len(sealed)):
        places[0].write_bytes(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
        try:
            assert box.get("a") is None  # its name was changed: it is not found under the old one
            assert box.names() != ("a",)
        except BoxUnreadable as error:
            assert error.code in {"tampered", "file_garbled", "file_newer", "key_wrong"}  # noqa: PT017  # either may be


def test_an_entry_under_another_name_is_noticed(places: tuple[Path, Path]) -> None:
    box = SealedBox(*places)
    box.put("aa", b"first")
    box.put("bb", b"other")
    swapped = places[0].read_bytes().replace(b"aa", b"cc").replace(b"bb", b"aa").replace(b"cc", b"bb")
    places[0].write_bytes(swapped)
    assert failing(box, lambda one: one.get("aa")) == "tampered"
    assert failing(box, SealedBox.check) == "tampered"


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_files_that_others_may_touch_are_not_believed(places: tuple[Path, Path], which: int, mode: int) -> None:
    box = SealedBox(*places)
    box.put("a", SECRET)
    places[which].chmod(mode)
    assert failing(box, lambda one: one.get("a")) == ("file_unsafe", "key_unsafe")[which]


@pytest.mark.parametrize("which", [0, 1])
def test_links_are_not_followed(places: tuple[Path, Path], which: int) -> None:
    box = SealedBox(*places)
    box.put("a", SECRET)
    elsewhere = places[which].rename(places[which].with_name("elsewhere"))
    places[which].symlink_to(elsewhere)
    assert failing(box, lambda one: one.get("a")) == ("file_unsafe", "key_unsafe")[which]
    assert failing(box, lambda one: one.put("a", b"x")) == ("file_unsafe", "key_unsafe")[which]


def test_no_folder_no_plain_error(places: tuple[Path, Path]) -> None:
    assert failing(SealedBox(Path("/nowhere/secrets"), places[1]), lambda one: one.put("a", b"x")) == "disk"


def test_a_crash_at_any_write_keeps_the_old_or_the_new(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies at the n-th call that changes the disk."""
    SealedBox(*places).put("a", b"old")
    seen = set()
    for n in itertools.count():
        left = itertools.count(n, -1)

        def dying(real: Callable[..., object], left: "itertools.count[int]" = left) -> Callable[..., object]:
            def call(*arguments: object, **more: object) -> object:
                if next(left) <= 0:
                    raise KeyboardInterrupt
                return real(*arguments, **more)

            return call

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", dying(os.fsync))
            patch.setattr(Path, "replace", dying(Path.replace))
            patch.setattr(Path, "unlink", dying(Path.unlink))
            try:
                SealedBox(*places).put("a", b"new")
            except KeyboardInterrupt:
                pass
            else:
                break
        found = SealedBox(*places).get("a")
        assert found in {b"old", b"new"}
        seen.add(found)
        SealedBox(*places).put("a", b"old")
    assert seen == {b"old", b"new"}
