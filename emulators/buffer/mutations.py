"""What the root type ``Mutation`` answers."""

from collections.abc import Awaitable

from emulators.buffer.answers import failed
from emulators.buffer.content_items import create_draft, delete_item
from emulators.buffer.core import Emulator
from emulators.buffer.create import create_post
from emulators.buffer.edit import delete_post, edit_post, move_post
from emulators.buffer.ideas import create_idea
from emulators.buffer.records import Json
from emulators.buffer.resolvers import Resolver, Write, on_input
from emulators.buffer.templates import (
    create_template,
    delete_template,
    update_template,
)

_FIELDS: dict[str, Write] = {
    "createContentItemDraft": create_draft,
    "createIdea": create_idea,
    "createPost": create_post,
    "createPostTemplate": create_template,
    "deleteContentItem": delete_item,
    "deletePost": delete_post,
    "deletePostTemplate": delete_template,
    "editPost": edit_post,
    "movePostInQueue": move_post,
    "updatePostTemplate": update_template,
}


def mutations(emulator: Emulator) -> dict[str, Resolver]:
    """Each modelled field of ``Mutation`` with its resolver."""
    return {
        name: on_input(emulator, _unless_ordered(name, write))
        for name, write in _FIELDS.items()
    }


def _unless_ordered(name: str, write: Write) -> Write:
    """Let an ordered ``typed_error`` come first."""

    def answer(emulator: Emulator, given: Json) -> Json | Awaitable[Json]:
        channel_id = given.get("channelId", "")
        fault = emulator.faults.take((name,), ("typed_error",), channel_id)
        if fault is None:
            return write(emulator, given)
        return failed(
            str(fault.details.get("typename", "UnexpectedError")),
            str(fault.details.get("message", "Something went wrong")),
        )

    return answer
