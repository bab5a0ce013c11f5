"""Checks that make drafts, change them and delete them."""

import asyncio
from datetime import timedelta

from galley.clients.buffer.client import PostsQuery
from galley.clients.buffer.errors import NotFoundError
from galley.clients.buffer.matching import is_ours
from galley.clients.buffer.trial.account import TrialAccount
from galley.clients.buffer.trial.verdicts import ANSWERED, Finding, finding
from galley.models import BufferPost, PostRequest

_DRAFT = "draft"
_LOOKS = (0.0, 1.0, 3.0, 10.0)
"""Seconds before each look for a draft that does not show."""
_CLOCK_SKEW = timedelta(minutes=5)


async def the_life_of_a_draft(trial: TrialAccount) -> list[Finding]:
    """Create a draft, read it back, find it, edit it, and delete it twice."""
    request = trial.request()
    try:
        post = await trial.create(request)
    except ANSWERED as error:
        said = "A draft needs neither a time nor room in the plan"
        return [finding(said, error.message, holds=False)]
    return [
        _is_a_draft(post, request),
        await _shows_at_once(trial, request, post),
        await _stays_a_draft(trial, post),
        *await _goes_once(trial, post),
    ]


def _is_a_draft(post: BufferPost, request: PostRequest) -> Finding:
    return finding(
        "A draft needs neither a time nor room in the plan, and keeps its text",
        f"status {post.status}, due {post.due_at or 'never'}, "
        f"text {'kept' if post.text == request.text else 'changed'}",
        holds=post.status == _DRAFT
        and post.due_at is None
        and post.text == request.text,
    )


async def _shows_at_once(
    trial: TrialAccount, request: PostRequest, post: BufferPost
) -> Finding:
    """Look as Galley does after a lost answer: how long it takes is not documented."""
    query = PostsQuery(
        trial.organization_id,
        channel_ids=(trial.channel.id,),
        created_since=trial.began_at - _CLOCK_SKEW,
    )
    waited, ours = 0.0, list[str]()
    for pause in _LOOKS:
        await asyncio.sleep(pause)
        waited += pause
        found = (await trial.client.posts(query)).value.posts
        ours = [one.id for one in found if is_ours(one, request)]
        if ours:
            break
    said = f"after {waited:.0f} s" if ours else f"not within {waited:.0f} s"
    return finding(
        "A new post shows at once in the list, and is known by channel and text",
        said if len(ours) < 2 else f"{len(ours)} posts look like it",  # noqa: PLR2004 - one is it
        holds=ours == [post.id] and not waited,
    )


async def _stays_a_draft(trial: TrialAccount, post: BufferPost) -> Finding:
    assumption = "An edit without a mode changes the content and no schedule"
    wanted = trial.request()
    try:
        edited = await trial.edit(post.id, wanted)
        kept = (await trial.client.post(post.id)).value
    except ANSWERED as error:
        return finding(assumption, error.message, holds=False)
    return finding(
        assumption,
        f"status {kept.status}, text "
        f"{'as edited' if kept.text == wanted.text else 'not as edited'}",
        holds=kept.status == edited.status == _DRAFT and kept.text == wanted.text,
    )


async def _goes_once(trial: TrialAccount, post: BufferPost) -> list[Finding]:
    assumption = "A draft can be deleted"
    try:
        await trial.delete(post.id)
    except ANSWERED as error:
        return [finding(assumption, error.message, holds=False)]
    gone = finding(assumption, "it is gone", holds=True)
    twice = "Deleting twice says that the post is not found, which Galley takes as done"
    try:
        await trial.delete(post.id)
    except NotFoundError as error:
        return [gone, finding(twice, error.message, holds=True)]
    except ANSWERED as error:
        return [gone, finding(twice, error.message, holds=False)]
    return [gone, finding(twice, "it was deleted again", holds=False)]
