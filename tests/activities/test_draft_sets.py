"""The posts of a campaign come from one request, and each is held to its network's rules."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from typing_extensions import override

from activities.drafting.conversation import source_text
from activities.drafting.draft_sets import DraftSet, Material, prompts_for_two, tasks_of
from activities.drafting.drafts import ModelDrafting
from galley.budget.ceilings import MOST_IN_SET
from galley.clients.anthropic import ChoosingClient, DraftClient
from galley.clients.storage import StoreUnavailableError
from galley.drafting.answers import (
    ChangeAnswer,
    ChoiceAnswer,
    ChoicesAnswer,
    DraftAnswer,
    LaterModelError,
    Prompt,
    Reply,
    ReplyKind,
    SentenceAnswer,
    Verdict,
)
from galley.drafting.prompt_files import load_prompts
from galley.models.channel import Channel
from galley.models.draft import (
    Doubt,
    DraftReply,
    DraftSetRef,
    FactKind,
    FactOrigin,
    WriteDraft,
    WriteSet,
)
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.networks.registry import rules_for
from tests.activities.test_drafting import article, channel, stored
from tests.anthropic_emulator import anthropic_emulator, order_fault
from tests.asking import asked
from tests.emulator_process import clear_faults
from tests.memory_store import MemoryStore

pytestmark = pytest.mark.server

CHANNELS = tuple(channel(platform) for platform in Platform)
KEY = "aa11"


class Store(MemoryStore):
    """A store that can refuse a set, and in which a test can write over one."""

    refusals = 0

    @override
    async def put_if_absent(
        self, name: str, data: bytes, mime: str, *, cache_control: str = "", same: bool = False
    ) -> bool:
        if name.startswith("sets/") and self.refusals:
            self.refusals -= 1
            raise StoreUnavailableError("The store is away.")
        return await super().put_if_absent(name, data, mime)

    @override
    async def names(self, prefix: str) -> tuple[str, ...]:
        return tuple(name for name in self._objects if name.startswith(prefix))

    @override
    async def delete(self, name: str) -> None:
        self._objects.pop(name, None)

    async def change(self, ref: DraftSetRef, one: Channel, **fields: object) -> None:
        """Change the part of a channel, as if the model had answered so."""
        held = DraftSet.model_validate_json(await self.get(ref.name) or b"")
        held.posts[one.id] = held.posts[one.id].model_copy(update=fields)
        await self.overwrite(ref.name, held)

    async def drop(self, ref: DraftSetRef, one: Channel) -> None:
        held = DraftSet.model_validate_json(await self.get(ref.name) or b"")
        del held.posts[one.id]
        await self.overwrite(ref.name, held)

    async def overwrite(self, name: str, held: DraftSet) -> None:
        await self.delete(name)
        await self.put_if_absent(name, held.model_dump_json().encode(), "application/json")


class Counting(DraftClient):
    """A model that counts its calls."""

    calls = 0

    @override
    async def write(self, prompt: Prompt) -> Reply[DraftAnswer]:
        self.calls += 1
        return await super().write(prompt)


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def model(emulator: str) -> AsyncIterator[Counting]:
    clear_faults(emulator)
    client = Counting(api_key="k", base_url=emulator, model="claude-sonnet-5-5")
    yield client
    await client.aclose()


@pytest.fixture
def drafting(model: Counting, store: Store) -> ModelDrafting:
    return ModelDrafting(store, model)


async def order(
    store: Store,
    *channels: Channel,
    options: CampaignOptions | None = None,
    text: str | None = None,
) -> WriteSet:
    source = await stored(store, article(text))
    return WriteSet(
        key=KEY, source=source, planned=channels or CHANNELS, options=options or asked()
    )


async def together(drafting: ModelDrafting, task: WriteSet) -> DraftSetRef:
    return await ActivityEnvironment().run(drafting.write_set, task)


async def part(
    drafting: ModelDrafting, task: WriteSet, ref: DraftSetRef, one: Channel
) -> DraftReply:
    draft = WriteDraft(
        source=task.source,
        channel=one,
        options=task.options,
        draft_set=ref,
        post_key=f"{KEY}:{one.id}",
    )
    return await ActivityEnvironment().run(drafting.write_draft, draft)


async def test_one_request_writes_a_fitting_post_for_every_network(
    drafting: ModelDrafting, store: Store, model: Counting
) -> None:
    task = await order(store)

    ref = await together(drafting, task)
    replies = [await part(drafting, task, ref, one) for one in CHANNELS]

    assert model.calls == 1
    assert [reply.problems for reply in replies if reply.problems] == []
    openings = [reply.draft.text.partition("\n")[0] for reply in replies]
    assert len(set(openings)) == len(openings)
    origins = {
        (one.provenance.set_size, one.provenance.prompt_revision, one.provenance.request_id)
        for one in replies
    }
    ((size, revision, request),) = origins
    assert (size, revision) == (len(Platform), load_prompts().revision)
    assert request.startswith("req_")
    held = DraftSet.model_validate_json(await store.get(ref.name) or b"")
    told = sum(one.provenance.input_tokens for one in replies)
    assert held.use.input_tokens - len(Platform) < told <= held.use.input_tokens


async def test_a_set_that_is_stored_is_not_asked_for_again(
    drafting: ModelDrafting, store: Store, model: Counting
) -> None:
    task = await order(store)
    first = await together(drafting, task)

    again = await together(ModelDrafting(store, model), task)
    other = await together(drafting, task.model_copy(update={"options": asked(brief="Be dry.")}))

    assert again == first != other
    assert model.calls == 2


class Editor(ChoosingClient):
    """An editor that takes the second draft, or fails as told."""

    calls = 0
    kind = ReplyKind.OK
    is_away = False

    @override
    async def write(self, prompt: Prompt) -> Reply[ChoicesAnswer]:
        self.calls += 1
        if self.is_away:
            raise LaterModelError("Overloaded.", may_be_billed=False)
        told = await super().write(prompt)
        assert told.answer is not None
        choices = [
            one.model_copy(update={"draft": 1 + place % 2})
            for place, one in enumerate(told.answer.choices, start=1)
        ]
        answer = ChoicesAnswer(choices=choices) if self.kind is ReplyKind.OK else None
        return replace(told, kind=self.kind, answer=answer)


@pytest.fixture
async def editor(emulator: str) -> AsyncIterator[Editor]:
    client = Editor(api_key="k", base_url=emulator, model="claude-sonnet-5-5")
    yield client
    await client.aclose()


async def test_an_editor_takes_the_best_of_two_sets_and_each_is_paid_for_once(
    store: Store, model: Counting, editor: Editor
) -> None:
    task = await order(store)
    drafting = ModelDrafting(store, model, editor=editor)

    ref = await together(drafting, task)
    again = await together(ModelDrafting(store, model, editor=editor), task)

    assert again == ref
    assert (model.calls, editor.calls) == (2, 1)
    assert ref.posts == len(CHANNELS)
    held = DraftSet.model_validate_json(await store.get(ref.name) or b"")
    stored_sets = [
        DraftSet.model_validate_json(await store.get(name) or b"")
        for name in await store.names("sets/")
    ]
    alone = [one for one in stored_sets if one.request_id != held.request_id]
    assert len(alone) == 2
    assert held.use.input_tokens > sum(one.use.input_tokens for one in alone)
    second = DraftSet.model_validate_json(await store.get(ref.name.replace("-chosen", "-2")) or b"")
    assert held.posts == second.posts
    assert (await part(drafting, task, ref, CHANNELS[0])).problems == ()


async def test_an_editor_that_is_away_is_asked_once_more_and_then_done_without(
    store: Store, model: Counting, editor: Editor
) -> None:
    task = await order(store)
    editor.is_away = True
    drafting = ModelDrafting(store, model, editor=editor)
    environment = ActivityEnvironment()

    with pytest.raises(ApplicationError) as told:
        await environment.run(drafting.write_set, task)
    environment.info = replace(environment.info, attempt=2)
    ref = await environment.run(drafting.write_set, task)

    assert not told.value.non_retryable
    assert (model.calls, editor.calls) == (2, 2)
    assert ref == await together(ModelDrafting(store, model), task)


async def test_the_short_set_reads_all_but_its_own_words_from_the_models_cache(
    store: Store, emulator: str
) -> None:
    # Nobody else's key, for what is in a cache belongs to one.
    model = Counting(api_key="of this test", base_url=emulator, model="claude-sonnet-5-5")
    task = await order(store, *CHANNELS)
    full, short = prompts_for_two(
        tasks_of(task), Material(await source_text(store, task.source.sha256))
    )
    [asked_first], [asked_then] = full.turns, short.turns

    first, then = await model.write(full), await model.write(short)

    assert (asked_first.text, asked_then.shared) == ("", asked_first.shared)
    assert then.usage.cached_tokens == first.usage.cache_written_tokens > 0
    assert then.usage.cache_written_tokens == 0
    own = then.usage.input_tokens - then.usage.cached_tokens
    assert own < first.usage.input_tokens // 10
    await model.aclose()


class Strict(Editor):
    """An editor that rewrites the first sentence of the body of each post.

    Then it says what it is told to say of what it wrote; or it is away.
    """

    verdict = Verdict.STATED
    is_away_then = False
    asked = ""

    @override
    async def write(self, prompt: Prompt) -> Reply[ChoicesAnswer]:
        self.asked = prompt.turns[0].text
        is_check = prompt.turns[0].text.startswith("Check these sentences.")
        if is_check and self.is_away_then:
            raise LaterModelError("Overloaded.", may_be_billed=False)
        told = await super().write(prompt)
        assert told.answer is not None
        choices: list[ChoiceAnswer] = []
        for one in told.answer.choices:
            drafts, at = (1, 1) if is_check else _last_body(prompt.turns[0].text, one.network)
            said = SentenceAnswer(
                sentence=at, passage=1, verdict=self.verdict if is_check else Verdict.MISSING
            )
            change = ChangeAnswer(sentence=at, replace="Open all day.")
            changes = [] if is_check else [change]
            fields = {"draft": drafts, "sentences": [said], "changes": changes}
            choices.append(one.model_copy(update=fields))
        return replace(told, answer=ChoicesAnswer(choices=choices))


def _last_body(message: str, network: str) -> tuple[int, int]:
    """Return how many drafts there are, and the number of the last one's first sentence."""
    drafts = message.partition(f"## {network}\n")[2].split("Draft ")
    told = re.search(r"(?m)^body: \[(\d+)\]", drafts[-1])
    assert told is not None
    return len(drafts) - 1, int(told[1])


