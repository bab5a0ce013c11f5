"""Who speaks: the brief that gives all drafts of a brand one voice."""

from enum import StrEnum

from pydantic import Field

from galley.models.avatar import Avatar
from galley.models.base import Model
from galley.models.look import Look
from galley.models.platform import Platform

_LINE, _TEXT, _MANY = 300, 4_000, 50


class LinksPolicy(StrEnum):
    """What posts of a brand link to."""

    SOURCE = "source"
    """The source's own page, where it has one."""
    NONE = "none"
    """Nothing."""


class Persona(Model):
    """What stands in a ``persona.yaml``. Trusted: the author wrote it.

    Everything but the brand may be left away.
    """

    brand: str = Field(min_length=1, max_length=120)
    voice: str = Field(default="", max_length=_TEXT)
    audience: str = Field(default="", max_length=_TEXT)
    language: str = Field(
        default="", max_length=35, description="BCP 47 tag; empty: the source's."
    )
    do: tuple[str, ...] = Field(default=(), max_length=_MANY)
    dont: tuple[str, ...] = Field(default=(), max_length=_MANY)
    avoid: tuple[str, ...] = Field(
        default=(), max_length=200, description="Words that stand in no draft."
    )
    examples: tuple[str, ...] = Field(
        default=(), max_length=10, description="Posts that sound right."
    )
    hashtags: tuple[str, ...] = Field(
        default=(),
        max_length=_MANY,
        description="That may be used though the source does not.",
    )
    mentions: tuple[str, ...] = Field(
        default=(), max_length=_MANY, description="Accounts that may be named."
    )
    links: LinksPolicy = LinksPolicy.SOURCE
    call_to_action: str = Field(default="", max_length=_LINE)
    look: Look | None = Field(
        default=None, description="Of its pictures; missing: Galley's own."
    )
    pictures: str = Field(
        default="",
        max_length=_TEXT,
        description="How generated pictures and videos look.",
    )
    avatar: Avatar | None = Field(
        default=None, description="Who speaks in videos of a speaking person."
    )
    networks: dict[Platform, str] = Field(
        default_factory=dict, description="What is different on one network."
    )

    @property
    def words(self) -> str:
        """Return what a draft may draw on; examples lend it their style alone."""
        return "\n".join(
            (
                self.brand,
                self.voice,
                self.audience,
                *self.do,
                *self.hashtags,
                *self.mentions,
                self.call_to_action,
                *self.networks.values(),
            )
        )


class PersonaRef(Model):
    """A persona, kept as ``personas/<sha256>.json`` in the state bucket."""

    brand: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
