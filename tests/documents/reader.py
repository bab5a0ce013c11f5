"""Somebody who tries every command of the pages, on one local stack."""

import re
import shlex
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import httpx

from emulators.launch import temporal_binary
from tests.cli.running import clean_environment, starter
from tests.cli.stacks import record
from tests.documents.fillings import CHANNELS, ENDS, FILLED, LOOKING, NETWORKS, PLANNED, SETTINGS
from tests.documents.posts import Posts
from tests.documents.serving import Terminals
from tests.documents.shell import Shown
from tests.end_to_end.texts import article

Told = subprocess.CompletedProcess[str]
_ID = re.compile(r"\b(3f2a|482d)(1b4c5d6e|be72037d)?\b")
_NAMED = re.compile(rf"{_ID.pattern}/(?P<platform>[a-z]+)")
_NAMES = re.compile(rf"{_ID.pattern}|{{post}}")
_SCOPES = ("--platform", "--channel", "--campaign")
_PATIENCE = 60.0


class Reader:
    """Runs commands in a folder; knows which campaign a page speaks of."""

    def __init__(self, folder: Path, web: str) -> None:
        self.folder = folder
        ports = record(folder)["ports"]
        self._places = {"{web}": web, "{buffer}": f"http://127.0.0.1:{ports['buffer']}"}
        self._places["{year}"] = str(datetime.now(UTC).year + 1)
        health = httpx.get(f"{self._places['{buffer}']}/_emulator/health").json()
        self._places["{account}"] = f"buffer:{health['organizationId']}"
        self.campaigns: dict[str, str] = {}
        self.terminals = Terminals(folder)
        temporal = f"127.0.0.1:{ports['temporal']}"
        self._posts = Posts(temporal)
        self._editions = 1
        editor = folder / "editor.py"
        editor.write_text(_EDITOR)
        self._environment = {"EDITOR": f"{sys.executable} {editor}", "TEMPORAL_ADDRESS": temporal}

    def begin(self, page: str, commands: list[Shown]) -> None:
        """Start the campaign that a page speaks of, unless the page itself does, or another did."""
        lines = ["" if _is_planned(one) else _filled(one) for one in commands]
        naming = next((n for n, line in enumerate(lines) if _NAMES.search(line)), None)
        if naming is None or any(" start " in line for line in lines[:naming]):
            return
        if page in LOOKING and (known := self.campaigns.keys() & LOOKING):
            self.campaigns[page] = self.campaigns[known.pop()]
            return
        file = Path(page).with_suffix(".txt").name
        (self.folder / file).write_text(article(page))
        words = ["start", file, "--start-at", "tomorrow 12:00"]
        told = self._start(page, words, commands)
        assert told.returncode == 0, told

    def try_out(self, one: Shown, beside: list[Shown]) -> None:
        """Run a command, as a reader does who waits for drafts; hold its end."""
        if names_a_campaign(one):
            self._posts.are_written(self.campaigns[one.page])
        words = self._fill(one)
        if _is_planned(one):
            told = self.starter(*words[words.index("start") :], "--plan")
            assert told.returncode == 0, (one, words, told)
            return
        if words[-2:] == ["approve", self.campaigns.get(one.page)]:
            self._posts.agree(words[-1])
        deadline = time.monotonic() + _PATIENCE
        while (told := self._run(one, words, beside)).returncode != _end(one):
            assert time.monotonic() < deadline, (one, words, told)
            time.sleep(0.5)

    def leave(self, commands: list[Shown]) -> None:
        """Undo what a page has paused, and end what it serves."""
        self.terminals.close()
        pauses = [self._fill(one) for one in commands if one.words[:2] == ["galley", "pause"]]
        paused = {
            tuple(
                word
                for option, value in pairwise(words)
                if option in _SCOPES
                for word in (option, value)
            )
            for words in pauses
        }
        for scope in sorted(paused):
            self.starter("resume", *scope)

    def close(self) -> None:
        """End what it serves, and its own looks."""
        self.terminals.close()
        self._posts.close()

    def starter(self, *words: str, **settings: str) -> Told:
        """Run ``starter.py`` with these words."""
        more = {**self._environment, **settings}
        return starter(self.folder, *words, timeout=120, **more)

    def _fill(self, one: Shown) -> list[str]:
        line = _filled(one)
        for name, filling in self._places.items():
            own = self.terminals.addresses.get(name.strip("{}"))
            line = line.replace(name, own or filling)
        if "{post}" in line:
            line = line.replace("{post}", self._posts.next_of(self.campaigns[one.page]))
        if key := self.campaigns.get(one.page):
            line = _ID.sub(key, line)
        words = Shown(one.page, one.section, line).words
        return words[: words.index("|")] if "|" in words else words

    def _run(self, one: Shown, words: list[str], beside: list[Shown]) -> Told:
        bare = words[2:] if words[:2] == ["uv", "run"] else words
        if any("DIGEST" in word for word in bare):
            digest = self._posts.digest(next(word for word in bare if word.startswith("post:")))
            bare = [word.replace("DIGEST", digest) for word in bare]
        if bare[0] == "galley":
            if bare[1] in ("start", "write"):
                return self._start(one.page, bare[1:], beside)
            return self.starter(*bare[1:], **one.settings, **self._settings(bare))
        if bare[:2] == ["python", "-m"]:
            self.terminals.serve(bare[2], bare[3:])
            return Told(bare, 0, "", "")
        if bare[0] == "temporal":
            bare[0] = str(temporal_binary())
        if bare[0] == "curl":
            bare.insert(1, "--fail-with-body")
        return subprocess.run(  # noqa: S603 -- a command of the pages
            bare,
            cwd=self.folder,
            env=clean_environment(self.folder, self._environment),
            capture_output=True,
            text=True,
            check=False,
        )

    def _settings(self, words: list[str]) -> dict[str, str]:
        """Return what this command alone needs to be set."""
        line = " ".join(words)
        return {
            name: value.replace("{web}", self._places["{web}"])
            for begin, settings in SETTINGS.items()
            if line.startswith(begin)
            for name, value in settings.items()
        }

    def _start(self, page: str, words: list[str], beside: list[Shown]) -> Told:
        """Start it as a campaign of its own, for the networks that the page names."""
        named = {platform for one in beside for platform in _networks(_filled(one))}
        named |= {*NETWORKS.get(page, () if named else ("linkedin",))}
        if not words[1].endswith(".csv"):
            self._editions += 1
            words = [*words, "--edition", str(self._editions)]
            if words[0] == "start" and "--platform" not in words:
                words += [w for p in sorted(named) for w in ("--platform", p)]
        told = self.starter(*words)
        if found := re.search(r"campaign:([0-9a-f]{12}-\d+)", told.stdout):
            self.campaigns[page] = found[1]
        return told


