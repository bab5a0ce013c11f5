"""The directory of posts and campaigns: Temporal's lists, and the search by a name.

Everything that takes the name of a post or campaign calls :func:`reach`.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from pydantic import BaseModel, ConfigDict, Field
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from app.advice import Action
from app.connections import Connections
from app.errors import AppError, InvalidRequestError, NotFoundError
from app.posts.states import state_words
from galley.clients.payloads import MissingKeyError
from galley.models.account import PauseScope
from galley.models.network import ALIASES
from galley.models.post import MAY_BE_IN_BUFFER, PostState
from workflows.ids import CAMPAIGN, CHANNEL, CHOICES, DUE_AT, PLATFORM, STATE

__all__ = [
    "ABANDONED",
    "ALARMING",
    "MAY_BE_IN_BUFFER",
    "NEEDS_A_PERSON",
    "CampaignRow",
    "PostRow",
    "list_campaigns",
    "list_posts",
    "list_runs",
]

NEEDS_A_PERSON = (PostState.HELD, PostState.ERROR, PostState.LATE, PostState.IN_REVIEW)
"""The states in which a post waits for a person, the most urgent one first."""
ALARMING = NEEDS_A_PERSON[:-1]
"""Those that say that something went wrong."""

ABANDONED = (
    "Buffer may have it, and nothing follows it any more. This line stays for as long "
    "as Temporal keeps the run."
)
"""The alarm of a post whose run was ended while Buffer may have it."""
_POST, _CAMPAIGN = "post:", "campaign:"
_KNOWN = {state.value for state in PostState}


class PostRow(BaseModel):
    """One line of ``list``; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    campaign_id: str = ""
    platform: str = ""
    channel_id: str = ""
    state: str = ""
    title: str = ""
    opening: str = ""
    """First words of its draft; empty while there is none."""
    brand: str = ""
    started_by: str = ""
    handle: str = ""
    """A short name, which may be ambiguous later: ``3fb6/x``."""
    due_at: datetime | None = None
    started_at: datetime
    choices: int = 0
    """Texts put before a person now: variants in review, or a proposed edit."""
    marked: str = ""
    """``problem`` or ``claim``, where what waits for a decision has one."""
    alarm: str = ""
    """What went wrong, in a sentence, where a person has to look."""
    missing_key: str = Field(default="", exclude=True)
    """ID of the key that its title is encrypted with, and that is not here."""

    @property
    def needs_a_person(self) -> bool:
        """Whether it waits for a person."""
        return self.state in NEEDS_A_PERSON or self.has_proposal

    @property
    def has_proposal(self) -> bool:
        """Whether an edit of a post that is on its way waits to be approved."""
        return self.choices > 0 and self.state != PostState.IN_REVIEW

    @property
    def urgency(self) -> int:
        """Its place in a list that begins with what needs a person."""
        states = [state.value for state in NEEDS_A_PERSON]
        if self.state in states:
            return states.index(self.state)
        return len(states) + (not self.has_proposal)

    @property
    def shown_state(self) -> str:
        """The state; of a run that was ended from outside, how."""
        ended = self.state and self.state not in _KNOWN
        return f"ended: {self.state}" if ended else self.state

    @property
    def listed_state(self) -> str:
        """The state, and what there is to choose."""
        said = self.shown_state
        if self.has_proposal:
            said = f"{self.shown_state}, edit proposed"
        elif self.choices > 1:
            said = f"{self.shown_state}, {self.choices} variants"
        return f"{said}, {self.marked}" if self.marked else said

    def is_covered_by(self, scope: PauseScope) -> bool:
        """Whether it is one of the posts that a pause of this scope is about."""
        return (
            scope.platform in {None, self.platform}
            and scope.channel_id in {None, self.channel_id}
            and scope.campaign_key in {None, self.campaign_id.removeprefix("campaign:")}
        )

    def alarmed(self, said: str) -> "PostRow":
        """Return the row with the sentence the post gives, or one by its state."""
        usual = state_words(self.state) if self.state in ALARMING else ""
        return self.model_copy(update={"alarm": said or usual})


