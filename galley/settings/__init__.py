"""The settings of worker and command line: name, type, default and one line of help each.

Entry points read them, never an import. Order of precedence: environment,
``.env``, then ``.galley/local.env``, which the local stack writes with the addresses
of what it started.
"""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from galley.settings.drafting import BudgetSettings, DraftingSettings, SourceSettings, ceilings_of
from galley.settings.media import MediaSettings, ReplicateSettings
from galley.settings.publishing import BufferSettings, NotifySettings, PublishingSettings
from galley.settings.secret_files import SecretFileSettings
from galley.settings.worker import PayloadSettings, StoreSettings, WorkerSettings

__all__ = ["LOCAL_ENV", "SUBJECTS", "Settings", "ceilings_of"]

LOCAL_ENV = Path(".galley/local.env")
SUBJECTS: tuple[type[BaseSettings], ...] = (
    BufferSettings,
    DraftingSettings,
    BudgetSettings,
    SourceSettings,
    MediaSettings,
    ReplicateSettings,
    PublishingSettings,
    StoreSettings,
    NotifySettings,
    WorkerSettings,
    PayloadSettings,
)
"""The parts of the settings, in the order in which they are shown."""


class Settings(
    SecretFileSettings,
    BufferSettings,
    DraftingSettings,
    BudgetSettings,
    SourceSettings,
    MediaSettings,
    ReplicateSettings,
    PublishingSettings,
    StoreSettings,
    NotifySettings,
    WorkerSettings,
    PayloadSettings,
):
    """What the worker and the command line are told."""

    model_config = SettingsConfigDict(
        env_file=(LOCAL_ENV, ".env"),
        # A line of .env that was left blank says nothing.
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
    )
