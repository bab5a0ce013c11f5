"""Settings of Buffer, of review and publishing, and of notifications to people."""

from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings


class BufferSettings(BaseSettings):
    """Buffer."""

    buffer_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("BUFFER_API_KEY"),
        description="Buffer key (publish.buffer.com/settings/api). "
        "Missing: the local stack starts the Buffer emulator.",
    )
    buffer_api_url: str = Field(
        default="https://api.buffer.com",
        validation_alias=AliasChoices("BUFFER_API_URL"),
        description="Where Buffer's GraphQL API answers.",
    )
    buffer_client_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("BUFFER_CLIENT_ID"),
        description="App that people authorize with `starter.py auth login`. "
        "BUFFER_API_KEY wins over it.",
    )
    buffer_client_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("BUFFER_CLIENT_SECRET"),
        description="Only for a confidential app.",
    )
    buffer_auth_url: str = Field(
        default="https://auth.buffer.com",
        validation_alias=AliasChoices("BUFFER_AUTH_URL"),
        description="Where Buffer's authorization server answers.",
    )
    token_store: Literal["auto", "file"] = Field(
        default="auto",
        validation_alias=AliasChoices("GALLEY_TOKEN_STORE"),
        description="auto: the system's keyring, if the extra keyring is installed "
        "and finds one. file: .galley/buffer-token.json.",
    )
    buffer_organization: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_BUFFER_ORGANIZATION"),
        description="Organization id; needed only when the key reaches several.",
    )


class PublishingSettings(BaseSettings):
    """Review and publishing."""

    reviewer: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_REVIEWER"),
        description="Name recorded with decisions. Missing: the login name.",
    )
    publish_lead_seconds: float = Field(
        default=60,
        validation_alias=AliasChoices("GALLEY_PUBLISH_LEAD_SECONDS"),
        description="Without a time of its own a post is due this long after approval.",
    )
    post_gap_seconds: float = Field(
        default=60,
        ge=0,
        le=86_400,
        validation_alias=AliasChoices("GALLEY_POST_GAP_SECONDS"),
        description="Least time between two posts of a channel that are approved late "
        "or have no time of their own; more where a campaign asks for --gap.",
    )
    poll_seconds: float = Field(
        default=120,
        gt=0,
        le=86_400,
        validation_alias=AliasChoices("GALLEY_POLL_SECONDS"),
        description="How often Buffer is asked for the outcome of posts that are due.",
    )
    reconcile_pauses: tuple[Annotated[float, Field(ge=0, le=86_400)], ...] = Field(
        default=(5, 30, 120),
        min_length=1,
        validation_alias=AliasChoices("GALLEY_RECONCILE_PAUSES"),
        description="Seconds before each look after a lost reply, as JSON; 60 in all "
        "at least, with a live Buffer.",
    )


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