class CampaignRow(BaseModel):
    """A campaign, with its run's status."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    status: str
    started_at: datetime


async def list_posts(client: Client, query: str = "", limit: int = 1000) -> list[PostRow]:
    """Return posts, latest first; ``query`` narrows them further."""
    wanted = " AND ".join(filter(None, ('WorkflowType="PostWorkflow"', query)))
    return named([await _post_row(run) for run in await list_runs(client, wanted, limit)])


async def list_campaigns(client: Client, query: str = "") -> list[CampaignRow]:
    """Return campaigns, latest first."""
    wanted = " AND ".join(filter(None, ('WorkflowType="CampaignWorkflow"', query)))
    return [
        CampaignRow(workflow_id=run.id, status=_status(run), started_at=run.start_time)
        for run in await list_runs(client, wanted, 1000)
    ]


async def list_runs(client: Client, query: str, limit: int) -> list[WorkflowExecution]:
    """Return the latest run of each ID: a failed campaign may have been run again."""
    found: dict[str, WorkflowExecution] = {}
    async for run in client.list_workflows(query, limit=limit, page_size=min(limit, 1000)):
        known = found.setdefault(run.id, run)
        if run.start_time > known.start_time:
            found[run.id] = run
    return sorted(found.values(), key=lambda run: run.start_time, reverse=True)


async def _post_row(run: WorkflowExecution) -> PostRow:
    found = run.typed_search_attributes
    due: datetime | None = found.get(DUE_AT)
    had = found.get(STATE) or ""
    state = _post_state(run, had)
    memo, missing_key = await _memo(run)
    choices = found.get(CHOICES) or 0 if state == had else 0
    is_undecided = state == PostState.IN_REVIEW or choices > 0
    return PostRow(
        workflow_id=run.id,
        campaign_id=found.get(CAMPAIGN) or "",
        platform=found.get(PLATFORM) or "",
        channel_id=found.get(CHANNEL) or "",
        state=state,
        title=memo.get("title", ""),
        opening=memo.get("opening", ""),
        brand=memo.get("brand", ""),
        started_by=memo.get("started_by", ""),
        due_at=due,
        choices=choices,
        marked=memo.get("marked", "") if is_undecided else "",
        started_at=run.start_time,
        missing_key=missing_key,
        alarm=ABANDONED if state != had and had in MAY_BE_IN_BUFFER else "",
    )


async def _memo(run: WorkflowExecution) -> tuple[dict[str, str], str]:
    """Return memo and missing key: a post whose key is gone must not hide the others."""
    try:
        memo = await run.memo()
        return {name: str(value) for name, value in memo.items()}, ""
    except MissingKeyError as error:
        title = f"(encrypted with the key {error.key_id}, which is not here)"
        return {"title": title}, error.key_id


def named(rows: list[PostRow]) -> list[PostRow]:
    """Return the posts with handles that are unique among them.

    A handle is the start of the campaign's key, its edition from the second on, and the
    network: ``3fb6-2/x``. Where a campaign has two channels of a network, it ends with the
    channel's ID.
    """
    found = handles([(row.campaign_id, row.platform, row.channel_id) for row in rows])
    return [
        row.model_copy(update={"handle": handle}) for row, handle in zip(rows, found, strict=True)
    ]


def handles(posts: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return the handle of each post, given as campaign ID, network and channel ID."""
    short = _shortest({edition_of(_bare(campaign))[0] for campaign, _, _ in posts})
    places = Counter((campaign, platform) for campaign, platform, _ in posts)
    return [
        f"{short[key]}{edition}/{platform if places[campaign, platform] == 1 else channel}"
        for campaign, platform, channel in posts
        for key, edition in [edition_of(_bare(campaign))]
    ]


_SHORTEST = 4


def _shortest(keys: Collection[str]) -> dict[str, str]:
    """Return the start of each key that no other has."""
    ordered = ["", *sorted(keys), ""]
    return {
        key: key[: max(_SHORTEST, *(1 + _shared(key, other) for other in beside))]
        for key, *beside in zip(ordered[1:-1], ordered, ordered[2:], strict=False)
    }


