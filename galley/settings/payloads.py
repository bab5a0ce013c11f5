"""Settings of the keys that encrypt what Temporal keeps."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings


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
