"""The real SDK, held to our terms, against the emulator's real socket."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from galley.clients.replicate import Prediction, ReplicateClient, Status
from galley.clients.replicate_http import ReplicateFailure
from tests.ports import free_port
from tests.replicate_emulator import asked, order, skip, tell
from tests.serving import answering, serving

pytestmark = pytest.mark.server

WHISPER = "vaibhavs10/incredibly-fast-whisper"
MODEL = f"{WHISPER}:3ab86df6c8f54c11309d4d1f930ac292bad43ace52d10c80d87eb258b3c9f79c"
HEARD = {"text": "The ferry.", "chunks": [{"text": "The ferry.", "timestamp": [0, 1]}]}


@pytest.fixture
def emulator(replicate: str) -> str:
    tell(replicate, HEARD)
    return replicate


@pytest.fixture
async def client(emulator: str) -> AsyncIterator[ReplicateClient]:
    client = ReplicateClient("token", emulator, MODEL)
    yield client
    await client.aclose()


async def ordered(client: ReplicateClient) -> Prediction:
    audio = await client.upload(b"fLaC", "part.flac")
    return await client.create({"audio": audio})


async def over(client: ReplicateClient, prediction: Prediction) -> Prediction:
    async with asyncio.timeout(20):
        while not (found := await client.get(prediction.id)).status.is_over:  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.05)
    return found


async def test_a_file_is_transcribed_and_what_it_cost_is_told(client: ReplicateClient) -> None:
    begun = await ordered(client)
    done = await over(client, begun)

    assert (begun.status, begun.output) == (Status.STARTING, None)
    assert (done.status, done.output) == (Status.SUCCEEDED, HEARD)
    assert done.seconds is not None


async def test_a_model_without_a_version_is_asked_by_its_name(emulator: str) -> None:
    client = ReplicateClient("token", emulator, WHISPER)
    found = await over(client, await ordered(client))
    await client.aclose()

    assert found.status is Status.SUCCEEDED


async def test_a_prediction_whose_deadline_passed_before_it_began_is_aborted(
    client: ReplicateClient, emulator: str
) -> None:
    order(emulator, "never_starts")
    begun = await ordered(client)
    skip(emulator, 301)

    assert (await client.get(begun.id)).status is Status.ABORTED
    assert (await client.find(begun.audio)) == await client.get(begun.id)


async def test_a_prediction_that_hangs_is_ended_by_the_deadline(
    client: ReplicateClient, emulator: str
) -> None:
    order(emulator, "hangs")
    begun = await ordered(client)
    async with asyncio.timeout(20):
        while (await client.get(begun.id)).status is Status.STARTING:  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.05)
    skip(emulator, 301)

    found = await client.get(begun.id)
    assert found.status is Status.CANCELED
    assert found.seconds is not None
    assert found.seconds > 290


async def test_a_cancelled_prediction_stays_so(client: ReplicateClient, emulator: str) -> None:
    order(emulator, "hangs")
    begun = await ordered(client)

    await client.cancel(begun.id)

    assert (await client.get(begun.id)).status is Status.CANCELED


async def test_an_output_is_gone_after_an_hour(client: ReplicateClient, emulator: str) -> None:
    done = await over(client, await ordered(client))
    skip(emulator, 3700)

    found = await client.get(done.id)
    assert (found.status, found.output) == (Status.SUCCEEDED, None)


@pytest.mark.parametrize(
    ("fault", "retryable", "refused", "delay"),
    [
        ("http_402", False, True, None),
        ("http_429", True, True, 5),
        ("http_500", True, False, None),
        ("lost_reply", True, False, None),
    ],
)
async def test_each_failure_says_whether_it_was_ordered_and_may_be_tried_again(
    client: ReplicateClient,
    emulator: str,
    fault: str,
    retryable: bool,  # noqa: FBT001
    refused: bool,  # noqa: FBT001
    delay: float | None,
) -> None:
    audio = await client.upload(b"fLaC", "part.flac")
    order(emulator, fault)

    with pytest.raises(ReplicateFailure) as failed:
        await client.create({"audio": audio})

    told = failed.value
    assert (told.retryable, told.is_refused) == (retryable, refused)
    if delay is not None:
        assert told.retry_after == delay


async def test_the_sdk_retries_nothing_by_itself(client: ReplicateClient, emulator: str) -> None:
    begun = await ordered(client)
    order(emulator, "http_429", on="get", times=2)
    before = asked(emulator).get("get", 0)

    with pytest.raises(ReplicateFailure, match="429"):
        await client.get(begun.id)

    assert asked(emulator)["get"] == before + 1


async def test_an_order_whose_reply_was_lost_is_found_by_its_file(
    client: ReplicateClient, emulator: str
) -> None:
    audio = await client.upload(b"fLaC", "part.flac")
    order(emulator, "lost_reply")
    with pytest.raises(ReplicateFailure):
        await client.create({"audio": audio})

    found = await client.find(audio)

    assert found is not None
    assert await client.find("https://example.com/another") is None


async def test_a_bad_token_is_said_so(emulator: str) -> None:
    client = ReplicateClient("bad", emulator, MODEL)
    with pytest.raises(ReplicateFailure, match="REPLICATE_API_TOKEN") as failed:
        await client.check()
    await client.aclose()

    assert not failed.value.retryable


@pytest.mark.parametrize("model", ["nobody/nothing", f"{WHISPER}:0000"])
async def test_a_model_that_is_not_there_is_said_so(emulator: str, model: str) -> None:
    client = ReplicateClient("token", emulator, model)
    with pytest.raises(ReplicateFailure, match="GALLEY_REPLICATE_MODEL"):
        await client.check()
    await client.aclose()


async def test_a_good_token_and_model_are_said_so(client: ReplicateClient) -> None:
    assert await client.check() == WHISPER


async def test_a_server_that_is_away_is_retried() -> None:
    client = ReplicateClient("token", f"http://127.0.0.1:{free_port()}", MODEL)
    with pytest.raises(ReplicateFailure, match="cannot be reached") as failed:
        await client.create({"audio": "x"})
    await client.aclose()

    assert (failed.value.retryable, failed.value.is_refused) == (True, True)


_DONE = """{"id": "x", "model": "o/m", "version": "v", "status": "succeeded",
"input": {}, "output": "heard", "logs": "", "urls": {}, "created_at": null,
"metrics": {"predict_time": RAN}}"""


@pytest.mark.parametrize("body", [b"{}", b"[]", b"not json", b'{"status": "odd"}'])
async def test_an_answer_that_cannot_be_read_is_one_kind_of_error(body: bytes) -> None:
    handler = answering(body, content_type="application/json")
    async with serving(handler) as host:
        client = ReplicateClient("token", f"http://{host}", MODEL)
        with pytest.raises(ReplicateFailure, match="cannot be read"):
            await client.get("x")
        await client.aclose()


@pytest.mark.parametrize("ran", ["NaN", "Infinity", "-1", "true", "1e12", "null"])
async def test_a_time_that_cannot_be_billed_is_not_known(ran: str) -> None:
    body = _DONE.replace("RAN", ran).encode()
    async with serving(answering(body, content_type="application/json")) as host:
        client = ReplicateClient("token", f"http://{host}", MODEL)
        found = await client.get("x")
        await client.aclose()

    assert (found.status, found.seconds) == (Status.SUCCEEDED, None)


async def test_the_token_goes_to_no_other_host(client: ReplicateClient) -> None:
    # The SDK follows whatever address it is given, with the token: here the next page.
    sdk = client._sdk  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- what is under test
    with pytest.raises(ReplicateFailure, match="foreign host"):
        await sdk.predictions.async_list("https://replicate.example/v1/predictions")
