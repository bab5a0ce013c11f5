"""Checks of what an edit takes away: threads, comments, cards, warnings."""

from typing import cast

from galley.clients.buffer.reading import as_dict
from galley.clients.buffer.trial.account import TrialAccount
from galley.clients.buffer.trial.verdicts import ANSWERED, Finding, finding
from galley.models import (
    BlueskyExtras,
    Extras,
    FacebookExtras,
    LinkCard,
    LinkedInExtras,
    MastodonExtras,
    Platform,
    ThreadsExtras,
)

_EXTRAS: dict[Platform, Extras] = {
    Platform.BLUESKY: BlueskyExtras(link_card=LinkCard(url="https://example.com/")),
    Platform.FACEBOOK: FacebookExtras(first_comment="A first comment."),
    Platform.LINKEDIN: LinkedInExtras(first_comment="A first comment."),
    Platform.MASTODON: MastodonExtras(spoiler="A content warning"),
    Platform.THREADS: ThreadsExtras(topic="Reading"),
}
_THREADED = {Platform.X, Platform.THREADS, Platform.BLUESKY, Platform.MASTODON}
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
        f"{', '.join(before) or 'nothing'} before, {', '.join(after) or 'nothing'} "
        "after",
        holds=bool(before) and not after,
    )


async def threads_come_and_go(trial: TrialAccount) -> Finding | None:
    """Make a draft of a thread, and edit it into a single post."""
    if trial.channel.platform not in _THREADED:
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
