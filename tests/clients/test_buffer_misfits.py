"""What Galley refuses before it is sent, the emulator refuses as well, as Buffer would.

Each case breaks a good request in our words, and its payload in Buffer's.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.errors import RefusedError
from galley.clients.buffer.post_input import create_input
from galley.models.network import (
    Extras,
    FacebookExtras,
    GoogleBusinessExtras,
    GoogleButton,
    GooglePostKind,
    LinkCard,
    LinkedInExtras,
    Platform,
    PostForm,
    YouTubeExtras,
)
from galley.models.publishing import PostRequest
from galley.networks.registry import rules_for
from tests.clients.contract_posts import Gallery, request_of
from tests.emulators.buffer_world import Json, World

LINK = {"url": "https://example.com/a"}
Break = Callable[[Json], None]


def with_text(text: str) -> tuple[Json, Break]:
    return {"text": text}, lambda given: given.update(text=text)


def with_metadata(extras: Extras, key: str, **fields: Any) -> tuple[Json, Break]:  # noqa: ANN401 - any JSON value
    def spoil(given: Json) -> None:
        given.setdefault("metadata", {}).setdefault(key, {}).update(fields)

    return {"extras": extras}, spoil


def with_due(ago: timedelta) -> tuple[Json, Break]:
    due_at = datetime.now(UTC) - ago
    return {"due_at": due_at}, lambda given: given.update(dueAt=due_at.isoformat())


def without_media() -> tuple[Json, Break]:
    return {"assets": ()}, lambda given: given.update(assets=[])


def without_board() -> tuple[Json, Break]:
    def spoil(given: Json) -> None:
        del given["metadata"]["pinterest"]["boardServiceId"]

    return {"board_service_id": ""}, spoil


def with_another_beginning() -> tuple[Json, Break]:
    items = ("Another beginning", "The end")

    def spoil(given: Json) -> None:
        given["metadata"] = {"mastodon": {"thread": [{"text": one} for one in items]}}

    return {"thread": items}, spoil


def with_a_thread() -> tuple[Json, Break]:
    """LinkedIn has none: not in its rules, and not in Buffer's schema."""

    def spoil(given: Json) -> None:
        given["metadata"] = {"linkedin": {"thread": [{"text": "a"}, {"text": "b"}]}}

    return {"thread": ("a", "b")}, spoil


def long(platform: Platform) -> str:
    return "a" * (rules_for(platform).text_limit + 1)


OFFER = GooglePostKind.OFFER
CASES: dict[str, tuple[Platform, str, tuple[Json, Break]]] = {
    **{
        f"a long text on {platform}": (
            platform,
            rules_for(platform).required_media or "text",
            with_text(long(platform)),
        )
        for platform in Platform
        if platform is not Platform.MASTODON
    },
    **{
        f"no media on {platform}": (platform, "video", without_media())
        for platform in Platform
        if rules_for(platform).required_media
    },
    "no text": (Platform.X, "text", with_text("")),
    "a pin without a board": (Platform.PINTEREST, "image", without_board()),
    "a thread that begins otherwise": (Platform.MASTODON, "text", with_another_beginning()),
    "a thread where there are none": (Platform.LINKEDIN, "text", with_a_thread()),
    "a card beside a picture": (
        Platform.LINKEDIN,
        "image",
        with_metadata(LinkedInExtras(link_card=LinkCard(**LINK)), "linkedin", linkAttachment=LINK),
    ),
    "a reel without a video": (
        Platform.FACEBOOK,
        "image",
        with_metadata(FacebookExtras(form=PostForm.REEL), "facebook", type="reel"),
    ),
    "a category nobody has": (
        Platform.YOUTUBE,
        "video",
        with_metadata(YouTubeExtras(category="3"), "youtube", categoryId="3"),
    ),
    "an offer without its details": (
        Platform.GOOGLEBUSINESS,
        "text",
        with_metadata(GoogleBusinessExtras(kind=OFFER), "google", type="offer", detailsOffer={}),
    ),
    "a due time in the past": (Platform.X, "text", with_due(timedelta(hours=1))),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_misfit_is_refused_on_both_sides(
    world: World, buffer: BufferClient, httpserver: HTTPServer, case: str
) -> None:
    platform, shape, (ours, spoil) = CASES[case]
    request = request_of(world, Gallery(httpserver), platform, shape)
    given = create_input(request).model_dump(mode="json", by_alias=True, exclude_unset=True)
    spoil(given)

    with pytest.raises(RefusedError) as refusal:
        await buffer.create_post(spoiled(request, ours))
    answer = await buffer.look(MUTATION, {"input": given})

    assert refusal.value.windows == (), "it was sent"
    assert answer.post_id == ""
    assert answer.typename == "InvalidInputError" or answer.status == 400
    assert answer.message


def spoiled(request: PostRequest, changes: Json) -> PostRequest:
    return request.model_copy(update=changes)


MUTATION = """
mutation Misfit($input: CreatePostInput!) {
  createPost(input: $input) {
    __typename
    ... on PostActionSuccess { post { id } }
    ... on MutationError { message }
  }
}
"""


def test_a_button_that_leads_nowhere_is_refused_on_both_sides(world: World) -> None:
    details = {"detailsWhatsNew": {"button": GoogleButton.BOOK.value}}
    metadata = {"google": {"type": "whats_new", **details}}

    assert "require a link" in world.refused("googlebusiness", metadata=metadata)


def test_people_cannot_be_tagged_in_a_video_in_buffers_schema(world: World) -> None:
    video: Json = {"url": "https://example.com/a.mp4", "metadata": {"userTags": []}}

    answer = world.send(
        MUTATION,
        input={
            "channelId": world.channels["instagram"]["id"],
            "schedulingType": "automatic",
            "mode": "addToQueue",
            "assets": [{"video": video}],
        },
    )

    assert answer.status_code == 400


def test_old_assets_are_answered_400(world: World) -> None:
    answer = world.send(
        MUTATION,
        input={
            "channelId": world.channels["linkedin"]["id"],
            "schedulingType": "automatic",
            "mode": "addToQueue",
            "text": "As it was until May 2026",
            "assets": {"images": [LINK]},
        },
    )

    assert answer.status_code == 400
    said = answer.json()["errors"][0]["message"]
    assert 'not to include unknown field "images"' in said


def test_a_due_time_that_is_missing_is_refused_and_cannot_be_left_out(world: World) -> None:
    assert "dueAt is required" in world.refused("linkedin", dueAt=None)
    assert PostRequest.model_fields["due_at"].is_required()
