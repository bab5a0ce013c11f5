"""PostDrafting: the drafts of a post, their edits and proposals, and their media."""

from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from galley.models.draft import Draft, Problem, Provenance
from galley.models.media import MadeMedia, MediaMaker
from galley.models.post import PostInput, PostState, PostView, Proposal
from galley.models.review import Decision
from galley.review.changes import ON_ITS_WAY, over
from galley.review.decisions import meant
from workflows.post import media, steps
from workflows.post.record import PostRecord
from workflows.runtime import cause, unless

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

    async def write(self, note: str) -> None:
        """Have a draft written; ``note`` is the reviewer's wish for it."""
        record = self._record
        record.set(variants=(), picked=0)
        try:
            reply = await steps.write_draft(self._start, record.view.draft, note)
        except ActivityError as error:
            record.set(problems=_step_failed(error), revision=record.view.revision + 1)
        else:
            # From now on decisions are about this draft.
            record.keep(needs_media=reply.needs_media)
            record.set(
                draft=reply.draft,
                revision=record.view.revision + 1,
                problems=reply.problems,
                facts=reply.facts,
                provenance=reply.provenance,
                variants=reply.variants,
            )
            # A single draft is no choice, and comes without variants.
            asked, written = self._start.options.variants, max(1, len(reply.variants))
            if written < asked and not reply.is_skip:
                record.set(
                    notice=f"{asked} variants were asked for; {written} said something of its own."
                )
            # What is to be left out needs no media, which may cost money.
            if not reply.is_skip:
                await self._with_media(reply.draft)
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
        if not self._has_media or (is_made and self._is_same(before, variant.draft)):
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
        base = found[1].draft if found else before
        draft = decision.edit.apply(base)
        if decision.edit.remake_media and draft == before:
            record.set(revision=revision)
            await self._with_media(draft)
            self._ask()
            return
        # The edit makes the choice, so the other variants are dropped. A person answers for
        # their own words, so no fact of them is looked up.
        record.set(
            draft=draft,
            facts=(),
            provenance=_person(decision, record.view, found[0] if found else 0),
            picked=found[0] if found else 0,
            variants=(),
        )
        try:
            draft, problems = await steps.check_draft(self._start, draft, split=decision.edit.split)
        except ActivityError as error:
            record.set(problems=_step_failed(error), revision=revision)
        else:
            record.set(draft=draft, problems=problems, revision=revision)
            is_old = not self._is_same(before, draft) or not record.view.staged
            if is_old or decision.edit.remake_media:
                await self._with_media(draft)
        self._ask()

    async def propose(self, decision: Decision) -> None:
        """Take a person's edit of a post on its way; the approved revision stands meanwhile."""
        view = self._record.view
        base = view.proposal.draft if view.proposal else view.draft
        if base is None or decision.edit is None:
            return
        draft = decision.edit.apply(base)
        shown = view.proposal or view
        is_worded_anew = draft != base
        made = MadeMedia(assets=shown.staged, notes=shown.media_notes, by=shown.media_by)
        problems = shown.problems
        try:
            if is_worded_anew or decision.edit.split is not None:
                draft, problems = await steps.check_draft(
                    self._start, draft, split=decision.edit.split
                )
            is_same = media.is_same(made.by, base, draft)
            if not is_same or not made.assets or decision.edit.remake_media:
                made = await self._made_anew(draft)
                draft = media.with_media(draft, made, self._start.channel.platform)
                problems = (*problems, *_claims_of(made))
        except ActivityError as error:
            problems, made = _step_failed(error), MadeMedia()
        proposal = Proposal(
            draft=draft,
            problems=problems,
            provenance=_person(decision, view, 0) if is_worded_anew else shown.provenance,
            staged=made.assets,
            media_notes=made.notes,
            media_by=made.by,
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
        if not self._has_media:
            return True
        record = self._record
        # What was drawn of an earlier draft must not go out with this one.
        record.set(staged=(), media_notes=(), media_by=MediaMaker.CARD)
        record.show(is_making_media=True, waiting_for="its media")
        try:
            made = await self._made_anew(draft)
        except ActivityError as error:
            record.set(problems=_step_failed(error))
            return False
        finally:
            record.set(is_making_media=False)
        record.set(
            draft=media.with_media(draft, made, self._start.channel.platform),
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

    @property
    def _has_media(self) -> bool:
        needs_media = self._record.snapshot.needs_media
        return media.has_media(self._start.options.media.maker, needs_media=needs_media)

    def _is_same(self, before: Draft, after: Draft) -> bool:
        return media.is_same(self._record.view.media_by, before, after)

    def _ask(self) -> None:
        """Put the draft as it stands into review."""
        view, now = self._record.view, workflow.now()
        review = self._start.options.review
        wanted = "a look at what nobody gave it" if view.problems else "a decision"
        if any(not problem.is_claim for problem in view.problems):
            wanted = "an edit or a new draft"
        if view.variants:
            wanted = f"a pick out of {len(view.variants)} variants"
        team = self._record.snapshot.team
        after = team.policy(view.brand).escalate_after if team else None
        expires_at = now + review.expires_after
        # Without a time for a reminder, the time of expiry is shown from the beginning.
        is_soon = review.remind_before >= review.expires_after
        when = f"; it expires at {expires_at:%Y-%m-%d %H:%M %Z}" if is_soon else ""
        self._record.enter(
            PostState.IN_REVIEW,
            waiting_for=f"{wanted} by a person{when}",
            error=None,
            review_expires_at=expires_at,
            escalates_at=now + after if after else None,
        )


def _person(decision: Decision, view: PostView, picked: int) -> Provenance:
    by = Provenance(drafter=f"person:{decision.by}")
    variants = len(view.variants) if picked else 0
    return by.model_copy(update={"variant": picked, "variants": variants})


def _claims_of(made: MadeMedia) -> tuple[Problem, ...]:
    return tuple(Problem(rule="alt_text", message=one, is_claim=True) for one in made.claims)


def _step_failed(error: ActivityError) -> tuple[Problem, ...]:
    return (Problem(rule="step", message=cause(error)),)
