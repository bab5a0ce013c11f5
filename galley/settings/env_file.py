"""The file ``.env`` of the working folder: what it may set, and how entry points load it.

A folder may come from somebody else, and with it a ``.env``. It must not send the keys of the
person's own environment to another server, nor name a program that Galley would run.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from galley.settings import LOCAL_ENV, SECRETS, Settings
from galley.settings.secret_files import alias_of

REFUSED = frozenset(
    {"BUFFER_API_URL", "BUFFER_AUTH_URL", "ANTHROPIC_BASE_URL", "REPLICATE_BASE_URL"}
    | {"GALLEY_WEB_OIDC_ISSUER", "GALLEY_FFMPEG"}
)
"""Settings of the environment alone: where keys are sent, and programs."""
# Settings of libraries. Not all of a library's: AWS_CONFIG_FILE may name a program to run.
_OF_LIBRARIES = frozenset(
    {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"}
    | {"AWS_REGION", "AWS_DEFAULT_REGION", "GOOGLE_APPLICATION_CREDENTIALS"}
    | {"GOOGLE_CLOUD_PROJECT", "TZ"}
)
_PREFIXES = ("TEMPORAL_", "OTEL_")
# Where the API key of Temporal is sent.
_TEMPORAL = ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE")
_TEMPORAL_KEYS = ("TEMPORAL_API_KEY", "TEMPORAL_API_KEY_FILE")


class EnvFileError(RuntimeError):
    """A file of the folder sets what only the environment may."""


def allowed_names() -> frozenset[str]:
    """Return the settings that a ``.env`` may set, beside those that begin with a prefix."""
    ours = {alias_of(field) for field in Settings.model_fields.values()}
    files = {f"{secret}_FILE" for secret in SECRETS.values()}
    return frozenset(ours | files | _OF_LIBRARIES) - REFUSED


def load_env_file(env: Path = Path(".env"), local: Path = LOCAL_ENV) -> None:
    """Load what ``.env`` may set into the environment, which wins over it.

    Libraries read the environment, not our settings. Other names are left out.

    Raises:
        EnvFileError: It sets what only the environment may, or the local stack's file was
            not written by a local stack.
    """
    given = _values(env)
    for name in sorted(REFUSED & given.keys()):
        if not os.environ.get(name):
            raise EnvFileError(
                f"{env} sets {name}, which a file of a folder may not, because keys go there or a "
                f"program is run: remove that line, and `export {name}=…` if you trust it."
            )
    moved = [name for name in _TEMPORAL if name in given and not os.environ.get(name)]
    held = [name for name in _TEMPORAL_KEYS if os.environ.get(name)]
    if moved and held:
        raise EnvFileError(
            f"{env} sets {moved[0]}, and {held[0]} is in the environment: the key would be sent to "
            "an address that a file of a folder names. Set both in one place."
        )
    for name, value in _values(local).items():
        if name in REFUSED or name in {"TEMPORAL_ADDRESS", "STORAGE_EMULATOR_HOST"}:
            _require_local(local, name, value)
    allowed = allowed_names()
    for name, value in given.items():
        if name in allowed or name.startswith(_PREFIXES):
            os.environ.setdefault(name, value)


def _values(file: Path) -> Mapping[str, str]:
    return {name: value for name, value in dotenv_values(file).items() if value}


def _require_local(file: Path, name: str, value: str) -> None:
    host = urlsplit(value if "://" in value else f"//{value}").hostname or ""
    is_local = host == "127.0.0.1" or "." not in host or host.endswith(".localhost")
    if name == "GALLEY_FFMPEG" or not is_local:
        raise EnvFileError(
            f"{file} sets {name} as no local stack does: delete the file, if no stack runs in this "
            "folder."
        )
