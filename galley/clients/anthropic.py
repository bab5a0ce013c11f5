"""Claude's structured answers: drafts, and the notes of a condensed source.

An unusable answer (cut off, refused, not the JSON asked for) is no error: it was paid for, so
it is returned with its usage as a :class:`Reply`. The activities of drafting and sources, and
``doctor``, call this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypeVar

from galley.clients.anthropic_errors import (
    BadKeyError,
    InvalidRequestError,
    LaterDraftError,
    translated,
    usable,
)
from galley.models.budget import TokenUse

if TYPE_CHECKING:
    from anthropic.types import Message, MessageParam, OutputConfigParam, TextBlockParam
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming

MAX_TOKENS = 8_000
"""Thinking counts into it, so it is far above what a post needs."""


class PartAnswer(BaseModel):
    """One of several like things: an answer, a slide, a scene, a section."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    title: str
    text: str


# One shape for all networks, since another schema would throw the prompt cache away;
# every field required, since optional ones count against the API's schema limits. The
# docstring reaches the model as the schema's description.
class PostAnswer(BaseModel):
    """One post, ready but for its link and hashtags."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    body: str = Field(description="The post's text, without link and hashtags.")
    thread: list[str] = Field(
        description="Every post of a thread, the first one included; [] for one post."
    )
    title: str = Field(description="Title; empty where the network has none.")
    headline: str = Field(description="Words drawn on the picture.")
    alt_text: str = Field(description="Picture described for those who cannot see it.")
    hashtags: list[str] = Field(description="Without the # sign; [] for none.")
    parts: list[PartAnswer] = Field(
        description="Answers, slides, scenes or sections, if asked for; otherwise []."
    )


class DraftAnswer(PostAnswer):
    """One post, ready but for its link and hashtags, and others to choose from."""

    alternatives: list[PostAnswer] = Field(
        description="Further variants, if they were asked for; otherwise []."
    )


@dataclass(frozen=True)
class Turn:
    """One message of the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class DraftPrompt:
    """The prompt. ``rules`` and ``source`` are the same bytes for all networks."""

    rules: str
    source: str
    turns: Sequence[Turn]
    max_tokens: int = MAX_TOKENS
    is_shared: bool = True
    """Whether others will read the same source, so that caching it pays."""


class ReplyKind(StrEnum):
    """The kinds of reply."""

    OK = "ok"
    CUT_OFF = "cut_off"
    """``max_tokens`` ran out before the answer ended."""
    TOO_LONG = "too_long"
    """Source and answer do not fit into the model's context."""
    REFUSED = "refused"
    INVALID = "invalid"
    """Not the JSON asked for."""


AnswerT = TypeVar("AnswerT", bound=BaseModel, default=DraftAnswer)


@dataclass(frozen=True)
class Reply(Generic[AnswerT]):
    """One answer. ``answer`` is set for OK only; ``detail`` says what is wrong."""

    kind: ReplyKind
    model: str
    request_id: str
    usage: TokenUse
    text: str = ""
    answer: AnswerT | None = None
    detail: str = ""


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
        # Importing the SDK takes seconds; the command line must not pay for it.
        from anthropic import AsyncAnthropic, transform_schema

        self._has_key = bool(api_key)
        self._client = AsyncAnthropic(
            # Given explicitly, or the SDK would look for credentials of its own.
            api_key=api_key or "none",
            base_url=base_url,
            timeout=timeout,
            max_retries=0,  # Temporal retries, and knows what each attempt has cost
        )
        self.model = model
        self._output = cast(
            "OutputConfigParam",
            {
                "effort": effort,
                "format": {"type": "json_schema", "schema": transform_schema(self.shape)},
            },
        )

    async def write(self, prompt: DraftPrompt) -> Reply[AnswerT]:
        """Ask once.

        Raises:
            FinalDraftError: Do not ask again.
            LaterDraftError: Ask again, after ``retry_after`` seconds where given.
        """
        import anthropic

        self._need_key()
        try:
            raw = await self._client.messages.with_raw_response.create(**self.request(prompt))
            message = await raw.parse()
        except anthropic.AnthropicError as error:
            raise translated(error) from error
        except (TypeError, ValueError) as error:
            # The SDK checks arguments before it sends: nothing was asked, or billed.
            raise InvalidRequestError(
                "The Anthropic library would not send this request; "
                "check GALLEY_DRAFT_MODEL and GALLEY_DRAFT_EFFORT."
            ) from error
        return _reply(message, raw.headers.get("request-id") or "", self.shape)

    def request(self, prompt: DraftPrompt) -> "MessageCreateParamsNonStreaming":
        """Return the request that :meth:`write` makes; measurements keep it as a file."""
        return {
            "model": self.model,
            "max_tokens": prompt.max_tokens,
            "system": _system(prompt),
            "messages": [_turn(turn) for turn in prompt.turns],
            "output_config": self._output,
        }

    async def count(self, prompt: DraftPrompt) -> int:
        """Return how many input tokens the prompt has; asking is free.

        Raises:
            DraftApiError: As :meth:`write`.
        """
        import anthropic

        self._need_key()
        try:
            counted = await self._client.messages.count_tokens(
                model=self.model,
                system=_system(prompt),
                messages=[_turn(turn) for turn in prompt.turns],
                output_config=self._output,
            )
        except anthropic.AnthropicError as error:
            raise translated(error) from error
        return counted.input_tokens

    async def check(self) -> str:
        """Return the model's display name, proving key, address and model.

        Raises:
            DraftApiError: As :meth:`write`; final too for a model that is retired or
                gives no structured answers.
        """
        import anthropic

        self._need_key()
        try:
            info = await self._client.models.retrieve(self.model)
        except anthropic.AnthropicError as error:
            raise translated(error) from error
        return usable(info)

    def _need_key(self) -> None:
        if not self._has_key:
            raise BadKeyError("There is no Anthropic key: set ANTHROPIC_API_KEY.")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


class DraftClient(StructuredClient[DraftAnswer]):
    """Claude, asked for drafts."""

    shape = DraftAnswer


def _system(prompt: DraftPrompt) -> "list[TextBlockParam]":
    source: TextBlockParam = {"type": "text", "text": prompt.source}
    if prompt.is_shared:
        source["cache_control"] = {"type": "ephemeral"}
    return [{"type": "text", "text": prompt.rules}, source]


def _turn(turn: Turn) -> "MessageParam":
    return cast("MessageParam", {"role": turn.role, "content": turn.text})


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
            raise LaterDraftError("Anthropic's answer broke off before its end.")
        case _:
            pass
    try:
        return ReplyKind.OK, shape.model_validate_json(text), ""
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        told = (f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['type']}" for e in wrong)
        return ReplyKind.INVALID, None, "; ".join(told)


CONDENSE_TOKENS = 6_000
"""Of an answer, the thinking included."""


# The docstrings reach the model as descriptions of the schema.
class PointAnswer(BaseModel):
    """One thing worth saying."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    point: str = Field(description="The matter in one sentence.")
    quote: str = Field(description="The material's own words, copied exactly.")
    weight: int = Field(description="From 1 to 5; 5 is the weightiest.")


class SourcePartAnswer(BaseModel):
    """The points of one part of the material."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    summary: str = Field(description="At most three sentences.")
    points: list[PointAnswer]


class CondenseClient(StructuredClient[SourcePartAnswer]):
    """Claude, asked for notes on parts of a source."""

    shape = SourcePartAnswer
