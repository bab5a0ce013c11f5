"""Settings of Buffer, of review and publishing, and of notifications to people.

The worker and the command line read them.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr

from galley.settings.secret_files import SubjectSettings


class BufferSettings(SubjectSettings):
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
        description="Address of Buffer's GraphQL API.",
    )
    buffer_client_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("BUFFER_CLIENT_ID"),
        description="App that people authorize with `galley auth login`. "
        "BUFFER_API_KEY wins over it.",
    )
    buffer_client_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("BUFFER_CLIENT_SECRET"),
        description="Secret of the app, if it is a confidential one.",
    )
    buffer_auth_url: str = Field(
        default="https://auth.buffer.com",
        validation_alias=AliasChoices("BUFFER_AUTH_URL"),
        description="Address of Buffer's authorization server.",
    )
    token_store: Literal["auto", "file"] = Field(
        default="auto",
        description="auto: the system's keyring, if the extra keyring is installed "
        "and finds one. file: .galley/buffer-token.json.",
    )
    buffer_organization: str | None = Field(
        default=None, description="Organization ID; needed only when the key reaches several."
    )


class PublishingSettings(SubjectSettings):
    """Review and publishing."""

    reviewer: str | None = Field(
        default=None, description="Name recorded with decisions. Missing: the login name."
    )
    team: Path | None = Field(
        default=None,
        description="The team file: who may decide, with which keys and policies. Missing: "
        "anybody may who reaches Temporal, and decisions are unverified.",
    )
    reviewer_key_file: Path = Field(
        default=Path(".galley/reviewer-key.pem"),
        description="Your key, which `galley team join` makes: your decisions are signed with it.",
    )
    publish_lead_seconds: float = Field(
        default=60,
        description="Time from approval to the due time of a post that has none of its own.",
    )
    post_gap_seconds: float = Field(
        default=60,
        ge=0,
        le=86_400,
        description="Least time between two posts of a channel that are approved late "
        "or have no time of their own; more where a campaign asks for --gap.",
    )
    poll_seconds: float = Field(
        default=120,
        gt=0,
        le=86_400,
        description="Time between two questions to Buffer for the outcome of due posts.",
    )
    reconcile_pauses: tuple[Annotated[float, Field(ge=0, le=86_400)], ...] = Field(
        default=(5, 30, 120),
        min_length=1,
        description="Seconds before each look after a lost reply, as JSON; with a live "
        "Buffer at least 60 in all.",
    )


class NotifySettings(SubjectSettings):
    """Notifications."""

    notify_webhook_url: str | None = Field(
        default=None,
        description="Webhook for notifications, signed as the Standard Webhooks "
        "specification says.",
    )
    notify_webhook_secret: SecretStr | None = Field(
        default=None,
        description="The webhook's `whsec_…` secret. During a change of secrets: both, "
        "the new one first, with a blank between.",
    )
    notify_smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server for notifications: `smtp://user:password@host:587` "
        "(STARTTLS) or `smtps://…:465`.",
    )
    notify_mail_to: tuple[str, ...] = Field(
        default=(), description='Recipients of the mail, as JSON: `["kim@example.com"]`.'
    )
    notify_mail_from: str | None = Field(
        default=None, description="Sender of the mail. Missing: the first recipient."
    )
    notify_slack_url: SecretStr | None = Field(
        default=None,
        description="Incoming webhook of Slack, or of a service that takes Slack's messages.",
    )
    notify_texts: bool = Field(
        default=False,
        description="Whether notifications contain the text of drafts, and of comments that "
        "mention somebody: for those, set it for the review pages.",
    )
    notify_every_seconds: float = Field(
        default=60, ge=1, description="Time between two searches for what needs a person."
    )
    events_url: str | None = Field(
        default=None,
        description="Webhook for a program that follows posts: approved, published, failed and "
        "retracted, signed as the Standard Webhooks specification says. For the workers of "
        "publishing too.",
    )
    events_secret: SecretStr | None = Field(
        default=None,
        description="Its `whsec_…` secret. During a change of secrets: both, the new one first, "
        "with a blank between.",
    )
    temporal_ui: str | None = Field(
        default=None, description="Address of the Temporal UI, for links in notifications."
    )
