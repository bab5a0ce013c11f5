"""The pages of docs/examples: long sources carried through to posts, with their drafts.

``python -m bench.examples [article podcast recording feed prompts]``. Each source gets
a stack of its own in an empty folder: a real Temporal server and store, the emulators
and a worker. Its posts are approved automatically where they fit. The state of each, and its
draft, is written to ``docs/examples/``. All of it takes about twenty minutes: posts of one
channel are a minute apart. The recording needs the extra ``local-asr`` and the group
``speech``, as ``make test`` installs them.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from bench.example_sources import FOLDER, Station, networks_of
from bench.report import leave, machine
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.networks.checks import check_text
from galley.sources.feeds import read_feed
from tests.end_to_end.stack import ROOT, Stack
from tests.end_to_end.waiting import until
from tests.hearing import whisper_model
from tests.serving import answering, serving
from workflows.post.workflow import PostWorkflow

PAGES = ROOT / "docs" / "examples"
_WITHIN = 1_800.0
"""Seconds a source's posts may take."""
_AUTO = ("--approve", "auto")
_NETWORKS_AN_ITEM = 3


@dataclass(frozen=True)
class Example:
    """A source, the command that starts it, and the number of its posts."""

    name: str
    title: str
    file: str
    posts: int
    start: Callable[[Stack], Awaitable[None]]
    how: str
    origin: str = ""
    """The source's origin, unless it is one of ``examples/long/``."""


async def _start_file(stack: Stack, name: str) -> None:
    await _begin(stack, str(FOLDER / name))


async def _start_items(stack: Stack) -> None:
    """Start each item by its GUID, on three networks in turn."""
    data = (FOLDER / "feed.xml").read_bytes()
    served = answering(data, content_type="application/rss+xml")
    async with serving(served) as host:
        url = f"http://{host}/feed.xml"
        hosts = {"GALLEY_FETCH_PRIVATE_HOSTS": f'["{host}"]'}
        await stack.restart_worker(**hosts)
        items = read_feed(data, url).items
        for number, item in enumerate(reversed(items)):
            wanted = networks_of(number, _NETWORKS_AN_ITEM)
            chosen = [part for name in wanted for part in ("--platform", name)]
            await _begin(stack, url, "--item", item.key, *chosen, **hosts)
        await _settled(stack, len(items) * _NETWORKS_AN_ITEM)


async def _start_episode(stack: Stack) -> None:
    """Start the latest episode of a podcast that has no transcript."""
    station = Station()
    async with serving(station.answer) as station.host:
        hosts = {"GALLEY_FETCH_PRIVATE_HOSTS": f'["{station.host}"]'}
        heard = {"GALLEY_WHISPER_MODEL": whisper_model(), "GALLEY_TRANSCRIBE": "local"}
        await stack.restart_worker(**hosts, **heard)
        await _begin(stack, station.url, "--item", "latest", **hosts)
        await _settled(stack, len(Platform))


async def _begin(stack: Stack, *arguments: str, **settings: str) -> None:
    done = await stack.cli("start", *arguments, *_AUTO, "--json", **settings)
    if done.code:
        raise AssertionError(f"{arguments}: {done.err}")


_SPOKEN = """\
The feed has one episode, 19 seconds long, and no transcript of it. The recording is
[`tests/recordings/ferry.ogg`](../../tests/recordings/README.md), spoken by espeak-ng.
It is fetched, cut by ffmpeg and transcribed on this machine by faster-whisper with a
tiny English model, which does not hear every word right. No network is needed for it.
"""

EXAMPLES = (
    Example(
        "article",
        "An article of 3,000 words",
        "article.md",
        11,
        lambda stack: _start_file(stack, "article.md"),
        "uv run starter.py start examples/long/article.md",
    ),
    Example(
        "podcast",
        "A podcast of 45 minutes with a transcript",
        "episode.vtt",
        11,
        lambda stack: _start_file(stack, "episode.vtt"),
        "uv run starter.py start examples/long/episode.vtt",
    ),
    Example(
        "recording",
        "A podcast without a transcript",
        "",
        11,
        _start_episode,
        "uv run starter.py start FEED_URL --item latest",
        _SPOKEN,
    ),
    Example(
        "feed",
        "A feed with 30 items",
        "feed.xml",
        90,
        _start_items,
        "uv run starter.py start FEED_URL --item GUID --platform x",
    ),
    Example(
        "prompts",
        "A table of 40 prompts",
        "prompts.csv",
        80,
        lambda stack: _start_file(stack, "prompts.csv"),
        "uv run starter.py start examples/long/prompts.csv",
    ),
)


