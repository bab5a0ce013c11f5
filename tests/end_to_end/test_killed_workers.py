"""A worker killed inside every step: nothing is lost and nothing comes out twice.

Each kill is timed by what the servers show to be under way, so that it lands inside the
step it is meant for.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from galley.media.ffmpeg import find_ffmpeg
from galley.models.network import Platform
from galley.models.post import PostState
from tests.end_to_end.campaigns import (
    Campaign,
    begin,
    confirm,
    confirm_once,
    confirm_receipts,
    creates,
)
from tests.end_to_end.pages import Press, pressing
from tests.end_to_end.pending import running
from tests.end_to_end.stack import Stack
from tests.end_to_end.texts import article
from tests.end_to_end.waiting import until
from tests.receivers import Receiver, receiving
from tests.workflows.attention_harness import SECRET

pytestmark = [pytest.mark.server, pytest.mark.timeout(420)]

NEVER = 3600
# Two posts have media, a card and a film: tests/test_demo.py has all eleven networks.
ALL = tuple(one for one in Platform if one not in {Platform.TIKTOK, Platform.PINTEREST})
WITH_MEDIA = 2
REST = tuple(platform for platform in ALL if platform is not Platform.X)
TWO = (Platform.X, Platform.BLUESKY)


class Film:
    """An ffmpeg that waits for its cue."""

    def __init__(self, folder: Path) -> None:
        self.path, self._rolls = folder / "ffmpeg", folder / "rolls"
        self._cue = folder / "cue"
        self.path.write_text(
            f'#!/bin/sh\ntouch "{self._rolls}"\n'
            f'until [ -e "{self._cue}" ]; do sleep 0.1; done\n'
            f'exec "{find_ffmpeg(None)}" "$@"\n'
        )
        self.path.chmod(0o755)

    async def rolls(self) -> bool:
        return self._rolls.exists()

    def go(self) -> None:
        self._cue.touch()


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    async with pressing("Whitby") as press:
        yield press


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return Film(tmp_path)


@pytest.fixture
async def program() -> AsyncIterator[Receiver]:
    """A program that follows posts; at first it takes what comes and never answers."""
    async with receiving(Receiver(is_mute=True)) as receiver:
        yield receiver


@pytest.fixture
async def stack(
    tmp_path: Path, press: Press, film: Film, program: Receiver
) -> AsyncIterator[Stack]:
    settings = {
        "GALLEY_FETCH_PRIVATE_HOSTS": f'["{press.address}"]',
        "GALLEY_FFMPEG": str(film.path),
        "GALLEY_EVENTS_URL": program.url,
        "GALLEY_EVENTS_SECRET": SECRET,
        "GALLEY_NOTIFY_EVERY_SECONDS": "5",
    }
    stack = Stack(tmp_path / "stack", **settings)
    try:
        await stack.start()
        yield stack
    finally:
        stack.close()


async def test_eleven_posts_survive_a_worker_killed_inside_every_step(
    stack: Stack, press: Press, film: Film, program: Receiver
) -> None:
    stack.halt("buffer")
    # Few words make a short film.
    (stack.folder / "Scarborough.md").write_text(article("Scarborough", most=3))
    async with asyncio.TaskGroup() as starting:
        tasks = [
            starting.create_task(
                begin(stack, "Scarborough.md", *(f"--platform={one}" for one in ALL))
            ),
            starting.create_task(begin(stack, press.url, *(f"--platform={one}" for one in TWO))),
        ]
        await kill_while_reading(stack, press)
        await kill_while_drafting_and_drawing(stack, press, film)
    everywhere, short = (task.result() for task in tasks)
    await everywhere.reach(PostState.IN_REVIEW, count=len(ALL))
    await short.reach(PostState.IN_REVIEW, count=len(TWO))

    await kill_in_review_and_at_approval(stack, everywhere)
    await kill_while_scheduled_telling_and_polling(stack, program)
    await everywhere.reach(PostState.PUBLISHED, count=len(ALL))

    await kill_before_a_create_arrives(stack, short)
    await short.reach(PostState.PUBLISHED, count=len(TWO))

    ids = [*await confirm(everywhere, *ALL), *await confirm(short, *TWO)]
    await confirm_once(stack, ids)
    await confirm_receipts(everywhere, *ALL)
    assert await creates(everywhere) == dict.fromkeys(ALL, 1)
    # The first attempt of one of these never reached Buffer.
    assert sorted((await creates(short)).values()) == [1, 2]
    await each_event_has_one_id(program, len(ids))


async def kill_while_reading(stack: Stack, press: Press) -> None:
    """One campaign waits for its page, the other for Buffer's channels."""
    await press.asked.wait()
    await until_running(stack, "open_account", 1)
    await until_running(stack, "read_source", 1)
    stack.kill("worker")
    stack.go_on("buffer")
    await stack.revive("worker")


