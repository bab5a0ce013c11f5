"""Encryption of what Temporal keeps: the keys, and AES-256-GCM around each payload.

A whole payload is encrypted: what it says, and what kind it is. Its metadata then
names the encoding and the key, and is authenticated too. It is not bound to a place:
the same bytes stand in a Schedule and in each of its runs, and a codec server is not
told where they are from (docs/decisions). Workers and clients of Temporal get the
converter here; ``keys`` makes keys and serves the codec.
"""

import base64
import binascii
import hashlib
import json
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)
from temporalio.service import RPCError

from galley.settings import Settings


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
    """A payload was altered or damaged since it was encrypted."""

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
    """The keys that encrypt and decrypt payloads, by their IDs."""

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
        raise PayloadKeyError(f"{name} is not base64: make one with `galley keys new`.") from None
    if len(key) != KEY_BYTES:
        raise PayloadKeyError(
            f"{name} has {len(key)} bytes in place of {KEY_BYTES}: make one with `galley keys new`."
        )
    if len(set(key)) < _LEAST_DISTINCT:
        raise PayloadKeyError(f"{name} is not random: make one with `galley keys new`.")
    return key


ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"
_CIPHER = b"A256GCM"
_NONCE_BYTES = 12
"""96 bits, as NIST SP 800-38D has it. Random, so at most 2^32 payloads a key."""
_TAG_BYTES = 16


class PayloadEncryption(PayloadCodec):
    """Encrypts with the keyring's first key, if it has any; decrypts with all.

    What was never encrypted is passed on, so that runs that are open when encryption
    is turned on, and what people send from Temporal's own tools, stay readable.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads encrypted, one for one."""
        if not self._keyring:
            return [*payloads]
        key_id, cipher = self._keyring.newest()
        metadata = {"encoding": ENCODING, "encryption-cipher": _CIPHER, KEY_ID: key_id.encode()}
        sealed: list[Payload] = []
        for payload in payloads:
            nonce = secrets.token_bytes(_NONCE_BYTES)
            text = cipher.encrypt(nonce, payload.SerializeToString(), _bound(key_id))
            sealed.append(Payload(metadata=metadata, data=nonce + text))
        return sealed

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads as they were before :meth:`encode`.

        Raises:
            MissingKeyError: One needs a key that is not in the keyring.
            DamagedPayloadError: One was altered.
        """
        return [
            self._opened(payload) if key_id_of(payload) is not None else payload
            for payload in payloads
        ]

    def _opened(self, payload: Payload) -> Payload:
        key_id = key_id_of(payload) or "?"
        cipher, data = self._keyring.named(key_id), payload.data
        if payload.metadata["encryption-cipher"] != _CIPHER:
            raise DamagedPayloadError(key_id)
        if len(data) < _NONCE_BYTES + _TAG_BYTES:
            raise DamagedPayloadError(key_id)
        try:
            nonce, text = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
            return Payload.FromString(cipher.decrypt(nonce, text, _bound(key_id)))
        except InvalidTag:
            raise DamagedPayloadError(key_id) from None


def key_id_of(payload: Payload) -> str | None:
    """Return the ID of the key that encrypted a payload; ``None`` if none did."""
    if payload.metadata.get("encoding") != ENCODING:
        return None
    told = payload.metadata.get(KEY_ID, b"").decode("ascii", "replace")
    # It may come from anybody, and is shown: an ID is all it can be.
    return "".join(c for c in told[:32] if c.isalnum() or c in "-_") or "?"


def _bound(key_id: str) -> bytes:
    """Return what is authenticated beside the text: all that stands in the clear."""
    return b"\n".join((b"galley-payload-1", ENCODING, _CIPHER, key_id.encode()))


_MOST = 1000
"""Open runs that are looked at, the latest first: one request."""

OnMissingKey = Callable[[MissingKeyError], None]


@dataclass(frozen=True)
class GuardedConverter(DataConverter):
    """Says of what a step is given, or is answered, that its key is missing.

    The SDK decodes the inputs of steps by this method, and those of workflows by
    another. Steps are encrypted by workers alone: no client's mistake is told here.
    """

    on_missing_key: OnMissingKey = field(kw_only=True)

    async def decode(
        self, payloads: Sequence[Payload], type_hints: list[type] | None = None
    ) -> list[Any]:
        """Decode as ever.

        Raises:
            MissingKeyError: The key is not here; it has been told.
        """
        try:
            return await super().decode(payloads, type_hints)
        except MissingKeyError as error:
            self.on_missing_key(error)
            raise


class KeyGuard:
    """Stops a worker that was given a step whose key it does not have."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._told: list[MissingKeyError] = []

    def __call__(self, error: MissingKeyError) -> None:
        """Take no more work."""
        self._told.append(error)
        self._stop()

    def check(self) -> None:
        """Say why the worker stopped.

        Raises:
            MissingKeyError: It was given a step whose key it does not have.
        """
        if self._told:
            raise self._told[0]


