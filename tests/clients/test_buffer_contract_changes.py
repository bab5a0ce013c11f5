"""Every extra, every way of delivery and every change is carried out as it was meant.

Each is sent through the client to the emulator, which states Buffer's rules on its own,
and read back with a query of the test's own.
"""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.errors import NotFoundError, RefusedError, UnknownOutcomeError
from galley.models.account import ReadLimits
from galley.models.channel import Delivery, QueuePosition, SchedulingType, ShareMode
from galley.models.media import MediaKind, PublicAsset
from galley.models.network import (
    Extras,
    InstagramExtras,
    PinterestExtras,
    Platform,
    TikTokExtras,
    UserTag,
)
from galley.models.publishing import EditPost, PostRequest
from galley.networks.registry import rules_for
from tests.clients.contract_extras import CARD, EXTRAS
from tests.clients.contract_posts import NUMBERS, Gallery, request_of, shapes
from tests.emulators.buffer_world import Json, World

READ = """
query Read($id: PostId!) { post(input: {id: $id}) {
  text status dueAt shareMode schedulingType
  assets {
    source
    ... on ImageAsset { image { altText userTags { handle x y } } }
    ... on VideoAsset { video { thumbnailOffset } }
  }
  metadata {
    ... on CommonPostMetadata { type }
    ... on InstagramPostMetadata { firstComment shouldShareToFeed isAiGenerated }
    ... on FacebookPostMetadata { firstComment linkAttachment { url title } }
    ... on LinkedInPostMetadata { firstComment linkAttachment { url title } }
    ... on TwitterPostMetadata { isAiGenerated }
    ... on ThreadsPostMetadata { topic linkAttachment { url title } }
    ... on BlueskyPostMetadata { linkAttachment { url title } }
    ... on MastodonPostMetadata { spoilerText }
    ... on TiktokPostMetadata { title isAiGenerated }
    ... on PinterestPostMetadata { pinTitle: title url board { serviceId } }
    ... on YoutubePostMetadata {
      videoTitle: title privacy license madeForKids notifySubscribers embeddable
      isAiGenerated category { categoryId }
    }
    ... on GoogleBusinessPostMetadata { details {
      ... on GoogleBusinessWhatsNewMetaData { button link }
      ... on GoogleBusinessOfferMetaData { code terms link title startDate endDate }
      ... on GoogleBusinessEventMetaData {
        button link title startDate endDate isFullDayEvent
      }
    } }
    ... on ThreadedPostMetadata { thread { text assets { source } } }
  }
} }
"""


def read(world: World, post_id: str) -> Json:
    post: Json = world.ask(READ, id=post_id)["post"]
    return post


def shown(world: World, post_id: str, names: Json) -> Json:
    """Return what Buffer shows of the metadata under these names."""
    metadata: Json = read(world, post_id)["metadata"]
    return {name: metadata.get(name) for name in names}


def plain_shape(platform: Platform) -> str:
    required = rules_for(platform).required_media
    return "text" if required is None else required.value


def plain(world: World, server: HTTPServer, platform: Platform) -> PostRequest:
    return request_of(world, Gallery(server), platform, plain_shape(platform))


@pytest.mark.parametrize(
    "case", EXTRAS, ids=[f"{extras.platform}-{n}" for n, (_, extras, _) in enumerate(EXTRAS)]
)
async def test_extras_reach_the_post_and_leave_it_with_an_edit(
    world: World, buffer: BufferClient, httpserver: HTTPServer, case: tuple[str, Extras, Json]
) -> None:
    shape, extras, expected = case
    bare = request_of(world, Gallery(httpserver), extras.platform, shape)
    request = bare.model_copy(update={"extras": extras})

    post_id = (await buffer.create_post(request)).value.id
    before = shown(world, post_id, expected)
    await buffer.edit_post(EditPost(post_id=post_id, request=bare))

    assert before == expected
    never_had = request_of(world, Gallery(httpserver), extras.platform, shape)
    other_id = (await buffer.create_post(never_had)).value.id
    assert shown(world, post_id, expected) == shown(world, other_id, expected)


@pytest.mark.parametrize("platform", [Platform.THREADS, Platform.BLUESKY])
async def test_a_card_stands_on_the_first_post_of_a_thread(
    world: World, buffer: BufferClient, httpserver: HTTPServer, platform: Platform
) -> None:
    request = request_of(world, Gallery(httpserver), platform, "thread")
    extras = next(e for _, e, _ in EXTRAS if e.platform is platform)

    created = await buffer.create_post(request.model_copy(update={"extras": extras}))

    post = read(world, created.value.id)
    assert post["metadata"]["linkAttachment"]["url"] == CARD.url
    assert len(post["metadata"]["thread"]) == 3


