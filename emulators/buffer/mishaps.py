"""Ordered faults that happen to a post or its channel rather than to a request."""

from emulators.buffer.core import Emulator
from emulators.buffer.records import Json, Post

UNFETCHED = "We could not fetch the media of this post: {}"
_REFUSED = "The network refused the post."


def ordered_problem(emulator: Emulator, post: Post) -> str | None:
    """The ordered reason why publishing a post fails, if one was ordered."""
    disconnect_if_ordered(emulator, "publish", post.channel_id)
    kinds = ("publish_error", "media_gone") if post.assets else ("publish_error",)
    fault = emulator.faults.take(("publish",), kinds, post.channel_id)
    if fault is None:
        return None
    if fault.kind == "media_gone":
        return UNFETCHED.format("Not Found")
    return str(fault.details.get("message", _REFUSED))


def disconnect_if_ordered(emulator: Emulator, operation: str, channel_id: str) -> None:
    """Let a channel lose its connection to its network, if that was ordered."""
    channel = emulator.store.channel(channel_id)
    if channel is None:
        return
    if emulator.faults.take((operation,), ("disconnect",), channel_id):
        gone: Json = {**channel, "isDisconnected": True}
        emulator.store.save_channel(gone, 0)
