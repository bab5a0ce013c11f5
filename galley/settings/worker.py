"""Settings of a worker: task queues, buckets, metrics and encryption.

The worker and the command line read them.
"""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr

from galley.settings.secret_files import SubjectSettings


class StoreSettings(SubjectSettings):
    """Buckets."""

    state_bucket: str = Field(
        default="galley-state",
        description="Private bucket: sources, staged media, claims, receipts. "
        "`s3://name` is a bucket of an S3 store, any other name one of Google's.",
    )
    media_bucket: str = Field(
        default="galley-media",
        description="Public bucket that Buffer fetches media from; `s3://name` too.",
    )
    s3_endpoint: str | None = Field(
        default=None,
        description="Address of an S3 store that is not Amazon's: Cloudflare R2, Supabase. "
        "Keys are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile.",
    )
    s3_region: str | None = Field(
        default=None,
        description="Region of the S3 store. Missing: AWS_REGION or the profile's; auto "
        "with GALLEY_S3_ENDPOINT.",
    )
    storage_emulator_host: str | None = Field(
        default=None,
        validation_alias=AliasChoices("STORAGE_EMULATOR_HOST"),
        description="Address of fake-gcs-server; the local stack sets it.",
    )
    public_base_url: str | None = Field(
        default=None,
        description="CDN or domain in front of the media bucket. "
        "Missing: the store's own address, which R2 does not have.",
    )
    media_keep_days: int = Field(
        default=30,
        ge=1,
        description="Days that `media gc` keeps the media of a post after its end.",
    )
    audit_every_seconds: float = Field(
        default=600,
        ge=0,
        description="Time between two passes that put records of ended runs into the state "
        "bucket; 0: never.",
    )


class WorkerSettings(SubjectSettings):
    """Workers."""

    queues: str = Field(
        default="all",
        description="Task queues of a worker: posts, publishing, media, speech, generation, "
        "notifications, separated by commas. `worker.py --queues` wins over it.",
    )
    deployment: str | None = Field(
        default=None,
        description="Name of the Worker Deployment, for Worker Versioning; needs "
        "GALLEY_BUILD_ID. Missing: workers have no versions.",
    )
    build_id: str | None = Field(default=None, description="Build of a worker, such as its commit.")
    metrics_address: str | None = Field(
        default=None,
        description="Address of a worker's metrics for Prometheus: a port on this "
        "machine's loopback, such as 9464, or host:port. Missing: no metrics.",
    )
    health_file: Path | None = Field(
        default=None,
        description="File that a worker touches every half minute while Temporal sees "
        "it take work from all its queues, for health checks. Missing: none.",
    )
    log: Literal["text", "json"] = Field(
        default="text",
        description="Format of a worker's log: text for people, or json, an object a line. "
        "Secrets are taken out of both.",
    )


class PayloadSettings(SubjectSettings):
    """Encryption."""

    payload_keys: SecretStr | None = Field(
        default=None,
        description="Keys that encrypt the payloads in Temporal, in base64, separated by "
        "commas: the first encrypts, all decrypt. Missing: nothing is encrypted.",
    )
    payload_keys_file: Path | None = Field(
        default=None, description="File with those keys instead, one a line."
    )
    codec_token: SecretStr | None = Field(
        default=None,
        description="Token that Temporal's UI and command present to `galley keys "
        "serve`, 32 characters or more.",
    )
