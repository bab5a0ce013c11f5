"""Settings of notifications: who is told of what needs a person, and how."""

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings


class NotifySettings(BaseSettings):
    """Notifications."""

    notify_webhook_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_NOTIFY_WEBHOOK_URL"),
        description="Where what needs a person is sent, signed by the Standard "
        "Webhooks specification.",
    )
    notify_webhook_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_NOTIFY_WEBHOOK_SECRET"),
        description="Its `whsec_…` secret; while it is changed two, the new one first, "
        "with a blank between.",
    )
    notify_smtp_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_NOTIFY_SMTP_URL"),
        description="Mail server for the same: `smtp://user:password@host:587` "
        "(STARTTLS) or `smtps://…:465`.",
    )
    notify_mail_to: tuple[str, ...] = Field(
        default=(),
        validation_alias=AliasChoices("GALLEY_NOTIFY_MAIL_TO"),
        description='Who gets the mail, as JSON: `["kim@example.com"]`.',
    )
    notify_mail_from: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_NOTIFY_MAIL_FROM"),
        description="Whom the mail is from. Missing: the first who gets it.",
    )
    notify_slack_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_NOTIFY_SLACK_URL"),
        description="An incoming webhook of Slack, or of what takes its messages.",
    )
    notify_texts: bool = Field(
        default=False,
        validation_alias=AliasChoices("GALLEY_NOTIFY_TEXTS"),
        description="Send the words of the drafts along.",
    )
    notify_every_seconds: float = Field(
        default=60,
        ge=1,
        validation_alias=AliasChoices("GALLEY_NOTIFY_EVERY_SECONDS"),
        description="How often it is looked whether something needs a person.",
    )
    temporal_ui: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_TEMPORAL_UI"),
        description="Address of the Temporal UI, for links in notifications.",
    )
