"""One campaign through the application layer alone, as any face would drive it."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image
from temporalio.client import Client

from app.accounts.pauses import ScopeRequest, pause, resume
from app.campaigns.attachments import GivenFile
from app.campaigns.follow import until_planned
from app.campaigns.sources import read_source
from app.campaigns.start import CampaignRequest, start_campaign
from app.connections import Connections
from app.errors import ConflictError, InvalidRequestError, NotFoundError
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
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.post import PostState, PostView
from galley.models.records import Erasure
from galley.models.review import ChangeKind, ChangeRequest, DecisionKind
from galley.models.schedule import Timing
from galley.settings import Settings
from tests.end_to_end.stack import Stack
from tests.end_to_end.texts import article
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.server]

X, LINKEDIN = Platform.X, Platform.LINKEDIN
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


async def planned(connections: Connections, stack: Stack, town: str) -> str:
    """Start a campaign once, though it is asked for twice; return its key."""
    file = stack.folder / f"{town}.md"
    file.write_text(article(town))
    options = CampaignOptions(
        platforms=(X, LINKEDIN), timing=Timing(start_at=datetime.now(UTC) + timedelta(hours=1))
    )
    request = CampaignRequest(read_source(str(file)), options, started_by=BY)

    started = await start_campaign(connections, request)
    again = await start_campaign(connections, request)

    assert (started.is_new, again.is_new) == (True, False)
    assert started.campaign_id == again.campaign_id
    view = await until_planned(connections, started.campaign_id)
    assert view is not None
    assert {post.platform for post in view.posts} == {X, LINKEDIN}
    return started.campaign_id.removeprefix("campaign:")


async def are_in(connections: Connections, key: str, *states: PostState) -> bool:
    shown = await show_named(connections, key)
    assert isinstance(shown, ShownCampaign)
    return [row.state in states for row in shown.posts] == [True, True]


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
    """Look at a campaign's drafts, and approve them while it is paused."""
    inbox = await list_inbox(connections, PostSearch(campaign=key, needs_person=True))
    assert [row.state for row in inbox.posts] == ["in_review", "in_review"]
    proof = await show_named(connections, f"{key}/x")
    assert isinstance(proof, ShownPost)
    assert proof.view is not None
    facts = await facts_of(connections, f"{key}/x")
    assert len(facts.passages) == len(proof.view.facts) > 0

    scope = ScopeRequest(campaign=key)
    stopped = await pause(connections, scope, by=BY, note="wait")
    approve = DecisionRequest(DecisionKind.APPROVE)
    approved = await decide(connections, key, approve, by=BY)
    found = await inquire(connections, f"{key}/x")
    await resume(connections, scope, by=BY)

    assert stopped.is_heard
    assert [one.ok for one in approved] == [True, True]
    assert [one.note for one in found.account.pauses] == ["wait"]
    assert f"resume --campaign {key}" in command_of(advice(found)[0])


async def changed(connections: Connections, key: str) -> None:
    """Give one of its posts another time, and take both back."""
    move = ChangeRequest(kind=ChangeKind.RESCHEDULE, by=BY, due_at=LATER)
    one = await select(connections, f"{key}/x", move.kind)
    [moved] = await change_selected(connections, one, move)
    assert (moved.is_confirmed, moved.due_at) == (True, LATER)
    with pytest.raises(ConflictError, match="Nothing was erased"):
        await erase_named(connections, key, ERASURE)

    retract = ChangeRequest(kind=ChangeKind.RETRACT, by=BY)
    both = await select(connections, key, retract.kind)
    ended = await change_selected(connections, both, retract)
    assert [one.state for one in ended] == ["retracted", "retracted"]


async def accounted_for(connections: Connections, key: str, pack: Path) -> None:
    """Ask what happened to its posts, what they cost, and for an audit pack."""
    story = await inquire(connections, f"{key}/linkedin")
    costs = await all_costs(connections)
    posts = await post_costs(connections, key)
    data = (await export_campaign(connections, key)).data
    await asyncio.to_thread(pack.write_bytes, data)

    assert any("approval of revision 1 by kim" in one.what for one in story.happenings)
    assert any("created" in one.what for one in story.calls)
    assert [row.calls > 0 for row in costs.campaigns if key in row.id] == [True]
    assert story.row.workflow_id in {row.id for row in posts}
    assert check_pack(pack) == []


async def test_a_campaign_is_started_decided_changed_accounted_for_and_erased(stack: Stack) -> None:
    connections = opened(stack)
    key = await planned(connections, stack, "Robin Hood's Bay")
    await until(lambda: are_in(connections, key, PostState.IN_REVIEW))
    await illustrated(connections, f"{key}/x", stack.folder)
    await reviewed(connections, key)
    await until(lambda: are_in(connections, key, PostState.SCHEDULED))
    await changed(connections, key)
    await accounted_for(connections, key, stack.folder / "pack.zip")

    await until(lambda: are_over(connections, key))
    erased = await erase_named(connections, key, ERASURE)

    assert erased.runs == 3
    assert erased.gone
    left = await export_campaign(connections, key)
    assert "was erased on" in " ".join(left.gaps)
    with pytest.raises(ConflictError, match="was erased by"):
        await planned(connections, stack, "Robin Hood's Bay")


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
