"""The data converter that all clients of Temporal here share."""

from pathlib import Path

from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverter,
    DefaultFailureConverterWithEncodedAttributes,
)

from galley.clients.payloads.encryption import PayloadEncryption
from galley.clients.payloads.errors import MissingKeyError, PayloadKeyError
from galley.clients.payloads.guarding import GuardedConverter, OnMissingKey
from galley.clients.payloads.keyring import Keyring, parse_keyring
from galley.settings import Settings

_MOST = 64 * 1024
"""Bytes of a file of keys; a thousand keys are less."""


def converter_of(
    keyring: Keyring, on_missing_key: OnMissingKey | None = None
) -> DataConverter:
    """Return the converter that encrypts, if there is a key.

    With no key, too, it says which one a payload needs. With a key, the messages and
    stack traces of failures are encrypted as well. ``on_missing_key`` is told when a
    step was given what cannot be decrypted here.
    """
    failures: type[DefaultFailureConverter] = (
        DefaultFailureConverterWithEncodedAttributes
        if keyring
        else DefaultFailureConverter
    )
    return GuardedConverter(
        payload_converter_class=PydanticPayloadConverter,
        payload_codec=PayloadEncryption(keyring),
        failure_converter_class=failures,
        on_missing_key=on_missing_key or _nobody_is_told,
    )


def _nobody_is_told(_: MissingKeyError) -> None:
    """Whoever asked gets the error itself."""


def keyring_of(settings: Settings) -> Keyring:
    """Return the keys that the settings give; empty if encryption is off.

    Raises:
        PayloadKeyError: A key is none, its file cannot be read, or both are given.
    """
    given, file = settings.payload_keys, settings.payload_keys_file
    if given is not None and file is not None:
        raise PayloadKeyError(
            "GALLEY_PAYLOAD_KEYS and GALLEY_PAYLOAD_KEYS_FILE are both set: keep one."
        )
    if given is not None:
        return _some(given.get_secret_value(), "GALLEY_PAYLOAD_KEYS")
    if file is not None:
        return _some(read_keys(file), str(file))
    return Keyring({})


def _some(text: str, origin: str) -> Keyring:
    """Encryption that was asked for is never silently off."""
    keyring = parse_keyring(text, origin)
    if not keyring:
        raise PayloadKeyError(
            f"No key stands in {origin}: make one with `starter.py keys new`."
        )
    return keyring


def read_keys(file: Path) -> str:
    """Return the text of a file of keys.

    Raises:
        PayloadKeyError: It cannot be read, or is something else.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST + 1)
    except OSError as error:
        raise PayloadKeyError(
            f"The file of keys {file} cannot be read: {error.strerror}."
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except ValueError:
        text = None
    if text is None or len(data) > _MOST:
        raise PayloadKeyError(f"{file} is no file of keys.")
    return text
