"""The lessons that the posts of an erasure taught."""

from collections import Counter
from datetime import timedelta
from functools import partial

from temporalio.client import Client

from app.posts.views import answer
from cli.keeping.erasing_runs import each
from galley.audit.erasing import Target, taught_by
from galley.models import ForgetLessons, Forgotten, VoiceView
from workflows.voice import VoiceWorkflow

_ANSWER_WITHIN = timedelta(seconds=5)
_VOICES = 'WorkflowType="VoiceWorkflow" AND ExecutionStatus="Running"'
Taught = dict[str, Counter[str]]
"""How many lessons each post taught, by the workflow of the voice."""


async def lessons_of(client: Client, target: Target) -> tuple[Taught, list[str]]:
    """Return what the voices know from these posts, and the voices that are silent."""
    voices = [one.id async for one in client.list_workflows(_VOICES)]
    taught, silent = Taught(), list[str]()
    views = await each(voices, partial(_view, client))
    for voice, view in zip(voices, views, strict=True):
        if view is None:
            silent.append(voice)
            continue
        keys = set(taught_by(target, view.lessons))
        if keys:
            known = (lesson.post_key for lesson in view.lessons)
            taught[voice] = Counter(key for key in known if key in keys)
    return taught, silent


async def _view(client: Client, voice: str) -> VoiceView | None:
    handle = client.get_workflow_handle_for(VoiceWorkflow.run, voice)
    return await answer(handle.query(VoiceWorkflow.view, rpc_timeout=_ANSWER_WITHIN))


async def forget_lessons(client: Client, taught: Taught) -> None:
    """Have each voice forget what these posts taught it."""
    for voice, posts in taught.items():
        handle = client.get_workflow_handle(voice)
        for key in sorted(posts):
            await handle.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
                "forget", ForgetLessons(post_key=key), result_type=Forgotten
            )
