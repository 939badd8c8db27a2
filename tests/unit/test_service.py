"""The user service: what its unit says, the commands it takes, and the ways in which it cannot be had."""

import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from actors.paths import Home, find, under
from store.model.errors import Away
from tui.service import NOT_FOUND, install, quoted, run_command, text, unit_name


class Systemd:
    """Answers as systemctl and loginctl do; keeps what it was asked."""

    def __init__(self, **codes: int) -> None:
        self.asked: list[str] = []
        self.codes = {"is-active": 3, **codes}
        self.linger = "Linger=yes"

    def __call__(self, words: Sequence[str]) -> tuple[int, str]:
        line = " ".join(words)
        self.asked.append(line)
        for name, code in self.codes.items():
            if name in line:
                return code, "because"
        return 0, self.linger if "Linger" in line else ""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path)}


@pytest.fixture
def own(environ: dict[str, str]) -> Home:
    return find(environ, system=Path("/nowhere"))


def path_of(environ: dict[str, str]) -> Path:
    return Path(environ["HOME"]) / ".config/systemd/user/postroom.service"


def test_it_is_written_started_and_kept(own: Home, environ: dict[str, str]) -> None:
    systemd, ended = Systemd(), list[bool]()
    made = install(own, environ=environ, end_office=lambda: ended.append(True), run=systemd, command="/opt/postroom")
    assert (made.unit, made.path, made.lingering) == ("postroom.service", str(path_of(environ)), True)
    assert 'ExecStart="/opt/postroom" serve' in path_of(environ).read_text()
    assert "Environment" not in path_of(environ).read_text()
    assert stat.S_IMODE(path_of(environ).stat().st_mode) == 0o600
    assert systemd.asked[2:4] == ["systemctl --user daemon-reload", "systemctl --user enable --now postroom.service"]
    assert ended == [True]


def test_again_it_ends_no_office_that_is_the_service_itself(own: Home, environ: dict[str, str]) -> None:
    systemd = Systemd(**{"is-active": 0})
    install(own, environ=environ, end_office=lambda: pytest.fail("it was ended"), run=systemd, command="/opt/postroom")
    install(own, environ=environ, end_office=lambda: pytest.fail("it was ended"), run=systemd, command="/opt/postroom")
    assert [file.name for file in path_of(environ).parent.iterdir()] == ["postroom.service"]


@pytest.mark.parametrize(("told", "lingering"), [("Linger=no", False), ("Linger=yes", True)])
def test_it_looks_whether_it_outlives_the_session(
    own: Home, environ: dict[str, str], told: str, *, lingering: bool
) -> None:
    systemd = Systemd()
    systemd.linger = told
    assert install(own, environ=environ, end_office=lambda: None, run=systemd, command="x").lingering is lingering


def test_where_nobody_knows_of_lingering_it_says_so(own: Home, environ: dict[str, str]) -> None:
    systemd = Systemd(loginctl=1)
    assert install(own, environ=environ, end_office=lambda: None, run=systemd, command="x").lingering is None


def test_without_systemd_nothing_is_written_or_ended(own: Home, environ: dict[str, str]) -> None:
    with pytest.raises(Away) as refused:
        install(
            own, environ=environ, end_office=lambda: pytest.fail("it was ended"),
            run=Systemd(**{"show-environment": NOT_FOUND}),
        )  # fmt: skip
    assert (refused.value.code, refused.value.exit_code) == ("no_systemd", 5)
    assert not path_of(environ).exists()


def test_a_step_that_fails_is_named(own: Home, environ: dict[str, str]) -> None:
    with pytest.raises(Away) as refused:
        install(own, environ=environ, end_office=lambda: None, run=Systemd(enable=1), command="x")
    assert refused.value.code == "service_failed"
    assert refused.value.arguments == {"step": "enable --now postroom.service", "said": "because"}


def test_a_server_s_home_is_its_administrator_s(tmp_path: Path, environ: dict[str, str]) -> None:
    shared = Home(config=tmp_path, data=tmp_path, state=tmp_path, sockets=tmp_path, unit="postroom.service")
    systemd = Systemd()
    with pytest.raises(Away, match="start_forbidden"):
        install(shared, environ=environ, end_office=lambda: None, run=systemd)
    assert systemd.asked == []


def test_each_home_has_a_unit_of_its_own(tmp_path: Path, own: Home) -> None:
    one, other = under(tmp_path / "one"), under(tmp_path / "other")
    assert len({unit_name(own), unit_name(one), unit_name(other)}) == 3
    words = text(one, environ={"XDG_DATA_HOME": "/x"}, command="/p")
    assert f'Environment="POSTROOM_HOME={tmp_path}/one"\n' in words
    assert "XDG_DATA_HOME" not in words


def test_moved_folders_go_with_it_and_nothing_else(own: Home) -> None:
    environ = {"XDG_DATA_HOME": "/da ta", "XDG_STATE_HOME": "relative", "LD_PRELOAD": "/evil.so"}
    words = text(own, environ=environ, command="/p")
    assert [line for line in words.splitlines() if line.startswith("Env")] == ['Environment="XDG_DATA_HOME=/da ta"']


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a%h", "a\nExecStartPre=/evil", "a$HOME"])
def test_a_strange_folder_stays_one_word_on_one_line(name: str) -> None:
    words = text(under(Path("/home") / name), environ={}, command=f"/opt/{name}/postroom")
    assert sum(line.startswith("Exec") for line in words.splitlines()) == 1
    assert "%" not in words.replace("%%", "")
    assert "\n" not in quoted(name)


def test_a_program_that_is_not_there_has_failed() -> None:
    assert run_command(("/nowhere/systemctl",)) == (NOT_FOUND, "")
    assert run_command(("printf", "%s", "a b")) == (0, "a b")
