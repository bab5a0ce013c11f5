"""Settings of pictures, films and speech: the models that make them, and their prices.

The worker reads them for the activities of media.
"""

from decimal import Decimal

from pydantic import AliasChoices, Field, JsonValue, SecretStr

from galley.settings.secret_files import SubjectSettings


class MediaSettings(SubjectSettings):
    """Media."""

    ffmpeg: str | None = Field(
        default=None, description="Path of ffmpeg. Missing: the one on PATH, else imageio-ffmpeg's."
    )
    film_width: int = Field(
        default=1080,
        ge=540,
        le=1080,
        multiple_of=36,
        description="Pixels across films and clips, which are 16/9 as high: 540, 720 or 1080. "
        "With 540 they take about a third of the processor's time.",
    )
    image_model: str = Field(
        default="black-forest-labs/flux-1.1-pro",
        description="Model on Replicate that generates pictures: owner/name of an "
        "official one, or owner/name:version.",
    )
    image_words: bool = Field(
        default=False,
        description="Write the headline into generated pictures, with a model that "
        "spells, such as google/nano-banana-pro.",
    )
    image_input: dict[str, JsonValue] = Field(
        default={}, description="Further inputs of the image model, as JSON."
    )
    image_usd: Decimal | None = Field(
        default=None,
        ge=0,
        description="Price of a generated picture, in US dollars. Missing: the one in "
        "Galley's price list; unknown if the list has none.",
    )
    video_model: str = Field(
        default="google/veo-3.1-fast", description="Model on Replicate that generates videos."
    )
    video_seconds: int = Field(
        default=6,
        ge=1,
        le=60,
        description="Length of generated videos. A model with fixed lengths makes the "
        "next longer one.",
    )
    video_input: dict[str, JsonValue] = Field(
        default={}, description="Further inputs of the video model, as JSON."
    )
    video_usd_per_second: Decimal | None = Field(
        default=None, ge=0, description="Price of a second of generated video, in US dollars."
    )
    speech_model: str = Field(
        default="minimax/speech-2.8-turbo", description="Model on Replicate that reads aloud."
    )
    speech_voice: str = Field(
        default="", description="Voice, by the model's own name. Missing: the model's default."
    )
    speech_input: dict[str, JsonValue] = Field(
        default={}, description="Further inputs of the speech model, as JSON."
    )
    speech_usd_per_1000: Decimal | None = Field(
        default=None, ge=0, description="Price of a thousand characters read aloud, in US dollars."
    )
    avatar_model: str = Field(
        default="bytedance/omni-human-1.5",
        description="Model on Replicate that makes a portrait speak.",
    )
    avatar_seconds: int = Field(
        default=30,
        ge=5,
        le=120,
        description="Most seconds of speech for an avatar, about; models refuse longer sound.",
    )
    avatar_input: dict[str, JsonValue] = Field(
        default={}, description="Further inputs of the avatar model, as JSON."
    )
    avatar_usd_per_second: Decimal | None = Field(
        default=None, ge=0, description="Price of a second of avatar video, in US dollars."
    )


class ReplicateSettings(SubjectSettings):
    """Replicate."""

    replicate_api_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("REPLICATE_API_TOKEN"),
        description="Replicate token, for generated media and for transcription. "
        "Missing: the local stack starts the emulator.",
    )
    replicate_base_url: str = Field(
        default="https://api.replicate.com",
        validation_alias=AliasChoices("REPLICATE_BASE_URL"),
        description="Address of Replicate's API.",
    )
    replicate_file_hosts: tuple[str, ...] = Field(
        default=("replicate.delivery", "*.replicate.delivery"),
        description="Hosts that the files of generating models are fetched from, as JSON; "
        "host:port may be private.",
    )
