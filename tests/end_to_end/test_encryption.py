"""What Temporal keeps of a campaign cannot be read without the key: not one word."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from app.records.payload_keys import payloads_in
from galley.clients.payloads import converter_of, id_of, parse_keyring
from galley.models.brand import ForgetLessons, Forgotten, Lesson, LessonKind, VoiceInput, VoiceState
from galley.models.network import Platform
from galley.models.post import PostState
from tests.end_to_end.campaigns import Campaign, begin, confirm
from tests.end_to_end.stack import Stack, Told
from tests.end_to_end.waiting import until
from tests.serving import answering, serving
from workflows import ids
from workflows.voice import VoiceWorkflow

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

FIRST, SECOND, OTHER = (
    base64.b64encode(hashlib.sha256(name).digest()).decode()
    for name in (b"first", b"second", b"other")
)
PLAIN_TOWN, TOWN = "Porthleven", "Zennor"
NOTE, REVIEWER, VOICE = "quixotically", "quillfeather", "laconically"
GONE, SAID = "vanishedbroadsheet", "anyone can open"
FEED, LESSON = "pilchardgazette", "unflappably"
SECRETS = (TOWN, NOTE, REVIEWER, VOICE, GONE, SAID, FEED, LESSON)
"""Of the source and all drafts, a note, a name, the persona, an address, an error, a
feed, and what a voice hands on to its next run."""
PERSONA = f"brand: Tidal\nvoice: {VOICE}\n"


def key_id(key: str) -> str:
    return id_of(base64.b64decode(key))


@pytest.fixture(scope="module", name="site")
async def _site() -> AsyncIterator[str]:
    gone = answering(b"gone", status="404 Not Found")
    item = f"<item><guid>1</guid><title>{FEED}</title><link>https://a.example</link></item>"
    channel = f"<channel><title>{FEED}</title>{item}</channel>"
    told = f"<rss version='2.0'>{channel}</rss>"
    feed = answering(told.encode(), content_type="application/rss+xml")

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        await (feed if FEED in path else gone)(path, writer)

    async with serving(answer) as address:
        yield address


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, site: str) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    stack = Stack(folder, GALLEY_FETCH_PRIVATE_HOSTS=json.dumps([site]), GALLEY_REVIEWER=REVIEWER)
    stack.database = folder / "temporal.db"
    try:
        await stack.start()
        yield stack
    finally:
        stack.close()


async def use_keys(stack: Stack, *keys: str) -> None:
    """Give the worker, the commands and this test these keys from now on."""
    given = ",".join(keys)
    stack.environment["GALLEY_PAYLOAD_KEYS"] = given
    stack.client = await connected(stack, given)
    stack.kill("worker")
    await stack.revive("worker")


async def connected(stack: Stack, keys: str) -> Client:
    return await Client.connect(
        stack.environment["TEMPORAL_ADDRESS"],
        data_converter=converter_of(parse_keyring(keys, "the test")),
    )


def database(stack: Stack) -> bytes:
    """Return every byte that the Temporal server wrote."""
    files = sorted(stack.folder.glob("temporal.db*"))
    assert files
    return b"\n".join(file.read_bytes() for file in files)


async def histories(client: Client) -> bytes:
    """Return all events, memos, schedules and user metadata, as the server does."""
    found: list[bytes] = []
    async for listed in await client.list_schedules():
        found.append(listed.raw_entry.SerializeToString())
        followed = client.get_schedule_handle(listed.id)
        found.append((await followed.describe()).raw_description.SerializeToString())
    assert found
    async for run in client.list_workflows():
        found.append(run.raw_info.SerializeToString())
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        found.append((await handle.describe()).raw_description.SerializeToString())
        found += [event.SerializeToString() async for event in handle.fetch_history_events()]
    return b"\n".join(found)


async def decrypted(stack: Stack) -> bytes:
    """Return what every payload of every history says, decrypted."""
    codec = converter_of(parse_keyring(f"{FIRST},{SECOND}", "the test")).payload_codec
    assert codec is not None
    found: list[bytes] = []
    async for run in stack.client.list_workflows():
        handle = stack.client.get_workflow_handle(run.id, run_id=run.run_id)
        async for event in handle.fetch_history_events():
            payloads = await codec.decode([*payloads_in(event)])
            found += [payload.data for payload in payloads]
    return b"\n".join(found)


def shown(words: tuple[str, ...], data: bytes) -> set[str]:
    """Return which of the words stand in the bytes."""
    folded = data.lower()
    return {word for word in words if word.lower().encode() in folded}


async def told(stack: Stack, *command: str, **settings: str) -> Told:
    answer = await stack.cli(*command, **settings)
    assert answer.code == 0, answer.err
    return answer


async def edited_and_approved(campaign: Campaign) -> None:
    """Review as a person does who explains herself."""
    stack, name = campaign.stack, f"{campaign.key}/linkedin"
    await told(stack, "regenerate", name, "--note", f"Say it {NOTE}, {TOWN}")
    await campaign.reach(PostState.IN_REVIEW, count=2)
    await told(stack, "approve", name, "--note", NOTE)
    await told(stack, "approve", f"{campaign.key}/x")


async def followed(stack: Stack, feed: str) -> None:
    """Follow a feed: its Schedule and the run that it starts hold its address."""
    await told(stack, "feeds", "add", feed, "--platform=x")

    async def ran() -> bool:
        runs = await stack.client.count_workflows('WorkflowType="FeedWorkflow"')
        return runs.count > 0

    await until(ran)


async def handed_on(stack: Stack) -> None:
    """Have a voice go on in a new run, which is given the words that it knows."""
    lessons = [
        Lesson(
            kind=LessonKind.REJECTED,
            platform=Platform.X,
            post_key=key,
            revision=1,
            reason=LESSON,
            learned_at=datetime.now(UTC),
        )
        for key in ("own:1", "own:2")
    ]
    voice = await stack.client.start_workflow(
        VoiceWorkflow.run,
        VoiceInput(brand="own", state=VoiceState(lessons=(*lessons,))),
        id=ids.voice_id("own"),
        task_queue=ids.TASK_QUEUE,
    )
    task = ForgetLessons(post_key="own:1")
    await voice.execute_update("forget", task, result_type=Forgotten)  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
    again = 'WorkflowType="VoiceWorkflow" AND ExecutionStatus="ContinuedAsNew"'

    async def is_new() -> bool:
        return (await stack.client.count_workflows(again)).count > 0

    await until(is_new)


async def test_no_word_of_a_campaign_is_in_the_database_or_any_history(
    stack: Stack, site: str
) -> None:
    before = await begin(stack, PLAIN_TOWN, "--platform=x")
    await before.reach(PostState.IN_REVIEW)
    # The search finds what is there: so it is before encryption is turned on.
    assert shown((PLAIN_TOWN,), database(stack)) == {PLAIN_TOWN}

    await use_keys(stack, FIRST)
    (stack.folder / "persona.yaml").write_text(PERSONA)
    stack.environment["GALLEY_REVIEWER"] = REVIEWER
    campaign = await begin(stack, TOWN, "--platform=x", "--platform=linkedin")
    failed = await stack.cli("start", f"http://{site}/{GONE}")
    await followed(stack, f"http://{site}/{FEED}")
    await handed_on(stack)
    await campaign.reach(PostState.IN_REVIEW, count=2)
    await edited_and_approved(campaign)
    await before.approve("x")
    for one, count in ((campaign, 2), (before, 1)):
        await one.reach(PostState.PUBLISHED, count=count)

    assert SAID in failed.err
    assert await confirm(campaign, "x", "linkedin")
    assert await confirm(before, "x")
    assert shown(SECRETS, database(stack)) == set()
    assert shown(SECRETS, await histories(await connected(stack, ""))) == set()


async def test_with_the_key_all_of_it_is_read(stack: Stack) -> None:
    listed = json.loads((await told(stack, "list", "--json")).out)
    linkedin = next(one["workflow_id"] for one in listed if one["platform"] == "linkedin")
    why = await told(stack, "why", linkedin)

    assert f"The tide clerks of {TOWN}" in {one["title"] for one in listed}
    assert NOTE in why.out
    # A persona's words never leave the state bucket: histories carry its hash.
    assert shown(SECRETS, await decrypted(stack)) == {*SECRETS} - {VOICE}


async def test_after_a_rotation_old_and_new_are_read_and_both_keys_are_counted(
    stack: Stack,
) -> None:
    campaign = await begin(stack, "Mousehole", "--platform=x")
    await campaign.reach(PostState.IN_REVIEW)

    await use_keys(stack, SECOND, FIRST)
    await campaign.approve("x")
    await campaign.reach(PostState.PUBLISHED)
    later = await begin(stack, "Sennen", "--platform=x")
    await later.reach(PostState.IN_REVIEW)
    used = json.loads((await told(stack, "keys", "list", "--used", "--json")).out)

    assert await confirm(campaign, "x")
    assert [row["key_id"] for row in used] == [key_id(SECOND), key_id(FIRST)]
    assert [row["what"] for row in used] == ["encrypts and decrypts", "decrypts"]
    assert all(row["open_runs"] and row["ended_runs"] for row in used)


async def test_without_the_key_a_worker_does_not_start_and_a_command_names_the_key(
    stack: Stack,
) -> None:
    post = (await begin(stack, "Sennen", "--platform=x")).key
    stack.kill("worker")

    for keys in ("", OTHER):
        stack.environment["GALLEY_PAYLOAD_KEYS"] = keys
        worker = await stack.ends_by_itself("worker")
        refused = [await stack.cli(*command, f"{post}/x") for command in (("show",), ("approve",))]
        listed = await stack.cli("list")

        for answer in (worker, *refused):
            assert answer.code == 1
            assert key_id(SECOND) in answer.err
            assert "GALLEY_PAYLOAD_KEYS_FILE" in answer.err
        assert "The worker cannot start: " in worker.err
        assert listed.code == 0
        assert f"(encrypted with the key {key_id(SECOND)}" in listed.out

    # Nothing ended meanwhile, and with its key again all goes on.
    stack.environment["GALLEY_PAYLOAD_KEYS"] = f"{SECOND},{FIRST}"
    await stack.revive("worker")
    campaign = Campaign(stack, f"campaign:{post}")
    await campaign.approve("x")
    await campaign.reach(PostState.PUBLISHED)
    assert await confirm(campaign, "x")


async def test_a_worker_that_was_not_given_the_new_key_ends_no_run(stack: Stack) -> None:
    towns = ("Lamorna", "Nanjizal")
    await stack.revive("worker-behind")
    stack.environment["GALLEY_PAYLOAD_KEYS"] = f"{OTHER},{SECOND},{FIRST}"
    stack.client = await connected(stack, stack.environment["GALLEY_PAYLOAD_KEYS"])
    stack.kill("worker")
    await stack.revive("worker")

    campaigns = [await begin(stack, town, "--platform=x") for town in towns]
    for campaign in campaigns:
        await campaign.reach(PostState.IN_REVIEW)
        await campaign.approve("x")
    for campaign in campaigns:
        await campaign.reach(PostState.PUBLISHED)
        assert await confirm(campaign, "x")

    behind = b"".join(log.read_bytes() for log in stack.folder.glob("worker-behind-*.log"))
    assert f"encrypted with the key {key_id(OTHER)}".encode() in behind
