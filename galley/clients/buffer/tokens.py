"""The grant of a person who authorized Galley in Buffer, kept in the keyring or a file.

``renewal`` reads and renews it, and the command ``auth`` stores and deletes it.
"""

import contextlib
import json
import logging
import os
import secrets
from collections.abc import Generator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, cast

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

SERVICE = "galley-buffer"
_USABLE = 1
"""The priority from which keyring itself calls a backend fit for use."""


class VaultError(Exception):
    """The keyring did not keep, or did not give, an entry."""


class Vault(Protocol):
    """A place that keeps short texts secret, by name."""

    def get(self, entry: str) -> str | None: ...

    def put(self, entry: str, text: str) -> None: ...

    def delete(self, entry: str) -> None: ...


class SystemKeyring:
    """The keyring of the person who runs this process."""

    def get(self, entry: str) -> str | None:
        """Return what was put.

        Raises:
            VaultError: The keyring is locked or not there.
        """
        import keyring

        try:
            return keyring.get_password(SERVICE, entry)
        except Exception as error:  # noqa: BLE001 - each backend raises errors of its own
            raise VaultError(type(error).__name__) from None

    def put(self, entry: str, text: str) -> None:
        """Keep a text whole.

        Raises:
            VaultError: The keyring refuses it, or cuts it off.
        """
        import keyring

        try:
            keyring.set_password(SERVICE, entry, text)
        except Exception as error:  # noqa: BLE001 - each backend raises errors of its own
            raise VaultError(type(error).__name__) from None
        # Windows keeps 2,560 bytes an entry: the caller then takes the file instead.
        if self.get(entry) != text:
            raise VaultError("truncated")

    def delete(self, entry: str) -> None:
        """Forget an entry, if it is there."""
        import keyring

        try:
            keyring.delete_password(SERVICE, entry)
        except Exception as error:  # noqa: BLE001 - each backend raises errors of its own
            logging.getLogger(__name__).debug("not deleted: %s", type(error).__name__)


def system_vault() -> Vault | None:
    """Return the system's keyring; ``None`` without the package or a usable one."""
    try:
        import keyring

        usable = keyring.get_keyring().priority >= _USABLE
    except Exception:  # noqa: BLE001 - a backend that cannot even be looked at
        return None
    return SystemKeyring() if usable else None


FILE = "buffer-token.json"
_LOCK_WAIT = 40.0
"""Seconds; longer than one refresh and one introspection by another process."""
_OTHERS = 0o077
_SECRETS = ("access_token", "refresh_token")


class TokenStoreError(Exception):
    """The tokens cannot be read or kept; the sentence says what to do."""


class GrantState(StrEnum):
    """The states of a grant."""

    READY = "ready"
    REFRESHING = "refreshing"
    """The refresh token is going out, or went out: it may be used up."""
    REVOKED = "revoked"


