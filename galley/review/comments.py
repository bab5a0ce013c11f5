"""The rule for comments on a post: who may say something, and whom its words mention.

PostWorkflow applies it, and the application layer finds the people who are told.
"""

import re
from collections.abc import Iterable

from galley.models.post import PostView
from galley.models.review import Comment, Refusal, RefusalReason
from galley.models.team import AGENT, Team
from galley.review.proposals import is_by_agent
from galley.review.signatures import why_not_signed

MOST_COMMENTS = 100
"""On one post: the view keeps each, and a payload of Temporal holds 2 MiB."""


def why_not_comment(said: Comment, view: PostView) -> Refusal | None:
    """Return why a comment is not kept, or ``None``."""
    if view.state.is_final:
        return Refusal(reason=RefusalReason.CLOSED, message=f"The post is {view.state}.")
    if is_by_agent(said):
        return Refusal(reason=RefusalReason.AGENT, message="Comments are people's.")
    if len(view.comments) >= MOST_COMMENTS:
        many = f"It has {MOST_COMMENTS} comments: decide on it."
        return Refusal(reason=RefusalReason.UNFIT, message=many)
    return None


def why_no_comment_of_team(team: Team, said: Comment, view: PostView) -> Refusal | None:
    """Return why a comment is not that of a person of the team for this post, or ``None``."""
    person = team.person(said.by)
    why = why_not_signed(team, view.workflow_id, said)
    if why is not None or person is None:
        return why
    if person.has(AGENT) or not person.is_for(team.brand_of(view.channel_id), view.platform):
        no_right = f"{said.by} has nothing to do with this post's brand or network."
        return Refusal(reason=RefusalReason.NO_RIGHT, message=no_right)
    heard = (one.at for one in view.comments if one.by == said.by and one.at)
    if said.at is not None and any(said.at <= at for at in heard):
        # Whoever can signal could send an earlier one again.
        return Refusal(reason=RefusalReason.STALE, message="It is older than the one before.")
    return None


def mentioned_in(text: str, people: Iterable[str]) -> tuple[str, ...]:
    """Return the people whom a text names after an ``@``, each once, in their order.

    Of two names that begin alike the longer one is meant.
    """
    names = sorted(people, key=len, reverse=True)
    if not names:
        return ()
    known = {name.casefold(): name for name in names}
    pattern = rf"(?<![\w@])@({'|'.join(map(re.escape, names))})(?!\w)"
    found = re.findall(pattern, text, re.IGNORECASE)
    return tuple(dict.fromkeys(known[one.casefold()] for one in found if one.casefold() in known))
