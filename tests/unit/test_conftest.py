"""What every test is promised: an empty home, nothing of the developer's, actors accounted for, skips counted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import corpora as mail_corpora
from tests.support.corpora import ROOT, CorpusMail

INNER = """
import pykka, pytest
class Idle(pykka.ThreadingActor):
    pass
def test_leaves_an_actor():
    Idle.start()
def test_finds_none():
    assert pykka.ActorRegistry.get_all() == []
@pytest.mark.skip(reason="no such server")
def test_skipped(): ...
@pytest.mark.skip(reason="no such server")
def test_skipped_too(): ...
@pytest.mark.long
def test_long(): ...
"""


def test_the_home_is_empty_and_the_test_s_own(home: Path) -> None:
    assert Path.home() == home
    assert list(home.iterdir()) == []
    assert "POSTROOM_HOME" not in os.environ
    assert os.environ["XDG_CONFIG_HOME"].startswith(str(home))


def test_a_left_actor_fails_its_own_test_and_skips_are_counted(tmp_path: Path) -> None:
    (tmp_path / "test_inner.py").write_text(INNER)
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-c", "pyproject.toml"]
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    lines = done.stdout.splitlines()
    assert "these actors outlived their test: ['Idle']" in done.stdout
    (told,) = [line for line in lines if line.startswith("skipped: ")]
    assert told.startswith("skipped: 2 × no such server; 1 × left out")
    assert "2 passed, 2 skipped, 1 deselected, 1 error" in lines[-1]


def test_each_mail_of_a_corpus_is_given_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, raw in {
        "spamassassin/easy-ham-2/1.txt": b"From: a\n\n1",
        "spamassassin/LICENSE": b"no mail",
        "mime/cpython/LICENSE.txt": b"no mail",
        "mime/x/notes.txt": b"no mail",
        "mime/x/box.mbox": b"From a@b Mon\nSubject: 1\n\nx\n>From here\nFrom c@d Tue\nSubject: 2\n\ny\n",
        "enron/a-b/inbox/1.eml": b"S: e\n\n",
        "enron/a-b/sent/2.eml": b"S: f\n\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(raw)
    monkeypatch.setenv("POSTROOM_CORPORA", str(tmp_path))
    assert mail_corpora.folder() == tmp_path
    assert list(mail_corpora.mails(tmp_path)) == [
        CorpusMail(name="enron/a-b/inbox/1.eml", raw=b"S: e\n\n"),
        CorpusMail(name="enron/a-b/sent/2.eml", raw=b"S: f\n\n"),
        CorpusMail(name="spamassassin/easy-ham-2/1.txt", raw=b"From: a\n\n1"),
        CorpusMail(name="mime/x/box.mbox#0", raw=b"Subject: 1\n\nx\n>From here\n"),
        CorpusMail(name="mime/x/box.mbox#1", raw=b"Subject: 2\n\ny\n"),
    ]
    assert mail_corpora.enron(tmp_path, "a-b") == {"inbox": [b"S: e\n\n"], "sent": [b"S: f\n\n"]}


@pytest.mark.corpora
def test_the_corpora_are_whole(corpora: Path) -> None:
    counts = {family: sum(1 for _ in mail_corpora.mails(corpora, family)) for family in ("enron", "spamassassin")}
    assert counts == {"enron": 3007, "spamassassin": 1520}
