"""The folder that is open to agents: nothing else of the machine is read through it."""

import os
import threading
from pathlib import Path

import pytest

from app.agents.access import open_folder
from app.errors import InvalidRequestError
from galley.settings import Settings


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "open"
    (folder / "within").mkdir(parents=True)
    (folder / "within" / "a.md").write_text("Given.")
    (tmp_path / "secret.md").write_text("Secret.")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "near.md").symlink_to(folder / "within" / "a.md")
    (folder / "out").symlink_to(tmp_path)
    (folder / "second.md").hardlink_to(tmp_path / "secret.md")
    os.mkfifo(folder / "pipe.md")
    return folder


def settings_of(folder: Path | None) -> Settings:
    return Settings.model_construct(agent_folder=folder)


def test_a_file_is_read_from_a_private_copy_that_goes_afterwards(folder: Path) -> None:
    with open_folder(settings_of(folder)) as copied:
        found = [copied("within/a.md"), copied(str(folder / "within" / "a.md"))]

        assert [one.read_text() for one in found] == ["Given."] * 2
        assert not [one for one in found if one.is_relative_to(folder) or one.name != "a.md"]
        assert found[0].parent.stat().st_mode & 0o077 == 0
    assert not [one for one in found if one.exists()]


@pytest.mark.parametrize(
    "named",
    [
        *("link.md", "near.md", "out/secret.md", "second.md", "pipe.md", "within", ".", ""),
        *("../secret.md", "within/../../secret.md", "/etc/passwd", "\x00", "\ud800", "gone.md"),
    ],
)
def test_links_pipes_and_ways_out_lead_nowhere(folder: Path, named: str) -> None:
    with (
        open_folder(settings_of(folder)) as copied,
        pytest.raises(InvalidRequestError, match="no such file"),
    ):
        copied(named)


def test_without_a_folder_nothing_is_read() -> None:
    with (
        open_folder(settings_of(None)) as copied,
        pytest.raises(InvalidRequestError, match="No folder"),
    ):
        copied("a.md")


def test_a_name_that_turns_between_a_file_and_a_link_gives_no_other_file(folder: Path) -> None:
    name, spare, is_over = folder / "within" / "a.md", folder / "spare", threading.Event()

    def turn() -> None:
        while not is_over.is_set():
            for place in ("link", "file"):
                if place == "link":
                    spare.symlink_to(folder.parent / "secret.md")
                else:
                    spare.write_text("Given.")
                spare.replace(name)

    turning = threading.Thread(target=turn)
    turning.start()
    seen: set[str] = set()
    try:
        with open_folder(settings_of(folder)) as copied:
            for _ in range(500):
                try:
                    seen.add(copied("within/a.md").read_text())
                except InvalidRequestError:
                    seen.add("refused")
    finally:
        is_over.set()
        turning.join()

    assert seen <= {"Given.", "refused"}
