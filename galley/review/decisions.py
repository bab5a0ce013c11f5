"""The rule for decisions in review: those that count, and the draft each is about.

PostWorkflow applies it to signals and updates, and the application layer beforehand.
"""

from pydantic import ValidationError

from galley.models.draft import Draft, DraftEdit, Variant
from galley.models.media import MOST_ATTACHED, MediaEdit, MediaKind, MediaMaker, StagedAsset
from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, Decision, DecisionKind, Refusal, RefusalReason
from galley.review.changes import MOST_CHANGES, ON_ITS_WAY, being_retracted, stale, unanswered
from galley.review.proof import proof_of, proven
from galley.review.proposals import why_no_proposal

CUTTING_SHORT = frozenset({DecisionKind.REGENERATE, DecisionKind.REJECT})
"""Decisions that need no media, and stop the making of them."""
MEDIA_LOST = "MediaLostError"
"""Type of a failure that no further attempt mends: the staged media are gone, too."""
_LONGEST_EDIT = 100_000
"""Characters, above the longest text of any network; a payload of 2 MiB holds it."""
_WRITING = "A new draft is being written: wait for it, then decide; or retract the post."
_MAKING = (
    "Its media are being made: wait for them, then decide; or reject or regenerate "
    "it, which stops that."
)


def meant(view: PostView, decision: Decision) -> tuple[int, Variant] | None:
    """Return number and variant that a decision is about; ``None``: there is one draft."""
    if not view.variants:
        return None
    number = decision.pick or view.picked or 1
    return number, view.variants[number - 1]


def why_no_pick(decision: Decision, view: PostView) -> str | None:
    """Return why the pick of a decision cannot be taken, or ``None``."""
    if decision.pick is None:
        return None
    if decision.kind in CUTTING_SHORT:
        return f"A pick goes with approve or edit, not with {decision.kind}."
    if view.state in ON_ITS_WAY or view.state is PostState.HELD:
        return "The approved variant stands: leave out the pick."
    count = len(view.variants)
    if not count:
        return f"Revision {view.revision} is a single draft: leave out the pick."
    if decision.pick > count:
        return f"Revision {view.revision} has {count} variants: pick 1 to {count}."
    return None


def what_helps(state: PostState, *, is_lost: bool) -> str:
    """Return the next step for media that could not be made public, in a sentence.

    Args:
        state: Of the post.
        is_lost: Whether the staged media are gone, so that another attempt is useless.
    """
    if is_lost and state is PostState.HELD:
        return (
            "Reject it, which looks in Buffer for it too, and start its source again "
            "with --edition 2."
        )
    if is_lost:
        approved = " --approve" if state in ON_ITS_WAY else ", or regenerate the post"
        return f"Have its media made anew: galley edit --remake-media{approved}."
    if state is PostState.SCHEDULED:
        return "Galley tries again until the post is due; you can also reschedule it."
    return "Approve again to try once more."


def why_not(decision: Decision, view: PostView, pending: Decision | None) -> Refusal | None:
    """Return why the decision changes nothing, or ``None`` if it counts.

    A decision names its revision, and an approval the digest of the proof that the person saw:
    an approval of an earlier text or time can never release a later one. After approval the same
    decisions are about the proposal, an edit that is not approved yet: the approved content
    stands.
    """
    untimely = why_no_proposal(decision, view) or _untimely(decision, view, pending)
    if untimely is not None:
        return untimely
    unfit = why_no_pick(decision, view)
    if unfit is None:
        match decision.kind:
            case DecisionKind.APPROVE:
                unfit = _unfit(decision, view) or _too_soon(view)
            case DecisionKind.EDIT:
                unfit = _no_other_draft(view) or _unusable_edit(decision, view)
            case DecisionKind.REGENERATE:
                unfit = _no_other_draft(view)
            case DecisionKind.REJECT:
                pass
    if unfit is not None:
        return Refusal(reason=RefusalReason.UNFIT, message=unfit)
    return _unseen(decision, view)


def why_not_approved(view: PostView) -> str | None:
    """Return why nobody could approve the post, or its proposal, as it stands; or ``None``."""
    proof = proof_of(view)
    digest = proof.digest if proof else ""
    said = Decision(kind=DecisionKind.APPROVE, revision=view.revision, digest=digest, by="anybody")
    refusal = why_not(said, view, None)
    return refusal.message if refusal else None


