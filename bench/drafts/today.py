"""Galley's drafts as the worker writes them: one request a network, one repair."""

from temporalio.testing import ActivityEnvironment

from activities.drafting.drafts import ClaudeDrafting
from bench.drafts.filed import FiledDrafts
from bench.drafts.folder import AwaitingAnswerError, RunFolder
from bench.drafts.material import RunMaterial, channel_of
from bench.drafts.posts import JudgedPost
from galley.models.draft import DraftReply, WriteDraft
from galley.models.network import Platform
from galley.models.options import CampaignOptions


async def write_today(folder: RunFolder, material: RunMaterial) -> dict[Platform, JudgedPost]:
    """Return the posts that are answered; what is asked for the others is written."""
    posts: dict[Platform, JudgedPost] = {}
    for number, platform in enumerate(folder.manifest.networks):
        client = FiledDrafts(folder, platform.value)
        drafting = ClaudeDrafting(material.store, client)
        task = WriteDraft(
            source=material.source,
            channel=channel_of(platform),
            options=CampaignOptions(persona=material.persona_ref),
            post_key=f"bench:{platform}",
            is_later=number > 0,
        )
        try:
            reply: DraftReply = await ActivityEnvironment().run(drafting.write_draft, task)
        except AwaitingAnswerError:
            continue
        finally:
            await client.aclose()
        posts[platform] = JudgedPost.of(reply.draft, reply.problems)
    return posts
