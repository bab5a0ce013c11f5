"""The ``createPost`` request that an approved draft becomes, and its digest.

Called by PostWorkflow when it hands a post over, and for claims and receipts.
"""

import hashlib
from datetime import datetime
from typing import TypeVar

from galley.models.account import PublishJob
from galley.models.draft import Provenance
from galley.models.media import PublicAsset, StagedAsset
from galley.models.post import PostSnapshot
from galley.models.proof import Proof, ProofAsset
from galley.models.publishing import PostRequest
from galley.models.review import ApprovedProof, ChangeRequest, Decision

_Asset = TypeVar("_Asset", PublicAsset, StagedAsset)


def request_for(proof: Proof, media: tuple[PublicAsset, ...], due_at: datetime) -> PostRequest:
    """Return the request for an approved post: of its proof, and of nothing else.

    Args:
        proof: What was approved.
        media: Its assets under their public addresses; empty while they are not public yet.
        due_at: The time it names, or a later one if that has passed.

    Raises:
        ValueError: The media are not those of the proof.
    """
    return PostRequest(
        channel_id=proof.channel_id,
        platform=proof.platform,
        text=proof.text,
        thread=proof.thread,
        title=proof.title,
        link=proof.link,
        board_service_id=proof.board_service_id,
        assets=worded(proof.assets, media) if media else (),
        extras=proof.extras,
        delivery=proof.delivery,
        due_at=due_at,
    )


def worded(proven: tuple[ProofAsset, ...], assets: tuple[_Asset, ...]) -> tuple[_Asset, ...]:
    """Return the assets with the alt texts of the proof.

    Raises:
        ValueError: They are not the assets of the proof, in its order.
    """
    if [one.sha256 for one in proven] != [one.sha256 for one in assets]:
        raise ValueError("the media are not those of the proof")
    pairs = zip(proven, assets, strict=True)
    return tuple(asset.model_copy(update={"alt_text": one.alt_text}) for one, asset in pairs)


def proof_sent(
    request: PostRequest, approval: ApprovedProof | None, provenance: Provenance | None
) -> Proof:
    """Return the proof of what is sent: it has the digest of the approval.

    The time is the one that was approved: the request is due then, or later if that has passed.
    """
    due_at = approval.due_at if approval else None
    return Proof(
        channel_id=request.channel_id,
        platform=request.platform,
        brand=approval.brand if approval else "",
        text=request.text,
        thread=request.thread,
        title=request.title,
        link=request.link,
        board_service_id=request.board_service_id,
        assets=tuple(
            ProofAsset(
                kind=one.kind,
                mime=one.mime,
                sha256=one.sha256,
                size=one.size,
                alt_text=one.alt_text,
            )
            for one in request.assets
        ),
        extras=request.extras,
        delivery=request.delivery,
        due_at=due_at if request.delivery.has_due_time else None,
        provenance=provenance,
    )


def approval_of(
    proof: Proof, decisions: tuple[Decision, ...] = (), *, is_auto: bool = False
) -> ApprovedProof:
    """Return the approval of a proof by these decisions."""
    # The text of an edit is in the proof already.
    given = tuple(one.model_copy(update={"edit": None}) for one in decisions)
    return ApprovedProof(
        digest=proof.digest,
        due_at=proof.due_at,
        brand=proof.brand,
        decisions=given,
        is_auto=is_auto,
        first_due_at=proof.due_at,
        first_mode=proof.delivery.mode,
    )


def approved_anew(
    job: PublishJob,
    before: ApprovedProof | None,
    due_at: datetime | None,
    moved: ChangeRequest | None,
) -> PublishJob:
    """Return a job at the time that a person named, with the approval of its proof at that time.

    Args:
        job: As it shall be.
        before: The approval of its content.
        due_at: The time that was named.
        moved: The request that named it.
    """
    before = before or ApprovedProof(digest="")
    anew = before.model_copy(update={"due_at": due_at, "moved": moved or before.moved})
    digest = proof_sent(job.request, anew, job.provenance).digest
    return job.replace(approval=anew.model_copy(update={"digest": digest}))


def with_media(snapshot: PostSnapshot, media: tuple[PublicAsset, ...]) -> PostSnapshot:
    """Return the post with public media, also in its job and in an unanswered change.

    A change that was requested while the media were made public carries all content.
    """
    job, change = snapshot.job, snapshot.change
    return snapshot.replace(
        view=snapshot.view.replace(media=media),
        job=job and _carrying(job, media),
        change=change and change.with_job(_carrying(change.job, media)),
    )


def _carrying(job: PublishJob, media: tuple[PublicAsset, ...]) -> PublishJob:
    return job.replace(request=job.request.replace(assets=media))


def digest(request: PostRequest) -> str:
    """Return the SHA-256 of the approved content, without due time and delivery."""
    content = request.model_dump_json(exclude={"due_at", "delivery"})
    return hashlib.sha256(content.encode()).hexdigest()
