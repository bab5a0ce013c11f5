"""What a release recorded stays as it is, and every later build replays it."""

import re
from pathlib import Path

import pytest

from galley.version import __version__
from tests.workflows.released import HISTORIES, SUMS, broken, freeze

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


@pytest.fixture
def histories(tmp_path: Path) -> Path:
    for name in ("post-published", "campaign-started"):
        (tmp_path / f"{name}.json").write_text(f'{{"name": "{name}"}}\n')
    return tmp_path


def test_no_history_of_a_release_was_edited_or_dropped() -> None:
    assert broken() == []


def test_each_version_that_the_changelog_dates_has_its_histories_but_the_first() -> None:
    """Runs of 0.1.0 do not go on in 0.2.0."""
    headings = re.compile(r"^## \[([\d.]+)\] - \d{4}-\d\d-\d\d$", re.MULTILINE)
    *dated, first = headings.findall(CHANGELOG.read_text())

    assert first == "0.1.0"
    assert [one for one in dated if not (HISTORIES / one / SUMS).is_file()] == []
    assert __version__ in dated or "dev" in __version__


def test_recording_anew_leaves_a_release_as_it_was(histories: Path) -> None:
    folder = freeze("0.2.0", histories)
    (histories / "post-published.json").write_text("recorded anew\n")

    assert broken(histories) == []
    assert (folder / "post-published.json").read_text() != "recorded anew\n"


def test_a_history_that_was_edited_dropped_or_added_is_found(histories: Path) -> None:
    folder = freeze("0.2.0", histories)
    (folder / "post-published.json").write_text("edited\n")
    (folder / "campaign-started.json").rename(folder / "another.json")

    assert broken(histories) == [
        "0.2.0/campaign-started.json was dropped",
        "0.2.0/another.json was added",
        "0.2.0/post-published.json was edited",
    ]


def test_a_release_is_frozen_once(histories: Path) -> None:
    freeze("0.2.0", histories)
    with pytest.raises(ValueError, match="stay as they are"):
        freeze("0.2.0", histories)
    with pytest.raises(ValueError, match="no version"):
        freeze("../elsewhere", histories)


def test_sums_are_in_the_form_of_sha256sum(histories: Path) -> None:
    lines = (freeze("0.2.0", histories) / SUMS).read_text().splitlines()

    assert [line.partition("  ")[2] for line in lines] == [
        "campaign-started.json",
        "post-published.json",
    ]
    assert {len(line.partition("  ")[0]) for line in lines} == {64}
