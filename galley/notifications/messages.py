"""The notifications that go out after a look: which needs are new, and their words.

The activities of notifications call this with what a look found; the store keeps the
:class:`NotifyBook`.
"""

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
from galley.notifications.asks import Ask

_KIND = NotificationKind
_TITLES = {
    _KIND.ACCESS_LOST: ("Buffer no longer accepts the key: {} post waiting",
                        "Buffer no longer accepts the key: {} posts waiting"),
    _KIND.ACCOUNT_PAUSED: ("{} account is paused until you resume it",
                           "{} accounts are paused until you resume them"),
    _KIND.POST_HELD: ("{} post is held", "{} posts are held"),
    _KIND.POST_FAILED: ("{} post was not published", "{} posts were not published"),
    _KIND.MEDIA_LOST: ("{} post has media that cannot be fetched",
                       "{} posts have media that cannot be fetched"),
    _KIND.POST_LATE: ("{} post is late", "{} posts are late"),
    _KIND.RUN_ENDED: ("{} run was ended in Temporal", "{} runs were ended in Temporal"),
    _KIND.BUDGET_REACHED: ("{} campaign stopped at a ceiling", "{} campaigns stopped at a ceiling"),
    _KIND.CAMPAIGN_FAILED: ("{} campaign failed", "{} campaigns failed"),
    _KIND.CAMPAIGN_WAITING: ("{} campaign is waiting for Buffer or the bucket",
                             "{} campaigns are waiting for Buffer or the bucket"),
    _KIND.FEED_FAILED: ("{} feed cannot be read", "{} feeds cannot be read"),
    _KIND.REVIEW_EXPIRED: ("{} review expired", "{} reviews expired"),
    _KIND.REVIEW_EXPIRING: ("{} review expires soon", "{} reviews expire soon"),
    _KIND.REVIEW_WAITING: ("{} post waiting for review", "{} posts waiting for review"),
    _KIND.EDIT_PROPOSED: ("{} edit waiting for approval", "{} edits waiting for approval"),
    _KIND.MENTIONED: ("{} comment mentions you", "{} comments mention you"),
    _KIND.TEST: ("Galley can reach you", "Galley can reach you"),
}  # fmt: skip
_RUN = "galley"
_MORE = {
    _KIND.ACCESS_LOST: (f"{_RUN} doctor",),
    _KIND.ACCOUNT_PAUSED: (f"{_RUN} status", f"{_RUN} resume"),
    _KIND.BUDGET_REACHED: (f"{_RUN} costs",),
    _KIND.FEED_FAILED: (f"{_RUN} feeds list",),
}
_BY_WHY = {
    *(_KIND.POST_HELD, _KIND.POST_FAILED, _KIND.MEDIA_LOST, _KIND.POST_LATE),
    *(_KIND.RUN_ENDED, _KIND.REVIEW_EXPIRED),
}

SETTLES = timedelta(seconds=20)
"""Without a further draft of their campaign for so long, its reviews share a message."""
AT_LAST = timedelta(minutes=10)
"""Then the message goes out, whatever is still being drafted."""
_GONE = timedelta(minutes=10)
"""Temporal's visibility may be some seconds behind; a need unseen for longer is gone."""
_ENDED_FOR = timedelta(days=2)
"""Longer than ended runs are looked for: they are not reported again."""
_MOST_GROUPS = 5
"""Of campaigns; more share one message."""
MOST_TOLD = 30_000

_GATHERING = {_KIND.REVIEW_WAITING, _KIND.EDIT_PROPOSED}
_ENDED = {
    *(_KIND.POST_FAILED, _KIND.RUN_ENDED, _KIND.BUDGET_REACHED),
    *(_KIND.CAMPAIGN_FAILED, _KIND.FEED_FAILED, _KIND.REVIEW_EXPIRED),
}


