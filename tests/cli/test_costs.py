"""What is said of a campaign's cost."""

from app.records.costs import CostRow
from cli.commands.records import cost_lines

ROW = CostRow(id="campaign:aa11", calls=12, micros=210_000, lost_micros=0, has_unknown=False)


def test_a_campaign_that_paid_for_nothing_has_no_line() -> None:
    assert cost_lines(ROW.model_copy(update={"calls": 0})) == []


def test_the_cost_of_a_campaign_is_a_line() -> None:
    assert cost_lines(ROW) == ["Cost: $0.21 in 12 calls"]


def test_a_price_that_is_not_known_makes_the_sum_too_small() -> None:
    (line,) = cost_lines(ROW.model_copy(update={"has_unknown": True}))

    assert line == "Cost: $0.21 and more in 12 calls"
