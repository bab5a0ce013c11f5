"""Which needs are new, and which of them go into one message.

The book remembers what was told. What is gone for a while may be told again: a post
that is held once more needs a person once more.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from galley.models.notification import (
    Need,
    Notification,
    NotificationKind,
    NotifyBook,
    Told,
)
from galley.notifications.wording import commands, shortened, titled

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
            "outbox": {**book.outbox, **{one.id: one.title for one in messages}},
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
