"""What a release recorded stays as it is, and every later build replays it."""

from pathlib import Path

import pytest

from tests.workflows.released import SUMS, broken, freeze


@pytest.fixture
def histories(tmp_path: Path) -> Path:
    for name in ("post-published", "campaign-started"):
        (tmp_path / f"{name}.json").write_text(f'{{"name": "{name}"}}\n')
    return tmp_path


def test_no_history_of_a_release_was_edited_or_dropped() -> None:
    assert broken() == []


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
