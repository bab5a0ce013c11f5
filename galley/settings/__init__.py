"""Every setting: name, type, default, one line of help; a file a subject.

Read in the entry points only, never at import. Order of precedence: environment,
``.env``, then ``.galley/local.env``, which the local stack writes with the addresses
of what it started.
"""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from galley.settings.budget import BudgetSettings, ceilings_of
from galley.settings.drafting import DraftingSettings
from galley.settings.media import MediaSettings, ReplicateSettings
from galley.settings.notifications import NotifySettings
from galley.settings.publishing import BufferSettings, PublishingSettings
from galley.settings.secret_files import SecretFileSettings
from galley.settings.sources import SourceSettings
from galley.settings.stores import StoreSettings
from galley.settings.worker import PayloadSettings, WorkerSettings

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
