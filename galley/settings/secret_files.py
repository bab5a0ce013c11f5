"""The base of all settings: their names in the environment, and secrets read from files.

``NAME_FILE`` names the file of a secret ``NAME``, as Docker and Kubernetes hand secrets
over. ``secrets_dir`` of pydantic-settings would need one folder for all of them, with
files named like the settings. The Temporal client and the logs read their key here too.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, AliasGenerator, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

_ENDING = "_FILE"
_MOST = 64 * 1024


class SecretFileError(RuntimeError):
    """A secret cannot be read from its file; the message quotes nothing of the file."""


def read_secret(name: str, file: Path) -> str:
    """Return the contents of a file without surrounding white space.

    Args:
        name: The setting that names the file, for the message.
        file: UTF-8, at most 64 KiB.

    Raises:
        SecretFileError: The file cannot be read, is empty, too long or not text.
    """
    try:
        with file.open("rb") as opened:
            # Bounded: the path may name a device such as /dev/zero, which never ends.
            data = opened.read(_MOST + 1)
        text = data.decode().strip()
    except OSError as error:
        raise SecretFileError(f"{name}: {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        # The cause would quote bytes of the secret.
        raise SecretFileError(f"{name}: {file} is no text, so it is no secret of ours.") from None
    if not text or len(data) > _MOST:
        fault = "is empty" if not text else "is too long to be a secret"
        raise SecretFileError(f"{name}: {file} {fault}.")
    return text


def secret_of(name: str, given: Mapping[str, str | None]) -> str | None:
    """Return the secret whose file is named in ``given``, or ``None`` without a file.

    Args:
        name: The setting.
        given: The environment, or a part of it.

    Raises:
        SecretFileError: The secret is given both ways, or its file is unusable.
    """
    file_setting = f"{name}{_ENDING}"
    file = given.get(file_setting)
    if not file:
        return None
    if given.get(name):
        raise SecretFileError(f"{name} and {file_setting} are both set: keep one.")
    return read_secret(file_setting, Path(file))


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the secret files that the environment or ``.env`` names."""

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
            raise TypeError("only the environment and .env name secret files")
        # The local stack's file comes first and is left out: a secret in it gives way to
        # a secret file, while a secret in .env beside one is an error.
        files = dotenv.env_file or ()
        own_files = files if isinstance(files, str | Path) else [*files][1:]
        own = DotEnvSettingsSource(settings, env_file=own_files)
        self._given = {**own.env_vars, **environment.env_vars}
        self._names = {alias_of(one) for one in settings.model_fields.values()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the secret of a field, by its name in the environment."""
        alias = alias_of(field) or field_name
        is_secret = SecretStr.__name__ in str(field.annotation)
        # GALLEY_PAYLOAD_KEYS_FILE is a setting of its own: one key a line, not one secret.
        if not is_secret or f"{alias}{_ENDING}" in self._names:
            return None, alias, False
        return secret_of(alias, self._given), alias, False

    def __call__(self) -> dict[str, Any]:
        """Return the secrets read from files, by the names of their settings.

        Raises:
            SecretFileError: A secret is given both ways, or its file is unusable.
        """
        fields = self.settings_cls.model_fields.items()
        found = (self.get_field_value(field, name) for name, field in fields)
        return {key: value for value, key, _ in found if value is not None}


def alias_of(field: FieldInfo) -> str:
    """Return the name of a setting in the environment; empty without one."""
    alias: Any = field.validation_alias
    return str(alias.choices[0]) if alias is not None else ""


class SubjectSettings(BaseSettings):
    """The settings of one subject: ``GALLEY_<NAME>``, unless a field names another.

    It has this one name, in capitals. Any secret may come from a file.
    """

    model_config = SettingsConfigDict(
        case_sensitive=True,
        alias_generator=AliasGenerator(
            validation_alias=lambda name: AliasChoices(f"GALLEY_{name.upper()}")
        ),
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put secret files before the environment."""
        del file_secret_settings  # from secrets_dir, which Galley does not set
        for source in (env_settings, dotenv_settings):
            # By the name of its field our own code alone gives a setting: FFMPEG may be another
            # program's, and would pass over what a file of a folder may not set.
            source.config = source.config.copy()
            source.config["populate_by_name"] = False
        files = SecretFiles(settings_cls, env_settings, dotenv_settings)
        return init_settings, files, env_settings, dotenv_settings


_FIELD = re.compile(r'field "(\w+)"')


def wrong_setting(error: Exception) -> str | None:
    """Return the message for an error of the settings, or ``None`` for any other error.

    Other models raise pydantic's ``ValidationError`` as well.
    """
    # By name, so that a caller need not import pydantic to report an error.
    names = [kind.__name__ for kind in type(error).__mro__]
    if "SettingsError" in names:
        found = _FIELD.search(str(error))
        setting = f"GALLEY_{found[1].upper()}" if found else "one of them"
        return (
            f"A setting is wrong: {setting} is not JSON, such as "
            '["one", "two"] or {"name": "value"}: see docs/settings.md.'
        )
    if "ValidationError" in names and getattr(error, "title", "") == "Settings":
        lines = str(error).splitlines()[1:]
        return f"A setting is wrong: {' '.join(' '.join(lines).split())}"
    return None
