"""Staged media become what a network takes."""

import hashlib
from pathlib import Path

import imageio_ffmpeg
import pytest
from temporalio.testing import ActivityEnvironment

from activities.media.fit import MediaFitting
from galley.clients.storage import ObjectStore
from galley.media.plan import problems_of
from galley.media.probe import probe
from galley.models.media import MadeMedia, MediaKind, StagedAsset
from galley.models.media_orders import FitMedia
from galley.models.network import Platform
from tests.media.footage import film, moving, picture

pytestmark = pytest.mark.server

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


async def staged(
    store: ObjectStore, data: bytes, alt_text: str = "", suffix: str = "bin"
) -> StagedAsset:
    """Put bytes into staging; the rest is not to be believed."""
    digest = hashlib.sha256(data).hexdigest()
    name = f"staging/{digest}.{suffix}"
    await store.put_if_absent(name, data, "application/octet-stream", same=True)
    return StagedAsset(
        kind=MediaKind.IMAGE,
        mime="image/png",
        sha256=digest,
        size=1,
        width=1,
        height=1,
        alt_text=alt_text,
        staged_as=name,
    )


async def fit(store: ObjectStore, platform: Platform, *assets: StagedAsset) -> MadeMedia:
    task = FitMedia(platform=platform, assets=assets)
    return await ActivityEnvironment().run(MediaFitting(store, FFMPEG).fit_media, task)


async def test_each_medium_is_fitted_staged_and_said_to_show_the_same(
    state_store: ObjectStore,
) -> None:
    one = await staged(state_store, picture((500, 400), "PNG"), "a ferry")
    two = await staged(state_store, picture((400, 900), "WEBP"), "a queue " * 200)

    made = await fit(state_store, Platform.INSTAGRAM, one, two)

    for asset in made.assets:
        data = await state_store.get(asset.staged_as)
        assert data is not None
        assert hashlib.sha256(data).hexdigest() == asset.sha256
        assert problems_of(probe(data), Platform.INSTAGRAM) == ()
        assert asset.width * 4 == asset.height * 5  # as the first one
    assert made.assets[0].alt_text == "a ferry"
    assert len(made.assets[1].alt_text) <= 1000
    assert made.notes == ("Picture 2: sides padded.",)


async def test_the_same_media_have_the_same_names_after_a_retry(state_store: ObjectStore) -> None:
    asset = await staged(state_store, picture((500, 400), "PNG"))

    first = await fit(state_store, Platform.X, asset)

    assert await fit(state_store, Platform.X, asset) == first


async def test_what_is_broken_gone_or_named_elsewhere_is_left_out_and_told(
    state_store: ObjectStore,
) -> None:
    good = await staged(state_store, picture((500, 400)))
    broken = await staged(state_store, picture((500, 400))[:900])
    gone = good.model_copy(update={"staged_as": f"staging/{'0' * 64}.jpg"})
    damaged = good.model_copy(update={"staged_as": broken.staged_as})
    elsewhere = good.model_copy(update={"staged_as": "claims/a.json"})

    made = await fit(state_store, Platform.X, broken, gone, good, damaged, elsewhere)

    assert len(made.assets) == 1
    said = " ".join(made.notes)
    for number, why in ((1, "broken"), (2, "gone"), (4, "damaged"), (5, "gone")):
        assert f"Number {number} of the media is left out" in said
        assert why in said


async def test_a_network_of_pictures_gets_nothing_of_a_video_and_the_reviewer_knows(
    state_store: ObjectStore, tmp_path: Path
) -> None:
    video = film(tmp_path / "a.mp4", (160, 90), 1).read_bytes()

    made = await fit(state_store, Platform.GOOGLEBUSINESS, await staged(state_store, video))

    assert made.assets == ()
    assert "takes no video" in made.notes[0]


async def test_what_moves_becomes_a_video(state_store: ObjectStore) -> None:
    gif = await staged(state_store, moving((120, 80), 4, 200), "a wave")

    made = await fit(state_store, Platform.MASTODON, gif)

    (asset,) = made.assets
    assert (asset.kind, asset.mime) == (MediaKind.VIDEO, "video/mp4")
    assert asset.duration == pytest.approx(0.8, abs=0.11)