async def carry(example: Example) -> tuple[list[PostView], float]:
    """Return the posts of an example once all have settled, and the seconds until then."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "stack")
        try:
            await stack.start()
            began = time.monotonic()
            await example.start(stack)
            await _settled(stack, example.posts)
            took = time.monotonic() - began
            return await _views(stack), took
        finally:
            stack.close()


async def _settled(stack: Stack, posts: int) -> None:
    """Wait until all posts have begun and each has ended or waits for a person."""
    count = stack.client.count_workflows
    # A post that does not fit its network stays in review for ever.
    moving = ", ".join(f'"{s}"' for s in PostState if s is not PostState.IN_REVIEW)
    going = f'ExecutionStatus = "Running" AND GalleyState IN ({moving})'

    async def is_so() -> bool:
        begun = await count("GalleyState IS NOT NULL")
        return begun.count >= posts and (await count(going)).count == 0

    await until(is_so, seconds=_WITHIN)


async def _views(stack: Stack) -> list[PostView]:
    found = [
        await stack.client.get_workflow_handle(one.id).query(PostWorkflow.view)
        async for one in stack.client.list_workflows("GalleyState IS NOT NULL")
    ]
    return sorted(found, key=lambda view: (view.campaign_id, view.platform))


def page(example: Example, views: list[PostView], seconds: float) -> str:
    """Return the Markdown page of one example."""
    published = sum(view.state is PostState.PUBLISHED for view in views)
    text = _HEAD.format(
        title=example.title,
        origin=(example.origin or _MADE.format(file=example.file)).strip(),
        how=example.how,
        name=example.name,
        published=published,
        posts=len(views),
        seconds=seconds,
        day=datetime.now(UTC),
    )
    lines = [text.strip()]
    lines += [_row(view) for view in views]
    for _, group in groupby(views, key=lambda view: view.campaign_id):
        lines += ["", *_drafts(list(group))]
    return "\n".join(lines) + "\n"


_MADE = """\
[`examples/long/{file}`](../../examples/long/{file}), made of the pages of this
documentation by `python -m bench.example_sources`."""
_HEAD = """
# {title}

{origin}

```sh
{how}
```

{published} of {posts} posts were published in the emulator of Buffer, {seconds:.0f} s
after the first command, on {day:%Y-%m-%d}. No model wrote here: the local drafter picks
sentences of the source. This page is written by `python -m bench.examples {name}`.

| Network | State | Length | Of at most | Input tokens, cached | Opening |
| --- | --- | --- | --- | --- | --- |
"""


def _row(view: PostView) -> str:
    draft, by = view.draft, view.provenance
    if draft is None:
        return f"| {view.platform} | {view.state} | | | | |"
    report = check_text(view.platform, draft.text)
    tokens = f"{by.input_tokens:,}, {by.cached_tokens:,}" if by else ""
    opening = draft.text.partition("\n")[0][:70].replace("|", "\\|")
    return (
        f"| {view.platform} | {view.state} | {report.length} | {report.limit} "
        f"| {tokens} | {opening} |"
    )


def _drafts(views: list[PostView]) -> list[str]:
    lines: list[str] = []
    for view in views:
        draft = view.draft
        if draft is None:
            continue
        title = f" · {draft.title}" if draft.title else ""
        lines += [f"## {view.platform}{title}", ""]
        for post in draft.thread or (draft.text,):
            lines += [_quoted(post), ""]
        lines += [f"Problem: {one.message}\n" for one in view.problems]
    return lines


def _quoted(text: str) -> str:
    """Return words as a code block, so that they are shown as they are."""
    return "\n".join(("```text", text.replace("```", "'''"), "```"))


async def main(names: list[str]) -> None:
    """Carry the named examples, or all, and write their pages."""
    PAGES.mkdir(exist_ok=True)
    print(machine())
    for example in EXAMPLES:
        if names and example.name not in names:
            continue
        views, seconds = await carry(example)
        text = page(example, views, seconds)
        (PAGES / f"{example.name}.md").write_text(text, encoding="utf-8")
        states = {str(state): 0 for state in sorted({view.state for view in views})}
        for view in views:
            states[str(view.state)] += 1
        print(f"{example.name}: {states} in {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
    leave()
