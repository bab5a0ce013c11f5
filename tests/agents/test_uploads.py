"""Files that agents send: only pictures and films are kept, of who announced them, and once."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from PIL import Image

from agents.http_api import create_app
from agents.verbs import VERBS
from app.agents.access import make_token
from app.agents.audit import calls_of
from app.agents.limits import AgentLimits
from app.agents.uploads import prepare_upload
from app.connections import Connections
from galley.models.agents import AgentMark, AgentUpload, Scope
from tests.agents.conftest import Api, campaign_of
from tests.app.test_agent_limits import Bucket, connections
from tests.app.test_attachments import Store
from tests.end_to_end.waiting import until


def picture(form: str = "PNG", colour: str = "red") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (800, 800), colour).save(written, form)
    return written.getvalue()


def packed() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr("a.png", picture())
    return written.getvalue()


class Files(Bucket, Store):
    """A bucket in memory that takes files, too."""


class Door:
    """The server of agents on a bucket in memory, and agents with tokens."""

    def __init__(self, store: Files, **settings: object) -> None:
        self.store = store
        self.opened = connections(store, **settings)
        transport = httpx.ASGITransport(create_app(self.opened, "test"))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    async def token(self, name: str, *scopes: Scope) -> str:
        return (await make_token(self.opened, name, by="kim", scopes=scopes or tuple(Scope)))[0]

    async def prepare(self, token: str, size: int) -> httpx.Response:
        head = {"Authorization": f"Bearer {token}"}
        return await self.http.post("/v1/uploads", json={"size": size}, headers=head)

    async def send(
        self, token: str, path: str, data: bytes | AsyncIterator[bytes]
    ) -> httpx.Response:
        head = {"Authorization": f"Bearer {token}", "Content-Type": "image/png"}
        return await self.http.put(path, content=data, headers=head)


HOSTILE = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "program": b"\x7fELF\x02\x01\x01" + bytes(200),
    "zip": packed(),
    "pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj",
    "gif in name": b"GIF89a=1;alert(1)//",
    "half": picture()[:300],
    "playlist": b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n",
}


async def test_nothing_but_pictures_and_films_is_kept() -> None:
    door = Door(Files(), agent_calls_a_minute=1000)
    token = await door.token("painter")
    for name, data in HOSTILE.items():
        place = (await door.prepare(token, 1_000_000)).json()["put_to"]
        answer = await door.send(token, place, data)
        assert answer.status_code == 422, name
        assert "galley-upload" not in answer.text

    assert not [name for name in door.store.held if name.startswith("staging/")]


async def test_what_is_served_is_called_after_what_is_in_it() -> None:
    door = Door(Files())
    token = await door.token("painter")
    trailing = picture("JPEG") + HOSTILE["html"]
    place = (await door.prepare(token, len(trailing))).json()["put_to"]
    answer = await door.send(token, place, trailing)

    [name] = [name for name in door.store.held if name.startswith("staging/")]
    assert answer.json()["mime"] == "image/jpeg"
    assert name == f"staging/{answer.json()['sha256']}.jpg"


async def test_a_file_comes_once_with_its_ticket_or_its_agents_token_and_no_other() -> None:
    door = Door(Files(), agent_calls_a_minute=1000)
    mine, other = await door.token("painter"), await door.token("other")
    reader = await door.token("reader", Scope.READ)
    first, second = [(await door.prepare(mine, 100_000)).json() for _ in range(2)]
    place, ticket = first["put_to"], first["ticket"]
    tried = {
        "other agent": await door.send(other, place, picture()),
        "reader": await door.send(reader, place, picture()),
        "ticket of another": await door.send(second["ticket"], place, picture()),
        "no token": await door.send("", place, picture()),
        "elsewhere": await door.send(ticket, "/v1/uploads/..%2f..%2fstopped", picture()),
        "too long": await door.send(ticket, place, bytes(100_001)),
    }
    read = await door.http.get("/v1/posts", headers={"Authorization": f"Bearer {ticket}"})
    by_ticket = await door.send(ticket, place, picture())
    again = await door.send(mine, place, picture("PNG", "blue"))
    by_token = await door.send(mine, second["put_to"], picture())

    codes = {name: one.status_code for name, one in tried.items()}
    assert codes == {
        "other agent": 404,
        "reader": 403,
        "ticket of another": 401,
        "no token": 401,
        "elsewhere": 401,
        "too long": 422,
    }
    assert read.status_code == 401
    assert (by_ticket.status_code, again.status_code, by_token.status_code) == (200, 409, 200)
    assert len([name for name in door.store.held if name.startswith("staging/")]) == 1
    kept = b"".join(door.store.held.values())
    for secret in (mine, ticket):
        assert secret[-43:].encode() not in kept
    today = await calls_of(door.opened, f"{datetime.now(UTC):%Y-%m-%d}", "painter")
    assert [one.tool for one in today].count("send_upload") == 4


async def test_a_body_without_a_length_ends_at_what_was_announced() -> None:
    door = Door(Files())
    token, read = await door.token("painter"), 0
    place = (await door.prepare(token, 1000)).json()["put_to"]

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 100
            yield bytes(100)

    answer = await door.send(token, place, endless())

    assert answer.status_code == 422
    assert read <= 1100


async def test_a_place_for_a_file_is_not_kept_for_ever() -> None:
    store = Files()
    door, mark = Door(store), AgentMark(name="painter")
    token = await door.token("painter")
    found = await prepare_upload(door.opened, mark, 100_000)
    name = f"agents/uploads/{found.kept.id}.json"
    late = found.kept.model_copy(update={"sent_until": datetime.now(UTC) - timedelta(seconds=1)})
    store.held[name] = late.model_dump_json().encode()
    by_token = await door.send(token, f"/v1/uploads/{found.kept.id}", picture())
    by_ticket = await door.send(found.ticket, f"/v1/uploads/{found.kept.id}", picture())
    old = f"agents/uploads/20200101-{'0' * 16}.json"
    store.held[old] = b"{}"
    await prepare_upload(door.opened, mark, 1)

    assert (by_token.status_code, by_ticket.status_code) == (404, 401)
    assert old not in store.held
    assert name in store.held


async def test_an_agent_sends_no_more_than_its_day_lets_it() -> None:
    door = Door(Files(), agent_upload_mb_a_day=3)
    token = await door.token("painter")
    found = [(await door.prepare(token, size)).status_code for size in (1, 2_000_000, 1)]
    usage = await AgentLimits(door.opened).usage_of(AgentMark(name="painter"))

    assert found == [202, 202, 429]
    assert usage.uploaded == 3_000_000


async def test_two_who_send_one_file_at_once_leave_one() -> None:
    door = Door(Files(), agent_calls_a_minute=1000)
    token = await door.token("painter")
    place = (await door.prepare(token, 100_000)).json()["put_to"]
    colours = ("red", "blue", "green")
    sent = [door.send(token, place, picture("PNG", one)) for one in colours]
    codes = sorted(one.status_code for one in await asyncio.gather(*sent))
    [kept] = [data for name, data in door.store.held.items() if "agents/uploads/" in name]

    assert codes == [200, 409, 409]
    assert AgentUpload.model_validate_json(kept).asset is not None


async def test_slow_files_of_one_agent_keep_no_other_out() -> None:
    door = Door(Files(), agent_calls_a_minute=1000)
    slow, other = await door.token("slow"), await door.token("other")
    places = [(await door.prepare(slow, 1000)).json()["put_to"] for _ in range(4)]
    mine, begun, ended = (await door.prepare(other, 100_000)).json()["put_to"], 0, asyncio.Event()

    async def trickle() -> AsyncIterator[bytes]:
        nonlocal begun
        begun += 1
        yield b"a"
        await ended.wait()

    held = [asyncio.create_task(door.send(slow, place, trickle())) for place in places[:3]]

    async def are_held() -> bool:
        return begun == 3

    await until(are_held)
    fourth = await door.send(slow, places[3], picture())
    others = await door.send(other, mine, picture())
    ended.set()

    assert (fourth.status_code, others.status_code) == (409, 200)
    assert [one.status_code for one in await asyncio.gather(*held)] == [422] * 3


def test_only_who_may_propose_may_send() -> None:
    assert VERBS["prepare_upload"].scope is Scope.PROPOSE


@pytest.mark.server
async def test_a_picture_that_was_sent_is_attached_once(
    api: Api, opened: Connections, tmp_path_factory: pytest.TempPathFactory
) -> None:
    campaign = await campaign_of(opened, "Bamburgh", tmp_path_factory.mktemp("sources"))
    async with api.client() as http:
        listed = (await http.get(f"/v1/posts?campaign={campaign}")).json()["posts"]
        post = next(one["post"] for one in listed if one["network"] == "x")

        async def sent(colour: str) -> str:
            data = picture("PNG", colour)
            place = (await http.post("/v1/uploads", json={"size": len(data)})).json()
            answer = await http.put(place["put_to"], content=data)
            assert answer.status_code == 200, answer.text
            return place["upload"]

        async def attached(named: str, **more: object) -> httpx.Response:
            asked = {"upload": named, "alt_text": "A red square.", **more}
            return await http.post(f"/v1/posts/{post}/media", json=asked)

        upload = await sent("red")
        nowhere = await http.post("/v1/posts/0000/media", json={"upload": upload})
        first = await attached(upload, is_new=True)
        again = await attached(upload)
        both = await attached(upload, file="a.png")

        async def is_shown() -> bool:
            shown = (await http.get(f"/v1/posts/{post}")).json()
            return "A red square." in str(shown["proof"])

        await until(is_shown)
        body = {"text": "# Howick\n\nIt is 152 years old.", "networks": ["x"], "media": "source"}
        body |= {"attach": [{"upload": await sent("green"), "network": "x"}]}
        plan, begun, other = [
            await http.post(path, json=body | {"edition": edition})
            for path, edition in (("/v1/plans", 1), ("/v1/campaigns", 1), ("/v1/campaigns", 2))
        ]

    assert nowhere.status_code == 404
    assert (first.status_code, again.status_code, both.status_code) == (202, 404, 422), first.text
    assert (plan.status_code, begun.status_code, other.status_code) == (200, 202, 404), begun.text
