"""Settings of pictures, films and speech: which models make them, and what they cost."""

from decimal import Decimal

from pydantic import AliasChoices, Field, JsonValue, SecretStr
from pydantic_settings import BaseSettings


class MediaSettings(BaseSettings):
    """Media."""

    ffmpeg: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_FFMPEG"),
        description="Path of ffmpeg. Missing: the one on PATH, else imageio-ffmpeg's.",
    )
    image_model: str = Field(
        default="black-forest-labs/flux-1.1-pro",
        validation_alias=AliasChoices("GALLEY_IMAGE_MODEL"),
        description="Model on Replicate that generates pictures: owner/name of an "
        "official one, or owner/name:version.",
    )
    image_words: bool = Field(
        default=False,
        validation_alias=AliasChoices("GALLEY_IMAGE_WORDS"),
        description="Write the headline into generated pictures: for models that "
        "spell, such as google/nano-banana-pro.",
    )
    image_input: dict[str, JsonValue] = Field(
        default={},
        validation_alias=AliasChoices("GALLEY_IMAGE_INPUT"),
        description="Further inputs of the image model, as JSON.",
    )
    image_usd: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=AliasChoices("GALLEY_IMAGE_USD"),
        description="What a generated picture costs, in US dollars. Missing: what "
        "Galley's list of prices says; unknown if it is not there.",
    )
    video_model: str = Field(
        default="google/veo-3.1-fast",
        validation_alias=AliasChoices("GALLEY_VIDEO_MODEL"),
        description="Model on Replicate that generates videos.",
    )
    video_seconds: int = Field(
        default=6,
        ge=1,
        le=60,
        validation_alias=AliasChoices("GALLEY_VIDEO_SECONDS"),
        description="How long generated videos are; a model that offers some lengths "
        "makes the next longer one.",
    )
    video_input: dict[str, JsonValue] = Field(
        default={},
        validation_alias=AliasChoices("GALLEY_VIDEO_INPUT"),
        description="Further inputs of the video model, as JSON.",
    )
    video_usd_per_second: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=AliasChoices("GALLEY_VIDEO_USD_PER_SECOND"),
        description="What a second of a generated video costs, in US dollars.",
    )
    speech_model: str = Field(
        default="minimax/speech-2.8-turbo",
        validation_alias=AliasChoices("GALLEY_SPEECH_MODEL"),
        description="Model on Replicate that reads aloud.",
    )
    speech_voice: str = Field(
        default="",
        validation_alias=AliasChoices("GALLEY_SPEECH_VOICE"),
        description="The voice, by the model's own name for it. Missing: its default.",
    )
    speech_input: dict[str, JsonValue] = Field(
        default={},
        validation_alias=AliasChoices("GALLEY_SPEECH_INPUT"),
        description="Further inputs of the speech model, as JSON.",
    )
    speech_usd_per_1000: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=AliasChoices("GALLEY_SPEECH_USD_PER_1000"),
        description="What a thousand characters read aloud cost, in US dollars.",
    )
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


class ReplicateSettings(BaseSettings):
    """Replicate."""

    replicate_api_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("REPLICATE_API_TOKEN"),
        description="Replicate token, for generated media, and for "
        "transcription there. Missing: the local stack starts the emulator.",
    )
    replicate_base_url: str = Field(
        default="https://api.replicate.com",
        validation_alias=AliasChoices("REPLICATE_BASE_URL"),
        description="Where Replicate's API answers.",
    )
    replicate_file_hosts: tuple[str, ...] = Field(
        default=("replicate.delivery", "*.replicate.delivery"),
        validation_alias=AliasChoices("GALLEY_REPLICATE_FILE_HOSTS"),
        description="Where files of generating models may be fetched, as JSON; "
        "host:port may be private.",
    )
