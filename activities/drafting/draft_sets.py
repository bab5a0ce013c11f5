"""The posts of a campaign, written together and kept for the drafts made of them.

drafts.py calls it: ``write_set`` writes, and each ``write_draft`` takes its part. One request
writes all posts; with two such sets, an editor takes the better draft for each network
(``choosing.py``).
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from pydantic import BaseModel, Field, ValidationError
from temporalio import activity

from activities.budget.payments import DraftBudget
from activities.drafting.assembly import limits_for
from activities.drafting.choosing import Edited, Editor, total
from activities.drafting.conversation import UNASKED, Conversation, EarlierAnswer
from galley.budget.ceilings import MOST_IN_SET, answer_tokens
from galley.clients.storage import ObjectStore
from galley.drafting.answers import (
    ChoicesAnswer,
    DraftAnswer,
    LaterModelError,
    PostAnswer,
    Prompt,
    Reply,
    ReplyKind,
    StructuredModel,
    Turn,
)
from galley.drafting.messages import (
    AuthorInstructions,
    PostOrder,
    labels_of,
    posts_message,
    rules,
    short_message,
    source_block,
)
from galley.drafting.persona import network_note
from galley.drafting.statements import PostNotes
from galley.models.brand import Lesson, Persona
from galley.models.budget import TokenUse
from galley.models.channel import Channel
from galley.models.draft import DraftSetRef, WriteDraft, WriteSet
from galley.models.options import CampaignOptions
from galley.models.source import SourceBrief, SourceDocument

_CHECK_WITHIN = 240.0  # seconds: the draft is there, and the activity has a limit
_LONGEST_ANSWER = 64_000
"""Tokens, of the models that write."""


@dataclass(frozen=True)
class Material:
    """All that posts are written from.

    Drafts are written from the brief of a long source and checked against the whole text.
    """

    document: SourceDocument
    brief: SourceBrief | None = None
    persona: Persona | None = None
    lessons: tuple[Lesson, ...] = ()


class DraftSet(BaseModel):
    """The answer to one request: a post for each channel, by its ID."""

    posts: dict[str, PostAnswer]
    model: str
    prompt_revision: str
    request_id: str
    use: TokenUse
    cost_micros: int | None
    has_lessons: bool = False
    notes: dict[str, PostNotes] = Field(default_factory=dict)
    """The editor's, by channel: its reasons, and what the source says to each sentence."""

    def after(self, edited: Edited) -> "DraftSet":
        """Return the set as the editor left it; what was paid before is in it already."""
        costs = (self.cost_micros, edited.cost_micros)
        return self.model_copy(
            update={
                "posts": dict(edited.posts),
                "notes": dict(edited.notes),
                "request_id": edited.request_id or self.request_id,
                "use": self.use + edited.use,
                "cost_micros": total(costs),
            }
        )

    def ref(self, name: str) -> DraftSetRef:
        """Return what workflows carry of a set that is stored under this name."""
        skips = sum(one.is_empty for one in self.posts.values() if one.skip.strip())
        return DraftSetRef(name=name, posts=len(self.posts), skips=skips)

    def begun(self, channel: str) -> EarlierAnswer:
        """Return a channel's part as an answer of its own, with its share of tokens and cost."""
        count, use = len(self.posts), self.use
        answer = DraftAnswer(posts=[self.posts[channel]])
        reply = Reply[DraftAnswer](
            kind=ReplyKind.OK,
            model=self.model,
            request_id=self.request_id,
            usage=TokenUse(
                input_tokens=use.input_tokens // count,
                output_tokens=use.output_tokens // count,
                cached_tokens=use.cached_tokens // count,
                cache_written_tokens=use.cache_written_tokens // count,
            ),
            text=answer.model_dump_json(),
            answer=answer,
        )
        cost = None if self.cost_micros is None else -(-self.cost_micros // count)
        return EarlierAnswer(reply, cost, self.prompt_revision)


def prompt_for(
    tasks: list[WriteDraft], material: Material, *, previous_of: WriteDraft | None = None
) -> Prompt:
    """Return the prompt for posts of one campaign, one for each task.

    Args:
        tasks: What each post shall be; all of one source and with the same options.
        material: What they are written from.
        previous_of: The one post that is written again, with its note and last draft.
    """
    first, persona = tasks[0], material.persona
    labels = labels_of([task.channel.platform for task in tasks])
    orders = [
        PostOrder(
            label=label,
            platform=task.channel.platform,
            limits=limits_for(task),
            note=network_note(persona, task.channel.platform),
        )
        for label, task in zip(labels, tasks, strict=True)
    ]
    asked = AuthorInstructions(
        options=first.options,
        note=previous_of.note if previous_of else "",
        lessons=material.lessons,
        previous=previous_of.previous if previous_of else None,
    )
    message = posts_message(orders, asked, link=first.source.link or "")
    return Prompt(
        rules=rules(persona),
        source=source_block(material.document, first.source.sha256, material.brief),
        turns=(Turn("user", message),),
        max_tokens=answer_tokens(len(tasks)),
    )


def prompts_for_two(tasks: list[WriteDraft], material: Material) -> tuple[Prompt, Prompt]:
    """Return the prompts for a full and a short set, alike but for the end of the short one."""
    full = prompt_for(tasks, material)
    shared, short = full.turns[0].text, short_message(tasks[0].options)
    first, second = (Turn("user", text, shared=shared) for text in ("", short))
    return replace(full, turns=(first,)), replace(full, turns=(second,))


def tasks_of(task: WriteSet) -> list[WriteDraft]:
    """Return what each post of a set shall be, up to the most that one request writes."""
    return [
        WriteDraft(source=task.source, channel=channel, options=task.options)
        for channel in task.planned[:MOST_IN_SET]
    ]


class SetWriter:
    """Writes the posts of a campaign together, each request once.

    Args:
        state: Keeps every answer, so that a repeated activity does not pay again.
        client: The model that writes.
        editor: The model that chooses between two sets; missing: one is written.
    """

    def __init__(
        self,
        state: ObjectStore,
        client: StructuredModel,
        editor: StructuredModel[ChoicesAnswer] | None = None,
    ) -> None:
        self._state = state
        self._client = client
        self._editor = editor
        self._unstored: dict[str, DraftSet] = {}
        """Paid for, and refused by the store: the next attempt in this worker stores them."""

    async def write(self, task: WriteSet, material: Material, budget: DraftBudget) -> DraftSetRef:
        """Return the stored set; what is stored already is not asked for again.

        Raises:
            DraftRefusedError: The model refused.
            UnusableAnswerError: Cut off, or not the JSON asked for, twice.
            ModelError: No answer came.
            OverBudgetError: A ceiling would be passed.
            StoreError: The store does not answer.
        """
        tasks = tasks_of(task)
        hand = self._hand(material, budget, _carrying(task.options))
        prompt, short = prompts_for_two(tasks, material)
        if hand is None:
            # Nobody reads the order of the posts from the model's cache.
            prompt = prompt_for(tasks, material)
        folder = f"sets/{task.key}/{self._digest(prompt, tasks)}"
        channels = [one.channel for one in tasks]
        ask = partial(self._asked, channels, budget, has_lessons=bool(material.lessons))
        # One after the other: the first puts all but the end into the model's cache.
        name, held = f"{folder}.json", await self._once(f"{folder}.json", partial(ask, prompt))
        if hand is None:
            return held.ref(name)
        # A model that is away is asked once more; then the set that is there is enough.
        is_repeated = activity.info().attempt > 1
        enough = (*UNASKED, LaterModelError) if is_repeated else UNASKED
        # Two sets by one prompt are alike, and which length reads better differs by source and
        # network: the editor takes the better of a full and a short post.
        try:
            other = await self._once(f"{folder}-2.json", partial(ask, short))
            choice = partial(_chosen, held, other, hand, tasks)
            name, held = f"{folder}-chosen.json", await self._once(f"{folder}-chosen.json", choice)
            if _has_rewritten(held.notes):
                check = partial(_checked, held, hand, channels)
                held = await self._once(f"{folder}-checked.json", check)
                name = f"{folder}-checked.json"
        except enough as error:
            # After a choice, what was rewritten stays in doubt.
            activity.logger.warning("the set of drafts stays as it is: %s", error)
        return held.ref(name)

    async def checked(
        self, post: PostAnswer, task: WriteDraft, material: Material, budget: DraftBudget
    ) -> Edited | None:
        """Return a post that was written alone, its sentences compared as those of a set are.

        Nothing where no editor is wanted, or none answers: the draft is there already.
        """
        note = "" if task.is_noted_by_agent else task.note
        hand = self._hand(material, budget, _carrying(task.options, note))
        if hand is None or post.is_empty:
            return None
        channels, answer_tokens_before = [task.channel], budget.answer_tokens
        found: Edited | None = None
        try:
            async with asyncio.timeout(_CHECK_WITHIN):
                limits = {task.channel.id: limits_for(task)}
                found = await hand.choose([{task.channel.id: post}], channels, limits)
                if _has_rewritten(found.notes):
                    again = await hand.check(found.posts, found.notes, channels)
                    use, cost = found.use + again.use, total((found.cost_micros, again.cost_micros))
                    found = replace(again, use=use, cost_micros=cost)
        except (*UNASKED, LaterModelError, TimeoutError) as error:
            # What was rewritten stays in doubt.
            activity.logger.warning("the check of a draft: %s", error or "it took too long")
        budget.answer_tokens = answer_tokens_before
        return found

    def _hand(self, material: Material, budget: DraftBudget, wanted: str) -> Editor | None:
        if self._editor is None:
            return None
        document, brief, persona = material.document, material.brief, material.persona
        return Editor(self._editor, budget, document, brief, persona, wanted, material.lessons)

    async def _once(self, name: str, ask: Callable[[], Awaitable[DraftSet]]) -> DraftSet:
        """Return what is stored under this name, or else ask for it and store it."""
        held = _parsed(await self._state.get(name))
        if held is None:
            held = self._unstored.get(name) or await ask()
            self._unstored[name] = held
            data = held.model_dump_json().encode()
            await self._state.put_if_absent(name, data, "application/json")
        self._unstored.pop(name, None)
        return held

    def _digest(self, prompt: Prompt, tasks: list[WriteDraft]) -> str:
        said = [self._client.model, prompt.rules, prompt.source, prompt.turns[0].whole]
        told = json.dumps([*said, *(task.channel.id for task in tasks)])
        return hashlib.sha256(told.encode()).hexdigest()

    async def _asked(
        self, channels: list[Channel], budget: DraftBudget, prompt: Prompt, *, has_lessons: bool
    ) -> DraftSet:
        budget.answer_tokens = prompt.max_tokens
        longest = min(2 * prompt.max_tokens, _LONGEST_ANSWER)
        talk = Conversation(self._client, budget, prompt, "set of drafts", longest=longest)
        answer = await talk.answer()
        labels = labels_of([one.platform for one in channels])
        said = {one.network.strip().casefold(): one for one in reversed(answer.posts)}
        posts = {
            channel.id: said[label]
            for channel, label in zip(channels, labels, strict=True)
            if label in said
        }
        if missing := len(channels) - len(posts):
            activity.logger.warning("the set of drafts lacks %d posts", missing)
        paid = talk.provenance(None)
        return DraftSet(
            posts=posts,
            model=paid.drafter,
            prompt_revision=paid.prompt_revision,
            request_id=paid.request_id,
            use=talk.usage,
            cost_micros=paid.cost_micros,
            has_lessons=has_lessons,
        )


async def _chosen(
    one: DraftSet, other: DraftSet, hand: Editor, tasks: list[WriteDraft]
) -> DraftSet:
    """Return the better draft of each channel; both sets and the choice are paid."""
    limits = {task.channel.id: limits_for(task) for task in tasks}
    edited = await hand.choose([one.posts, other.posts], [one.channel for one in tasks], limits)
    use, cost = other.use + edited.use, total((other.cost_micros, edited.cost_micros))
    return one.after(replace(edited, use=use, cost_micros=cost))


async def _checked(held: DraftSet, hand: Editor, channels: list[Channel]) -> DraftSet:
    return held.after(await hand.check(held.posts, held.notes, channels))


def _has_rewritten(notes: Mapping[str, PostNotes]) -> bool:
    return any(one.is_rewritten for each in notes.values() for one in each.statements)


def _carrying(options: CampaignOptions, note: str = "") -> str:
    """Return what the author says that carries statements: an agent's brief proves nothing."""
    brief = "" if options.review.started_by_agent else options.brief
    said = filter(None, (brief.strip(), note.strip()))
    # The request folds lines into one: two wishes stay two sentences.
    return " ".join(one if one.endswith((".", "!", "?")) else f"{one}." for one in said)


async def stored_set(state: ObjectStore, ref: DraftSetRef | None, channel: str) -> DraftSet | None:
    """Return the set if it has a usable part for a channel.

    It may have been erased or be damaged: then the draft is asked for by itself.
    """
    held = _parsed(await state.get(ref.name)) if ref else None
    part = held.posts.get(channel) if held else None
    is_usable = part is not None and (not part.is_empty or part.skip.strip())
    return held if is_usable else None


def _parsed(data: bytes | None) -> DraftSet | None:
    try:
        return DraftSet.model_validate_json(data or b"")
    except ValidationError:
        return None
