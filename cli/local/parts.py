"""The parts of the local stack, their ports, and the settings that point at them."""

import secrets
import socket
import ssl
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

import httpx
from pydantic import SecretStr

from cli.errors import CommandError
from emulators.launch import clean_environment
from galley.settings import SECRETS, Settings
from galley.settings.env_file import allowed_names

USUAL = {
    "temporal": 7233,
    "temporal_ui": 8233,
    "gcs": 4443,
    "buffer": 9700,
    "anthropic": 9701,
    "replicate": 9702,
    "web": 9703,
}
_STORE_WITHIN = 20.0
"""Seconds that the store may take to make a bucket."""
_ANY = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections, from 32768 on Linux: one
of those could take a port after it was chosen and before its server starts."""


def choose(names: list[str], wanted: Mapping[str, int]) -> dict[str, int]:
    """Return a free port for each name: the wanted one, or any if that is busy.

    All are held open until every one is chosen, so no two names share a port.
    """
    held = {name: _bind(wanted.get(name, 0)) for name in names}
    try:
        return {name: int(sock.getsockname()[1]) for name, sock in held.items()}
    finally:
        for sock in held.values():
            sock.close()


def _bind(wanted: int) -> socket.socket:
    some = secrets.SystemRandom().sample(_ANY, 100)
    for port in [wanted, *some] if wanted else some:
        sock = socket.socket()
        # As the servers themselves do: a connection in TIME_WAIT does not block a port.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
            sock.listen(1)
        except OSError:
            sock.close()
        else:
            return sock
    raise OSError("no port of the loopback interface is free")


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

    @property
    def inside(self) -> str | None:
        """The name of the port that its front door alone asks."""
        return f"{self}_inside" if self in {Part.TEMPORAL, Part.GCS} else None


_CHOOSABLE = {
    "GALLEY_DRAFT_MODEL": "draft_model",
    "GALLEY_CONDENSE_MODEL": "condense_model",
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
        # By its own name: it costs nothing, so nothing is set aside for it.
        values["GALLEY_DRAFT_MODEL"] = values["GALLEY_CONDENSE_MODEL"] = "extractive"
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


_OF_TEMPORAL, _OF_S3 = "TEMPORAL_", "AWS_"


def pages_environment(environment: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return what the review pages are given: our settings, and no key of what they do not call.

    They call Temporal and the store, and decrypt payloads.
    """
    of_pages = {"web_oidc_client_secret", "web_links_secret", "slack_signing_secret"}
    kept = {"payload_keys", *of_pages}
    withheld = {alias for name, alias in SECRETS.items() if name not in kept}
    withheld |= {f"{alias}_FILE" for alias in withheld}
    needs_s3 = settings.state_bucket.startswith("s3://")
    names = allowed_names() - withheld
    found = {
        name: value
        for name, value in environment.items()
        if name.startswith(_OF_TEMPORAL) or (name in names and not name.startswith(_OF_S3))
    }
    if needs_s3:
        found |= {name: it for name, it in environment.items() if name.startswith(_OF_S3)}
    return clean_environment() | found


async def make_buckets(settings: Settings) -> None:
    """Create the missing ones of the buckets in the store of the local stack.

    Raises:
        CommandError: The store refuses.
    """
    # Google's client takes longer to import than all else of the launcher.
    async with asking(_STORE_WITHIN) as client:
        for name in (settings.state_bucket, settings.media_bucket):
            address = f"{settings.storage_emulator_host}/storage/v1/b"
            try:
                reply = await client.post(address, json={"name": name})
            except httpx.TransportError as error:
                raise CommandError(f"The store does not make its bucket {name}: {error}") from error
            if reply.status_code not in {HTTPStatus.OK, HTTPStatus.CONFLICT}:
                raise CommandError(f"The store refuses its bucket {name}: {reply.text[:300]}")


def asking(within: float = 2) -> httpx.AsyncClient:
    """Return a client for the parts; ``within`` is in seconds.

    It knows no certificate authorities: they take longer to read than the parts to answer.
    """
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(trust_env=False, timeout=within, verify=trust)
