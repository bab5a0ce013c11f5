"""What a campaign asks for reaches each post, and what an edit makes of it."""

import pytest
from temporalio.client import Client

from galley.clients.storage import ObjectStore
from galley.models.channel import Delivery, ShareMode
from galley.models.draft import DraftEdit
from galley.models.network import BlueskyExtras, LinkCard, Platform, XExtras
from galley.models.options import PostingOptions
from galley.models.post import PostState, PostView
from galley.models.review import DecisionKind
from tests.asking import extras as extras_of
from tests.workflows.harness import Post, decide, decision, open_harness, reaches
from tests.workflows.world import channel

pytestmark = pytest.mark.server

LONG = "A sentence about boats. " * 40


async def edited(post: Post, edit: DraftEdit, revision: int = 1) -> PostView:
    return await decide(post, decision(DecisionKind.EDIT, revision, edit=edit))


async def test_each_post_is_drafted_with_what_was_asked_for_its_network(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("a"), channel("b", Platform.BLUESKY))
    networks = extras_of(XExtras(is_ai_generated=True), BlueskyExtras())
    posting = PostingOptions(threads=True, numbered=True, link_cards=False, networks=networks)
    async with open_harness(temporal, state_store, *channels) as harness:
        view = await harness.start(posting=posting)
        for planned in view.posts:
            await reaches(harness.post(planned.workflow_id), PostState.IN_REVIEW)

        assert sorted(task.channel.name for task in harness.studio.asked) == ["a", "b"]
        assert [task.options.posting for task in harness.studio.asked] == [posting] * 2


async def test_a_post_is_handed_over_as_the_campaign_wants_it_delivered(
    temporal: Client, state_store: ObjectStore
) -> None:
    delivery = Delivery(mode=ShareMode.SHARE_NOW)
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        view = await harness.start(delivery=delivery)

        history = await harness.post(view.posts[0].workflow_id).fetch_history()
        begun = history.events[0].workflow_execution_started_event_attributes
        assert b'"shareNow"' in begun.input.payloads[0].data


@pytest.mark.parametrize(
    ("threads", "split", "posts"),
    [(True, None, 4), (True, False, 0), (False, True, 4), (False, None, 0)],
)
async def test_a_long_edit_becomes_a_thread_where_campaign_or_reviewer_say_so(
    temporal: Client, state_store: ObjectStore, *, threads: bool, split: bool | None, posts: int
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post(threads=threads)

        view = await edited(post, DraftEdit(text=LONG, split=split))

        assert view.draft is not None
        assert len(view.draft.thread) == posts
        assert (view.draft.text == LONG) is (posts == 0)
        assert view.revision == 2


async def test_a_thread_can_be_asked_for_without_other_words(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        await edited(post, DraftEdit(text=LONG))

        view = await edited(post, DraftEdit(split=True), revision=2)

        assert view.draft is not None
        assert len(view.draft.thread) == 4


async def test_edited_extras_stand_in_the_draft_that_is_reviewed(
    temporal: Client, state_store: ObjectStore
) -> None:
    extras = BlueskyExtras(link_card=LinkCard(url="https://a.example"))
    to = channel("b", Platform.BLUESKY)
    async with open_harness(temporal, state_store, to) as harness:
        view = await edited(await harness.start_post(), DraftEdit(extras=extras))

        assert view.draft is not None
        assert view.draft.extras == extras
        assert view.draft.text == "A title on b"
