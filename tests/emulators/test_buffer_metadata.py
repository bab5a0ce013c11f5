"""Every field a network's settings can have is kept and read back.

Fields: https://developers.buffer.com/types/PostInputMetaData.md and the types it names.
"""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType
from pytest_httpserver import HTTPServer

from emulators.buffer.schema import extended
from tests.emulators.buffer_media import video
from tests.emulators.buffer_settings import CARD, CARD_BACK, LINK, SAMPLES, Sample
from tests.emulators.buffer_world import World
from tests.emulators.conftest import serve
from tests.emulators.graphql_types import named_type

Json = dict[str, Any]


def _read(world: World, post_id: str, typename: str, fields: str) -> Json:
    query = f"""query($id: PostId!) {{ post(input: {{id: $id}}) {{
      metadata {{ ... on {typename} {{ {fields} }} }} }} }}"""
    found: Json = world.ask(query, id=post_id)["post"]["metadata"]
    return found


@pytest.fixture
def connected(world: World, photo: str, httpserver: HTTPServer) -> tuple[World, Json]:
    """Run an emulator with a twelfth channel, and give what each network must have."""
    channel = world.client.post(
        "/_emulator/channels", json={"service": "substack", "name": "A letter"}
    ).json()
    world.channels["substack"] = channel
    film = serve(httpserver, "/film.mp4", video(), "video/mp4")
    image = [{"image": {"url": photo}}]
    media = {
        "instagram": image,
        "tiktok": image,
        "pinterest": image,
        "youtube": [{"video": {"url": film}}],
    }
    return world, media


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: str(one.name))
def test_what_is_sent_is_read_back(connected: tuple[World, Json], sample: Sample) -> None:
    world, media = connected
    sent = dict(sample.sent)
    if sample.service == "pinterest":
        boards = world.channels["pinterest"]["metadata"]["boards"]
        sent["boardServiceId"] = boards[0]["serviceId"]
    assets = media.get(sample.service, [])
    post = world.created(sample.service, assets=assets, metadata={sample.key: sent})
    read = _read(world, post["id"], sample.typename, sample.fields)
    assert read == (sample.back or sample.sent)


def test_the_samples_use_every_field_that_there_is() -> None:
    schema = extended("")
    keys = {
        name: named_type(field.type)
        for name, field in _fields(schema.type_map["PostInputMetaData"]).items()
    }
    used = {name: set[str]() for name in keys}
    for sample in SAMPLES:
        used[sample.key] |= set(sample.sent)
    # Threads, boards and videos have tests of their own below and beside.
    elsewhere = {"thread", "boardServiceId", "isAiGenerated"}
    missing = {
        f"{key}.{name}"
        for key, wanted in keys.items()
        for name in set(_fields(wanted)) - used[key] - elsewhere
    }
    assert missing == set()


def _fields(wanted: object) -> Json:
    assert isinstance(wanted, GraphQLInputObjectType)
    return dict(wanted.fields)


def test_what_nobody_knows_of_a_quoted_post_is_not_made_up(world: World) -> None:
    post = world.created("twitter", metadata={"twitter": {"retweet": {"id": "20"}}})
    query = """query($id: PostId!) { post(input: {id: $id}) { metadata {
      ... on TwitterPostMetadata { retweet { user { name } } } } } }"""
    (error,) = world.send(query, id=post["id"]).json()["errors"]
    assert "does not model the field RetweetMetadata.user" in error["message"]


def test_an_ai_disclosure_on_tiktok_is_for_videos(
    connected: tuple[World, Json], httpserver: HTTPServer
) -> None:
    world, media = connected
    disclosed = {"tiktok": {"isAiGenerated": True}}
    message = world.refused("tiktok", assets=media["tiktok"], metadata=disclosed)
    assert "do not support an AI disclosure" in message
    film = serve(httpserver, "/other.mp4", video(), "video/mp4")
    post = world.created("tiktok", assets=[{"video": {"url": film}}], metadata=disclosed)
    read = _read(world, post["id"], "TiktokPostMetadata", "isAiGenerated")
    assert read == {"isAiGenerated": True}


