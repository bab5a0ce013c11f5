"""What can be wrong with keys, and with what was encrypted by them."""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class PayloadKeyError(Exception):
    """Keys are wrong or missing; the text says which, and what to do."""


class MissingKeyError(PayloadKeyError):
    """A payload was encrypted with a key that is not in the keyring."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"This was encrypted with the key {key_id}, which is not here: add that "
            "key to GALLEY_PAYLOAD_KEYS or to the file GALLEY_PAYLOAD_KEYS_FILE."
        )
        self.key_id = key_id


class DamagedPayloadError(PayloadKeyError):
    """What was decrypted is not what was encrypted."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"A payload that names the key {key_id} was altered or damaged since it "
            "was encrypted: it cannot be trusted, and is not shown."
        )


KEY_BYTES = 32
_ID_LENGTH = 16
"""Characters of base64url: 96 bits."""
_LEAST_DISTINCT = 12
"""Different bytes in a key; 32 random ones have 30, and fewer than this never."""


class Keyring:
    """What payloads are encrypted and decrypted with, by the IDs of the keys."""

    def __init__(self, ciphers: Mapping[str, AESGCM]) -> None:
        self._ciphers = dict(ciphers)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The IDs of all keys; the first is the one that encrypts."""
        return tuple(self._ciphers)

    def __bool__(self) -> bool:
        return bool(self._ciphers)

    def newest(self) -> tuple[str, AESGCM]:
        """Return the key that encrypts; there must be one."""
        return next(iter(self._ciphers.items()))

    def named(self, key_id: str) -> AESGCM:
        """Return a key by its ID.

        Raises:
            MissingKeyError: It is not in the keyring.
        """
        if key_id not in self._ciphers:
            raise MissingKeyError(key_id)
        return self._ciphers[key_id]


def new_key() -> str:
    """Return a random key of 256 bits, in base64."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def id_of(key: bytes) -> str:
    """Return the ID of a key, which anybody may know."""
    members = {"k": base64.urlsafe_b64encode(key).decode().rstrip("="), "kty": "oct"}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    thumbprint = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(thumbprint).decode()[:_ID_LENGTH]


def parse_keyring(text: str, origin: str) -> Keyring:
    """Read keys in base64, parted by commas or blanks; ``#`` begins a comment.

    Raises:
        PayloadKeyError: One is no key; its place is told and never its text.
    """
    lines = [line.partition("#")[0] for line in text.splitlines()]
    found: dict[str, AESGCM] = {}
    for place, word in enumerate(" ".join(lines).replace(",", " ").split(), start=1):
        key = _key_of(word, f"Key {place} of {origin}")
        if id_of(key) in found:
            raise PayloadKeyError(
                f"Key {place} of {origin} stands there twice: name each key once."
            )
        found[id_of(key)] = AESGCM(key)
    return Keyring(found)


def _key_of(word: str, name: str) -> bytes:
    try:
        key = base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        raise PayloadKeyError(
            f"{name} is not base64: make one with `starter.py keys new`."
        ) from None
    if len(key) != KEY_BYTES:
        raise PayloadKeyError(
            f"{name} has {len(key)} bytes in place of {KEY_BYTES}: make one with "
            "`starter.py keys new`."
        )
    if len(set(key)) < _LEAST_DISTINCT:
        raise PayloadKeyError(f"{name} is not random: make one with `starter.py keys new`.")
    return key
