"""What reviewers do is learned once, kept, and given to the next campaign."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import ActivityEnvironment, TimeSkipper
from temporalio.worker import Worker

from activities.drafting.voice import VoiceAddress, VoiceGateway
from galley.clients.storage import ObjectStore
from galley.models.brand import (
    ForgetLessons,
    Forgotten,
    Learn,
    Lesson,
    LessonBook,
    LessonKind,
    PersonaRef,
    RecalledLessons,
    RecallLessons,
    TeachVoice,
    VoiceInput,
    VoiceView,
)
from galley.models.draft import DraftEdit
from galley.models.post import PostState
from galley.models.review import DecisionKind
from tests.bounded_worker import BoundedWorker
from tests.drafting.making import lesson
from tests.workflows.harness import Harness, decide, decision, open_harness, reaches, record, until
from tests.workflows.world import channel
from workflows import ids
from workflows.voice import VoiceWorkflow

pytestmark = pytest.mark.server

HOUSE = PersonaRef(brand="The Proof Room", sha256="0" * 64)
Voice = WorkflowHandle[VoiceWorkflow, None]


def voice_of(harness: Harness, brand: str = "") -> Voice:
    name = ids.voice_id(brand or f"@{harness.organization_id}")
    return harness.client.get_workflow_handle_for(VoiceWorkflow.run, name)


async def knows(voice: Voice, count: int = 1) -> tuple[Lesson, ...]:
    """Wait until the voice knows that many lessons."""

    async def read() -> VoiceView:
        try:
            return await voice.query(VoiceWorkflow.view)
        except RPCError:
            return VoiceView(brand="not there yet")

    return (await until(read, lambda view: len(view.lessons) >= count)).lessons


def edit(text: str, revision: int = 1) -> Any:  # noqa: ANN401 - a Decision
    return decision(DecisionKind.EDIT, revision, edit=DraftEdit(text=text))


async def scheduled(handle: Any) -> list[str]:  # noqa: ANN401 - any run
    """Return the names of the activities of a run."""
    events = (await handle.fetch_history()).events
    found = [e.activity_task_scheduled_event_attributes for e in events]
    return [one.activity_type.name for one in found if one.activity_id]


# What a post teaches


async def test_an_edit_is_learned_when_it_is_approved(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        await decide(post, edit("First try"))
        await decide(post, edit("Second try", 2))
        await decide(post, decision(DecisionKind.APPROVE, 3))
        await post.result()

        (learned,) = await knows(voice_of(harness))

        assert learned.kind is LessonKind.EDITED
        assert learned.before == "A title on x-main"
        assert (learned.after, learned.revision) == ("Second try", 3)
        assert learned.post_key == post.id.removeprefix("post:")
        await voice_of(harness).terminate()


async def test_a_post_says_where_its_review_could_not_teach_the_voice(
    temporal: Client, state_store: ObjectStore
) -> None:
    nowhere = Client(
        temporal.service_client, namespace="nowhere", data_converter=temporal.data_converter
    )
    x = channel("x-main")
    async with open_harness(temporal, state_store, x, voices=nowhere) as harness:
        post = await harness.start_post()
        await decide(post, decision(DecisionKind.REJECT, note="drier"))
        result = await post.result()
        await record("taught-in-vain", post)

        assert result.view.state is PostState.REJECTED
        assert result.view.notice.startswith("What this review taught was not learned")


async def test_a_post_approved_unchanged_costs_nothing(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        await decide(post, decision(DecisionKind.APPROVE))
        await post.result()

        assert "teach_voice" not in await scheduled(post)
        with pytest.raises(RPCError, match="not found"):
            await voice_of(harness).describe()


async def test_an_edit_that_is_taken_back_teaches_nothing(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        await decide(post, edit("Something else"))
        await decide(post, edit("A title on x-main", 2))
        await decide(post, decision(DecisionKind.APPROVE, 3))
        await post.result()

        assert "teach_voice" not in await scheduled(post)


async def test_a_pick_is_learned_with_what_was_not_taken_and_no_edit_is_seen_in_it(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post(variants=2)
        await decide(post, decision(DecisionKind.APPROVE, pick=2, note="sharper"))
        await post.result()

        (learned,) = await knows(voice_of(harness))

        assert learned.kind is LessonKind.PICKED
        assert (learned.before, learned.after, learned.reason) == (
            "A title on x-main",
            "A title on x-main #2",
            "sharper",
        )


async def test_an_edit_of_a_picked_variant_is_compared_with_that_variant(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post(variants=2)
        await decide(post, edit("My words").model_copy(update={"pick": 2}))
        await decide(post, decision(DecisionKind.APPROVE, 2))
        await post.result()

        picked, edited = await knows(voice_of(harness), 2)

        assert (picked.kind, edited.kind) == (LessonKind.PICKED, LessonKind.EDITED)
        assert (edited.before, edited.after) == ("A title on x-main #2", "My words")


async def test_a_rejection_is_learned_by_its_reason(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("one"), channel("two")) as harness:
        one, two = [await harness.begin_post(each) for each in harness.buffer.channels]
        for post, note in ((one, ""), (two, "too smooth")):
            await reaches(post, PostState.IN_REVIEW)
            await decide(post, decision(DecisionKind.REJECT, note=note))
            await post.result()

        (learned,) = await knows(voice_of(harness))

        assert learned.kind is LessonKind.REJECTED
        assert (learned.before, learned.reason) == ("A title on two", "too smooth")
        assert "teach_voice" not in await scheduled(one)
        await voice_of(harness).terminate()


async def test_what_was_asked_of_a_new_draft_is_learned_with_the_edits_of_it(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()
        await decide(post, decision(DecisionKind.REGENERATE, note="drier"))
        await reaches(post, PostState.IN_REVIEW)
        await decide(post, edit("A title, drier", 2))
        await decide(post, decision(DecisionKind.APPROVE, 3))
        await post.result()

        refused, edited = await knows(voice_of(harness), 2)

        assert (refused.kind, refused.reason) == (LessonKind.REJECTED, "drier")
        assert refused.before == "A title on x-main"
        assert edited.before == "A title on x-main, drier"
        assert edited.after == "A title, drier"
        assert (await scheduled(post)).count("teach_voice") == 1
        await voice_of(harness).terminate()


async def test_an_edit_after_approval_is_learned_when_it_is_approved(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.publishes = False
        post = await harness.start_post()
        await decide(post, decision(DecisionKind.APPROVE))
        await reaches(post, PostState.SCHEDULED, PostState.LATE)
        await decide(post, edit("Better words"))
        await decide(post, decision(DecisionKind.APPROVE, 2))

        (learned,) = await knows(voice_of(harness))

        assert learned.before == "A title on x-main"
        assert learned.after == "Better words"
        await voice_of(harness).terminate()
        await post.terminate()


# What the next campaign is given


async def test_the_next_campaign_of_the_brand_is_given_the_lessons(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post(persona=HOUSE)
        await decide(post, decision(DecisionKind.REJECT, note="too smooth"))
        await post.result()
        voice = voice_of(harness, "the-proof-room")
        await knows(voice)

        again = await harness.start(persona=HOUSE, key="again")
        other = await harness.start(key="other")
        await until(lambda: _asked(harness), lambda count: count == 3)

        first, second, third = (task.lessons for task in harness.studio.asked)
        assert (first, third, other.lessons) == (None, None, None)
        assert second is not None
        assert second == again.lessons
        assert second.count == 1
        data = await harness.store.get(f"lessons/{second.sha256}.json")
        book = LessonBook.model_validate_json(data or b"")
        assert [one.reason for one in book.lessons] == ["too smooth"]
        await voice.terminate()
        for handle in again, other:
            for shown in handle.posts:
                await harness.post(shown.workflow_id).terminate()


async def _asked(harness: Harness) -> int:
    return len(harness.studio.asked)


async def test_a_campaign_goes_on_without_a_voice_that_does_not_answer(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        # Nobody polls its queue.
        voice = voice_of(harness)
        start = VoiceInput(brand=f"@{harness.organization_id}")
        await temporal.start_workflow(
            VoiceWorkflow.run, start, id=voice.id, task_queue=f"{harness.queue}-nobody"
        )

        view = await harness.start()

        assert view.lessons is None
        assert len(view.posts) == 1
        (note,) = view.notes
        assert note == ("Drafts are written without what reviews taught: the voice did not answer.")
        await voice.terminate()
        await harness.post(view.posts[0].workflow_id).terminate()


async def test_there_is_nothing_to_say_where_there_is_no_voice_yet(
    temporal: Client, state_store: ObjectStore
) -> None:
    address = VoiceAddress("VoiceWorkflow", "nobody", ids.voice_id)
    gate = VoiceGateway(temporal, address, state_store)

    found = await ActivityEnvironment().run(
        gate.recall_lessons, RecallLessons(brand="not-heard-of")
    )

    assert found == RecalledLessons()


# The voice itself


def working(client: Client, queue: str) -> Worker:
    return BoundedWorker(client, task_queue=queue, workflows=[VoiceWorkflow])


async def opened(client: Client, queue: str, events: int = 500) -> Voice:
    return await client.start_workflow(
        VoiceWorkflow.run,
        VoiceInput(brand=queue, events_per_run=events),
        id=ids.voice_id(queue),
        task_queue=queue,
    )


async def runs_of(client: Client, voice: Voice) -> int:
    query = f'WorkflowId="{voice.id}"'
    return len([one async for one in client.list_workflows(query)])


async def handed_to(client: Client, voice: Voice) -> VoiceInput:
    """Return what the latest run was begun with."""
    begun = (await voice.fetch_history()).events[0]
    payloads = begun.workflow_execution_started_event_attributes.input.payloads
    (found,) = await client.data_converter.decode(payloads, [VoiceInput])
    return found


async def forget(voice: Voice, post_key: str = "") -> int:
    told: Forgotten = await voice.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
        "forget", ForgetLessons(post_key=post_key), result_type=Forgotten
    )
    return told.count


async def test_nothing_is_lost_or_doubled_while_it_goes_on_anew(clock: TimeSkipper) -> None:
    client, queue = clock.client, f"q-{uuid.uuid4().hex[:8]}"
    with clock.with_time_skipping_disabled():
        async with working(client, queue):
            voice = await opened(client, queue, events=12)
            # Each lesson is told twice, by many at once, across several runs.
            told = [lesson(n % 60) for n in range(120)]
            for some in (told[:50], told[50:90], told[90:]):
                await asyncio.gather(
                    *(voice.signal(VoiceWorkflow.learn, Learn(lessons=(one,))) for one in some)
                )

            kept = await knows(voice, 60)

            assert sorted(one.id for one in kept) == sorted(lesson(n).id for n in range(60))
            assert await runs_of(client, voice) > 1
            await voice.terminate()


async def test_what_is_forgotten_is_in_no_later_run_and_does_not_come_back(
    temporal: Client,
) -> None:
    queue = f"q-{uuid.uuid4().hex[:8]}"
    async with working(temporal, queue):
        voice = await opened(temporal, queue)
        some = Learn(lessons=(lesson(1), lesson(2, before="a secret plan"), lesson(3)))
        await voice.signal(VoiceWorkflow.learn, some)

        of_one = await forget(voice, "key:2")
        await voice.signal(VoiceWorkflow.learn, some)
        kept = await knows(voice, 2)
        handed = await handed_to(temporal, voice)
        await record("learned", voice)
        rest = await forget(voice)

        assert (of_one, rest) == (1, 2)
        assert [one.post_key for one in kept] == ["key:1", "key:3"]
        assert (await voice.query(VoiceWorkflow.view)).lessons == ()
        assert [one.post_key for one in handed.state.lessons] == ["key:1", "key:3"]
        assert await forget(voice) == 0
        await voice.terminate()


async def test_a_signal_that_starts_the_voice_may_be_sent_again(
    temporal: Client, state_store: ObjectStore
) -> None:
    queue = f"q-{uuid.uuid4().hex[:8]}"
    gate = VoiceGateway(temporal, VoiceAddress("VoiceWorkflow", queue, ids.voice_id), state_store)
    task = TeachVoice(brand=queue, name="Ours", lessons=(lesson(1), lesson(2)))
    async with working(temporal, queue):
        for _ in range(3):
            await ActivityEnvironment().run(gate.teach_voice, task)
        voice = temporal.get_workflow_handle_for(VoiceWorkflow.run, ids.voice_id(queue))

        kept = await knows(voice, 2)
        recalled = await ActivityEnvironment().run(gate.recall_lessons, RecallLessons(brand=queue))

        assert kept == (lesson(1), lesson(2))
        assert recalled.lessons is not None
        assert recalled.lessons.count == 2
        await voice.terminate()


async def test_a_review_that_expires_teaches_what_was_said_in_it(
    clock: TimeSkipper, state_store: ObjectStore
) -> None:
    async with open_harness(clock.client, state_store, channel("x-main")) as harness:
        with clock.with_time_skipping_disabled():
            week = timedelta(days=7)
            post = await harness.start_post(expires_after=week)
            await decide(post, decision(DecisionKind.REGENERATE, note="drier"))
            await reaches(post, PostState.IN_REVIEW)

        await clock.fast_forward(post, timedelta(days=8))
        await post.result()
        with clock.with_time_skipping_disabled():
            (learned,) = await knows(voice_of(harness))

        assert learned.reason == "drier"
        await voice_of(harness).terminate()


# Names


def test_a_brand_is_known_by_its_words_and_brands_are_kept_apart() -> None:
    assert ids.brand_of("The  Proof Room", "org") == "the-proof-room"
    assert ids.brand_of("the proof room", "org") == "the-proof-room"
    assert ids.brand_of("B\u00dcCHER", "org") == "b\u00fccher"
    assert ids.brand_of(None, "abc123") == "@abc123"
    others = {ids.brand_of(name, "org") for name in ("C", "C++", "C#", "\U0001f980")}
    assert len(others) == 4
    assert not any(one.startswith("@") for one in others)
