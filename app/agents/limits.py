"""The limits of each agent: its rate, its suggestions and its money. They outlive the process.

The usage of an agent is one object of the state bucket. Each call changes it by compare-and-set,
so that servers on several machines count together.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pydantic import ValidationError

from app.agents.access import stopped
from app.connections import Connections
from app.errors import AppError
from app.posts.directory import PostRow, list_campaigns, list_posts
from galley.budget.ceilings import campaign_folder, spending_of
from galley.budget.prices import dollars
from galley.clients.storage import ObjectStore, StoreDeniedError, StoreUnavailableError
from galley.models.agents import AgentMark, AgentUsage, Scope, SetAside, Touched
from galley.models.post import PostState
from galley.settings import Settings
from workflows import ids

_JSON = "application/json"
_USAGE, _MEGABYTE = "agents/usage/", 1_000_000
_ROUNDS = 20
"""Attempts to change the usage, which other servers may change in between."""
_SEEN_WITHIN = timedelta(minutes=2)
"""Until then a new campaign or suggestion counts as open: lists may not show it yet."""
_REMEMBERED = timedelta(days=3)
"""So long what was set aside is known, for a campaign may wait over midnight."""
_POSTS_OF_A_CAMPAIGN = 11
"""A campaign whose posts are not planned yet counts as one on each network."""
_WAITING = '(GalleyState IN ("drafting", "in_review") OR GalleyChoices > 0)'
_OPEN = {PostState.DRAFTING.value, PostState.IN_REVIEW.value}


class LimitReason(StrEnum):
    """Why a call of an agent is not answered."""

    STOPPED = "stopped"
    SCOPE = "scope"
    RATE = "rate"
    SUGGESTIONS_A_DAY = "suggestions_a_day"
    WAITING_POSTS = "waiting_posts"
    BUDGET = "budget"
    UPLOADS_A_DAY = "uploads_a_day"


class LimitError(AppError):
    """The agent's limits, its scope or the kill switch do not let the call through."""

    def __init__(self, reason: LimitReason, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after
        """Seconds after which it may be let through; ``None``: not by waiting alone."""


class AgentLimits:
    """Admits the calls of agents, and counts them."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        # Calls of one agent in this process wait for each other, and not for the bucket's refusal.
        self._locks: dict[str, asyncio.Lock] = {}

    @property
    def _state(self) -> ObjectStore:
        return self._connections.state

    @property
    def _settings(self) -> Settings:
        return self._connections.settings

    async def admit(self, agent: AgentMark, tool: str) -> None:
        """Count a call of an agent.

        Raises:
            LimitError: It is not to be answered.
        """
        stop = await self._why_stopped()
        now = datetime.now(UTC)
        minute, most = f"{now:%H:%M}", self._settings.agent_calls_a_minute
        flood = LimitError(
            LimitReason.RATE,
            f"{agent.by} has made {most} calls in this minute: wait for the next one.",
            60 - now.second,
        )
        found: list[LimitError] = []

        def counted(usage: AgentUsage) -> AgentUsage:
            calls = usage.in_minute + 1 if usage.minute == minute else 1
            # The rate comes first: a stopped agent may not fill the audit with refusals.
            found[:] = [flood] if calls > most else [stop] if stop else []
            if found:
                usage = _refused(usage, found[0].reason)
            else:
                tally = {**usage.calls, tool: usage.calls.get(tool, 0) + 1}
                usage = usage.model_copy(update={"calls": tally})
            return usage.model_copy(update={"minute": minute, "in_minute": min(calls, most)})

        await self._change(agent, counted)
        if found:
            raise found[0]

    async def admit_suggestion(
        self, agent: AgentMark, target: str, *, paid_key: str = "", posts: int = 1
    ) -> None:
        """Count a suggestion, and set money aside where a model will write.

        Args:
            agent: Who proposes.
            target: The campaign or post that will wait for a person.
            paid_key: Key of the campaign whose drafts will cost money; empty: none will.
            posts: Posts that will wait because of it.

        Raises:
            LimitError: The agent has suggested enough, or spent enough.
        """
        settings = self._settings
        client = await self._connections.temporal()
        # A campaign that waits for Buffer has no posts yet, and spends its money once it goes on.
        # Before its posts are listed: one that ends between has them.
        campaigns = await list_campaigns(client, 'ExecutionStatus="Running"')
        rows = await list_posts(client, _WAITING)
        begun = frozenset(one.workflow_id for one in campaigns)
        found: list[LimitError] = []
        ceiling = settings.ceilings.campaign
        spent = await self._spent_since(await self.usage_of(agent), rows, begun)
        now = datetime.now(UTC)

        def counted(usage: AgentUsage) -> AgentUsage:
            found.clear()
            kept = tuple(one for one in usage.touched if _is_open(one, rows, begun, now))
            # What a campaign of yesterday will still spend, it spends today.
            open_money = (
                one
                for one in usage.money
                if one.at.date() == now.date() or ids.campaign_id(one.key) in begun
            )
            money = tuple(_settled(one, spent.get(one.key)) for one in open_money)
            usage = usage.model_copy(update={"touched": kept, "money": money})
            is_known = any(one.id == target for one in kept)
            waiting = _count_waiting(kept, rows)
            why = _why_not(settings, agent, usage, waiting, 0 if is_known else posts)
            if why is None and paid_key:
                others = tuple(one for one in money if one.key != paid_key)
                why = _why_not_paid(settings, agent, others, ceiling)
            if why is not None:
                found.append(why)
                return _refused(usage, why.reason)
            touched = (*(one for one in kept if one.id != target), Touched(id=target, at=now))
            if paid_key:
                held = next((one for one in money if one.key == paid_key), None)
                base = held.base if held else costs.get(paid_key, 0)
                others = (one for one in money if one.key != paid_key)
                anew = SetAside(key=paid_key, micros=ceiling or 0, base=base, at=now)
                money = (*others, anew)
            changes = {"touched": touched, "money": money, "suggestions": usage.suggestions + 1}
            return usage.model_copy(update=changes)

        costs = {paid_key: await self._cost(paid_key)} if paid_key else dict[str, int]()
        await self._change(agent, counted)
        if found:
            raise found[0]

    async def admit_upload(self, agent: AgentMark, size: int) -> None:
        """Count the bytes of a file that an agent announces.

        Raises:
            LimitError: It has sent enough today.
        """
        most, found = self._settings.agent_upload_mb_a_day, list[LimitError]()

        def counted(usage: AgentUsage) -> AgentUsage:
            found.clear()
            uploaded = usage.uploaded + max(size, _MEGABYTE)
            if uploaded <= most * _MEGABYTE:
                return usage.model_copy(update={"uploaded": uploaded})
            said = f"{agent.by} may send {most} megabytes a day, and this file is too much: go on "
            found.append(LimitError(LimitReason.UPLOADS_A_DAY, f"{said}tomorrow (UTC)."))
            return _refused(usage, LimitReason.UPLOADS_A_DAY)

        await self._change(agent, counted)
        if found:
            raise found[0]

    async def refuse(self, agent: AgentMark, reason: LimitReason) -> None:
        """Count a call that was refused before it was admitted."""
        await self._change(agent, lambda usage: _refused(usage, reason))

    async def _why_stopped(self) -> LimitError | None:
        if self._settings.agents == "off":
            return LimitError(LimitReason.STOPPED, "Agents are switched off here (GALLEY_AGENTS).")
        stop = await stopped(self._state)
        if stop is None:
            return None
        return LimitError(
            LimitReason.STOPPED,
            f"{stop.by} has stopped all agents, since {stop.at:%Y-%m-%d %H:%M %Z}: a person "
            "lets them go on.",
        )

    async def _spent_since(
        self, usage: AgentUsage, rows: list[PostRow], begun: frozenset[str]
    ) -> dict[str, SetAside]:
        """Return the real cost of what was set aside and is written by now, by campaign."""
        drafting = begun | {row.campaign_id for row in rows if row.state == PostState.DRAFTING}
        now = datetime.now(UTC)
        found: dict[str, SetAside] = {}
        for one in usage.money:
            if ids.campaign_id(one.key) in drafting or now - one.at < _SEEN_WITHIN:
                continue
            real = max(0, await self._cost(one.key) - one.base)
            found[one.key] = one.model_copy(update={"micros": real})
        return found

    async def _cost(self, key: str) -> int:
        return spending_of(await self._state.names(campaign_folder(key))).micros

    async def usage_of(self, agent: AgentMark) -> AgentUsage:
        """Return the counts of today, and what is open."""
        return (await self._versioned(agent))[0]

    async def _versioned(self, agent: AgentMark) -> tuple[AgentUsage, str]:
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        data, version = await self._state.read_versioned(_name(agent))
        try:
            usage = AgentUsage.model_validate_json(data) if data else AgentUsage(day=day)
        except ValidationError:
            # Whoever broke the object must not get a new one by that.
            raise StoreDeniedError(f"{_name(agent)} in the state bucket cannot be read.") from None
        if usage.day != day:
            least = datetime.now(UTC) - _REMEMBERED
            kept = tuple(one for one in usage.money if one.at > least)
            usage = AgentUsage(day=day, touched=usage.touched, money=kept)
        return usage, version

    async def _change(self, agent: AgentMark, change: Callable[[AgentUsage], AgentUsage]) -> None:
        async with self._locks.setdefault(agent.name, asyncio.Lock()):
            for _ in range(_ROUNDS):
                usage, version = await self._versioned(agent)
                data = change(usage).model_dump_json(indent=1).encode()
                if await self._state.replace(_name(agent), data, _JSON, version):
                    return
        raise StoreUnavailableError("Other servers keep changing this agent's usage: try again.")


def require(scopes: Iterable[Scope], needed: Scope, agent: AgentMark) -> None:
    """Refuse a call that the token's scopes do not cover.

    Raises:
        LimitError: They do not.
    """
    if needed not in scopes:
        raise LimitError(
            LimitReason.SCOPE,
            f"The token of {agent.by} lacks the scope {needed}: a person must make another token.",
        )


def _why_not(
    settings: Settings, agent: AgentMark, usage: AgentUsage, waiting: int, more: int
) -> LimitError | None:
    if usage.suggestions >= settings.agent_suggestions_a_day:
        return LimitError(
            LimitReason.SUGGESTIONS_A_DAY,
            f"{agent.by} has made its {settings.agent_suggestions_a_day} suggestions of today: go "
            "on tomorrow (UTC).",
        )
    if waiting + more > settings.agent_waiting_posts:
        return LimitError(
            LimitReason.WAITING_POSTS,
            f"{waiting} posts wait for a person because of {agent.by}, and it may have "
            f"{settings.agent_waiting_posts}: a person decides on some first.",
        )
    return None


def _why_not_paid(
    settings: Settings, agent: AgentMark, money: Iterable[SetAside], ceiling: int | None
) -> LimitError | None:
    if ceiling is None:
        return LimitError(
            LimitReason.BUDGET,
            "An agent starts campaigns only under a ceiling: set GALLEY_BUDGET_CAMPAIGN_USD.",
        )
    most, used = int(settings.agent_day_usd * 1_000_000), sum(one.micros for one in money)
    if used + ceiling <= most:
        return None
    return LimitError(
        LimitReason.BUDGET,
        f"{dollars(used)} of the {dollars(most)} that {agent.by} may spend today are spent or set "
        f"aside, and a campaign sets {dollars(ceiling)} aside: wait for drafts, or for tomorrow.",
    )


def _refused(usage: AgentUsage, reason: LimitReason) -> AgentUsage:
    refused = {**usage.refused, reason.value: usage.refused.get(reason.value, 0) + 1}
    return usage.model_copy(update={"refused": refused})


def _is_open(one: Touched, rows: list[PostRow], begun: frozenset[str], now: datetime) -> bool:
    is_new = now - one.at < _SEEN_WITHIN or one.id in begun
    return is_new or any(_is_of(row, one) for row in rows)


def _count_waiting(touched: Iterable[Touched], rows: list[PostRow]) -> int:
    """Return how many posts wait for a person because of these campaigns and posts."""
    found: set[str] = set()
    unseen = 0
    for one in touched:
        own = {row.workflow_id for row in rows if _is_of(row, one)}
        found |= own
        if not own:
            unseen += _POSTS_OF_A_CAMPAIGN if one.id.startswith("campaign:") else 1
    return len(found) + unseen


def _is_of(row: PostRow, one: Touched) -> bool:
    waits = row.state in _OPEN or row.has_proposal
    return waits and one.id in {row.workflow_id, row.campaign_id}


def _settled(one: SetAside, real: SetAside | None) -> SetAside:
    """Return what a campaign really cost, unless more was set aside for it meanwhile."""
    return real if real is not None and real.at == one.at else one


def _name(agent: AgentMark) -> str:
    return f"{_USAGE}{agent.name}.json"