async def strictly(
    store: Store,
    model: Counting,
    emulator: str,
    verdict: Verdict,
    *,
    is_away_then: bool = False,
    is_alone: bool = False,
) -> tuple[DraftReply, int]:
    x = channel(Platform.X)
    task = await order(store, x)
    editor = Strict(api_key="k", base_url=emulator, model="claude-sonnet-5-5")
    editor.verdict, editor.is_away_then = verdict, is_away_then
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=2)
    drafting = ModelDrafting(store, model, editor=editor)
    if is_alone:
        single = WriteDraft(source=task.source, channel=x, options=task.options)
        reply = await environment.run(drafting.write_draft, single)
    else:
        ref = await environment.run(drafting.write_set, task)
        reply = await part(drafting, task, ref, x)
    await editor.aclose()
    return reply, model.calls


@pytest.mark.parametrize("is_alone", [False, True])
async def test_what_was_rewritten_and_is_carried_now_is_a_fact_with_its_passage(
    store: Store, model: Counting, emulator: str, *, is_alone: bool
) -> None:
    reply, calls = await strictly(store, model, emulator, Verdict.STATED, is_alone=is_alone)

    assert reply.draft.text.startswith("Open all day.")
    assert reply.problems == ()
    (fact,) = (one for one in reply.facts if one.kind is FactKind.STATEMENT)
    assert (fact.origin, fact.doubt, fact.place) == (FactOrigin.SOURCE, None, "text")
    assert fact.source_end > fact.source_start
    # Two sets, or one draft, and no repair.
    assert calls == (1 if is_alone else 2)


