"""What of the caller's machine the screens may touch: clipboard sequences, openers, printers, mailto (Z26, [T7a])."""

import base64
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.outside import (
    Mailto,
    Outside,
    clipboard,
    fetch_line,
    fetching,
    mailto,
    may_open,
    opener,
    over_ssh,
    printer,
    run,
)

SSH = {"SSH_CONNECTION": "203.0.113.5 51000 198.51.100.7 2222"}


@given(st.text(max_size=200), st.booleans())
def test_what_is_copied_is_one_sequence_whatever_it_says(text: str, tmux: bool) -> None:  # noqa: FBT001 - a made-up value
    text = text.encode("utf-8", "replace").decode()
    sent = clipboard(text, tmux=tmux)
    plain = re.match(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", sent)
    assert plain is not None
    assert base64.b64decode(plain[1]).decode() == text
    rest = sent[plain.end() :]
    assert re.fullmatch(r"\x1bPtmux;\x1b\x1b\]52;c;[A-Za-z0-9+/=]*\x07\x1b\\", rest) if tmux else not rest


@pytest.mark.parametrize(
    ("target", "opens"),
    [
        ("https://x.example/a?b=c", True),
        ("HTTP://x.example", True),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("mailto:a@x.example", False),
        ("--help", False),
        ("https:///nohost", False),
        ("https://x.example/\x1b]0;", False),
        ("https://x.example/a b", False),
        ("https://x.example/\u202egnp", False),
        ("http://[broken", False),
        ("x-man-page://ls", False),
        ("", False),
    ],
)
def test_only_web_addresses_are_opened(target: str, opens: bool) -> None:  # noqa: FBT001 - a row of the table
    assert may_open(target) is opens


@given(st.text(max_size=60))
def test_judging_a_link_never_fails(target: str) -> None:
    may_open(target)
    mailto(target)


def test_of_mailto_only_to_and_subject_are_taken() -> None:
    told = mailto("mailto:a%40x.example?subject=Hello%20there&cc=b@x.example&bcc=c@x.example&body=x&attach=/etc/passwd")
    assert told == Mailto("a@x.example", "Hello there")
    assert mailto("mailto:a@x.example?subject=a%0d%0aBcc:%20b@x.example") == Mailto("a@x.example", "aBcc: b@x.example")
    assert mailto("https://x.example") is None


def test_over_ssh_nothing_is_opened_and_files_are_fetched() -> None:
    assert over_ssh(SSH)
    assert opener({**SSH, "DISPLAY": ":0", "PATH": "/usr/bin:/bin"}) == ()
    line = fetching(SSH)
    assert line.startswith("scp -P 2222 ")
    outside = Outside(ssh=True, fetched=line)
    assert fetch_line(outside, Path("/srv/a b.pdf")).endswith("@198.51.100.7:'/srv/a b.pdf' .")
    assert fetch_line(Outside(ssh=False, fetched=line), Path("/srv/a.pdf")) == ""
    assert fetching({"SSH_CONNECTION": "::1 5 fe80::1 22"}).startswith("scp ")
    assert "[fe80::1]" in fetching({"SSH_CONNECTION": "::1 5 fe80::1 22"})


def test_the_member_s_print_command_comes_first(tmp_path: Path) -> None:
    (tmp_path / "lpr").write_text("#!/bin/sh\n")
    (tmp_path / "lpr").chmod(0o755)
    path = {"PATH": str(tmp_path)}
    assert printer({**path, "POSTROOM_PRINT": "lp -d 'the office'"}) == ("lp", "-d", "the office")
    assert printer(path) == (str(tmp_path / "lpr"),)
    assert printer({**path, "POSTROOM_PRINT": "'"}) == (str(tmp_path / "lpr"),)
    assert printer({"PATH": str(tmp_path / "none")}) == ()


async def test_a_command_gets_its_words_as_they_are(tmp_path: Path) -> None:
    target = tmp_path / "out"
    script = tmp_path / "take"
    script.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {target}\ncat >> {target}\n')
    script.chmod(0o755)
    assert await run((str(script), "$(id)", "; rm x"), b"given") == 0
    assert target.read_bytes() == b"$(id)|; rm x|given"
    assert await run((str(tmp_path / "none"),), b"") == 127
