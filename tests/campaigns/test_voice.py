"""What a reviewer changes once, later drafts have by themselves."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from temporalio.service import RPCError

from galley.models.draft import DraftEdit
from galley.models.post import PostState, PostView
from galley.models.review import DecisionKind
from tests.end_to_end.stack import Stack
from tests.end_to_end.waiting import until
from tests.workflows.harness import decide, decision, reaches
from workflows import ids
from workflows.post.workflow import PostWorkflow
from workflows.voice import VoiceWorkflow

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]

PERSONA = "brand: The Tide Room\nvoice: plain\n"
ARTICLE = """---
title: {title}
---
The harbour of {town} leverages eleven clerks to count the tickets of the night ferry.

Every clerk in {town} leverages a second book that nobody else on the pier may read.
"""


@pytest.fixture(scope="module", autouse=True)
def _persona(stack: Stack) -> Iterator[None]:
    """Give the commands of this file a persona, and those of others none."""
    file = stack.folder / "persona.yaml"
    file.write_text(PERSONA)
    yield
    file.unlink()


async def told(stack: Stack, *command: str) -> Any:  # noqa: ANN401 -- any JSON value
    answer = await stack.cli(*command, "--json")
    assert answer.code == 0, answer.err
    return answer.json


async def drafted(stack: Stack, town: str) -> PostView:
    """Start a campaign about a town, and return its one post in review."""
    file = stack.folder / f"{town}.md"
    file.write_text(ARTICLE.format(title=f"The clerks of {town}", town=town))
    begun = await told(stack, "start", file.name, "--platform", "linkedin")
    name = begun["posts"][0]["workflow_id"]
    handle = stack.client.get_workflow_handle_for(PostWorkflow.run, name)

    async def begins() -> bool:
        # It is planned: it begins once the posts of the campaign are written.
        try:
            return bool(await handle.describe())
        except RPCError:
            return False

    await until(begins)
    return await reaches(handle, PostState.IN_REVIEW)


async def learned(stack: Stack, first: PostView) -> None:
    """Use another word in a draft, let it out, and wait until that is known."""
    handle = stack.client.get_workflow_handle_for(PostWorkflow.run, first.workflow_id)
    assert first.draft is not None
    words = first.draft.text.replace("leverages", "uses")
    await decide(handle, decision(DecisionKind.EDIT, edit=DraftEdit(text=words)))
    await decide(handle, decision(DecisionKind.APPROVE, 2))
    voice = stack.client.get_workflow_handle_for(VoiceWorkflow.run, ids.voice_id("the-tide-room"))

    async def known() -> bool:
        try:
            return len((await voice.query(VoiceWorkflow.view)).lessons) == 1
        except RPCError:
            return False

    await until(known)


async def test_an_edit_is_learned_and_honoured_by_the_next_campaign(stack: Stack) -> None:
    nothing = await stack.cli("voice", "show")
    first = await drafted(stack, "Alderney")
    await learned(stack, first)

    second = await drafted(stack, "Brest")
    used = second.provenance.lessons if second.provenance else ""
    shown = await stack.cli("show", second.workflow_id)
    given = await told(stack, "voice", "show", "--used", used)

    assert nothing.code == 1
    assert "the-tide-room has no voice yet" in nothing.err
    assert first.draft is not None
    assert "Alderney leverages" in first.draft.text
    assert second.draft is not None
    assert "Brest uses" in second.draft.text
    assert "leverages" not in second.draft.text
    assert f"Lessons: {used}" in shown.out
    assert given["lessons"][0]["post_key"] == first.workflow_id.removeprefix("post:")


async def test_lessons_are_shown_exported_and_forgotten(stack: Stack) -> None:
    shown = await stack.cli("voice", "show", "The Tide Room")
    exported = await stack.cli("voice", "export", "-o", "lessons.yaml")
    again = await stack.cli("voice", "export", "-o", "lessons.yaml")
    unknown = await stack.cli("voice", "forget", "--post", "0000")
    key = yaml.safe_load((stack.folder / "lessons.yaml").read_text())["lessons"][0]
    forgotten = await told(stack, "voice", "forget", "--post", key["post_key"][:6])
    third = await drafted(stack, "Calais")

    assert "+ The harbour of Alderney uses eleven clerks" in shown.out
    assert (exported.code, again.code) == (0, 2)
    assert unknown.code == 1
    assert "0000 taught nothing" in unknown.err
    assert forgotten == {"brand": "the-tide-room", "forgotten": 1}
    assert third.provenance is not None
    assert third.provenance.lessons == ""
