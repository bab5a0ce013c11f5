"""A campaign as a person follows it: through the command line and Temporal's list."""

import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from galley.clients.claims import read_claim, read_receipts
from galley.models.media import StagedAsset
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.publishing import CreatePost, PostRequest
from galley.models.review import Approve
from tests.end_to_end.stack import Stack
from tests.end_to_end.texts import article
from tests.end_to_end.waiting import until
from tests.loopback import NO_AUTHORITIES
from workflows.ids import CAMPAIGN, PLATFORM, STATE
from workflows.post.workflow import PostWorkflow


@dataclass(frozen=True)
class Campaign:
    """A started campaign."""

    stack: Stack
    id: str

    @property
    def key(self) -> str:
        return self.id.removeprefix("campaign:")

    async def states(self) -> dict[str, str]:
        """Return the state of each post by platform; no worker has to run."""
        return {platform: state for platform, (_, state) in (await self._rows()).items()}

    async def reach(
        self, *states: PostState, platforms: Iterable[str] = (), count: int = 1
    ) -> None:
        """Wait until these posts, or all ``count``, are in one of the states."""
        only = set(platforms)
        wanted = len(only) or count

        async def there() -> bool:
            found = await self.states()
            told = [s for p, s in found.items() if not only or p in only]
            return len(told) == wanted and set(told) <= set(states)

        try:
            await until(there)
        except TimeoutError:
            raise AssertionError(f"{states}: {await self.states()}") from None

    async def approve(self, *platforms: str, digest: str = "") -> None:
        """Approve the first revision by signal, as one can with no worker running.

        The digest of what was seen then comes from before.
        """
        for platform in platforms:
            handle = await self.post(platform)
            seen = digest or await _digest_of(handle)
            said = Approve(revision=1, digest=seen, by="kim")
            await handle.signal(PostWorkflow.approve, said)

    async def post(self, platform: str) -> WorkflowHandle[PostWorkflow, Any]:
        workflow_id, _ = (await self._rows())[platform]
        return self.stack.client.get_workflow_handle_for(PostWorkflow.run, workflow_id)

    async def view(self, platform: str) -> PostView:
        """Return all there is to see of a post; asks a worker while it runs."""
        handle = await self.post(platform)
        return await handle.query(PostWorkflow.view)

    async def _rows(self) -> dict[str, tuple[str, str]]:
        query = f'GalleyCampaign="{self.id}"'
        found: dict[str, tuple[str, str]] = {}
        async for run in self.stack.client.list_workflows(query):
            told = run.typed_search_attributes
            assert told.get(CAMPAIGN) == self.id
            found[told.get(PLATFORM) or ""] = (run.id, told.get(STATE) or "")
        return found


async def _digest_of(handle: WorkflowHandle[PostWorkflow, Any]) -> str:
    """Return the digest that a post shows, once a worker that was revived is known again."""
    found: list[str] = []

    async def shown() -> bool:
        with suppress(RPCError):
            found.append((await handle.query(PostWorkflow.view)).digest)
        return bool(found)

    await until(shown)
    return found[0]


async def begin(stack: Stack, source: str, *options: str) -> Campaign:
    """Start a campaign from a URL, a file, or one to be made about a town; wait for its plan."""
    if "://" not in source and not source.endswith(".md"):
        file = stack.folder / f"{source}.md"
        file.write_text(article(source))
        source = file.name
    told = await stack.cli("start", source, "--json", *options)
    assert told.code == 0, told.err
    return Campaign(stack, told.json["campaign_id"])


async def confirm(campaign: Campaign, *platforms: str) -> list[str]:
    """Hold that these posts came out once; return their ids in Buffer.

    The post's own result, Buffer's ledger and the public media must tell the same.
    """
    ledger = {entry["id"]: entry for entry in await campaign.stack.buffer.ledger()}
    ids: list[str] = []
    for platform in platforms:
        view: PostView = (await (await campaign.post(platform)).result()).view
        assert view.state is PostState.PUBLISHED, (platform, view.error)
        assert view.buffer_post_id is not None
        same = [e for e in ledger.values() if _is_same(e, view)]
        assert [e["id"] for e in same] == [view.buffer_post_id], platform
        entry = ledger[view.buffer_post_id]
        assert entry["status"] == "sent", platform
        assert entry["assets"] == [asset.url for asset in view.media]
        await confirm_media(campaign.stack, view)
        ids.append(view.buffer_post_id)
    return ids


async def confirm_once(stack: Stack, ids: list[str]) -> None:
    """Hold that Buffer has these posts and no other."""
    ledger = await stack.buffer.ledger()
    assert sorted(ids) == sorted(entry["id"] for entry in ledger)


async def creates(campaign: Campaign) -> dict[Platform, int]:
    """Return how often createPost was attempted for each post.

    Buffer's own guard against repeats would hide a second attempt; histories do not.
    """
    texts = {one: (await campaign.view(one)).draft for one in await campaign.states()}
    counts: Counter[Platform] = Counter()
    async for request in _create_requests(campaign.stack):
        draft = texts.get(request.platform)
        if draft is not None and draft.text == request.text:
            counts[request.platform] += 1
    return dict(counts)


async def _create_requests(stack: Stack) -> AsyncGenerator[PostRequest]:
    decode = stack.client.data_converter.decode
    async for run in stack.client.list_workflows('WorkflowType="AccountWorkflow"'):
        handle = stack.client.get_workflow_handle(run.id, run_id=run.run_id)
        async for event in handle.fetch_history_events():
            told = event.activity_task_scheduled_event_attributes
            if told.activity_type.name == "create_post":
                yield (await decode(told.input.payloads, [CreatePost]))[0].request


def _is_same(entry: dict[str, Any], view: PostView) -> bool:
    text = view.draft.text if view.draft else ""
    return (entry["channelId"], entry["text"]) == (view.channel_id, text)


async def confirm_media(stack: Stack, view: PostView) -> None:
    """Hold that anyone gets, byte for byte, what was drawn and staged."""
    assert len(view.media) == len(view.staged)
    for public, staged in zip(view.media, view.staged, strict=True):
        async with httpx.AsyncClient(verify=NO_AUTHORITIES, trust_env=False) as stranger:
            answer = await stranger.get(public.url)
        assert answer.headers["content-type"] == staged.mime
        kept = await _staged(stack, staged)
        for data in (answer.content, kept):
            assert hashlib.sha256(data).hexdigest() == staged.sha256 == public.sha256


async def _staged(stack: Stack, staged: StagedAsset) -> bytes:
    data = await stack.state.get(staged.staged_as)
    assert data is not None
    return data


async def confirm_receipts(campaign: Campaign, *platforms: str) -> None:
    """Hold that each of these posts left a claim, and a receipt that belongs to it."""
    for platform in platforms:
        await _confirm_receipt(campaign, await campaign.view(platform))


async def _confirm_receipt(campaign: Campaign, view: PostView) -> None:
    state, key = campaign.stack.state, f"{campaign.key}:{view.channel_id}"

    async def written() -> bool:
        return bool(await read_receipts(state, f"{key}."))

    await until(written)
    claim = await read_claim(state, key)
    receipt, *_ = await read_receipts(state, f"{key}.")
    assert claim is not None
    assert receipt.post is not None
    assert claim.owner == receipt.owner
    assert claim.owner.startswith(f"{view.workflow_id}/")
    assert receipt.post.id == view.buffer_post_id
