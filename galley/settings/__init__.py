"""The settings of worker and command line: name, type, default and one line of help each.

Only entry points read them. Order of precedence: environment, ``.env``, then
``.galley/local.env``, in which the local stack writes the addresses of its servers.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from galley.settings.agents import AgentSettings
from galley.settings.drafting import BudgetSettings, DraftingSettings, SourceSettings
from galley.settings.media import MediaSettings, ReplicateSettings
from galley.settings.publishing import BufferSettings, NotifySettings, PublishingSettings
from galley.settings.secret_files import alias_of
from galley.settings.web import WebSettings
from galley.settings.worker import PayloadSettings, StoreSettings, WorkerSettings

LOCAL_ENV = Path(".galley/local.env")
LOCAL_TEMPORAL = LOCAL_ENV.with_name("temporal.db")
"""The database of the local stack's Temporal server, which stays when the stack stops."""
WEB_TOKEN = LOCAL_ENV.with_name("web.token")
"""Signs a browser in to the review pages, once: a command writes it, the server removes it."""
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
    AgentSettings,
    WorkerSettings,
    PayloadSettings,
    WebSettings,
)
"""The parts of the settings, in the order of the documents."""


class Settings(
    BufferSettings,
    DraftingSettings,
    BudgetSettings,
    SourceSettings,
    MediaSettings,
    ReplicateSettings,
    PublishingSettings,
    StoreSettings,
    NotifySettings,
    AgentSettings,
    WorkerSettings,
    PayloadSettings,
    WebSettings,
):
    """All settings of the worker and the command line."""

    model_config = SettingsConfigDict(
        env_file=(LOCAL_ENV, ".env"),
        # What else is in these files is read by nothing; pydantic-settings compares each such line
        # with each field otherwise, which takes longer than a command.
        dotenv_filtering="only_existing",
        # A blank line `NAME=` of .env means that NAME is not set.
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
    )


SECRETS = {
    name: alias_of(field)
    for name, field in Settings.model_fields.items()
    if SecretStr.__name__ in str(field.annotation)
}
"""The variables of the settings that are secret, by the names of their fields."""
SECRETS_ELSEWHERE = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "TEMPORAL_API_KEY")
"""Secrets that other programs' settings hold."""


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a person's own program, such as an editor, without our keys."""
    secret = {*SECRETS.values(), *SECRETS_ELSEWHERE}
    return {name: value for name, value in environment.items() if name not in secret}
