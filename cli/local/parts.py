"""What the local stack has to start, and the settings that point at it."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import SecretStr

from galley.settings import Settings


class Part(StrEnum):
    """A server of the local stack. The value names its log file."""

    TEMPORAL = "temporal"
    GCS = "gcs"
    BUFFER = "buffer"
    ANTHROPIC = "anthropic"
    REPLICATE = "replicate"

    @property
    def ports(self) -> list[str]:
        """The names of the ports it needs."""
        return [self, "temporal_ui"] if self is Part.TEMPORAL else [self]


_CHOOSABLE = {
    "GALLEY_IMAGE_MODEL": "image_model",
    "GALLEY_VIDEO_MODEL": "video_model",
    "GALLEY_PUBLISH_LEAD_SECONDS": "publish_lead_seconds",
    "GALLEY_POLL_SECONDS": "poll_seconds",
    "GALLEY_RECONCILE_PAUSES": "reconcile_pauses",
}
"""What is emulated either way, and the field that says that it was set."""


def parts_needed(settings: Settings, environment: Mapping[str, str]) -> list[Part]:
    """Return the services the user has not brought, in starting order.

    Args:
        settings: What the user set, without the local stack's own file.
        environment: Where the standard ``TEMPORAL_*`` variables are looked up.
    """
    brought = {
        Part.TEMPORAL: any(
            environment.get(name)
            for name in ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE")
        ),
        Part.GCS: bool(
            {"state_bucket", "media_bucket", "storage_emulator_host"} & settings.model_fields_set
        ),
        Part.BUFFER: bool(settings.buffer_client_id) or _is_given(settings.buffer_api_key),
        Part.ANTHROPIC: _is_given(settings.anthropic_api_key),
        Part.REPLICATE: _is_given(settings.replicate_api_token),
    }
    return [part for part in Part if not brought[part]]


def _is_given(key: SecretStr | None) -> bool:
    return bool(key and key.get_secret_value().strip())


def local_values(
    parts: list[Part], ports: Mapping[str, int], hosts: Mapping[Part, str] | None = None
) -> dict[str, str]:
    """Return the environment variables that point at the started parts.

    Args:
        parts: What was started.
        ports: Port of each part, by name.
        hosts: Host of each part; those that are missing are on loopback.
    """
    at = {part: f"{(hosts or {}).get(part, '127.0.0.1')}:{ports[part]}" for part in parts}
    values: dict[str, str] = {}
    if Part.TEMPORAL in parts:
        values["TEMPORAL_ADDRESS"] = at[Part.TEMPORAL]
        values["TEMPORAL_NAMESPACE"] = "default"
    if Part.GCS in parts:
        values["STORAGE_EMULATOR_HOST"] = f"http://{at[Part.GCS]}"
    if Part.ANTHROPIC in parts:
        values["ANTHROPIC_BASE_URL"] = f"http://{at[Part.ANTHROPIC]}"
        values["ANTHROPIC_API_KEY"] = "local"
    if Part.REPLICATE in parts:
        # Without a token: with one, recordings would be transcribed there.
        values["REPLICATE_BASE_URL"] = f"http://{at[Part.REPLICATE]}"
        values["GALLEY_IMAGE_MODEL"] = "galley-local/picture"
        values["GALLEY_VIDEO_MODEL"] = "galley-local/video"
        values["GALLEY_SPEECH_MODEL"] = "galley-local/speech"
        values["GALLEY_AVATAR_MODEL"] = "galley-local/avatar"
    if Part.BUFFER in parts:
        values["BUFFER_API_URL"] = f"http://{at[Part.BUFFER]}"
        values["BUFFER_API_KEY"] = "local"
        # The emulator has no quota to spare, so a demo need not wait for minutes.
        values["GALLEY_PUBLISH_LEAD_SECONDS"] = "8"
        values["GALLEY_POLL_SECONDS"] = "3"
        values["GALLEY_RECONCILE_PAUSES"] = "[1,3,10]"
    return values


def less_what_is_set(values: dict[str, str], settings: Settings) -> dict[str, str]:
    """Return the variables without the models and paces that a person chose."""
    return {
        name: value
        for name, value in values.items()
        if _CHOOSABLE.get(name) not in settings.model_fields_set
    }
