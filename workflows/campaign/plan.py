"""The plan of a campaign: channels, due times and notes, without starting anything.

CampaignWorkflow follows it; app/campaigns/plan.py shows it beforehand.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from galley.models.account import MOST_DAYS, AskLimits, OpenedAccount, Opening, Outlook
from galley.models.brand import LessonsRef, RecalledLessons
from galley.models.campaign import CampaignInput, PlannedPost, SkippedChannel
from galley.models.channel import ChannelDirectory
from galley.models.network import Platform
from galley.networks.registry import rules_for
from galley.publishing.quota import first_openings, forecast_sentence
from galley.publishing.schedule.plan import PlanError, Planned, plan, select_channels
from galley.publishing.schedule.rules import local_day
from workflows import ids

_OLD_MAP = timedelta(minutes=20)
"""AccountWorkflow reads the channels anew after a quarter of an hour, where it can."""


@dataclass(frozen=True)
class CampaignPlan:
    """The posts to start, in order, and the channels that get none, with the reason.

    ``quota`` is a sentence on when Buffer's quota takes the posts, ``forecast`` the same in
    figures. Each draft chooses from ``lessons``. ``notes`` are for people.
    """

    posts: tuple[Planned, ...]
    skipped: tuple[SkippedChannel, ...]
    notes: tuple[str, ...] = ()
    quota: str = ""
    forecast: tuple[Opening, ...] = ()
    lessons: LessonsRef | None = None


def with_lessons(found: CampaignPlan, recalled: RecalledLessons) -> CampaignPlan:
    """Return the plan with the lessons of reviews, or a note that they are missing."""
    missing = f"Drafts are written without what reviews taught: {recalled.missing}."
    notes = (*found.notes, missing) if recalled.missing else found.notes
    return replace(found, lessons=recalled.lessons, notes=notes)


def with_media_trouble(found: CampaignPlan, opened: OpenedAccount) -> CampaignPlan:
    """Return the plan with a note if media cannot be fetched: known before any review."""
    if not opened.media_trouble:
        return found
    note = f"Approved media could not be fetched now: {opened.media_trouble}"
    return replace(found, notes=(*found.notes, note))


def with_signatures(found: CampaignPlan) -> CampaignPlan:
    """Return the plan with a note for a starter whose settings name no team."""
    note = "The workers let out what the team signed: to decide, set GALLEY_TEAM and your key."
    return replace(found, notes=(*found.notes, note))


def with_age_of_map(
    found: CampaignPlan, directory: ChannelDirectory, now: datetime
) -> CampaignPlan:
    """Return the plan with a note if its channels are those of a while ago."""
    age = now - directory.fetched_at
    if age < _OLD_MAP:
        return found
    note = (
        f"The channels are those of {directory.fetched_at:%Y-%m-%d %H:%M} UTC, "
        f"{age // timedelta(minutes=1)} minutes ago: Buffer could not be read since."
    )
    return replace(found, notes=(*found.notes, note))


async def plan_within_limits(
    start: CampaignInput,
    directory: ChannelDirectory,
    clock: Callable[[], datetime],
    ask: Callable[[AskLimits], Awaitable[Outlook]],
    known: Outlook | None = None,
) -> CampaignPlan:
    """Plan, ask Buffer about the days of the plan, and plan again with the answer.

    A post that moves to a day not asked about is asked about too, up to seven days.

    Args:
        start: The campaign.
        directory: The channels of the organization.
        clock: Returns the present, aware.
        ask: Reads Buffer's limits; never raises.
        known: Limits that are known already.

    Raises:
        SelectionError: The channels cannot be used.
        PlanError: Not one post can be planned.
    """
    outlook = known or Outlook()
    asked = frozenset(one.day for one in outlook.days)
    while True:
        found = plan_campaign(start, directory, clock(), outlook)
        # The new plan may move posts to days that were not asked about: ask again. It ends,
        # because at most MOST_DAYS are asked about, each once.
        task = _question(found, directory, clock(), asked)
        if task is None or outlook.missing:
            return found
        asked = asked.union(task.days)
        later = await ask(task)
        outlook = later.model_copy(update={"days": (*outlook.days, *later.days)})


def _lacking(directory: ChannelDirectory) -> dict[Platform, str]:
    """Return the networks that take no post without media, where Buffer can fetch none."""
    why = directory.media_hindrance.rstrip(".")
    if not why:
        return {}
    needing = (one for one in Platform if rules_for(one).required_media is not None)
    return dict.fromkeys(needing, f"takes no post without media. {why}")


def plan_campaign(
    start: CampaignInput, directory: ChannelDirectory, now: datetime, outlook: Outlook | None = None
) -> CampaignPlan:
    """Return the plan of a campaign that starts at ``now``.

    Raises:
        SelectionError: The channels cannot be used.
        PlanError: Not one post can be planned.
    """
    outlook = outlook or Outlook()
    options = start.options
    selection = select_channels(
        directory.channels,
        options.channels,
        options.platforms,
        options.posting.delivery,
        _lacking(directory),
    )
    planned = plan(
        start,
        selection.chosen,
        now,
        lambda channel: rules_for(channel.platform).posts_per_day,
        outlook,
    )
    posts = tuple(one for one in planned if not one.misfit)
    if not posts:
        why = "; ".join(one.misfit for one in planned)
        raise PlanError(f"Nothing can be planned: {why}.")
    misfits = (
        SkippedChannel(
            channel_id=one.channel.id,
            channel_name=one.channel.name,
            platform=one.channel.platform,
            reason=one.misfit,
        )
        for one in planned
        if one.misfit
    )
    due, zone = [post.due_at for post in posts], ZoneInfo(options.timing.timezone)
    return CampaignPlan(
        posts=posts,
        skipped=(*selection.skipped, *misfits),
        notes=tuple(_notes(start, posts, now, outlook)),
        quota=forecast_sentence(outlook.openings, due, now, zone),
        forecast=first_openings(outlook.openings, len(posts)),
    )


def shown(key: str, one: Planned) -> PlannedPost:
    """Return a planned post as it is shown; ``key`` is the campaign's."""
    return PlannedPost(
        workflow_id=ids.post_id(key, one.channel.id),
        platform=one.channel.platform,
        channel_id=one.channel.id,
        channel_name=one.channel.name,
        due_at=one.due_at,
        moves=one.moves,
    )


