"""The system's keyring, if the optional package ``keyring`` finds one.

Windows keeps 2,560 bytes an entry and other systems may be locked, so what was put is
read back, and whoever puts must have another place.
"""

import logging
from typing import Protocol

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
        """Keep a text, and see that it is kept whole.

        Raises:
            VaultError: It is not.
        """
        import keyring

        try:
            keyring.set_password(SERVICE, entry, text)
        except Exception as error:  # noqa: BLE001 - each backend raises errors of its own
            raise VaultError(type(error).__name__) from None
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
