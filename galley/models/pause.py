"""The kill switch: which calls to Buffer are stopped, and by whom."""

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.platform import Platform
from galley.models.publishing import PostRequest


class PauseScope(Model):
    """What a pause covers: everything, or what all the named fields agree on."""

    platform: Platform | None = None
    channel_id: str | None = Field(default=None, max_length=100)
    campaign_key: str | None = Field(
        default=None, max_length=100, description="The part of a job id before ':'."
    )

    @property
    def is_everything(self) -> bool:
        """Whether no call at all may go out, reads included."""
        return self == PauseScope()

    def covers(self, job_id: str, request: PostRequest) -> bool:
        """Return whether a job is stopped by it."""
        key = job_id.partition(":")[0]
        return (
            self.platform in {None, request.platform}
            and self.channel_id in {None, request.channel_id}
            and self.campaign_key in {None, key}
        )


class Pause(Model):
    """Input of the ``pause`` signal of AccountWorkflow.

    With ``pull_back`` the posts that Buffer holds are deleted there and remembered;
    ``resume`` creates them again, once.
    """

    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)
    scope: PauseScope = PauseScope()
    pull_back: bool = False
    at: AwareDatetime | None = Field(default=None, description="Set when it is heard.")


class Resume(Model):
    """Input of the ``resume`` signal: ends the pauses of exactly this scope."""

    by: str = Field(min_length=1, max_length=120)
    scope: PauseScope = PauseScope()
