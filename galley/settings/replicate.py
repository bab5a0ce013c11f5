"""Settings of Replicate: its token and addresses."""

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
