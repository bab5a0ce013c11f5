"""Settings of who writes, and in whose voice."""

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings


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
