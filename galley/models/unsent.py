"""Posts that Buffer has and did not send: their media are still to be fetched."""

from pydantic import Field

from galley.models.base import Model
from galley.models.publishing import RateWindow, ReadKind


class ListUnsent(Model):
    """Input of the activity ``list_unsent`` and of the update ``unsent``: one page."""

    organization_id: str
    after: str | None = Field(
        default=None, description="The ``next_page`` of the page before."
    )


class UnsentPost(Model):
    """A post that Buffer did not send yet, and the addresses of its media."""

    id: str
    addresses: tuple[str, ...] = ()


class UnsentPage(Model):
    """Some of them. Answer of the update ``unsent``."""

    posts: tuple[UnsentPost, ...] = ()
    next_page: str | None = None


class UnsentReply(Model):
    """One page, or why it could not be read."""

    kind: ReadKind
    page: UnsentPage = UnsentPage()
    message: str = ""
    retry_after: float | None = None
    windows: tuple[RateWindow, ...] = ()
