"""The activity ``condense_source``: notes on each part of a long source, joined to a brief.

CampaignWorkflow and PieceWorkflow call it once, before any draft is written.
"""

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import cast

from pydantic import ValidationError
from temporalio import activity

from activities.budget.ceilings import BudgetKeeper
from activities.budget.payments import DraftBudget
from activities.drafting.conversation import paid_reply, source_text, translated
from activities.edge import final, heartbeating
from activities.interfaces import CondensingActivities
from galley.budget.ceilings import OverBudgetError
from galley.budget.prices import known_prices
from galley.clients.storage import ObjectStore, StoreError
from galley.drafting.answers import (
    ModelError,
    Prompt,
    ReplyKind,
    SourcePartAnswer,
    StructuredModel,
    Turn,
)
from galley.drafting.facts import grounds_of
from galley.drafting.messages import Part, brief_text, condense_rules, part_block, part_message
from galley.drafting.numbers import Numbers
from galley.drafting.prompt_files import load_prompts
from galley.models.draft import FactOrigin
from galley.models.source import (
    BriefPoint,
    BriefRef,
    CondenseSource,
    PartNotes,
    SourceBrief,
    SourceDocument,
)
from galley.networks.visible import visible
from galley.sources.briefs import (
    Noted,
    chosen_passages,
    chosen_points,
    chunks_of,
    parts_of,
    point_of,
    points_for,
    summary_of,
)

_TRIES = 2
_CONDENSE_TOKENS = 6_000
"""Of an answer, the thinking included."""


class PartReader:
    """Takes notes on the parts of one source, several at a time.

    Notes are stored at once, under a name made from the part, the model and the prompts:
    no part is paid for twice, not even by another campaign.
    """

    def __init__(
        self, state: ObjectStore, client: StructuredModel[SourcePartAnswer], budget: DraftBudget
    ) -> None:
        self._state = state
        self._client = client
        self._budget = budget

    async def notes(self, part: Part) -> PartNotes | None:
        """Return the notes on a part; ``None`` if the model refused or gave none.

        Raises:
            OverBudgetError: A ceiling would be passed.
            ModelError: No answer came.
            StoreError: The notes could not be kept.
        """
        told = (
            self._client.model,
            load_prompts().revision,
            f"{part.number}/{part.parts}/{part.points}",
            part_block(part),
        )
        digest = hashlib.sha256("\0".join(told).encode()).hexdigest()
        name = f"condensed/{digest}.json"
        # Damaged notes are taken anew.
        with suppress(ValidationError):
            return PartNotes.model_validate_json(await self._state.get(name) or b"")
        answer = await self._answer(part)
        if answer is None:
            return None
        notes = await asyncio.to_thread(_checked, answer, part)
        data = notes.model_dump_json().encode()
        await self._state.put_if_absent(name, data, "application/json")
        return notes

    async def _answer(self, part: Part) -> SourcePartAnswer | None:
        prompt = Prompt(
            rules=condense_rules(),
            source=part_block(part),
            turns=(Turn("user", part_message(part)),),
            max_tokens=_CONDENSE_TOKENS,
            is_shared=False,
        )
        for _ in range(_TRIES):
            reply, _ = await paid_reply(self._client, self._budget, prompt)
            if reply.answer is not None:
                return reply.answer
            activity.logger.warning(
                "part %d of %d: %s, request %s",
                *(part.number, part.parts, reply.kind, reply.request_id),
            )
            if reply.kind is ReplyKind.REFUSED:
                return None
            # The answer was probably cut off.
            prompt = replace(prompt, max_tokens=2 * _CONDENSE_TOKENS)
        return None


def _checked(answer: SourcePartAnswer, part: Part) -> PartNotes:
    """Return the answer without quotations and figures that the part does not hold."""
    # One for all points: to find the numbers of a part takes long, to look one up does not.
    numbers = Numbers(grounds_of(((FactOrigin.SOURCE, part.text),)))
    points: list[BriefPoint] = []
    for one in answer.points[: part.points]:
        point = point_of(visible(one.point), one.quote, one.weight, part.text)
        if point and not numbers.invented(point.point):
            points.append(point)
    summary = summary_of(visible(answer.summary))
    invented = numbers.invented(summary)
    return PartNotes(summary="" if invented else summary, points=tuple(points))


