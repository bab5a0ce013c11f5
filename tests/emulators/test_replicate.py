"""Behaviour of the Replicate emulator that the tests of its clients do not show."""

import asyncio
import io
import time

import httpx
import pytest
from PIL import Image

from emulators.replicate.app import create_app
from emulators.replicate.outputs import Transcriber
from tests.hearing import FERRY, whisper_model

TOKEN = {"Authorization": "Bearer token"}
WHISPER = "/v1/models/vaibhavs10/incredibly-fast-whisper"


def client(transcriber: Transcriber) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(transcriber, speed=1000))
    return httpx.AsyncClient(transport=transport, base_url="http://replicate.test", headers=TOKEN)


async def transcription(http: httpx.AsyncClient, sound: bytes) -> dict[str, object]:
    file = await http.post("/v1/files", files={"content": ("a.flac", sound)})
    wanted = {"input": {"audio": file.json()["urls"]["get"]}}
    begun = await http.post(f"{WHISPER}/predictions", json=wanted)
    deadline = time.monotonic() + 60
    while True:
        found = (await http.get(begun.json()["urls"]["get"])).json()
        if found["status"] in {"succeeded", "failed"}:
            return found
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_it_transcribes_by_a_real_model() -> None:
    async with client(Transcriber(whisper_model())) as http:
        found = await transcription(http, FERRY.read_bytes())

    assert found["status"] == "succeeded"
    assert "bridge" in str(found["output"])


async def test_it_invents_no_transcript() -> None:
    without_model = Transcriber("/no/such/model")
    async with client(without_model) as http:
        found = await transcription(http, b"fLaC")

    assert (found["status"], found["output"]) == ("failed", None)


async def test_a_given_transcript_comes_first() -> None:
    transcriber = Transcriber("/no/such/model")
    transcriber.give("*", {"text": "told"})
    async with client(transcriber) as http:
        found = await transcription(http, b"fLaC")

    assert found["output"] == {"text": "told"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/predictions", {"version": "0000", "input": {}}),
        (f"{WHISPER}/predictions", {"input": {"audio": "https://example.com/a.mp3"}}),
        (f"{WHISPER}/predictions", {}),
    ],
    ids=["version", "foreign file", "no input"],
)
async def test_what_replicate_refuses_is_refused(path: str, body: dict[str, object]) -> None:
    async with client(Transcriber("m")) as http:
        assert (await http.post(path, json=body)).status_code == 422


async def test_without_a_token_nothing_is_told() -> None:
    async with client(Transcriber("m")) as http:
        http.headers["Authorization"] = ""
        assert (await http.get("/v1/predictions")).status_code == 401


FLUX = "/v1/models/black-forest-labs/flux-schnell"


async def pictured(http: httpx.AsyncClient, prompt: str, **more: object) -> httpx.Response:
    wanted = {"input": {"prompt": prompt, "output_format": "png", "seed": 1, **more}}
    waits = {"Prefer": "wait=60"}
    return await http.post(f"{FLUX}/predictions", json=wanted, headers=waits)


async def file_of(http: httpx.AsyncClient, told: httpx.Response) -> httpx.Response:
    (address,) = told.json()["output"]
    return await http.get(address, headers={"Authorization": ""})


async def test_a_picture_is_its_prompts_own_and_decodes() -> None:
    async with client(Transcriber("m")) as http:
        made = [await pictured(http, prompt) for prompt in ("a", "a", "b")]
        files = [await file_of(http, one) for one in made]

    assert [one.json()["status"] for one in made] == ["succeeded"] * 3
    first, same, other = (Image.open(io.BytesIO(one.content)) for one in files)
    assert first.tobytes() == same.tobytes()
    assert first.tobytes() != other.tobytes()


async def test_a_file_lives_for_an_hour() -> None:
    async with client(Transcriber("m")) as http:
        made = await pictured(http, "a")
        before = await file_of(http, made)
        await http.post("/_emulator/clock", json={"seconds": 3700})
        after = await file_of(http, made)
        told = (await http.get(made.json()["urls"]["get"])).json()

    assert (before.status_code, after.status_code) == (200, 404)
    assert (told["output"], told["data_removed"]) == (None, True)


async def test_what_does_not_fit_the_schema_is_refused_and_not_billed() -> None:
    async with client(Transcriber("m")) as http:
        refused = [
            await pictured(http, "a", num_outputs=9),
            await pictured(http, "a", aspect_ratio="5:1"),
        ]
        bills = (await http.get("/_emulator/bills")).json()["bills"]

    assert [one.status_code for one in refused] == [422, 422]
    assert bills == []


async def test_only_what_was_made_is_billed() -> None:
    async with client(Transcriber("m")) as http:
        await http.post("/_emulator/faults", json={"kind": "nsfw"})
        failed = await pictured(http, "a")
        made = await pictured(http, "b")
        bills = (await http.get("/_emulator/bills")).json()["bills"]

    assert [one.json()["status"] for one in (failed, made)] == ["failed", "succeeded"]
    assert [one["usd"] for one in bills] == [0, 0.003]
