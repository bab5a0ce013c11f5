"""The codec server decrypts for who has its token, and for nobody else."""

import base64
import hashlib
import json
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from cli.codec import SIGNED_IN_SECONDS, Access, WeakTokenError
from emulators.launch import temporal_binary
from galley.clients.payloads import converter_of, id_of, parse_keyring
from tests.cli.running import clean_environment, forked, starter
from tests.forking import Piped

pytestmark = [pytest.mark.server]

KEY, OTHER = (
    base64.b64encode(hashlib.sha256(name).digest()).decode() for name in (b"codec", b"elsewhere")
)
TOKEN = "codec-marker-" + "0b7d" * 8
BEARER = {"Authorization": f"Bearer {TOKEN}"}
UI = "http://localhost:8233"
JSON = {"Content-Type": "application/json"}
SAID = "Trevaunance"


@dataclass(frozen=True)
class Codec:
    """A codec server that runs: where, and all it has written so far."""

    address: str
    process: Piped

    def post(self, path: str = "/codec/decode", **more: Any) -> httpx.Response:  # noqa: ANN401
        return httpx.post(self.address + path, trust_env=False, timeout=30, **more)

    def decode(self, sent: Any, **headers: str) -> httpx.Response:  # noqa: ANN401
        given = BEARER | {name.replace("_", "-"): it for name, it in headers.items()}
        return self.post(json=sent, headers=given)

    def ask(self, method: str, **headers: str) -> httpx.Response:
        """Send what has no body: a page's request, or a browser's preflight."""
        path = "/codec/decode" if method == "OPTIONS" else "/codec"
        given = {name.replace("_", "-"): it for name, it in headers.items()}
        return httpx.request(
            method, self.address + path, headers=given, trust_env=False, timeout=30
        )

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        return out + err


def start(folder: Path, *options: str) -> Codec:
    process = forked(
        folder,
        *("keys", "serve", "--port=0", *options),
        GALLEY_PAYLOAD_KEYS=KEY,
        GALLEY_CODEC_TOKEN=TOKEN,
    )
    line = process.stdout.readline()
    assert line.startswith("Endpoint: http://localhost:"), process.communicate()
    port = line.removesuffix("/codec\n").rpartition(":")[2]
    return Codec(f"http://127.0.0.1:{port}", process)


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Codec]:
    running = start(tmp_path_factory.mktemp("codec"), "--encode")
    try:
        yield running
    finally:
        written = running.stop()
    # Not after any of these tests, and whatever was sent.
    assert [word for word in (TOKEN, SAID, KEY) if word in written] == []


async def encrypted(text: str, key: str = KEY) -> dict[str, Any]:
    """Return the body that asks for one payload."""
    sealed = await converter_of(parse_keyring(key, "the test")).encode([text])
    return {"payloads": [written(sealed[0].metadata, sealed[0].data)]}


def written(metadata: Any, data: bytes) -> dict[str, Any]:  # noqa: ANN401
    encoded = {name: base64.b64encode(it).decode() for name, it in metadata.items()}
    return {"metadata": encoded, "data": base64.b64encode(data).decode()}


def read(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    found = answer.json()["payloads"]
    return [json.loads(base64.b64decode(one["data"])) for one in found]


@pytest.fixture(scope="module", name="temporal")
async def _temporal() -> AsyncIterator[Client]:
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        dev_server_existing_path=str(temporal_binary()),
        data_converter=converter_of(parse_keyring(KEY, "the test")),
    ) as environment:
        yield environment.client