def commands(kind: NotificationKind, items: Iterable[NotifiedItem]) -> tuple[str, ...]:
    """Return the commands to run next, at most three."""
    if kind in _MORE:
        return _MORE[kind]
    names = [item.workflow_id for item in items]
    if kind is _KIND.CAMPAIGN_WAITING:
        return (f"{_RUN} doctor", *(f"{_RUN} show {name}" for name in names[:1]))
    if kind is _KIND.CAMPAIGN_FAILED:
        return tuple(f"{_RUN} show {name}" for name in names[:3])
    if kind in _BY_WHY:
        return tuple(f"{_RUN} why {name}" for name in names[:3])
    if kind is _KIND.TEST:
        return (f"{_RUN} notify test",)
    return (f"{_RUN} list --needs-me", *(f"{_RUN} show {name}" for name in names[:1]))


def said_in_short(kind: NotificationKind, count: int) -> str:
    """Return how many of what need a person, without a word of theirs."""
    one, many = _TITLES[kind]
    return (one if count == 1 else many).format(count)


def as_text(message: Notification, asks: Iterable[Ask] = (), to: str = "") -> str:
    """Return the whole message as plain text.

    Args:
        message: What it is about.
        asks: What its posts ask of a person.
        to: Whose links it holds.
    """
    more, asked = message.count - len(message.items), {one.post: one for one in asks}
    parts = [
        message.title,
        *("\n".join(_lines(item, asked.get(item.workflow_id), to)) for item in message.items),
        f"… and {more} more." if more > 0 else "",
        "\n".join(("What to run:", *(f"  {one}" for one in message.commands))),
        f"Message {message.id}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Return a stranger's text as one line that moves no cursor and ends no mail header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _lines(item: NotifiedItem, ask: Ask | None, to: str) -> Iterator[str]:
    revision = ask.revision if ask else item.revision
    details = (
        item.platform,
        plain(item.channel),
        item.state,
        f"revision {revision}" if revision else "",
    )
    where = " · ".join(filter(None, details))
    yield f"{where}\n{item.workflow_id}" if where else item.workflow_id
    yield from filter(None, (plain(item.title), plain(item.why)))
    if item.expires_at:
        yield f"Expires {item.expires_at:%Y-%m-%d %H:%M %Z}"
    if ask:
        yield f"Goes out {ask.due}"
    elif item.due_at:
        yield f"Due {item.due_at:%Y-%m-%d %H:%M %Z}"
    if digest := ask.digest if ask else item.digest:
        yield f"Proof {digest}"
    yield from _asked(ask, to) if ask else ()
    if item.page and not (ask and to in ask.links):
        yield f"Look at it and decide: {item.page}"
    if item.link:
        yield item.link
    if item.text and not (ask and ask.texts):
        yield _quoted(item.text)


def _asked(ask: Ask, to: str) -> Iterator[str]:
    """Yield what a person needs to decide on a post, and the link with which they do."""
    yield from map(_quoted, ask.texts)
    yield from (f"Check: {plain(one)}" for one in ask.claims)
    yield from map(plain, ask.misfits)
    yield from filter(None, (ask.found, *about_of(ask)))
    yield from (f"{name}: {plain(value)}" for name, value in ask.leaves)
    if link := ask.links.get(to):
        yield f"Approve or reject it: {link}"
        yield f"For you alone, once, until {ask.until:%Y-%m-%d %H:%M %Z}."


def about_of(ask: Ask) -> Iterator[str]:
    """Yield who has approved it, for whom it waits, and whether there is a choice."""
    if ask.approved:
        yield f"Approved by {', '.join(map(plain, ask.approved))}."
    if ask.waits:
        yield f"Waits for {plain(ask.waits)}."
    if ask.variants:
        yield f"There are {ask.variants} drafts to choose from: open it."


def _quoted(text: str) -> str:
    return "\n".join(f"> {plain(line)}" for line in text.splitlines())


def shortened(items: Iterable[NotifiedItem]) -> tuple[NotifiedItem, ...]:
    """Return the items that a message names, the soonest due first."""

    def soonest(item: NotifiedItem) -> tuple[bool, str, str]:
        due = item.due_at.isoformat() if item.due_at else ""
        return not due, due, item.workflow_id

    return tuple(sorted(items, key=soonest)[:MOST_ITEMS])


def news(
    book: NotifyBook, needs: Iterable[Need], now: datetime, *, is_whole: bool = True
) -> tuple[NotifyBook, tuple[Notification, ...]]:
    """Return the book after this look, and the messages that go out now.

    Args:
        book: The needs told and waiting before.
        needs: Everything that needs a person now.
        now: The time of the look.
        is_whole: Whether the look saw everything; if not, nothing counts as gone.
    """
    seen = {need.key: need for need in needs}
    told = _remembered(book.told, set(seen), now, is_whole=is_whole)
    new = [need for key, need in seen.items() if key not in told]
    waiting = {need.key: book.waiting.get(need.key, now) for need in new}
    groups: defaultdict[tuple[NotificationKind, str], list[Need]] = defaultdict(list)
    for need in new:
        groups[need.kind, need.group].append(need)
    ready = [groups[name] for name in sorted(groups) if _is_ready(groups[name], waiting, now)]
    messages = tuple(_message(group, now) for group in _merged(ready))
    for need in (need for group in ready for need in group):
        told[need.key] = Told(at=now)
        del waiting[need.key]
    pending = book.pending | {one.id: one.title for one in messages}
    after = book.model_copy(update={"told": told, "waiting": waiting, "pending": pending})
    return after, messages


def key_of(workflow_id: str, kind: NotificationKind, revision: int = 0) -> str:
    """Return the key by which a need is told once."""
    return f"{workflow_id}/r{revision}/{kind}"


def _remembered(
    told: dict[str, Told], seen: set[str], now: datetime, *, is_whole: bool
) -> dict[str, Told]:
    """Return the needs told before that still count as told."""
    kept = dict[str, Told]()
    for key, one in told.items():
        keep_for = _ENDED_FOR if key.rpartition("/")[2] in _ENDED else _GONE
        if key in seen:
            kept[key] = Told(at=one.at)
        elif not is_whole:
            kept[key] = one
        elif one.gone_at is None:
            kept[key] = Told(at=one.at, gone_at=now)
        elif now - one.gone_at < keep_for:
            kept[key] = one
    return dict(sorted(kept.items(), key=lambda item: item[1].at)[-MOST_TOLD:])


def _is_ready(group: list[Need], since: dict[str, datetime], now: datetime) -> bool:
    """Whether a group goes out now; reviews wait for the rest of their campaign."""
    if group[0].kind not in _GATHERING:
        return True
    times = [since[need.key] for need in group]
    is_settled = not any(need.is_settling for need in group) and now - max(times) >= SETTLES
    return is_settled or now - min(times) >= AT_LAST


def _merged(groups: list[list[Need]]) -> list[list[Need]]:
    """Return the groups by urgency; too many of one kind become one."""
    merged: list[list[Need]] = []
    for kind in NotificationKind:
        of_kind = [group for group in groups if group[0].kind is kind]
        is_one = len(of_kind) > _MOST_GROUPS or kind is _KIND.ACCESS_LOST
        together = [need for group in of_kind for need in group]
        merged += [together] if is_one and together else of_kind
    return merged


def _message(group: list[Need], now: datetime) -> Notification:
    kind = group[0].kind
    # The same news has the same ID in every attempt, and receivers drop what they know; the
    # time in it makes a need that comes back later another message.
    identity = "\n".join([now.isoformat(), *sorted(need.key for need in group)])
    items = shortened(need.item for need in group)
    said = said_in_short(kind, len(group))
    titles = sorted({need.item.title for need in group if need.item.title})
    about = titles[0] if len(titles) == 1 else f"{len(titles)} campaigns"
    return Notification(
        id=f"msg_{hashlib.sha256(identity.encode()).hexdigest()[:32]}",
        kind=kind,
        title=plain(f"{said}: {about}" if titles else said)[:200],
        at=now,
        count=len(group),
        campaigns=tuple(sorted({need.group for need in group if need.group})),
        items=items,
        commands=commands(kind, items),
    )
