"""The lifecycle of posts: due posts are sent, videos measured, ordered faults carried out.

:mod:`emulators.buffer.app` runs one :class:`Lifecycle` for as long as it serves.
"""

import asyncio
import contextlib
import logging
from typing import cast

from emulators.buffer.core import Emulator, post_address
from emulators.buffer.media import FetchError, UnreadableError, probe_video, video_complaints
from emulators.buffer.networks import NETWORKS, network_refusal
from emulators.buffer.records import SECOND, Json, Post
from emulators.buffer.schedule import needs_reminder, start_sending

UNFETCHED = "We could not fetch the media of this post: {}"
SUPPORT_URL = "https://support.buffer.com/"
LONGEST_NAP = 1.0
_log = logging.getLogger(__name__)


def disconnect_if_ordered(emulator: Emulator, operation: str, channel_id: str) -> None:
    """Disconnect a channel from its network, if a fault orders it."""
    channel = emulator.store.channel(channel_id)
    if channel and emulator.faults.take((operation,), ("disconnect",), channel_id):
        emulator.store.save_channel({**channel, "isDisconnected": True})


class Lifecycle:
    """Moves posts along. All state is in the store, so a restart goes on from there."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                # Before the look, so that a change during it is not missed.
                self._emulator.wake.clear()
                try:
                    self._tick()
                except Exception:  # noqa: BLE001 - one bad post must not stop the clock
                    _log.exception("the emulator's clock stumbled")
                await self._nap()
        finally:
            tasks = list(self._busy.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _nap(self) -> None:
        """Sleep until the next post is due or something changed, for a second at most."""
        now = self._emulator.clock.now()
        due = self._emulator.store.next_due(now)
        nap = LONGEST_NAP
        if due is not None:
            nap = min(nap, (due - now) / SECOND / self._emulator.clock.speed)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(nap):
                await self._emulator.wake.wait()

    def _tick(self) -> None:
        emulator = self._emulator
        now = emulator.clock.now()
        # A fast clock moves away from the wall's all the time: keep it for a restart.
        if emulator.clock.speed != 1:
            emulator.keep_clock()
        for post in emulator.store.due(now):
            self._begin(post, now)
        for post in emulator.store.sending():
            if (post.finish_at or 0) <= now:
                self._start(f"publish {post.id}", post.id)
        for post in emulator.store.unread_videos():
            self._start(f"ingest {post.id}", post.id)

    def _begin(self, post: Post, now: int) -> None:
        emulator = self._emulator
        channel = emulator.store.channel(post.channel_id) or {}
        # It stays scheduled, and goes out when the queue resumes.
        if channel.get("isQueuePaused"):
            return
        if needs_reminder(post, channel):
            # A person publishes from the reminder; nothing more happens by itself.
            if not post.notified:
                post.notified = True
                emulator.store.save_post(post)
            return
        start_sending(emulator, post, now)
        emulator.store.save_post(post)

    def _start(self, name: str, post_id: str) -> None:
        """Start a task for a post, unless the same one is running."""
        # Each tick sees the post again until its task has saved it.
        if name in self._busy:
            return
        work = self._publish if name.startswith("publish") else self._ingest
        task = asyncio.create_task(work(post_id), name=name)
        self._busy[name] = task
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._busy[task.get_name()]
        if not task.cancelled() and task.exception():
            _log.error("%s failed", task.get_name(), exc_info=task.exception())

    async def _publish(self, post_id: str) -> None:
        emulator = self._emulator
        post = emulator.store.post(post_id)
        if post is None:
            return
        problem = await self._problem(post)
        # Its videos may have been measured meanwhile: write into the post as it is now.
        post = emulator.store.post(post_id)
        if post is None or post.status != "sending":
            return
        now = emulator.clock.now()
        post.updated_at = now
        post.finish_at = None
        if problem:
            post.status = "error"
            post.error = {"message": problem, "supportUrl": SUPPORT_URL, "rawError": problem}
        else:
            post.status = "sent"
            post.sent_at = now
            channel = cast("Json", emulator.store.channel(post.channel_id))
            post.external_link = post_address(channel, post.id)
            delay = emulator.faults.take(("publish",), ("link_delay",), post.channel_id)
            seconds = delay.details.get("seconds", 60) if delay else emulator.options.link_after
            post.link_at = now + int(float(seconds) * SECOND)
        emulator.store.save_post(post)

    async def _problem(self, post: Post) -> str | None:
        """Return the reason why the post cannot be published, if there is one."""
        emulator = self._emulator
        disconnect_if_ordered(emulator, "publish", post.channel_id)
        kinds = ("publish_error", "media_gone") if post.assets else ("publish_error",)
        fault = emulator.faults.take(("publish",), kinds, post.channel_id)
        if fault and fault.kind == "media_gone":
            return UNFETCHED.format("Not Found")
        if fault:
            return str(fault.details.get("message", "The network refused the post."))
        channel = emulator.store.channel(post.channel_id)
        if channel is None or channel["isDisconnected"]:
            return "The channel is disconnected. Please reconnect it and try again."
        # Networks fetch media when a post goes out, long after createPost looked at them.
        for url in dict.fromkeys(asset["url"] for asset in post.all_assets()):
            try:
                await emulator.media.check(url)
            except FetchError as error:
                return UNFETCHED.format(error)
        return network_refusal(post) or await self._video_problem(post)

    async def _video_problem(self, post: Post) -> str | None:
        network = NETWORKS[post.service]
        for asset in post.all_assets():
            if asset["kind"] != "video":
                continue
            try:
                video = await self._read_video(asset["url"])
            except (FetchError, UnreadableError) as error:
                return f"We could not process the video of this post: {error}"
            # createPost cannot know this: videos are measured later.
            found = video_complaints(video, network, post.metadata.get("type"))
            if found:
                return found[0]
        return None

    async def _read_video(self, url: str) -> Json:
        async with self._emulator.media.fetch(url) as file:
            return await asyncio.to_thread(probe_video, file)

    async def _ingest(self, post_id: str) -> None:
        """Measure the videos of a post, some time after it was created."""
        emulator = self._emulator
        await asyncio.sleep(emulator.options.ingest_after / emulator.clock.speed)
        post = emulator.store.post(post_id)
        if post is None:
            return
        found: dict[str, Json] = {}
        for asset in post.all_assets():
            if asset["kind"] == "video" and asset["video"]["isVideoProcessing"]:
                try:
                    found[asset["url"]] = await self._read_video(asset["url"])
                except (FetchError, UnreadableError):
                    # Publishing reports it; without this it would be read again and again.
                    found[asset["url"]] = {"isVideoProcessing": False}
        # The post may have been edited or sent meanwhile: write into it as it is now.
        post = emulator.store.post(post_id)
        if post is None:
            return
        for asset in post.all_assets():
            if asset["url"] in found and asset["kind"] == "video":
                asset["video"] |= found[asset["url"]]
        emulator.store.save_post(post)
