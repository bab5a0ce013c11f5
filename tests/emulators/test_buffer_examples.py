"""What Buffer's own pages show, each example in words of our own.

Pages: https://developers.buffer.com/examples/ and https://developers.buffer.com/guides/
"""

from typing import Any

import pytest

from tests.emulators.buffer_world import World, in_seconds

Json = dict[str, Any]
NOBODY = "f" * 24
OUTCOME = """{
  ... on PostActionSuccess { post { id text dueAt assets { id mimeType } } }
  ... on MutationError { message }
}"""


def shown(world: World, query: str, **names: str) -> Json:
    """The data an example gives, once its placeholders are filled in."""
    for name, value in {"ORG": world.organization, **names}.items():
        query = query.replace(f'"{name}"', f'"{value}"')
    return world.ask(query)


def test_from_the_account_over_the_channels_to_a_first_post(world: World) -> None:
    """Guide "Your first post"."""
    (organization,) = shown(world, "query Mine { account { organizations { id name } } }")[
        "account"
    ]["organizations"]
    channels = shown(
        world,
        'query Where { channels(input: {organizationId: "ORG"}) { id name service } }',
        ORG=organization["id"],
    )["channels"]
    made = shown(
        world,
        f"""mutation First {{ createPost(input: {{
          text: "A first one", channelId: "{channels[0]["id"]}",
          schedulingType: automatic, mode: addToQueue }}) {OUTCOME} }}""",
    )["createPost"]
    assert made["post"]["text"] == "A first one"
    assert made["post"]["dueAt"].endswith("Z")


def test_a_post_at_a_time_of_its_own(world: World) -> None:
    """Example "Create scheduled post"."""
    made = shown(
        world,
        f"""mutation {{ createPost(input: {{
          text: "Later" channelId: "CH" schedulingType: automatic
          mode: customScheduled dueAt: "2030-03-26T10:28:47.545Z" }}) {OUTCOME} }}""",
        CH=world.channels["twitter"]["id"],
    )["createPost"]
    assert made["post"]["dueAt"] == "2030-03-26T10:28:47.545Z"


def test_a_post_with_a_picture(world: World, photo: str) -> None:
    """Example "Create image post"."""
    made = shown(
        world,
        f"""mutation Pictured {{ createPost(input: {{
          text: "With a picture" channelId: "CH" schedulingType: automatic
          mode: addToQueue assets: [{{ image: {{ url: "{photo}" }} }}] }}) {OUTCOME}
        }}""",
        CH=world.channels["linkedin"]["id"],
    )["createPost"]
    assert made["post"]["assets"] == [{"id": None, "mimeType": "image/jpeg"}]


def test_a_draft_and_an_idea(world: World) -> None:
    """Examples "Create draft post" and "Create idea"."""
    draft = shown(
        world,
        """mutation { createPost(input: { text: "For later" channelId: "CH"
          schedulingType: automatic mode: addToQueue saveToDraft: true }) {
          ... on PostActionSuccess { post { id status dueAt } } } }""",
        CH=world.channels["twitter"]["id"],
    )["createPost"]["post"]
    assert (draft["status"], draft["dueAt"]) == ("draft", None)
    idea = shown(
        world,
        """mutation { createIdea(input: { organizationId: "ORG",
          content: { title: "Once upon" text: "A time" } }) {
          ... on Idea { id content { title text } } } }""",
    )["createIdea"]
    assert idea["content"] == {"title": "Once upon", "text": "A time"}


def test_a_deletion_that_selects_its_error(world: World) -> None:
    """Example "Delete post"."""
    delete = """mutation { deletePost(input: {id: "POST"}) {
      __typename
      ... on DeletePostSuccess { id }
      ... on VoidMutationError { message } } }"""
    post = world.created("twitter")
    done = shown(world, delete, POST=post["id"])["deletePost"]
    assert done == {"__typename": "DeletePostSuccess", "id": post["id"]}
    again = shown(world, delete, POST=post["id"])["deletePost"]
    assert again["message"] == "Document not found"


