"""What can be wrong with keys, and with what was encrypted by them."""


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
