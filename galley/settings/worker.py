"""Settings of a worker: what it serves, its buckets, its metrics, and encryption."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings


class StoreSettings(BaseSettings):
    """Buckets."""

    state_bucket: str = Field(
        default="galley-state",
        validation_alias=AliasChoices("GALLEY_STATE_BUCKET"),
        description="Private bucket: sources, staged media, claims, receipts. "
        "`s3://name` is one of a store of the S3 protocol, otherwise it is Google's.",
    )
    media_bucket: str = Field(
        default="galley-media",
        validation_alias=AliasChoices("GALLEY_MEDIA_BUCKET"),
        description="Public bucket that Buffer fetches media from; `s3://name` too.",
    )
    s3_endpoint: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_S3_ENDPOINT"),
        description="Where a store of the S3 protocol answers that is not Amazon's: "
        "Cloudflare R2, Supabase. Keys are taken from AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or a profile.",
    )
    s3_region: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_S3_REGION"),
        description="Its region. Missing: AWS_REGION or the profile's; auto with "
        "GALLEY_S3_ENDPOINT.",
    )
    storage_emulator_host: str | None = Field(
        default=None,
        validation_alias=AliasChoices("STORAGE_EMULATOR_HOST"),
        description="Set by the local stack: the fake-gcs-server's address.",
    )
    public_base_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_PUBLIC_BASE_URL"),
        description="CDN or domain in front of the media bucket. "
        "Missing: the store's own address, which R2 does not have.",
    )
    media_keep_days: int = Field(
        default=30,
        ge=1,
        validation_alias=AliasChoices("GALLEY_MEDIA_KEEP_DAYS"),
        description="For how long after the end of a post `media gc` keeps its media.",
    )
    audit_every_seconds: float = Field(
        default=600,
        ge=0,
        validation_alias=AliasChoices("GALLEY_AUDIT_EVERY_SECONDS"),
        description="How often records of what ended are put into the state bucket; 0: never.",
    )


class WorkerSettings(BaseSettings):
    """Workers."""

    queues: str = Field(
        default="all",
        validation_alias=AliasChoices("GALLEY_QUEUES"),
        description="What a worker serves: posts, media, speech, generation, "
        "notifications, separated by commas. `worker.py --queues` wins over it.",
    )
    deployment: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_DEPLOYMENT"),
        description="Name of the Worker Deployment, for Worker Versioning; needs "
        "GALLEY_BUILD_ID. Missing: workers have no versions.",
    )
    build_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_BUILD_ID"),
        description="Which build a worker is, such as its commit.",
    )
    metrics_address: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_METRICS_ADDRESS"),
        description="Where a worker serves metrics for Prometheus: a port on this "
        "machine's loopback, such as 9464, or host:port. Missing: nowhere.",
    )
    health_file: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_HEALTH_FILE"),
        description="File that a worker touches every half minute while Temporal sees "
        "it take work from all its queues, for health checks. Missing: none.",
    )
    log: Literal["text", "json"] = Field(
        default="text",
        validation_alias=AliasChoices("GALLEY_LOG"),
        description="How a worker logs: text for people, or json, an object a line. "
        "Secrets are taken out of both.",
    )


class PayloadSettings(BaseSettings):
    """Encryption."""

    payload_keys: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_PAYLOAD_KEYS"),
        description="Keys that encrypt what Temporal keeps, in base64, parted by "
        "commas: the first encrypts, all decrypt. Missing: nothing is encrypted.",
    )
    payload_keys_file: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_PAYLOAD_KEYS_FILE"),
        description="A file with those keys instead, one a line.",
    )
    codec_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_CODEC_TOKEN"),
        description="What Temporal's UI and command must present to `starter.py keys "
        "serve`, 32 characters or more.",
    )
