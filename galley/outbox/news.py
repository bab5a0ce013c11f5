"""What AccountWorkflow's news and the claim make of a post."""

from galley.models import (
    HandOverKind,
    HandOverReply,
    PostState,
    PostView,
    Progress,
    ProgressKind,
)

_STATES = {
    ProgressKind.CREATED: PostState.SCHEDULED,
    ProgressKind.SENT: PostState.PUBLISHED,
    ProgressKind.REFUSED: PostState.REFUSED,
    ProgressKind.HELD: PostState.HELD,
    ProgressKind.PUBLISH_FAILED: PostState.FAILED,
}
_WAITING_FOR = {PostState.SCHEDULED: "its time", PostState.HELD: "a person's decision"}


def after_news(view: PostView, news: Progress) -> PostView:
    """Return the post after what Buffer said of it; an ended post stays as it is.

    News that say nothing new leave what is known of it, such as that it is late.
    """
    if view.state.is_final:
        return view
    state = _STATES[news.kind]
    changes: dict[str, object] = {"state": state}
    if state is not view.state or news.message:
        changes["waiting_for"] = _WAITING_FOR.get(state, "")
        changes["error"] = news.message or None
    if news.post is not None:
        changes |= {
            "buffer_post_id": news.post.id,
            "external_link": news.post.external_link,
            "sent_at": news.post.sent_at,
            "due_at": news.post.due_at or view.due_at,
        }
    return view.model_copy(update=changes)


def after_claim(view: PostView, reply: HandOverReply) -> PostView:
    """Return the post after its key was claimed, or found claimed by another run."""
    if reply.kind is HandOverKind.HANDED_OVER or view.state.is_final:
        return view
    if reply.kind is HandOverKind.ALREADY_PUBLISHED and reply.receipt is not None:
        return view.model_copy(
            update={
                "state": PostState.PUBLISHED,
                "waiting_for": f"nothing: published before, by {reply.claimed_by}",
                "buffer_post_id": reply.receipt.id,
                "external_link": reply.receipt.external_link,
                "due_at": reply.receipt.due_at,
                "sent_at": reply.receipt.sent_at,
            }
        )
    return view.model_copy(
        update={
            "state": PostState.HELD,
            "waiting_for": _WAITING_FOR[PostState.HELD],
            "error": f"{reply.claimed_by} claimed this post and left no receipt: "
            "look at the channel, then approve to create it, or reject.",
        }
    )
