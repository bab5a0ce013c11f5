"""The shapes in which Claude returns a set, an editor's remarks and a check."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from galley.models.network import Platform


# The docstrings reach the model as descriptions of the schema.
class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class FindingAnswer(_Part):
    """Something in the source that a post can be made of."""

    finding: str
    quote: str = Field(description="Words of the source, copied exactly.")


class SlotAnswer(_Part):
    """The plan of one network's post."""

    network: Platform
    reader: str
    point: str = Field(description="One sentence, with cause and outcome.")
    openings: list[str] = Field(description="Three first lines of different kinds.")
    form: str
    ending: str


class SetPostAnswer(_Part):
    """One post, ready but for its link and hashtags."""

    network: Platform
    body: str = Field(description="The post's text, without link and hashtags.")
    thread: list[str] = Field(description="Posts of a thread; [] for one post.")
    title: str = Field(description="Empty where the network has none.")
    headline: str = Field(description="Words drawn on the picture.")
    hashtags: list[str] = Field(description="Without the # sign; [] for none.")


class DoubtAnswer(_Part):
    """A statement that the source does not carry."""

    statement: str = Field(description="Words of the post.")
    says: str = Field(description="What the source says instead; may be empty.")


class ReviewAnswer(_Part):
    """An editor's remarks on one post."""

    network: Platform
    doubts: list[DoubtAnswer]
    weak: list[str]


class ReadAnswer(_Part):
    """The number of statements of a post that were compared."""

    network: Platform
    statements: int


class ClaimAnswer(_Part):
    """A sentence that the source does not carry as it stands."""

    network: Platform
    sentence: str = Field(description="Copied from the post exactly.")
    verdict: Literal["inferred", "unsupported", "contradicted"]
    kind: str
    says: str = Field(description="Closest words of the source; may be empty.")
    mend: str = Field(description="What to put there; empty to leave it out.")


# One shape for all steps, since another schema would throw the prompt cache away.
class EditorialAnswer(_Part):
    """Fill the lists that the message asks for; the others stay empty."""

    material: list[FindingAnswer]
    plan: list[SlotAnswer]
    reviews: list[ReviewAnswer]
    repeats: list[list[Platform]]
    posts: list[SetPostAnswer]
    read: list[ReadAnswer]
    found: list[ClaimAnswer]
