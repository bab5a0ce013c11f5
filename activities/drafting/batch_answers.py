"""Replies of a batch as they are kept in the state bucket."""

from pydantic import ValidationError

from galley.clients.anthropic import DraftAnswer, Reply, ReplyKind
from galley.models.batch import BatchAnswer


def kept(reply: Reply) -> BatchAnswer:
    """Return a reply as it is stored."""
    return BatchAnswer(
        kind=reply.kind.value,
        model=reply.model,
        request_id=reply.request_id,
        use=reply.usage,
        text=reply.text,
        detail=reply.detail,
    )


def reply_of(held: BatchAnswer) -> Reply:
    """Return a stored reply; an answer that no longer fits its shape is invalid."""
    kind, answer = ReplyKind(held.kind), None
    if kind is ReplyKind.OK:
        try:
            answer = DraftAnswer.model_validate_json(held.text)
        except ValidationError:
            kind = ReplyKind.INVALID
    return Reply(
        kind=kind,
        model=held.model,
        request_id=held.request_id,
        usage=held.use,
        text=held.text,
        answer=answer,
        detail=held.detail,
    )
