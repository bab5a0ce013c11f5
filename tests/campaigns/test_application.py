"""One campaign through the application layer alone, as any face would drive it."""

import asyncio
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image
from temporalio.client import Client

from app.accounts.pauses import Reach, ScopeRequest, pause, resume
from app.campaigns.attachments import GivenFile
from app.campaigns.follow import Watch, until_planned
from app.campaigns.plan import plan_campaign
from app.campaigns.sources import read_source
from app.campaigns.start import CampaignRequest, campaign_input, start_campaign
from app.connections import Connections
from app.errors import (
    ConflictError,
    InvalidOptionError,
    InvalidRequestError,
    NotFoundError,
    OtherOptionsError,
)
from app.health.status import read_status
from app.posts.media import media_of
from app.records.audit_pack import check_pack, export_campaign
from app.records.costs import all_costs, post_costs
from app.records.erasure import erase_named
from app.records.facts import facts_of
from app.records.inquiry import advice, inquire
from app.review.changes import change_selected, select
from app.review.decisions import DecisionRequest, decide
from app.review.edits import EditRequest, MediaRequest, edit_posts
from app.review.inbox import PostSearch, ShownCampaign, ShownPost, list_inbox, show_named
from cli.errors import command_of
from galley.models.draft import DraftEdit
from galley.models.media import MediaMaker
from galley.models.network import Platform
from galley.models.options import CampaignOptions, MediaOptions
from galley.models.post import PostState, PostView
from galley.models.records import Erasure
from galley.models.review import ChangeKind, ChangeRequest, DecisionKind
from galley.models.schedule import Timing
from galley.settings import Settings
from tests.end_to_end.stack import Stack
from tests.end_to_end.texts import article
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.server]

X, LINKEDIN, MASTODON = NETWORKS = (Platform.X, Platform.LINKEDIN, Platform.MASTODON)
BY = "kim"
LATER = datetime(2031, 5, 6, 7, 8, tzinfo=UTC)
ERASURE = Erasure(at=datetime(2026, 12, 1, tzinfo=UTC), by=BY)


def opened(stack: Stack) -> Connections:
    """Return connections to a stack; nothing is read from this process's settings."""
    pauses = "GALLEY_RECONCILE_PAUSES"  # JSON, as only an environment has it
    named = {name: it for name, it in stack.environment.items() if name != pauses}
    given = cast("dict[str, Any]", {**named, "_env_file": None})

    async def connect() -> Client:
        return stack.client

    return Connections(Settings(**given), connect)


def asked(stack: Stack, town: str, **options: object) -> CampaignRequest:
    """Return a wish for a campaign about a town."""
    file = stack.folder / f"{town}.md"
    file.write_text(article(town))
    timing = Timing(start_at=datetime.now(UTC) + timedelta(hours=1))
    wanted = CampaignOptions(platforms=NETWORKS, timing=timing).model_copy(update=options)
    return CampaignRequest(read_source(str(file)), wanted, started_by=BY)


async def campaigns(stack: Stack) -> int:
    return (await stack.client.count_workflows('WorkflowType="CampaignWorkflow"')).count


async def planned(connections: Connections, stack: Stack, town: str) -> str:
    """Plan a campaign, and start it once, though it is asked for twice; return its key."""
    request, before = asked(stack, town), await campaigns(stack)
    plan = await plan_campaign(connections, campaign_input(request, connections.settings))
    film = MediaOptions(maker=MediaMaker.IMAGE, narrate=True)
    with pytest.raises(InvalidOptionError, match=r"^media\.narrate reads a film"):
        await start_campaign(connections, asked(stack, town, media=film))
    assert await campaigns(stack) == before

    started = await start_campaign(connections, request)
    again = await start_campaign(connections, request)
    with pytest.raises(OtherOptionsError) as refused:
        await start_campaign(connections, asked(stack, town, brief="Shorter."))

    assert {post.platform for post in plan.posts} == {*NETWORKS}
    assert (started.is_new, again.is_new) == (True, False)
    assert started.campaign_id == again.campaign_id
    assert refused.value.differences[0] == "brief"
    view = await until_planned(connections, started.campaign_id)
    assert view is not None
    assert sorted(post.platform for post in view.posts) == sorted(NETWORKS)
    return started.campaign_id.removeprefix("campaign:")


