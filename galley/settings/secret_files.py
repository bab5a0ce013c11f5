"""Secrets that are given as files: ``NAME_FILE`` beside every secret ``NAME``.

So Docker and Kubernetes hand them over. ``secrets_dir`` of pydantic-settings wants one
folder for all, and files that are named as settings are.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
)

_ENDING = "_FILE"
_MOST = 64 * 1024
"""Bytes. No secret is longer, and a device would never end."""


class SecretFileError(RuntimeError):
    """A secret cannot be had from its file; the text holds nothing of it."""


def read_secret(name: str, file: Path) -> str:
    """Return what stands in a file, without white space around it.

    Args:
        name: Of the setting that names the file.
        file: UTF-8, at most 64 KiB.

    Raises:
        SecretFileError: It cannot be read, is empty, or is something else.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST + 1)
        text = data.decode().strip()
    except OSError as error:
        raise SecretFileError(f"{name}: {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SecretFileError(f"{name}: {file} is no text, so it is no secret of ours.") from None
    if not text or len(data) > _MOST:
        fault = "is empty" if not text else "is too long to be a secret"
        raise SecretFileError(f"{name}: {file} {fault}.")
    return text


def secret_of(name: str, given: Mapping[str, str | None]) -> str | None:
    """Return a secret that is given in a file, or ``None`` if no file is named.

    Args:
        name: Of the setting, as it stands in ``given``.
        given: The environment, or a part of it.

    Raises:
        SecretFileError: Both are given, or the file gives none.
    """
    file = given.get(f"{name}{_ending(name)}")
    if not file:
        return None
    told = f"{name}{_ENDING}".upper()
    if given.get(name):
        raise SecretFileError(f"{name.upper()} and {told} are both set: keep one.")
    return read_secret(told, Path(file))


def _ending(name: str) -> str:
    # pydantic-settings gives names in small letters.
    return _ENDING if name.isupper() else _ENDING.lower()


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the files that the environment or ``.env`` name.

    Args:
        settings: The class of the settings.
        environment: What the environment says.
        dotenv: What the files of settings say. Of several the first is the local
            stack's: a secret there yields to a file that is named.
    """

    def __init__(
        self,
        settings: type[BaseSettings],
        environment: PydanticBaseSettingsSource,
        dotenv: PydanticBaseSettingsSource,
    ) -> None:
        super().__init__(settings)
        if not isinstance(environment, EnvSettingsSource) or not isinstance(
            dotenv, DotEnvSettingsSource
        ):
            raise TypeError("The environment and .env are where names of files stand.")
        files = dotenv.env_file or ()
        strong = files if isinstance(files, str | Path) else [*files][1:]
        told = DotEnvSettingsSource(settings, env_file=strong)
        self._given = {**told.env_vars, **environment.env_vars}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the secret of a field, under the name that the environment has."""
        alias = _alias(field) or field_name
        is_secret = SecretStr.__name__ in str(field.annotation)
        own = {_alias(one) for one in self.settings_cls.model_fields.values()}
        if not is_secret or f"{alias}{_ENDING}" in own:
            return None, alias, False
        return secret_of(alias.lower(), self._given), alias, False

    def __call__(self) -> dict[str, Any]:
        """Return the secrets that stand in files, by the names of their settings.

        Raises:
            SecretFileError: One is given twice, or its file gives none.
        """
        found = dict[str, Any]()
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found


def _alias(field: FieldInfo) -> str:
    alias: Any = field.validation_alias
    return str(alias.choices[0]) if alias is not None else ""


class SecretFileSettings(BaseSettings):
    """Settings whose secrets may stand in files."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the files that are named before the environment."""
        del file_secret_settings  # one folder for all, which nobody names
        files = SecretFiles(settings_cls, env_settings, dotenv_settings)
        return init_settings, files, env_settings, dotenv_settings


_FIELD = re.compile(r'field "(\w+)"')


def wrong_setting(error: Exception) -> str | None:
    """Return what to say of an error of the settings; ``None`` if it is none of them.

    Other models raise pydantic's ``ValidationError`` as well.
    """
    names = [kind.__name__ for kind in type(error).__mro__]
    if "SettingsError" in names:
        found = _FIELD.search(str(error))
        setting = f"GALLEY_{found[1].upper()}" if found else "one of them"
        return (
            f"A setting is wrong: {setting} is no JSON, such as "
            '["one", "two"] or {"name": "value"}; docs/settings.md says which it is.'
        )
    if "ValidationError" in names and getattr(error, "title", "") == "Settings":
        lines = str(error).splitlines()[1:]
        return f"A setting is wrong: {' '.join(' '.join(lines).split())}"
    return None
