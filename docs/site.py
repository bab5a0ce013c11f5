# ruff: noqa: INP001 -- a script beside the pages
"""Build the pages of docs/ as a site: ``make docs``.

Pages link to files of the repository, as readers of the repository want it. For the
site those that are pages come along, and others are named without a link. A link that
leads nowhere fails the build.
"""

import argparse
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_ALONG = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "tests/recordings/README.md": "recordings.md",
}
"""Pages beside docs/, and what they are called on the site."""
_LINK = re.compile(r"(?P<bang>!?)\[(?P<words>[^\]]*)\]\((?P<to>[^)\s]+)\)")
_PATTERN = re.compile(r"^( +)\"([^\"\n]*\*[^\"\n]*)\",$\n", re.MULTILINE)
_TAG = re.compile(r"(?P<name>src|href)=\"(?P<to>[^\":]+)\"")


def prepare(docs: Path, pages: Path) -> None:
    """Copy all pages to ``pages``, with links that hold there."""
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(docs, pages, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for file in sorted(docs.rglob("*.md")):
        _rewrite(file, pages / file.relative_to(docs), docs, pages)
    for name, page in _ALONG.items():
        _rewrite(docs.parent / name, pages / page, docs, pages)


def _rewrite(source: Path, page: Path, docs: Path, pages: Path) -> None:
    def placed(to: str) -> str | None:
        path, mark, anchor = to.partition("#")
        if not path or re.match(r"[a-z]+:", to):
            return to
        goal = (source.parent / path).resolve()
        inside = _ALONG.get(str(goal.relative_to(docs.parent)))
        if inside is None and goal.is_relative_to(docs) and not goal.is_dir():
            inside = str(goal.relative_to(docs))
        if inside is None and goal.exists():
            return None
        there = pages / inside if inside else page.parent / path
        return os.path.relpath(there, page.parent) + mark + anchor

    def link(found: re.Match[str]) -> str:
        to = placed(found["to"])
        words = found["words"]
        return words if to is None else f"{found['bang']}[{words}]({to})"

    def tag(found: re.Match[str]) -> str:
        return f'{found["name"]}="{placed(found["to"]) or ""}"'

    page.write_text(_TAG.sub(tag, _LINK.sub(link, source.read_text())))


def _config(pages: Path, into: Path) -> str:
    def found(pattern: re.Match[str]) -> str:
        names = sorted(str(one.relative_to(pages)) for one in pages.glob(pattern[2]))
        index = pages / pattern[2].replace("-*", "")
        if index.exists():
            return _grouped(index.read_text(), names, pattern[1])
        return "".join(f'{pattern[1]}"{name}",\n' for name in names)

    settings = _PATTERN.sub(found, (ROOT / "zensical.toml").read_text())
    placed = settings.replace('"docs"', f'"{pages.name}"')
    return placed.replace('"site"', f'"{into.name}"')


def _grouped(index: str, names: list[str], indent: str) -> str:
    """Return pages under the headings under which their index links to them."""
    lines: list[str] = []
    for group in re.split(r"^## ", index, flags=re.MULTILINE)[1:]:
        here = [found["to"] for found in _LINK.finditer(group) if found["to"] in names]
        listed = ", ".join(f'"{name}"' for name in here)
        if here:
            lines.append(f'{indent}{{ "{group.splitlines()[0]}" = [{listed}] }},\n')
    return "".join(lines)


def main() -> int:
    """Build strictly; return the exit code of the builder."""
    parser = argparse.ArgumentParser(description="Build the pages of docs/ as a site.")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    parser.add_argument("--into", type=Path, default=ROOT / "dist" / "site")
    given = parser.parse_args()
    into = given.into.resolve()
    pages = into.with_name(f"{into.name}-pages")
    prepare(given.docs.resolve(), pages)
    config = pages.with_suffix(".toml")
    config.write_text(_config(pages, into))
    program = Path(sysconfig.get_path("scripts")) / "zensical"
    command = [program, "build", "--strict", "--clean", "--config-file", config]
    return subprocess.run(command, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    raise SystemExit(main())
