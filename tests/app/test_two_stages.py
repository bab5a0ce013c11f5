"""Three people, two stages, one campaign: from the first draft to a pack that proves itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from app.campaigns.sources import read_source
from app.campaigns.start import CampaignRequest, start_campaign
from app.connections import Connections
from app.posts.views import read_view
from app.records.audit_pack import check_pack, export_campaign, faults_of
from app.review.decisions import DecisionRequest, DecisionResult, decide
from app.review.edits import EditRequest, edit_posts
from galley.clients.team_file import make_key, read_team
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.post import PostState, PostView
from galley.models.review import DecisionKind, RefusalReason
from galley.review.approvers import StillNeeded
from galley.settings import Settings
from tests.end_to_end.stack import BUFFER_KEY, Stack
from tests.end_to_end.texts import article
from tests.end_to_end.waiting import until
from workers.queues import refuse_without_team
from workflows.campaign.workflow import CampaignWorkflow
from workflows.ids import Queue

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]

POLICY = """
policies:
  default: {approvals: 2, stages: [editor, legal], no_self_approval: true,
            escalate_after: 4, escalate_to: Wendy}
"""
ROLES = {"Wendy": "writer, editor", "Ed": "editor", "Lea": "legal"}


@dataclass
class Office:
    """Three people, each at a machine with a key of their own."""

    stack: Stack
    people: dict[str, Connections]
    team: Path
    post: str = ""

    async def says(self, by: str, kind: DecisionKind, note: str = "") -> DecisionResult:
        request = DecisionRequest(kind, note)
        (result,) = await decide(self.people[by], self.post, request, by=by)
        return result

    async def seen(self) -> PostView:
        view = await read_view(self.stack.client, self.post)
        assert view is not None
        return view

    async def until_state(self, state: PostState) -> None:
        async def is_so() -> bool:
            return (await self.seen()).state is state

        await until(is_so, seconds=60)


@pytest.fixture(name="office")
async def _office(tmp_path: Path) -> AsyncIterator[Office]:
    team, keys = tmp_path / "team.yaml", {name: tmp_path / f"{name}.pem" for name in ROLES}
    people = "\n".join(
        f"  - {{name: {name}, roles: [{roles}], key: {make_key(keys[name])}}}"
        for name, roles in ROLES.items()
    )
    team.write_text(f"people:\n{people}\n{POLICY}")
    stack = Stack(tmp_path / "stack", GALLEY_TEAM=str(team))
    common = Settings.model_construct(
        storage_emulator_host=stack.environment["STORAGE_EMULATOR_HOST"],
        buffer_api_url=stack.environment["BUFFER_API_URL"],
        buffer_api_key=SecretStr(BUFFER_KEY),
        team=team,
        publish_lead_seconds=2,
    )

    async def client() -> Client:
        return stack.client

    try:
        await stack.start()
        machines = {
            name: Connections(common.model_copy(update={"reviewer_key_file": key}), client)
            for name, key in keys.items()
        }
        yield Office(stack, machines, team)
    finally:
        stack.close()


async def test_a_campaign_of_two_stages_goes_out_as_two_people_approved_it_and_proves_it(
    office: Office, tmp_path: Path
) -> None:
    await _start(office, tmp_path)
    await _turn_down(office)
    await _wait_for_another(office)
    await _approve(office)
    await _prove(office, tmp_path)


async def _start(office: Office, folder: Path) -> None:
    """Start one post, by a person whose own settings name no team."""
    file = folder / "tides.md"
    file.write_text(article("Alderney"))
    wendy = office.people["Wendy"]
    alone = Connections(wendy.settings.model_copy(update={"team": None}), wendy.temporal)
    request = CampaignRequest(
        read_source(str(file)), CampaignOptions(platforms=(Platform.X,)), started_by="Somebody"
    )
    started = await start_campaign(alone, request)
    campaign = office.stack.client.get_workflow_handle_for(
        CampaignWorkflow.run, started.campaign_id
    )
    view = await campaign.result()
    assert any("set GALLEY_TEAM" in note for note in view.notes)
    office.post = view.posts[0].workflow_id
    await office.until_state(PostState.IN_REVIEW)


async def _turn_down(office: Office) -> None:
    """The writer edits, and may not approve it; the editor does, and legal turns it down."""
    changed = EditRequest(items=("Alderney: the tide turns at noon.",))

    async def unseen(*_seen: object) -> bool:
        raise AssertionError("nothing is to be shown")

    (edited,) = await edit_posts(
        office.people["Wendy"],
        office.post,
        changed,
        lambda _view, _pick: asyncio.sleep(0, None),
        by="Wendy",
        look=unseen,
    )
    own = await office.says("Wendy", DecisionKind.APPROVE)
    early = await office.says("Lea", DecisionKind.APPROVE)
    first = await office.says("Ed", DecisionKind.APPROVE)

    assert edited.ok
    assert own.refusal is not None
    assert own.refusal.reason is RefusalReason.SELF_APPROVAL
    assert early.refusal is not None
    assert early.refusal.reason is RefusalReason.NO_RIGHT
    assert first.ok
    assert first.still_needed == StillNeeded(1, ("Lea",), is_staged=False)
    assert own.still_needed is None
    waiting = await office.seen()
    assert waiting.waiting_for == "1 of 2 approvals; waiting for stage legal"

    down = await office.says("Lea", DecisionKind.REGENERATE, note="Say nothing of the tide.")
    await office.until_state(PostState.IN_REVIEW)
    anew = await office.seen()

    assert down.ok
    assert anew.revision == waiting.revision + 1
    assert anew.approvals == ()
    assert "Ed had approved" in anew.notice


async def _wait_for_another(office: Office) -> None:
    """Nobody decides, and the post is put before another."""

    async def is_escalated() -> bool:
        return "it is now up to Wendy" in (await office.seen()).notice

    await until(is_escalated, seconds=30)


async def _approve(office: Office) -> None:
    assert (await office.says("Ed", DecisionKind.APPROVE)).ok
    again = await office.says("Ed", DecisionKind.APPROVE)
    assert again.refusal is not None
    assert (await office.seen()).state is PostState.IN_REVIEW
    assert (await office.says("Lea", DecisionKind.APPROVE)).ok
    await office.until_state(PostState.PUBLISHED)


async def _prove(office: Office, folder: Path) -> None:
    """What Buffer has is what two approved; the pack says so, and one changed bit says no."""
    view, wendy = await office.seen(), office.people["Wendy"]
    pack = await export_campaign(wendy, office.post.split(":")[1])
    file = folder / "audit.zip"
    file.write_bytes(pack.data)
    (sent,) = await office.stack.buffer.ledger()

    assert view.draft is not None
    assert sent["text"] == view.draft.text
    assert {one.by for one in view.approvals} == {"Ed", "Lea"}
    assert check_pack(file, office.team) == []
    team = read_team(office.team)
    for place in range(0, len(pack.data), len(pack.data) // 40):
        altered = bytearray(pack.data)
        altered[place] ^= 1
        assert faults_of(bytes(altered), team) != []
    strangers = team.model_copy(update={"people": team.people[:2]})
    assert faults_of(pack.data, strangers) != []
    with pytest.raises(RuntimeError, match="set GALLEY_TEAM"):
        await refuse_without_team(
            wendy.settings.model_copy(update={"team": None}), [Queue.PUBLISHING]
        )
