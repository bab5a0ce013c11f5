"""One campaign from its source to its last post, through ``app`` alone.

No face takes part: what a web page or an agent could ask for is asked here.
"""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from app.accounts.pauses import Reach, ScopeRequest, pause, resume
from app.campaigns.follow import Watch, until_planned
from app.campaigns.plan import plan_campaign
from app.campaigns.sources import GivenSource, read_source
from app.campaigns.start import CampaignRequest, campaign_input, start_campaign
from app.connections import Connections
from app.errors import ConflictError, InvalidOptionError, OtherOptionsError
from app.health.status import read_status
from app.posts.directory import PostRow, reach
from app.records.audit_pack import export_campaign
from app.records.costs import post_costs
from app.records.inquiry import Findings, inquire
from app.review.changes import ChangeResult, change_selected, select
from app.review.decisions import DecisionRequest, DecisionResult, decide
from app.review.inbox import PostSearch, ShownPost, list_inbox, show_named
from galley.models.media import MediaMaker
from galley.models.network import Platform
from galley.models.options import CampaignOptions, MediaOptions
from galley.models.post import PostState
from galley.models.review import ChangeKind, ChangeRequest, DecisionKind
from galley.models.schedule import Timing
from galley.settings import Settings
from tests.end_to_end.stack import BUFFER_KEY, Stack
from tests.end_to_end.texts import article
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]

KIM = "kim"
NETWORKS = (Platform.X, Platform.BLUESKY, Platform.MASTODON)


class Campaign:
    """What a person does with one campaign, as a face would carry it out."""

    def __init__(self, opened: Connections, source: GivenSource) -> None:
        self.opened = opened
        self.source = source
        self.key = ""

    def request(self, **options: object) -> CampaignRequest:
        timing = Timing(start_at=datetime.now(UTC) + timedelta(hours=2))
        wanted = CampaignOptions(platforms=NETWORKS, timing=timing)
        asked = wanted.model_copy(update=options)
        return CampaignRequest(self.source, asked, started_by=KIM)

    async def posts(self) -> dict[str, PostRow]:
        return {row.platform: row for row in (await reach(self.opened, self.key)).posts}

    async def until_state(self, state: PostState, name: str = "") -> None:
        async def is_so() -> bool:
            posts = await self.posts()
            wanted = [name] if name else list(NETWORKS)
            return all(one in posts and posts[one].state == state for one in wanted)

        await until(is_so, seconds=60)

    async def decide(self, kind: DecisionKind, name: str = "") -> list[DecisionResult]:
        whole = f"{self.key}/{name}" if name else self.key
        return await decide(self.opened, whole, DecisionRequest(kind), by=KIM)

    async def change(self, name: str, request: ChangeRequest) -> ChangeResult:
        meant = await select(self.opened, f"{self.key}/{name}", request.kind)
        (result,) = await change_selected(self.opened, meant, request)
        return result

    async def why(self, name: str) -> Findings:
        return await inquire(self.opened, f"{self.key}/{name}")


@pytest.fixture(name="opened")
async def _opened(tmp_path: Path) -> AsyncIterator[Connections]:
    stack = Stack(tmp_path / "stack")
    settings = Settings.model_construct(
        storage_emulator_host=stack.environment["STORAGE_EMULATOR_HOST"],
        buffer_api_url=stack.environment["BUFFER_API_URL"],
        buffer_api_key=SecretStr(BUFFER_KEY),
        poll_seconds=1,
        publish_lead_seconds=2,
    )

    async def client() -> Client:
        return stack.client

    try:
        await stack.start()
        yield Connections(settings, client)
    finally:
        stack.close()


async def test_a_campaign_is_planned_started_decided_changed_paused_and_explained(
    opened: Connections, tmp_path: Path
) -> None:
    file = tmp_path / "tides.md"
    file.write_text(article("Alderney"))
    campaign = Campaign(opened, read_source(str(file)))

    await _start(campaign)
    await _review(campaign)
    await _pause(campaign)
    await _change(campaign)
    await _explain(campaign)


