"""Three people of a team decide in the pages: each under their own name, key and rights."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from app.connections import Connections
from emulators.launch import ONE_PARTITION, temporal_binary
from galley.clients.storage import ObjectStore
from galley.models.team import Policy, Team
from galley.settings import Settings
from tests.review.test_signatures import KEYS, PEOPLE
from tests.workflows.harness import Post, until
from tests.workflows.post_harness import PostHarness, open_post_harness
from web.access import COOKIE
from web.app import create_app
from web.site import Site
from workflows import ids
from workflows.post.workflow import PostWorkflow

pytestmark = [pytest.mark.server]

STAGED = Team(
    people=PEOPLE,
    policies={
        "acme": Policy(
            channels=("x-main",), approvals=2, stages=("editor", "legal"), no_self_approval=True
        )
    },
)
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_HIDDEN = re.compile(r'name="(revision|digest)" value="([^"]+)"')


@pytest.fixture(name="temporal")
async def _temporal() -> AsyncIterator[Client]:
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] -- one parameter of the SDK is untyped
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_binary()),
        dev_server_extra_args=ONE_PARTITION,
        search_attributes=ids.ALL,
    ) as environment:
        yield environment.client


@pytest.fixture(name="harness")
async def _harness(temporal: Client, state_store: ObjectStore) -> AsyncIterator[PostHarness]:
    async with open_post_harness(temporal, state_store, STAGED) as harness:
        yield harness


@pytest.fixture(name="site")
def _site(temporal: Client, tmp_path: Path) -> Site:
    for name, key in KEYS.items():
        file = tmp_path / f"{name}.pem"
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    async def connect() -> Client:
        return temporal

    settings = Settings.model_construct(team=tmp_path / "team.yaml")
    site = Site(Connections(settings, connect), team=STAGED, keys=tmp_path)
    site.sending.held_seconds = 0.1
    return site


async def says(site: Site, name: str, post: Post) -> str:
    """Approve a post as a person does, and return what the next pages tell them."""
    transport = httpx.ASGITransport(create_app(site))
    cookies = {COOKIE: site.sessions.begin(name)}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", cookies=cookies, follow_redirects=True
    ) as browser:
        shown = (await browser.get(f"/posts/{post.id}")).text
        token = _CSRF.search(shown)
        assert token
        fields = {"csrf": token[1], **dict(_HIDDEN.findall(shown))}
        told = await browser.post(f"/posts/{post.id}/approve", data=fields)

        async def heard() -> str:
            pages = [told.text, (await browser.get(f"/posts/{post.id}")).text]
            return " ".join(one for page in pages for one in re.findall(r'"told">([^<]+)', page))

        return await until(heard, bool)


async def test_two_of_three_approve_in_turn_and_the_page_says_for_whom_it_waits(
    harness: PostHarness, site: Site
) -> None:
    post = await harness.reviewed(is_signed=True)
    too_early = await says(site, "lee", post)
    no_stage = await says(site, "ann", post)
    shown = site.why_no_right(await post.query(PostWorkflow.view), "lee")
    first = await says(site, "kim", post)
    again = await says(site, "kim", post)
    waits = await post.query(PostWorkflow.view)
    second = await says(site, "lee", post)
    view = await post.query(PostWorkflow.view)
    job = await harness.job()

    assert "waits for stage editor" in too_early
    assert "waits for stage editor" in no_stage
    assert "waits for stage editor" in shown
    assert "approved" in first
    assert "kim has approved it already" in again
    assert waits.waiting_for == "1 of 2 approvals; waiting for stage legal"
    assert "is approved. It goes out" in second
    assert [one.by for one in view.decisions] == ["kim", "lee"]
    assert job.approval
    assert all(one.signature for one in job.approval.decisions)
