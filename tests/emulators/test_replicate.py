"""What the emulator does that its clients are not tested by."""

import asyncio
import time

import httpx
import pytest

from emulators.replicate.app import create_app
from emulators.replicate.hearing import Hearing
from tests.hearing import FERRY, whisper_model

TOKEN = {"Authorization": "Bearer token"}
WHISPER = "/v1/models/vaibhavs10/incredibly-fast-whisper"


def client(hearing: Hearing) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(hearing, speed=1000))
    return httpx.AsyncClient(
        transport=transport, base_url="http://replicate.test", headers=TOKEN
    )


async def heard(http: httpx.AsyncClient, sound: bytes) -> dict[str, object]:
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
    async with client(Hearing(whisper_model())) as http:
        found = await heard(http, FERRY.read_bytes())

    assert found["status"] == "succeeded"
    assert "bridge" in str(found["output"])


async def test_it_makes_nothing_up() -> None:
    deaf = Hearing("/no/such/model")
    async with client(deaf) as http:
        found = await heard(http, b"fLaC")

    assert (found["status"], found["output"]) == ("failed", None)


async def test_what_it_was_told_of_a_sound_comes_first() -> None:
    hearing = Hearing("/no/such/model")
    hearing.tell("*", {"text": "told"})
    async with client(hearing) as http:
        found = await heard(http, b"fLaC")

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
async def test_what_replicate_refuses_is_refused(
    path: str, body: dict[str, object]
) -> None:
    async with client(Hearing("m")) as http:
        assert (await http.post(path, json=body)).status_code == 422


async def test_without_a_token_nothing_is_told() -> None:
    async with client(Hearing("m")) as http:
        http.headers["Authorization"] = ""
        assert (await http.get("/v1/predictions")).status_code == 401
