"""Numbers of sent posts: nobody reads what the emulator publishes, so all are zero.

Rules: https://developers.buffer.com/guides/post-metrics.md
"""

from emulators.buffer.answers import bad_input
from emulators.buffer.core import Emulator
from emulators.buffer.records import DAY, Json

MAX_DAYS = 365


def aggregate(emulator: Emulator, given: Json) -> Json:
    """Answer ``aggregatedPostMetrics``: how many posts were sent, and no reactions.

    The last day of the window counts whole.

    Raises:
        GraphQLError: The window is over 365 days, or ends before it starts.
    """
    emulator.own(given["organizationId"])
    start, end = given["startDateTime"], given["endDateTime"]
    if not 0 <= end - start <= MAX_DAYS * DAY:
        raise bad_input(f"The date range must have 0 to {MAX_DAYS} days")
    chosen: list[str] | None = given.get("channelIds")
    last = end - end % DAY + DAY
    sent = [
        post
        for post in emulator.store.posts_of(emulator.organization_id)
        if post.status == "sent"
        and (chosen is None or post.channel_id in chosen)
        and start <= (post.sent_at or 0) < last
    ]
    counts = {"postCount": len(sent), "reactions": 0, "comments": 0}
    names = {"postCount": "Posts", "reactions": "Reactions", "comments": "Comments"}
    return {
        "metrics": [
            {
                "type": kind,
                "name": names[kind],
                "description": names[kind],
                "value": float(count),
                "unit": "count",
            }
            for kind, count in counts.items()
        ],
        "metricsUpdatedAt": max((post.sent_at or 0 for post in sent), default=None),
    }
