"""The editor: takes the best of several drafts for each network, and checks its sentences.

draft_sets.py calls it. One request chooses, compares every sentence of what it takes with the
source and rewrites what the source does not carry; a second, short one looks at what was
rewritten, beside the passages it rests on. What is in doubt then is left to the reviewer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from activities.budget.payments import DraftBudget
from activities.drafting.conversation import UnusableAnswerError, paid_reply
from galley.budget.ceilings import DRAFT_OUTPUT_TOKENS
from galley.drafting.answers import (
    ChoiceAnswer,
    ChoicesAnswer,
    PostAnswer,
    Prompt,
    Reply,
    StructuredModel,
    Turn,
    Verdict,
)
from galley.drafting.choices import NumberedSource, chosen, in_turn
from galley.drafting.messages import (
    WriterLimits,
    checking_rules,
    choosing_rules,
    drafts_message,
    labels_of,
    numbered_source,
    sentences_message,
)
from galley.drafting.statements import PostNotes, Statement, as_shown, numbered, passages_of
from galley.models.brand import Lesson, Persona
from galley.models.budget import TokenUse
from galley.models.channel import Channel
from galley.models.draft import FactOrigin
from galley.models.source import SourceBrief, SourceDocument
from galley.networks.registry import rules_for

_SENTENCE_TOKENS = 700
"""Of an answer, for the sentences of one post."""


@dataclass(frozen=True)
class Edited:
    """The posts that the editor took, by channel, and what it was billed."""

    posts: Mapping[str, PostAnswer]
    notes: Mapping[str, PostNotes]
    request_id: str
    use: TokenUse
    cost_micros: int | None


class Editor:
    """Chooses among drafts of one source, and checks them.

    Args:
        client: The model.
        budget: Pays for each call.
        document: The source.
        brief: Of a long source.
        persona: Whose posts they are.
        wanted: What the author wants from all posts: it carries statements too.
        lessons: What the author took and changed before.
    """

    def __init__(
        self,
        client: StructuredModel[ChoicesAnswer],
        budget: DraftBudget,
        document: SourceDocument,
        brief: SourceBrief | None = None,
        persona: Persona | None = None,
        wanted: str = "",
        lessons: Sequence[Lesson] = (),
    ) -> None:
        self._client = client
        self._budget = budget
        self._persona = persona
        self._wanted = wanted
        self._lessons = lessons
        self._passages = passages_of(document, brief)
        origin = self._passages[0].origin if self._passages else FactOrigin.SOURCE
        is_list = origin is FactOrigin.PROMPT
        text = "\n".join(document.prompts) if is_list else document.text
        language = ((persona.language if persona else "") or document.language or "en")[:2].lower()
        self._material = NumberedSource(self._passages, text, language)
        self._source = numbered_source(document, numbered(self._passages))

    async def choose(
        self,
        candidates: Sequence[Mapping[str, PostAnswer]],
        channels: Sequence[Channel],
        limits: Mapping[str, WriterLimits],
    ) -> Edited:
        """Return the drafts that the editor takes; of a post with one draft, that one.

        Args:
            candidates: Drafts by channel.
            channels: Those that are wanted.
            limits: What the writer was told, by channel.

        Raises:
            UnusableAnswerError: The editor refused, or its answer cannot be read.
            ModelError: No answer came.
            OverBudgetError: A ceiling would be passed.
        """
        labels = _labels(channels)
        shown: dict[str, tuple[PostAnswer, ...]] = {}
        for place, channel in enumerate(channels):
            parts = [one[channel.id] for one in candidates if channel.id in one]
            if usable := [part for part in parts if not part.is_empty] or parts:
                shown[channel.id] = in_turn(usable, place)
        language = self._material.language
        told = [
            (labels[id_], [as_shown(one, language) for one in each]) for id_, each in shown.items()
        ]
        prompt = Prompt(
            rules=choosing_rules(self._persona),
            source=self._source,
            turns=(Turn("user", drafts_message(told, self._wanted, self._lessons)),),
            max_tokens=DRAFT_OUTPUT_TOKENS + _SENTENCE_TOKENS * len(shown),
            is_shared=False,
        )
        said, reply, cost = await self._asked(prompt)
        edited = {
            one.id: chosen(
                shown[one.id], said.get(labels[one.id]), self._material, fits_of(one, limits)
            )
            for one in channels
            if one.id in shown
        }
        return Edited(
            posts={id_: post for id_, (post, _) in edited.items()},
            notes={id_: notes for id_, (_, notes) in edited.items()},
            request_id=reply.request_id,
            use=reply.usage,
            cost_micros=cost,
        )

    async def check(
        self,
        posts: Mapping[str, PostAnswer],
        notes: Mapping[str, PostNotes],
        channels: Sequence[Channel],
    ) -> Edited:
        """Return the posts with what the editor finds of its own rewritten sentences.

        What it says nothing of stays in doubt. Errors as :meth:`choose`.
        """
        labels = _labels(channels)
        asked = {
            id_: statements
            for id_, each in notes.items()
            if (statements := [one for one in each.statements if one.is_rewritten])
        }
        told = [(labels[id_], [one.words for one in each]) for id_, each in asked.items()]
        near = numbered(self._passages, _near(asked.values()))
        prompt = Prompt(
            rules=checking_rules(self._persona),
            source=numbered_source(None, near),
            turns=(Turn("user", sentences_message(told, self._wanted)),),
            is_shared=False,
        )
        said, reply, cost = await self._asked(prompt)
        judged = {
            id_: _judged(each, answer)
            for id_, each in asked.items()
            if (answer := said.get(labels[id_])) is not None
        }
        return Edited(
            posts=posts,
            notes={id_: each.with_verdicts(judged.get(id_, {})) for id_, each in notes.items()},
            request_id="",
            use=reply.usage,
            cost_micros=cost,
        )

    async def _asked(
        self, prompt: Prompt
    ) -> tuple[dict[str, ChoiceAnswer], Reply[ChoicesAnswer], int | None]:
        self._budget.answer_tokens = prompt.max_tokens
        reply, cost = await paid_reply(self._client, self._budget, prompt)
        if reply.answer is None:
            detail = f"The editor's answer is {reply.kind}. {reply.detail}"
            raise UnusableAnswerError(detail.strip())
        said = {one.network.strip().casefold(): one for one in reply.answer.choices}
        return said, reply, cost


def total(costs: Iterable[int | None]) -> int | None:
    """Return the sum of costs; one unknown price makes it unknown."""
    known = list(costs)
    return None if None in known else sum(one or 0 for one in known)


def _near(asked: Iterable[Sequence[Statement]]) -> frozenset[int]:
    """Return the passages that sentences rest on, with one on either side."""
    named = {one.passage for each in asked for one in each if one.passage}
    return frozenset(near for at in named for near in (at - 1, at, at + 1))


def _labels(channels: Sequence[Channel]) -> dict[str, str]:
    names = labels_of([one.platform for one in channels])
    return {channel.id: name for channel, name in zip(channels, names, strict=True)}


def _judged(statements: Sequence[Statement], answer: ChoiceAnswer) -> dict[str, Verdict]:
    """Return what was found of rewritten sentences, by their words."""
    return {
        statements[said.sentence - 1].words: said.verdict
        for said in answer.sentences
        if 0 < said.sentence <= len(statements)
    }


def fits_of(channel: Channel, limits: Mapping[str, WriterLimits]) -> Callable[[str, str], bool]:
    """Return what says whether the text of a field is within what its writer was told."""
    told, rules = limits[channel.id], rules_for(channel.platform)

    def fits(field: str, text: str) -> bool:
        # A body may become a thread; a post of a thread is one.
        limit = told.whole if field == "body" and told.whole else told.body
        return rules.measure(text) <= limit

    return fits
