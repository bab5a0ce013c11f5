"""Films of drafts: the real typst and ffmpeg, the real store."""

import pytest
from temporalio.testing import ActivityEnvironment

from activities.media.films import Filming
from galley.clients.storage import ObjectStore
from galley.media.captions import Frame
from galley.media.film import PUSH
from galley.media.scenes import END_SECONDS, scenes_of
from galley.models.draft import Draft
from galley.models.media_orders import RenderMedia
from galley.models.network import Platform
from galley.models.source import SourceKind, SourceRef
from tests.workflows.world import channel

pytestmark = pytest.mark.server

_DRAFT = Draft(headline="One job.", text="It appears, and it appears once.")


async def test_a_draft_becomes_a_vertical_film_of_its_words(state_store: ObjectStore) -> None:
    task = RenderMedia(
        source=SourceRef(kind=SourceKind.ARTICLE, sha256="0" * 64, title="A title", words=1),
        channel=channel("tiktok-main", Platform.TIKTOK),
        draft=_DRAFT,
    )
    filming = Filming(state_store, frame=Frame(180, 320))

    reply = await ActivityEnvironment().run(filming.film_short, task)

    (asset,) = reply.assets
    shown = [scene.seconds for scene in scenes_of(_DRAFT)]
    whole = sum(shown) + END_SECONDS - PUSH * len(shown)
    assert (asset.width, asset.height) == (180, 320)
    assert asset.duration == pytest.approx(whole, abs=0.1)
    assert "quiet sound" in reply.notes[0]
    again = await ActivityEnvironment().run(filming.film_short, task)
    assert again == reply
