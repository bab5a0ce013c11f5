"""Films that are read aloud: said once, shown as long as it takes, or silent."""

import pytest
from temporalio.client import Client

from galley.media.probe import probe
from galley.models.draft import DraftEdit
from galley.models.media import MediaMaker
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.review import DecisionKind
from tests import replicate_emulator as there
from tests.generation import SPEECH
from tests.workflows.harness import Harness, Post, decide, decision, reaches
from tests.workflows.media_harness import Makers, anew
from tests.workflows.world import channel

pytestmark = pytest.mark.server

CHANNEL = channel("tiktok-main", Platform.TIKTOK)


async def filmed(harness: Harness) -> Post:
    return await harness.begin_post(maker=MediaMaker.SHORT, narrate=True)


async def test_a_film_is_read_aloud_and_said_anew_when_its_words_change(
    temporal: Client, makers: Makers, replicate: str
) -> None:
    async with makers.harness(temporal, CHANNEL) as harness:
        post = await filmed(harness)
        view = await reaches(post, PostState.IN_REVIEW)
        bills = there.bills(replicate)
        edit = DraftEdit(text="It sails at ten.")
        await decide(post, decision(DecisionKind.EDIT, edit=edit))
        other = await anew(post)

    (asset,) = view.staged
    assert view.media_by is MediaMaker.SHORT
    assert asset.origin is not None
    assert asset.origin.model == SPEECH
    assert view.media_notes[0].startswith(f"Read aloud by {SPEECH}: \N{LEFT DOUBLE QUOTATION MARK}")
    assert not any("quiet sound" in note for note in view.media_notes)
    seen = probe(await makers.store.get(asset.staged_as) or b"")
    assert seen.has_sound
    assert len(bills) == 1
    assert "It sails at ten." in other.media_notes[0]
    assert other.staged[0].sha256 != asset.sha256
    assert len(there.made(replicate)) == 2


async def test_what_the_model_will_not_say_leaves_a_film_without_speech_and_says_so(
    temporal: Client, makers: Makers, replicate: str
) -> None:
    there.order(replicate, "flagged")
    async with makers.harness(temporal, CHANNEL) as harness:
        view = await reaches(await filmed(harness), PostState.IN_REVIEW)

    assert view.media_by is MediaMaker.SHORT
    assert view.media_notes[0].startswith("There is no generated speech: the model will")
    assert "quiet sound" in view.media_notes[1]
    assert len(there.made(replicate)) == 1