def test_people_tagged_and_frames_chosen_are_read_back(connected: tuple[World, Json]) -> None:
    world, media = connected
    tags = [{"handle": "someone", "x": 0.25, "y": 1}]
    image = {
        "url": media["instagram"][0]["image"]["url"],
        "metadata": {
            "altText": "A square",
            "userTags": tags,
            "animatedThumbnail": "https://example.com/a.gif",
            "dimensions": {"width": 1, "height": 1},
        },
    }
    film = {
        "url": media["youtube"][0]["video"]["url"],
        "metadata": {"title": "A film", "thumbnailOffset": 1500},
    }
    post = world.created(
        "instagram",
        assets=[{"image": image}, {"video": film}],
        metadata={"instagram": {"type": "post", "shouldShareToFeed": True}},
    )
    query = """query($id: PostId!) { post(input: {id: $id}) { assets {
      ... on ImageAsset { image { altText userTags { handle x y } animatedThumbnail
        width } }
      ... on VideoAsset { video { title thumbnailOffset } } } } }"""
    assert world.ask(query, id=post["id"])["post"]["assets"] == [
        {
            "image": {
                "altText": "A square",
                "userTags": tags,
                "animatedThumbnail": "https://example.com/a.gif",
                "width": 1080,
            }
        },
        {"video": {"title": "A film", "thumbnailOffset": 1500}},
    ]


@pytest.mark.parametrize(("x", "y"), [(1.01, 0), (0, -0.1)])
def test_a_person_is_tagged_inside_the_picture(lasting_world: World, x: float, y: float) -> None:
    image = {
        "url": "https://media.example/a.jpg",
        "metadata": {"altText": "", "userTags": [{"handle": "a", "x": x, "y": y}]},
    }
    message = lasting_world.refused("twitter", assets=[{"image": image}])
    assert message == "Invalid post: User tag positions must be between 0 and 1."


def test_a_document_needs_nothing_fetched_and_is_read_back(world: World) -> None:
    document = {
        "url": "https://media.example/a.pdf",
        "title": "Slides",
        "thumbnailUrl": "https://media.example/a.png",
    }
    post = world.created("linkedin", assets=[{"document": document}])
    query = """query($id: PostId!) { post(input: {id: $id}) { assets { thumbnail source
      ... on DocumentAsset { document { title thumbnails } } } } }"""
    assert world.ask(query, id=post["id"])["post"]["assets"] == [
        {
            "thumbnail": document["thumbnailUrl"],
            "source": document["url"],
            "document": {"title": "Slides", "thumbnails": [document["thumbnailUrl"]]},
        }
    ]


@pytest.mark.parametrize("key", ["bluesky", "threads"])
def test_an_item_of_a_thread_has_a_link_card_of_its_own(world: World, key: str) -> None:
    items = [{"text": "One"}, {"text": "Two", "metadata": {key: {"linkAttachment": CARD}}}]
    post = world.created(key, text="One", metadata={key: {"thread": items}})
    name = f"{key.capitalize()}PostMetadata"
    read = _read(
        world, post["id"], name, f"threadCount thread {{ text metadata {{ {key} {{ {LINK} }} }} }}"
    )
    assert read["thread"][1]["metadata"][key]["linkAttachment"] == CARD_BACK
    other = {"threads": "bluesky", "bluesky": "threads"}[key]
    wrong: list[Json] = [
        {"text": "1"},
        {"text": "2", "metadata": {other: {"linkAttachment": CARD}}},
    ]
    message = world.refused(key, text="1", metadata={key: {"thread": wrong}})
    assert "must use the key" in message


def test_the_key_of_another_network_does_not_matter(world: World) -> None:
    post = world.created("twitter", metadata={"mastodon": {"spoilerText": "No"}})
    assert post["metadata"]["__typename"] == "TwitterPostMetadata"


def test_a_channel_that_shortens_links_gives_another_text_back(world: World) -> None:
    world.patch("twitter", linkShortening={"isEnabled": True, "config": None})
    texts = ["See https://example.com/a/long/address.", "And https://example.com/b"]
    thread = {"twitter": {"thread": [{"text": text} for text in texts]}}
    post = world.created("twitter", text=texts[0], metadata=thread)
    assert post["text"].startswith("See https://buff.example/")
    assert post["text"].endswith(".")
    assert post["metadata"]["thread"][0]["text"] == post["text"]
    assert "example.com" not in post["metadata"]["thread"][1]["text"]
    assert "Whoops" in world.refused("twitter", text=texts[0], metadata=thread)
    edited = world.edit(post["id"], text=post["text"], metadata={"twitter": {}})
    assert edited["post"]["text"] == post["text"]
