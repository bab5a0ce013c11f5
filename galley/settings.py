"""Every setting: name, type, default, one line of help.

Read in the entry points only, never at import. Order of precedence: environment,
``.env``, then ``.galley/local.env``, which the local stack writes with the addresses
of what it started.
"""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, JsonValue, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from galley.avatar_settings import AvatarSettings
from galley.models import Ceilings
from galley.notify_settings import NotifySettings
from galley.payload_settings import PayloadSettings
from galley.secret_files import SecretFileSettings
from galley.worker_settings import WorkerSettings

_MICROS = 1_000_000
LOCAL_ENV = Path(".galley/local.env")


def _env(name: str) -> AliasChoices:
    return AliasChoices(name)


class Settings(
    SecretFileSettings, AvatarSettings, NotifySettings, PayloadSettings, WorkerSettings
):
    """What the worker and the command line are told."""

    model_config = SettingsConfigDict(
        env_file=(LOCAL_ENV, ".env"),
        # A line of .env that was left blank says nothing.
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    buffer_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=_env("BUFFER_API_KEY"),
        description="Buffer key (publish.buffer.com/settings/api). "
        "Missing: the local stack starts the Buffer emulator.",
    )
    buffer_api_url: str = Field(
        default="https://api.buffer.com",
        validation_alias=_env("BUFFER_API_URL"),
        description="Where Buffer's GraphQL API answers.",
    )
    buffer_client_id: str | None = Field(
        default=None,
        validation_alias=_env("BUFFER_CLIENT_ID"),
        description="App that people authorize with `starter.py auth login`. "
        "BUFFER_API_KEY wins over it.",
    )
    buffer_client_secret: SecretStr | None = Field(
        default=None,
        validation_alias=_env("BUFFER_CLIENT_SECRET"),
        description="Only for a confidential app.",
    )
    buffer_auth_url: str = Field(
        default="https://auth.buffer.com",
        validation_alias=_env("BUFFER_AUTH_URL"),
        description="Where Buffer's authorization server answers.",
    )
    token_store: Literal["auto", "file"] = Field(
        default="auto",
        validation_alias=_env("GALLEY_TOKEN_STORE"),
        description="auto: the system's keyring, if the extra keyring is installed "
        "and finds one. file: .galley/buffer-token.json.",
    )
    buffer_organization: str | None = Field(
        default=None,
        validation_alias=_env("GALLEY_BUFFER_ORGANIZATION"),
        description="Organization id; needed only when the key reaches several.",
    )
    anthropic_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=_env("ANTHROPIC_API_KEY"),
        description="Anthropic key. Missing: the local stack starts the emulator, "
        "an extractive drafter.",
    )
    anthropic_base_url: str = Field(
        default="https://api.anthropic.com",
        validation_alias=_env("ANTHROPIC_BASE_URL"),
        description="Where the Messages API answers.",
    )
    draft_model: str = Field(
        default="claude-sonnet-5-5",
        validation_alias=_env("GALLEY_DRAFT_MODEL"),
        description="Model that writes the drafts.",
    )
    draft_effort: str = Field(
        default="medium",
        validation_alias=_env("GALLEY_DRAFT_EFFORT"),
        description="low, medium or high.",
    )
    condense_model: str = Field(
        default="claude-haiku-5-5",
        validation_alias=_env("GALLEY_CONDENSE_MODEL"),
        description="Model that condenses long sources.",
    )
    condense_above_kb: int = Field(
        default=72,
        ge=20,
        validation_alias=_env("GALLEY_CONDENSE_ABOVE_KB"),
        description="A source with more text than this (UTF-8) is condensed once, and "
        "drafts are written from the brief.",
    )
    budget_campaign_usd: Decimal | None = Field(
        default=Decimal(2),
        ge=0,
        validation_alias=_env("GALLEY_BUDGET_CAMPAIGN_USD"),
        description="The most the drafts of one campaign may cost, in US dollars. "
        "none: no ceiling.",
    )
    budget_day_usd: Decimal | None = Field(
        default=Decimal(20),
        ge=0,
        validation_alias=_env("GALLEY_BUDGET_DAY_USD"),
        description="The most that all drafts of a day (UTC) may cost, in US dollars. "
        "none: no ceiling.",
    )
    budget_brand_usd: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=_env("GALLEY_BUDGET_BRAND_USD"),
        description="The most that the campaigns of each brand (persona) may cost a "
        "day (UTC), in US dollars. none: no ceiling.",
    )
    state_bucket: str = Field(
        default="galley-state",
        validation_alias=_env("GALLEY_STATE_BUCKET"),
        description="Private bucket: sources, staged media, claims, receipts. "
        "`s3://name` is one of a store of the S3 protocol, otherwise it is Google's.",
    )
    media_bucket: str = Field(
        default="galley-media",
        validation_alias=_env("GALLEY_MEDIA_BUCKET"),
        description="Public bucket that Buffer fetches media from; `s3://name` too.",
    )
    s3_endpoint: str | None = Field(
        default=None,
        validation_alias=_env("GALLEY_S3_ENDPOINT"),
        description="Where a store of the S3 protocol answers that is not Amazon's: "
        "Cloudflare R2, Supabase. Keys are taken from AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or a profile.",
    )
    s3_region: str | None = Field(
        default=None,
        validation_alias=_env("GALLEY_S3_REGION"),
        description="Its region. Missing: AWS_REGION or the profile's; auto with "
        "GALLEY_S3_ENDPOINT.",
    )
    storage_emulator_host: str | None = Field(
        default=None,
        validation_alias=_env("STORAGE_EMULATOR_HOST"),
        description="Set by the local stack: the fake-gcs-server's address.",
    )
    public_base_url: str | None = Field(
        default=None,
        validation_alias=_env("GALLEY_PUBLIC_BASE_URL"),
        description="CDN or domain in front of the media bucket. "
        "Missing: the store's own address, which R2 does not have.",
    )
    media_keep_days: int = Field(
        default=30,
        ge=1,
        validation_alias=_env("GALLEY_MEDIA_KEEP_DAYS"),
        description="For how long after the end of a post `media gc` keeps its media.",
    )
    ffmpeg: str | None = Field(
        default=None,
        validation_alias=_env("GALLEY_FFMPEG"),
        description="Path of ffmpeg. Missing: the one on PATH, else imageio-ffmpeg's.",
    )
    transcribe: Literal["auto", "off", "local", "replicate"] = Field(
        default="auto",
        validation_alias=_env("GALLEY_TRANSCRIBE"),
        description="Who transcribes recordings. auto: this machine if "
        "GALLEY_WHISPER_MODEL is set, else Replicate if there is a token, else nobody.",
    )
    whisper_model: str | None = Field(
        default=None,
        validation_alias=_env("GALLEY_WHISPER_MODEL"),
        description="For transcription on this machine: the folder of a CTranslate2 "
        "Whisper model, or the name of one that is downloaded already.",
    )
    replicate_api_token: SecretStr | None = Field(
        default=None,
        validation_alias=_env("REPLICATE_API_TOKEN"),
        description="Replicate token, for generated media, and for "
        "transcription there. Missing: the local stack starts the emulator.",
    )
    replicate_base_url: str = Field(
        default="https://api.replicate.com",
        validation_alias=_env("REPLICATE_BASE_URL"),
        description="Where Replicate's API answers.",
    )
    replicate_model: str = Field(
        default="vaibhavs10/incredibly-fast-whisper:"
        "3ab86df6c8f54c11309d4d1f930ac292bad43ace52d10c80d87eb258b3c9f79c",
        validation_alias=_env("GALLEY_REPLICATE_MODEL"),
        description="Model of the Whisper family on Replicate: owner/name of an "
        "official one, or owner/name:version.",
    )
    replicate_usd_per_second: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=_env("GALLEY_REPLICATE_USD_PER_SECOND"),
        description="What a second of the model costs, in US dollars. Missing: what "
        "Galley's list of prices says; unknown if it is not there.",
    )
    replicate_file_hosts: tuple[str, ...] = Field(
        default=("replicate.delivery", "*.replicate.delivery"),
        validation_alias=_env("GALLEY_REPLICATE_FILE_HOSTS"),
        description="Where files of generating models may be fetched, as JSON; "
        "host:port may be private.",
    )
    image_model: str = Field(
        default="black-forest-labs/flux-1.1-pro",
        validation_alias=_env("GALLEY_IMAGE_MODEL"),
        description="Model on Replicate that generates pictures: owner/name of an "
        "official one, or owner/name:version.",
    )
    image_words: bool = Field(
        default=False,
        validation_alias=_env("GALLEY_IMAGE_WORDS"),
        description="Write the headline into generated pictures: for models that "
        "spell, such as google/nano-banana-pro.",
    )
    image_input: dict[str, JsonValue] = Field(
        default={},
        validation_alias=_env("GALLEY_IMAGE_INPUT"),
        description="Further inputs of the image model, as JSON.",
    )
    image_usd: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=_env("GALLEY_IMAGE_USD"),
        description="What a generated picture costs, in US dollars. Missing: what "
        "Galley's list of prices says; unknown if it is not there.",
    )
    video_model: str = Field(
        default="google/veo-3.1-fast",
        validation_alias=_env("GALLEY_VIDEO_MODEL"),
        description="Model on Replicate that generates videos.",
    )
    video_seconds: int = Field(
        default=6,
        ge=1,
        le=60,
        validation_alias=_env("GALLEY_VIDEO_SECONDS"),
        description="How long generated videos are; a model that offers some lengths "
        "makes the next longer one.",
    )
    video_input: dict[str, JsonValue] = Field(
        default={},
        validation_alias=_env("GALLEY_VIDEO_INPUT"),
        description="Further inputs of the video model, as JSON.",
    )
    video_usd_per_second: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=_env("GALLEY_VIDEO_USD_PER_SECOND"),
        description="What a second of a generated video costs, in US dollars.",
    )
    speech_model: str = Field(
        default="minimax/speech-2.8-turbo",
        validation_alias=_env("GALLEY_SPEECH_MODEL"),
        description="Model on Replicate that reads aloud.",
    )
    speech_voice: str = Field(
        default="",
        validation_alias=_env("GALLEY_SPEECH_VOICE"),
        description="The voice, by the model's own name for it. Missing: its default.",
    )
    speech_input: dict[str, JsonValue] = Field(
        default={},
        validation_alias=_env("GALLEY_SPEECH_INPUT"),
        description="Further inputs of the speech model, as JSON.",
    )
    speech_usd_per_1000: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=_env("GALLEY_SPEECH_USD_PER_1000"),
        description="What a thousand characters read aloud cost, in US dollars.",
    )
    webhook_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        validation_alias=_env("GALLEY_WEBHOOK_URL"),
        description="Public https address that your proxy passes on to "
        "GALLEY_WEBHOOK_PORT, so that Replicate says when it is done. Empty: it is "
        "asked every few seconds.",
    )
    webhook_host: str = Field(
        default="127.0.0.1",
        validation_alias=_env("GALLEY_WEBHOOK_HOST"),
        description="Where a worker that waits for Replicate listens for webhooks.",
    )
    webhook_port: int = Field(
        default=9720,
        ge=0,
        le=65535,
        validation_alias=_env("GALLEY_WEBHOOK_PORT"),
        description="The port there.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        validation_alias=_env("GALLEY_WEBHOOK_SECRET"),
        description="Replicate's signing secret, whsec_…. Missing: it is asked for, "
        "with the token.",
    )
    fetch_private_hosts: tuple[str, ...] = Field(
        default=(),
        validation_alias=_env("GALLEY_FETCH_PRIVATE_HOSTS"),
        description="host:port pairs allowed as sources although private, as JSON: "
        '["127.0.0.1:8000"]. Empty: none.',
    )
    publish_lead_seconds: float = Field(
        default=60,
        validation_alias=_env("GALLEY_PUBLISH_LEAD_SECONDS"),
        description="Without a time of its own a post is due this long after approval.",
    )
    post_gap_seconds: float = Field(
        default=60,
        ge=0,
        le=86_400,
        validation_alias=_env("GALLEY_POST_GAP_SECONDS"),
        description="Least time between two posts of a channel that are approved late "
        "or have no time of their own; more where a campaign asks for --gap.",
    )
    poll_seconds: float = Field(
        default=120,
        gt=0,
        le=86_400,
        validation_alias=_env("GALLEY_POLL_SECONDS"),
        description="How often Buffer is asked for the outcome of posts that are due.",
    )
    reconcile_pauses: tuple[Annotated[float, Field(ge=0, le=86_400)], ...] = Field(
        default=(5, 30, 120),
        min_length=1,
        validation_alias=_env("GALLEY_RECONCILE_PAUSES"),
        description="Seconds before each look after a lost reply, as JSON.",
    )
    persona: str | None = Field(
        default=None,
        validation_alias=_env("GALLEY_PERSONA"),
        description="File of the persona whose voice drafts have. Missing: "
        "persona.yaml, where there is one.",
    )
    audit_every_seconds: float = Field(
        default=600,
        ge=0,
        validation_alias=_env("GALLEY_AUDIT_EVERY_SECONDS"),
        description="How often records of what ended are put into the state bucket; "
        "0: never.",
    )
    reviewer: str | None = Field(
        default=None,
        validation_alias=_env("GALLEY_REVIEWER"),
        description="Name recorded with decisions. Missing: the login name.",
    )

    @field_validator(
        "budget_campaign_usd", "budget_day_usd", "budget_brand_usd", mode="before"
    )
    @classmethod
    def _none_is_no_ceiling(cls, value: object) -> object:
        return None if value == "none" else value


def ceilings_of(settings: Settings) -> Ceilings:
    """Return the ceilings in micros."""

    def micros(dollars: Decimal | None) -> int | None:
        return None if dollars is None else int(dollars * _MICROS)

    return Ceilings(
        campaign=micros(settings.budget_campaign_usd),
        day=micros(settings.budget_day_usd),
        brand=micros(settings.budget_brand_usd),
    )
