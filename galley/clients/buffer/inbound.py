"""Buffer's answers as models: posts, channels, instants and one-line texts.

The Buffer client calls this with the generated types of its answers.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import cast

from pydantic import BaseModel

from galley.clients.buffer.generated.fragments import PostFields
from galley.clients.buffer.generated.list_channels import (
    ListChannels,
    ListChannelsChannels,
    ListChannelsChannelsMetadataInstagramMetadata,
    ListChannelsChannelsMetadataMastodonMetadata,
    ListChannelsChannelsMetadataPinterestMetadata,
    ListChannelsChannelsMetadataTiktokMetadata,
    ListChannelsChannelsMetadataYoutubeMetadata,
    ListChannelsChannelsPostingSchedule,
)
from galley.models.channel import Board, Channel, ChannelDirectory, PostingDay
from galley.models.network import Platform
from galley.models.publishing import BufferPost


def from_buffer(text: str | None) -> datetime | None:
    """Return an instant in UTC; one without offset is UTC, nonsense is ``None``."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_SERVICES = {
    "twitter" if platform is Platform.X else platform.value: platform for platform in Platform
}


def platform_of(service: str) -> Platform | None:
    """Return our name of a Buffer ``Service``.

    ``None`` for what Galley does not write for: ``substack``, ``startPage``,
    ``whatsapp``, and whatever Buffer adds next.
    """
    return _SERVICES.get(service)


def clean(text: object, limit: int = 300) -> str:
    """Return outside text as one short, printable line."""
    line = " ".join(str(text).split())
    line = "".join(char for char in line if char.isprintable())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def json_object(body: bytes) -> dict[str, object]:
    """Return the JSON object that ``body`` holds, an empty one if it holds none."""
    try:
        return as_dict(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def as_dict(value: object) -> dict[str, object]:
    """Return ``value`` if it is an object, else an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


_MAX_NAME = 200
_MAX_URL = 2048
_MAX_SLOTS = 288
"""A day; every five minutes."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def post_of(post: PostFields) -> BufferPost:
    """Return a post, with Buffer's own word for a status that Galley does not know."""
    error = None
    if post.error:
        page, error = _web_link(post.error.support_url), clean(post.error.message)
        error = f"{error} See {page}" if page else error
    return BufferPost(
        id=post.id,
        channel_id=post.channel_id,
        status=clean(post.status, 60),
        text=post.text,
        due_at=from_buffer(post.due_at),
        created_at=from_buffer(post.created_at),
        sent_at=from_buffer(post.sent_at),
        external_link=_web_link(post.external_link),
        error=error,
    )


def directory_of(answer: ListChannels, organization_id: str) -> ChannelDirectory:
    """Return the channel map; networks we do not write for are named apart."""
    names = {one.id: one.name for one in answer.account.organizations}
    found = [(one, platform_of(one.service)) for one in answer.channels]
    return ChannelDirectory(
        organization_id=organization_id,
        organization_name=clean(names.get(organization_id, ""), _MAX_NAME),
        channels=tuple(_channel_of(one, platform) for one, platform in found if platform),
        unsupported=tuple(
            clean(f"{one.service}: {one.name}", _MAX_NAME)
            for one, platform in found
            if platform is None
        ),
        fetched_at=datetime.now(UTC),
    )


def _channel_of(channel: ListChannelsChannels, platform: Platform) -> Channel:
    plain = Channel(
        id=channel.id,
        name=clean(channel.name, _MAX_NAME),
        platform=platform,
        timezone=clean(channel.timezone, 60),
        is_disconnected=channel.is_disconnected,
        is_locked=channel.is_locked,
        is_queue_paused=channel.is_queue_paused,
        shortens_links=channel.link_shortening.is_enabled,
        posting_schedule=_posting_schedule(channel.posting_schedule),
    )
    return plain.model_copy(update=_network_settings(channel.metadata))


def _posting_schedule(
    days: Iterable[ListChannelsChannelsPostingSchedule],
) -> tuple[PostingDay, ...]:
    """Return the days with slots; a day or time we cannot read has none."""
    read = (
        PostingDay(weekday=_WEEKDAYS.index(day.day), times=_clock_times(day.times))
        for day in days
        if day.day in _WEEKDAYS and not day.paused
    )
    return tuple(sorted((d for d in read if d.times), key=lambda d: d.weekday))


def _clock_times(texts: list[str]) -> tuple[time, ...]:
    found: set[time] = set()
    for text in texts[:_MAX_SLOTS]:
        try:
            found.add(time.fromisoformat(text).replace(tzinfo=None))
        except ValueError:
            continue
    return tuple(sorted(found))


def _network_settings(metadata: BaseModel | None) -> dict[str, object]:
    match metadata:
        case (
            ListChannelsChannelsMetadataInstagramMetadata()
            | ListChannelsChannelsMetadataTiktokMetadata()
            | ListChannelsChannelsMetadataYoutubeMetadata()
        ):
            return {"reminders_only": metadata.default_to_reminders}
        case ListChannelsChannelsMetadataMastodonMetadata():
            return {"max_characters": metadata.max_characters}
        case ListChannelsChannelsMetadataPinterestMetadata():
            boards = (
                Board(service_id=board.service_id, name=clean(board.name, _MAX_NAME))
                for board in metadata.boards
            )
            return {"boards": tuple(boards)}
        case _:
            return {}


def _web_link(url: str | None) -> str | None:
    """Return ``url`` if a person may be shown it as a link: the web only, no ``javascript:``."""
    if url is None or len(url) > _MAX_URL or not url.isprintable():
        return None
    return url if url.startswith(("https://", "http://")) else None
