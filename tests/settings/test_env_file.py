"""What a `.env` of the working folder may set."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from galley.settings import LOCAL_ENV, SECRETS, Settings
from galley.settings.env_file import REFUSED, EnvFileError, allowed_names, load_env_file
from galley.settings.secret_files import alias_of
from tests.cli.running import starter


@pytest.fixture(autouse=True, name="here")
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in an empty folder with a small environment, which is put back."""
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    LOCAL_ENV.parent.mkdir()
    for name in [one for one in os.environ if one.startswith(("GALLEY_", "BUFFER_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_file_of_the_folder_cannot_move_keys_or_name_programs(name: str) -> None:
    Path(".env").write_text(f"{name}=http://elsewhere.example\n")

    with pytest.raises(EnvFileError, match=f"sets {name}, which a file of a folder may not"):
        load_env_file()
    assert name not in os.environ

    os.environ[name] = "mine"  # the environment wins anyway
    load_env_file()
    assert os.environ[name] == "mine"


@pytest.mark.parametrize("name", sorted(REFUSED))
@pytest.mark.parametrize("file", [Path(".env"), LOCAL_ENV], ids=str)
def test_no_other_way_to_write_a_setting_moves_keys_or_names_programs(
    file: Path, name: str
) -> None:
    (field,) = [key for key, one in Settings.model_fields.items() if alias_of(one) == name]
    usual = getattr(Settings(), field)
    others = {name.lower(), name.title(), field, field.upper(), field.title()} - {name}
    file.write_text("".join(f"{other}=http://elsewhere.example\n" for other in others))

    load_env_file()

    assert getattr(Settings(), field) == usual


def test_only_listed_names_are_loaded() -> None:
    hostile = ("LD_PRELOAD", "PYTHONPATH", "HTTPS_PROXY", "EDITOR", "AWS_CONFIG_FILE", "GALLEY_NEW")
    for name in (*hostile, "GALLEY_REVIEWER", "ANTHROPIC_API_KEY", "TEMPORAL_NAMESPACE"):
        os.environ.pop(name, None)
    lines = [f"{name}=hostile\n" for name in hostile]
    Path(".env").write_text("".join(lines) + "GALLEY_REVIEWER=kim\nANTHROPIC_API_KEY=key\n")

    load_env_file()

    assert (os.environ["GALLEY_REVIEWER"], os.environ["ANTHROPIC_API_KEY"]) == ("kim", "key")
    assert [name for name in hostile if os.environ.get(name) == "hostile"] == []


def test_every_secret_and_its_file_may_be_there() -> None:
    secrets = {*SECRETS.values()}

    assert secrets | {f"{one}_FILE" for one in secrets} <= allowed_names()
    assert not allowed_names() & REFUSED


def test_a_key_of_temporal_goes_to_no_address_that_a_folder_names() -> None:
    Path(".env").write_text("TEMPORAL_ADDRESS=elsewhere.example:7233\n")
    os.environ["TEMPORAL_API_KEY"] = "mine"

    with pytest.raises(EnvFileError, match="TEMPORAL_ADDRESS"):
        load_env_file()

    del os.environ["TEMPORAL_API_KEY"]
    Path(".env").write_text("TEMPORAL_ADDRESS=elsewhere.example:7233\nTEMPORAL_API_KEY=theirs\n")
    load_env_file()
    assert os.environ["TEMPORAL_API_KEY"] == "theirs"


@pytest.mark.parametrize(
    ("line", "is_ours"),
    [
        ("ANTHROPIC_BASE_URL=http://127.0.0.1:9701", True),
        ("BUFFER_API_URL=http://buffer:9700", True),
        ("STORAGE_EMULATOR_HOST=http://gcs.localhost:4443", True),
        ("TEMPORAL_ADDRESS=temporal:7233", True),
        ("BUFFER_API_URL=https://elsewhere.example", False),
        ("TEMPORAL_ADDRESS=elsewhere.example:7233", False),
        ("ANTHROPIC_BASE_URL=http://127.0.0.1@elsewhere.example", False),
        ("GALLEY_FFMPEG=./ffmpeg", False),
    ],
)
def test_the_file_of_the_local_stack_names_local_servers_alone(line: str, is_ours: bool) -> None:  # noqa: FBT001 - table
    LOCAL_ENV.write_text(f"{line}\n")

    if is_ours:
        load_env_file()
    else:
        with pytest.raises(EnvFileError, match="as no local stack does"):
            load_env_file()


def test_a_command_ends_with_a_sentence_that_says_what_to_do(here: Path) -> None:
    (here / ".env").write_text("ANTHROPIC_BASE_URL=http://elsewhere.example\n")

    done = starter(here, "costs", ANTHROPIC_API_KEY="made-up")

    assert done.returncode == 2
    assert "remove that line, and `export ANTHROPIC_BASE_URL=…` if you trust it" in done.stderr
    assert "Traceback" not in done.stderr
