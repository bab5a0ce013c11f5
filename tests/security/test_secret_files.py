"""Every secret may come from a file, and none is told when that goes wrong."""

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from galley.clients.temporal import connect_config
from galley.settings import LOCAL_ENV, Settings
from galley.settings.secret_files import SecretFileError
from observability.logs import redaction_of
from tests.forking import Order, run

SECRET = "made-up-4711-secret-of-more-than-thirty-two"
BY_FILE = sorted(
    alias
    for field in Settings.model_fields.values()
    if SecretStr.__name__ in str(field.annotation)
    and (alias := str(getattr(field.validation_alias, "choices", [""])[0])) != "GALLEY_PAYLOAD_KEYS"
)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder with an empty environment."""
    for name in set(os.environ) - {"PATH", "TMPDIR"}:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


def held(name: str) -> str | None:
    settings = Settings()
    for field, info in Settings.model_fields.items():
        alias: Any = info.validation_alias
        if alias.choices[0] == name:
            value: SecretStr | None = getattr(settings, field)
            return value.get_secret_value() if value else None
    raise AssertionError(name)


@pytest.mark.parametrize("name", BY_FILE)
def test_a_secret_is_read_from_the_file_that_is_named(
    name: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{name}_FILE", str(file))

    assert held(name) == SECRET


def test_the_file_may_be_named_in_the_file_of_settings(file: Path) -> None:
    Path(".env").write_text(f"BUFFER_API_KEY_FILE={file}\nBUFFER_API_KEY=\n")

    assert held("BUFFER_API_KEY") == SECRET


def test_what_the_local_stack_set_yields_to_a_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LOCAL_ENV.parent.mkdir()
    LOCAL_ENV.write_text("BUFFER_API_KEY=local\n")
    monkeypatch.setenv("BUFFER_API_KEY_FILE", str(file))

    assert held("BUFFER_API_KEY") == SECRET
    monkeypatch.delenv("BUFFER_API_KEY_FILE")
    assert held("BUFFER_API_KEY") == "local"


def test_a_secret_that_is_given_twice_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(file))
    Path(".env").write_text("ANTHROPIC_API_KEY=another-secret\n")

    with pytest.raises(SecretFileError) as told:
        Settings()

    assert str(told.value) == (
        "ANTHROPIC_API_KEY and ANTHROPIC_API_KEY_FILE are both set: keep one."
    )


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (None, "cannot be read: No such file or directory."),
        (b" \n", "is empty."),
        (b"\xff" + SECRET.encode(), "is no text"),
        (SECRET.encode() * 5000, "is too long to be a secret."),
    ],
    ids=["missing", "empty", "binary", "long"],
)
def test_a_file_that_gives_no_secret_is_told_without_what_is_in_it(
    data: bytes | None, fault: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.unlink()
    if data is not None:
        file.write_bytes(data)
    monkeypatch.setenv("REPLICATE_API_TOKEN_FILE", str(file))

    with pytest.raises(SecretFileError) as told:
        Settings()

    assert fault in str(told.value)
    assert str(file) in str(told.value)
    assert SECRET not in str(told.value)
    assert told.value.__cause__ is None


def test_the_key_of_temporal_comes_from_a_file_too_and_is_redacted(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    monkeypatch.setenv("TEMPORAL_API_KEY_FILE", str(file))

    assert connect_config().get("api_key") == SECRET
    assert SECRET not in redaction_of(Settings()).text(f"key {SECRET}")
    monkeypatch.setenv("TEMPORAL_API_KEY", "another")
    with pytest.raises(SecretFileError, match="are both set"):
        connect_config()


@pytest.mark.parametrize("program", ["starter", "worker"])
def test_a_program_says_which_file_is_wrong_in_one_sentence(program: str, tmp_path: Path) -> None:
    arguments = ["list"] if program == "starter" else []
    environment = {"PATH": "/usr/bin:/bin", "BUFFER_API_KEY_FILE": "/nowhere/key"}

    ended = run(Order(program, arguments, tmp_path, environment), timeout=60)

    assert ended.returncode in {1, 2}
    assert ended.stderr.strip().removeprefix("The worker cannot start: ") == (
        "BUFFER_API_KEY_FILE: /nowhere/key cannot be read: No such file or directory."
    )
