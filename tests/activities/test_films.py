"""Films of drafts: the real typst and ffmpeg."""

import io
from typing import Any

import av
import imageio_ffmpeg
import pytest
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.media.films import Filming
from activities.staging import stage
from galley.clients.storage import ObjectStore
from galley.clients.stores.buckets import open_stores
from galley.media.captions import Frame
from galley.media.confined import confined
from galley.media.film import FPS, PUSH
from galley.media.probe import probe
from galley.media.scenes import END_SECONDS, scenes_of
from galley.models.draft import Draft
from galley.models.media import StagedAsset
from galley.models.media_orders import RenderMedia, RenderReply
from galley.models.network import Platform
from galley.models.source import SourceKind, SourceRef
from galley.settings import Settings
from tests.media.test_photos import jpeg, landscape, logo
from tests.workflows.world import channel
from workers.wiring import activities_of
from workflows.ids import Queue

pytestmark = pytest.mark.server

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
DRAWING = jpeg(logo())
_DRAFT = Draft(headline="One job.", text="It appears, and it appears once.")


async def test_a_draft_becomes_a_vertical_film_of_its_words(state_store: ObjectStore) -> None:
    task = RenderMedia(
        source=SourceRef(kind=SourceKind.ARTICLE, sha256="0" * 64, title="A title", words=1),
        channel=channel("tiktok-main", Platform.TIKTOK),
        draft=_DRAFT,
    )
    filming = Filming(state_store, FFMPEG, frame=Frame(180, 320))

    reply = await ActivityEnvironment().run(filming.film_short, task)

    (asset,) = reply.assets
    shown = [scene.seconds for scene in scenes_of(_DRAFT)]
    whole = sum(shown) + END_SECONDS - PUSH * len(shown)
    assert (asset.width, asset.height) == (180, 320)
    assert asset.duration == pytest.approx(whole, abs=0.1)
    assert "quiet sound" in reply.notes[0]


async def test_films_are_as_wide_as_the_settings_say(gcs: str) -> None:
    settings = Settings.model_construct(
        storage_emulator_host=gcs, state_bucket="films", film_width=252, ffmpeg=FFMPEG
    )
    await open_stores(settings).state.ensure_bucket()
    client = await Client.connect("127.0.0.1:9", lazy=True)
    steps: list[Any] = [*activities_of(client, settings, [Queue.MEDIA, Queue.POSTS], None)]
    task = RenderMedia(
        source=SourceRef(kind=SourceKind.ARTICLE, sha256="0" * 64, title="A title", words=1),
        channel=channel("youtube-main", Platform.YOUTUBE),
        draft=_DRAFT,
    )
    makers = [one for one in steps if one.__name__ in {"film_short", "render_media"}]

    made: list[RenderReply] = [await ActivityEnvironment().run(one, task) for one in makers]

    films = [film for reply in made for film in reply.assets]
    assert [(one.width, one.height) for one in films] == [(252, 448)] * 2


async def test_photographs_of_the_source_are_under_every_other_scene_of_words(
    state_store: ObjectStore,
) -> None:
    data = jpeg(landscape(500, 800))
    found = await confined(probe, data)
    photo = await stage(state_store, data, found, "", "Photo: Ines Duarte")
    drawing = await stage(state_store, DRAWING, await confined(probe, DRAWING))
    draft = Draft(
        headline="One job.",
        text="It appears once. Waits fell by 40 %. Nobody asked. The end of it is near.",
    )
    task = RenderMedia(
        source=SourceRef(kind=SourceKind.ARTICLE, sha256="0" * 64, title="A title", words=1),
        channel=channel("tiktok-main", Platform.TIKTOK),
        draft=draft,
        photos=(drawing, photo, photo),
    )
    filming = Filming(state_store, FFMPEG, frame=Frame(180, 320))

    reply = await ActivityEnvironment().run(filming.film_short, task)
    bare = task.model_copy(update={"photos": (drawing,)})
    without = await ActivityEnvironment().run(filming.film_short, bare)

    lights = await _lights(state_store, reply.assets[0])
    plain = await _lights(state_store, without.assets[0])
    seconds, shown = 0.0, list[bool]()
    for scene in scenes_of(draft):
        at = round((seconds + 0.9) * FPS)
        shown.append(abs(lights[at] - plain[at]) > 20)
        seconds += scene.seconds - PUSH
    assert shown == [True, False, False, True, False]
    assert any("is not in the film" in note for note in reply.notes)
    assert any("is not in the film" in note for note in without.notes)


async def _lights(store: ObjectStore, asset: StagedAsset) -> list[float]:
    """Return the mean grey of the upper part of each frame."""
    data = await store.get(asset.staged_as)
    with av.open(io.BytesIO(data or b""), "r") as opened:
        container: Any = opened  # only in part typed
        return [
            float(frame.to_ndarray(format="gray")[8:100].mean())
            for frame in container.decode(video=0)
        ]
