"""One conversation with the model: each call is paid for before it is made."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from temporalio import activity

from activities.spending.purse import Payment, Purse
from galley.clients.anthropic import (
    DraftAnswer,
    DraftClient,
    DraftPrompt,
    Reply,
    ReplyKind,
    Turn,
)
from galley.clients.anthropic_errors import DraftApiError
from galley.models import PersonaRef, Provenance, TokenUse
from galley.prompts.loader import load_prompts
from galley.prompts.messages import format_message

FirstCall = Callable[[DraftPrompt, Reply, Payment], Awaitable[None]]


class DraftRefusedError(Exception):
    """The model will not write about this source."""


class UnusableAnswerError(Exception):
    """The model answered, twice, and neither answer can be used."""


class Conversation:
    """Asks, and keeps what was said and what it cost.

    Args:
        client: The model.
        purse: Pays for each call.
        prompt: What is asked first.
        about: What is written, for the log.
        longest: Tokens of the answer that follows one that was cut off; missing: twice
            as many as before.
        on_first: Called after the first call that is made here, if it is the first
            of all.
    """

    def __init__(  # noqa: PLR0913 - what one conversation is held with
        self,
        client: DraftClient,
        purse: Purse,
        prompt: DraftPrompt,
        about: str,
        *,
        longest: int | None = None,
        on_first: FirstCall | None = None,
    ) -> None:
        self._client = client
        self._purse = purse
        self.prompt = prompt
        self._about = about
        self._longest = longest
        self._on_first = on_first
        self._usage = TokenUse()
        self._cost: int | None = 0
        self._last: Reply | None = None

    def say(self, text: str) -> None:
        """Add the model's last answer and our reply to it."""
        said = self._last.text if self._last else ""
        turns = (*self.prompt.turns, Turn("assistant", said), Turn("user", text))
        self.prompt = replace(self.prompt, turns=turns)

    async def answer(self) -> DraftAnswer:
        """Return an answer that can be read, asking again once.

        Raises:
            DraftRefusedError: The model refused.
            UnusableAnswerError: Cut off, or not the JSON asked for, twice.
            DraftApiError: No answer came.
            OverBudgetError: A ceiling would be passed.
        """
        reply = await self._ask()
        if reply.kind is ReplyKind.CUT_OFF:
            most = self._longest or 2 * self.prompt.max_tokens
            self.prompt = replace(self.prompt, max_tokens=most)
            reply = await self._ask()
        elif reply.kind is ReplyKind.INVALID:
            if reply.text.strip():
                self.say(format_message())
            reply = await self._ask()
        if reply.answer is None:
            raise _unusable(reply)
        return reply.answer

    def provenance(self, persona: PersonaRef | None) -> Provenance:
        """Return who answered last, and what all answers cost together."""
        last, used = self._last, self._usage
        return Provenance(
            drafter=last.model if last else "",
            prompt_revision=load_prompts().revision,
            persona=persona.sha256[:12] if persona else "",
            request_id=last.request_id if last else "",
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            cached_tokens=used.cached_tokens,
            cost_micros=self._cost,
        )

    async def _ask(self) -> Reply:
        reply = await self._paid()
        self._usage += reply.usage
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

    async def _paid(self) -> Reply:
        """Ask once, with the money for it set aside before."""
        prompt = self.prompt
        tokens = await self._client.count(prompt)
        payment = await self._purse.pay(self._client.model, tokens, prompt.max_tokens)
        try:
            reply = await self._client.write(
                replace(prompt, max_tokens=payment.max_tokens)
            )
        except DraftApiError as error:
            if not getattr(error, "may_be_billed", False):
                await self._purse.not_billed(payment)
            raise
        cost = await self._purse.paid(payment, reply)
        if self._last is None and self._on_first is not None:
            await self._on_first(prompt, reply, payment)
        known = cost is not None and self._cost is not None
        self._cost = (self._cost or 0) + (cost or 0) if known else None
        return reply


def _unusable(reply: Reply) -> Exception:
    said = f" (request {reply.request_id})" if reply.request_id else ""
    match reply.kind:
        case ReplyKind.REFUSED:
            why = f": {reply.detail}" if reply.detail else ""
            return DraftRefusedError(
                f"Claude declined to write about this source{why}{said}. "
                "Write the text by hand or choose another source."
            )
        case ReplyKind.CUT_OFF:
            return UnusableAnswerError(
                f"Claude's answer was cut off twice{said}; shorten source or brief."
            )
        case ReplyKind.TOO_LONG:
            return UnusableAnswerError(
                f"The source is too long for the model{said}; shorten it."
            )
        case _:
            return UnusableAnswerError(
                f"Claude's answer could not be read twice{said}; try again."
            )
