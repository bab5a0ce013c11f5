"""The shape in which Claude returns what one part of a long source says."""

from pydantic import BaseModel, ConfigDict, Field

from galley.clients.anthropic import StructuredClient

CONDENSE_TOKENS = 6_000
"""Of an answer, the thinking included."""


# The docstrings reach the model as descriptions of the schema.
class PointAnswer(BaseModel):
    """One thing worth saying."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    point: str = Field(description="The matter in one sentence.")
    quote: str = Field(description="The material's own words, copied exactly.")
    weight: int = Field(description="From 1 to 5; 5 is the weightiest.")


class PartAnswer(BaseModel):
    """What a part of the material says."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    summary: str = Field(description="At most three sentences.")
    points: list[PointAnswer]


class CondenseClient(StructuredClient[PartAnswer]):
    """Claude, asked for notes on parts of a source."""

    shape = PartAnswer
