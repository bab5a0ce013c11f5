"""Threads, link cards and extras in drafts, from the real SDK and the emulator."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from temporalio.testing import ActivityEnvironment

from activities.drafting.drafts import ModelDrafting
from galley.clients.anthropic import DraftClient
from galley.clients.storage import ObjectStore
from galley.models.draft import CheckDraft, CheckReply, Draft, WriteDraft
from galley.models.network import (
    BlueskyExtras,
    FacebookExtras,
    InstagramExtras,
    LinkCard,
    LinkedInExtras,
    MastodonExtras,
    Platform,
    PostForm,
    ThreadsExtras,
    XExtras,
    YouTubeExtras,
)
from galley.networks.registry import rules_for
from tests.activities.test_drafting import (
    ARTICLE,
    LINK,
    SHIPPED,
    article,
    channel,
    new_client,
    stored,
    write,
)
from tests.anthropic_emulator import anthropic_emulator
from tests.asking import asking, split
from tests.asking import extras as extras_of

pytestmark = pytest.mark.server

THREADED = (Platform.X, Platform.THREADS, Platform.BLUESKY, Platform.MASTODON)
CARDED = (Platform.FACEBOOK, Platform.LINKEDIN, Platform.THREADS, Platform.BLUESKY)


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@pytest.fixture
async def client(emulator: str) -> AsyncIterator[DraftClient]:
    client = new_client(emulator)
    yield client
    await client.aclose()


@pytest.fixture
def drafting(state_store: ObjectStore, client: DraftClient) -> ModelDrafting:
    return ModelDrafting(state=state_store, client=client)


async def task(
    store: ObjectStore, platform: Platform, text: str = "", /, **wishes: object
) -> WriteDraft:
    source = await stored(store, article(text or SHIPPED.read_text()))
    fields = {
        "source": source,
        "channel": channel(platform),
        **split(wishes, WriteDraft.model_fields),
    }
    return WriteDraft.model_validate(fields)


async def check(drafting: ModelDrafting, asked: CheckDraft) -> CheckReply:
    return await ActivityEnvironment().run(drafting.check_draft, asked)


# Threads


@pytest.mark.parametrize("platform", THREADED)
@pytest.mark.parametrize("numbered", [False, True])
async def test_a_long_draft_becomes_a_thread_within_the_limits(
    drafting: ModelDrafting, state_store: ObjectStore, platform: Platform, *, numbered: bool
) -> None:
    asked = await task(state_store, platform, threads=True, numbered=numbered)

    reply = await write(drafting, asked)

    posts = reply.draft.thread
    assert reply.problems == ()
    assert len(posts) > 1
    assert reply.draft.text == posts[0]
    assert [LINK in post for post in posts] == [False] * (len(posts) - 1) + [True]
    assert all("#" not in post for post in posts[:-1])
    assert rules_for(platform).measure(posts[0]) > 80
    numbers = [re.search(r" (\d+)/(\d+)$", post) for post in posts]
    assert [bool(found) for found in numbers] == [numbered] * len(posts)


async def test_every_post_of_a_thread_is_made_of_the_sources_words(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    asked = await task(state_store, Platform.BLUESKY, ARTICLE.read_text(), threads=True)

    reply = await write(drafting, asked)

    whole = " ".join(ARTICLE.read_text().split())
    posts = [post.partition(LINK)[0] for post in reply.draft.thread]
    parts = [
        part for post in posts for part in re.split(r"(?<=[.!?])\s+(?=[A-Z])", post.strip()) if part
    ]
    assert [part for part in parts if " ".join(part.split()) not in whole] == []


async def test_without_the_wish_for_threads_a_post_stays_one(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    reply = await write(drafting, await task(state_store, Platform.X))

    assert reply.draft.thread == ()
    assert reply.problems == ()


@pytest.mark.parametrize("platform", sorted(set(Platform) - set(THREADED)))
async def test_the_wish_for_threads_changes_nothing_where_there_are_none(
    drafting: ModelDrafting, state_store: ObjectStore, platform: Platform
) -> None:
    plain = await write(drafting, await task(state_store, platform))
    wished = await write(drafting, await task(state_store, platform, threads=True))

    assert wished.draft == plain.draft


async def test_a_content_warning_takes_room_of_the_first_post(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    warning = MastodonExtras(spoiler="Boats, weather, and " * 15)

    asked = await task(state_store, Platform.MASTODON, threads=True, networks=extras_of(warning))
    reply = await write(drafting, asked)

    assert reply.problems == ()
    assert reply.draft.extras == warning
    assert len(reply.draft.text) <= 500 - len(warning.spoiler)


async def test_an_edit_that_is_too_long_is_split_where_that_is_asked(
    drafting: ModelDrafting,
) -> None:
    long = Draft(text="A sentence about boats. " * 40)
    to = channel(Platform.X)

    asked = await check(drafting, CheckDraft(draft=long, channel=to, split=True))
    plain = await check(drafting, CheckDraft(draft=long, channel=to))

    assert asked.problems == ()
    assert asked.draft is not None
    assert len(asked.draft.thread) == 4
    assert plain.draft == long
    assert [problem.rule for problem in plain.problems] == ["text_length"]


# Link cards


@pytest.mark.parametrize("platform", Platform)
async def test_the_link_becomes_a_card_where_there_are_cards_and_no_media(
    drafting: ModelDrafting, state_store: ObjectStore, platform: Platform
) -> None:
    draft = (await write(drafting, await task(state_store, platform))).draft

    card = getattr(draft.extras, "link_card", None)
    assert card == (LinkCard(url=LINK) if platform in CARDED else None)


@pytest.mark.parametrize(
    "wishes", [{"link_cards": False}, {"threads": True}], ids=["not-wanted", "a-thread"]
)
async def test_there_is_no_card_where_it_is_not_wanted_or_the_link_comes_later(
    drafting: ModelDrafting, state_store: ObjectStore, wishes: dict[str, bool]
) -> None:
    asked = await task(state_store, Platform.BLUESKY, **wishes)

    assert (await write(drafting, asked)).draft.extras is None


async def test_a_story_gets_no_card(drafting: ModelDrafting, state_store: ObjectStore) -> None:
    story = FacebookExtras(form=PostForm.STORY)

    reply = await write(
        drafting, await task(state_store, story.platform, networks=extras_of(story))
    )

    assert reply.draft.extras == story


async def test_a_card_that_was_asked_for_stays_as_it_is(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    asked = BlueskyExtras(link_card=LinkCard(url="https://a.example", title="Mine"))

    reply = await write(
        drafting, await task(state_store, asked.platform, networks=extras_of(asked))
    )

    assert reply.draft.extras == asked


async def test_a_new_draft_keeps_what_the_reviewer_made_of_the_extras(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    asked = await task(state_store, Platform.LINKEDIN)
    first = (await write(drafting, asked)).draft
    edited = first.model_copy(update={"extras": LinkedInExtras(first_comment="By hand.")})

    kept = await write(drafting, asked.model_copy(update={"previous": first}))
    again = await write(drafting, asked.model_copy(update={"previous": edited}))

    assert kept.draft.extras == LinkedInExtras(link_card=LinkCard(url=LINK))
    assert again.draft.extras == edited.extras


async def test_extras_without_cards_go_through_a_new_draft_unchanged(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    extras = XExtras(is_ai_generated=True)
    asked = await task(state_store, Platform.X, networks=extras_of(extras), link_cards=False)
    first = (await write(drafting, asked)).draft

    again = await write(drafting, asked.model_copy(update={"previous": first}))

    assert again.draft.extras == extras
    assert set(vars(again.draft.extras)) == set(XExtras.model_fields)


# What was asked for


async def test_extras_that_were_asked_for_stand_in_the_draft(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    extras = YouTubeExtras(category="27", made_for_kids=True)

    asked = await task(state_store, Platform.YOUTUBE, networks=extras_of(extras))

    assert (await write(drafting, asked)).draft.extras == extras


async def test_a_topic_takes_the_place_of_the_hashtag(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    plain = await write(drafting, await task(state_store, Platform.THREADS))
    topical = await write(
        drafting,
        await task(
            state_store, Platform.THREADS, networks=extras_of(ThreadsExtras(topic="Publishing"))
        ),
    )

    assert "#" in plain.draft.text
    assert "#" not in topical.draft.text


async def test_a_first_comment_may_name_the_link_of_the_source(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    extras = InstagramExtras(first_comment="More: {link}")

    asked = await task(state_store, Platform.INSTAGRAM, networks=extras_of(extras))
    reply = await write(drafting, asked)

    assert reply.draft.extras == InstagramExtras(first_comment=f"More: {LINK}")


async def test_extras_that_no_wording_can_mend_cost_no_second_turn(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    good = await task(state_store, Platform.YOUTUBE, networks=extras_of(YouTubeExtras()))
    bad = asking(good, networks=extras_of(YouTubeExtras(category="3")))

    fine, broken = await write(drafting, good), await write(drafting, bad)

    assert [problem.rule for problem in broken.problems] == ["category"]
    assert broken.provenance.input_tokens == fine.provenance.input_tokens