def shown(
    client: Client, workflow: str, folder: Path, *, patient: bool, **settings: str
) -> tuple[int, str]:
    """Run ``temporal workflow show`` as a person does; return its code and words.

    It asks a codec server that refuses again, until its time is over.
    """
    done = subprocess.run(  # noqa: S603 -- the real program
        [
            *(temporal_binary(), "workflow", "show", "-w", workflow),
            *("--output=json", "--command-timeout", "20s" if patient else "2s"),
        ],
        env=clean_environment(
            folder,
            {
                "TEMPORAL_ADDRESS": client.service_client.config.target_host,
                "NO_PROXY": "*",
                **settings,
            },
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


async def test_temporals_own_command_reads_an_encrypted_run_with_the_token_alone(
    codec: Codec, temporal: Client, tmp_path: Path
) -> None:
    run = await temporal.start_workflow("PostWorkflow", SAID, id="encrypted", task_queue="nobody")
    await run.signal("decide", f"{SAID} again")
    endpoint = f"{codec.address}/codec"
    asked = {"TEMPORAL_CODEC_ENDPOINT": endpoint}

    def show(authorization: str = "", *, patient: bool = True) -> tuple[int, str]:
        auth = {"TEMPORAL_CODEC_AUTH": authorization, **asked} if authorization else {}
        return shown(temporal, run.id, tmp_path, patient=patient, **auth)

    blind = show()
    reading = show(f"Bearer {TOKEN}")
    refused = show(f"Bearer {TOKEN}x", patient=False)

    assert blind[0] == 0
    assert reading[0] == 0, reading[1]
    for text in (SAID, f"{SAID} again"):
        data = base64.b64encode(f'"{text}"'.encode()).decode()
        assert data in reading[1]
        assert data not in blind[1] + refused[1]
    assert refused[0] == 1


@pytest.mark.parametrize("path", ["/codec/decode", "/decode"])
async def test_what_is_encoded_is_decoded(codec: Codec, path: str) -> None:
    plain = {"payloads": [written({"encoding": b"json/plain"}, b'"x"')]}
    encoded = codec.post("/codec/encode", json=plain, headers=BEARER)
    decoded = codec.post(path, json=encoded.json(), headers=BEARER)

    assert base64.b64encode(b"binary/encrypted").decode() in encoded.text
    assert decoded.json() == plain
    assert decoded.headers["cache-control"] == "no-store"


async def test_nothing_is_encoded_unless_it_was_asked_for(tmp_path: Path) -> None:
    codec = start(tmp_path)
    sent = await encrypted(SAID)
    answers = [
        codec.post(f"{before}/encode", json=sent, headers=BEARER) for before in ("", "/codec")
    ]
    codec.stop()

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN]
)
async def test_without_the_token_nothing_is_decoded(codec: Codec, authorization: str) -> None:
    sent = await encrypted(SAID)
    answer = codec.post(json=sent, headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert "GALLEY_CODEC_TOKEN" in answer.text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:8234", "https://localhost:8233", "null"]
)
async def test_a_page_that_is_not_the_ui_gets_nothing_even_with_the_token(
    codec: Codec, origin: str
) -> None:
    answer = codec.decode(await encrypted(SAID), Origin=origin)
    preflight = codec.ask("OPTIONS", Origin=origin, Access_Control_Request_Method="POST")

    assert answer.status_code == 403
    for one in (answer, preflight):
        assert "access-control-allow-origin" not in one.headers
    assert preflight.status_code == 400


@pytest.mark.parametrize("origin", [UI, "http://127.0.0.1:8233"])
async def test_the_browser_lets_the_ui_ask_with_its_headers_and_cookies(
    codec: Codec, origin: str
) -> None:
    preflight = codec.ask(
        "OPTIONS",
        Origin=origin,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="content-type,x-namespace,authorization",
    )
    answer = codec.decode(await encrypted(SAID), Origin=origin, X_Namespace="default")

    assert preflight.status_code == 200
    assert "X-Namespace" in preflight.headers["access-control-allow-headers"]
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert read(answer) == [SAID]
    for one in (preflight, answer):
        assert one.headers["access-control-allow-origin"] == origin
        assert one.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in one.headers["vary"]


@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1.rebound.example", ""])
async def test_a_name_that_is_not_of_this_machine_is_refused(codec: Codec, host: str) -> None:
    answer = codec.decode(await encrypted(SAID), Host=host)
    page = codec.ask("GET", Host=host)

    assert [answer.status_code, page.status_code] == [400, 400]


def signed_in(codec: Codec, token: str = TOKEN) -> httpx.Response:
    return codec.post("/codec", data={"token": token})


async def test_a_browser_that_was_given_the_token_decodes_from_the_ui_alone(codec: Codec) -> None:
    answer = signed_in(codec)
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    sent = await encrypted(SAID)

    def asked(**headers: str) -> httpx.Response:
        return codec.post(json=sent, headers={"Cookie": cookie, **headers})

    assert answer.status_code == 303
    assert {"HttpOnly", "SameSite=strict", "Path=/codec"} <= set(attributes)
    assert TOKEN not in str(answer.headers)
    assert read(asked(Origin=UI)) == [SAID]
    assert asked(Origin="http://evil.example").status_code == 403
    assert asked().status_code == 401
    page = codec.ask("GET", Cookie=cookie)
    assert f"{codec.address}/codec" in page.text
    assert 'type="password"' not in page.text