async def _start(campaign: Campaign) -> None:
    """Plan, start once, and be told of options that cannot be or are others."""
    opened, request = campaign.opened, campaign.request()
    planned = await plan_campaign(opened, campaign_input(request, opened.settings))
    assert {post.platform for post in planned.posts} == set(NETWORKS)
    assert not [row async for row in _all_campaigns(opened)]

    film = MediaOptions(maker=MediaMaker.IMAGE, narrate=True)
    with pytest.raises(InvalidOptionError, match=r"^media\.narrate reads a film"):
        await start_campaign(opened, campaign.request(media=film))

    started = await start_campaign(opened, request)
    campaign.key = started.campaign_id.partition(":")[2]
    assert started.is_new
    view = await until_planned(opened, started.campaign_id)
    assert view is not None
    assert Counter(post.platform for post in view.posts) == Counter(NETWORKS)

    assert not (await start_campaign(opened, request)).is_new
    with pytest.raises(OtherOptionsError) as refused:
        await start_campaign(opened, campaign.request(brief="Shorter."))
    assert refused.value.differences[0] == "brief"


async def _all_campaigns(opened: Connections) -> AsyncIterator[str]:
    client = await opened.temporal()
    async for run in client.list_workflows('WorkflowType="CampaignWorkflow"'):
        yield run.id


async def _review(campaign: Campaign) -> None:
    """Find the drafts in the inbox, reject one and approve the others."""
    opened = campaign.opened
    await campaign.until_state(PostState.IN_REVIEW)
    inbox = await list_inbox(opened, PostSearch(needs_person=True))
    assert {row.platform for row in inbox.posts} == set(NETWORKS)
    shown = await show_named(opened, f"{campaign.key}/x")
    assert isinstance(shown, ShownPost)
    assert shown.view is not None
    assert shown.view.draft is not None
    assert shown.row.opening
    assert " ".join(shown.view.draft.text.split()).startswith(shown.row.opening)

    (rejected,) = await campaign.decide(DecisionKind.REJECT, "mastodon")
    approved = await campaign.decide(DecisionKind.APPROVE)

    assert rejected.ok
    assert [one.ok for one in approved] == [True, True]
    await campaign.until_state(PostState.SCHEDULED, "x")
    await campaign.until_state(PostState.SCHEDULED, "bluesky")
    with pytest.raises(ConflictError):
        await campaign.decide(DecisionKind.APPROVE)


async def _pause(campaign: Campaign) -> None:
    """Take what is scheduled out of Buffer, and put it back."""
    opened, scope = campaign.opened, ScopeRequest(campaign=campaign.key)

    report = await pause(opened, scope, by=KIM, note="A recall", pull_back=True)

    assert report.is_heard
    assert len(report.of(Reach.PULLED_BACK)) == 2

    # Temporal's list follows what the posts say of themselves.
    async def is_listed() -> bool:
        listed = (await list_inbox(opened, PostSearch())).posts
        return {post.state for post in listed} == {PostState.PULLED_BACK, PostState.REJECTED}

    await until(is_listed, seconds=30)
    (why,) = (await campaign.why("x")).account.pauses
    assert (why.by, why.note) == (KIM, "A recall")

    report = await resume(opened, scope, by=KIM)

    assert len(report.of(Reach.PUT_BACK)) == 2
    assert not report.still_paused


async def _change(campaign: Campaign) -> None:
    """Have one post published sooner, and take the other back."""
    soon = datetime.now(UTC) + timedelta(seconds=6)
    sooner = ChangeRequest(kind=ChangeKind.RESCHEDULE, by=KIM, due_at=soon)

    moved = await campaign.change("x", sooner)
    back = await campaign.change(
        "bluesky", ChangeRequest(kind=ChangeKind.RETRACT, by=KIM, note="Not now")
    )

    assert moved.is_confirmed
    assert back.is_confirmed
    watch = Watch(await campaign.opened.temporal(), f"campaign:{campaign.key}", is_new=True)

    async def is_settled() -> bool:
        await watch.refresh()
        return watch.is_settled

    await until(is_settled, seconds=90)
    assert {post.plan.platform: post.state for post in watch.posts.values()} == {
        Platform.X: PostState.PUBLISHED,
        Platform.BLUESKY: PostState.RETRACTED,
        Platform.MASTODON: PostState.REJECTED,
    }


async def _explain(campaign: Campaign) -> None:
    """Ask why, what it cost, how everything is, and for the records."""
    opened = campaign.opened
    published, retracted = await campaign.why("x"), await campaign.why("bluesky")

    assert published.kept.receipt is not None
    assert any(f"by {KIM}" in one.what for one in published.happenings)
    assert any(one.what.startswith("createPost") for one in published.calls)
    assert any("Not now" in one.what for one in retracted.happenings)

    costs = await post_costs(opened, campaign.key)
    # The posts were written together, and X alone was asked to be written anew.
    assert sum(row.calls for row in costs) > 0
    status = await read_status(opened)
    assert status.needs_you == 0
    assert (await export_campaign(opened, campaign.key)).data
