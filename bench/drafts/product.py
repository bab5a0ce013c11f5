"""Galley's drafts as the worker writes them: two sets, a choice, one repair of each."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from temporalio.testing import ActivityEnvironment

from activities.drafting.drafts import ModelDrafting
from bench.drafts.filed import FiledChoices, FiledDrafts
from bench.drafts.folder import AwaitingAnswerError, RunFolder
from bench.drafts.material import RunMaterial, channel_of
from bench.drafts.posts import JudgedPost
from galley.models.draft import DraftSetRef, WriteDraft, WriteSet
from galley.models.network import Platform
from galley.models.options import CampaignOptions


async def write_product(folder: RunFolder, material: RunMaterial) -> dict[Platform, JudgedPost]:
    """Return the posts that are answered; what is asked besides is written."""
    try:
        drafts = await write_sets(folder, material)
    except AwaitingAnswerError:
        return {}
    options = CampaignOptions(persona=material.persona_ref)
    posts: dict[Platform, JudgedPost] = {}
    for channel in map(channel_of, folder.manifest.networks):
        one = WriteDraft(
            source=material.source,
            channel=channel,
            options=options,
            draft_set=drafts,
            post_key=f"bench:{channel.id}",
        )
        try:
            async with _drafting(folder, channel.platform.value, material) as drafting:
                reply = await ActivityEnvironment().run(drafting.write_draft, one)
        except AwaitingAnswerError:
            continue
        posts[channel.platform] = JudgedPost.of(reply.draft, reply.problems)
    return posts


async def write_sets(folder: RunFolder, material: RunMaterial) -> DraftSetRef:
    """Return the set that was chosen and checked, stored with the material.

    Raises:
        AwaitingAnswerError: It is not answered yet.
    """
    options = CampaignOptions(persona=material.persona_ref)
    channels = tuple(map(channel_of, folder.manifest.networks))
    task = WriteSet(key="bench", source=material.source, planned=channels, options=options)
    async with _drafting(folder, "set", material) as drafting:
        return await ActivityEnvironment().run(drafting.write_set, task)


@asynccontextmanager
async def _drafting(
    folder: RunFolder, about: str, material: RunMaterial
) -> AsyncGenerator[ModelDrafting]:
    choice = "choice" if about == "set" else f"{about}-choice"
    client, editor = FiledDrafts(folder, about), FiledChoices(folder, choice)
    try:
        yield ModelDrafting(material.store, client, editor=editor)
    finally:
        await client.aclose()
        await editor.aclose()
