"""The short name of a post, which commands take as long as its campaign is kept."""

from collections.abc import Sequence

from temporalio.client import Client

from app.errors import AppError
from app.posts.directory import CampaignRow, PostRow, find_named, named, resolve

_ALIKE = 4
"""Letters of a key: handles are no shorter, so the others cannot be taken for this one."""


async def short_name(client: Client, post: PostRow) -> str:
    """Return a short name that means this post among all; its ID if there is none.

    The handle of a list is unique only among the posts in that list.
    """
    start = post.workflow_id.removeprefix("post:")[:_ALIKE]
    return name_among(post, *await find_named(client, start))


def name_among(post: PostRow, campaigns: list[CampaignRow], posts: Sequence[PostRow]) -> str:
    """Return the handle of a post among others, if commands take it for that post alone."""
    for row in named(list(posts)):
        if row.workflow_id != post.workflow_id:
            continue
        try:
            meant = resolve(row.handle, campaigns, list(posts))
        except AppError:
            break
        if [one.workflow_id for one in meant.posts] == [post.workflow_id]:
            return row.handle
    return post.workflow_id
