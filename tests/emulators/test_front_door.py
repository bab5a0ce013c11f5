"""The rules of the front door, and a real store behind one."""

import asyncio
import os
import string
from pathlib import Path

import httpx
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from emulators.front_door import refusal
from emulators.launch import launch_gcs, wait_until_ready
from galley.clients.stores.google import GoogleStore, connect_storage
from galley.settings import Settings
from tests.ports import free_port

OWN = ("127.0.0.1", "127.8.9.10", "localhost", "[::1]")
ANY_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "origin": st.sampled_from(["null", "http://other.example", "https://127.0.0.1:4443", ""]),
        "sec-fetch-site": st.sampled_from(["same-origin", "same-site", "cross-site", "none"]),
        "sec-fetch-mode": st.sampled_from(["cors", "no-cors", "navigate"]),
        "sec-fetch-dest": st.sampled_from(["document", "iframe", "image", "script", "empty"]),
    },
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])


@given(METHODS, ANY_HEADERS, st.text(string.printable, min_size=1))
def test_no_name_but_this_machines_is_answered(
    method: str, headers: dict[str, str], name: str
) -> None:
    host = f"{name}.example"
    assert refusal(method, Headers({**headers, "host": host}))
    assert refusal(method, Headers({**headers, "host": f"{host}:4443"}), ["buffer"])
    assert refusal(method, Headers(headers))
    assert refusal(method, Headers(raw=[(b"host", b"localhost"), (b"host", host.encode())]))


@given(METHODS, ANY_HEADERS, st.sampled_from(OWN))
def test_a_page_of_another_site_only_links_here_or_shows_a_picture(
    method: str, headers: dict[str, str], host: str
) -> None:
    is_foreign = headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    passes = refusal(method, Headers({**headers, "host": host})) is None

    assert not ("origin" in headers and passes)
    if is_foreign and passes:
        assert method in {"GET", "HEAD"}
        assert headers["sec-fetch-dest"] in {"document", "image"}
    if not is_foreign and "origin" not in headers:
        assert passes


@given(METHODS, st.sampled_from(OWN), st.sampled_from(["", ":80", ":4443"]))
def test_programs_and_own_pages_may_ask(method: str, name: str, port: str) -> None:
    host = {"host": f"{name}{port}"}
    own = {**host, "origin": f"http://{name}{port}", "sec-fetch-site": "same-origin"}

    assert refusal(method, Headers(host)) is None
    assert refusal(method, Headers(own)) is None
    assert refusal(method, Headers({"host": f"buffer{port}"}), ["buffer"]) is None


async def test_a_store_behind_a_door_works_as_one_without(tmp_path: Path) -> None:
    port = free_port()
    server = launch_gcs(port, tmp_path / "objects", tmp_path / "log", inside=free_port())
    address = f"http://127.0.0.1:{port}"
    name, data = "a film/ü+%.mp4", os.urandom(10_000_000)
    try:
        wait_until_ready(port, 60, server)
        client = connect_storage(Settings.model_construct(storage_emulator_host=address))
        store = GoogleStore(client, "behind")
        await store.ensure_bucket()

        assert await store.put_if_absent(name, data, "video/mp4")
        assert not await store.put_if_absent(name, b"other", "video/mp4")
        assert await store.get(name) == data
        assert await store.names("a film/") == (name,)
        url = store.public_url(name)
        assert url.startswith(address)
        async with httpx.AsyncClient(trust_env=False) as stranger:
            shown, head = await stranger.get(url), await stranger.head(url)
            part = await stranger.get(url, headers={"Range": "bytes=5-9"})
            await store.delete(name)
            gone = await stranger.get(url)
    finally:
        server.terminate()
        code = await asyncio.to_thread(server.wait, 20)

    assert (shown.content, shown.headers["content-type"]) == (data, "video/mp4")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(data)))
    assert (part.status_code, part.content) == (206, data[5:10])
    assert gone.status_code == 404
    assert code == 0


def test_a_door_ends_with_its_server(tmp_path: Path) -> None:
    root = tmp_path / "objects"
    root.mkdir()
    server = launch_gcs(free_port(), root, tmp_path / "log", inside=70_000)  # no port
    try:
        assert server.wait(timeout=60)
    finally:
        server.kill()
        server.wait()
