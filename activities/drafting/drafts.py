"""The activities ``write_set``, ``write_draft`` and ``check_draft``.

CampaignWorkflow has all posts written with one request; PostWorkflow takes its part of them, or
asks for a post of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.budget.ceilings import BudgetKeeper
from activities.budget.payments import DraftBudget
from activities.drafting.assembly import (
    DraftAssembly,
    asked_extras,
    fitting_first,
    mended,
    numbered_problems,
    variants_of,
)
from activities.drafting.changed_words import held_to_source
from activities.drafting.choosing import Edited
from activities.drafting.conversation import (
    UNASKED,
    Conversation,
    source_text,
    stored_brief,
    stored_persona,
    translated,
)
from activities.drafting.draft_sets import DraftSet, Material, SetWriter, prompt_for, stored_set
from activities.edge import heartbeating
from activities.interfaces import DraftingActivities
from galley.budget.ceilings import answer_tokens
from galley.budget.prices import known_prices
from galley.clients.approved_words import read_words
from galley.clients.storage import ObjectStore, StoreError
from galley.drafting.answers import ChoicesAnswer, PostAnswer, StructuredModel, Turn
from galley.drafting.lessons import chosen_for
from galley.drafting.messages import more_variants_message, repair_message, variants_message
from galley.drafting.statements import STATEMENTS, PostNotes
from galley.models.brand import Lesson, LessonBook, LessonsRef, LinksPolicy, Persona
from galley.models.budget import Ceilings
from galley.models.channel import Channel
from galley.models.draft import (
    CheckDraft,
    CheckReply,
    Draft,
    DraftReply,
    DraftSetRef,
    Problem,
    Variant,
    WriteDraft,
    WriteSet,
)
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.source import SourceRef
from galley.networks.checks import check_draft
from galley.networks.composition import media_of, why_unfit
from galley.networks.registry import rules_for
from galley.networks.split import thread_of

# Rules that no other wording can keep: a person must change the channel or the source.
_NOT_THE_WRITERS = frozenset(
    {
        *("board", "link", "link_length", "extras", "link_card", "form", "user_tags"),
        *("first_comment", "first_comment_length", "thumbnail_offset", "ai_generated"),
        *("category", "topic", "google_details", "button"),
        # The editor rewrote it once already.
        STATEMENTS,
    }
)
_LONGEST_REASON, _STORE_PATIENCE = 300, 5.0


class DraftWriter:
    """Writes one post of one campaign, with one repair turn.

    Args:
        client: The model.
        budget: Pays for each call.
        task: The post.
        material: All that it is written from.
        draft_set: The posts that were written together, with its part; missing: it is asked
            for by itself.
        check: Compares the sentences of a post that was asked for by itself with the source.
    """

    def __init__(
        self,
        client: StructuredModel,
        budget: DraftBudget,
        task: WriteDraft,
        material: Material,
        draft_set: DraftSet | None = None,
        check: Callable[[PostAnswer], Awaitable[Edited | None]] | None = None,
    ) -> None:
        self._budget = budget
        self._task = task
        self._material = material
        self._check = check
        self._has_lessons = draft_set.has_lessons if draft_set else bool(material.lessons)
        self._notes = draft_set.notes.get(task.channel.id) if draft_set else None
        self._assembly = self._assembly_with(self._notes)
        variants, prompt = task.options.variants, prompt_for([task], material, previous_of=task)
        self._set_size = len(draft_set.posts) if draft_set else 0
        self._part = draft_set.posts[task.channel.id] if draft_set else None
        if self._part is None and variants > 1:
            order = f"{prompt.turns[0].text}\n\n{variants_message(variants)}"
            prompt = replace(prompt, turns=(Turn("user", order),))
        self._conversation = Conversation(
            client,
            budget,
            replace(prompt, max_tokens=answer_tokens(variants)),
            f"draft for {task.channel.platform}",
            begun=draft_set.begun(task.channel.id) if draft_set else None,
        )

    async def write(self) -> DraftReply:
        """Return the draft, the rules it still breaks, and the other variants.

        Raises:
            DraftRefusedError: The model refused the first time it was asked.
            UnusableAnswerError: Cut off, or not the JSON asked for, twice.
            ModelError: No answer came.
        """
        part, task = self._part, self._task
        # Who asks for another draft wants one.
        if task.previous is None and (why := why_unfit(task.options.form, task.channel.platform)):
            return await self._skipped(why)
        if part is not None and part.is_empty:
            return await self._skipped(part.skip)
        found = await self._first(part)
        if any(p.rule not in _NOT_THE_WRITERS for one in found for p in one.problems):
            found = await self._mended(found)
        first, *others = fitting_first(found)
        return await self._reply(first, others)

    async def _first(self, part: PostAnswer | None) -> tuple[Variant, ...]:
        """Return the post and its variants; of those only the first is part of a set."""
        count = self._task.options.variants
        if part is None:
            posts = (await self._conversation.answer()).posts
            return await self._judged([await self._checked(posts[0])] if count == 1 else posts)
        if count == 1:
            return await self._judged([part])
        more = more_variants_message(self._task.channel.platform, count - 1)
        self._conversation.add_turn(more)
        try:
            others = (await self._conversation.answer()).posts
        except UNASKED:
            others = []
        return await self._judged([part, *others])

    async def _checked(self, post: PostAnswer) -> PostAnswer:
        found = await self._check(post) if self._check else None
        if found is None:
            return post
        channel = self._task.channel.id
        # There was nothing to choose among.
        self._notes = found.notes[channel].model_copy(update={"reason": ""})
        self._assembly = self._assembly_with(self._notes)
        self._conversation.take(found.posts[channel], found.use, found.cost_micros)
        return found.posts[channel]

    def _assembly_with(self, notes: PostNotes | None) -> DraftAssembly:
        document, persona = self._material.document, self._material.persona
        return DraftAssembly(self._task, document, persona, notes.statements if notes else ())

    async def _mended(self, found: tuple[Variant, ...]) -> tuple[Variant, ...]:
        """Name the broken rules once; keep whichever drafts break fewer."""
        problems = numbered_problems(found)
        self._conversation.add_turn(repair_message(self._task.channel.platform, problems))
        try:
            again = await self._judged((await self._conversation.answer()).posts)
        except UNASKED:
            return found
        return mended(found, again)[: self._task.options.variants]

    async def _judged(self, answers: Sequence[PostAnswer]) -> tuple[Variant, ...]:
        # In a thread: looking facts up in 500 pages takes seconds, and heartbeats must go on.
        return await asyncio.to_thread(
            variants_of, answers, self._assembly, self._task.options.variants
        )

    async def _skipped(self, reason: str) -> DraftReply:
        """Return no text, and the proposal to leave the network out, for a person to decide."""
        why = self._assembly.one_line(reason)[:_LONGEST_REASON].rstrip(".")
        name = rules_for(self._task.channel.platform).name
        message = f"The drafter proposes no post for {name}: {why}. Reject it, or have one written."
        problem = Problem(rule="skip", message=message)
        nothing = Variant(
            draft=Draft(text="", extras=asked_extras(self._task)), problems=(problem,)
        )
        return (await self._reply(nothing, [])).model_copy(update={"is_skip": True})

    async def _reply(self, first: Variant, others: list[Variant]) -> DraftReply:
        await self._budget.drafted()
        options, ref = self._task.options, self._task.lessons
        network = rules_for(self._task.channel.platform)
        provenance = self._conversation.provenance(options.persona).model_copy(
            update={
                "set_size": self._set_size,
                "lessons": ref.sha256[:12] if ref and self._has_lessons else "",
                **self._reasons(),
            }
        )
        return DraftReply(
            draft=first.draft,
            problems=first.problems,
            facts=first.facts,
            variants=(first, *others) if others else (),
            provenance=provenance,
            needs_media=bool(options.media.card or media_of(first.draft, network)),
        )

    def _reasons(self) -> dict[str, str | tuple[str, ...]]:
        """Return why the editor took this draft, as a reviewer may read it."""
        notes, clean = self._notes, self._assembly.one_line
        if notes is None:
            return {}
        others = tuple(clean(one) for one in notes.other_angles)
        return {"angle": clean(notes.angle), "other_angles": others, "reason": clean(notes.reason)}


class ModelDrafting(DraftingActivities):
    """Drafts by a model, held to the network's rules before any person sees them."""

    def __init__(
        self,
        state: ObjectStore,
        client: StructuredModel,
        keeper: BudgetKeeper | None = None,
        *,
        editor: StructuredModel[ChoicesAnswer] | None = None,
        no_repeat_within: timedelta = timedelta(0),
    ) -> None:
        """Without a ``keeper`` there are no ceilings; costs are recorded all the same.

        ``editor`` chooses between two sets of drafts; missing: one is written. Nearly the same
        words on a channel ``no_repeat_within`` this time are a problem.
        """
        self._state = state
        self._client = client
        self._keeper = keeper or BudgetKeeper(state, Ceilings(), known_prices(), client.model)
        self._sets = SetWriter(state, client, editor)
        self._no_repeat_within = no_repeat_within

    @activity.defn
    async def write_set(self, task: WriteSet) -> DraftSetRef:
        """Write the posts of a campaign with one request, and store them.

        Safe to repeat: what is stored is not asked for again, and an attempt that ended before
        that is billed.

        Raises:
            ApplicationError: As ``write_draft``.
        """
        with translated("set of drafts"):
            async with heartbeating():
                platforms = [one.platform for one in task.planned]
                material = await self._material(task.source, task.options, task.lessons, platforms)
                source = _source_for(task.source, material.persona)
                budget = self._budget(f"{task.key}:set", task.allowance)
                task = task.model_copy(update={"source": source})
                return await self._sets.write(task, material, budget)

    @activity.defn
    async def write_draft(self, task: WriteDraft) -> DraftReply:
        """Write one post, or take it from its set, with one repair turn.

        A post asked for alone costs up to two calls more, which compare its sentences with the
        source. Rules still broken are returned. Changes nothing; safe to repeat, billed each time.

        Raises:
            ApplicationError: As :func:`~activities.drafting.conversation.translated`;
                ``SourceMissing``, final, when a stored input is gone.
        """
        with translated("draft"):
            async with heartbeating():
                reply = await (await self._writer(task)).write()
                return await self._with_repeats(task, reply)

    @activity.defn
    async def check_draft(self, task: CheckDraft) -> CheckReply:
        """Check an edited draft, split into a thread first where that is asked.

        Its facts are looked up in the source. Changes nothing; safe to repeat.

        Raises:
            ApplicationError: ``SourceMissing``, final, when a stored input of an agent's edit is
                gone. A person's edit is then a claim as a whole.
        """
        draft, channel = task.draft, task.channel
        if task.split:
            # In a thread: counting a long text in some scripts takes seconds.
            draft = await asyncio.to_thread(
                thread_of, draft, channel, numbered=task.options.posting.numbered
            )
        repeats = await self._repeats(task, draft)
        problems = (*check_draft(draft, channel), *repeats)
        if task.source is None:
            return CheckReply(problems=problems, draft=draft)
        with translated("edit"):
            try:
                material = await self._material(task.source, task.options, None, [channel.platform])
            except ApplicationError as error:
                if not task.editor or error.type != "SourceMissing":
                    raise
                message = f"No fact in the edit of {task.editor} was looked up: {error.message}"
                unread = Problem(rule="source", message=message, is_claim=True)
                return CheckReply(problems=(*problems, unread), draft=draft)
            # In a thread: looking facts up in 500 pages takes seconds.
            more, facts = await asyncio.to_thread(held_to_source, task, draft, material)
        return CheckReply(problems=(*problems, *more), draft=draft, facts=facts)

    async def _with_repeats(self, task: WriteDraft, reply: DraftReply) -> DraftReply:
        """Return a draft and its variants with the problem of what the channel said before."""

        async def repeats(draft: Draft) -> tuple[Problem, ...]:
            return await self._repeats(task, draft)

        problems = (*reply.problems, *await repeats(reply.draft))
        variants = [
            one.model_copy(update={"problems": (*one.problems, *await repeats(one.draft))})
            for one in reply.variants
        ]
        return reply.model_copy(update={"problems": problems, "variants": tuple(variants)})

    async def _repeats(self, task: WriteDraft | CheckDraft, draft: Draft) -> tuple[Problem, ...]:
        if not self._no_repeat_within:
            return ()
        try:
            async with asyncio.timeout(_STORE_PATIENCE):
                known = await read_words(self._state, task.channel.id)
        except (StoreError, TimeoutError):
            return ()  # Buffer refuses the very same words; a draft is not held up.
        within, now = self._no_repeat_within, datetime.now(UTC)
        find, due_at = known.problem, task.due_at or now
        found = await asyncio.to_thread(find, task.post_key, draft, due_at, within, now)
        return (found,) if found else ()

    async def _writer(self, task: WriteDraft) -> DraftWriter:
        """Return the writer of a draft, with everything that it is written from."""
        channel: Channel = task.channel
        material = await self._material(task.source, task.options, task.lessons, [channel.platform])
        source = _source_for(task.source, material.persona)
        task = task.model_copy(update={"source": source})
        # Tests and measurements write drafts without a post.
        key = task.post_key or f"{task.source.sha256[:12]}:{channel.id}"
        budget = self._budget(key, task.allowance)
        budget.answer_tokens = answer_tokens(task.options.variants)
        draft_set = await stored_set(self._state, task.draft_set, channel.id)
        check = partial(self._sets.checked, task=task, material=material, budget=budget)
        return DraftWriter(self._client, budget, task, material, draft_set, check)

    def _budget(self, key: str, allowance: int | None) -> DraftBudget:
        return DraftBudget(self._state, self._keeper, known_prices(), key, allowance)

    async def _material(
        self,
        source: SourceRef,
        options: CampaignOptions,
        lessons: LessonsRef | None,
        platforms: Sequence[Platform],
    ) -> Material:
        return Material(
            document=await source_text(self._state, source.sha256),
            brief=await stored_brief(self._state, source),
            persona=await stored_persona(self._state, options.persona),
            lessons=await self._lessons(lessons, platforms),
        )

    async def _lessons(
        self, ref: LessonsRef | None, platforms: Sequence[Platform]
    ) -> tuple[Lesson, ...]:
        """Return the lessons that matter for these networks; none if they are gone."""
        if ref is None:
            return ()
        data = await self._state.get(f"lessons/{ref.sha256}.json")
        try:
            book = LessonBook.model_validate_json(data or b"")
        except ValidationError:
            activity.logger.warning("lessons %s are gone", ref.sha256[:12])
            return ()
        return chosen_for(book.lessons, platforms)


def _source_for(source: SourceRef, persona: Persona | None) -> SourceRef:
    """Return the source without its link, where the persona wants no links."""
    is_unlinked = persona is not None and persona.links is LinksPolicy.NONE
    return source.model_copy(update={"link": None}) if is_unlinked else source
