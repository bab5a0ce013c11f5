"""Comments on a post: kept with its history, and told to the people whom they mention.

The post keeps the words. The look-out for notifications tells those who are mentioned, by the
channels that the worker has; this process need not know them.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta

from activities.notifications.messages import mention_name
from app.connections import Connections
from app.errors import AppError, InvalidRequestError
from app.review.messages import sign, update_post
from galley.clients.storage import StoreError
from galley.models.notification import Notification, NotificationKind, NotifiedItem
from galley.models.post import PostView
from galley.models.review import Comment
from galley.models.team import Team
from galley.networks.rules import unify_newlines
from galley.notifications.messages import commands, plain
from galley.review.comments import mentioned_in
from galley.review.links import page_of_post
from galley.settings import Settings

_WITHIN = timedelta(seconds=6)
"""Longer than a killed worker still holds its workflows back."""
_LONGEST = 2000
_NAME = re.compile(r"(?<![\w@])@(\w(?:[\w.-]{0,58}\w)?)")


class UntoldError(AppError):
    """A comment is kept with the post, and whom it mentions is not told: do not repeat it."""


async def comment(
    connections: Connections,
    post_id: str,
    text: str,
    *,
    by: str,
    settings: Settings,
    team: Team | None = None,
) -> PostView:
    """Keep a comment with a post, have the people told whom it mentions, and return the post.

    Args:
        connections: Temporal and the state bucket.
        post_id: Workflow ID of the post.
        text: What is said; ``@name`` mentions a person.
        by: Who says it.
        settings: The keys by which it is signed.
        team: Who can be mentioned; ``None``: whoever is named.

    Raises:
        InvalidRequestError: There are no words, or too many.
        AppError: The post does not take it, or no worker answers.
        UntoldError: It is kept, and nobody could be told.
    """
    text = unify_newlines(text).strip()
    if not 0 < len(text) <= _LONGEST:
        raise InvalidRequestError(f"A comment has 1 to {_LONGEST:,} characters.")
    people = [one.name for one in team.people] if team else _NAME.findall(text)
    mentions = tuple(one for one in mentioned_in(text, people) if one != by)
    said = Comment(by=by, note=text, at=datetime.now(UTC), mentions=mentions[:20])
    signed = sign(settings, post_id, said)
    view = await update_post(
        await connections.temporal(), post_id, "comment", signed, within=_WITHIN
    )
    if mentions:
        message = _message(view, said, settings)
        body = message.model_dump_json(indent=1).encode()
        name = mention_name(message.id)
        try:
            await connections.state.put_if_absent(name, body, "application/json")
        except StoreError as error:
            raise UntoldError(
                "Your comment is kept, but the state bucket is away: nobody could be told."
            ) from error
    return view


def _message(view: PostView, said: Comment, settings: Settings) -> Notification:
    kind, at = NotificationKind.MENTIONED, said.at or datetime.now(UTC)
    item = NotifiedItem(
        workflow_id=view.workflow_id,
        platform=view.platform,
        channel=view.channel_name,
        state=view.state,
        revision=view.revision,
        due_at=view.due_at,
        why=f"{said.by} mentions {', '.join(said.mentions)} in a comment.",
        text=said.note if settings.notify_texts else "",
        page=page_of_post(settings.web_address or "", view.workflow_id),
    )
    identity = f"{view.workflow_id}\n{said.by}\n{at.isoformat()}\n{said.note}"
    return Notification(
        id=f"msg_{hashlib.sha256(identity.encode()).hexdigest()[:32]}",
        kind=kind,
        title=plain(f"{said.by} mentions {', '.join(said.mentions)}")[:200],
        at=at,
        count=1,
        to=said.mentions,
        items=(item,),
        commands=commands(kind, (item,)),
    )
