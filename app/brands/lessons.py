"""The lessons that reviews taught a brand: read and forgotten, by the command ``voice``."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from app.advice import Action
from app.brands.personas import find_persona
from app.connections import Connections
from app.errors import InvalidRequestError, NotFoundError, NoWorkerError
from app.posts.views import answer
from galley.models.brand import ForgetLessons, Forgotten, Lesson, LessonBook, VoiceView
from galley.redaction import terminal_safe
from galley.settings import Settings
from workflows import ids
from workflows.voice import VoiceWorkflow

_ANSWER_WITHIN = 5.0
"""Seconds. A killed worker still holds its workflows for a little less."""
TAUGHT_BY = "posts teach it when they are approved with edits, or rejected with a note."
Voice = WorkflowHandle[VoiceWorkflow, None]


@dataclass(frozen=True)
class ForgottenLessons:
    """How many lessons a brand has forgotten."""

    brand: str
    count: int


async def lessons_of(connections: Connections, brand: str) -> VoiceView:
    """Return the lessons of a brand.

    Args:
        connections: Where the voices are.
        brand: Empty: that of the persona here, or of the only voice there is.

    Raises:
        NotFoundError: It has no voice.
        InvalidRequestError: There are several voices, and none was named.
        ServiceError: No worker answers.
    """
    async with connections.progress.waiting("asking Temporal and the worker"):
        return (await _voice(connections, brand))[1]


async def lessons_given(connections: Connections, digest: str) -> VoiceView:
    """Return the lessons that a campaign was given, by the digest its drafts name.

    Raises:
        NotFoundError: There are none.
    """
    state = connections.state
    names = await state.names(f"lessons/{digest}") if digest.isalnum() else ()
    data = await state.get(names[0]) if len(names) == 1 else None
    if data is None:
        raise NotFoundError(
            f"There are no lessons {digest[:80]}: the proof of a post names those of its draft."
        )
    book = LessonBook.model_validate_json(data)
    return VoiceView(brand=book.brand, lessons=book.lessons)


async def forget_lessons(connections: Connections, brand: str, post: str = "") -> ForgottenLessons:
    """Have a brand forget what one post taught it, or everything.

    Args:
        connections: Where the voices are.
        brand: As for :func:`lessons_of`.
        post: The post, by its ID, the start of it or ``<campaign>/<network>``; empty:
            all posts.

    Raises:
        NotFoundError: The post taught nothing, or the brand has no voice.
        InvalidRequestError: Several posts or voices could be meant.
        ServiceError: No worker answers.
    """
    async with connections.progress.waiting("asking Temporal and the worker"):
        handle, view = await _voice(connections, brand)
        key = _post_key(view.lessons, post) if post else ""
        done: Forgotten = await handle.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
            "forget", ForgetLessons(post_key=key), result_type=Forgotten
        )
    return ForgottenLessons(view.brand, done.count)


async def _voice(connections: Connections, brand: str) -> tuple[Voice, VoiceView]:
    client = await connections.temporal()
    name = _name_of(brand, connections.settings) or await _only_voice(client)
    handle = client.get_workflow_handle_for(VoiceWorkflow.run, ids.voice_id(name))
    within = timedelta(seconds=_ANSWER_WITHIN)
    try:
        # The SDK asks again and again while no worker is there to answer.
        async with asyncio.timeout(_ANSWER_WITHIN):
            view = await answer(handle.query(VoiceWorkflow.view, rpc_timeout=within))
    except TimeoutError:
        view = None
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise NotFoundError(f"{name[:200]} has no voice yet: {TAUGHT_BY}") from error
    if view is None:
        raise NoWorkerError
    return handle, view


def _name_of(brand: str, settings: Settings) -> str:
    """Return the brand as it stands in the ID: typed, or that of this folder."""
    typed = brand.strip().removeprefix(ids.voice_id(""))
    if typed.startswith("@"):
        return typed
    persona = None if typed else find_persona(None, settings)
    name = typed or (persona.brand if persona else "")
    return ids.brand_of(name, "") if name else ""


async def _only_voice(client: Client) -> str:
    """Return the brand of the only voice there is."""
    running = 'WorkflowType="VoiceWorkflow" AND ExecutionStatus="Running"'
    found = sorted([one.id async for one in client.list_workflows(running, limit=50)])
    if not found:
        raise NotFoundError(f"There is no voice yet: {TAUGHT_BY}")
    if len(found) > 1:
        names = ", ".join(name.removeprefix(ids.voice_id("")) for name in found)
        raise InvalidRequestError(terminal_safe(f"There are several voices, name one: {names}"))
    return found[0].removeprefix(ids.voice_id(""))


def _post_key(lessons: Sequence[Lesson], text: str) -> str:
    """Return the key of the one post that is named."""
    name = text.strip().removeprefix("post:")
    start, _, platform = name.partition("/")
    found = sorted(
        {
            one.post_key
            for one in lessons
            if one.post_key.startswith(start) and platform in {"", one.platform}
        }
    )
    if name in found or len(found) == 1:
        return name if name in found else found[0]
    if not found:
        raise NotFoundError(f"{text[:200]} taught nothing.", Action.LIST_LESSONS)
    raise InvalidRequestError(f"{text[:200]} may be any of {', '.join(found)}.")
