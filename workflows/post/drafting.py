"""PostDrafting: the drafts of a post, their edits and proposals, and their media."""

from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from galley.models.draft import Draft, DraftEdit, Problem, Provenance
from galley.models.media import MadeMedia, MediaMaker
from galley.models.post import PostInput, PostState, PostView, Proposal
from galley.models.review import Decision
from galley.review.changes import ON_ITS_WAY, over
from galley.review.decisions import meant, own_media
from galley.review.proposals import is_by_agent, writer_of
from workflows.post import media, steps
from workflows.post.record import PostRecord
from workflows.runtime import cause, unless

_OF_MEDIA = "alt_text"
"""The rule of a claim in the alt texts of a post's media, and the place of their facts."""
_STOPPED = MadeMedia(notes=("Its media were in the making: that was stopped.",), is_stopped=True)


class PostDrafting:
    """The drafts of one post. Each is put before a person as a new revision.

    Args:
        start: The post.
        record: Its state.
        is_cut_short: Whether a decision waits that needs no media.
    """

    def __init__(
        self, start: PostInput, record: PostRecord, is_cut_short: Callable[[], bool]
    ) -> None:
        self._start = start
        self._record = record
        self._is_cut_short = is_cut_short

    async def write(self, note: str, *, is_noted_by_agent: bool = False) -> None:
        """Have a draft written; ``note`` is the reviewer's wish for it."""
        record = self._record
        before = record.view.draft
        record.set(variants=(), picked=0)
        try:
            reply = await steps.write_draft(
                self._start, record.view, note, is_by_agent=is_noted_by_agent
            )
        except ActivityError as error:
            record.set(problems=_step_failed(error), revision=record.view.revision + 1)
        else:
            # From now on decisions are about this draft.
            record.keep(needs_media=reply.needs_media)
            # A person's own pictures stay beside other words.
            own = before.attached if before else None
            draft, *_ = drafts = [reply.draft, *(one.draft for one in reply.variants)]
            if own is not None:
                draft, *_ = drafts = [one.with_attached(own) for one in drafts]
            pairs = zip(reply.variants, drafts[1:], strict=True)
            record.set(
                draft=draft,
                revision=record.view.revision + 1,
                problems=reply.problems,
                facts=reply.facts,
                provenance=reply.provenance,
                variants=tuple(one.with_draft(worded) for one, worded in pairs),
            )
            # A single draft is no choice, and comes without variants.
            asked, written = self._start.options.variants, max(1, len(reply.variants))
            if written < asked and not reply.is_skip:
                record.set(
                    notice=f"{asked} variants were asked for; {written} said something of its own."
                )
            # What is to be left out needs no media, which may cost money.
            if not reply.is_skip:
                await self._with_media(draft)
        self._ask()

    async def pick(self, decision: Decision) -> bool:
        """Make the variant that an approval picks the draft, with its media.

        Returns:
            Whether it can go out; if not, its media were made just now, and are reviewed too.
        """
        record = self._record
        found, before = meant(record.view, decision), record.view.draft
        if found is None or before is None:
            return True
        number, variant = found
        provenance = record.view.provenance
        if provenance is not None:
            pick = {"variant": number, "variants": len(record.view.variants)}
            provenance = provenance.model_copy(update=pick)
        record.set(
            draft=variant.draft,
            problems=variant.problems,
            facts=variant.facts,
            provenance=provenance,
            picked=number,
        )
        is_made = bool(record.view.staged or record.view.media_notes)
        has_media = self._has_media(variant.draft)
        if not has_media or (is_made and self._is_same(before, variant.draft)):
            return True
        # Nobody has seen these media yet, so the approval does not reach them.
        await self._with_media(variant.draft)
        if not self._is_cut_short():
            record.set(revision=record.view.revision + 1)
            self._ask()
        return False

    async def edit(self, decision: Decision) -> None:
        """Take a person's edit of the draft in review."""
        record = self._record
        before = record.view.draft
        if before is None or decision.edit is None:
            return
        found, revision = meant(record.view, decision), record.view.revision + 1
        is_of_media = decision.edit.remake_media or decision.edit.media is not None
        # Media are those of every variant, so that a change of them picks none.
        is_picked = found and not (is_of_media and decision.pick is None)
        base = found[1].draft if found and is_picked else before
        draft, has_new_words = self._edited(decision.edit, base)
        if is_of_media and not has_new_words and base == before:
            if decision.edit.media is not None:
                record.set(
                    variants=tuple(
                        one.with_draft(one.draft.with_attached(draft.attached))
                        for one in record.view.variants
                    )
                )
            by = record.view.provenance
            if is_by_agent(decision):
                by = _written_by(decision, record.view, 0)
            record.set(revision=revision, draft=draft, provenance=by)
            await self._with_media(draft)
            self._ask()
            return
        # The edit makes the choice, so the other variants are dropped.
        record.set(
            draft=draft,
            facts=(),
            provenance=_written_by(decision, record.view, found[0] if found else 0),
            picked=found[0] if found else 0,
            variants=(),
        )
        try:
            reply = await steps.check_draft(self._start, record.view, draft, decision)
        except ActivityError as error:
            record.set(problems=_step_failed(error), revision=revision)
        else:
            draft = reply.draft or draft
            record.set(draft=draft, problems=reply.problems, facts=reply.facts, revision=revision)
            is_old = not self._is_same(before, draft) or not record.view.staged
            if is_old or is_of_media:
                await self._with_media(draft)
        self._ask()

    async def propose(self, decision: Decision) -> None:
        """Take a person's edit of a post on its way; the approved revision stands meanwhile."""
        view = self._record.view
        base = view.proposal.draft if view.proposal else view.draft
        if base is None or decision.edit is None:
            return
        draft, is_worded_anew = self._edited(decision.edit, base)
        shown = view.proposal or view
        made = MadeMedia(assets=shown.staged, notes=shown.media_notes, by=shown.media_by)
        problems = shown.problems
        try:
            if is_worded_anew or decision.edit.split is not None:
                reply = await steps.check_draft(self._start, view, draft, decision)
                draft, problems = reply.draft or draft, reply.problems
            is_same = media.is_same(made.by, base, draft)
            is_of_media = decision.edit.remake_media or decision.edit.media is not None
            if not is_same or not made.assets or is_of_media:
                made = await self._made_anew(draft)
                draft = media.with_media(draft, made, self._start.channel.platform)
                problems = (*_but_of_media(problems), *_claims_of(made))
        except ActivityError as error:
            problems, made = _step_failed(error), MadeMedia()
        proposal = Proposal(
            draft=draft,
            problems=problems,
            provenance=_written_by(decision, view, 0)
            if is_worded_anew or is_by_agent(decision)
            else shown.provenance,
            staged=made.assets,
            media_notes=made.notes,
            media_by=made.by,
            due_at=view.proposal.due_at if view.proposal else None,
        )
        # Buffer may have sent the post while the steps ran.
        view = self._record.view
        if view.state not in ON_ITS_WAY:
            why = over(f"the post is {view.state} meanwhile.")
            self._record.ignore(decision.kind, decision.by, why)
            return
        revision, stands = view.revision + 1, view.approved_revision
        self._record.show(
            proposal=proposal,
            revision=revision,
            notice=f"Revision {revision} is proposed: approve or reject it. "
            f"Until then revision {stands} stands.",
        )

    async def _with_media(self, draft: Draft) -> bool:
        """Have the media of the draft made; if that fails, add a problem and return ``False``.

        Making them stops when the post ends, or when a decision arrives that needs none.
        """
        record = self._record
        # What was drawn of an earlier draft must not go out with this one.
        record.set(staged=(), media_notes=(), media_by=MediaMaker.CARD)
        record.set(problems=_but_of_media(record.view.problems))
        if not self._has_media(draft):
            return True
        record.show(is_making_media=True, waiting_for="its media")
        try:
            made = await self._made_anew(draft)
        except ActivityError as error:
            record.set(problems=_step_failed(error))
            return False
        finally:
            record.set(is_making_media=False)
        platform = self._start.channel.platform
        with_media = media.with_media(draft, made, platform)
        is_told_anew = with_media.alt_text != draft.alt_text
        record.set(
            draft=with_media,
            # Those of the draft's alt text lie in words that are gone.
            facts=tuple(
                one for one in record.view.facts if not (is_told_anew and one.place == _OF_MEDIA)
            ),
            # The others have the same media, where these are not of the words of one.
            variants=tuple(
                one.with_draft(media.with_media(one.draft, made, platform))
                if media.is_same(made.by, draft, one.draft)
                else one
                for one in record.view.variants
            ),
            staged=made.assets,
            media_notes=made.notes,
            media_by=made.by,
            problems=(*record.view.problems, *_claims_of(made)),
        )
        if made.is_stopped:
            record.set(notice=" ".join(made.notes))
        return True

    async def _made_anew(self, draft: Draft) -> MadeMedia:
        needs_media = self._record.snapshot.needs_media
        making = media.make(self._start, draft, needs_media=needs_media)
        made = await unless(
            lambda: self._record.view.state.is_final or self._is_cut_short(), making
        )
        return made or _STOPPED

    def _has_media(self, draft: Draft) -> bool:
        needs_media = self._record.snapshot.needs_media
        return media.has_media(self._start, draft, needs_media=needs_media)

    def _edited(self, edit: DraftEdit, base: Draft) -> tuple[Draft, bool]:
        """Return the draft after an edit, and whether its words are others."""
        draft = edit.apply(base)
        has_new_words = draft != base
        if edit.media is not None:
            attached = edit.media.apply(own_media(self._record.view))
            draft = draft.with_attached(attached)
        return draft, has_new_words

    def _is_same(self, before: Draft, after: Draft) -> bool:
        return media.is_same(self._record.view.media_by, before, after)

    def _ask(self) -> None:
        """Put the draft as it stands into review."""
        view, now = self._record.view, workflow.now()
        review = self._start.options.review
        wanted = "a person to check what is marked" if view.problems else "a person's decision"
        if any(not problem.is_claim for problem in view.problems):
            wanted = "an edit or a new draft"
        if view.variants:
            wanted = f"a person to pick one of {len(view.variants)} variants"
        team = self._record.snapshot.team
        after = team.policy(view.channel_id).escalate_after if team else None
        expires_at = self._record.review_end()
        # Without a time for a reminder, the time of expiry is shown from the beginning.
        is_soon = review.remind_before >= expires_at - now
        when = f"; it expires at {expires_at:%Y-%m-%d %H:%M %Z}" if is_soon else ""
        self._record.enter(
            PostState.IN_REVIEW,
            waiting_for=f"{wanted}{when}",
            # What could not be taken back after a reset stays shown.
            error=view.error if self._record.snapshot.withdrawal else None,
            review_expires_at=expires_at,
            escalates_at=now + after if after else None,
        )


def _written_by(decision: Decision, view: PostView, picked: int) -> Provenance:
    by = Provenance(drafter=writer_of(decision))
    variants = len(view.variants) if picked else 0
    # Edited words still tell what the draft told: a lesson names its angle.
    angle = view.provenance.angle if view.provenance else ""
    return by.model_copy(update={"variant": picked, "variants": variants, "angle": angle})


def _but_of_media(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(one for one in problems if one.rule != _OF_MEDIA)


def _claims_of(made: MadeMedia) -> tuple[Problem, ...]:
    return tuple(Problem(rule=_OF_MEDIA, message=one, is_claim=True) for one in made.claims)


def _step_failed(error: ActivityError) -> tuple[Problem, ...]:
    return (Problem(rule="step", message=cause(error)),)
