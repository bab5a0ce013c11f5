"""The proof of a post as it stands, the names of its parts, and its past proofs.

PostWorkflow decides by it, ``show`` and Temporal's UI print it, ``approve`` sends its digest.
"""

from collections.abc import Iterator
from enum import Enum
from typing import TypeVar, cast

from galley.models.base import Model
from galley.models.channel import ShareMode
from galley.models.draft import Draft
from galley.models.media import PublicAsset, StagedAsset, size_words
from galley.models.network import carried_words
from galley.models.post import PostSnapshot, PostState, PostView, PostViewChanges
from galley.models.proof import PastProof, Proof, ProofAsset
from galley.models.review import Decision
from galley.networks.visible import visible
from galley.review.changes import ON_ITS_WAY

_PAST_KEPT = 20
_UNDECIDED = frozenset({PostState.DRAFTING, PostState.IN_REVIEW})


def proof_of(view: PostView, pick: int | None = None) -> Proof | None:
    """Return what would leave if the post were approved now; ``None`` without a draft.

    Of an approved post this is its proposal, or else what goes out. A due time that was asked
    of Buffer counts, although Buffer has not answered.

    Args:
        view: The post.
        pick: The number of the variant that is meant; ``None``: the one of the post.
    """
    shown = view.proposal if view.proposal and view.state in ON_ITS_WAY else view
    draft, provenance = shown.draft, shown.provenance
    if view.variants and shown is view:
        number = pick or view.picked or 1
        draft = view.variants[min(number, len(view.variants)) - 1].draft
        if provenance is not None:
            picked = {"variant": number, "variants": len(view.variants)}
            provenance = provenance.model_copy(update=picked)
    if draft is None:
        return None
    delivery, due_at, asked = view.delivery, view.due_at, view.change
    has_time = asked is not None and (asked.due_at or asked.mode is not ShareMode.CUSTOM_SCHEDULED)
    if asked is not None and has_time and asked.kind.brings_content:
        delivery, due_at = delivery.with_mode(asked.mode), asked.due_at
    if shown is not view and view.proposal is not None and view.proposal.due_at is not None:
        due_at = view.proposal.due_at
    boards = {board.name: board.service_id for board in view.boards}
    proof = Proof(
        channel_id=view.channel_id,
        platform=view.platform,
        brand=view.brand,
        text=draft.text,
        thread=draft.thread,
        title=draft.title,
        link=draft.link,
        board_service_id=boards.get(draft.board, ""),
        assets=proven(draft, shown.staged),
        extras=draft.extras,
        delivery=delivery,
        due_at=due_at if delivery.has_due_time else None,
        provenance=provenance,
    )
    return _visible(proof)


_T = TypeVar("_T")


def _visible(value: _T) -> _T:
    """Return a proof whose every text is in visible characters, whoever wrote it.

    What nobody can see was approved by nobody; a field that is added passes here, too.
    """
    match value:
        case Model():
            return value.model_copy(update={name: _visible(one) for name, one in value})
        case tuple():
            return cast("_T", tuple(_visible(one) for one in cast("tuple[object, ...]", value)))
        case str() if not isinstance(value, Enum):
            return cast("_T", visible(value))
        case _:
            return value


def proven(draft: Draft, assets: tuple[StagedAsset | PublicAsset, ...]) -> tuple[ProofAsset, ...]:
    """Return the assets of a draft; the first has its alt text, unless it has slides."""
    own = draft.alt_text if not draft.slides else ""
    return tuple(
        ProofAsset(
            kind=one.kind,
            mime=one.mime,
            sha256=one.sha256,
            size=one.size,
            alt_text=own if own and not number else one.alt_text,
        )
        for number, one in enumerate(assets)
    )


def particulars(
    proof: Proof, board: str = "", *, with_hashes: bool = True
) -> Iterator[tuple[str, str]]:
    """Yield name and value of everything in a proof but its texts and title.

    Args:
        proof: The proof.
        board: The name of its board.
        with_hashes: Whether assets have their SHA-256, for those who compare it.
    """
    if proof.brand:
        yield "Brand", proof.brand
    if proof.link:
        yield "Link", proof.link
    if proof.board_service_id or board:
        yield "Board", f"{board} ({proof.board_service_id or 'not on this channel'})"
    for number, asset in enumerate(proof.assets, 1):
        told = f"{asset.kind}, {asset.mime}, {size_words(asset.size)}"
        yield f"Asset {number}", f"{told}, SHA-256 {asset.sha256}" if with_hashes else told
        yield f"Alt text {number}", asset.alt_text or "none"
    for words in carried_words(proof.extras):
        yield "Carries", words
    delivery = proof.delivery
    ways = {
        "a draft in Buffer": delivery.save_to_draft,
        "approved again in Buffer": delivery.needs_approval,
        f"published by {delivery.scheduling_type}": delivery.scheduling_type != "automatic",
    }
    if found := [way for way, is_so in ways.items() if is_so]:
        yield "Delivery", ", ".join(found)
    yield "Channel", proof.channel_id
    yield "Goes out", proof.when


def with_proof(snapshot: PostSnapshot, before: PostView) -> PostSnapshot:
    """Return the post with the digest of its proof, and the one before among its past ones."""
    view = snapshot.view
    if _basis(view) == _basis(before):
        return snapshot
    new, old = proof_of(view), proof_of(before)
    digest = new.digest if new else ""
    if digest == before.digest:
        return snapshot
    changes: PostViewChanges = {"digest": digest}
    is_asked = view.state in _UNDECIDED or view.proposal is not None
    if is_asked and before.approvals:
        # What they saw is no more: approvals of the new proof start from zero.
        changes["approvals"] = ()
        if before.state in _UNDECIDED:
            names = ", ".join(one.by for one in before.approvals)
            had = f"{names} had approved revision {before.revision} as it was."
            changes["notice"] = " ".join(filter(None, (view.notice, had)))
    past = before.past_proofs
    if old is not None and before.digest:
        different = old.differences(new) if new else ()
        replaced = PastProof(
            digest=before.digest, revision=before.revision, changes=different, proof=old
        )
        earlier = (one.model_copy(update={"proof": None}) for one in past)
        past = (*earlier, replaced)[-_PAST_KEPT:]
    changes["past_proofs"] = past
    return snapshot.replace(view=view.replace(**changes))


def approvals_on(view: PostView, said: Decision) -> tuple[Decision, ...]:
    """Return the approvals of the proof that a decision names, with it as the last."""
    given = (one for one in view.approvals if one.digest == said.digest and one != said)
    return (*given, said)


def _basis(view: PostView) -> tuple[object, ...]:
    """Return all that a proof is made of; most steps of a run leave it as it is."""
    shown = (view.draft, view.provenance, view.staged, view.proposal, view.variants, view.picked)
    return (*shown, view.delivery, view.due_at, view.change, view.state in ON_ITS_WAY)