async def until_in(
    connections: Connections, key: str, states: Mapping[Platform, PostState]
) -> None:
    """Wait until these, which are all of a campaign, are in these states."""

    async def are_in() -> bool:
        shown = await show_named(connections, key)
        assert isinstance(shown, ShownCampaign)
        return {row.platform: row.state for row in shown.posts} == states

    await until(are_in)


async def illustrated(connections: Connections, name: str, folder: Path) -> None:
    """Attach a picture of a person's own, whose camera wrote down where it was."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[29] = "2026:05:06"  # GPSDateStamp
    exif[0x010F] = "a camera with a serial number"
    own, other = folder / "own.jpg", folder / "other.jpg"
    Image.new("RGB", (1200, 900), "teal").save(own, exif=exif)
    other.write_text("This is no picture.")
    before = (await inquire(connections, name)).view

    both = MediaRequest(attach=(GivenFile(own), GivenFile(other)))
    with pytest.raises(InvalidRequestError, match=r"other\.jpg cannot be attached"):
        await edit_posts(connections, name, EditRequest(media=both), nobody, by=BY, look=unseen)
    assert (await inquire(connections, name)).view == before

    request = EditRequest(media=MediaRequest(attach=(GivenFile(own, alt_text="Teal"),)))
    [done] = await edit_posts(connections, name, request, nobody, by=BY, look=unseen)
    assert done.view is not None
    files = [file async for file in media_of(connections, done.view)]

    assert [file.alt_text for file in files] == ["Teal"]
    assert b"serial number" in await asyncio.to_thread(own.read_bytes)
    assert b"serial number" not in files[0].data
    assert not Image.open(io.BytesIO(files[0].data)).getexif()


async def nobody(_view: PostView, _pick: int | None) -> DraftEdit | None:
    raise AssertionError("nobody is here to edit")


async def unseen(_views: list[PostView]) -> bool:
    raise AssertionError("nothing is approved here")


async def reviewed(connections: Connections, key: str) -> None:
    """Look at a campaign's drafts, reject one, and approve the others while it is paused."""
    inbox = await list_inbox(connections, PostSearch(campaign=key, needs_person=True))
    assert [row.state for row in inbox.posts] == ["in_review"] * 3
    proof = await show_named(connections, f"{key}/x")
    assert isinstance(proof, ShownPost)
    assert proof.view is not None
    assert proof.view.draft is not None
    assert proof.row.opening
    assert " ".join(proof.view.draft.text.split()).startswith(proof.row.opening)
    facts = await facts_of(connections, f"{key}/x")
    assert len(facts.passages) == len(proof.view.facts) > 0

    scope = ScopeRequest(campaign=key)
    stopped = await pause(connections, scope, by=BY, note="wait")
    reject, approve = DecisionRequest(DecisionKind.REJECT), DecisionRequest(DecisionKind.APPROVE)
    [rejected] = await decide(connections, f"{key}/mastodon", reject, by=BY)
    approved = await decide(connections, key, approve, by=BY)
    found = await inquire(connections, f"{key}/x")
    await resume(connections, scope, by=BY)

    assert stopped.is_heard
    assert rejected.ok
    assert [one.ok for one in approved] == [True, True]
    assert [one.note for one in found.account.pauses] == ["wait"]
    assert f"resume --campaign {key}" in command_of(advice(found)[0])
    scheduled = dict.fromkeys((X, LINKEDIN), PostState.SCHEDULED)
    await until_in(connections, key, {**scheduled, MASTODON: PostState.REJECTED})
    with pytest.raises(ConflictError):
        await decide(connections, key, approve, by=BY)


async def pulled_back(connections: Connections, key: str) -> None:
    """Take what is scheduled out of Buffer, and put it back."""
    scope = ScopeRequest(campaign=key)
    report = await pause(connections, scope, by=BY, note="A recall", pull_back=True)
    assert report.is_heard
    assert len(report.of(Reach.PULLED_BACK)) == 2

    # Temporal's list follows what the posts say of themselves.
    async def is_listed() -> bool:
        listed = (await list_inbox(connections, PostSearch(campaign=key))).posts
        return {post.state for post in listed} == {PostState.PULLED_BACK, PostState.REJECTED}

    await until(is_listed)
    [why] = (await inquire(connections, f"{key}/x")).account.pauses
    assert (why.by, why.note) == (BY, "A recall")

    report = await resume(connections, scope, by=BY)
    assert len(report.of(Reach.PUT_BACK)) == 2
    assert not report.still_paused


