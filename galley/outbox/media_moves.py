"""What to do when the media of a scheduled post have moved: pure."""

from datetime import datetime

from galley.models import (
    Channel,
    Decision,
    DecisionKind,
    PostCourse,
    PostState,
    Proposal,
    PublicAsset,
)
from galley.outbox.asking import ask_edit, viewed


def re_pointed(
    course: PostCourse,
    media: tuple[PublicAsset, ...],
    channel: Channel,
    now: datetime,
) -> PostCourse:
    """Return the post after its media were seen at ``media``.

    Where they are not where Buffer was told, the same content is asked for with the new
    addresses. A change or a proposal that is on its way carries its own.
    """
    view = course.view
    where = [asset.url for asset in media]
    if (
        view.state is not PostState.SCHEDULED
        or where == [asset.url for asset in view.media]
        or view.draft is None
        or view.proposal is not None
        or course.change is not None
    ):
        return course
    said = Decision(
        kind=DecisionKind.APPROVE,
        revision=view.revision,
        by="Galley",
        note="Its media have a new address.",
    )
    same = Proposal(
        draft=view.draft,
        provenance=view.provenance,
        staged=view.staged,
        media_notes=view.media_notes,
        media_by=view.media_by,
    )
    return ask_edit(viewed(course, proposal=same), said, media, channel, now)