def _shared(one: str, other: str) -> int:
    """Return the number of letters that two keys begin with alike."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


def _post_state(run: WorkflowExecution, state: str) -> str:
    """A run that was ended from outside cannot say so in its search attributes."""
    lives = {WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED, None}
    return state if run.status in lives else _status(run)


def _status(run: WorkflowExecution) -> str:
    return run.status.name.lower() if run.status is not None else "unknown"


@dataclass(frozen=True)
class Target:
    """What was meant: one post, or one campaign with all its posts."""

    campaign: CampaignRow | None
    posts: tuple[PostRow, ...]

    @property
    def is_campaign(self) -> bool:
        """Whether a whole campaign was named."""
        return self.campaign is not None


async def reach(connections: Connections, text: str) -> Target:
    """Return the post or campaign a person named.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: More than one thing has it, or none can have.
        MissingKeyError: It cannot be read here. What this client would send with a
            key of its own could not be read by workers either.
    """
    key_prefix(text)  # what cannot be a name is said before anything is asked
    client = await connections.temporal()
    target = resolve(text, *await find_named(client, text))
    for post in target.posts:
        if post.missing_key:
            raise MissingKeyError(post.missing_key)
    return target


async def find_named(client: Client, text: str) -> tuple[list[CampaignRow], list[PostRow]]:
    """Return the campaigns and posts that ``text`` could name.

    Raises:
        InvalidRequestError: It cannot be the name of any.
    """
    key, _ = edition_of(key_prefix(text))
    campaigns, posts = await asyncio.gather(
        list_campaigns(client, f'WorkflowId STARTS_WITH "campaign:{key}"'),
        list_posts(client, f'WorkflowId STARTS_WITH "post:{key}"'),
    )
    return campaigns, posts


def key_prefix(text: str) -> str:
    """Return the start of the campaign key in ``text``, not empty even without its edition.

    Raises:
        InvalidRequestError: The text cannot be the name of a post or a campaign.
    """
    bare = text.removeprefix(_POST).removeprefix(_CAMPAIGN)
    key = bare.partition("/")[0].partition(":")[0].strip()
    if not key or key[0] == "-" or not all(c.isalnum() or c == "-" for c in key):
        raise InvalidRequestError(
            f"{text!r} is not the name of a post: write its ID, or <campaign>/<network>.",
            Action.LIST_POSTS,
        )
    return key


def resolve(text: str, campaigns: list[CampaignRow], posts: list[PostRow]) -> Target:
    """Return what ``text`` means among the given rows.

    It may be a full ID, the unique start of one (with or without ``post:`` or
    ``campaign:``), or ``<campaign>/<network>``. A start without an edition means the first
    one, as a full ID does.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: Several things have it.
    """
    if "/" in text:
        return _one_post(text, _by_platform(text, campaigns, posts))
    exact = [p for p in posts if text in {p.workflow_id, _bare(p.workflow_id)}]
    if exact:
        return Target(None, (exact[0],))
    found = _campaigns(text, campaigns)
    if found:
        campaign = _one_campaign(text, found)
        mine = tuple(p for p in posts if p.campaign_id == campaign.workflow_id)
        return Target(campaign, mine)
    return _one_post(text, [p for p in posts if _starts(p.workflow_id, text, _POST)])


def _campaigns(text: str, campaigns: list[CampaignRow]) -> list[CampaignRow]:
    if text.startswith(_POST):
        return []
    meant = keys_meant(_bare(text), [_bare(c.workflow_id) for c in campaigns])
    return [c for c in campaigns if _bare(c.workflow_id) in meant]


def keys_meant(text: str, keys: Collection[str]) -> set[str]:
    """Return the keys of campaigns that a key or the start of one can mean.

    A start without an edition means the first one, as a full key does.
    """
    if text in keys:
        return {text}
    start, edition = edition_of(text)
    found = {key for key in keys if key.startswith(start) and edition_of(key)[1] == edition}
    return found or {key for key in keys if key.startswith(text)}


def _by_platform(text: str, campaigns: list[CampaignRow], posts: list[PostRow]) -> list[PostRow]:
    name, _, platform = text.partition("/")
    campaign = _one_campaign(name, _campaigns(name, campaigns))
    typed = platform.strip().casefold()
    wanted = ALIASES.get(typed, typed)
    return [
        post
        for post in posts
        if post.campaign_id == campaign.workflow_id
        and wanted in {post.platform, post.channel_id.casefold()}
    ]


def _starts(workflow_id: str, text: str, prefix: str) -> bool:
    if not text.startswith(prefix) and text.startswith((_POST, _CAMPAIGN)):
        return False
    return workflow_id.startswith(prefix + text.removeprefix(prefix))


def _bare(workflow_id: str) -> str:
    return workflow_id.removeprefix(_POST).removeprefix(_CAMPAIGN)


def edition_of(key: str) -> tuple[str, str]:
    """Return the key of a campaign without its edition, and that: ``-2``; empty for the first."""
    start, dash, number = key.partition("-")
    return start, dash + number


def _one_campaign(text: str, found: list[CampaignRow]) -> CampaignRow:
    if len(found) == 1:
        return found[0]
    raise _not_one(text, [row.workflow_id for row in found])


def _one_post(text: str, found: list[PostRow]) -> Target:
    if len(found) == 1:
        return Target(None, (found[0],))
    raise _not_one(text, [row.workflow_id for row in found])


def _not_one(text: str, names: list[str]) -> AppError:
    if not names:
        return NotFoundError(f"There is no post or campaign {text!r}.", Action.LIST_POSTS)
    shown = ", ".join(sorted(names)[:5])
    return InvalidRequestError(f"{text!r} could be any of {len(names)}: {shown}. Write more of it.")
