"""The pages of an account: status, channels, quota, pauses and costs."""

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.accounts.pauses import PauseReport, Reach, ScopeRequest, pause, resume
from app.accounts.workflows import ChannelMap, read_channels, scope_words
from app.errors import AppError, app_error
from app.health.findings import Level, worst
from app.health.status import Status, account_level, levels, posts_level, queue_level, read_status
from app.posts.states import phase_words
from app.records.costs import CostReport, all_costs
from galley.budget.prices import dollars
from galley.models.channel import Channel, ChannelDirectory, Delivery
from galley.models.network import Platform
from galley.publishing.job.pauses import cause_sentence
from galley.publishing.job.state import AccountHealth
from web.rendering import page
from web.routes import act, shown, tell, to
from web.site import session_of, site_of

_T = TypeVar("_T")
_DEAREST = 12


@dataclass(frozen=True)
class Part:
    """A part of the status, with its level and a sentence."""

    name: str
    level: Level
    words: str
    is_paused: bool = False
    """Whether a pause is all that its level tells of."""


@dataclass(frozen=True)
class ChannelState:
    """A channel, and what it lacks; empty if nothing."""

    channel: Channel
    lacks: str


async def overview(request: Request) -> Response:
    """Show the status, pauses and quota; the rest of the page loads after it."""
    site = site_of(request)
    status, why = await or_why(read_status(site.connections))
    seen = status.seen if status else None
    level = worst(*levels(seen)) if seen else Level.FAILED
    parts = list(parts_of(status)) if status else []
    return page(
        request,
        "account.html",
        found=status,
        why=why,
        level=level,
        is_only_paused=is_only_paused(parts, level),
        parts=parts,
        accounts=[one.health for one in (seen.accounts or ()) if one.health] if seen else [],
        platforms=list(Platform),
        scope_words=scope_words,
        cause_sentence=cause_sentence,
        window_words=window_words,
        phase_words=phase_words,
        money=seen.money if seen else None,
        dollars=dollars,
    )


def is_only_paused(parts: Iterable[Part], level: Level) -> bool:
    """Return whether pauses alone are what needs attention."""
    told = [one for one in parts if one.level is level]
    return level is Level.WARNING and bool(told) and all(one.is_paused for one in told)


def parts_of(status: Status) -> Iterable[Part]:
    """Yield each part of the status."""
    seen = status.seen
    if posts := seen.posts:
        states = {state.value: count for state, count in posts.by_state.items() if count}
        words = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in states.items())
        more = {"overdue": posts.overdue, "abandoned": posts.abandoned, "expiring": posts.expiring}
        told = [words or "none yet", *(f"{count} {name}" for name, count in more.items() if count)]
        yield Part("Posts", posts_level(posts), ", ".join(told))
    well = [queue for queue in seen.queues or () if queue_level(queue) is Level.OK]
    if well:
        served = ", ".join(queue.serves or queue.name for queue in well)
        yield Part("Workers", Level.OK, f"{served}: served in time")
    for queue in seen.queues or ():
        if queue not in well:
            words = f"{len(queue.pollers)} workers, {queue.backlog} tasks waiting"
            yield Part(f"Queue {queue.serves or queue.name}", queue_level(queue), words)
    for account in seen.accounts or ():
        yield Part(
            f"Buffer {account.workflow_id.partition(':')[2]}",
            account_level(account.health),
            _account_words(account.health),
            is_paused=_is_paused(account.health),
        )
    for name, why in seen.missing.items():
        yield Part(name, Level.FAILED, why)
    if status.key_refusal:
        yield Part("Buffer key", Level.FAILED, status.key_refusal)
    for message in status.undelivered:
        yield Part("Notification", Level.WARNING, f"{message.workflow_id} did not arrive")


def _is_paused(health: AccountHealth | None) -> bool:
    if health is None or not health.pauses:
        return False
    return account_level(health.model_copy(update={"pauses": ()})) is Level.OK


def _account_words(health: AccountHealth | None) -> str:
    if health is None:
        return "no worker answers"
    if health.is_key_refused:
        return "Buffer refuses the key"
    if health.unanswered_since:
        return f"Buffer has not answered since {health.unanswered_since:%H:%M} UTC"
    if health.pauses:
        paused = ", ".join(scope_words(one.scope) for one in health.pauses)
        return f"paused: {paused}"
    return f"waits for {health.waiting_for}" if health.is_busy else "ready"