async def test_people_are_tagged_in_the_picture_they_are_in(
    world: World, buffer: BufferClient, httpserver: HTTPServer
) -> None:
    request = request_of(world, Gallery(httpserver), Platform.INSTAGRAM, "images")
    tag = UserTag(handle="reader", x=0.25, y=0.75, asset=1)
    extras = InstagramExtras(user_tags=(tag,))

    created = await buffer.create_post(request.model_copy(update={"extras": extras}))

    first, second, *_ = read(world, created.value.id)["assets"]
    assert first["image"]["userTags"] is None
    assert second["image"] == {
        "altText": "A card that says hello",
        "userTags": [{"handle": "reader", "x": 0.25, "y": 0.75}],
    }


@pytest.mark.parametrize("kind", [InstagramExtras, TikTokExtras, PinterestExtras])
async def test_the_thumbnail_of_a_video_is_the_chosen_frame(
    world: World,
    buffer: BufferClient,
    httpserver: HTTPServer,
    kind: type[InstagramExtras | TikTokExtras | PinterestExtras],
) -> None:
    extras = kind(thumbnail_offset_ms=500)
    request = request_of(world, Gallery(httpserver), extras.platform, "video")

    created = await buffer.create_post(request.model_copy(update={"extras": extras}))

    (asset,) = read(world, created.value.id)["assets"]
    assert asset["video"] == {"thumbnailOffset": 500}


DELIVERIES = [
    (Delivery(mode=ShareMode.CUSTOM_SCHEDULED), {"scheduled"}),
    (Delivery(mode=ShareMode.ADD_TO_QUEUE), {"scheduled"}),
    (Delivery(mode=ShareMode.SHARE_NEXT), {"scheduled"}),
    (Delivery(mode=ShareMode.SHARE_NOW), {"sending", "sent"}),
    (Delivery(save_to_draft=True), {"draft"}),
    (Delivery(mode=ShareMode.SHARE_NOW, save_to_draft=True), {"draft"}),
    (Delivery(needs_approval=True), {"needs_approval"}),
    (Delivery(mode=ShareMode.ADD_TO_QUEUE, needs_approval=True), {"needs_approval"}),
    (Delivery(scheduling_type=SchedulingType.NOTIFICATION), {"scheduled"}),
]


@pytest.mark.parametrize("platform", Platform)
async def test_every_way_of_delivery_ends_where_it_was_meant_to(
    world: World, buffer: BufferClient, httpserver: HTTPServer, platform: Platform
) -> None:
    service = "twitter" if platform is Platform.X else platform.value
    world.patch(service, needsApproval=True)
    for delivery, statuses in DELIVERIES:
        request = plain(world, httpserver, platform)
        request = request.model_copy(update={"delivery": delivery})

        created = (await buffer.create_post(request)).value

        post = read(world, created.id)
        assert post["status"] in statuses, delivery
        # Buffer was recorded to tell it of no draft.
        assert post["schedulingType"] in {None, delivery.scheduling_type.value}
        if delivery.has_due_time and not delivery.needs_approval:
            assert created.due_at is not None
            assert abs(created.due_at - request.due_at) < timedelta(seconds=1)


def is_cover(asset: PublicAsset, request: PostRequest) -> bool:
    """Say whether it is the picture before a document, which Buffer keeps with it."""
    first = request.assets[0]
    return first.kind is MediaKind.DOCUMENT and asset is not first


@pytest.mark.parametrize("case", shapes(), ids=" ".join)
async def test_a_post_of_any_shape_can_be_edited_into_a_plain_one_and_back(
    world: World, buffer: BufferClient, httpserver: HTTPServer, case: tuple[Platform, str]
) -> None:
    platform, shape = case
    request = request_of(world, Gallery(httpserver), platform, shape)
    other = plain(world, httpserver, platform)
    post_id = (await buffer.create_post(request)).value.id

    for wanted in (other, request):
        edited = await buffer.edit_post(EditPost(post_id=post_id, request=wanted))

        post = read(world, post_id)
        assert edited.value.text == post["text"] == wanted.text
        assert [one["source"] for one in post["assets"]] == [
            asset.url for asset in wanted.assets if not is_cover(asset, wanted)
        ]
        thread: list[Json] = post["metadata"].get("thread") or []
        assert tuple(item["text"] for item in thread) == wanted.thread
        assert edited.value.due_at is not None
        assert abs(edited.value.due_at - request.due_at) < timedelta(seconds=1)


@pytest.mark.parametrize("platform", Platform)
async def test_a_post_of_every_network_is_rescheduled_queued_moved_and_deleted(
    world: World, buffer: BufferClient, httpserver: HTTPServer, platform: Platform
) -> None:
    request = plain(world, httpserver, platform)
    post_id = (await buffer.create_post(request)).value.id
    later = request.model_copy(update={"due_at": request.due_at + timedelta(days=3)})
    queued = request.model_copy(update={"delivery": Delivery(mode=ShareMode.ADD_TO_QUEUE)})

    moved = await buffer.edit_post(EditPost(post_id=post_id, request=later, sets_schedule=True))
    at_once = await buffer.edit_post(EditPost(post_id=post_id, request=queued, sets_schedule=True))
    on_top = await buffer.move_post(post_id, QueuePosition.TOP)
    await buffer.delete_post(post_id)

    assert moved.value.due_at is not None
    assert abs(moved.value.due_at - later.due_at) < timedelta(seconds=1)
    assert at_once.value.due_at != moved.value.due_at
    assert on_top.value.status == "scheduled"
    with pytest.raises(NotFoundError, match="not found"):
        await buffer.delete_post(post_id)
    with pytest.raises(NotFoundError):
        await buffer.post(post_id)
    with pytest.raises(NotFoundError):
        await buffer.edit_post(EditPost(post_id=post_id, request=request))


