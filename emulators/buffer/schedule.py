"""Where a post goes in time: draft, approval, queue, chosen time, or now."""

from emulators.buffer.answers import invalid
from emulators.buffer.core import Emulator
from emulators.buffer.queue import free_slot, hand_out, queue_of
from emulators.buffer.records import Json, Post


def due_problem(given: Json, now: int) -> Json | None:
    """Refuse a chosen time that is missing or past.

    ``dueAt`` with another mode is ignored. Drafts have no time.
    """
    if given["mode"] != "customScheduled" or given.get("saveToDraft"):
        return None
    due = given.get("dueAt")
    if due is None:
        return invalid("Invalid post input: dueAt is required for customScheduled")
    if due <= now:
        return invalid("Invalid post input: dueAt must be in the future")
    return None


def place(emulator: Emulator, post: Post, channel: Json, given: Json) -> None:
    """Set status and time of a post, moving others in the queue where need be."""
    post.error = None
    post.finish_at = None
    post.notified = False
    post.asked_at = given.get("dueAt")
    if given.get("needsApproval"):
        post.status, post.due_at = "needs_approval", None
    elif given.get("saveToDraft"):
        post.status, post.due_at = "draft", None
    else:
        _schedule(emulator, post, channel, given.get("dueAt"))


def _schedule(
    emulator: Emulator, post: Post, channel: Json, chosen: int | None
) -> None:
    now = emulator.clock.now()
    post.status = "scheduled"
    match post.mode:
        case "customScheduled":
            post.due_at = chosen
        case "shareNow":
            post.due_at = now
            if not by_hand(post, channel):
                start_sending(emulator, post, now)
        case mode:
            _queue(emulator, post, channel, first=mode == "shareNext")


def _queue(emulator: Emulator, post: Post, channel: Json, *, first: bool) -> None:
    """Give a post the next free slot, or the first of all and the others the next."""
    now = emulator.clock.now()
    scheduled = emulator.store.posts_on(post.channel_id, "scheduled")
    others = [other for other in scheduled if other.id != post.id]
    free = free_slot(channel, others, now)
    queue = queue_of(others) if first else []
    slots = [one.due_at or now for one in queue]
    hand_out([post, *queue], [*slots, free])
    for one in queue:
        emulator.store.save_post(one)


def by_hand(post: Post, channel: Json) -> bool:
    """Whether a person publishes it from a reminder, by choice or by necessity."""
    settings: Json = channel.get("metadata") or {}
    return post.scheduling_type == "notification" or bool(
        settings.get("defaultToReminders")
    )


def start_sending(emulator: Emulator, post: Post, now: int) -> None:
    """Let publishing begin; the clock ends it."""
    post.status = "sending"
    post.updated_at = now
    post.finish_at = now + int(emulator.options.publish_after * 1000)
