"""A small honest world for workflow tests: it remembers what it was told."""

import asyncio
import hashlib
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import (
    ApplicationError,
    TimeoutError,  # noqa: A004 - of an attempt
    TimeoutType,
)

from activities.interfaces import (
    BudgetActivities,
    BufferActivities,
    CondensingActivities,
    DraftingActivities,
    HostingActivities,
    MediaActivities,
    SourceActivities,
    WritingActivities,
)
from activities.publishing.fence import AttemptFence
from galley.models.account import DailyLimit, LimitsReply, PlanLimits, ReadLimits
from galley.models.budget import BudgetGrant, ReserveBudget
from galley.models.channel import Channel, ChannelDirectory
from galley.models.draft import (
    CheckDraft,
    CheckReply,
    Draft,
    DraftReply,
    DraftSetRef,
    Fact,
    Piece,
    Problem,
    Provenance,
    Variant,
    WriteDraft,
    WritePiece,
    WriteSet,
)
from galley.models.media import MediaKind, PublicAsset, StagedAsset
from galley.models.media_orders import RehostAssets, RehostReply, RenderMedia, RenderReply
from galley.models.network import Platform
from galley.models.publishing import (
    BufferPost,
    ChangeReply,
    ChangeReplyKind,
    ChannelsReply,
    CreateKind,
    CreatePost,
    CreateReply,
    DeletePost,
    EditPost,
    FindPost,
    FindReply,
    ListChannels,
    ListUnsent,
    MovePost,
    OutcomesReply,
    PostRequest,
    ReadOutcomes,
    ReadPost,
    ReplyKind,
    UnsentPage,
    UnsentPost,
    UnsentReply,
)
from galley.models.source import (
    BriefRef,
    CondenseSource,
    Recording,
    SourceKind,
    SourceRef,
    SourceSpec,
)
from galley.networks.split import thread_of

LIMIT = 40
CLAIM = Problem(rule="figures_from_source", message="Who said so?", is_claim=True)


def channel(
    name: str, platform: Platform = Platform.X, *, is_disconnected: bool = False
) -> Channel:
    """Return a channel whose id is its name."""
    return Channel(id=name, name=name, platform=platform, is_disconnected=is_disconnected)


