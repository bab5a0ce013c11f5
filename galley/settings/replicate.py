"""Settings of Replicate: its addresses, and how it says that it is done."""

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings


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
    webhook_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        validation_alias=AliasChoices("GALLEY_WEBHOOK_URL"),
        description="Public https address that your proxy passes on to "
        "GALLEY_WEBHOOK_PORT, so that Replicate says when it is done. Empty: it is "
        "asked every few seconds.",
    )
    webhook_host: str = Field(
        default="127.0.0.1",
        validation_alias=AliasChoices("GALLEY_WEBHOOK_HOST"),
        description="Where a worker that waits for Replicate listens for webhooks.",
    )
    webhook_port: int = Field(
        default=9720,
        ge=0,
        le=65535,
        validation_alias=AliasChoices("GALLEY_WEBHOOK_PORT"),
        description="The port there.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_WEBHOOK_SECRET"),
        description="Replicate's signing secret, whsec_…. Missing: it is asked for, "
        "with the token.",
    )
