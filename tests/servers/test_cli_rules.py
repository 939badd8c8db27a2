"""Rules for filing by commands, from the dry run to undo ([C2] 5)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.home import short_folder

MAIL = """\
From: Shop <shop@shop.example>
To: olga@firm.example
Subject: {subject}
Message-ID: <{number}@shop.example>
Date: Mon, 02 Nov 2026 09:0{number}:00 +0000

Text
"""


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    for number, subject in enumerate(("Invoice of May", "Hello", "Invoice of June")):
        (tmp_path / f"{number}.eml").write_text(MAIL.format(number=number, subject=subject))
    home = short_folder()
    with Cli(home, inside=True) as made:
        made.one("import", str(tmp_path), "--mailbox", "old")
        made.one("client", "add", "Olmo")
        yield made
    shutil.rmtree(home)


def test_tried_made_listed_taken_away_and_taken_back(cli: Cli) -> None:
    trial = cli.one("rule", "dry-run", "Olmo", "--subject", "invoice")
    assert (trial["meets"], trial["files"], trial["cut"]) == (2, 2, False)
    assert [row["subject"] for row in trial["examples"]] == ["Invoice of June", "Invoice of May"]
    assert cli.rows("rule", "list") == []
    made = cli.one("rule", "add", "bills", "Olmo", "--subject", "invoice", "--from", "shop@shop.example")
    assert (made["done"], made["undo"], made["affected"]) == (True, "add_rule", 2)
    (rule,) = cli.rows("rule", "list")
    assert (rule["place"], rule["name"], rule["client"], rule["hits"]) == (1, "bills", "Olmo", 2)
    assert rule["conditions"]["subject"] == ["invoice"]
    (email,) = cli.rows("search", "subject:june")
    (why,) = cli.one("why", email["email"])["filings"]
    assert (why["reason"], why["rule"], why["client"]) == ("rule", "bills", "Olmo")
    assert cli.one("rule", "remove", "bills")["affected"] == 2
    assert cli.rows("rule", "list") == []
    assert cli.one("undo")["undo"] == "remove_rule"
    assert cli.rows("rule", "list")[0]["hits"] == 2
    assert cli.one("rule", "dry-run", "Olmo", "--subject", "invoice")["files"] == 2  # itself apart


def test_a_rule_that_says_nothing_is_refused(cli: Cli) -> None:
    assert cli.refused("rule", "add", "x", "Olmo", code=2)["code"] == "bad_rule"
