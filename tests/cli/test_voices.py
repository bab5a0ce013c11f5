"""The commands that show and forget what reviews taught, as far as they need nobody."""

from pathlib import Path

from tests.cli.running import starter


def test_what_to_forget_is_said_once(tmp_path: Path) -> None:
    neither = starter(tmp_path, "voice", "forget", "b")
    both = starter(tmp_path, "voice", "forget", "b", "--all", "--post", "3f2a")

    for told in neither, both:
        assert told.returncode == 2
        assert "--post ID, or --all" in told.stderr
