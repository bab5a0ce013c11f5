"""The verbs about channels, their limits, and texts held to the rules of a network."""

from pydantic import Field

from agents.shapes import Id, Quoted, ShownProblem, all_quoted, problems_of, quoted
from agents.verbs import Caller, verb
from app.accounts.workflows import read_channels
from app.text_check import check_text as check_text_alone
from app.text_check import check_thread
from galley.models.agents import Scope
from galley.models.base import Model
from galley.models.channel import Delivery
from galley.models.network import Platform
from galley.networks.registry import rules_for
from galley.networks.visible import visible


class ListChannels(Model):
    """Request of ``list_channels``."""

    refresh: bool = Field(default=False, description="Ask Buffer now; it counts each question.")


class ChannelLine(Model):
    """One connected account, with the limits of its network."""

    channel: Id
    name: Quoted
    network: Platform
    is_ready: bool
    why_not: Quoted | None
    timezone: Id
    text_limit: int
    counted_as: str
    thread_posts: int = Field(description="Most posts of a thread; 1: no threads.")
    needs_media: bool


class Channels(Model):
    """All channels of the organizations that Galley reaches."""

    channels: tuple[ChannelLine, ...]
    media_hindrance: Quoted | None = Field(description="Why posts with media cannot go out.")


@verb("GET", "/v1/channels", Scope.READ)
async def list_channels(caller: Caller, asked: ListChannels) -> Channels:
    """List the channels, what each still needs, and the limits of its network."""
    found = await read_channels(caller.connections, refresh=asked.refresh)
    lines: list[ChannelLine] = []
    for one in (channel for each in found.organizations for channel in each.channels):
        rules, lacks = rules_for(one.platform), one.unusable_because(Delivery())
        line = ChannelLine(
            channel=one.id,
            name=Quoted(untrusted_text=visible(one.name)),
            network=one.platform,
            is_ready=lacks is None,
            why_not=quoted(lacks),
            timezone=one.timezone,
            text_limit=rules.own_limit(one) or rules.text_limit,
            counted_as=rules.counted_as,
            thread_posts=rules.max_thread,
            needs_media=rules.required_media is not None,
        )
        lines.append(line)
    return Channels(channels=tuple(lines), media_hindrance=quoted(found.media_hindrance))


class CheckText(Model):
    """Request of ``check_text``."""

    network: Platform
    text: str = Field(max_length=100_000, description="The final text, hashtags and link in it.")
    limit: int | None = Field(default=None, ge=1, description="The channel's own limit.")
    as_thread: bool = Field(default=False, description="Show the thread that it becomes.")


class CheckedText(Model):
    """Whether a network takes a text, counted its own way."""

    network: Platform
    ok: bool
    lengths: tuple[int, ...] = Field(description="Of the text, or of each post of the thread.")
    limit: int
    posts: tuple[Quoted, ...]
    problems: tuple[ShownProblem, ...]


@verb("POST", "/v1/checks", Scope.READ)
async def check_text(caller: Caller, asked: CheckText) -> CheckedText:
    """Say whether a network would take a text, and why not. Changes nothing."""
    del caller
    if asked.as_thread:
        thread = check_thread(asked.network, asked.text, asked.limit, numbered=False)
        posts, lengths = thread.posts, thread.lengths
        ok, limit, problems = thread.ok, thread.limit, thread.problems
    else:
        report = check_text_alone(asked.network, asked.text, limit=asked.limit)
        posts, lengths = (asked.text,), (report.length,)
        ok, limit, problems = report.ok, report.limit, report.problems
    return CheckedText(
        network=asked.network,
        ok=ok,
        lengths=lengths,
        limit=limit,
        posts=all_quoted(posts),
        problems=problems_of(problems),
    )
