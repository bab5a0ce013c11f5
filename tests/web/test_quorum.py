"""Three people of a team decide in the pages: each under their own name, key and rights."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from app.connections import Connections
from galley.clients.storage import ObjectStore
from galley.models.network import Platform
from galley.models.team import Team
from galley.review.approvers import why_not_approve
from galley.settings import Settings
from tests.review.test_signatures import PEOPLE
from tests.web.desk import STAGED
from tests.workflows.harness import Post, until
from tests.workflows.post_harness import PostHarness, open_post_harness
from web.access import COOKIE
from web.app import create_app
from web.site import Site
from workflows.post.workflow import PostWorkflow

pytestmark = [pytest.mark.server]

TEAM = Team(people=PEOPLE, policies={"acme": STAGED})
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_HIDDEN = re.compile(r'name="(revision|digest)" value="([^"]+)"')


@pytest.fixture(name="harness")
async def _harness(temporal: Client, state_store: ObjectStore) -> AsyncIterator[PostHarness]:
    async with open_post_harness(temporal, state_store, TEAM) as harness:
        yield harness


@pytest.fixture(name="site")
def _site(temporal: Client, keys: Path) -> Site:
    async def connect() -> Client:
        return temporal

    file = keys / "team.yaml"
    file.write_text(TEAM.model_dump_json())
    site = Site(Connections(Settings.model_construct(team=file), connect), keys=keys)
    site.sending.undo_seconds = 0.1
    return site


@asynccontextmanager
async def signed_in(site: Site, name: str) -> AsyncGenerator[httpx.AsyncClient]:
    """Give the browser of a person."""
    transport, cookie = httpx.ASGITransport(create_app(site)), site.sessions.begin(name)
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://localhost",
        cookies={COOKIE: cookie},
        follow_redirects=True,
    ) as browser:
        yield browser


async def form_of(browser: httpx.AsyncClient, post: Post) -> dict[str, object]:
    """Return what the forms of a post's page hold before anybody types."""
    shown = (await browser.get(f"/posts/{post.id}")).text
    token = _CSRF.search(shown)
    assert token
    return {"csrf": token[1], **dict(_HIDDEN.findall(shown))}


async def send(browser: httpx.AsyncClient, post: Post, what: str, **typed: object) -> str:
    """Send a form of a post's page, and return what the next pages tell."""
    fields = await form_of(browser, post) | typed
    told = await browser.post(f"/posts/{post.id}/{what}", data=fields)

    async def heard() -> str:
        pages = [told.text, (await browser.get(f"/posts/{post.id}")).text]
        return " ".join(one for page in pages for one in re.findall(r'"told">([^<]+)', page))

    return await until(heard, bool)


async def test_an_approval_that_counted_is_told_so_though_the_team_file_broke_meanwhile(
    harness: PostHarness, site: Site, keys: Path
) -> None:
    site.sending.undo_seconds = 60
    post = await harness.reviewed(is_signed=True)
    async with signed_in(site, "kim") as browser:
        fields = await form_of(browser, post)
        await browser.post(f"/posts/{post.id}/approve", data=fields)
        (keys / "team.yaml").write_text("people: {")
        await site.sending.close()
        (keys / "team.yaml").write_text(TEAM.model_dump_json())
        told = (await browser.get(f"/posts/{post.id}")).text

    assert [one.by for one in (await post.query(PostWorkflow.view)).decisions] == ["kim"]
    assert "Nothing was decided" not in told
    assert " is approved." in told


async def says(site: Site, name: str, post: Post) -> str:
    """Approve a post as a person does, and return what the next pages tell them."""
    async with signed_in(site, name) as browser:
        return await send(browser, post, "approve")


