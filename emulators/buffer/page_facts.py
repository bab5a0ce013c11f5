"""What the page says under a post in a few words: board, topic, dates, people."""

from collections.abc import Iterator
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from emulators.buffer.records import Json, Post
from emulators.buffer.times import SECOND

_NAMED = {
    "topic": "Topic: {}",
    "locationName": "Place: {}",
    "privacy": "Visibility: {}",
    "link": "Shop link: {}",
    "url": "Leads to {}",
}
_FLAGS = {
    "isAiGenerated": "Marked as made with AI",
    "madeForKids": "Made for children",
}


def facts_of(post: Post, details: Json, channel: Json) -> list[str]:
    """Say what a post has beside its text; ``details`` are those of Google Business."""
    own = post.metadata
    found = [words.format(own[name]) for name, words in _NAMED.items() if own.get(name)]
    found += [words for name, words in _FLAGS.items() if own.get(name)]
    if own.get("retweet"):
        found.append(f"Quotes post {own['retweet']['id']}")
    return [
        *_board(own, channel),
        *found,
        *_people(post),
        *_google(details, ZoneInfo(channel["timezone"])),
        *([f"On the network at {post.external_link}"] if post.external_link else []),
    ]


def _board(own: Json, channel: Json) -> Iterator[str]:
    board = own.get("boardServiceId")
    if board:
        settings: Json = channel["metadata"] or {}
        boards = cast("list[Json]", settings.get("boards") or [])
        names = [one["name"] for one in boards if one["serviceId"] == board]
        yield f"Board: {names[0] if names else board}"


def _people(post: Post) -> Iterator[str]:
    tagged: list[str] = []
    for asset in post.all_assets():
        metadata: Json = asset["fields"].get("metadata") or {}
        tags: list[Json] = metadata.get("userTags") or []
        tagged += [f"@{tag['handle'].removeprefix('@')}" for tag in tags]
    if tagged:
        yield "Tagged: " + ", ".join(dict.fromkeys(tagged))


def _google(details: Json, zone: ZoneInfo) -> Iterator[str]:
    ends = [details.get("startDate"), details.get("endDate")]
    if all(ends):
        whole = bool(details.get("isFullDayEvent"))
        start, end = (_date(cast("int", one), zone, whole=whole) for one in ends)
        yield f"From {start} to {end}"
    if details.get("code"):
        yield f"Code: {details['code']}"
    if details.get("terms"):
        yield f"Terms: {details['terms']}"


def _date(instant: int, zone: ZoneInfo, *, whole: bool) -> str:
    local = datetime.fromtimestamp(instant / SECOND, zone)
    return f"{local.day} {local:%B %Y}" + ("" if whole else f"{local:, %H:%M}")
