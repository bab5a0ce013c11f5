"""The commands that make a persona and read it back."""

from pathlib import Path

import pytest
import yaml

from app.brands.personas import find_persona, ref_of, write_persona
from app.errors import InvalidRequestError
from galley.settings import Settings
from tests.cli.running import starter
from tests.pages import ROOT

EXAMPLE = ROOT / "examples" / "persona.yaml"


def test_a_persona_is_read_back_as_the_model_is_told_it(tmp_path: Path) -> None:
    told = starter(tmp_path, "persona", "check", str(EXAMPLE))

    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("You write for The Proof Room.")
    assert "On x: One thought only." in told.stdout


def test_a_field_that_is_not_known_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "persona.yaml"
    file.write_text("brand: B\ntone: dry\n")

    told = starter(tmp_path, "persona", "check")

    assert told.returncode == 2
    assert "line 2: tone: there is no such field; there are brand, voice" in told.stderr


def test_without_a_terminal_nobody_is_asked(tmp_path: Path) -> None:
    told = starter(tmp_path, "persona", "init")

    assert told.returncode == 2
    assert "examples/persona.yaml" in told.stderr


def test_a_persona_that_exists_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "persona.yaml"
    file.write_text("brand: B\n")

    told = starter(tmp_path, "persona", "init")

    assert told.returncode == 2
    assert "persona.yaml exists" in told.stderr
    assert file.read_text() == "brand: B\n"


def test_what_was_answered_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "persona.yaml"

    write_persona(file, {"brand": "Bücher", "voice": "dry", "do": [], "avoid": ["a"]})

    assert yaml.safe_load(file.read_text()) == {"brand": "Bücher", "voice": "dry", "avoid": ["a"]}


def test_the_persona_in_the_folder_is_taken_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.model_construct(persona=None)
    assert find_persona(None, settings) is None
    Path("persona.yaml").write_text("brand: Here\n")
    Path("other.yaml").write_text("brand: Other\n")

    here = find_persona(None, settings)
    set_ = find_persona(None, Settings.model_construct(persona="other.yaml"))
    named = find_persona(Path("other.yaml"), settings)

    assert (here and here.brand, set_ and set_.brand) == ("Here", "Other")
    assert named == set_
    assert here is not None
    assert named is not None
    assert ref_of(here) != ref_of(named)


def test_an_ink_that_cannot_be_read_is_refused_by_check(tmp_path: Path) -> None:
    look = "look: {background: '#0b1f3a', ink: '#203050'}\n"
    (tmp_path / "persona.yaml").write_text(f"brand: B\n{look}")

    told = starter(tmp_path, "persona", "check")

    assert told.returncode == 2
    assert "contrast of 1.3 to 1, and text needs 4.5 to 1" in told.stderr


@pytest.mark.parametrize(
    ("look", "told"),
    [
        ("{logo: none.png}", "none.png cannot be read"),
        ("{logo: persona.yaml}", "save it as PNG"),
        ("{fonts: [none.ttf]}", "none.ttf cannot be read"),
    ],
)
def test_a_file_of_the_look_that_cannot_be_used_is_named(
    look: str, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "persona.yaml"
    file.write_text(f"brand: B\nlook: {look}\n")

    with pytest.raises(InvalidRequestError, match=told):
        find_persona(file, Settings.model_construct(persona=None))


def test_a_font_that_is_not_installed_is_told(tmp_path: Path) -> None:
    persona = "brand: B\nlook: {background: '#0b1f3a', fonts: [No Such Font]}\n"
    (tmp_path / "persona.yaml").write_text(persona)

    told = starter(tmp_path, "persona", "check")

    assert told.returncode == 0
    assert "Pictures: #ffffff on #0b1f3a" in told.stdout
    assert "The font No Such Font is not installed here" in told.stderr