class Grant(BaseModel):
    """A person's permission for one app, and the tokens that prove it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    client_id: str
    auth_url: str
    access_token: SecretStr
    refresh_token: SecretStr | None = None
    issued_at: datetime
    expires_at: datetime
    """When the access token ends, by our clock."""
    scope: str = ""
    state: GrantState = GrantState.READY

    def revoked(self) -> "Grant":
        """Return the grant as it is when Buffer takes it back: without tokens."""
        gone: dict[str, object] = {
            "access_token": SecretStr(""),
            "refresh_token": None,
            "state": GrantState.REVOKED,
        }
        return self.model_copy(update=gone)


class TokenStore:
    """The one grant of a folder.

    Every method but :meth:`load` wants the lock to be held.
    """

    def __init__(
        self, folder: Path, vault: Vault | None = None, *, prefer_file: bool = False
    ) -> None:
        """Remember the places; nothing is touched.

        Args:
            folder: Where the file and the lock stand; made when first needed.
            vault: Where tokens are kept if they can be; else they stand in the file.
            prefer_file: Put new grants into the file although there is a vault.
        """
        self._folder, self._vault = folder, vault
        self._prefer_file = prefer_file
        self._path = folder / FILE
        self._new = folder / f"{FILE}.new"

    @contextlib.contextmanager
    def locked(self) -> Generator[None]:
        """Keep every other process and thread out; the system frees a dead one's.

        Raises:
            TokenStoreError: Another process keeps it, or the folder is not ours.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # A lock by mere existence would outlive a process that is killed.
            lock = FileLock(
                self._folder / "buffer-token.lock",
                timeout=_LOCK_WAIT,
                mode=0o600,
                fallback_to_soft=False,
            )
            lock.acquire()
        except Timeout:
            raise TokenStoreError(
                "Another process is renewing Buffer's tokens and does not end: see "
                "which one holds .galley/buffer-token.lock"
            ) from None
        except OSError as error:
            raise _not_kept(error) from error
        try:
            yield
        finally:
            lock.release()

    def load(self) -> Grant | None:
        """Return the grant, or ``None`` if nobody has logged in.

        Raises:
            TokenStoreError: It is there and cannot be read.
        """
        index = self._index()
        if index is None:
            return None
        text = index.get("grant")
        if entry := self._entry(index):
            text = self._from_vault(entry)
        try:
            return Grant.model_validate(text)
        except ValidationError:
            raise _unreadable() from None

    def pending(self) -> Grant | None:
        """Return a grant that was written whole, but not yet put in its place."""
        if self._entry(self._index() or {}):
            return None
        with contextlib.suppress(OSError, ValueError, ValidationError, AttributeError):
            found = json.loads(self._new.read_text())
            return Grant.model_validate(found.get("grant"))
        return None

    def save(self, grant: Grant, *, afresh: bool = False) -> None:
        """Keep ``grant`` in place of any other; on return it is on the disk.

        Args:
            grant: What to keep.
            afresh: Choose the place anew, as a login does. A refresh never moves
                tokens: another worker may not be able to look there.

        Raises:
            TokenStoreError: It could not be kept.
        """
        index = self._known_index()
        entry = self._entry(index)
        into_vault = not self._prefer_file if afresh or not index else bool(entry)
        name = entry or secrets.token_hex(16)
        try:
            if into_vault and self._put(name, grant):
                if name != entry:
                    self._write({"kept": "keyring", "entry": name})
            else:
                self._write({"kept": "file", "grant": _plain(grant)})
                self._forget(entry)
        except OSError as error:
            raise _not_kept(error) from error

    def delete(self) -> bool:
        """Forget the grant; return whether there was one."""
        entry = self._entry(self._known_index())
        was_there = self._path.exists()
        try:
            self._path.unlink(missing_ok=True)
            self._new.unlink(missing_ok=True)
        except OSError as error:
            raise _not_kept(error) from error
        self._forget(entry)
        return was_there

    def place(self) -> str:
        """Return where the tokens are, in words."""
        is_in_vault = bool(self._entry(self._known_index()))
        return "the system's keyring" if is_in_vault else str(self._path)

    def _known_index(self) -> dict[str, Any]:
        """Return what the file says, and nothing if it says nothing readable."""
        try:
            return self._index() or {}
        except TokenStoreError:
            return {}

    def _index(self) -> dict[str, Any] | None:
        try:
            with self._path.open() as file:
                if os.fstat(file.fileno()).st_mode & _OTHERS:
                    raise TokenStoreError(
                        f"Others may read {self._path}: run `chmod 600 {self._path}`, "
                        "and if others did read it, run `galley auth login`"
                    )
                found: object = json.load(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TokenStoreError(
                f"{self._path} cannot be read ({error.strerror}): mend its permissions"
            ) from error
        except ValueError:
            raise _unreadable() from None
        if not isinstance(found, dict):
            raise _unreadable()
        return cast("dict[str, Any]", found)

    def _entry(self, index: dict[str, Any]) -> str:
        return str(index.get("entry", "")) if index.get("kept") == "keyring" else ""

    def _from_vault(self, entry: str) -> object:
        locked = TokenStoreError(
            "Buffer's tokens are in the system's keyring, which this process cannot "
            "open: unlock it, or set GALLEY_TOKEN_STORE=file and run `"
            "galley auth login`"
        )
        if self._vault is None:
            raise locked
        try:
            return json.loads(self._vault.get(entry) or "{}")
        except VaultError:
            raise locked from None
        except ValueError:
            raise _unreadable() from None

    def _put(self, entry: str, grant: Grant) -> bool:
        if self._vault is None:
            return False
        try:
            self._vault.put(entry, json.dumps(_plain(grant)))
        except VaultError:
            return False
        return True

    def _forget(self, entry: str) -> None:
        if entry and self._vault is not None:
            self._vault.delete(entry)

    def _write(self, index: dict[str, object]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        # NOFOLLOW: nobody's link may lead the tokens elsewhere.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(self._new, flags, 0o600), "w") as file:
            os.fchmod(file.fileno(), 0o600)  # an older file keeps its mode at open
            json.dump(index, file)
            file.flush()
            os.fsync(file.fileno())
        self._new.replace(self._path)
        # A rename is on the disk only once its folder is: a refresh token works once, so a
        # power failure must not bring the old one back.
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _plain(grant: Grant) -> dict[str, object]:
    plain: dict[str, object] = grant.model_dump(mode="json")
    for name in _SECRETS:
        kept = cast("SecretStr | None", getattr(grant, name))
        plain[name] = None if kept is None else kept.get_secret_value()
    return plain


def _unreadable() -> TokenStoreError:
    return TokenStoreError("Buffer's tokens cannot be read: run `galley auth login`")


def _not_kept(error: OSError) -> TokenStoreError:
    return TokenStoreError(
        f"Buffer's tokens cannot be kept ({error.strerror}): make .galley/ writable "
        "for whoever runs this"
    )
