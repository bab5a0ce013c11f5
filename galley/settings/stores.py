"""Settings of the two buckets, and of what is kept in them."""

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings


class StoreSettings(BaseSettings):
    """Buckets."""

    state_bucket: str = Field(
        default="galley-state",
        validation_alias=AliasChoices("GALLEY_STATE_BUCKET"),
        description="Private bucket: sources, staged media, claims, receipts. "
        "`s3://name` is one of a store of the S3 protocol, otherwise it is Google's.",
    )
    media_bucket: str = Field(
        default="galley-media",
        validation_alias=AliasChoices("GALLEY_MEDIA_BUCKET"),
        description="Public bucket that Buffer fetches media from; `s3://name` too.",
    )
    s3_endpoint: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_S3_ENDPOINT"),
        description="Where a store of the S3 protocol answers that is not Amazon's: "
        "Cloudflare R2, Supabase. Keys are taken from AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or a profile.",
    )
    s3_region: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_S3_REGION"),
        description="Its region. Missing: AWS_REGION or the profile's; auto with "
        "GALLEY_S3_ENDPOINT.",
    )
    storage_emulator_host: str | None = Field(
        default=None,
        validation_alias=AliasChoices("STORAGE_EMULATOR_HOST"),
        description="Set by the local stack: the fake-gcs-server's address.",
    )
    public_base_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_PUBLIC_BASE_URL"),
        description="CDN or domain in front of the media bucket. "
        "Missing: the store's own address, which R2 does not have.",
    )
    media_keep_days: int = Field(
        default=30,
        ge=1,
        validation_alias=AliasChoices("GALLEY_MEDIA_KEEP_DAYS"),
        description="For how long after the end of a post `media gc` keeps its media.",
    )
    audit_every_seconds: float = Field(
        default=600,
        ge=0,
        validation_alias=AliasChoices("GALLEY_AUDIT_EVERY_SECONDS"),
        description="How often records of what ended are put into the state bucket; 0: never.",
    )