async def test_brief_and_note_are_two_sentences_for_whoever_checks_a_draft(
    store: Store, model: Counting, emulator: str
) -> None:
    task = await order(store, channel(Platform.X), options=asked(brief="We ship on Fridays\n"))
    single = WriteDraft(
        source=task.source, channel=task.planned[0], options=task.options, note="Shorter, please!"
    )
    editor = Strict(api_key="k", base_url=emulator, model="claude-sonnet-5-5")

    drafting = ModelDrafting(store, model, editor=editor)
    await ActivityEnvironment().run(drafting.write_draft, single)
    await editor.aclose()

    assert "words: We ship on Fridays. Shorter, please!\n" in editor.asked


async def test_the_check_of_a_draft_written_alone_counts_into_its_tokens(
    store: Store, model: Counting, emulator: str
) -> None:
    checked, _ = await strictly(store, model, emulator, Verdict.STATED, is_alone=True)
    task = await order(store, channel(Platform.X))
    single = WriteDraft(source=task.source, channel=task.planned[0], options=task.options)
    plain = await ActivityEnvironment().run(ModelDrafting(store, model).write_draft, single)

    assert checked.provenance.input_tokens > plain.provenance.input_tokens
    assert checked.provenance.drafter == plain.provenance.drafter


@pytest.mark.parametrize("is_alone", [False, True])
@pytest.mark.parametrize("is_away_then", [False, True])
async def test_what_is_not_carried_after_one_rewriting_is_a_claim_and_nothing_approves_itself(
    store: Store, model: Counting, emulator: str, *, is_away_then: bool, is_alone: bool
) -> None:
    reply, calls = await strictly(
        store, model, emulator, Verdict.MISSING, is_away_then=is_away_then, is_alone=is_alone
    )

    (claim,) = reply.problems
    assert (claim.rule, claim.is_claim) == ("statements_from_source", True)
    assert "Open all day." in claim.message
    assert "The source says:" in claim.message
    assert reply.facts[0].doubt is Doubt.MISSING
    assert calls == (1 if is_alone else 2)


