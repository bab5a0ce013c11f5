"""Costs of paid calls, budgets set aside, and ceilings.

Amounts are micros: millionths of a US dollar.
"""

from pydantic import AwareDatetime, Field

from galley.models.base import Model


class TokenUse(Model):
    """Billed tokens. ``input_tokens`` is all input, with the cached part."""

    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cached_tokens: int = Field(default=0, ge=0)
    cache_written_tokens: int = Field(default=0, ge=0)

    def __add__(self, other: "TokenUse") -> "TokenUse":
        return TokenUse(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cache_written_tokens=self.cache_written_tokens + other.cache_written_tokens,
        )


class CostRecord(Model):
    """One paid call, kept in the state bucket under ``costs/<campaign key>/``."""

    key: str = Field(description="The post's idempotency key.")
    call: str
    model: str
    request_id: str = ""
    use: TokenUse = TokenUse()
    seconds: float | None = Field(
        default=None, ge=0, description="How long a model ran that is billed so."
    )
    micros: int | None = Field(description="``None``: the model has no known price.")
    recorded_at: AwareDatetime


class ReserveBudget(Model):
    """Set aside the highest cost of the one call that writes a campaign's drafts."""

    campaign_id: str
    key: str
    posts: int = Field(ge=1)
    source_bytes: int = Field(ge=0)
    brand: str = Field(default="", description="Of its persona; empty: none.")


class BudgetGrant(Model):
    """The amount the drafts of the campaign may cost without asking again.

    ``None``: no ceiling is set, so nothing was set aside.
    """

    allowance: int | None = Field(default=None, ge=0)


class Reservation(Model):
    """Money set aside; ``spent`` replaces ``micros`` once the work is done."""

    id: str
    key: str = Field(description="The campaign's key.")
    micros: int = Field(ge=0)
    brand: str = ""
    posts: int = Field(default=0, description="Number of first drafts.")
    made_at: AwareDatetime
    before: int = Field(default=0, ge=0, description="Cost of the campaign before that day.")
    spent: int | None = None


class DayBook(Model):
    """The object ``budgets/<day>.json`` in the state bucket; days are UTC."""

    day: str
    reservations: tuple[Reservation, ...] = ()


class Ceilings(Model):
    """Ceilings of cost; ``None`` is no ceiling."""

    campaign: int | None = Field(default=None, ge=0)
    day: int | None = Field(default=None, ge=0)
    brand: int | None = Field(default=None, ge=0, description="Per brand and day.")

    @property
    def are_set(self) -> bool:
        """Whether there is a ceiling at all."""
        return any(one is not None for one in (self.campaign, self.day, self.brand))