async def changed(connections: Connections, key: str) -> None:
    """Give one of its posts a later time and take it back; have the other published sooner."""
    move = ChangeRequest(kind=ChangeKind.RESCHEDULE, by=BY, due_at=LATER)
    one = await select(connections, f"{key}/x", move.kind)
    [moved] = await change_selected(connections, one, move)
    assert (moved.is_confirmed, moved.due_at) == (True, LATER)
    with pytest.raises(ConflictError, match="Nothing was erased"):
        await erase_named(connections, key, ERASURE)

    retract = ChangeRequest(kind=ChangeKind.RETRACT, by=BY, note="Not now")
    [ended] = await change_selected(connections, one, retract)
    soon = datetime.now(UTC) + timedelta(seconds=6)
    sooner = ChangeRequest(kind=ChangeKind.RESCHEDULE, by=BY, due_at=soon)
    other = await select(connections, f"{key}/linkedin", sooner.kind)
    [published] = await change_selected(connections, other, sooner)
    assert ended.state == "retracted"
    assert published.is_confirmed
    await settled(connections, key)


async def settled(connections: Connections, key: str) -> None:
    """Follow a campaign until none of its posts is on its way."""
    watch = Watch(await connections.temporal(), f"campaign:{key}", is_new=True)

    async def is_settled() -> bool:
        await watch.refresh()
        return watch.is_settled

    await until(is_settled)
    assert {post.plan.platform: post.state for post in watch.posts.values()} == {
        X: PostState.RETRACTED,
        LINKEDIN: PostState.PUBLISHED,
        MASTODON: PostState.REJECTED,
    }


async def accounted_for(
    connections: Connections, key: str, pack: Path, *, needs_you: int | None
) -> None:
    """Ask what happened to its posts, what they cost, how all is, and for an audit pack."""
    story = await inquire(connections, f"{key}/linkedin")
    other = await inquire(connections, f"{key}/x")
    costs = await all_costs(connections)
    posts = await post_costs(connections, key)
    status = await read_status(connections)
    data = (await export_campaign(connections, key)).data
    await asyncio.to_thread(pack.write_bytes, data)

    assert story.kept.receipt is not None
    assert any("approval of revision 1 by kim" in one.what for one in story.happenings)
    assert any(one.what.startswith("createPost: created") for one in story.calls)
    assert any("Not now" in one.what for one in other.happenings)
    assert [row.calls > 0 for row in costs.campaigns if key in row.id] == [True]
    assert story.row.workflow_id in {row.id for row in posts}
    assert status.needs_you == needs_you
    assert check_pack(pack) == []


async def test_a_campaign_is_planned_decided_changed_accounted_for_and_erased(stack: Stack) -> None:
    connections = opened(stack)
    before = (await read_status(connections)).needs_you
    key = await planned(connections, stack, "Robin Hood's Bay")
    await until_in(connections, key, dict.fromkeys(NETWORKS, PostState.IN_REVIEW))
    await illustrated(connections, f"{key}/x", stack.folder)
    await reviewed(connections, key)
    await pulled_back(connections, key)
    await changed(connections, key)
    await accounted_for(connections, key, stack.folder / "pack.zip", needs_you=before)

    await until(lambda: are_over(connections, key))
    erased = await erase_named(connections, key, ERASURE)

    assert erased.runs == 4
    assert erased.gone
    left = await export_campaign(connections, key)
    assert "was erased on" in " ".join(left.gaps)
    with pytest.raises(ConflictError, match="was erased by"):
        await start_campaign(connections, asked(stack, "Robin Hood's Bay"))


async def are_over(connections: Connections, key: str) -> bool:
    """Whether nothing of a campaign keeps it from being erased."""
    try:
        await erase_named(connections, key, None)
    except ConflictError:
        return False
    return True


async def test_what_cannot_be_meant_is_a_typed_error(stack: Stack) -> None:
    connections = opened(stack)

    with pytest.raises(NotFoundError):
        await show_named(connections, "feedfacefeed")
    with pytest.raises(InvalidRequestError):
        await inquire(connections, "no name!")
    with pytest.raises(InvalidRequestError):
        await list_inbox(connections, PostSearch(state="lost"))
