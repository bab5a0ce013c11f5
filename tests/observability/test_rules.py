"""The alert rules and the dashboard, as files."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from galley.models.post import PostState
from tests import pages
from tests.observability.scraping import DASHBOARD, RULES

TESTS = RULES.parent / "galley.rules.test.yml"
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
]
NAMES = [rule["alert"] for rule in ALERTS]
BOARD: dict[str, Any] = json.loads(DASHBOARD.read_text())


@pytest.mark.parametrize("rule", ALERTS, ids=NAMES)
def test_an_alert_says_how_bad_it_is_and_what_to_run(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(rule["annotations"]) == {"summary", "description", "run"}
    words = rule["annotations"]["run"].split()
    if "galley" in words:
        assert words[words.index("galley") + 1] in pages.sub_commands()
    else:
        assert words[0] in {"temporal", "galley-worker"}


@pytest.mark.parametrize("rule", ALERTS, ids=NAMES)
def test_parentheses_and_braces_of_an_expression_are_closed(rule: dict[str, Any]) -> None:
    open_ones: list[str] = []
    for sign in re.sub(r'"[^"]*"', "", rule["expr"]):
        if sign in "({[":
            open_ones.append({"(": ")", "{": "}", "[": "]"}[sign])
        elif sign in ")}]":
            assert open_ones.pop() == sign
    assert open_ones == []


def test_a_state_that_an_expression_names_exists() -> None:
    texts = [rule["expr"] for rule in ALERTS]
    texts += [t["expr"] for p in BOARD["panels"] for t in p.get("targets", [])]
    named = re.findall(r'state[!=]~?"([^"]+)"', " ".join(texts))

    assert {state for one in named for state in one.split("|")} <= set(PostState)


def test_every_alert_has_an_example_that_fires_it() -> None:
    given = yaml.safe_load(TESTS.read_text())["tests"]
    fired = {
        check["alertname"]
        for test in given
        for check in test["alert_rule_test"]
        if check.get("exp_alerts")
    }

    assert fired == set(NAMES)


def test_prometheus_takes_the_rules_and_fires_them_as_the_examples_say() -> None:
    """Where its tools are installed; the other tests read the files by themselves."""
    tool = shutil.which("promtool")
    for words in (["check", "rules", str(RULES)], ["test", "rules", str(TESTS)]):
        if tool is not None:
            subprocess.run([tool, *words], check=True, capture_output=True)  # noqa: S603 - Debian's promtool


def test_panels_stand_in_the_grid_and_none_covers_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_panel_has_its_own_id_and_reads_the_chosen_source() -> None:
    panels = BOARD["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert all(t["datasource"] == panel["datasource"] for t in panel["targets"])
