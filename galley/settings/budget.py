"""Settings of money: what may be spent at most."""

from decimal import Decimal

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings

from galley.models import Ceilings

_MICROS = 1_000_000


class BudgetSettings(BaseSettings):
    """Money."""

    budget_campaign_usd: Decimal | None = Field(
        default=Decimal(2),
        ge=0,
        validation_alias=AliasChoices("GALLEY_BUDGET_CAMPAIGN_USD"),
        description="The most the drafts of one campaign may cost, in US dollars. "
        "none: no ceiling.",
    )
    budget_day_usd: Decimal | None = Field(
        default=Decimal(20),
        ge=0,
        validation_alias=AliasChoices("GALLEY_BUDGET_DAY_USD"),
        description="The most that all drafts of a day (UTC) may cost, in US dollars. "
        "none: no ceiling.",
    )
    budget_brand_usd: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=AliasChoices("GALLEY_BUDGET_BRAND_USD"),
        description="The most that the campaigns of each brand (persona) may cost a "
        "day (UTC), in US dollars. none: no ceiling.",
    )

    @field_validator("budget_campaign_usd", "budget_day_usd", "budget_brand_usd", mode="before")
    @classmethod
    def _none_is_no_ceiling(cls, value: object) -> object:
        return None if value == "none" else value


def ceilings_of(settings: BudgetSettings) -> Ceilings:
    """Return the ceilings in micros."""

    def micros(dollars: Decimal | None) -> int | None:
        return None if dollars is None else int(dollars * _MICROS)

    return Ceilings(
        campaign=micros(settings.budget_campaign_usd),
        day=micros(settings.budget_day_usd),
        brand=micros(settings.budget_brand_usd),
    )
