"""AES-256-GCM around each payload, as a codec of Temporal's data converter.

A whole payload is encrypted: what it says, and what kind it is. Its metadata then
names the encoding and the key, and is authenticated too. It is not bound to a place:
the same bytes stand in a Schedule and in each of its runs, and a codec server is not
told where they are from (docs/decisions).
"""

import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from galley.clients.payloads.errors import DamagedPayloadError
from galley.clients.payloads.keyring import Keyring

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
        metadata = {
            "encoding": ENCODING,
            "encryption-cipher": _CIPHER,
            KEY_ID: key_id.encode(),
        }
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