@pytest.mark.parametrize("token", ["", "x", TOKEN + "x", "é" * 40])
async def test_a_browser_without_the_token_is_not_signed_in(codec: Codec, token: str) -> None:
    answer = signed_in(codec, token)
    guessed = {"Cookie": "galley_codec=guessed", "Origin": UI}

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert codec.post(json={"payloads": []}, headers=guessed).status_code == 401


async def test_what_is_too_large_is_not_read(codec: Codec) -> None:
    answer = codec.post(content=b" " * (8 * 1024 * 1024 + 1), headers=BEARER | JSON)
    form = codec.post("/codec", data={"token": "x" * 5000})

    assert [answer.status_code, form.status_code] == [413, 413]


async def test_a_payload_of_four_megabytes_is_decoded(codec: Codec) -> None:
    text = "x" * (4 * 1024 * 1024 - 500)

    assert read(codec.decode(await encrypted(text))) == [text]


async def test_a_key_that_is_not_here_is_named_and_nothing_else(codec: Codec) -> None:
    sent = await encrypted(SAID, OTHER)
    answer = codec.decode(sent)

    assert answer.status_code == 400
    assert id_of(base64.b64decode(OTHER)) in answer.text
    assert "GALLEY_PAYLOAD_KEYS" in answer.text
    assert sent["payloads"][0]["data"] not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'"x"',
        b"[" * 100_000,
        b'{"payloads": 5}',
        b'{"payloads": [5]}',
        b'{"payloads": {"a": 1}}',
        b'{"payloads": [{"data": "x"}]}',
        b'{"payloads": [{"metadata": 5}]}',
        b'{"payloads": [{"metadata": {"encoding": 5}}]}',
        b'{"payloads": [{"metadata": {"encoding": "YmluYXJ5L2VuY3J5cHRlZA=="}}]}',
    ],
)
async def test_what_is_no_payload_is_refused_in_words(codec: Codec, body: bytes) -> None:
    answer = codec.post(content=body, headers=BEARER | JSON)

    assert answer.status_code == 400
    assert len(answer.text) < 300
    assert answer.text.endswith(".")


async def test_a_form_of_a_page_is_no_request(codec: Codec) -> None:
    headers = BEARER | {"Content-Type": "text/plain"}

    assert codec.post(content=b"{}", headers=headers).status_code == 415


def test_a_browser_is_signed_in_for_twelve_hours() -> None:
    now = [0.0]
    access = Access(TOKEN, lambda: now[0])
    cookie = access.sign_in(TOKEN)
    assert cookie
    now[0] = SIGNED_IN_SECONDS - 1
    assert access.is_signed_in(cookie)
    now[0] = SIGNED_IN_SECONDS

    assert not access.is_signed_in(cookie)


def test_browsers_without_end_are_not_remembered() -> None:
    access = Access(TOKEN)
    cookies = [access.sign_in(TOKEN) or "" for _ in range(101)]

    assert [access.is_signed_in(cookie) for cookie in cookies] == [False] + [True] * 100


@pytest.mark.parametrize("token", ["", "short", "x" * 31, "é" * 40, "x" * 40 + "\n"])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_none(token: str) -> None:
    with pytest.raises(WeakTokenError):
        Access(token)


@pytest.mark.parametrize(
    ("options", "settings", "told"),
    [
        ([], {"GALLEY_PAYLOAD_KEYS": ""}, "GALLEY_PAYLOAD_KEYS"),
        ([], {"GALLEY_CODEC_TOKEN": "short"}, "openssl rand -hex 32"),
        (["--host=0.0.0.0"], {}, "--name"),
        (["--ui-origin=http://localhost:8233/x"], {}, "leave its path out"),
        (["--ui-origin=*"], {}, "is no origin"),
    ],
)
def test_what_is_missing_or_unsafe_keeps_it_from_starting(
    tmp_path: Path, options: list[str], settings: dict[str, str], told: str
) -> None:
    given = {"GALLEY_PAYLOAD_KEYS": KEY, "GALLEY_CODEC_TOKEN": TOKEN} | settings
    if not given["GALLEY_PAYLOAD_KEYS"]:
        del given["GALLEY_PAYLOAD_KEYS"]
    done = starter(tmp_path, "keys", "serve", "--port=0", *options, timeout=60, **given)

    assert done.returncode in (1, 2)
    assert told in done.stderr
    assert TOKEN not in done.stderr
