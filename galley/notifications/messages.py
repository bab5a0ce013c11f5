"""A message in words: its title, what to run, and the whole as plain text."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from galley.models.notification import (
    MOST_ITEMS,
    Need,
    Notification,
    NotificationKind,
    NotifiedItem,
    NotifyBook,
    Told,
)

_KIND = NotificationKind
_TITLES = {
    _KIND.ACCESS_LOST: ("Buffer does not accept the key any more: {} post waits",
                        "Buffer does not accept the key any more: {} posts wait"),
    _KIND.POST_HELD: ("{} post is held", "{} posts are held"),
    _KIND.POST_FAILED: ("{} post was not published", "{} posts were not published"),
    _KIND.MEDIA_LOST: ("The media of {} post cannot be fetched",
                       "The media of {} posts cannot be fetched"),
    _KIND.POST_LATE: ("{} post is late", "{} posts are late"),
    _KIND.RUN_ENDED: ("{} run was ended in Temporal", "{} runs were ended in Temporal"),
    _KIND.BUDGET_REACHED: ("{} campaign stopped at a ceiling",
                           "{} campaigns stopped at a ceiling"),
    _KIND.CAMPAIGN_FAILED: ("{} campaign failed", "{} campaigns failed"),
    _KIND.FEED_FAILED: ("{} feed cannot be read", "{} feeds cannot be read"),
    _KIND.REVIEW_EXPIRED: ("{} review expired", "{} reviews expired"),
    _KIND.REVIEW_EXPIRING: ("{} review expires soon", "{} reviews expire soon"),
    _KIND.REVIEW_WAITING: ("{} review waits", "{} reviews wait"),
    _KIND.EDIT_PROPOSED: ("{} edit waits for approval", "{} edits wait for approval"),
    _KIND.TEST: ("Galley can reach you", "Galley can reach you"),
}  # fmt: skip
_MOST_TITLE = 200
_RUN = "uv run starter.py"
_MORE = {
    _KIND.ACCESS_LOST: (f"{_RUN} doctor",),
    _KIND.BUDGET_REACHED: (f"{_RUN} costs",),
    _KIND.FEED_FAILED: (f"{_RUN} feeds list",),
}
_BY_WHY = {_KIND.POST_HELD, _KIND.POST_FAILED, _KIND.MEDIA_LOST, _KIND.POST_LATE, _KIND.RUN_ENDED}


def titled(kind: NotificationKind, needs: Iterable[Need]) -> str:
    """Return the one line that says it all."""
    items = [need.item for need in needs]
    one, many = _TITLES[kind]
    said = (one if len(items) == 1 else many).format(len(items))
    titles = sorted({item.title for item in items if item.title})
    about = titles[0] if len(titles) == 1 else f"{len(titles)} campaigns"
    return plain(f"{said}: {about}" if titles else said)[:_MOST_TITLE]


def commands(kind: NotificationKind, items: Iterable[NotifiedItem]) -> tuple[str, ...]:
    """Return what to run, at most three commands."""
    if kind in _MORE:
        return _MORE[kind]
    named = [item.workflow_id for item in items]
    if kind is _KIND.CAMPAIGN_FAILED:
        return tuple(f"{_RUN} show {name}" for name in named[:3])
    if kind in _BY_WHY or kind is _KIND.REVIEW_EXPIRED:
        return tuple(f"{_RUN} why {name}" for name in named[:3])
    if kind is _KIND.TEST:
        return (f"{_RUN} notify test",)
    shown = tuple(f"{_RUN} show {name}" for name in named[:1])
    return (f"{_RUN} list --needs-me", *shown)


def as_text(told: Notification) -> str:
    """Return the whole message as plain text."""
    parts = [
        told.title,
        *("\n".join(_lines(item)) for item in told.items),
        _rest(told),
        "\n".join(("What to run:", *(f"  {one}" for one in told.commands))),
        f"Message {told.id}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Return text from outside as one line that moves no cursor and ends no header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _rest(told: Notification) -> str:
    more = told.count - len(told.items)
    return f"… and {more} more." if more > 0 else ""


def _lines(item: NotifiedItem) -> Iterator[str]:
    where = " · ".join(
        filter(None, (item.platform, plain(item.channel), item.state, _revision(item)))
    )
    yield f"{where}\n{item.workflow_id}" if where else item.workflow_id
    if item.title:
        yield plain(item.title)
    if item.why:
        yield plain(item.why)
    if item.expires_at:
        yield f"Expires {item.expires_at:%Y-%m-%d %H:%M %Z}"
    if item.due_at:
        yield f"Due {item.due_at:%Y-%m-%d %H:%M %Z}"
    if item.link:
        yield item.link
    if item.text:
        yield "\n".join(f"> {plain(line)}" for line in item.text.splitlines())


def _revision(item: NotifiedItem) -> str:
    return f"revision {item.revision}" if item.revision else ""


def shortened(items: Iterable[NotifiedItem]) -> tuple[NotifiedItem, ...]:
    """Return those that stand in the message, the soonest due first."""

    def soonest(item: NotifiedItem) -> tuple[bool, str, str]:
        due = item.due_at.isoformat() if item.due_at else ""
        return not due, due, item.workflow_id

    return tuple(sorted(items, key=soonest)[:MOST_ITEMS])


SETTLES = timedelta(seconds=20)
"""No further draft of its campaign came for so long: the reviews are told together."""
AT_LAST = timedelta(minutes=10)
"""Then they are told, whatever is still being drafted."""
_GONE = timedelta(minutes=10)
"""Visibility may be behind by some seconds; what is away for longer is away."""
_ENDED_FOR = timedelta(days=2)
"""Longer than ended runs are looked for."""
_MOST_GROUPS = 5
"""More campaigns than that are told in one message."""
MOST_TOLD = 30_000

_GATHERING = {NotificationKind.REVIEW_WAITING, NotificationKind.EDIT_PROPOSED}
_ENDED = {
    NotificationKind.POST_FAILED,
    NotificationKind.RUN_ENDED,
    NotificationKind.BUDGET_REACHED,
    NotificationKind.CAMPAIGN_FAILED,
    NotificationKind.FEED_FAILED,
    NotificationKind.REVIEW_EXPIRED,
}
_Groups = dict[tuple[NotificationKind, str], list[Need]]


def news(
    book: NotifyBook, needs: Iterable[Need], now: datetime, *, is_whole: bool = True
) -> tuple[NotifyBook, tuple[Notification, ...]]:
    """Return the book after this look, and the messages that go out now.

    Args:
        book: What is known.
        needs: All that needs a person now.
        now: The time of the look.
        is_whole: Whether everything was seen; else nothing counts as gone.
    """
    seen = {need.key: need for need in needs}
    told = _remembered(book.told, set(seen), now, is_whole=is_whole)
    new = [need for key, need in seen.items() if key not in told]
    waiting = {need.key: book.waiting.get(need.key, now) for need in new}
    ready = [group for group in _grouped(new) if _is_ready(group, waiting, now)]
    messages = tuple(_message(group, now) for group in _merged(ready))
    for need in (need for group in ready for need in group):
        told[need.key] = Told(at=now)
        del waiting[need.key]
    after = book.model_copy(
        update={
            "told": told,
            "waiting": waiting,
            "pending": {**book.pending, **{one.id: one.title for one in messages}},
        }
    )
    return after, messages


def key_of(workflow_id: str, kind: NotificationKind, revision: int = 0) -> str:
    """Return what a need is known by."""
    return f"{workflow_id}/r{revision}/{kind}"


def _remembered(
    told: dict[str, Told], seen: set[str], now: datetime, *, is_whole: bool
) -> dict[str, Told]:
    kept = dict[str, Told]()
    for key, one in told.items():
        if key in seen:
            kept[key] = one if one.gone_at is None else Told(at=one.at)
        elif not is_whole or one.gone_at is None:
            kept[key] = Told(at=one.at, gone_at=now) if is_whole else one
        elif now - one.gone_at < _kept_for(key):
            kept[key] = one
    newest = sorted(kept.items(), key=lambda item: item[1].at)[-MOST_TOLD:]
    return dict(newest)


def _kept_for(key: str) -> timedelta:
    return _ENDED_FOR if key.rpartition("/")[2] in _ENDED else _GONE


def _grouped(needs: Iterable[Need]) -> list[list[Need]]:
    groups: _Groups = defaultdict(list)
    for need in needs:
        groups[need.kind, need.group].append(need)
    return [groups[name] for name in sorted(groups)]


def _is_ready(group: list[Need], since: dict[str, datetime], now: datetime) -> bool:
    if group[0].kind not in _GATHERING:
        return True
    times = [since[need.key] for need in group]
    if now - min(times) >= AT_LAST:
        return True
    is_settling = any(need.is_settling for need in group)
    return not is_settling and now - max(times) >= SETTLES


def _merged(groups: list[list[Need]]) -> list[list[Need]]:
    """Return the groups; those of one kind as one, where they are too many."""
    by_kind: dict[NotificationKind, list[list[Need]]] = defaultdict(list)
    for group in groups:
        by_kind[group[0].kind].append(group)
    merged: list[list[Need]] = []
    for kind in NotificationKind:
        of_kind = by_kind[kind]
        is_one = len(of_kind) > _MOST_GROUPS or kind is NotificationKind.ACCESS_LOST
        together = [need for group in of_kind for need in group]
        merged += [together] if is_one and together else of_kind
    return merged


def _message(group: list[Need], now: datetime) -> Notification:
    kind = group[0].kind
    told = "\n".join([now.isoformat(), *sorted(need.key for need in group)])
    items = shortened(need.item for need in group)
    return Notification(
        id=f"msg_{hashlib.sha256(told.encode()).hexdigest()[:32]}",
        kind=kind,
        title=titled(kind, group),
        at=now,
        count=len(group),
        campaigns=tuple(sorted({need.group for need in group if need.group})),
        items=items,
        commands=commands(kind, items),
    )
