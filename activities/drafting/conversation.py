"""A paid conversation with a model, its stored inputs, and the translation of its errors.

drafts.py, pieces.py and briefs.py use it.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from temporalio import activity

from activities.budget.payments import DraftBudget
from activities.edge import failure, final
from activities.sources.documents import stored_document
from galley.budget.ceilings import OverBudgetError
from galley.clients.storage import ObjectStore, StoreError
from galley.drafting.answers import (
    DraftAnswer,
    FinalModelError,
    LaterModelError,
    ModelError,
    PostAnswer,
    Prompt,
    Reply,
    ReplyKind,
    StructuredModel,
    Turn,
)
from galley.drafting.messages import format_message
from galley.drafting.prompt_files import load_prompts
from galley.models.brand import Persona, PersonaRef
from galley.models.budget import TokenUse
from galley.models.draft import Provenance
from galley.models.source import SourceBrief, SourceDocument, SourceRef

_T = TypeVar("_T", bound=BaseModel)


async def source_text(state: ObjectStore, sha256: str) -> SourceDocument:
    """Return the text of a source.

    Raises:
        ApplicationError: ``SourceMissing``, final: it is gone or cannot be read.
        StoreError: The store does not answer.
    """
    return await stored_document(state, sha256, partial(final, kind="SourceMissing"))


async def stored_brief(state: ObjectStore, source: SourceRef) -> SourceBrief | None:
    """Return the brief of a long source; errors as :func:`source_text`."""
    if source.brief is None:
        return None
    name = f"briefs/{source.brief.sha256}"
    return await _stored(state, SourceBrief, name, "brief of this source")


async def stored_persona(state: ObjectStore, ref: PersonaRef | None) -> Persona | None:
    """Return the persona of a campaign; errors as :func:`source_text`."""
    if ref is None:
        return None
    name = f"personas/{ref.sha256}"
    return await _stored(state, Persona, name, "persona of this campaign")


async def _stored(state: ObjectStore, shape: type[_T], name: str, what: str) -> _T:
    data = await state.get(f"{name}.json")
    try:
        return shape.model_validate_json(data or b"")
    except ValidationError:
        raise final(
            f"The stored {what} is {'broken' if data else 'gone'}: "
            "start it again with a new --edition.",
            kind="SourceMissing",
        ) from None


async def paid_reply(
    client: StructuredModel[_T], budget: DraftBudget, prompt: Prompt
) -> tuple[Reply[_T], int | None]:
    """Ask the model once; return its reply, and the cost if it is known.

    Raises:
        ModelError: No answer came.
        OverBudgetError: A ceiling would be passed.
    """
    tokens = await client.count(prompt)
    payment = await budget.pay(client.model, tokens, prompt.max_tokens)
    try:
        # The budget may allow a shorter answer than was asked for.
        reply = await client.write(replace(prompt, max_tokens=payment.max_tokens))
    except ModelError as error:
        # After a lost reply the money stays spent: the call may have been billed.
        if not getattr(error, "may_be_billed", False):
            await budget.not_billed(payment)
        raise
    return reply, await budget.paid(payment, reply)


class DraftRefusedError(Exception):
    """The model will not write about this source."""


class UnusableAnswerError(Exception):
    """The model answered, twice, and neither answer can be used."""


UNASKED = (DraftRefusedError, UnusableAnswerError, OverBudgetError, FinalModelError)
"""Why a further request failed: the draft that is there is worth more to a reviewer than none."""


@dataclass(frozen=True)
class EarlierAnswer:
    """An answer that was paid for before, and the prompts that asked for it."""

    reply: Reply
    cost: int | None
    prompt_revision: str


class Conversation:
    """Asks the model in turns, and keeps its last reply and the total cost.

    Args:
        client: The model.
        budget: Pays for each call.
        prompt: The first question.
        about: Names the text in the log.
        longest: Tokens of the answer after one that was cut off; by default twice as
            many as before.
        begun: An earlier answer to the prompt, which the conversation goes on from.
    """

    def __init__(
        self,
        client: StructuredModel,
        budget: DraftBudget,
        prompt: Prompt,
        about: str,
        *,
        longest: int | None = None,
        begun: EarlierAnswer | None = None,
    ) -> None:
        self._client = client
        self._budget = budget
        self.prompt = prompt
        self._about = about
        self._longest = longest
        self._usage = begun.reply.usage if begun else TokenUse()
        self._cost: int | None = begun.cost if begun else 0
        self._last: Reply | None = begun.reply if begun else None
        self._revision = begun.prompt_revision if begun else load_prompts().revision

    def add_turn(self, text: str) -> None:
        """Add the model's last answer and our reply to it."""
        said = self._last.text if self._last else ""
        turns = (*self.prompt.turns, Turn("assistant", said), Turn("user", text))
        self.prompt = replace(self.prompt, turns=turns)

    async def answer(self) -> DraftAnswer:
        """Return an answer that can be read, after at most two calls.

        Raises:
            DraftRefusedError: The model refused.
            UnusableAnswerError: Cut off, or not the JSON asked for, twice.
            ModelError: No answer came.
            OverBudgetError: A ceiling would be passed.
        """
        reply = await self._ask()
        if reply.kind is ReplyKind.CUT_OFF:
            most = self._longest or 2 * self.prompt.max_tokens
            self.prompt = replace(self.prompt, max_tokens=most)
            reply = await self._ask()
        elif reply.kind is ReplyKind.INVALID:
            # The API refuses an empty turn of the assistant: then the question stands alone.
            if reply.text.strip():
                self.add_turn(format_message())
            reply = await self._ask()
        if reply.answer is None:
            raise _unusable(reply)
        return reply.answer

    def take(self, post: PostAnswer, use: TokenUse, cost: int | None) -> None:
        """Go on from the last answer as an editor left it, whose tokens and cost count too."""
        answer = DraftAnswer(posts=[post])
        if self._last is not None:
            self._last = replace(self._last, text=answer.model_dump_json(), answer=answer)
        self._spend(use, cost)

    @property
    def usage(self) -> TokenUse:
        """The tokens of all answers."""
        return self._usage

    def provenance(self, persona: PersonaRef | None) -> Provenance:
        """Return the model that answered last, and the tokens and cost of all answers."""
        last, used = self._last, self._usage
        return Provenance(
            drafter=last.model if last else "",
            prompt_revision=self._revision,
            persona=persona.sha256[:12] if persona else "",
            request_id=last.request_id if last else "",
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            cached_tokens=used.cached_tokens,
            cost_micros=self._cost,
        )

    async def _ask(self) -> Reply:
        reply, cost = await paid_reply(self._client, self._budget, self.prompt)
        self._revision = load_prompts().revision
        self._spend(reply.usage, cost)
        self._last = reply
        used = reply.usage
        activity.logger.info(
            "%s: %s, request %s, tokens in %d (cached %d), out %d",
            self._about,
            reply.kind,
            reply.request_id,
            used.input_tokens,
            used.cached_tokens,
            used.output_tokens,
        )
        return reply

    def _spend(self, use: TokenUse, cost: int | None) -> None:
        # One unknown price makes the total unknown.
        known = cost is not None and self._cost is not None
        self._cost = (self._cost or 0) + (cost or 0) if known else None
        self._usage += use


