"""Claude's structured answers: drafts, and the notes of a condensed source.

The activities of drafting and sources ask it as a
:class:`~galley.drafting.answers.StructuredModel`; ``doctor`` checks it. Another provider is
another file like this one, named in ``workers/wiring.py``.
"""

import asyncio
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Generic, cast

from pydantic import ValidationError

from galley.clients.anthropic_errors import translated, usable
from galley.drafting.answers import (
    AnswerT,
    BadKeyError,
    ChoicesAnswer,
    DraftAnswer,
    InvalidRequestError,
    LaterModelError,
    Prompt,
    Reply,
    ReplyKind,
    SourcePartAnswer,
    Turn,
)
from galley.models.budget import TokenUse

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.types import Message, MessageParam, OutputConfigParam, TextBlockParam
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming

_LONGEST_UNSTREAMED = 12_000
"""Tokens of an answer; a longer one is streamed, so that no connection is silent for minutes."""


class StructuredClient(Generic[AnswerT]):
    """Claude's Messages API, asked for answers of one shape.

    Args:
        api_key: The key; never logged, never in an error. Without one every call is
            a :class:`BadKeyError`, and the rest of a worker can still run.
        base_url: Where the API answers.
        model: Model id, such as ``claude-sonnet-5-5``.
        effort: ``low``, ``medium`` or ``high``.
        timeout: Seconds one request may take. The default lets an answer and its
            repair fit into the five minutes that a drafting activity has.
    """

    shape: type[AnswerT]
    """What an answer is; named by each subclass."""

    def __init__(
        self,
        *,
        api_key: str | None,
        base_url: str,
        model: str,
        effort: str = "medium",
        timeout: float = 140.0,
    ) -> None:
        self.model = model
        self._api_key, self._base_url = api_key, base_url
        self._effort, self._timeout = effort, timeout
        self._sdk: AsyncAnthropic | None = None

    @cached_property
    def _output(self) -> "OutputConfigParam":
        from anthropic import transform_schema

        schema = transform_schema(self.shape)
        return cast(
            "OutputConfigParam",
            {"effort": self._effort, "format": {"type": "json_schema", "schema": schema}},
        )

    async def _client(self) -> "AsyncAnthropic":
        """Return the SDK's client, which is made for the first call.

        Raises:
            BadKeyError: There is no key.
        """
        if not self._api_key:
            raise BadKeyError("There is no Anthropic key: set ANTHROPIC_API_KEY.")
        if self._sdk is not None:
            return self._sdk
        # Importing the SDK takes a second of processor, in which other tasks go on.
        sdk = await asyncio.to_thread(import_module, "anthropic")
        if self._sdk is None:  # of calls at once, the first one makes it
            self._sdk = cast("type[AsyncAnthropic]", sdk.AsyncAnthropic)(
                # Given explicitly, or the SDK would look for credentials of its own.
                api_key=self._api_key,
                base_url=self._base_url,
                timeout=self._timeout,
                max_retries=0,  # Temporal retries, and knows what each attempt has cost
            )
        return self._sdk

    async def write(self, prompt: Prompt) -> Reply[AnswerT]:
        """Ask once.

        Raises:
            FinalModelError: Do not ask again.
            LaterModelError: Ask again, after ``retry_after`` seconds where given.
        """
        client = await self._client()
        import anthropic
        import httpx2

        try:
            message, request_id = await self._answered(client, prompt)
        except anthropic.AnthropicError as error:
            raise translated(error) from error
        except httpx2.HTTPError as error:
            # The SDK does not translate what ends a stream.
            raise LaterModelError("Anthropic's answer broke off before its end.") from error
        except (TypeError, ValueError) as error:
            # The SDK checks arguments before it sends: nothing was asked, or billed.
            raise InvalidRequestError(
                "The Anthropic library would not send this request; "
                "check GALLEY_DRAFT_MODEL and GALLEY_DRAFT_EFFORT."
            ) from error
        return _reply(message, request_id, self.shape)

    async def _answered(self, client: "AsyncAnthropic", prompt: Prompt) -> "tuple[Message, str]":
        params = self.request(prompt)
        if prompt.max_tokens > _LONGEST_UNSTREAMED:
            async with client.messages.stream(
                model=self.model,
                max_tokens=prompt.max_tokens,
                system=_system(prompt),
                messages=params["messages"],
                output_config=self._output,
            ) as stream:
                return await stream.get_final_message(), stream.request_id or ""
        raw = await client.messages.with_raw_response.create(**params)
        return await raw.parse(), raw.headers.get("request-id") or ""

    def request(self, prompt: Prompt) -> "MessageCreateParamsNonStreaming":
        """Return the request that :meth:`write` makes; measurements keep it as a file."""
        return {
            "model": self.model,
            "max_tokens": prompt.max_tokens,
            "system": _system(prompt),
            "messages": _messages(prompt),
            "output_config": self._output,
        }

    async def count(self, prompt: Prompt) -> int:
        """Return how many input tokens the prompt has; asking is free.

        Raises:
            ModelError: As :meth:`write`.
        """
        client = await self._client()
        import anthropic

        try:
            counted = await client.messages.count_tokens(
                model=self.model,
                system=_system(prompt),
                messages=_messages(prompt),
                output_config=self._output,
            )
        except anthropic.AnthropicError as error:
            raise translated(error) from error
        return counted.input_tokens

    async def check(self) -> str:
        """Return the model's display name, proving key, address and model.

        Raises:
            ModelError: As :meth:`write`; final too for a model that is retired or
                gives no structured answers.
        """
        client = await self._client()
        import anthropic

        try:
            info = await client.models.retrieve(self.model)
        except anthropic.AnthropicError as error:
            raise translated(error) from error
        return usable(info)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._sdk is not None:
            await self._sdk.close()


