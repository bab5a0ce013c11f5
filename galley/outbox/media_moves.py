"""What to do when the media of a scheduled post have moved: pure."""

from datetime import datetime

from galley.models import (
    Channel,
    Decision,
    DecisionKind,
    PostSnapshot,
    PostState,
    Proposal,
    PublicAsset,
)
from galley.outbox.asking import ask_edit, viewed


def re_pointed(
    snapshot: PostSnapshot,
    media: tuple[PublicAsset, ...],
    channel: Channel,
    now: datetime,
) -> PostSnapshot:
    """Return the post after its media were seen at ``media``.

    Where they are not where Buffer was told, the same content is asked for with the new
    addresses. A change or a proposal that is on its way carries its own.
    """
    view = snapshot.view
    where = [asset.url for asset in media]
    if (
        view.state is not PostState.SCHEDULED
        or where == [asset.url for asset in view.media]
        or view.draft is None
        or view.proposal is not None
        or snapshot.change is not None
    ):
        return snapshot
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
    return ask_edit(viewed(snapshot, proposal=same), said, media, channel, now)
