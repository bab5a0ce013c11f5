"""Settings of sources and drafts: readable hosts, models and ceilings of cost.

The worker and the command line read them.
"""

from decimal import Decimal
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator

from galley.models.budget import Ceilings
from galley.settings.secret_files import SubjectSettings


class SourceSettings(SubjectSettings):
    """Sources."""

    fetch_private_hosts: tuple[str, ...] = Field(
        default=(),
        description="Private addresses that sources may be read from, as a JSON list of "
        'host:port: ["127.0.0.1:8000"].',
    )
    transcribe: Literal["auto", "off", "local", "replicate"] = Field(
        default="auto",
        description="Transcriber of recordings. auto: this machine if "
        "GALLEY_WHISPER_MODEL is set, else Replicate if there is a token, else none.",
    )
    whisper_model: str | None = Field(
        default=None,
        description="Model for transcription on this machine: the folder of a CTranslate2 "
        "Whisper model, or the name of one that is downloaded already.",
    )
    replicate_model: str = Field(
        default="vaibhavs10/incredibly-fast-whisper:"
        "3ab86df6c8f54c11309d4d1f930ac292bad43ace52d10c80d87eb258b3c9f79c",
        description="Model of the Whisper family on Replicate: owner/name of an "
        "official one, or owner/name:version.",
    )
    replicate_usd_per_second: Decimal | None = Field(
        default=None,
        ge=0,
        description="Price of a second of that model, in US dollars. Missing: the one in "
        "Galley's price list; unknown if the list has none.",
    )


class DraftingSettings(SubjectSettings):
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
        description="Address of the Messages API.",
    )
    draft_model: str = Field(
        default="claude-sonnet-5-5", description="Model that writes the drafts."
    )
    draft_effort: str = Field(
        default="medium", description="Effort of that model: low, medium or high."
    )
    draft_candidates: int = Field(
        default=2,
        ge=1,
        le=2,
        description="Sets of drafts written for a campaign, 1 or 2. Of two, one more request "
        "takes the better draft for each network and mends what the source does not carry. 1: one "
        "set, as it was written.",
    )
    repeat_days: float = Field(
        default=30,
        ge=0,
        le=3650,
        description="Days within which nearly the same words on a channel are marked for the "
        "reviewer, whichever campaign they are of. 0: never.",
    )
    condense_model: str = Field(
        default="claude-haiku-5-5", description="Model that condenses long sources."
    )
    condense_above_kb: int = Field(
        default=72,
        ge=20,
        description="Kilobytes of text (UTF-8) above which a source is condensed once, and "
        "its drafts are written from the brief.",
    )
    persona: str | None = Field(
        default=None,
        description="File of the persona that drafts are written as. Missing: persona.yaml, "
        "if there is one.",
    )


class BudgetSettings(SubjectSettings):
    """Money."""

    budget_campaign_usd: Decimal | None = Field(
        default=Decimal(2),
        ge=0,
        description="Ceiling for the drafts of one campaign, in US dollars. none: no ceiling.",
    )
    budget_day_usd: Decimal | None = Field(
        default=Decimal(20),
        ge=0,
        description="Ceiling for all drafts of a day (UTC), in US dollars. none: no ceiling.",
    )
    budget_brand_usd: Decimal | None = Field(
        default=None,
        ge=0,
        description="Ceiling for the campaigns of each brand (persona) a day (UTC), in US "
        "dollars. none: no ceiling.",
    )

    @field_validator("budget_campaign_usd", "budget_day_usd", "budget_brand_usd", mode="before")
    @classmethod
    def _none_is_no_ceiling(cls, value: object) -> object:
        return None if value == "none" else value

    @property
    def ceilings(self) -> Ceilings:
        """The ceilings in micros: millionths of a US dollar."""

        def micros(dollars: Decimal | None) -> int | None:
            return None if dollars is None else int(dollars * 1_000_000)

        return Ceilings(
            campaign=micros(self.budget_campaign_usd),
            day=micros(self.budget_day_usd),
            brand=micros(self.budget_brand_usd),
        )
