"""The actions that the application layer advises, as data: each face names its own way to them.

Errors carry one, findings of an examination too, and :mod:`app.records.inquiry` lists them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Errors are loaded by every face at once; models take longer.
    from galley.models.account import PauseScope


class Action(StrEnum):
    """Something that a person can do next; with a name where it is about one thing."""

    START_WORKER = "start_worker"
    START_LOCAL_STACK = "start_local_stack"
    SET_UP = "set_up"
    EXAMINE = "examine"
    SEE_STATUS = "see_status"
    LOG_IN = "log_in"
    TEST_NOTIFICATIONS = "test_notifications"
    LIST_POSTS = "list_posts"
    LIST_FEEDS = "list_feeds"
    LIST_LESSONS = "list_lessons"
    SHOW = "show"
    EXPLAIN = "explain"
    """See all that is known of a post."""
    APPROVE = "approve"
    EDIT = "edit"
    """Change it, and approve the change in one go."""
    REGENERATE = "regenerate"
    REVISE = "revise"
    """Have a new draft written, by a note."""
    REJECT = "reject"
    RESCHEDULE = "reschedule"
    PUBLISH_NOW = "publish_now"
    MOVE_TO_TOP = "move_to_top"
    RETRACT = "retract"
    REDRIVE = "redrive"
    RESUME = "resume"
    """End the pause of a scope."""
    START_AGAIN = "start_again"
    """Start the next edition of the source."""


@dataclass(frozen=True)
class Advice:
    """One thing to do, and why; without an action it is not done in Galley.

    Attributes:
        why: The purpose, in words.
        action: What a face offers.
        name: The post or campaign that it is about.
        scope: The posts that a pause is about.
    """

    why: str = ""
    action: Action | None = None
    name: str = ""
    scope: "PauseScope | None" = None
