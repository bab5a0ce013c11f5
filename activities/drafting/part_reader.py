"""Read one part of a long source with the model, unless its notes are stored."""

import asyncio
import hashlib
from dataclasses import replace

from pydantic import ValidationError
from temporalio import activity

from activities.spending.purse import Payment, Purse
from galley.clients.anthropic import DraftPrompt, Reply, ReplyKind, Turn
from galley.clients.anthropic_errors import DraftApiError
from galley.clients.condensing import CONDENSE_TOKENS, CondenseClient, PartAnswer
from galley.clients.storage import ObjectStore
from galley.grounding.characters import visible
from galley.grounding.facts import grounds_of
from galley.grounding.numbers import invented_numbers
from galley.models import FactOrigin
from galley.models.brief import BriefPoint, PartNotes
from galley.prompts.condensing import (
    Part,
    condense_rules,
    part_block,
    part_message,
)
from galley.prompts.loader import load_prompts
from galley.sources.briefs import point_of, summary_of

_TRIES = 2


class PartReader:
    """Takes notes on the parts of one source, several at a time.

    The notes on a part are stored under a name made from the part, the model and the
    prompts, before anything else is done with them: a part is never paid for twice,
    not even by another campaign.
    """

    def __init__(
        self, state: ObjectStore, client: CondenseClient, purse: Purse
    ) -> None:
        self._state = state
        self._client = client
        self._purse = purse
        self._paying = asyncio.Lock()

    async def notes(self, part: Part) -> PartNotes | None:
        """Return what a part says; ``None`` if the model would not or could not tell.

        Raises:
            OverBudgetError: A ceiling would be passed.
            DraftApiError: No answer came.
            StoreError: The notes could not be kept.
        """
        name = self._name(part)
        held = await self._held(name)
        if held is not None:
            return held
        answer = await self._answer(part)
        if answer is None:
            return None
        notes = _checked(answer, part)
        data = notes.model_dump_json().encode()
        await self._state.put_if_absent(name, data, "application/json")
        return notes

    def _name(self, part: Part) -> str:
        told = (
            self._client.model,
            load_prompts().revision,
            f"{part.number}/{part.parts}/{part.points}",
            part_block(part),
        )
        digest = hashlib.sha256("\0".join(told).encode()).hexdigest()
        return f"condensed/{digest}.json"

    async def _held(self, name: str) -> PartNotes | None:
        try:
            return PartNotes.model_validate_json(await self._state.get(name) or b"")
        except ValidationError:
            return None

    async def _answer(self, part: Part) -> PartAnswer | None:
        prompt = DraftPrompt(
            rules=condense_rules(),
            source=part_block(part),
            turns=(Turn("user", part_message(part)),),
            max_tokens=CONDENSE_TOKENS,
            is_shared=False,
        )
        for _ in range(_TRIES):
            reply = await self._paid(prompt)
            if reply.answer is not None:
                return reply.answer
            activity.logger.warning(
                "part %d of %d: %s, request %s",
                *(part.number, part.parts, reply.kind, reply.request_id),
            )
            if reply.kind is ReplyKind.REFUSED:
                return None
            prompt = replace(prompt, max_tokens=2 * CONDENSE_TOKENS)
        return None

    async def _paid(self, prompt: DraftPrompt) -> Reply[PartAnswer]:
        payment = await self._payment(prompt)
        asked = replace(prompt, max_tokens=payment.max_tokens)
        try:
            reply = await self._client.write(asked)
        except DraftApiError as error:
            if not getattr(error, "may_be_billed", False):
                await self._purse.not_billed(payment)
            raise
        await self._purse.paid(payment, reply)
        return reply

    async def _payment(self, prompt: DraftPrompt) -> Payment:
        tokens = await self._client.count(prompt)
        async with self._paying:
            # One after the other, or two would see the same money left.
            model = self._client.model
            return await self._purse.pay(model, tokens, prompt.max_tokens)


def _checked(answer: PartAnswer, part: Part) -> PartNotes:
    """Keep what the part says: found quotations, and no figure that is not there."""
    grounds = grounds_of(((FactOrigin.SOURCE, part.text),))
    points: list[BriefPoint] = []
    for one in answer.points[: part.points]:
        point = point_of(visible(one.point), one.quote, one.weight, part.text)
        if point and not invented_numbers(point.point, grounds):
            points.append(point)
    summary = summary_of(visible(answer.summary))
    invented = invented_numbers(summary, grounds)
    return PartNotes(summary="" if invented else summary, points=tuple(points))
