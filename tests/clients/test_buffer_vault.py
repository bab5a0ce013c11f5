"""The tokens in a system's keyring, and in the file when it does not keep them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from pydantic import SecretStr

from galley.clients.buffer.tokens import (
    FILE,
    SERVICE,
    Grant,
    TokenStore,
    TokenStoreError,
    Vault,
    system_vault,
)

ACCESS, REFRESH = "access-0123456789", "refresh-0123456789"


class Memory(KeyringBackend):
    """A keyring that can be locked, and that cuts long entries off as Windows does."""

    priority = 5.0  # pyright: ignore[reportAssignmentType, reportUnannotatedClassAttribute] - keyring's own kind of property

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False
        self.longest = 100_000

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        self.kept[service, username] = password[: self.longest]

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        del self.kept[service, username]

    def _open(self) -> None:
        if self.is_locked:
            raise keyring.errors.KeyringLocked


@pytest.fixture
def memory() -> Iterator[Memory]:
    before, memory = keyring.get_keyring(), Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.fixture
def vault(memory: Memory) -> Vault:
    assert memory.priority
    found = system_vault()
    assert found is not None
    return found


@pytest.fixture
def store(vault: Vault, tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path, vault)


def grant(access: str = ACCESS) -> Grant:
    now = datetime.now(UTC)
    return Grant(
        client_id="app",
        auth_url="http://127.0.0.1:9",
        access_token=SecretStr(access),
        refresh_token=SecretStr(REFRESH),
        issued_at=now,
        expires_at=now + timedelta(hours=1),
    )


def on_disk(folder: Path) -> str:
    return (folder / FILE).read_text()


def test_with_a_keyring_no_secret_is_on_the_disk(
    store: TokenStore, memory: Memory, tmp_path: Path
) -> None:
    with store.locked():
        store.save(grant(), afresh=True)
        store.save(grant("access-the-second-one"))

    assert ACCESS not in on_disk(tmp_path)
    assert REFRESH not in on_disk(tmp_path)
    assert [service for service, _ in memory.kept] == [SERVICE]
    found = store.load()
    assert found is not None
    assert found.access_token.get_secret_value() == "access-the-second-one"
    assert store.place() == "the system's keyring"


@pytest.mark.usefixtures("memory")
def test_without_a_usable_keyring_there_is_no_vault() -> None:
    keyring.set_keyring(fail.Keyring())

    assert system_vault() is None


@pytest.mark.parametrize("trouble", ["locked", "short"])
def test_what_the_keyring_does_not_keep_whole_goes_into_the_file(
    store: TokenStore, memory: Memory, tmp_path: Path, trouble: str
) -> None:
    with store.locked():
        store.save(grant(), afresh=True)
        memory.is_locked, memory.longest = trouble == "locked", 20
        store.save(grant("access-the-second-one"))

    assert "access-the-second-one" in on_disk(tmp_path)
    found = store.load()
    assert found is not None
    assert found.access_token.get_secret_value() == "access-the-second-one"


def test_tokens_in_a_file_are_not_moved_by_a_refresh(vault: Vault, tmp_path: Path) -> None:
    with TokenStore(tmp_path).locked():
        TokenStore(tmp_path).save(grant(), afresh=True)
        TokenStore(tmp_path, vault).save(grant("access-the-second-one"))

    assert "access-the-second-one" in on_disk(tmp_path)


def test_a_login_that_prefers_the_file_takes_the_tokens_out_of_the_keyring(
    store: TokenStore, vault: Vault, memory: Memory, tmp_path: Path
) -> None:
    with store.locked():
        store.save(grant(), afresh=True)
        TokenStore(tmp_path, vault, prefer_file=True).save(grant(), afresh=True)

    assert memory.kept == {}
    assert json.loads(on_disk(tmp_path))["kept"] == "file"


def test_a_keyring_that_cannot_be_opened_says_what_to_do(
    store: TokenStore, memory: Memory, tmp_path: Path
) -> None:
    with store.locked():
        store.save(grant(), afresh=True)
    memory.is_locked = True

    for closed in (store, TokenStore(tmp_path)):
        with pytest.raises(TokenStoreError, match="GALLEY_TOKEN_STORE=file"):
            closed.load()


def test_forgetting_empties_the_keyring(store: TokenStore, memory: Memory, tmp_path: Path) -> None:
    with store.locked():
        store.save(grant(), afresh=True)
        assert store.delete()

    assert memory.kept == {}
    assert not (tmp_path / FILE).exists()
