"""Payloads are encrypted as they leave, and whoever lacks a key is told which."""

import base64
import hashlib
import logging
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from galley.clients.payloads import (
    KEY_ID,
    DamagedPayloadError,
    Keyring,
    MissingKeyError,
    PayloadEncryption,
    PayloadKeyError,
    converter_of,
    id_of,
    key_id_of,
    keyring_of,
    new_key,
    parse_keyring,
)
from galley.settings import Settings

OLD, NEW = (base64.b64encode(hashlib.sha256(name).digest()).decode() for name in (b"old", b"new"))
TEXT = "The brass rule is cleaned with vinegar."
META = st.dictionaries(st.text(max_size=20), st.binary(max_size=40), max_size=4)


def ring(*keys: str) -> Keyring:
    return parse_keyring(",".join(keys), "the test")


def key_id(key: str) -> str:
    return id_of(base64.b64decode(key))


async def sealed(*keys: str) -> Payload:
    [payload] = await converter_of(ring(*keys)).encode([TEXT])
    return payload


# The codec


@given(data=st.binary(max_size=3000), metadata=META)
async def test_any_payload_comes_back_as_it_was(data: bytes, metadata: dict[str, bytes]) -> None:
    payload, codec = Payload(metadata=metadata, data=data), PayloadEncryption(ring(NEW))

    [hidden] = await codec.encode([payload])

    assert await codec.decode([hidden]) == [payload]
    assert set(hidden.metadata) == {"encoding", "encryption-cipher", KEY_ID}
    assert len(data) < 8 or data not in hidden.data


async def test_the_same_payload_never_looks_the_same_twice() -> None:
    assert len({(await sealed(NEW)).data for _ in range(50)}) == 50


async def test_the_first_key_encrypts_and_every_key_decrypts() -> None:
    before, after = await sealed(OLD), await sealed(NEW, OLD)

    assert (key_id_of(before), key_id_of(after)) == (key_id(OLD), key_id(NEW))
    assert await converter_of(ring(NEW, OLD)).decode([before, after]) == [TEXT, TEXT]


async def test_what_was_never_encrypted_is_read_with_keys_and_without() -> None:
    plain = await sealed()

    assert TEXT.encode() in plain.data
    for keys in ([], [NEW], [NEW, OLD]):
        assert await converter_of(ring(*keys)).decode([plain]) == [TEXT]


@pytest.mark.parametrize("keys", [[], [OLD]], ids=["none", "another"])
async def test_a_missing_key_is_named_with_what_to_set(keys: list[str]) -> None:
    with pytest.raises(MissingKeyError) as told:
        await converter_of(ring(*keys)).decode([await sealed(NEW)])

    assert key_id(NEW) in str(told.value)
    assert "GALLEY_PAYLOAD_KEYS_FILE" in str(told.value)


async def damaged(what: str) -> Payload:
    payload = await sealed(NEW, OLD)
    match what:
        case "a bit":
            payload.data = payload.data[:-1] + bytes([payload.data[-1] ^ 1])
        case "the end":
            payload.data = payload.data[:20]
        case "the key's name":
            payload.metadata[KEY_ID] = key_id(OLD).encode()
        case "the cipher's name":
            payload.metadata["encryption-cipher"] = b"A128GCM"
        case _:
            payload.data = b""
    return payload


@pytest.mark.parametrize(
    "what", ["a bit", "the end", "the key's name", "the cipher's name", "everything"]
)
async def test_what_was_altered_is_not_shown(what: str) -> None:
    with pytest.raises(DamagedPayloadError):
        await converter_of(ring(NEW, OLD)).decode([await damaged(what)])


async def test_the_names_in_the_clear_are_authenticated() -> None:
    payload = await sealed(NEW)
    nonce, text = payload.data[:12], payload.data[12:]
    cipher = AESGCM(base64.b64decode(NEW))

    assert TEXT.encode() in cipher.decrypt(
        nonce, text, f"galley-payload-1\nbinary/encrypted\nA256GCM\n{key_id(NEW)}".encode()
    )


async def test_a_hostile_key_id_is_shown_as_an_id() -> None:
    bad = Payload(metadata={"encoding": b"binary/encrypted", KEY_ID: b"\x1b[31m\xff key\n"})

    with pytest.raises(MissingKeyError) as told:
        await converter_of(ring(NEW)).decode([bad])

    assert "\x1b" not in str(told.value)
    assert "\n" not in str(told.value)


async def test_messages_and_stack_traces_of_failures_are_encrypted_too() -> None:
    converter = converter_of(ring(NEW))
    failure = Failure()
    with pytest.raises(ApplicationError) as raised:
        raise ApplicationError(TEXT, {"detail": TEXT}, type="Kind")
    await converter.encode_failure(raised.value, failure)

    assert TEXT.encode() not in failure.SerializeToString()
    assert b"test_payloads" not in failure.SerializeToString()
    back = await converter.decode_failure(failure)
    assert isinstance(back, ApplicationError)
    assert (back.message, [*back.details]) == (TEXT, [{"detail": TEXT}])


# The keys


def test_keys_are_parted_by_commas_lines_and_comments() -> None:
    text = f"# the new one\n{NEW} # made today\n\n{OLD},"

    assert parse_keyring(text, "a file").key_ids == (key_id(NEW), key_id(OLD))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no*key", "Key 1 of the test is not base64"),
        (f"{NEW},c2hvcnQ=", "Key 2 of the test has 5 bytes in place of 32"),
        (base64.b64encode(bytes(32)).decode(), "Key 1 of the test is not random"),
        (f"{NEW} {NEW}", "Key 2 of the test stands there twice"),
    ],
)
def test_a_key_that_is_none_is_named_by_its_place_and_not_quoted(text: str, said: str) -> None:
    with pytest.raises(PayloadKeyError) as told:
        parse_keyring(text, "the test")

    assert said in str(told.value)
    assert not any(word in str(told.value) for word in text.split(","))


def test_keys_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{NEW}\n{OLD}\n")

    by_file = keyring_of(Settings(payload_keys_file=file))
    by_name = keyring_of(Settings.model_validate({"payload_keys": f"{NEW},{OLD}"}))

    assert by_file.key_ids == by_name.key_ids == (key_id(NEW), key_id(OLD))


@pytest.mark.parametrize("content", [b"# nothing yet\n", b"\xff\xfe", b"#" * 70_000, None])
def test_encryption_that_was_asked_for_is_never_silently_off(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(PayloadKeyError, match="keys"):
        keyring_of(Settings(payload_keys_file=file))


def test_a_new_key_is_one() -> None:
    assert len({*parse_keyring(f"{new_key()} {new_key()}", "the test").key_ids}) == 2


def test_two_places_of_keys_are_refused(tmp_path: Path) -> None:
    given = {"payload_keys": NEW, "payload_keys_file": tmp_path / "keys"}

    with pytest.raises(PayloadKeyError, match="both set"):
        keyring_of(Settings.model_validate(given))


def test_no_key_shows_in_what_is_printed_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings.model_validate({"payload_keys": NEW})
    keyring = keyring_of(settings)

    logging.getLogger("test").warning("%r %r %s", settings, keyring, vars(keyring))

    assert NEW not in caplog.text
    assert base64.b64decode(NEW).hex() not in caplog.text


# Who is told


async def test_a_step_whose_key_is_missing_is_told_to_the_worker() -> None:
    told: list[str] = []
    converter = converter_of(ring(OLD), lambda error: told.append(error.key_id))

    with pytest.raises(MissingKeyError):
        await converter.decode([await sealed(NEW)])

    assert told == [key_id(NEW)]