def test_all_posts_page_by_page(world: World) -> None:
    """Guide "Pagination"."""
    for number in range(5):
        world.created("threads", text=f"Post {number}", dueAt=in_seconds(60 + number))
    query = """query Page($after: String) {
      posts(first: 2, after: $after, input: { organizationId: "ORG",
          filter: {status: [scheduled]}, sort: [{field: dueAt, direction: asc},
          {field: createdAt, direction: desc}] }) {
        edges { node { text } } pageInfo { hasNextPage endCursor } } }"""
    query = query.replace('"ORG"', f'"{world.organization}"')
    seen: list[str] = []
    after: str | None = None
    more = True
    while more:
        page = world.ask(query, after=after)["posts"]
        seen += [edge["node"]["text"] for edge in page["edges"]]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert seen == [f"Post {number}" for number in range(5)]


@pytest.mark.parametrize("service", ["twitter", "bluesky", "threads", "mastodon"])
def test_a_thread_lists_every_post(world: World, service: str) -> None:
    """Type page "ThreadedPostInput"."""
    name = f"{service.capitalize()}PostMetadata"
    made = shown(
        world,
        f"""mutation {{ createPost(input: {{ channelId: "CH", text: "One"
          schedulingType: automatic, mode: addToQueue, metadata: {{ {service}: {{
          thread: [{{text: "One"}}, {{text: "Two"}}, {{text: "Three"}}] }} }} }}) {{
          ... on PostActionSuccess {{ post {{ metadata {{ ... on {name} {{
            threadCount thread {{ text assets {{ source }} }} }} }} }} }}
          ... on MutationError {{ message }} }} }}""",
        CH=world.channels[service]["id"],
    )["createPost"]
    metadata = made["post"]["metadata"]
    assert metadata["threadCount"] == 3
    assert [item["text"] for item in metadata["thread"]] == ["One", "Two", "Three"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (f'{{ post(input: {{id: "{NOBODY}"}}) {{ id }} }}', "NOT_FOUND"),
        (f'{{ channel(input: {{id: "{NOBODY}"}}) {{ id }} }}', "NOT_FOUND"),
        (f'{{ channels(input: {{organizationId: "{NOBODY}"}}) {{ id }} }}', "NOT_FOUND"),
    ],
)
def test_what_no_user_can_mend_is_a_top_level_error(
    lasting_world: World, query: str, code: str
) -> None:
    """Guide "Error handling"."""
    answer = lasting_world.send(query)
    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["extensions"] == {"code": code}


def test_what_a_user_can_mend_is_in_the_data(lasting_world: World) -> None:
    """Guide "Error handling"."""
    refused = shown(
        lasting_world,
        """mutation { createPost(input: { channelId: "CH", text: "", mode: addToQueue
          schedulingType: automatic }) { __typename ... on InvalidInputError {
          message } ... on LimitReachedError { message } } }""",
        CH=lasting_world.channels["twitter"]["id"],
    )["createPost"]
    assert refused == {"__typename": "InvalidInputError", "message": "Text is required"}


def test_numbers_of_a_month(world: World) -> None:
    """Guide "Post metrics"."""
    post = world.created("linkedin", mode="shareNow")
    world.ends(post["id"])
    found = shown(
        world,
        f"""{{ aggregatedPostMetrics(input: {{ organizationId: "ORG",
          channelIds: ["CH"], startDateTime: "{in_seconds(-86_400)}",
          endDateTime: "{in_seconds(60)}" }}) {{
          metrics {{ type name value unit }} metricsUpdatedAt }} }}""",
        CH=post["channelId"],
    )
    kinds = {one["type"]: one["value"] for one in found["aggregatedPostMetrics"]["metrics"]}
    assert kinds["postCount"] == 1
    assert {"reactions", "comments"} <= set(kinds)
