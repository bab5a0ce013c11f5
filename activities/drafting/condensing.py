"""Condense a long source: each part is paid for once, whatever happens in between."""

import asyncio
import hashlib
from collections.abc import Coroutine, Sequence
from typing import Any, cast

from temporalio import activity

from activities.beating import heartbeating
from activities.drafting.drafting_errors import translated
from activities.drafting.part_reader import PartReader
from activities.drafting.stored import source_text
from activities.failures import final
from activities.interfaces import CondensingActivities
from activities.spending.budgeting import BudgetKeeper
from activities.spending.purse import Purse
from galley.clients.anthropic_errors import DraftApiError
from galley.clients.condensing import CondenseClient
from galley.clients.storage import ObjectStore, StoreError
from galley.costs.budget import OverBudgetError
from galley.costs.prices import known_prices
from galley.models import BriefRef, CondenseSource, SourceDocument
from galley.models.brief import SourceBrief
from galley.prompts.condensing import Part, brief_text
from galley.prompts.loader import load_prompts
from galley.sources.briefs import (
    Noted,
    chosen_passages,
    chosen_points,
    parts_of,
    points_for,
)
from galley.sources.chunks import chunks_of

_TOGETHER = 4
"""Parts that are read at the same time."""
_MOST_MISSING = 0.25
"""Of the parts; with more of them gone a brief misleads."""


class SourceCondensing(CondensingActivities):
    """Condenses by Claude, and keeps the notes on each part in the state bucket.

    Args:
        state: ``sources/`` in; ``condensed/`` and ``briefs/`` out.
        client: The model that condenses.
        keeper: Sets money aside for each call before it is made.
    """

    def __init__(
        self, state: ObjectStore, client: CondenseClient, keeper: BudgetKeeper
    ) -> None:
        self._state = state
        self._client = client
        self._keeper = keeper

    @activity.defn
    async def condense_source(self, task: CondenseSource) -> BriefRef:
        """Store the brief of a source and return a reference to it.

        Safe to repeat: parts whose notes are stored are not read again.

        Raises:
            ApplicationError: ``OverBudget``, final; ``DraftingError``, final for a bad
                key or model, or when too many parts could not be condensed, else
                retryable after the delay Anthropic asked for; ``SourceMissing``,
                final; ``StoreError``, final unless the store could not be reached.
        """
        with translated("brief", "GALLEY_CONDENSE_MODEL"):
            async with heartbeating():
                return await self._condensed(task)

    async def _condensed(self, task: CondenseSource) -> BriefRef:
        document = await source_text(self._state, task.sha256)
        chunks = await asyncio.to_thread(chunks_of, document.text)
        noted = await self._noted(task, document, chunks)
        missing = sum(notes is None for _, notes in noted)
        if missing > len(noted) * _MOST_MISSING:
            raise final(
                f"{missing} of {len(noted)} parts of the source could not be "
                "condensed: try again, or choose another GALLEY_CONDENSE_MODEL.",
                kind="DraftingError",
            )
        brief = SourceBrief(
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
        return await self._stored(brief)

    async def _noted(
        self,
        task: CondenseSource,
        document: SourceDocument,
        chunks: list[tuple[int, int]],
    ) -> list[Noted]:
        reader = PartReader(self._state, self._client, self._purse(task))
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

        return await _all_or_the_first_error(
            [read(number, *chunk) for number, chunk in enumerate(chunks, start=1)]
        )

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

    def _purse(self, task: CondenseSource) -> Purse:
        """Return a purse in which nothing is: each call sets its own money aside."""
        allowance = 0 if self._keeper.has_ceilings else None
        key = f"{task.key}:source"
        return Purse(self._state, self._keeper, known_prices(), key, allowance)


_Reads = Sequence[Coroutine[Any, Any, Noted]]


async def _all_or_the_first_error(reads: _Reads) -> list[Noted]:
    """Run all; the first error ends the others, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in reads]
    except* (OverBudgetError, DraftApiError, StoreError) as errors:
        raise _first_of(errors) from None
    return [task.result() for task in tasks]


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    is_group = isinstance(first, BaseExceptionGroup)
    return (
        _first_of(cast("BaseExceptionGroup[BaseException]", first))
        if is_group
        else first
    )