@pytest.mark.parametrize("kind", [ReplyKind.REFUSED, ReplyKind.INVALID, ReplyKind.CUT_OFF])
async def test_without_a_choice_the_first_set_stands(
    store: Store, model: Counting, editor: Editor, kind: ReplyKind
) -> None:
    task = await order(store)
    editor.kind = kind

    ref = await together(ModelDrafting(store, model, editor=editor), task)

    assert ref == await together(ModelDrafting(store, model), task)
    assert model.calls == 2


async def test_an_answer_that_the_store_refused_is_stored_later_and_paid_for_once(
    drafting: ModelDrafting, store: Store, model: Counting
) -> None:
    task = await order(store)
    store.refusals = 1
    with pytest.raises(ApplicationError) as caught:
        await together(drafting, task)

    ref = await together(drafting, task)

    assert (caught.value.type, caught.value.non_retryable) == ("StoreError", False)
    assert ref.posts == len(CHANNELS)
    assert model.calls == 1


async def test_a_part_that_breaks_a_rule_is_mended_alone_and_reads_the_source_from_the_cache(
    drafting: ModelDrafting, store: Store, model: Counting
) -> None:
    # A model caches no short prompt.
    text = "\n\n".join(f"The ferry of pier {n} sold tickets all winter long." for n in range(200))
    x, threads = channel(Platform.X), channel(Platform.THREADS)
    task = await order(store, x, threads, text=text)
    ref = await together(drafting, task)
    await store.change(ref, x, body="word " * 80)

    mended, whole = [await part(drafting, task, ref, one) for one in (x, threads)]

    assert mended.problems == whole.problems == ()
    assert model.calls == 2
    assert whole.provenance.cached_tokens == 0
    assert mended.provenance.cached_tokens > 0.7 * (
        mended.provenance.input_tokens - whole.provenance.input_tokens
    )