def _question(
    found: CampaignPlan, directory: ChannelDirectory, now: datetime, asked: frozenset[date]
) -> AskLimits | None:
    """Return the next question to Buffer about the days of a plan; ``None`` if none is left."""
    new = sorted(_days(found, now) - asked)[: MOST_DAYS - len(asked)]
    if not new:
        return None
    # Outcomes of posts due at one time are read together: a call each for creating, and
    # one for each time.
    reads = {post.due_at or post.channel.id for post in found.posts}
    return AskLimits(
        organization_id=directory.organization_id,
        channel_ids=tuple(sorted({post.channel.id for post in found.posts})),
        days=tuple(new),
        calls=len(found.posts) + len(reads),
    )


def _days(found: CampaignPlan, now: datetime) -> set[date]:
    return {local_day(post.due_at or now, post.channel) for post in found.posts}


def _notes(
    start: CampaignInput, posts: tuple[Planned, ...], now: datetime, outlook: Outlook
) -> Iterator[str]:
    if outlook.missing:
        yield f"Planned without Buffer's own limits: {outlook.missing}."
    days = {local_day(post.due_at or now, post.channel) for post in posts}
    if len(outlook.days) >= MOST_DAYS and len(days) > MOST_DAYS:
        yield (f"Buffer was asked about {MOST_DAYS} of the {len(days)} days of this plan.")
    limit = outlook.plan.scheduled_threads
    if not start.options.makes_threads or limit is None:
        return
    names = [
        f"{post.channel.name} ({post.channel.platform})"
        for post in posts
        if rules_for(post.channel.platform).max_thread > 1
        and outlook.scheduled.get(post.channel.id, 0) >= limit
    ]
    if names:
        yield (
            f"Buffer's plan takes {limit} scheduled threads of a channel at a time; "
            f"one may be refused where others wait: {', '.join(names)}."
        )
