"""A portrait says the words of a post: only with consent, paid once each, labelled."""

import io

import pytest
from PIL import Image
from temporalio.client import Client

from activities.media.generation import GeneratingMedia
from galley.clients.storage import ObjectStore
from galley.media.probe import probe
from galley.models.brand import Avatar, Persona, PersonaRef
from galley.models.media import MediaMaker
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from tests import replicate_emulator as there
from tests.generation import NewGenerator
from tests.workflows.harness import Harness, reaches
from tests.workflows.media_harness import Makers
from tests.workflows.world import channel

pytestmark = pytest.mark.server

CHANNEL = channel("tiktok-main", Platform.TIKTOK)
PORTRAIT = f"brand/{'a' * 64}.jpg"
MODEL = "bytedance/omni-human-1.5"


@pytest.fixture
def generating(new_generator: NewGenerator) -> GeneratingMedia:
    return new_generator(avatar_model=MODEL)


async def kept(store: ObjectStore, avatar: Avatar | None) -> PersonaRef:
    """Keep a persona and its portrait, as the command line does."""
    into = io.BytesIO()
    Image.new("RGB", (360, 640), "#806040").save(into, "JPEG")
    await store.put_if_absent(PORTRAIT, into.getvalue(), "image/jpeg", same=True)
    persona = Persona(brand="Ferry", avatar=avatar)
    digit = "0" if avatar is None else "1" if avatar.consent else "2"
    body = persona.model_dump_json().encode()
    name = f"personas/{digit * 64}.json"
    await store.put_if_absent(name, body, "application/json", same=True)
    return PersonaRef(brand="Ferry", sha256=digit * 64)


async def reviewed(harness: Harness, persona: PersonaRef) -> PostView:
    post = await harness.begin_post(maker=MediaMaker.AVATAR, persona=persona)
    return await reaches(post, PostState.IN_REVIEW)


async def test_a_portrait_says_the_words_and_the_post_says_that_a_model_did_it(
    temporal: Client, makers: Makers, replicate: str
) -> None:
    persona = await kept(makers.store, Avatar(portrait=PORTRAIT, consent=True))
    async with makers.harness(temporal, CHANNEL) as harness:
        view = await reviewed(harness, persona)

    assert view.media_by is MediaMaker.AVATAR, view.media_notes
    (asset,) = view.staged
    bills = there.bills(replicate)
    assert asset.origin is not None
    assert asset.origin.model == MODEL
    assert view.media_notes[0].startswith("Read aloud by ")
    assert view.draft is not None
    assert getattr(view.draft.extras, "is_ai_generated", False)
    seen = probe(await makers.store.get(asset.staged_as) or b"")
    assert seen.has_sound
    assert [one["status"] for one in bills] == ["succeeded", "succeeded"]
    assert 0 < bills[1]["usd"] * 1_000_000 <= (asset.origin.cost_micros or 0) + 1


@pytest.mark.parametrize(
    ("avatar", "told"),
    [
        (None, "the persona has no avatar"),
        (Avatar(portrait=PORTRAIT), "does not say that whoever is shown agrees"),
    ],
    ids=["nobody", "no consent"],
)
async def test_nobody_is_made_to_speak_who_did_not_agree_and_nothing_is_paid(
    temporal: Client, makers: Makers, replicate: str, avatar: Avatar | None, told: str
) -> None:
    persona = await kept(makers.store, avatar)
    async with makers.harness(temporal, CHANNEL) as harness:
        view = await reviewed(harness, persona)

    assert told in view.media_notes[0]
    assert view.media_by is not MediaMaker.AVATAR
    assert there.made(replicate) == []