@pytest.mark.parametrize("loss", ["missing", "empty", "erased"])
async def test_a_post_without_a_usable_part_is_asked_for_by_itself(
    drafting: ModelDrafting, store: Store, model: Counting, loss: str
) -> None:
    x, threads = channel(Platform.X), channel(Platform.THREADS)
    task = await order(store, x, threads)
    ref = await together(drafting, task)
    match loss:
        case "missing":
            await store.drop(ref, x)
        case "empty":
            await store.change(ref, x, body=" ")
        case _:
            await store.delete(ref.name)

    reply = await part(drafting, task, ref, x)

    assert reply.problems == ()
    assert reply.provenance.set_size == 0
    assert model.calls == 2


async def test_two_channels_of_a_network_get_two_posts(
    drafting: ModelDrafting, store: Store, model: Counting
) -> None:
    one = channel(Platform.X)
    other = one.model_copy(update={"id": "other", "name": "The other"})
    task = await order(store, one, other)
    ref = await together(drafting, task)

    texts = {(await part(drafting, task, ref, each)).draft.text for each in (one, other)}

    assert len(texts) == 2
    assert model.calls == 1


async def test_a_channel_beyond_the_most_of_one_request_asks_for_itself(
    drafting: ModelDrafting, store: Store, model: Counting
) -> None:
    x = channel(Platform.X)
    many = [x.model_copy(update={"id": f"c{n}"}) for n in range(MOST_IN_SET + 1)]
    task = await order(store, *many)
    ref = await together(drafting, task)

    sizes = [(await part(drafting, task, ref, one)).provenance.set_size for one in many[-2:]]

    assert ref.posts == MOST_IN_SET
    assert sizes == [MOST_IN_SET, 0]
    assert model.calls == 2


async def test_further_variants_of_a_part_are_asked_for_by_its_post(
    drafting: ModelDrafting, store: Store, model: Counting
) -> None:
    x = channel(Platform.X)
    task = await order(store, x, options=asked(variants=3))
    ref = await together(drafting, task)

    reply = await part(drafting, task, ref, x)

    openings = {one.draft.text.partition("\n")[0] for one in reply.variants}
    assert len(openings) == 3
    assert model.calls == 2


@pytest.mark.parametrize("platform", [Platform.X, Platform.INSTAGRAM])
async def test_a_network_that_the_material_does_not_suit_is_proposed_to_be_left_out(
    drafting: ModelDrafting, store: Store, model: Counting, platform: Platform
) -> None:
    one = channel(platform)
    task = await order(store, one)
    ref = await together(drafting, task)
    why = "A table of fares says nothing here: see https://evil.example or ask @evil."
    await store.change(ref, one, body="", skip=why)
    assert (await together(drafting, task)).skips == 1

    reply = await part(drafting, task, ref, one)

    (problem,) = reply.problems
    assert reply.is_skip
    assert problem.rule == "skip"
    assert rules_for(platform).name in problem.message
    assert "A table of fares says nothing here" in problem.message
    assert "evil.example" not in problem.message
    assert "@" not in problem.message
    assert model.calls == 1


async def test_a_refused_set_is_final_and_a_limit_is_tried_again(
    drafting: ModelDrafting, store: Store, emulator: str
) -> None:
    task = await order(store)
    for fault, kind, is_final in (
        ("refusal", "DraftRefused", True),
        ("http_429", "DraftingError", False),
    ):
        order_fault(emulator, fault)
        with pytest.raises(ApplicationError) as caught:
            await together(drafting, task)
        assert (caught.value.type, caught.value.non_retryable) == (kind, is_final)