def may_be_approved(view: PostView) -> bool:
    """Whether a person may approve the post, or its proposal, as it stands."""
    if view.state in ON_ITS_WAY:
        return view.proposal is not None
    return view.state in {PostState.IN_REVIEW, PostState.HELD}


def by_hand(view: PostView, digest: str, pick: int | None = None) -> str:
    """Return the input of the signal ``approve``, to paste."""
    picked = f', "pick": {pick}' if pick else ""
    return f'{{"revision": {view.revision}, "digest": "{digest}", "by": "your name"{picked}}}'


def malformed(error: ValidationError) -> Refusal:
    """Return the refusal of a message whose fields are not those of its kind."""
    # Without the input: it may be anything, and the notice is shown in Temporal's UI.
    fields = [".".join(map(str, one["loc"])) or "input" for one in error.errors()]
    named = ", ".join(dict.fromkeys(fields))[:200]
    message = f"its input does not fit ({named}): `show --by-hand` prints the line."
    return Refusal(reason=RefusalReason.MALFORMED, message=message)


def _untimely(decision: Decision, view: PostView, pending: Decision | None) -> Refusal | None:
    cuts = view.is_making_media and decision.kind in CUTTING_SHORT
    if pending is not None and not (cuts and pending.kind not in CUTTING_SHORT):
        overtaken = f"{pending.by} has just decided ({pending.kind}); look at it again."
        return Refusal(reason=RefusalReason.OVERTAKEN, message=overtaken)
    is_cut_short = cuts and view.state is PostState.DRAFTING
    closed = None if is_cut_short else _closed(decision.kind, view)
    if closed is None and decision.revision != view.revision:
        return stale(
            view,
            decision.digest,
            decision.revision,
            f"You decided on revision {decision.revision}, but revision "
            f"{view.revision} is in review: look at it, then decide on that one.",
        )
    if closed is None:
        return None
    last = view.decisions[-1] if view.decisions else None
    if last is None or last.at is None or last.revision != decision.revision:
        return Refusal(reason=RefusalReason.CLOSED, message=closed)
    # Whoever comes second is told who was first.
    said = f"{last.by} decided before you ({last.kind}, {last.at:%Y-%m-%d %H:%M:%S %Z})."
    return Refusal(reason=RefusalReason.OVERTAKEN, message=f"{closed} {said}")


def _unseen(decision: Decision, view: PostView) -> Refusal | None:
    """Return why a decision is not about the proof as it stands, or ``None``."""
    if not decision.digest:
        if decision.kind is not DecisionKind.APPROVE:
            return None
        unseen = (
            "An approval names the digest of the proof that you saw: `show --by-hand` prints it, "
            "with the line to send."
        )
        return Refusal(reason=RefusalReason.UNSEEN, message=unseen)
    proof = proof_of(view, decision.pick)
    if proof is None or proof.digest == decision.digest:
        return None
    what = "You decided on an earlier proof: look at it again, then decide."
    return stale(view, decision.digest, decision.revision, what)


def _closed(kind: DecisionKind, view: PostView) -> str | None:
    if view.state is PostState.DRAFTING:
        return _MAKING if view.is_making_media else _WRITING
    if view.state in {PostState.IN_REVIEW, PostState.HELD}:
        return being_retracted(view)
    if view.state in ON_ITS_WAY:
        return being_retracted(view) or _approved(kind, view)
    if view.state is PostState.ERROR:
        if kind is DecisionKind.REJECT:
            return being_retracted(view)
        return "Buffer could not publish it: redrive it, or reject it."
    return f"There is nothing to decide: the post is {view.state}."


def _approved(kind: DecisionKind, view: PostView) -> str | None:
    """Return why a decision on an approved post changes nothing, or ``None``."""
    nothing = f"There is nothing to decide: the post is {view.state}."
    match kind:
        case DecisionKind.EDIT:
            return None
        case DecisionKind.REGENERATE:
            return f"{nothing} Edit it, or retract it."
        case DecisionKind.APPROVE:
            return None if view.proposal else nothing
        case DecisionKind.REJECT:
            return None if view.proposal else f"{nothing} To take it back, retract it."


