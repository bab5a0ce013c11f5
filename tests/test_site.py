"""The pages are a site: each is found from its navigation, and no link is broken."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BESIDE = {"index.md", "changelog.md", "contributing.md", "recordings.md"}


def navigated(entries: list[Any]) -> list[str]:
    """Return every page of the navigation, in order."""
    found: list[str] = []
    for entry in entries:
        if isinstance(entry, str):
            found.append(entry)
        else:
            found += [page for below in entry.values() for page in navigated(below)]
    return found


def site(docs: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [
            *(sys.executable, str(DOCS / "site.py")),
            *("--docs", str(docs), "--into", str(folder / "site")),
        ],
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )


def test_every_page_is_built_and_found_and_asks_no_other_host(tmp_path: Path) -> None:
    done = site(DOCS, tmp_path)
    assert done.returncode == 0, done.stdout[-2000:]

    project = tomllib.loads((tmp_path / "site-pages.toml").read_text())["project"]
    pages = navigated(project["nav"])
    there = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert sorted(pages) == sorted(there | BESIDE)
    for name in pages:
        page = (tmp_path / "site" / name.replace("README", "index")).with_suffix(".html")
        assert "<main" in page.read_text()
    for page in (tmp_path / "site").rglob("*.html"):
        loaded = re.findall(r"<(?:script|link|img)\b[^>]*>", page.read_text())
        assert [tag for tag in loaded if re.search(r"=\"?https?:", tag)] == []


@pytest.mark.parametrize("link", ["nowhere.md", "settings.md#no-such-heading"])
def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path, link: str) -> None:
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / "tests" / "recordings").mkdir(parents=True)
    (tmp_path / "tests" / "recordings" / "README.md").write_text("# Recordings\n")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "settings.md").write_text("# Settings\n")
    (docs / "page.md").write_text(f"# Page\n\nSee [there]({link}).\n")

    assert site(docs, tmp_path).returncode != 0
