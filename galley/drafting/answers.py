"""What the drafting model is asked, and what it answers; nothing here knows whose model it is.

A client of a provider is a :class:`StructuredModel`: it is given a :class:`Prompt` and returns a
:class:`Reply` in the shape that was asked for. The activities of drafting ask;
``galley/clients/anthropic.py`` answers. An unusable answer (cut off, refused, not the JSON
asked for) is no error: it was paid for, so it is a reply with its usage. The errors::

    ModelError
    ├── FinalModelError          the same request fails again
    │   ├── BadKeyError          the key is missing, wrong or not allowed
    │   ├── SpendLimitError      an operator must raise a limit or pay
    │   └── InvalidRequestError  this request can never be answered
    └── LaterModelError          a later request may work; ``retry_after`` in seconds
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeVar

from galley.models.budget import TokenUse

MAX_TOKENS = 8_000
"""Thinking counts into it, so it is far above what a post needs."""
_STRICT = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ModelError(Exception):
    """The model gave no answer."""

    def __init__(self, message: str, *, request_id: str = "") -> None:
        super().__init__(message)
        self.request_id = request_id


class FinalModelError(ModelError):
    """Asking again gives the same answer."""


class BadKeyError(FinalModelError):
    """The key is missing, wrong, or may not use this model."""


class SpendLimitError(FinalModelError):
    """The account may not spend more."""


class InvalidRequestError(FinalModelError):
    """The model will not take this request, however often it is sent."""


class LaterModelError(ModelError):
    """Asking again may work. Without a reply, the call may have been billed."""

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        request_id: str = "",
        retry_after: float | None = None,
        may_be_billed: bool = True,
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.retry_after = retry_after
        self.may_be_billed = may_be_billed


# The docstrings below reach the model as descriptions of the schema.
class PartAnswer(BaseModel):
    """One of several like things: an answer, a slide, a scene, a section."""

    model_config = _STRICT

    title: str
    text: str


# One shape for all that is written, since another schema would throw the prompt cache away;
# every field required, since optional ones count against the API's schema limits.
class PostAnswer(BaseModel):
    """One post, ready but for its link."""

    model_config = _STRICT

    network: str = Field(description="The name before the colon in the author's list.")
    skip: str = Field(
        description="Why this network should get no post of this material; almost always empty."
    )
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

    @property
    def is_empty(self) -> bool:
        """Whether there is no text at all."""
        return not any(text.strip() for text in (self.body, *self.thread))


class DraftAnswer(BaseModel):
    """The posts, in the order of the author's list."""

    model_config = _STRICT

    posts: list[PostAnswer] = Field(min_length=1)


class Verdict(StrEnum):
    """Whether the material carries a sentence."""

    STATED = "stated"
    INFERRED = "inferred"
    MISSING = "missing"
    CONTRADICTED = "contradicted"
    NONE = "none"


class SentenceAnswer(BaseModel):
    """What the material says to one sentence of the draft that was taken."""

    model_config = _STRICT

    sentence: int = Field(description="The number before it.")
    passage: int = Field(description="The number of the nearest passage; 0 for none.")
    verdict: Verdict


class ChangeAnswer(BaseModel):
    """What takes the place of a sentence that the material does not carry."""

    model_config = _STRICT

    sentence: int = Field(description="The number before it.")
    replace: str = Field(description="The new sentence; empty to take it out.")


class ChoiceAnswer(BaseModel):
    """The draft that was chosen for one network."""

    model_config = _STRICT

    network: str = Field(description="The name above its drafts.")
    angles: list[str] = Field(description="One for each draft, in the order of the drafts.")
    draft: int
    reason: str = Field(description="Why this one, in one short sentence.")
    sentences: list[SentenceAnswer] = Field(description="Every sentence of that draft.")
    changes: list[ChangeAnswer]


class ChoicesAnswer(BaseModel):
    """A choice for every network."""

    model_config = _STRICT

    choices: list[ChoiceAnswer]


class PointAnswer(BaseModel):
    """One thing worth saying."""

    model_config = _STRICT

    point: str = Field(description="The matter in one sentence.")
    quote: str = Field(description="The material's own words, copied exactly.")
    weight: int = Field(description="From 1 to 5; 5 is the weightiest.")


class SourcePartAnswer(BaseModel):
    """The points of one part of the material."""

    model_config = _STRICT

    summary: str = Field(description="At most three sentences.")
    points: list[PointAnswer]


@dataclass(frozen=True)
class Turn:
    """One message of the conversation.

    ``shared`` comes before ``text`` and begins another request too, so that caching it pays.
    """

    role: Literal["user", "assistant"]
    text: str
    shared: str = ""

    @property
    def whole(self) -> str:
        """The text as the model reads it."""
        return "\n\n".join(filter(None, (self.shared, self.text)))


@dataclass(frozen=True)
class Prompt:
    """The prompt. ``rules`` and ``source`` are the same bytes for all posts of a campaign."""

    rules: str
    source: str
    turns: Sequence[Turn]
    max_tokens: int = MAX_TOKENS
    is_shared: bool = True
    """Whether another request will read the same source, so that caching it pays."""


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
    provider: str = "anthropic"
    """By which costs are counted in the metrics."""


class StructuredModel(Protocol[AnswerT]):
    """A model that answers in one shape."""

    @property
    def model(self) -> str:
        """Its name, by which its price is found."""
        ...

    async def write(self, prompt: Prompt) -> Reply[AnswerT]:
        """Ask once.

        Raises:
            ModelError: No answer came.
        """
        ...

    async def count(self, prompt: Prompt) -> int:
        """Return how many input tokens the prompt has; errors as :meth:`write`."""
        ...