class DraftClient(StructuredClient[DraftAnswer]):
    """Claude, asked for drafts."""

    shape = DraftAnswer


def _system(prompt: Prompt) -> "list[TextBlockParam]":
    source: TextBlockParam = {"type": "text", "text": prompt.source}
    if prompt.is_shared:
        source["cache_control"] = {"type": "ephemeral"}
    return [{"type": "text", "text": prompt.rules}, source]


def _messages(prompt: Prompt) -> "list[MessageParam]":
    turns = ({"role": turn.role, "content": _content(turn)} for turn in prompt.turns)
    return [cast("MessageParam", turn) for turn in turns]


def _content(turn: Turn) -> "str | list[TextBlockParam]":
    if not turn.shared:
        return turn.text
    shared: TextBlockParam = {
        "type": "text",
        "text": turn.shared,
        "cache_control": {"type": "ephemeral"},
    }
    # The API refuses an empty block.
    return [shared, {"type": "text", "text": turn.text}] if turn.text else [shared]


def _reply(message: "Message", request_id: str, shape: type[AnswerT]) -> Reply[AnswerT]:
    text = "".join(b.text for b in message.content if b.type == "text")
    usage = message.usage
    read = usage.cache_read_input_tokens or 0
    written = usage.cache_creation_input_tokens or 0
    kind, answer, detail = _judged(message, text, shape)
    return Reply(
        kind=kind,
        model=message.model,
        request_id=request_id,
        usage=TokenUse(
            input_tokens=usage.input_tokens + read + written,
            output_tokens=usage.output_tokens,
            cached_tokens=read,
            cache_written_tokens=written,
        ),
        text=text,
        answer=answer,
        detail=detail,
    )


def _judged(
    message: "Message", text: str, shape: type[AnswerT]
) -> tuple[ReplyKind, AnswerT | None, str]:
    match message.stop_reason:
        case "max_tokens":
            return ReplyKind.CUT_OFF, None, "max_tokens"
        case "model_context_window_exceeded":
            return ReplyKind.TOO_LONG, None, "model_context_window_exceeded"
        case "refusal":
            details = message.stop_details
            return ReplyKind.REFUSED, None, (details and details.category) or ""
        case None:
            # A reply without an end is a lost reply, whatever its HTTP status says.
            raise LaterModelError("Anthropic's answer broke off before its end.")
        case _:
            pass
    try:
        return ReplyKind.OK, shape.model_validate_json(text), ""
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        told = (f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['type']}" for e in wrong)
        return ReplyKind.INVALID, None, "; ".join(told)


class ChoosingClient(StructuredClient[ChoicesAnswer]):
    """Claude, asked to choose among drafts."""

    shape = ChoicesAnswer


class CondenseClient(StructuredClient[SourcePartAnswer]):
    """Claude, asked for notes on parts of a source."""

    shape = SourcePartAnswer
