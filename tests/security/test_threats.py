"""The page on security promises nothing that no test shows."""

import re

import pytest

from tests.pages import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", PAGE)))


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_the_threat_model_names_exists(named: str) -> None:
    file, _, name = named.partition("::")
    text = (ROOT / file).read_text()

    assert re.search(rf"^(?:async )?def {name or 'test_'}", text, re.MULTILINE)


def test_every_line_of_attack_names_what_shows_its_defence() -> None:
    attacks = PAGE.partition("## Attackers")[2].partition("### Somebody with a bucket")[0]
    rows = [
        line
        for line in attacks.splitlines()
        if line.startswith("| ") and "---" not in line and "Shown by" not in line
    ]

    assert len(rows) > 30
    assert [row for row in rows if "`tests/" not in row.rpartition(" | ")[2]] == []