def shape(one: Shown) -> str:
    """Return a command without what differs from page to page: its campaign."""
    return _ID.sub("ID", shlex.join(one.words))


def names_a_campaign(one: Shown) -> bool:
    """Return whether a command is said of the campaign of its page, or of a post of it."""
    return not _is_planned(one) and bool(_NAMES.search(_filled(one)))


def _filled(one: Shown) -> str:
    line = one.line
    for name, filling in FILLED.items():
        line = line.replace(name, filling)
    return line


def _networks(line: str) -> list[str]:
    """Return the networks of the posts that a command names."""
    found = [one["platform"] for one in _NAMED.finditer(line)]
    return [*found, *(name for channel, name in CHANNELS.items() if channel in line)]


def _is_planned(one: Shown) -> bool:
    return one.line.removeprefix("uv run ").startswith(tuple(PLANNED))


def _end(one: Shown) -> int:
    line = one.line.removeprefix("uv run ")
    return next((code for begin, code in ENDS.items() if line.startswith(begin)), 0)


_EDITOR = r"""import re, sys
from pathlib import Path

page = Path(sys.argv[1])
# A change of the alt text alone would be no lesson.
word = re.compile(r"^((?!alt_text)[^#\n].*?)\b(the|a|in|of|that)\b", re.MULTILINE)
page.write_text(word.sub(r"\1this", page.read_text(), count=1))
"""