class Studio(
    SourceActivities,
    CondensingActivities,
    BudgetActivities,
    DraftingActivities,
    WritingActivities,
    MediaActivities,
    HostingActivities,
):
    """Sources, drafts and media, in memory."""

    def __init__(self) -> None:
        self.recording: Recording | None = None
        self.drafting_fails_on: set[str] = set()
        self.too_long_on: set[str] = set()
        self.claims_on: set[str] = set()
        self.skips_on: set[str] = set()
        """Channels that the set of posts proposes to leave out."""
        self.media_on: set[str] = set()
        self.facts: tuple[Fact, ...] = ()
        self.is_long = False
        self.condensed: list[CondenseSource] = []
        self.drafted: list[str] = []
        self.asked: list[WriteDraft] = []
        self.sets: list[WriteSet] = []
        self.writing_together_fails = False
        self.reserved: list[ReserveBudget] = []
        self.allowance: int | None = None
        self.allowances: list[int | None] = []
        self.over_budget = False
        self.drafting_waits = False
        self.store_is_away, self.store_error = Counter[str](), "StoreError"
        """So many calls of a step of a campaign fail."""
        self.store_again_after: timedelta | None = timedelta(milliseconds=10)
        """After which Temporal tries such a call again."""
        self.rendering_fails = False
        self.photos: tuple[StagedAsset, ...] = ()
        self.rendered = 0
        self.last_variant_is_too_long = False
        self.missing_variants = 0
        self.hosting_fails = False
        self.hosting_error = ""
        self.media_at = "https://media.example"
        self.picture: StagedAsset | None = None
        """Staged for every post, where its bytes matter."""
        self.hosting: HostingActivities | None = None
        """The real one, where they do."""
        self.rehosted = 0
        self.hosting_waits = False
        self.stages: Callable[[], Awaitable[None]] | None = None

    @activity.defn
    async def read_source(self, spec: SourceSpec) -> SourceRef:
        self._require_store("read_source")
        return SourceRef(
            kind=spec.kind,
            sha256="0" * 64,
            title=spec.name,
            words=3,
            recording=self.recording,
            size=90_000 if self.is_long else 20,
            is_long=self.is_long,
        )

    def _require_store(self, step: str) -> None:
        self.store_is_away[step] -= 1
        if self.store_is_away[step] >= 0:
            if self.store_error == "TimeoutError":
                # Of a type that Temporal does not try again by itself, which would take minutes.
                raise TimeoutError(
                    "It took too long.",
                    type=TimeoutType.SCHEDULE_TO_CLOSE,
                    last_heartbeat_details=[],
                )
            raise ApplicationError(
                "It cannot be reached.",
                type=self.store_error,
                next_retry_delay=self.store_again_after,
            )

    @activity.defn
    async def condense_source(self, task: CondenseSource) -> BriefRef:
        self._require_store("condense_source")
        self.condensed.append(task)
        return BriefRef(sha256="b" * 64, size=5_000, parts=2, points=9)

    @activity.defn
    async def reserve_budget(self, task: ReserveBudget) -> BudgetGrant:
        self._require_store("reserve_budget")
        self.reserved.append(task)
        if self.over_budget:
            raise ApplicationError(
                "The day's ceiling is reached.", type="OverBudget", non_retryable=True
            )
        return BudgetGrant(allowance=self.allowance)

    @activity.defn
    async def write_set(self, task: WriteSet) -> DraftSetRef:
        self.sets.append(task)
        if self.writing_together_fails:
            raise ApplicationError("The model refused it.", type="DraftRefused", non_retryable=True)
        skips = sum(one.name in self.skips_on for one in task.planned)
        name = f"sets/{task.key}/0.json"
        return DraftSetRef(name=name, posts=len(task.planned), skips=skips)

    @activity.defn
    async def write_draft(self, task: WriteDraft) -> DraftReply:
        self.asked.append(task)
        self.allowances.append(task.allowance)
        name = task.channel.name
        while self.drafting_waits:
            activity.heartbeat()
            await asyncio.sleep(0.1)
        if name in self.drafting_fails_on:
            raise ApplicationError("The model refused the key.", non_retryable=True)
        self.drafted.append(name)
        text = f"{task.source.title} on {name}"
        if task.note:
            text += f", {task.note}"
        if name in self.too_long_on:
            text += "!" * LIMIT
        if name in self.skips_on and task.draft_set is not None:
            return DraftReply(
                draft=Draft(text=""),
                problems=(Problem(rule="skip", message="A table says nothing here."),),
                provenance=Provenance(drafter="test"),
                needs_media=name in self.media_on,
                is_skip=True,
            )
        draft = Draft(text=text, headline=task.source.title, alt_text="a card")
        variants = self._variants(draft, task.options.variants - self.missing_variants)
        return DraftReply(
            draft=draft,
            problems=(CLAIM,) if name in self.claims_on else _problems(draft),
            variants=variants,
            facts=self.facts,
            provenance=Provenance(drafter="test"),
            needs_media=name in self.media_on,
        )

    @activity.defn
    async def write_piece(self, task: WritePiece) -> Piece:
        self.allowances.append(task.allowance)
        title = f"A {task.form} on {task.source.title}"
        digest = hashlib.sha256(task.piece_key.encode()).hexdigest()
        return Piece(
            name=f"pieces/{digest}.md", title=title, words=9, provenance=Provenance(drafter="test")
        )

    def _variants(self, first: Draft, count: int) -> tuple[Variant, ...]:
        """Return the draft and others, each with a headline of its own."""
        others = tuple(
            first.model_copy(
                update={
                    "text": f"{first.text} #{number}",
                    "headline": f"{first.headline} #{number}",
                }
            )
            for number in range(2, count + 1)
        )
        drafts = (first, *others) if others else ()
        found = tuple(Variant(draft=one, problems=_problems(one)) for one in drafts)
        if self.last_variant_is_too_long and found:
            long = first.model_copy(update={"text": "!" * (LIMIT + 1)})
            found = (*found[:-1], Variant(draft=long, problems=_problems(long)))
        return found

    @activity.defn
    async def check_draft(self, task: CheckDraft) -> CheckReply:
        draft = task.draft
        if task.split:
            draft = thread_of(draft, task.channel, numbered=task.options.posting.numbered)
        return CheckReply(problems=_problems(draft), draft=draft)

    @activity.defn
    async def render_media(self, task: RenderMedia) -> RenderReply:
        self.rendered += 1
        self.photos = task.photos
        if self.stages is not None:
            await self.stages()
        if self.rendering_fails:
            raise ApplicationError("No card could be drawn.", non_retryable=True)
        asset = self.picture or StagedAsset(
            kind=MediaKind.IMAGE,
            mime="image/jpeg",
            sha256=task.draft.headline,
            size=1,
            width=1,
            height=1,
            staged_as="staging/1",
        )
        return RenderReply(assets=(asset,))

    @activity.defn
    async def rehost_assets(self, task: RehostAssets) -> RehostReply:
        self.rehosted += 1
        while self.hosting_waits:
            activity.heartbeat()
            await asyncio.sleep(0.1)
        if self.hosting is not None:
            return await self.hosting.rehost_assets(task)
        if self.hosting_error:
            raise ApplicationError("The bucket is away.", type=self.hosting_error)
        if self.hosting_fails:
            raise ApplicationError("The bucket is not public.", non_retryable=True)
        return RehostReply(
            assets=tuple(
                PublicAsset(
                    kind=a.kind,
                    mime=a.mime,
                    sha256=a.sha256,
                    size=a.size,
                    alt_text=a.alt_text,
                    url=f"{self.media_at}/{a.sha256}.jpg",
                )
                for a in task.assets
            )
        )


