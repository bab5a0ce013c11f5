"""The commands that show and forget what reviews taught, as far as they need nobody."""

from pathlib import Path

from cli.commands.brands import taught
from galley.models.brand import LessonKind
from tests.cli.running import starter
from tests.drafting.making import lesson


def test_what_to_forget_is_said_once(tmp_path: Path) -> None:
    neither = starter(tmp_path, "voice", "forget", "b")
    both = starter(tmp_path, "voice", "forget", "b", "--all", "--post", "3f2a")

    for told in neither, both:
        assert told.returncode == 2
        assert "--post ID, or --all" in told.stderr


def test_a_lesson_shows_the_words_that_an_edit_changed_and_not_both_texts() -> None:
    same = " ".join(f"word{number}" for number in range(40))
    told = lesson(before=f"The old start. {same} The end.", after=f"The new start. {same} An end.")

    assert list(taught(told)) == [
        "- The old start. word0 word1 word2 …",
        "+ The new start. word0 word1 word2 …",
        "- … word36 word37 word38 word39 The end.",
        "+ … word36 word37 word38 word39 An end.",
    ]


def test_a_lesson_of_a_rejection_shows_how_the_draft_began() -> None:
    told = lesson(kind=LessonKind.REJECTED, before="A sentence of the draft. " * 30, after="")

    (line,) = taught(told)

    assert line.startswith("- A sentence of the draft.")
    assert len(line) <= 160