def _unusable(reply: Reply) -> Exception:
    said = f" (request {reply.request_id})" if reply.request_id else ""
    match reply.kind:
        case ReplyKind.REFUSED:
            why = f": {reply.detail}" if reply.detail else ""
            return DraftRefusedError(
                f"The model declined to write about this source{why}{said}. "
                "Write the text by hand or choose another source."
            )
        case ReplyKind.CUT_OFF:
            return UnusableAnswerError(
                f"The model's answer was cut off twice{said}; shorten source or brief."
            )
        case ReplyKind.TOO_LONG:
            return UnusableAnswerError(f"The source is too long for the model{said}; shorten it.")
        case _:
            return UnusableAnswerError(
                f"The model's answer could not be read twice{said}; try again."
            )


_SETTING = "GALLEY_DRAFT_MODEL"


@contextmanager
def translated(what: str, setting: str = _SETTING) -> Generator[None]:
    """Translate the errors of the block for Temporal.

    Args:
        what: The text that was asked for, for the worker's log.
        setting: The setting that names the model.

    Raises:
        ApplicationError: ``OverBudget`` and ``DraftRefused``, final;
            ``DraftingError``, final for a bad key, a spend limit or an answer that
            cannot be used, else retryable after the delay Anthropic asked for;
            ``StoreError``, final unless the store could not be reached.
    """
    try:
        yield
    except OverBudgetError as error:
        raise failure(error, kind="OverBudget", said=_about(error, setting)) from None
    except DraftRefusedError as error:
        raise failure(error, kind="DraftRefused") from None
    except LaterModelError as error:
        raise failure(error, kind="DraftingError") from None  # not logged: Temporal retries
    except (ModelError, UnusableAnswerError) as error:
        # Anthropic's own words help an operator, and may quote the source: they go into
        # the log and not into a history.
        activity.logger.warning("no %s: %s", what, error.__cause__ or error)
        raise failure(error, kind="DraftingError", said=_about(error, setting)) from None
    except StoreError as error:
        raise failure(error, kind="StoreError") from None


def _about(error: Exception, setting: str) -> str:
    return str(error).replace(_SETTING, setting)