def window_words(seconds: int) -> str:
    """Return a window of Buffer's quota in words."""
    span = timedelta(seconds=seconds)
    if span.days > 1:
        return f"{span.days} days"
    return f"{seconds // 60} minutes" if span < timedelta(hours=1) else f"{seconds // 3600} hours"


async def channels(request: Request) -> Response:
    """Show the channels and what each lacks; a part of the page, loaded after it."""
    refresh = "refresh" in request.query_params
    found, why = await or_why(read_channels(site_of(request).connections, refresh=refresh))
    organizations = [(one, states_of(one)) for one in found.organizations] if found else []
    return page(
        request,
        "parts/channels.html",
        organizations=organizations,
        hindrance=found.media_hindrance if isinstance(found, ChannelMap) else "",
        why=why,
    )


def states_of(directory: ChannelDirectory) -> list[ChannelState]:
    """Return each channel with what it lacks; those that lack something first."""
    found = [
        ChannelState(one, one.unusable_because(Delivery()) or _lacks(one))
        for one in directory.channels
    ]
    return sorted(found, key=lambda one: not one.lacks)


def _lacks(channel: Channel) -> str:
    if channel.platform is Platform.PINTEREST and not channel.boards:
        return "has no board: make one on Pinterest, then read the channels again"
    return ""


async def costs(request: Request) -> Response:
    """Show what campaigns cost, and what of the ceilings is left; a part of the page."""
    found, why = await or_why(all_costs(site_of(request).connections))
    rows = found.campaigns[:_DEAREST] if isinstance(found, CostReport) else []
    return page(request, "parts/costs.html", report=found, rows=rows, why=why, dollars=dollars)


async def or_why(asked: Awaitable[_T]) -> tuple[_T | None, str]:
    """Return an answer, or the sentence why there is none: one part must not hide the others."""
    try:
        return await asked, ""
    except Exception as error:
        known = app_error(error)
        if known is None:
            raise
        return None, str(known)


# The kill switch


async def pause_posts(request: Request, form: FormData) -> Response:
    """Stop the calls to Buffer for the posts of a scope."""
    report = await pause(
        site_of(request).connections,
        _scope(form),
        by=session_of(request).person,
        note=str(form.get("note", "")).strip(),
        pull_back="pull_back" in form,
    )
    tell(request, _report_words("Paused", report))
    return to("/account")


async def resume_posts(request: Request, form: FormData) -> Response:
    """End the pause of exactly this scope."""
    site = site_of(request)
    try:
        report = await resume(site.connections, _scope(form), by=session_of(request).person)
        tell(request, _report_words("Resumed", report))
    except AppError as error:
        tell(request, str(error))
    return to("/account")


def _scope(form: FormData) -> ScopeRequest:
    platform = str(form.get("platform", ""))
    return ScopeRequest(
        platform=Platform(platform) if platform in set(Platform) else None,
        channel=str(form.get("channel", "")).strip(),
        campaign=str(form.get("campaign", "")).strip(),
    )


_REACHED = {
    Reach.KEPT: "kept by Galley",
    Reach.PULLED_BACK: "out of Buffer until resumed",
    Reach.GOING_BACK: "on the way back",
    Reach.IN_BUFFER: "in Buffer, and go out at their time",
    Reach.PUT_BACK: "put back into Buffer",
    Reach.TOO_LATE: "published before it",
}


def _report_words(done: str, report: PauseReport) -> str:
    if not report.is_new:
        return "There was no such pause."
    if not report.is_heard:
        return f"{done}, once a worker runs: none has answered yet."
    counts = [
        f"{len(posts)} {words}" for reach, words in _REACHED.items() if (posts := report.of(reach))
    ]
    kept = "" if report.is_kept else " The state bucket did not take it: it may be lost."
    reached = ", ".join(counts) or "No post is under way"
    return f"{done}: {scope_words(report.scope)}. {reached}.{kept}"


ROUTES = [
    shown("/account", overview),
    shown("/account/channels", channels),
    shown("/account/costs", costs),
    act("/account/pause", pause_posts),
    act("/account/resume", resume_posts),
]
