"""The shell commands that pages show: in blocks, and in the middle of a sentence."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")])
"""All but the changelog, which tells of commands that were."""
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<lines>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
_SHELLS = ("sh", "bash", "shell")
_INLINE = re.compile(r"(?<!`)`(?P<command>(?:uv run \S+|make) [^`\n]+)`(?!`)")
_HEADING = re.compile(r"^#+ (?P<words>.*)$", re.MULTILINE)
_SETTING = re.compile(r"(?P<name>[A-Z_]+)=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """One command as a page shows it; ``section`` is the heading above it."""

    page: str
    section: str
    line: str

    @property
    def words(self) -> list[str]:
        """The command alone: without its comment and the settings before it."""
        words = shlex.split(self.line, comments=True)
        return words[len(self.settings) :]

    @property
    def settings(self) -> dict[str, str]:
        """The settings that stand before it, as a shell has it: ``NAME=value``."""
        found: dict[str, str] = {}
        for word in shlex.split(self.line, comments=True):
            setting = _SETTING.fullmatch(word)
            if setting is None:
                break
            found[setting["name"]] = setting["value"]
        return found


def shown() -> list[Shown]:
    """Return every command of every page, in the order of its page."""
    return [one for page in PAGES for one in shown_on(page)]


def shown_on(page: Path) -> list[Shown]:
    text = page.read_text()
    found = [(at, line) for at, line in _in_blocks(text)]
    prose = _BLOCK.sub(lambda block: " " * len(block[0]), text)
    found += [(one.start(), one["command"]) for one in _INLINE.finditer(prose)]
    headings = [(one.start(), one["words"]) for one in _HEADING.finditer(prose)]
    name = str(page.relative_to(ROOT))
    return [
        Shown(name, [words for there, words in headings if there < at][-1], line)
        for at, line in sorted(found)
    ]


def _in_blocks(text: str) -> Iterator[tuple[int, str]]:
    for block in _BLOCK.finditer(text):
        lines = block["lines"].replace("\\\n", " ").splitlines()
        if block["kind"] == "console":
            lines = [line.strip()[2:] for line in lines if line.strip()[:2] == "$ "]
        elif block["kind"] not in _SHELLS:
            continue
        for number, line in enumerate(lines):
            one = Shown("", "", line.strip())
            if one.line and one.words:
                # Wide blocks have fewer lines than bytes, so these keep the order.
                yield block.start() + number, one.line
