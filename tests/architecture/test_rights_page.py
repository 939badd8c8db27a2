"""docs/rights.md says what the rule says."""

from pathlib import Path

import pytest

from tests.support.rights_page import done_table, seen_table

PAGE = Path(__file__).parents[2] / "docs" / "rights.md"


@pytest.mark.parametrize(("mark", "wanted"), [("seen", seen_table()), ("done", done_table())])
def test_the_tables_are_the_rules(mark: str, wanted: str) -> None:
    found = PAGE.read_text("utf-8").partition(f"<!-- {mark} -->")[2].partition(f"<!-- /{mark} -->")[0].strip()
    assert found == wanted, f"between its {mark} marks docs/rights.md must read:\n\n{wanted}\n"
