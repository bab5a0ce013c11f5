"""Settings of sources: what may be fetched, and who transcribes recordings."""

from decimal import Decimal
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings


class SourceSettings(BaseSettings):
    """Sources."""

    fetch_private_hosts: tuple[str, ...] = Field(
        default=(),
        validation_alias=AliasChoices("GALLEY_FETCH_PRIVATE_HOSTS"),
        description="host:port pairs allowed as sources although private, as JSON: "
        '["127.0.0.1:8000"]. Empty: none.',
    )
    transcribe: Literal["auto", "off", "local", "replicate"] = Field(
        default="auto",
        validation_alias=AliasChoices("GALLEY_TRANSCRIBE"),
        description="Who transcribes recordings. auto: this machine if "
        "GALLEY_WHISPER_MODEL is set, else Replicate if there is a token, else nobody.",
    )
    whisper_model: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_WHISPER_MODEL"),
        description="For transcription on this machine: the folder of a CTranslate2 "
        "Whisper model, or the name of one that is downloaded already.",
    )
    replicate_model: str = Field(
        default="vaibhavs10/incredibly-fast-whisper:"
        "3ab86df6c8f54c11309d4d1f930ac292bad43ace52d10c80d87eb258b3c9f79c",
        validation_alias=AliasChoices("GALLEY_REPLICATE_MODEL"),
        description="Model of the Whisper family on Replicate: owner/name of an "
        "official one, or owner/name:version.",
    )
    replicate_usd_per_second: Decimal | None = Field(
        default=None,
        ge=0,
        validation_alias=AliasChoices("GALLEY_REPLICATE_USD_PER_SECOND"),
        description="What a second of the model costs, in US dollars. Missing: what "
        "Galley's list of prices says; unknown if it is not there.",
    )
