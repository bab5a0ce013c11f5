"""Short videos cut out of a long one."""

from typing import Self

from pydantic import Field, model_validator

from galley.models.base import Model


class Clip(Model):
    """Where a clip begins and ends in its recording, in seconds, and why there.

    ``score`` is 0 to 100, and ``reasons`` say what it is made of; a clip whose edges a
    person gave has none of both. Nothing that was said is in here.
    """

    start: float = Field(ge=0)
    end: float = Field(gt=0)
    score: int = Field(default=0, ge=0, le=100)
    reasons: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it is."""
        return round(self.end - self.start, 3)

    @model_validator(mode="after")
    def _begins_before_its_end(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a clip ends after it begins")
        return self
