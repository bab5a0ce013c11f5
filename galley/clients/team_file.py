"""The team file, and the key with which a person of the team signs.

Workers and review pages read the team again when it changes; the command line reads both, and makes
a key.
"""

import base64
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from pydantic import ValidationError

from galley.models.team import Team
from galley.settings import Settings
from galley.sources import bounded_yaml

_LARGEST = 1_000_000


class TeamError(ValueError):
    """The team file or a key cannot be used; the text is one sentence that says why."""


def read_team(path: Path) -> Team:
    """Return the team that a file describes.

    Raises:
        TeamError: It cannot be read, or describes none.
    """
    return _described(path, _content(path))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()[:_LARGEST]
    except OSError as error:
        raise TeamError(f"The team file {path} cannot be read: {error.strerror}.") from None


def _described(path: Path, content: bytes) -> Team:
    try:
        return Team.model_validate(bounded_yaml.load(content.decode()))
    except UnicodeDecodeError:
        raise TeamError(f"The team file {path} is no text.") from None
    except bounded_yaml.UnreadableYamlError as error:
        where = f" in line {error.line}" if error.line else ""
        raise TeamError(
            f"The team file {path} is no YAML{where}: {error.why or 'too much'}."
        ) from None
    except ValidationError as error:
        # A misspelt name explains the one that is missing.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        place = ".".join(map(str, first["loc"]))
        why = first["msg"].removeprefix("Value error, ")
        raise TeamError(f"{path}: {f'{place}: ' if place else ''}{why}.") from None


def team_of(settings: Settings) -> Team | None:
    """Return the team of the settings; ``None``: decisions are unverified.

    Raises:
        TeamError: Its file cannot be used.
    """
    return read_team(settings.team) if settings.team else None


class TeamFile:
    """The team as its file has it now: a right that is given or taken counts at once."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._held: tuple[bytes, Team] | None = None

    def read(self) -> Team | None:
        """Return the team; ``None``: there is no file, and decisions are unverified.

        Raises:
            TeamError: The file cannot be used.
        """
        if self._path is None:
            return None
        # Its bytes, not its time: two changes within a tick of the clock have the same.
        content = _content(self._path)
        if self._held is None or self._held[0] != content:
            self._held = content, _described(self._path, content)
        return self._held[1]


def make_key(path: Path) -> str:
    """Make a key in a new file that only its owner may read; return its public half.

    Raises:
        TeamError: There is a file already, or it cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(pem)
    except FileExistsError:
        raise TeamError(f"{path} exists: a lost key is replaced in the team file first.") from None
    except OSError as error:
        raise TeamError(f"{path} cannot be written: {error.strerror}.") from None
    return public_half(key)


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return a person's key.

    Raises:
        TeamError: It is missing, no key, or others may read it.
    """
    try:
        is_open = bool(path.stat().st_mode & 0o077)
        key = load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError:
        raise TeamError(f"There is no key {path}: make one with `galley team join NAME`.") from None
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise TeamError(f"{path} holds no key that can be read.") from None
    if is_open:
        raise TeamError(f"Others may read the key {path}: run chmod 600 on it.")
    if not isinstance(key, Ed25519PrivateKey):
        raise TeamError(f"{path} holds another kind of key than Ed25519.")
    return key


def public_half(key: Ed25519PrivateKey) -> str:
    """Return the public key as the team file writes it."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
