"""Settings of sources and drafts: what may be read, which models write, and what they may cost."""

from decimal import Decimal
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from galley.models.budget import Ceilings


class SourceSettings(BaseSettings):
    """Sources."""

    fetch_private_hosts: tuple[str, ...] = Field(
        default=(),
        validation_alias=AliasChoices("GALLEY_FETCH_PRIVATE_HOSTS"),
        description="host:port pairs allowed as sources although private, as JSON: "
        '["127.0.0.1:8000"]. Empty: none.',
    )
    transcribe: Literal["auto", "off", "local", "replicate"] = Field(
        default="auto",
        validation_alias=AliasChoices("GALLEY_TRANSCRIBE"),
        description="Who transcribes recordings. auto: this machine if "
        "GALLEY_WHISPER_MODEL is set, else Replicate if there is a token, else nobody.",
    )
    whisper_model: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_WHISPER_MODEL"),
        description="For transcription on this machine: the folder of a CTranslate2 "
        "Whisper model, or the name of one that is downloaded already.",
    )
    replicate_model: str = Field(
        default="vaibhavs10/incredibly-fast-whisper:"
        "3ab86df6c8f54c11309d4d1f930ac292bad43ace52d10c80d87eb258b3c9f79c",
        validation_alias=AliasChoices("GALLEY_REPLICATE_MODEL"),
        description="Model of the Whisper family on Replicate: owner/name of an "
        "official one, or owner/name:version.",
    )
    replicate_usd_per_second: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=AliasChoices("GALLEY_REPLICATE_USD_PER_SECOND"),
        description="What a second of the model costs, in US dollars. Missing: what "
        "Galley's list of prices says; unknown if it is not there.",
    )


class DraftingSettings(BaseSettings):
    """Drafts."""

    anthropic_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("ANTHROPIC_API_KEY"),
        description="Anthropic key. Missing: the local stack starts the emulator, "
        "an extractive drafter.",
    )
    anthropic_base_url: str = Field(
        default="https://api.anthropic.com",
        validation_alias=AliasChoices("ANTHROPIC_BASE_URL"),
        description="Where the Messages API answers.",
    )
    draft_model: str = Field(
        default="claude-sonnet-5-5",
        validation_alias=AliasChoices("GALLEY_DRAFT_MODEL"),
        description="Model that writes the drafts.",
    )
    draft_effort: str = Field(
        default="medium",
        validation_alias=AliasChoices("GALLEY_DRAFT_EFFORT"),
        description="low, medium or high.",
    )
    condense_model: str = Field(
        default="claude-haiku-5-5",
        validation_alias=AliasChoices("GALLEY_CONDENSE_MODEL"),
        description="Model that condenses long sources.",
    )
    condense_above_kb: int = Field(
        default=72,
        ge=20,
        validation_alias=AliasChoices("GALLEY_CONDENSE_ABOVE_KB"),
        description="A source with more text than this (UTF-8) is condensed once, and "
        "drafts are written from the brief.",
    )
    persona: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_PERSONA"),
        description="File of the persona whose voice drafts have. Missing: "
        "persona.yaml, where there is one.",
    )


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