# Parts that are read at a time.
_TOGETHER = 4
# Share of the parts; a brief that lacks more would mislead.
_MOST_MISSING = 0.25


class SourceCondensing(CondensingActivities):
    """Condenses by a model, and keeps the notes on each part in the state bucket.

    Args:
        state: ``sources/`` in; ``condensed/`` and ``briefs/`` out.
        client: The model that condenses.
        keeper: Sets money aside for each call before it is made.
    """

    def __init__(
        self, state: ObjectStore, client: StructuredModel[SourcePartAnswer], keeper: BudgetKeeper
    ) -> None:
        self._state = state
        self._client = client
        self._keeper = keeper

    @activity.defn
    async def condense_source(self, task: CondenseSource) -> BriefRef:
        """Store the brief of a source and return a reference to it.

        Safe to repeat: parts with stored notes are not read again.

        Raises:
            ApplicationError: ``OverBudget``, final; ``DraftingError``, final for a bad
                key or model, or when too many parts could not be condensed, else
                retryable after the delay Anthropic asked for; ``SourceMissing``,
                final; ``StoreError``, final unless the store could not be reached.
        """
        with translated("brief", "GALLEY_CONDENSE_MODEL"):
            async with heartbeating():
                return await self._stored(await self._condensed(task))

    async def _condensed(self, task: CondenseSource) -> SourceBrief:
        document = await source_text(self._state, task.sha256)
        # In threads here and below: a text of 500 pages takes seconds.
        chunks = await asyncio.to_thread(chunks_of, document.text)
        noted = await self._noted(task, document, chunks)
        missing = sum(notes is None for _, notes in noted)
        if missing > len(noted) * _MOST_MISSING:
            raise final(
                f"{missing} of {len(noted)} parts of the source could not be "
                "condensed: try again, or choose another GALLEY_CONDENSE_MODEL.",
                kind="DraftingError",
            )
        return SourceBrief(
            source=task.sha256,
            model=self._client.model,
            prompt_revision=load_prompts().revision,
            parts=parts_of(noted),
            points=chosen_points(noted, task.instructions),
            passages=await asyncio.to_thread(
                chosen_passages, document.text, noted, task.instructions
            ),
            missing=missing,
        )

    async def _noted(
        self, task: CondenseSource, document: SourceDocument, chunks: list[tuple[int, int]]
    ) -> list[Noted]:
        # An allowance of 0: each call sets its own money aside, because nobody knows
        # beforehand how many parts have stored notes.
        allowance = 0 if self._keeper.has_ceilings else None
        prices, key = known_prices(), f"{task.key}:source"
        budget = DraftBudget(self._state, self._keeper, prices, key, allowance)
        reader = PartReader(self._state, self._client, budget)
        gate = asyncio.Semaphore(_TOGETHER)

        async def read(number: int, start: int, end: int) -> Noted:
            part = Part(
                number=number,
                parts=len(chunks),
                points=points_for(len(chunks)),
                title=document.title,
                text=document.text[start:end],
            )
            async with gate:
                activity.logger.info("condensing part %d of %d", number, part.parts)
                return (start, end), await reader.notes(part)

        try:
            async with asyncio.TaskGroup() as group:
                parts = enumerate(chunks, start=1)
                tasks = [group.create_task(read(number, *chunk)) for number, chunk in parts]
        except* (OverBudgetError, ModelError, StoreError) as errors:
            # Callers translate single errors, not groups.
            raise _first_of(errors) from None
        return [task.result() for task in tasks]

    async def _stored(self, brief: SourceBrief) -> BriefRef:
        data = brief.model_dump_json().encode()
        sha256 = hashlib.sha256(data).hexdigest()
        await self._state.put_if_absent(
            f"briefs/{sha256}.json", data, "application/json", same=True
        )
        return BriefRef(
            sha256=sha256,
            size=len(brief_text(brief).encode()),
            parts=len(brief.parts) + brief.missing,
            points=len(brief.points),
            missing=brief.missing,
        )


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    is_group = isinstance(first, BaseExceptionGroup)
    return _first_of(cast("BaseExceptionGroup[BaseException]", first)) if is_group else first
