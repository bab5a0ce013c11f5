"""The settings of who is made to speak in videos; part of all the settings."""

from decimal import Decimal

from pydantic import AliasChoices, Field, JsonValue
from pydantic_settings import BaseSettings


class AvatarSettings(BaseSettings):
    """A part of :class:`galley.settings.Settings`."""

    avatar_model: str = Field(
        default="bytedance/omni-human-1.5",
        validation_alias=AliasChoices("GALLEY_AVATAR_MODEL"),
        description="Model on Replicate that makes a portrait speak.",
    )
    avatar_seconds: int = Field(
        default=30,
        ge=5,
        le=120,
        validation_alias=AliasChoices("GALLEY_AVATAR_SECONDS"),
        description="How long it may speak, about; models take no longer sound.",
    )
    avatar_input: dict[str, JsonValue] = Field(
        default={},
        validation_alias=AliasChoices("GALLEY_AVATAR_INPUT"),
        description="Further inputs of the avatar model, as JSON.",
    )
    avatar_usd_per_second: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=AliasChoices("GALLEY_AVATAR_USD_PER_SECOND"),
        description="What a second of it costs, in US dollars.",
    )
