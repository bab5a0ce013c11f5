"""The look of a brand on its way through the state bucket."""

from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.media.brands import Brands
from activities.media.cards import CardMedia
from app.brands.personas import find_persona, keep_persona, ref_of
from galley.clients.storage import ObjectStore
from galley.media.errors import MediaError
from galley.media.look import LEAST_CONTRAST, PLAIN_STYLE, contrast
from galley.models.brand import PersonaRef
from galley.models.media_orders import RenderMedia
from galley.models.network import Platform
from galley.settings import Settings
from tests.activities.test_media import task_for
from tests.asking import asking
from tests.media.test_look import a_logo
from tests.media.test_typefaces import a_font

pytestmark = pytest.mark.server


async def kept(folder: Path, look: str, state: ObjectStore) -> PersonaRef:
    """Write a persona's file, read it as `start` does, and keep it."""
    (folder / "logo.jpg").write_bytes(a_logo("JPEG"))
    a_font(folder / "own.ttf", "\u6301\u4e45")
    file = folder / "persona.yaml"
    file.write_text(f"brand: Field Notes\nlook:\n{look}")
    persona = find_persona(file, Settings.model_construct(persona=None))
    assert persona is not None
    await keep_persona(persona, state)
    return ref_of(persona)


def with_brand(task: RenderMedia, persona: PersonaRef) -> RenderMedia:
    return asking(task, persona=persona)


async def test_a_brand_comes_back_as_it_was_kept(state_store: ObjectStore, tmp_path: Path) -> None:
    look = "  background: '#102030'\n  logo: logo.jpg\n  fonts: [own.ttf, Inter]\n"
    style = await Brands(state_store).style_of(await kept(tmp_path, look, state_store))

    assert style.palette.background == "#102030"
    assert contrast(style.palette.ink, "#102030") >= LEAST_CONTRAST
    assert style.logo.startswith(b"\x89PNG")
    assert style.families == ("Made Up", "Inter")


async def test_without_a_look_cards_are_galleys_own(
    state_store: ObjectStore, tmp_path: Path
) -> None:
    brands = Brands(state_store)

    assert await brands.style_of(None) == PLAIN_STYLE
    without = await kept(tmp_path, "  {}\n", state_store)
    # Nor is a folder made for the fonts, which the end of a worker would leave behind.
    assert await brands.style_of(without) == PLAIN_STYLE
    assert brands.folder is None


async def test_a_logo_that_is_gone_says_so(state_store: ObjectStore, tmp_path: Path) -> None:
    persona = await kept(tmp_path, "  logo: logo.jpg\n", state_store)
    (name,) = await state_store.names("brand/")
    await state_store.delete(name)

    with pytest.raises(MediaError, match="gone from the state bucket"):
        await Brands(state_store).style_of(persona)


async def test_a_post_has_the_look_of_its_brand_and_tiktok_no_logo(
    state_store: ObjectStore, tmp_path: Path
) -> None:
    run, media = ActivityEnvironment().run, CardMedia(state_store)
    bare = await kept(tmp_path, "  background: '#102030'\n", state_store)
    whole = await kept(tmp_path, "  background: '#102030'\n  logo: logo.jpg\n", state_store)
    instagram, tiktok = task_for(Platform.INSTAGRAM), task_for(Platform.TIKTOK)
    drawn = [
        await run(media.render_media, task)
        for task in (instagram, with_brand(instagram, bare), with_brand(instagram, whole))
    ]
    tiktoks = [
        await run(media.render_media, with_brand(tiktok, persona)) for persona in (bare, whole)
    ]

    assert len({reply.assets[0].sha256 for reply in drawn}) == 3
    assert tiktoks[0] == tiktoks[1]