async def test_a_post_with_a_time_of_its_own_is_in_no_queue_to_move_in(
    world: World, buffer: BufferClient, httpserver: HTTPServer
) -> None:
    created = await buffer.create_post(plain(world, httpserver, Platform.LINKEDIN))

    with pytest.raises(RefusedError, match="queue"):
        await buffer.move_post(created.value.id, QueuePosition.BOTTOM)


async def test_a_post_that_was_sent_can_be_neither_edited_nor_deleted(
    world: World, buffer: BufferClient, httpserver: HTTPServer
) -> None:
    request = plain(world, httpserver, Platform.LINKEDIN)
    now = request.model_copy(update={"delivery": Delivery(mode=ShareMode.SHARE_NOW)})
    post_id = (await buffer.create_post(now)).value.id
    world.ends(post_id)

    with pytest.raises(RefusedError, match="sent cannot be deleted"):
        await buffer.delete_post(post_id)
    with pytest.raises(RefusedError, match="sent cannot be edited"):
        await buffer.edit_post(EditPost(post_id=post_id, request=request))


async def test_limits_are_those_of_the_channels_that_were_asked_for(
    world: World, buffer: BufferClient, httpserver: HTTPServer
) -> None:
    channel = world.channels["mastodon"]["id"]
    before = await buffer.limits(limits_of(world, channel))
    await buffer.create_post(plain(world, httpserver, Platform.MASTODON))

    after = (await buffer.limits(limits_of(world, channel))).value

    assert after.plan.scheduled_posts is not None
    assert [one.channel_id for one in after.daily] == [channel]
    assert after.scheduled[channel] == before.value.scheduled[channel] + 1


def limits_of(world: World, channel: str) -> ReadLimits:
    return ReadLimits(
        organization_id=world.organization, channel_ids=(channel,), day=datetime.now(UTC)
    )


NEWER = """
  type FrozenError implements MutationError { message: String! }
  type PostFrozen { id: PostId! }
  extend union PostActionPayload = FrozenError | PostFrozen
  extend union DeletePostPayload = FrozenError | PostFrozen
  extend union MovePostInQueuePayload = FrozenError | PostFrozen
"""


@pytest.mark.parametrize(
    ("member", "seen"),
    [
        ({"__typename": "FrozenError", "message": "Frozen"}, "FrozenError: Frozen"),
        ({"__typename": "PostFrozen", "id": "1"}, "PostFrozen"),
    ],
)
async def test_a_union_member_of_a_newer_schema_leaves_the_outcome_open(
    world: World, buffer: BufferClient, httpserver: HTTPServer, member: Json, seen: str
) -> None:
    request = plain(world, httpserver, Platform.LINKEDIN)
    names = ("createPost", "editPost", "deletePost", "movePostInQueue")
    order = {"extend": NEWER, "answers": {f"Mutation.{name}": member for name in names}}
    world.client.post("/_emulator/schema", json=order).raise_for_status()
    try:
        with pytest.raises(UnknownOutcomeError, match=seen):
            await buffer.create_post(request)
        with pytest.raises(UnknownOutcomeError, match=seen):
            await buffer.edit_post(EditPost(post_id="1" * 24, request=request))
        with pytest.raises(UnknownOutcomeError, match=seen):
            await buffer.delete_post("1" * 24)
        with pytest.raises(UnknownOutcomeError, match=seen):
            await buffer.move_post("1" * 24, QueuePosition.TOP)
    finally:
        world.client.delete("/_emulator/schema")


async def test_a_network_and_a_status_of_a_newer_schema_are_kept_and_told(
    world: World, buffer: BufferClient
) -> None:
    post = world.created("linkedin", text=f"Grown {next(NUMBERS)}")
    order = {
        "extend": """
          extend enum PostStatus { archived }
          extend enum Service { nextbigthing }
          extend enum DayOfWeek { funday }
          type NextMetadata { mood: String }
          extend union ChannelMetadata = NextMetadata
        """,
        "answers": {
            "Post.status": "archived",
            "Channel.service": "nextbigthing",
            "Channel.metadata": {"__typename": "NextMetadata"},
            "ScheduleV2.day": "funday",
        },
    }
    world.client.post("/_emulator/schema", json=order).raise_for_status()
    try:
        found = (await buffer.post(post["id"])).value
        directory = (await buffer.channels(world.organization)).value
    finally:
        world.client.delete("/_emulator/schema")

    assert found.status == "archived"
    assert directory.channels == ()
    assert len(directory.unsupported) == len(world.channels)
    assert all(one.startswith("nextbigthing: ") for one in directory.unsupported)