def _problems(draft: Draft) -> tuple[Problem, ...]:
    if len(draft.text) <= LIMIT:
        return ()
    return (Problem(rule="length", message="The text is too long: shorten it."),)


class Buffer(BufferActivities):
    """One organization's posts. ``faults`` are the next answers to createPost."""

    def __init__(self, channels: tuple[Channel, ...]) -> None:
        self.channels = channels
        self.posts: dict[str, BufferPost] = {}
        self.fence: AttemptFence | None = None
        """The real one, before every createPost."""
        self.media: list[str] = []
        """Addresses of what the posts carry."""
        self.faults: list[CreateKind] = []
        self.saves_when_lost = True
        self.creating_waits = False
        self.change_faults: list[ChangeReplyKind] = []
        self.changes_when_lost = True
        self.hides_posts = False
        self.publishes = True
        self.pages_before = 0
        self.may_turn_page = asyncio.Event()
        self.limits_trouble = ""
        self.channels_trouble = ""
        self.limits_wait = False
        self.per_day: int | None = None
        self.used_on: dict[date, int] = {}
        self.days_read: list[date] = []
        self.plan = PlanLimits()
        self.scheduled = 0
        self.calls: list[str] = []
        self._ids = itertools.count(1)

    @activity.defn
    async def list_channels(self, task: ListChannels) -> ChannelsReply:
        self.calls.append("channels")
        if self.channels_trouble:
            return ChannelsReply(kind=ReplyKind.FAILED, message=self.channels_trouble)
        directory = ChannelDirectory(
            organization_id=task.organization_id,
            organization_name="Tests",
            channels=self.channels,
            fetched_at=datetime.now(UTC),
        )
        return ChannelsReply(kind=ReplyKind.OK, directory=directory)

    @activity.defn
    async def create_post(self, task: CreatePost) -> CreateReply:
        if self.fence is not None and (stopped := await self.fence.enter(task)) is not None:
            return stopped
        return await self._create(task.request)

    async def _create(self, task: PostRequest) -> CreateReply:
        self.calls.append("createPost")
        self.media += [asset.url for asset in task.assets]
        while self.creating_waits:
            activity.heartbeat()
            await asyncio.sleep(0.05)
        fault = self.faults.pop(0) if self.faults else ReplyKind.OK
        if fault is ReplyKind.OK:
            return CreateReply(kind=fault, post=self._save(task))
        if fault is ReplyKind.UNKNOWN and self.saves_when_lost:
            self._save(task)
        return CreateReply(kind=fault, message=f"Buffer said {fault}.", retry_after=1)

    @activity.defn
    async def find_post(self, task: FindPost) -> FindReply:
        self.calls.append("find")
        wanted = task.request
        for post in self.posts.values():
            is_same = (post.channel_id, post.text, post.due_at) == (
                wanted.channel_id,
                wanted.text,
                wanted.due_at,
            )
            if is_same and not self.hides_posts:
                return FindReply(kind=ReplyKind.OK, post=post)
        return FindReply(kind=ReplyKind.OK)

    @activity.defn
    async def read_outcomes(self, task: ReadOutcomes) -> OutcomesReply:
        self.calls.append("outcomes")
        if self.pages_before:
            self.pages_before -= 1
            await self.may_turn_page.wait()
            return OutcomesReply(kind=ReplyKind.OK, next_page="next")
        if self.publishes:
            sent = {
                "status": "sent",
                "sent_at": datetime.now(UTC),
                "external_link": "https://example.com/1",
            }
            for post_id in task.post_ids:
                self.posts[post_id] = self.posts[post_id].model_copy(update=sent)
        found = tuple(self.posts[post_id] for post_id in task.post_ids)
        return OutcomesReply(kind=ReplyKind.OK, posts=found)

    @activity.defn
    async def edit_post(self, task: EditPost) -> ChangeReply:
        self.calls.append("editPost")
        changes: dict[str, object] = {"text": task.request.text}
        if task.sets_schedule:
            changes |= {"due_at": task.request.due_at, "status": "scheduled"}
        return self._change(task.post_id, changes)

    @activity.defn
    async def delete_post(self, task: DeletePost) -> ChangeReply:
        self.calls.append("deletePost")
        reply = self._change(task.post_id, {})
        is_lost = reply.kind is ReplyKind.FAILED and self.changes_when_lost
        if reply.kind is ReplyKind.OK or is_lost:
            self.posts.pop(task.post_id, None)
        return reply.model_copy(update={"post": None})

    @activity.defn
    async def move_post(self, task: MovePost) -> ChangeReply:
        self.calls.append(f"movePost {task.position}")
        return self._change(task.post_id, {})

    @activity.defn
    async def read_post(self, task: ReadPost) -> ChangeReply:
        self.calls.append("post")
        post = self.posts.get(task.post_id)
        kind = ReplyKind.GONE if post is None else ReplyKind.OK
        return ChangeReply(kind=kind, post=post)

    @activity.defn
    async def read_limits(self, task: ReadLimits) -> LimitsReply:
        self.calls.append("limits")
        while self.limits_wait:
            activity.heartbeat()
            await asyncio.sleep(0.05)
        if self.limits_trouble:
            return LimitsReply(kind=ReplyKind.FAILED, message=self.limits_trouble)
        day = task.day.date()
        self.days_read.append(day)
        daily = tuple(
            DailyLimit(
                channel_id=name, sent=0, scheduled=self.used_on.get(day, 0), limit=self.per_day
            )
            for name in task.channel_ids
        )
        return LimitsReply(
            kind=ReplyKind.OK,
            daily=daily,
            plan=self.plan,
            scheduled=dict.fromkeys(task.channel_ids, self.scheduled),
        )

    @activity.defn
    async def list_unsent(self, task: ListUnsent) -> UnsentReply:
        self.calls.append("unsent")
        waiting = [post for post in self.posts.values() if post.status != "sent"]
        begin = int(task.after or 0)
        page = waiting[begin : begin + 1]
        end = begin + 1
        return UnsentReply(
            kind=ReplyKind.OK,
            page=UnsentPage(
                posts=tuple(UnsentPost(id=post.id) for post in page),
                next_page=str(end) if end < len(waiting) else None,
            ),
        )

    def _change(self, post_id: str, changes: dict[str, object]) -> ChangeReply:
        fault = self.change_faults.pop(0) if self.change_faults else None
        post = self.posts.get(post_id)
        if post is None:
            return ChangeReply(kind=ReplyKind.GONE)
        if post.status in {"sending", "sent"}:
            return ChangeReply(kind=ReplyKind.REFUSED, message="It is sent.")
        if fault is None or (fault is ReplyKind.FAILED and self.changes_when_lost):
            self.posts[post_id] = post.model_copy(update=changes)
        if fault is not None:
            return ChangeReply(kind=fault, message=f"Buffer said {fault}.")
        return ChangeReply(kind=ReplyKind.OK, post=self.posts[post_id])

    def _save(self, task: PostRequest) -> BufferPost:
        post = BufferPost(
            id=f"buffer-{next(self._ids)}",
            channel_id=task.channel_id,
            status="scheduled",
            text=task.text,
            due_at=task.due_at,
        )
        self.posts[post.id] = post
        return post


def spec(name: str = "A title") -> SourceSpec:
    """Return a source that needs no reading."""
    return SourceSpec(kind=SourceKind.TEXT, name=name, upload="0" * 64)
