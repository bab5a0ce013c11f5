"""YAML of strangers costs little, whatever it stands for."""

from pathlib import Path

import pytest

from app.errors import InvalidRequestError
from app.option_file import read_options
from galley.models.brand import Persona
from galley.sources.bounded_yaml import MOST_VALUES, UnreadableYamlError, load

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "&a [*a]",
        "[" * 100_000,
        "- " * 100_000,
        f"[{'a,' * MOST_VALUES}]",
        "a: !!timestamp x",
        "a: !!int x",
        "a: 2026-02-31",
        '"\\ud800',
    ],
    ids=lambda text: text[:20],
)
def test_what_is_too_much_or_no_value_is_refused(text: str) -> None:
    with pytest.raises(UnreadableYamlError):
        load(text)


def test_an_alias_stands_for_its_value() -> None:
    assert load("a: &a [1, 2]\nb: *a\nc: {<<: &m {x: 1}, y: 2}") == {
        "a": [1, 2],
        "b": [1, 2],
        "c": {"x": 1, "y": 2},
    }


def test_a_persona_of_the_current_folder_is_no_bomb(tmp_path: Path) -> None:
    file = tmp_path / "persona.yaml"
    file.write_text(BOMB + "brand: *i\n")

    with pytest.raises(
        InvalidRequestError, match=r"persona.yaml, line \d+: a value cannot be read"
    ):
        read_options(file, Persona)