async def refuse_unreadable(
    client: Client, key_ids: Sequence[str], by_memo: str, by_input: str
) -> None:
    """Hold that the keys of open runs are here, as far as workers encrypted them.

    Args:
        client: Connected to the namespace.
        key_ids: Of the keys that are here.
        by_memo: Type of the workflows that workers start with a memo.
        by_input: Type of those, few, that workers start without one.

    Raises:
        PayloadKeyError: An open run is encrypted with another key.
    """
    try:
        async for run_id, needed in _needed(client, by_memo, by_input):
            if needed not in key_ids:
                raise PayloadKeyError(
                    f"{run_id} is open and encrypted with the key {needed}, which is "
                    "not here: add that key to GALLEY_PAYLOAD_KEYS or to the file "
                    "GALLEY_PAYLOAD_KEYS_FILE. Old keys stay, after the new one."
                )
    except RPCError as error:
        # Who may not list may still work; a step without its key would stop the worker.
        logging.getLogger(__name__).warning(
            "The keys of open runs were not looked at: %s", error.status.name
        )


async def _needed(client: Client, by_memo: str, by_input: str) -> AsyncIterator[tuple[str, str]]:
    opened = 'ExecutionStatus="Running" AND WorkflowType='
    async for run in client.list_workflows(f'{opened}"{by_memo}"', limit=_MOST):
        for payload in run.raw_info.memo.fields.values():
            if (key_id := key_id_of(payload)) is not None:
                yield run.id, key_id
    async for run in client.list_workflows(f'{opened}"{by_input}"', limit=_MOST):
        handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(run.id, run_id=run.run_id)
        # The first event alone: it holds the input, and a history may be long.
        async for event in handle.fetch_history_events(page_size=1):
            for payload in event.workflow_execution_started_event_attributes.input.payloads:
                if (key_id := key_id_of(payload)) is not None:
                    yield run.id, key_id
            break


_MOST_BYTES = 64 * 1024
"""Bytes of a file of keys; a thousand keys are less."""


def converter_of(keyring: Keyring, on_missing_key: OnMissingKey | None = None) -> DataConverter:
    """Return the converter that encrypts, if there is a key.

    Even without a key it names the one that a payload needs. With a key, the messages and
    stack traces of failures are encrypted as well. ``on_missing_key`` is called when a
    step was given a payload that cannot be decrypted here.
    """
    failures: type[DefaultFailureConverter] = (
        DefaultFailureConverterWithEncodedAttributes if keyring else DefaultFailureConverter
    )
    return GuardedConverter(
        payload_converter_class=PydanticPayloadConverter,
        payload_codec=PayloadEncryption(keyring),
        failure_converter_class=failures,
        # Without a listener the error alone reaches the caller.
        on_missing_key=on_missing_key or (lambda _: None),
    )


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
        raise PayloadKeyError(f"No key stands in {origin}: make one with `galley keys new`.")
    return keyring


def read_keys(file: Path) -> str:
    """Return the text of a file of keys.

    Raises:
        PayloadKeyError: It cannot be read, or is something else.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise PayloadKeyError(
            f"The file of keys {file} cannot be read: {error.strerror}."
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except ValueError:
        text = None
    if text is None or len(data) > _MOST_BYTES:
        raise PayloadKeyError(f"{file} is no file of keys.")
    return text
