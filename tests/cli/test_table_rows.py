"""What a row of a table asks for."""

from dataclasses import replace
from pathlib import Path

import pytest

from cli.errors import CommandError, ExitCode
from cli.input.campaigns import CampaignWords, words_of_rows

TABLE = CampaignWords(source="plan.csv", form="thread", every="30m", narrate=True)


def rows(*lines: str, base: CampaignWords = TABLE) -> list[CampaignWords]:
    return words_of_rows(base, "\n".join(lines).encode())


def test_what_a_row_says_wins_and_what_it_leaves_is_as_the_command_line_says() -> None:
    own, usual = rows(
        "prompt,form,variants,media,persona,narrate,threads,edition,approve,quiet",
        "Tell of the sea,question,3,none,brand.yaml,no,yes,2,auto,22:00-07:00",
        "Tell of the hills,,,,,,,,,",
    )

    assert (own.form, own.variants, own.media) == ("question", 3, "none")
    assert (own.persona, own.narrate, own.edition) == (Path("brand.yaml"), False, 2)
    assert (own.approve, own.quiet) == ("auto", "22:00-07:00")
    assert own.threads
    assert own.every == "30m"
    assert usual == replace(TABLE, given=usual.given)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("variants", "many", "variants is a number from 1 to 5, not 'many'"),
        ("variants", "6", "variants is a number from 1 to 5"),
        ("variants", "\u0663", "variants is a number"),
        ("edition", "0", "edition is a number"),
        ("narrate", "maybe", "narrate is yes or no, not 'maybe'"),
        ("threads", "2", "threads is yes or no"),
    ],
)
def test_a_value_that_is_not_understood_is_told_with_its_row(
    column: str, value: str, says: str
) -> None:
    with pytest.raises(CommandError, match=says) as caught:
        rows(f"prompt,{column}", "Tell of the sea,", f"Tell of the hills,{value}")

    assert str(caught.value).startswith("plan.csv, row 3: ")
    assert caught.value.code is ExitCode.USAGE


def test_rows_that_would_be_one_campaign_are_refused_unless_they_are_the_same() -> None:
    head, one = "prompt,form,edition", "Tell of the sea"

    with pytest.raises(CommandError, match=r"row 3: .* row 2, .* the edition 2"):
        rows(head, f"{one},post,", f"{one},question,")
    same = rows(head, f"{one},post,", f"{one},post,")
    apart = rows(head, f"{one},post,", f"{one},question,2")

    assert len(same) == len(apart) == 2
