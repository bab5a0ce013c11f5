"""The verbs that show posts: lists, the calendar, and one post with its proof."""

from datetime import UTC, datetime

from pydantic import AwareDatetime, Field

from agents.shapes import Id, PostLine, PostName, ShownPost, When, line_of, shown
from agents.verbs import Caller, verb
from app.errors import InvalidRequestError, NoWorkerError
from app.posts.directory import reach
from app.posts.views import read_view
from app.review.inbox import PostSearch, list_inbox
from galley.models.agents import Scope
from galley.models.base import Model
from galley.models.post import PostState, PostView

_MOST = 1000
NO_WORKER = "No worker answers, so only lists can be read."


class ListPosts(Model):
    """Request of ``list_posts``."""

    state: PostState | None = None
    campaign: str = Field(default="", max_length=200)
    needs_a_person: bool = Field(default=False, description="Only those.")
    limit: int = Field(default=50, ge=1, le=200)
    after: str = Field(default="", max_length=200, description="`next_after` of the page before.")


class PostPage(Model):
    """Posts, those that began last first."""

    posts: tuple[PostLine, ...]
    next_after: Id | None = Field(description="Of the next page; missing: this is the last.")


@verb("GET", "/v1/posts", Scope.READ)
async def list_posts(caller: Caller, asked: ListPosts) -> PostPage:
    """List posts, the latest first; read_post shows one of them whole."""
    search = PostSearch(
        asked.state or "", asked.campaign, needs_person=asked.needs_a_person, limit=_MOST
    )
    rows = (await list_inbox(caller.connections, search)).posts
    rows = sorted(rows, key=lambda row: (row.started_at, row.workflow_id), reverse=True)
    names = [row.workflow_id for row in rows]
    if asked.after and asked.after not in names:
        raise InvalidRequestError("That page is gone: list from the beginning, without after.")
    begin = names.index(asked.after) + 1 if asked.after else 0
    page = rows[begin : begin + asked.limit]
    is_last = begin + asked.limit >= len(rows)
    return PostPage(
        posts=tuple(map(line_of, page)), next_after=None if is_last else page[-1].workflow_id
    )


class ListCalendar(Model):
    """Request of ``list_calendar``."""

    begins: When | None = Field(default=None, description="Missing: now.")
    ends: When | None = Field(default=None, description="Missing: no end.")
    limit: int = Field(default=100, ge=1, le=200)


class Calendar(Model):
    """Posts with a due time, in its order."""

    posts: tuple[PostLine, ...]
    next_begins: AwareDatetime | None = Field(
        description="Of the next page, as `begins`; missing: this is the last."
    )


@verb("GET", "/v1/calendar", Scope.READ)
async def list_calendar(caller: Caller, asked: ListCalendar) -> Calendar:
    """List posts by due time: what goes out when, approved or not."""
    begins = asked.begins or datetime.now(UTC)
    search = PostSearch(limit=_MOST, by_due=True, due_from=begins, due_until=asked.ends)
    rows = (await list_inbox(caller.connections, search)).posts
    page, after = rows[: asked.limit], rows[asked.limit :]
    # Whole seconds: the next page begins at another one.
    while after and after[0].due_at == page[-1].due_at:
        page.append(after.pop(0))
    return Calendar(posts=tuple(map(line_of, page)), next_begins=after[0].due_at if after else None)


class OnePost(Model):
    """Request of the verbs about one post."""

    post: PostName


@verb("GET", "/v1/posts/{post}", Scope.READ)
async def read_post(caller: Caller, asked: OnePost) -> ShownPost:
    """Show one post whole: the proof of all that leaves, its problems, and what you may do."""
    return shown(await view_of(caller, asked.post))


async def view_of(caller: Caller, name: str) -> PostView:
    """Return a post as it stands.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: It is a campaign.
        ServiceError: No worker answers.
    """
    target = await reach(caller.connections, name)
    if target.is_campaign:
        raise InvalidRequestError(f"{name!r} is a campaign: name one of its posts.")
    client = await caller.connections.temporal()
    view = await read_view(client, target.posts[0].workflow_id)
    if view is None:
        raise NoWorkerError(NO_WORKER)
    return view
