"""Keys of payloads are made, put into a file, and listed by their IDs alone."""

from pathlib import Path

import pytest
from temporalio.client import Client

from app.connections import Connections
from app.errors import AppError
from app.records.payload_keys import KeyRole, add_to_file, list_keys, make_key
from galley.clients.payloads import PayloadKeyError
from galley.settings import Settings


async def _nobody() -> Client:
    raise AssertionError


def of_file(file: Path) -> Connections:
    settings = Settings.model_construct(payload_keys=None, payload_keys_file=file)
    return Connections(settings, _nobody)


async def test_the_first_key_of_the_file_encrypts_and_a_spare_one_only_decrypts(
    tmp_path: Path,
) -> None:
    file = tmp_path / "keys"
    old, new, spare = make_key(), make_key(), make_key()
    add_to_file(old, file, spare=False)
    add_to_file(new, file, spare=False)
    add_to_file(spare, file, spare=True)

    listed = await list_keys(of_file(file), used=False)

    assert [(one.key_id, one.role) for one in listed] == [
        (new.key_id, KeyRole.ENCRYPTS),
        (old.key_id, KeyRole.DECRYPTS),
        (spare.key_id, KeyRole.DECRYPTS),
    ]
    assert file.stat().st_mode & 0o077 == 0


def test_a_file_of_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes"
    file.write_text("not a key\n")

    with pytest.raises(PayloadKeyError):
        add_to_file(make_key(), file, spare=False)

    assert file.read_text() == "not a key\n"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="cannot be written"):
        add_to_file(make_key(), tmp_path / "missing" / "keys", spare=False)
