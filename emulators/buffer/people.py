"""What a person does in Buffer's own app, by the control API: Buffer's API cannot.

The person approves or rejects a post, schedules a draft, says that a reminder was
followed, connects one more channel.
"""

from collections.abc import Callable

from emulators.buffer.channels import CONNECTABLE, stable_id, that_connects
from emulators.buffer.core import Emulator
from emulators.buffer.records import Json, Post
from emulators.buffer.schedule import limit_reached, place

_MODES = ("addToQueue", "shareNext", "shareNow", "customScheduled")
Act = Callable[[Emulator, Post, Json], None]


class CannotError(Exception):
    """Nobody could do that in Buffer's app either; the message says why."""


def act_on_post(emulator: Emulator, post_id: str, action: str, given: Json) -> Post:
    """Let a person do something with a post.

    Args:
        emulator: Whose post it is.
        post_id: The post.
        action: One of :data:`ACTIONS`.
        given: ``mode`` and ``dueAt`` (an instant) of a draft to be scheduled.

    Raises:
        CannotError: There is no such post, or it is in another state.
    """
    post = emulator.store.post(post_id)
    if post is None:
        raise CannotError("no such post")
    wanted, act = ACTIONS[action]
    if post.status != wanted or (action == "publish" and not post.notified):
        raise CannotError(f"a post that is {post.status} cannot take {action}")
    with emulator.store.transaction():
        act(emulator, post, given)
        post.updated_at = emulator.clock.now()
        emulator.store.save_post(post)
    emulator.wake.set()
    return post


def _approve(emulator: Emulator, post: Post, given: Json) -> None:
    """Schedule it as it was asked for; a time that has passed means at once."""
    _schedule(emulator, post, {"dueAt": post.asked_at, **given})


def _reject(_emulator: Emulator, post: Post, _given: Json) -> None:
    post.status = "draft"


def _schedule(emulator: Emulator, post: Post, given: Json) -> None:
    mode = given.get("mode") or post.mode
    if mode not in _MODES:
        raise CannotError(f"mode must be one of: {', '.join(_MODES)}")
    post.mode = mode
    if post.mode == "customScheduled" and given.get("dueAt") is None:
        raise CannotError("customScheduled needs dueAt")
    full = limit_reached(emulator, post, emulator.clock.now())
    if full:
        raise CannotError(str(full["message"]))
    place(emulator, post, emulator.channel_of(post), given)


def _publish(emulator: Emulator, post: Post, _given: Json) -> None:
    """Posted by hand on the network; where it stands there Buffer does not learn."""
    post.status = "sent"
    post.sent_at = emulator.clock.now()
    post.published_by_hand = True


ACTIONS: dict[str, tuple[str, Act]] = {
    "approve": ("needs_approval", _approve),
    "reject": ("needs_approval", _reject),
    "schedule": ("draft", _schedule),
    "publish": ("scheduled", _publish),
}
"""What a person may do, the state a post must be in for it, and how it is done."""


def connect_channel(emulator: Emulator, service: str, name: str) -> Json:
    """Connect one more channel, on a network that may have one already.

    Raises:
        CannotError: No such network, or that channel is there already.
    """
    if service not in CONNECTABLE:
        raise CannotError(f"service must be one of: {', '.join(sorted(CONNECTABLE))}")
    organization = emulator.options.organization
    known = emulator.store.channels(emulator.organization_id)
    channel = that_connects(organization, service, name, emulator.clock.now())
    channel["id"] = stable_id("channel", organization, service, name)
    if any(one["id"] == channel["id"] for one in known):
        raise CannotError("this channel is connected already")
    emulator.store.save_channel(channel, len(known))
    return channel
