"""A thread and what posts carry, from the command line to Buffer's ledger."""

from typing import Any

import httpx
import pytest

from galley.models.network import Platform
from galley.models.post import PostState
from tests.end_to_end.campaigns import Campaign, begin, confirm
from tests.end_to_end.stack import Stack
from tests.end_to_end.texts import link, sentences

pytestmark = [pytest.mark.server]

X, LINKEDIN, MASTODON = ALL = (Platform.X, Platform.LINKEDIN, Platform.MASTODON)
TOWN = "Filey"
OPTIONS = """
threads: true
networks:
  linkedin:
    first_comment: "Read it whole: {link}"
  mastodon:
    spoiler: Tides
"""


_CARRIED = """
query Carried($id: PostId!) {
  post(input: {id: $id}) {
    metadata {
      ... on TwitterPostMetadata { thread { text } }
      ... on MastodonPostMetadata { spoilerText thread { text } }
      ... on LinkedInPostMetadata { firstComment linkAttachment { url } }
    }
  }
}
"""


async def carried(campaign: Campaign, platform: Platform) -> dict[str, Any]:
    """Return what Buffer says that a post carries."""
    view = await campaign.view(platform)
    query = {"query": _CARRIED, "variables": {"id": view.buffer_post_id}}
    address = f"{campaign.stack.buffer.address}/graphql"
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        key = {"Authorization": "Bearer any"}
        answer = await client.post(address, json=query, headers=key)
    found: dict[str, Any] = answer.json()["data"]["post"]["metadata"]
    return found


async def test_threads_and_extras_of_a_file_reach_buffer_as_they_were_approved(
    stack: Stack,
) -> None:
    (stack.folder / "posting.yaml").write_text(OPTIONS)
    only = [f"--platform={one}" for one in ALL]
    campaign = await begin(stack, TOWN, *only, "--options", "posting.yaml")
    await campaign.reach(PostState.IN_REVIEW, count=len(ALL))
    await campaign.approve(*ALL)
    await campaign.reach(PostState.PUBLISHED, count=len(ALL))
    await confirm(campaign, *ALL)
    told = {one: await carried(campaign, one) for one in ALL}

    for platform in (X, MASTODON):
        draft = (await campaign.view(platform)).draft
        assert draft is not None
        texts = [item["text"] for item in told[platform]["thread"]]
        assert tuple(texts) == draft.thread
        assert len(texts) > 1
        assert [link(TOWN) in text for text in texts].index(True) == len(texts) - 1
        said = " ".join(" ".join(texts).split())
        assert sum(sentence in said for sentence in sentences(TOWN)) > 1
    assert told[MASTODON]["spoilerText"] == "Tides"
    assert told[LINKEDIN] == {
        "firstComment": f"Read it whole: {link(TOWN)}",
        "linkAttachment": {"url": link(TOWN)},
    }


async def test_the_variant_that_is_picked_reaches_buffer(stack: Stack) -> None:
    campaign = await begin(stack, "Scarborough", "--variants=3", "--platform=pinterest")
    await campaign.reach(PostState.IN_REVIEW, count=1)
    offered = await campaign.view(Platform.PINTEREST)
    name = offered.workflow_id

    shown = await stack.cli("show", name)
    wrong = await stack.cli("approve", name, "--pick", "4")
    picked = await stack.cli("approve", name, "--pick", "2", "--json")
    # Its card was drawn just now: it is approved when a person has seen that, too.
    again = await stack.cli("approve", name, "--json")
    await campaign.reach(PostState.PUBLISHED, count=1)
    await confirm(campaign, Platform.PINTEREST)

    drafts = [one.draft for one in offered.variants]
    assert len({one.headline for one in drafts}) == 3
    for number, draft in enumerate(drafts, 1):
        assert f"Variant {number} of 3:" in shown.out
        assert draft.text.splitlines()[0] in shown.out
    assert "pick 1 to 3" in wrong.out
    assert (wrong.code, picked.code, again.code) == (1, 0, 0)
    view = await campaign.view(Platform.PINTEREST)
    assert view.picked == 2
    assert view.draft is not None
    assert view.draft == view.variants[1].draft
    assert view.media[0].alt_text == view.draft.alt_text
    assert [one.pick for one in view.decisions] == [2, None]


async def test_a_blog_post_is_written_into_a_file_once(stack: Stack) -> None:
    (stack.folder / "b.md").write_text("# Tides\n\n" + "\n\n".join(sentences(TOWN)))

    first = await stack.cli("write", "b.md", "-o", "post.md", "--json")
    there = await stack.cli("write", "b.md", "-o", "post.md")
    again = await stack.cli("write", "b.md")

    page = (stack.folder / "post.md").read_text()
    assert (first.code, there.code, again.code) == (0, 2, 0)
    assert first.json["text"] == page
    assert page.startswith("---\ntitle: Tides\n")
    assert "model: extractive" in page
    assert "add --force" in there.err
    assert again.out.strip() == page.strip()
    assert "has its blog already" in again.err


async def test_options_that_cannot_be_kept_start_nothing(stack: Stack) -> None:
    (stack.folder / "wrong.yaml").write_text("networks:\n  youtube: {category: 3}\n")
    (stack.folder / "a.md").write_text("# Tides\n\nThe tide comes in.\n")

    wrong = await stack.cli("start", "a.md", "--options", "wrong.yaml")
    timed = await stack.cli("start", "a.md", "--mode", "shareNext", "--every", "1h")

    for told, said in ((wrong, "YouTube has no category '3'"), (timed, "--every away")):
        assert (told.code, told.out) == (2, "")
        assert said in told.err
        assert told.err.count("\n") == 1
