"""The facts of a draft, each with its passage in the source; ``show`` prints them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from app.advice import Action
from app.connections import Connections
from app.errors import AppError, InvalidRequestError, NoWorkerError
from app.posts.directory import reach
from app.posts.views import first_input, read_view
from galley.clients.storage import ObjectStore, StoreError
from galley.models.draft import Draft, Fact, FactOrigin
from galley.models.post import PostInput, PostState, PostView
from galley.models.source import SourceDocument
from galley.sources.text import cue_at

if TYPE_CHECKING:
    from galley.drafting.evidence import Grounds

_AROUND = 70
"""Characters of the passage on either side of what was found."""


class FactPassage(BaseModel):
    """One fact and what it rests on; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    variant: int = 0
    """Number of the variant that states it; 0: there is one draft alone."""
    kind: str
    place: str
    """The field of the draft, such as ``text`` or ``thread.2``."""
    words: str
    origin: str | None = None
    """In what it was found; missing: nowhere, so it is a claim."""
    start: int = 0
    """In that text, in characters, like ``end``."""
    end: int = 0
    before: str = ""
    found: str = ""
    after: str = ""
    said_by: str = ""
    said_at: float | None = None
    """Seconds from the beginning of the recording."""
    doubt: str | None = None
    """Of a sentence: why the passage, the nearest one, does not carry it."""


@dataclass(frozen=True)
class FactReport:
    """The facts of a post's draft, or of each variant that may be picked."""

    view: PostView
    passages: list[FactPassage]


@dataclass(frozen=True)
class _Basis:
    """The source of a post, what its draft may draw on, and how its thread is cut."""

    document: SourceDocument
    grounds: "Grounds"
    numbered: bool


async def facts_of(connections: Connections, name: str) -> FactReport:
    """Return each fact of a post's draft beside the passage it was found in.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: It is a campaign, or ambiguous.
        AppError: No worker answers, Temporal has forgotten the post, or the bucket the
            source.
    """
    async with connections.progress.waiting("asking the worker, and reading the source"):
        target = await reach(connections, name)
        if target.is_campaign:
            raise InvalidRequestError(
                f"{name!r} is a campaign: name one of its posts.", Action.SHOW, name
            )
        client = await connections.temporal()
        view = await read_view(client, target.posts[0].workflow_id)
        if view is None:
            raise NoWorkerError
        return await facts_of_view(connections, view)


async def facts_of_view(connections: Connections, view: PostView) -> FactReport:
    """Return the same of a post that has been read.

    Raises:
        AppError: Temporal has forgotten the post, or the bucket the source.
    """
    basis = await _basis_of(await connections.temporal(), connections.state, view)
    found = passages_of(view, basis.document, basis.grounds, numbered=basis.numbered)
    return FactReport(view, found)


async def _basis_of(client: Client, state: ObjectStore, view: PostView) -> _Basis:
    """Read again what the facts of a draft point into."""
    # What reads sources and finds facts takes long to import, and few programs show any.
    from activities.drafting.assembly import grounds_for
    from activities.drafting.conversation import source_text, stored_persona

    start = await first_input(client, view.workflow_id, PostInput)
    if start is None:
        raise AppError(f"Temporal has forgotten how {view.workflow_id} began.")
    try:
        document, persona = await asyncio.gather(
            source_text(state, start.source.sha256), stored_persona(state, start.options.persona)
        )
    except (ApplicationError, StoreError) as error:
        said = getattr(error, "message", "") or str(error)
        raise AppError(f"The facts cannot be shown: {said}") from None
    grounds = grounds_for(document, persona, brief=_brief(start), note=view.own_note)
    return _Basis(document, grounds, start.options.posting.numbered)


async def source_of(connections: Connections, name: str) -> SourceDocument:
    """Return the source that a post was written from; errors as :func:`facts_of`."""
    from activities.drafting.conversation import source_text

    target, client = await reach(connections, name), await connections.temporal()
    if target.is_campaign:
        raise InvalidRequestError(f"{name!r} is a campaign: name one of its posts.")
    workflow_id = target.posts[0].workflow_id
    start = await first_input(client, workflow_id, PostInput)
    if start is None:
        raise AppError(f"Temporal has forgotten how {workflow_id} began.")
    try:
        return await source_text(connections.state, start.source.sha256)
    except (ApplicationError, StoreError) as error:
        said = getattr(error, "message", "") or str(error)
        raise AppError(f"The source cannot be shown: {said}") from None


def _brief(start: PostInput) -> str:
    return "" if start.options.review.started_by_agent else start.options.brief


def passages_of(
    view: PostView, document: SourceDocument, grounds: "Grounds", *, numbered: bool
) -> list[FactPassage]:
    """Return the facts of a draft, or of each variant that may be picked."""
    from galley.drafting.facts import texts_of

    choices = view.variants if view.state is PostState.IN_REVIEW else ()
    drafts: list[tuple[int, Draft | None, tuple[Fact, ...]]] = [
        (number, one.draft, one.facts) for number, one in enumerate(choices, 1)
    ] or [(0, view.draft, view.facts)]
    found: list[FactPassage] = []
    for variant, draft, facts in drafts:
        fields = dict(texts_of(draft, numbered=numbered)) if draft else {}
        for fact in facts:
            one = _passage(fact, fields.get(fact.place, ""), grounds.texts, document)
            found.append(one.model_copy(update={"variant": variant}))
    return found


def _passage(
    fact: Fact, field: str, texts: Mapping[FactOrigin, str], document: SourceDocument
) -> FactPassage:
    words = field[fact.start : fact.end]
    told = FactPassage(kind=fact.kind, place=fact.place, words=words, doubt=fact.doubt)
    if fact.origin is None:
        return told
    text, start, end = texts.get(fact.origin, ""), fact.source_start, fact.source_end
    is_said = fact.origin is FactOrigin.SOURCE
    cue = cue_at(document, start) if is_said else None
    return told.model_copy(
        update={
            "origin": fact.origin.value,
            "start": start,
            "end": end,
            "before": text[max(0, start - _AROUND) : start],
            "found": text[start:end],
            "after": text[end : end + _AROUND],
            "said_by": cue.speaker if cue else "",
            "said_at": cue.start if cue else None,
        }
    )
