"""What the settings are, where they stand, and which of two wins."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from galley.settings import LOCAL_ENV, SUBJECTS, Settings


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in names():
        monkeypatch.delenv(name, raising=False)
    LOCAL_ENV.parent.mkdir()
    return tmp_path


def names() -> list[str]:
    fields = Settings.model_fields.values()
    return [str(getattr(f.validation_alias, "choices", [""])[0]) for f in fields]


def test_every_setting_is_of_one_subject_and_is_told() -> None:
    parts = [name for part in SUBJECTS for name in part.model_fields]

    assert sorted(parts) == sorted(Settings.model_fields)
    assert len(names()) == len(set(names()))
    assert all(field.description for field in Settings.model_fields.values())


def test_the_environment_wins_over_env_and_that_over_the_local_stack(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LOCAL_ENV.write_text("GALLEY_REVIEWER=stack\nGALLEY_DRAFT_MODEL=stack\nGALLEY_BUILD_ID=stack\n")
    (here / ".env").write_text("GALLEY_REVIEWER=file\nGALLEY_DRAFT_MODEL=file\n")
    monkeypatch.setenv("GALLEY_REVIEWER", "environment")

    told = Settings()

    assert told.reviewer == "environment"
    assert (told.draft_model, told.build_id) == ("file", "stack")


@pytest.mark.usefixtures("here")
def test_a_variable_of_another_program_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FFMPEG", "PERSONA", "REVIEWER", "TEAM", "reviewer", "galley_reviewer"):
        monkeypatch.setenv(name, "another")

    assert Settings() == Settings.model_construct()


@pytest.mark.usefixtures("here")
def test_a_blank_line_says_nothing_and_none_takes_a_ceiling_away() -> None:
    Path(".env").write_text(
        "GALLEY_BUDGET_CAMPAIGN_USD=\nGALLEY_BUDGET_DAY_USD=none\nGALLEY_BUDGET_BRAND_USD=1.5\n"
    )

    told = Settings().ceilings

    assert (told.campaign, told.day, told.brand) == (2_000_000, None, 1_500_000)


@pytest.mark.usefixtures("here")
def test_a_value_that_is_none_is_refused_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALLEY_BUDGET_DAY_USD", "sk-ant-0123456789")

    with pytest.raises(ValidationError) as caught:
        Settings()

    assert "GALLEY_BUDGET_DAY_USD" in str(caught.value)
    assert "sk-ant" not in str(caught.value)
    assert Decimal(20) == Settings.model_fields["budget_day_usd"].default


@pytest.mark.usefixtures("here")
def test_more_sets_of_drafts_than_there_are_prompts_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GALLEY_DRAFT_CANDIDATES", "3")

    with pytest.raises(ValidationError, match="less than or equal to 2"):
        Settings()