def _unfit(decision: Decision, view: PostView) -> str | None:
    if view.draft is None:
        return "There is no draft to approve: regenerate it, or reject it."
    proposal = view.proposal if view.state in ON_ITS_WAY else None
    problems, what = (proposal or view).problems, "draft"
    if decision.pick is not None and proposal is None and (picked := meant(view, decision)):
        problems, what = picked[1].problems, f"variant {decision.pick}"
    # A claim is a person's to judge: it is marked, and never goes out by itself.
    misfits = [problem for problem in problems if not problem.is_claim]
    # A held post may be in Buffer as it is: approving it again sends no other words.
    if misfits and view.state is not PostState.HELD:
        mend = "Edit it" if proposal else "Edit or regenerate it"
        return f"The {what} does not fit: {misfits[0].message} {mend} first."
    return None


def _too_soon(view: PostView) -> str | None:
    """Return why an edit must wait: with two unanswered ones nobody knows what Buffer has."""
    if view.state not in ON_ITS_WAY or view.change is None:
        return None
    is_time_alone = view.change.kind is ChangeKind.RESCHEDULE
    return None if is_time_alone else unanswered(view)


def _no_other_draft(view: PostView) -> str | None:
    """Return why no other draft can be put before a person, or ``None``."""
    if view.state is PostState.HELD:
        return "A held post may already be in Buffer: approve it again, or reject it."
    kinds = {DecisionKind.EDIT, DecisionKind.REGENERATE}
    if sum(said.kind in kinds for said in view.decisions) >= MOST_CHANGES:
        return f"It has been changed {MOST_CHANGES} times: approve or reject it."
    return None


def _unusable_edit(decision: Decision, view: PostView) -> str | None:
    if decision.edit is None or not decision.edit.model_dump(exclude_none=True):
        return "The edit changes nothing: give at least one field."
    if _length(decision.edit) > _LONGEST_EDIT:
        return "The edit is longer than any network takes: shorten it."
    if view.draft is None:
        return "There is no draft to edit: regenerate it, or reject it."
    return why_not_media(decision.edit.media, view) if decision.edit.media else None


def own_media(view: PostView) -> tuple[StagedAsset, ...]:
    """Return the media that an edit keeps, replaces or removes, by number; a card is none.

    Of a person's files these are the files as they were given, with the alt texts of now.
    """
    shown = view.proposal or view
    draft: Draft | None = shown.draft
    # Drawn cards are one work, with a cover perhaps: a picture beside them would be none of it.
    if draft is None or not shown.staged or shown.media_by is MediaMaker.CARD:
        return ()
    is_own = shown.media_by is MediaMaker.ATTACHED and draft.attached
    present = draft.attached if is_own and draft.attached else shown.staged
    words = (one.alt_text for one in proven(draft, present))
    pairs = zip(present, words, strict=True)
    return tuple(one.model_copy(update={"alt_text": alt}) for one, alt in pairs)


def why_not_media(edit: MediaEdit, view: PostView) -> str | None:
    """Return why the media of a post cannot be changed so, or ``None``."""
    present = own_media(view)
    count = len(present)
    if any(not 1 <= number <= count for number in edit.numbers):
        drawn = bool((view.proposal or view).staged) and not count
        has = "a card that Galley drew" if drawn else f"{count or 'no'} pictures or films"
        return f"It has {has}: `show` gives their numbers, or replace them all."
    if len(edit.apply(present)) > MOST_ATTACHED:
        return f"A post is given {MOST_ATTACHED} files at most: remove some."
    kinds = {MediaKind.IMAGE, MediaKind.VIDEO}
    if any(one.kind not in kinds for one in edit.apply(present)):
        return "Only pictures and films go out: replace the others."
    return None


def _length(edit: DraftEdit) -> int:
    """Return the length of all fields together; each item adds what JSON needs around it."""
    fields = (edit.text, edit.title, edit.headline, edit.alt_text, edit.link, edit.board)
    slides = (f"{one.title}{one.text}" for one in edit.slides or ())
    alts = (one.alt_text for one in (edit.media.assets if edit.media else ()))
    items = (*(edit.thread or ()), *slides, *alts)
    return sum(map(len, filter(None, fields))) + sum(len(item) + 20 for item in items)
