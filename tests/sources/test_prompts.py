"""Prompt lists."""

import pytest

from galley.models.source import SourceKind
from galley.sources.prompts import read_prompts
from galley.sources.text import SourceError


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.yaml", "- one\n- two"),
        ("a.yml", "- prompt: one\n- prompt: two"),
        ("a.yaml", "prompts:\n  - one\n  - prompt: two"),
        ("a.prompts.txt", "# notes\none\n\n  two  \n"),
        ("a.prompts.txt", "- one\r\n- two"),
    ],
)
def test_a_prompt_list_is_read_in_every_form(name: str, data: str) -> None:
    document = read_prompts(data.encode(), name)

    assert document.kind is SourceKind.PROMPTS
    assert document.prompts == ("one", "two")
    assert document.text == "one\n\ntwo"
    assert document.title == "one"


def test_a_prompt_list_may_have_a_title_and_a_link() -> None:
    data = b"title: Launch\nlink: https://x.example/a#b\nprompts: [one]"

    document = read_prompts(data, "a.yaml")

    assert (document.title, document.link) == ("Launch", "https://x.example/a")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("just words", "is no prompt list"),
        ("a: b", "is no prompt list"),
        ("[]", "holds no prompt"),
        ("- one\n- [two]", "prompt 2 is not text"),
        ("- one\n- ''", "prompt 2 is not text"),
        ("- 5", "prompt 1 is not text"),
        ("- one\n- 'two", "broken at line 2"),
        ("- !!python/name:os.system", "broken at line 1"),
        ("- " + "x" * 2_001, "prompt 1 is longer than 2,000"),
        ("- x\n" * 51, "holds 51 prompts: give at most 50"),
        ("x" * 200_001, "too long"),
        ("- 2024-02-31", "put it in quotes"),
        ("link: nowhere\nprompts: [a]", "`link` is not a web address"),
    ],
)
def test_a_prompt_list_that_cannot_be_used_says_why(data: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_prompts(data.encode(), "a.yaml")


def test_lines_that_are_all_notes_hold_no_prompt() -> None:
    with pytest.raises(SourceError, match="holds no prompt"):
        read_prompts(b"# only\n# notes", "a.prompts.txt")