async def kill_while_drafting_and_drawing(stack: Stack, press: Press, film: Film) -> None:
    """One campaign's video is being made while the other's posts are written."""
    await until(film.rolls)
    await stack.anthropic.order("slow", seconds=NEVER)
    press.printed.set()
    await until(lambda: _is_empty(stack))
    await until_running(stack, "render_media", 1)
    await until_running(stack, "write_set", 1)
    stack.kill("worker")
    film.go()
    await stack.revive("worker")


async def _is_empty(stack: Stack) -> bool:
    return not await stack.anthropic.pending()


async def kill_in_review_and_at_approval(stack: Stack, campaign: Campaign) -> None:
    """Approve with no worker; then kill it while a createPost has been carried out
    and not answered, and all other posts are being re-hosted and handed over.
    """
    seen = (await campaign.view(Platform.X)).digest
    stack.kill("worker")
    await campaign.approve(Platform.X, digest=seen)
    await stack.buffer.order("slow", Platform.X, seconds=NEVER)
    await stack.revive("worker")
    await until_in_ledger(stack, 1)
    await until_running(stack, "create_post", 1)
    stack.halt("gcs")
    await campaign.approve(*REST)
    await until_running(stack, "rehost_assets", WITH_MEDIA)
    await until_running(stack, "hand_over", len(REST) - WITH_MEDIA)
    stack.kill("worker")
    stack.go_on("gcs")
    await stack.revive("worker")


async def kill_while_scheduled_telling_and_polling(stack: Stack, program: Receiver) -> None:
    """Kill a worker that waits for the answer to events; let Buffer publish while none runs; then
    kill one that asks about it.
    """
    await until_in_ledger(stack, len(ALL))
    await until(lambda: _has_heard(program))
    stack.kill("worker")
    program.is_mute = False
    await until_in_ledger(stack, len(ALL), "sent")
    await stack.buffer.order("slow", operation="posts", seconds=NEVER)
    await stack.revive("worker")
    await until_running(stack, "read_outcomes", 1)
    await until(lambda: _has_no_faults(stack))
    stack.kill("worker")
    await stack.revive("worker")


async def kill_before_a_create_arrives(stack: Stack, campaign: Campaign) -> None:
    """The request is out and Buffer never gets to see it."""
    stack.halt("buffer")
    await campaign.approve(*TWO)
    await until_running(stack, "create_post", 1)
    stack.kill("worker")
    stack.kill("buffer")
    await stack.revive("buffer")
    await stack.revive("worker")


async def _has_heard(program: Receiver) -> bool:
    return bool(program.taken)


async def each_event_has_one_id(program: Receiver, posts: int) -> None:
    """A program that drops the IDs it knows hears of each approval and publication once."""

    def ids() -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for one in program.taken:
            said = Webhook(SECRET).verify(one.body, one.headers)
            event = (said["type"], said["data"]["post"])
            found.setdefault(event, set()).add(one.headers["webhook-id"])
        return found

    async def all_came() -> bool:
        return len(ids()) == 2 * posts

    await until(all_came)
    assert {kind for kind, _ in ids()} == {"post.approved", "post.published"}
    assert {len(one) for one in ids().values()} == {1}


async def until_running(stack: Stack, activity: str, count: int) -> None:
    async def so_many() -> bool:
        return await running(stack, activity) == count

    await until(so_many)


async def until_in_ledger(stack: Stack, count: int, status: str = "") -> None:
    async def there() -> bool:
        ledger = await stack.buffer.ledger()
        return sum(status in {"", entry["status"]} for entry in ledger) == count

    await until(there)


async def _has_no_faults(stack: Stack) -> bool:
    return not await stack.buffer.pending()
