"""Settings of a worker as a process: what it serves, its build, its metrics."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings


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
