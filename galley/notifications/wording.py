"""A message in words: its title, what to run, and the whole as plain text."""

from collections.abc import Iterable, Iterator

from galley.models.notification import (
    MOST_ITEMS,
    Need,
    Notification,
    NotificationKind,
    NotifiedItem,
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
_BY_WHY = {
    _KIND.POST_HELD,
    _KIND.POST_FAILED,
    _KIND.MEDIA_LOST,
    _KIND.POST_LATE,
    _KIND.RUN_ENDED,
}


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
