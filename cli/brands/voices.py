"""Carry out ``voice``: ask, change and write out what reviews taught."""

import asyncio
import json as json_text
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import yaml
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from app.connections import open_client
from app.posts.views import answer
from cli.brands.personas import find_persona
from cli.terminal.failures import CommandError, ExitCode, usage
from cli.terminal.output import say, show, show_json
from cli.terminal.process import run
from cli.terminal.proofs import clean, local
from cli.terminal.telling import telling
from galley.clients.stores.opening import open_state
from galley.models import (
    ForgetLessons,
    Forgotten,
    Lesson,
    LessonBook,
    LessonPart,
    Platform,
    VoiceView,
)
from galley.settings import Settings
from galley.voice.choosing import chosen
from workflows import ids
from workflows.voice import VoiceWorkflow

_ANSWER_WITHIN = 5.0
"""Seconds; longer than a killed worker still holds its workflows back."""
_TAUGHT_BY = (
    "posts teach it when they are approved with edits, or rejected with a --note."
)
Voice = WorkflowHandle[VoiceWorkflow, None]


def show_and_print(
    brand: str, used: str, platform: Platform | None, *, json: bool
) -> None:
    """Carry out ``voice show``."""
    if used and brand:
        raise usage("--used names the lessons by itself: leave the brand out.")
    view = run(_used(used) if used else _view(brand))
    lessons = view.lessons[::-1]
    if platform is not None:
        lessons = chosen(lessons, platform)
    if json:
        told = view.model_copy(update={"lessons": lessons})
        show_json(told.model_dump(mode="json"))
        return
    counted = f"{len(lessons)} lesson{'' if len(lessons) == 1 else 's'}"
    show(clean(f"{ids.voice_id(view.brand)} · {counted}"))
    for lesson in lessons:
        show(f"\n{_told(lesson)}")
    if not lessons:
        say(f"Nothing is known: {_TAUGHT_BY}")


def forget_and_print(brand: str, post: str, *, everything: bool, json: bool) -> None:
    """Carry out ``voice forget``.

    Raises:
        CommandError: It is not said what, or there is no such post; exit code 2 or 1.
    """
    if bool(post) == everything:
        raise usage("Say what to forget: --post KEY, or --all.")
    name, count = run(_forget(brand, post))
    if json:
        show_json({"brand": name, "forgotten": count})
        return
    show(f"Forgotten: {count} lesson{'' if count == 1 else 's'} of {name}")
    say("Campaigns that were started before keep what they were given.")


def export_and_print(brand: str, output: Path | None, *, json: bool) -> None:
    """Carry out ``voice export``.

    Raises:
        CommandError: The file exists; exit code 2.
    """
    if output is not None and output.exists():
        raise usage(f"{output} exists: name another file.")
    told = run(_view(brand)).model_dump(mode="json")
    if json or (output is not None and output.suffix == ".json"):
        text = json_text.dumps(told, ensure_ascii=False, indent=2) + "\n"
    else:
        text = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=88)
    if output is None:
        show(text.rstrip("\n"))
        return
    output.write_text(text, encoding="utf-8")
    show(f"Written: {output} ({len(told['lessons'])} lessons)")


async def _view(brand: str) -> VoiceView:
    async with telling("asking Temporal and the worker"):
        return (await _asked(await open_client(), brand))[1]


async def _forget(brand: str, post: str) -> tuple[str, int]:
    async with telling("asking Temporal and the worker"):
        handle, view = await _asked(await open_client(), brand)
        task = ForgetLessons(post_key=_post_of(view.lessons, post) if post else "")
        told: Forgotten = await handle.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
            "forget", task, result_type=Forgotten
        )
    return view.brand, told.count


async def _used(digest: str) -> VoiceView:
    """Return the lessons that a campaign was given."""
    state = open_state(Settings())
    names = await state.names(f"lessons/{digest}") if digest.isalnum() else ()
    data = await state.get(names[0]) if len(names) == 1 else None
    if data is None:
        raise CommandError(
            f"There are no lessons {digest[:80]}: `starter.py show ID` of a post names "
            "those of its draft."
        )
    book = LessonBook.model_validate_json(data)
    return VoiceView(brand=book.brand, lessons=book.lessons)


async def _asked(client: Client, brand: str) -> tuple[Voice, VoiceView]:
    name = _named(brand) or await _only(client)
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
        raise CommandError(f"{name[:200]} has no voice yet: {_TAUGHT_BY}") from error
    if view is None:
        raise CommandError(
            "No worker answers: start one with `uv run worker.py`.", ExitCode.REFUSED
        )
    return handle, view


def _named(brand: str) -> str:
    """Return the brand as it stands in the ID: typed, or that of this folder."""
    typed = brand.strip().removeprefix(ids.voice_id(""))
    if typed.startswith("@"):
        return typed
    persona = None if typed else find_persona(None, Settings())
    name = typed or (persona.brand if persona else "")
    return ids.brand_of(name, "") if name else ""


async def _only(client: Client) -> str:
    """Return the brand of the only voice there is."""
    running = 'WorkflowType="VoiceWorkflow" AND ExecutionStatus="Running"'
    found = sorted([one.id async for one in client.list_workflows(running, limit=50)])
    if not found:
        raise CommandError(f"There is no voice yet: {_TAUGHT_BY}")
    if len(found) > 1:
        names = ", ".join(name.removeprefix(ids.voice_id("")) for name in found)
        raise usage(clean(f"There are several voices, name one: {names}"))
    return found[0].removeprefix(ids.voice_id(""))


def _post_of(lessons: Sequence[Lesson], text: str) -> str:
    """Return the key of the one post that is named.

    Raises:
        CommandError: Nothing, or more than one thing, has that name.
    """
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
        raise CommandError(f"{text[:200]} taught nothing: see `starter.py voice show`.")
    raise usage(f"{text[:200]} may be any of {', '.join(found)}.")


def _told(lesson: Lesson) -> str:
    return clean("\n".join(_lines(lesson)))


def _lines(lesson: Lesson) -> Iterator[str]:
    part = "" if lesson.part is LessonPart.TEXT else f" · {lesson.part}"
    yield (
        f"{local(lesson.learned_at)} · {lesson.kind} · {lesson.platform}{part} "
        f"· {lesson.post_key} revision {lesson.revision}"
    )
    if lesson.reason:
        yield f"  Reason: {lesson.reason}"
    for sign, text in (("-", lesson.before), ("+", lesson.after)):
        yield from (f"  {sign} {line}".rstrip() for line in text.splitlines())
