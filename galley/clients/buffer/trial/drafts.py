"""Checks of a trial that make drafts, change them and delete them."""

import asyncio
from typing import cast

from galley.clients.buffer.connection import RawAnswer
from galley.clients.buffer.errors import NotFoundError
from galley.clients.buffer.inbound import as_dict, clean
from galley.clients.buffer.matching import CLOCK_SKEW, is_ours
from galley.clients.buffer.queries import PostsQuery
from galley.clients.buffer.trial.account import ANSWERED, Finding, TrialAccount, finding
from galley.models.network import (
    BlueskyExtras,
    Extras,
    FacebookExtras,
    LinkCard,
    LinkedInExtras,
    MastodonExtras,
    Platform,
    ThreadsExtras,
)
from galley.models.publishing import BufferPost, PostRequest
from galley.networks.registry import rules_for

_DRAFT = "draft"
_LOOKS = (0.0, 1.0, 3.0, 10.0)
"""Seconds before each look for a draft that does not show."""


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
        holds=post.status == _DRAFT and post.due_at is None and post.text == request.text,
    )


async def _shows_at_once(trial: TrialAccount, request: PostRequest, post: BufferPost) -> Finding:
    """Look as Galley does after a lost answer: how long it takes is not documented."""
    query = PostsQuery(
        trial.organization_id,
        channel_ids=(trial.channel.id,),
        created_since=trial.began_at - CLOCK_SKEW,
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


_EXTRAS: dict[Platform, Extras] = {
    Platform.BLUESKY: BlueskyExtras(link_card=LinkCard(url="https://example.com/")),
    Platform.FACEBOOK: FacebookExtras(first_comment="A first comment."),
    Platform.LINKEDIN: LinkedInExtras(first_comment="A first comment."),
    Platform.MASTODON: MastodonExtras(spoiler="A content warning"),
    Platform.THREADS: ThreadsExtras(topic="Reading"),
}
_METADATA = """
query Metadata($input: PostInput!) {
  post(input: $input) {
    metadata {
      ... on BlueskyPostMetadata { linkAttachment { url } }
      ... on FacebookPostMetadata { firstComment }
      ... on LinkedInPostMetadata { firstComment }
      ... on MastodonPostMetadata { spoilerText }
      ... on ThreadsPostMetadata { topic }
      ... on ThreadedPostMetadata { thread { text } }
    }
  }
}
"""


async def extras_come_and_go(trial: TrialAccount) -> Finding | None:
    """Give a draft what its network has beside the text, and edit it away."""
    extras = _EXTRAS.get(trial.channel.platform)
    if extras is None:
        return None
    assumption = "An edit that says null takes comment, card, topic or warning away"
    try:
        post = await trial.create(trial.request(extras=extras))
        before = await _own(trial, post.id)
        await trial.edit(post.id, trial.request())
        after = await _own(trial, post.id)
        await trial.delete(post.id)
    except ANSWERED as error:
        return finding(assumption, error.message, holds=False)
    return finding(
        assumption,
        f"{', '.join(before) or 'nothing'} before, {', '.join(after) or 'nothing'} after",
        holds=bool(before) and not after,
    )


async def threads_come_and_go(trial: TrialAccount) -> Finding | None:
    """Make a draft of a thread, and edit it into a single post."""
    if rules_for(trial.channel.platform).max_thread == 1:
        return None
    assumption = "A thread keeps all its posts, and an edit makes a single post of it"
    first = trial.text()
    request = trial.request(first).model_copy(update={"thread": (first, "The end.")})
    try:
        post = await trial.create(request)
        before = await _thread(trial, post.id)
        await trial.edit(post.id, trial.request())
        after = await _thread(trial, post.id)
        await trial.delete(post.id)
    except ANSWERED as error:
        return finding(assumption, error.message, holds=False)
    return finding(
        assumption,
        f"{before} posts before, {after} after",
        holds=before == len(request.thread) and after <= 1,
    )


EDITS = (extras_come_and_go, threads_come_and_go)


async def _metadata(trial: TrialAccount, post_id: str) -> dict[str, object]:
    answer = await trial.client.look(_METADATA, {"input": {"id": post_id}})
    return as_dict(as_dict(answer.data.get("post")).get("metadata"))


async def _own(trial: TrialAccount, post_id: str) -> list[str]:
    """Return the names of what the post has beside text and thread."""
    found = await _metadata(trial, post_id)
    return sorted(name for name, value in found.items() if value and name != "thread")


async def _thread(trial: TrialAccount, post_id: str) -> int:
    items = (await _metadata(trial, post_id)).get("thread")
    return len(cast("list[object]", items)) if isinstance(items, list) else 0


_CREATE = """
mutation Item($input: CreateContentItemDraftInput!) {
  createContentItemDraft(input: $input) {
    __typename
    ... on CreateContentItemDraftSuccess { contentItem { id } }
    ... on MutationError { message }
  }
}
"""
_DELETE = """
mutation Gone($input: DeleteContentItemInput!) {
  deleteContentItem(input: $input) {
    __typename
    ... on MutationError { message }
  }
}
"""


async def items_are_made_once(trial: TrialAccount) -> Finding:
    """Ask twice with one ``correlationId``, and delete what there is."""
    assumption = "A content item asked for twice with one correlationId is made once"
    trial.tidy_with(_delete)
    first = await _create(trial)
    if not _id_of(first):
        return finding(assumption, first.message or "no item came back", holds=False)
    again = await _create(trial)
    same = _id_of(first) == _id_of(again)
    said = "the first came back" if same else again.message or "another came back"
    return finding(assumption, said, holds=same)


async def _create(trial: TrialAccount) -> RawAnswer:
    wanted = {
        "organizationId": trial.organization_id,
        "correlationId": trial.correlation_id,
        "draft": {"text": f"Item of Galley's doctor, {trial.mark}. Safe to delete."},
    }
    return await trial.client.look(_CREATE, {"input": wanted})


async def _delete(trial: TrialAccount) -> str | None:
    """Delete the item; returns its id if it is left.

    Asking for it once more gives its id, also after a lost answer.
    """
    item_id = _id_of(await _create(trial))
    if not item_id:
        return None
    answer = await trial.client.look(_DELETE, {"input": {"id": item_id}})
    return None if answer.typename == "DeleteContentItemSuccess" else item_id


def _id_of(answer: RawAnswer) -> str:
    member = as_dict(answer.data.get("createContentItemDraft"))
    return clean(as_dict(member.get("contentItem")).get("id") or "", 60)
