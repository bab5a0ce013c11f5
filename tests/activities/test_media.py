import asyncio
import hashlib
import signal
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.media.cards import CardMedia
from galley.clients.storage import ObjectStore
from galley.media.plan import problems_of
from galley.media.probe import probe
from galley.models.channel import Channel
from galley.models.draft import Draft
from galley.models.media import MediaKind
from galley.models.media_orders import RenderMedia
from galley.models.network import Platform
from galley.models.source import SourceKind, SourceRef
from tests.media.told import ToldFfmpeg
from tests.undrawn import undrawn_letter

pytestmark = pytest.mark.server

SOURCE = SourceRef(
    kind=SourceKind.ARTICLE,
    sha256="0" * 64,
    title="A month with durable workflows",
    link="https://example.com/posts/1",
    language="en",
    words=900,
)
DRAWN = (Platform.INSTAGRAM, Platform.TIKTOK, Platform.PINTEREST, Platform.YOUTUBE)


def task_for(platform: Platform, headline: str = "Ship it on Friday.") -> RenderMedia:
    return RenderMedia(
        source=SOURCE,
        channel=Channel(id="c1", name="Field Notes", platform=platform),
        draft=Draft(text="Some text.", headline=headline, alt_text=""),
    )


@pytest.mark.parametrize("platform", DRAWN)
async def test_a_network_that_requires_media_gets_what_it_takes(
    platform: Platform, state_store: ObjectStore
) -> None:
    media = CardMedia(state_store)
    reply = await ActivityEnvironment().run(media.render_media, task_for(platform))
    (asset,) = reply.assets
    staged = await state_store.get(asset.staged_as)
    assert staged is not None
    assert hashlib.sha256(staged).hexdigest() == asset.sha256
    assert asset.staged_as.startswith(f"staging/{asset.sha256}.")
    found = probe(staged)
    assert problems_of(found, platform) == ()
    assert (found.kind, found.mime, found.size, found.width, found.height) == (
        asset.kind,
        asset.mime,
        asset.size,
        asset.width,
        asset.height,
    )
    assert asset.duration == found.duration
    wants_video = platform is Platform.YOUTUBE
    assert asset.kind is (MediaKind.VIDEO if wants_video else MediaKind.IMAGE)


@pytest.mark.parametrize("platform", sorted(set(Platform) - set(DRAWN)))
async def test_where_media_is_optional_nothing_is_drawn(
    platform: Platform, state_store: ObjectStore
) -> None:
    media = CardMedia(state_store)
    reply = await ActivityEnvironment().run(media.render_media, task_for(platform))
    assert reply.assets == ()


async def test_a_retry_finds_its_own_bytes(state_store: ObjectStore) -> None:
    media, task = CardMedia(state_store), task_for(Platform.INSTAGRAM)
    first = await ActivityEnvironment().run(media.render_media, task)
    assert await ActivityEnvironment().run(media.render_media, task) == first


async def test_the_alt_text_is_the_drafts_or_the_headline(state_store: ObjectStore) -> None:
    media, task = CardMedia(state_store), task_for(Platform.PINTEREST, "Ship it 🚀")
    (asset,) = (await ActivityEnvironment().run(media.render_media, task)).assets
    assert asset.alt_text == "Ship it 🚀"
    described = task.draft.model_copy(update={"alt_text": "Words on paper"})
    task = task.model_copy(update={"draft": described})
    (asset,) = (await ActivityEnvironment().run(media.render_media, task)).assets
    assert asset.alt_text == "Words on paper"


async def test_tiktok_gets_no_promotional_mark(state_store: ObjectStore) -> None:
    media, task = CardMedia(state_store), task_for(Platform.TIKTOK)
    renamed = task.channel.model_copy(update={"name": "Another name"})
    first = await ActivityEnvironment().run(media.render_media, task)
    task = task.model_copy(update={"channel": renamed})
    assert await ActivityEnvironment().run(media.render_media, task) == first


async def test_it_heartbeats_while_ffmpeg_works(state_store: ObjectStore, tmp_path: Path) -> None:
    ffmpeg, beaten = ToldFfmpeg(tmp_path), asyncio.Event()
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: beaten.set()
    media = CardMedia(state_store, ffmpeg.path)
    rendering = asyncio.ensure_future(
        environment.run(media.render_media, task_for(Platform.YOUTUBE))
    )
    await ffmpeg.started()
    ffmpeg.signal(signal.SIGSTOP)
    await asyncio.wait_for(beaten.wait(), 20)
    rendering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rendering


async def test_a_headline_no_font_draws_is_a_final_error(state_store: ObjectStore) -> None:
    media, task = CardMedia(state_store), task_for(Platform.INSTAGRAM, undrawn_letter())
    with pytest.raises(ApplicationError, match="No installed font") as caught:
        await ActivityEnvironment().run(media.render_media, task)
    assert caught.value.type == "MediaError"
    assert caught.value.non_retryable


async def test_a_missing_ffmpeg_is_a_final_error(state_store: ObjectStore, tmp_path: Path) -> None:
    media = CardMedia(state_store, str(tmp_path / "missing"))
    with pytest.raises(ApplicationError, match="GALLEY_FFMPEG") as caught:
        await ActivityEnvironment().run(media.render_media, task_for(Platform.YOUTUBE))
    assert caught.value.type == "MediaError"
    assert caught.value.non_retryable


async def test_a_cancelled_activity_leaves_no_ffmpeg_behind(
    state_store: ObjectStore, tmp_path: Path
) -> None:
    ffmpeg, environment = ToldFfmpeg(tmp_path), ActivityEnvironment()
    media = CardMedia(state_store, ffmpeg.path)
    run = asyncio.ensure_future(environment.run(media.render_media, task_for(Platform.YOUTUBE)))
    await ffmpeg.started()
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert not ffmpeg.is_running()
