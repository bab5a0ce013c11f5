"""The drafts of a campaign asked for together, at half the price."""

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.cost import TokenUse
from galley.models.steps import WriteDraft


class SubmitBatch(Model):
    """Ask for the first drafts of a campaign in one batch."""

    key: str = Field(description="The campaign's key.")
    tasks: tuple[WriteDraft, ...] = Field(min_length=1)


class BatchRef(Model):
    """A batch that Anthropic has.

    ``answers`` are the objects of the state bucket that will hold what was answered,
    one for each task and in their order. One that never appears was not answered; an
    empty one was not asked.
    """

    id: str
    key: str
    expires_at: AwareDatetime = Field(
        description="When Anthropic gives up what is not answered."
    )
    answers: tuple[str, ...]


class BatchState(Model):
    """How far a batch is; once it has ended, how many of its answers can be used."""

    has_ended: bool
    answered: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)


class BatchEntry(Model):
    """One request of a batch, and the money that was set aside for it."""

    custom_id: str
    post_key: str
    call: str
    micros: int = Field(ge=0)
    max_tokens: int = Field(ge=1)
    answer: str = Field(description="The object that will hold what was answered.")


class BatchBook(Model):
    """The object ``batches/<campaign key>.json``, written before the batch is sent."""

    entries: tuple[BatchEntry, ...]


class BatchAnswer(Model):
    """What the model answered, as it was paid for."""

    kind: str
    model: str
    request_id: str = ""
    use: TokenUse
    text: str = ""
    detail: str = ""
