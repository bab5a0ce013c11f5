"""What the draft of a post was held to, read again from where it is kept."""

import asyncio
from dataclasses import dataclass

from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.drafting.draft_assembly import grounds_for
from activities.drafting.stored import source_text, stored_persona
from app.posts.views import first_input
from cli.terminal.failures import CommandError
from galley.clients.storage import ObjectStore, StoreError
from galley.grounding.grounds import Grounds
from galley.models import DecisionKind, PostInput, PostView, SourceDocument


@dataclass(frozen=True)
class Held:
    """The source of a post, what its draft may draw on, and how its thread is cut."""

    document: SourceDocument
    grounds: Grounds
    numbered: bool


async def read_grounds(client: Client, state: ObjectStore, view: PostView) -> Held:
    """Return what the facts of a draft point into.

    Raises:
        CommandError: Temporal has forgotten the post, or the bucket the source.
    """
    start = await first_input(client, view.workflow_id, PostInput)
    if start is None:
        raise CommandError(f"Temporal has forgotten how {view.workflow_id} began.")
    try:
        document, persona = await asyncio.gather(
            source_text(state, start.source.sha256),
            stored_persona(state, start.options.persona),
        )
    except (ApplicationError, StoreError) as error:
        said = getattr(error, "message", "") or str(error)
        raise CommandError(f"The facts cannot be shown: {said}") from None
    grounds = grounds_for(
        document, persona, brief=start.options.brief, note=_note(view)
    )
    return Held(document, grounds, start.options.posting.numbered)


def _note(view: PostView) -> str:
    """Return the wish that the latest draft was written by."""
    kind = DecisionKind.REGENERATE
    notes = [said.note for said in view.decisions if said.kind is kind]
    return notes[-1] if notes else ""