async def test_two_of_three_approve_in_turn_and_each_is_told_whose_approval_is_still_needed(
    harness: PostHarness, site: Site
) -> None:
    post = await harness.reviewed(is_signed=True)
    too_early = await says(site, "lee", post)
    no_stage = await says(site, "ann", post)
    shown = why_not_approve(site.team, await post.query(PostWorkflow.view), "lee")
    first = await says(site, "kim", post)
    again = await says(site, "kim", post)
    waits = await post.query(PostWorkflow.view)
    second = await says(site, "lee", post)
    view = await post.query(PostWorkflow.view)
    job = await harness.job()

    assert "waits for stage editor" in too_early
    assert "waits for stage editor" in no_stage
    assert "waits for stage editor" in shown
    assert "your approval counts. It needs 1 more approval from lee" in first
    assert "kim has approved it already" in again
    assert waits.waiting_for == "1 of 2 approvals; waiting for stage legal"
    assert "is approved. It goes out" in second
    assert [one.by for one in view.decisions] == ["kim", "lee"]
    assert job.approval
    assert all(one.signature for one in job.approval.decisions)


async def test_an_edit_that_was_not_taken_stays_in_the_form_of_its_variant(
    harness: PostHarness, site: Site
) -> None:
    post = await harness.reviewed(is_signed=True, variants=2)
    async with signed_in(site, "kim") as browser:
        # Of a revision that is gone, as when another person was faster.
        told = await send(browser, post, "edit", pick=2, revision=9, item="Words for the second.")
        shown = (await browser.get(f"/posts/{post.id}")).text

    first, second = shown.split('id="edit-2"')
    assert "Nothing was decided" in told
    assert "Words for the second." not in first
    assert "Words for the second." in second


async def test_words_that_a_dead_worker_did_not_take_are_still_in_the_form(
    temporal: Client, state_store: ObjectStore, site: Site
) -> None:
    harness = PostHarness(client=temporal, store=state_store, team=TEAM)
    async with signed_in(site, "kim") as browser:
        async with harness.worker():
            post = await harness.reviewed(is_signed=True)
            fields = await form_of(browser, post) | {"item": "Words of kim."}
        refused = await browser.post(f"/posts/{post.id}/edit", data=fields)
        async with harness.worker():
            back = (await browser.get(f"/posts/{post.id}")).text
            before = await post.query(PostWorkflow.view)
            told = await send(browser, post, "edit", item="Words of kim.")
            after = (await browser.get(f"/posts/{post.id}")).text

    not_taken = "These are your words, which the post has not taken."
    assert refused.status_code == 503
    assert "No worker answers" in refused.text
    assert before.revision == 1
    assert not_taken in back
    assert ">Words of kim.</textarea>" in back
    assert "is edited" in told
    assert not_taken not in after
    assert ">Words of kim.</textarea>" in after


async def test_a_right_is_given_and_taken_by_the_team_file_alone(
    harness: PostHarness, site: Site, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    post = await harness.reviewed(is_signed=True)
    async with signed_in(site, "kim") as browser:
        before = (await browser.get(f"/posts/{post.id}")).text
        others = [one.model_copy(update={"networks": (Platform.LINKEDIN,)}) for one in PEOPLE[:1]]
        team = Team(people=(*others, *PEOPLE[1:]))
        (keys / "team.yaml").write_text(team.model_dump_json())
        after = (await browser.get(f"/posts/{post.id}")).text
        told = [
            await send(browser, post, what, item="Other words.", note="Why", at="2099-01-01T10:00")
            for what in ("edit", "reject", "regenerate", "change/reschedule")
        ]
        (keys / "team.yaml").write_text("people: {")
        broken = await browser.get("/")
        (keys / "team.yaml").write_text(Team(people=PEOPLE[1:]).model_dump_json())
        left = await browser.get("/")

    for act in ("/edit", "/reject", "/regenerate", "/change/reschedule"):
        assert f'{post.id}{act}"' in before.replace("%3A", ":")
        assert f'{post.id}{act}"' not in after.replace("%3A", ":")
    assert "kim may not approve it: " in after
    assert "kim may not edit it, ask for a new draft, reject it or reschedule it: ann may." in after
    assert all("kim may not" in one for one in told)
    assert (await post.query(PostWorkflow.view)).decisions == ()
    assert broken.status_code == 503
    assert "The team file cannot be used" in broken.text
    assert "YAML" not in broken.text
    assert "is no YAML" in caplog.text
    assert left.status_code == 401
