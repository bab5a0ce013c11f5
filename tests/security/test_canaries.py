"""A secret is in the header that needs it, and nowhere else that Galley leaves."""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from galley.models.network import Platform
from galley.models.post import PostState
from galley.settings import Settings
from tests.end_to_end.campaigns import Campaign, begin
from tests.end_to_end.histories import all_histories
from tests.end_to_end.stack import Stack, Told
from tests.end_to_end.texts import sentences
from tests.security.relay import Overheard, overhearing
from tests.security.scanning import scanned
from tests.temporal_gate import AUTHORITY, Gate, gate_before

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

# What other libraries read beside our settings; those of clouds are not asked here.
OTHERS = (*("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GOOGLE_API_KEY"), "TEMPORAL_API_KEY")
LEFT_OUT = {"GALLEY_PAYLOAD_KEYS"}
"""With it no history could be read; tests/privacy shows that nobody else can, too."""
TOWN = "Saltburn"
NOWHERE = "127.0.0.1:1"
FORMS = {
    "GALLEY_NOTIFY_WEBHOOK_SECRET": "whsec_{}",
    "GALLEY_NOTIFY_SMTP_URL": f"smtp://galley:{{}}@{NOWHERE}",
    "GALLEY_NOTIFY_SLACK_URL": f"http://{NOWHERE}/services/{{}}",
}
"""How a secret is written that is more than a word."""


def secrets_of_settings() -> list[str]:
    """Return the variables of all settings that are secret."""
    schema = Settings.model_json_schema(by_alias=True)["properties"]
    return [
        name
        for name, said in sorted(schema.items())
        if any(one.get("format") == "password" for one in said.get("anyOf", [said]))
    ]


def canary(name: str) -> str:
    """Return 64 hexadecimal digits, which are Base64, too."""
    return hashlib.sha256(name.encode()).hexdigest()


OURS = [name for name in secrets_of_settings() if name not in LEFT_OUT]
CANARIES = {name: canary(name) for name in (*OURS, *OTHERS)}
BESIDE = {"GALLEY_NOTIFY_MAIL_TO": '["kim@example.com"]', "GALLEY_NOTIFY_EVERY_SECONDS": "1"}
"""What makes Galley use them, and fail."""
NETWORK = Platform.INSTAGRAM
"""Its post has words and a picture, so that both buckets hold something."""
VALUES = {name: FORMS.get(name, "{}").format(one) for name, one in CANARIES.items()}


@dataclass(frozen=True)
class Run:
    """A post that went all the way, and some commands that went wrong."""

    stack: Stack
    draft: str
    told: tuple[Told, ...]
    buffer: Overheard
    anthropic: Overheard
    temporal: Gate


@pytest.fixture(scope="module", name="run")
async def _run(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    folder = tmp_path_factory.mktemp("canaries")
    authority = tmp_path_factory.mktemp("authority") / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(authority)
    stack = Stack(folder, **VALUES, **BESIDE)
    stack.database = folder / "temporal.db"
    gate = Gate(key=CANARIES["TEMPORAL_API_KEY"])
    async with (
        gate_before(f"127.0.0.1:{stack.ports['temporal']}", gate),
        overhearing(stack.ports["buffer"]) as buffer,
        overhearing(stack.ports["anthropic"]) as anthropic,
    ):
        stack.environment["BUFFER_API_URL"] = buffer.address
        stack.environment["ANTHROPIC_BASE_URL"] = anthropic.address
        stack.environment["TEMPORAL_ADDRESS"] = gate.address
        stack.environment["TEMPORAL_TLS_SERVER_CA_CERT_PATH"] = str(authority)
        try:
            await stack.start()
            campaign = await _published(stack)
            draft = str((await campaign.view(NETWORK)).draft)
            yield Run(stack, draft, await _used(campaign), buffer, anthropic, gate)
        finally:
            stack.close()


async def _published(stack: Stack) -> Campaign:
    campaign = await begin(stack, TOWN, f"--platform={NETWORK}")
    await campaign.reach(PostState.IN_REVIEW)
    await campaign.approve(NETWORK)
    await campaign.reach(PostState.PUBLISHED)
    return campaign


async def _used(campaign: Campaign) -> tuple[Told, ...]:
    stack = campaign.stack
    nowhere = {"BUFFER_API_URL": "http://127.0.0.1:1", "ANTHROPIC_BASE_URL": "x"}
    return (
        await stack.cli("list"),
        await stack.cli("show", f"{campaign.key}/x", "--json"),
        await stack.cli("why", f"{campaign.key}/x"),
        await stack.cli("auth", "status"),
        await stack.cli("costs"),
        await stack.cli("channels", **nowhere),
        await stack.cli("doctor", "--json", **nowhere),
        await stack.cli("channels", BUFFER_API_KEY=f"{canary('BUFFER_API_KEY')}\x07"),
        await stack.cli("list", TEMPORAL_API_KEY=f"{canary('TEMPORAL_API_KEY')}0"),
        await stack.cli("list", TEMPORAL_API_KEY=f"{canary('TEMPORAL_API_KEY')}\x07"),
    )


def forms_of(secret: str) -> Iterator[bytes]:
    """Give a secret as it is, and as headers and payloads might wrap it."""
    yield secret.encode()
    yield secret.encode().hex().encode()
    for before in ("", "a", "ab"):
        wrapped = base64.b64encode(f"{before}{secret}".encode())
        yield wrapped[4:-4]


def test_every_secret_setting_has_a_canary_of_its_own() -> None:
    assert {"BUFFER_API_KEY", "ANTHROPIC_API_KEY", "REPLICATE_API_TOKEN"} <= set(OURS)
    assert len(set(CANARIES.values())) == len(CANARIES)


async def test_no_history_holds_a_secret_or_what_no_draft_took_of_the_source(run: Run) -> None:
    told = "\n".join([one.text async for one in all_histories(run.stack.client)])
    unused = [one for one in sentences(TOWN) if one not in run.draft]

    assert TOWN in told
    assert len(unused) > 3
    assert [one for one in unused if one in told] == []
    assert [name for name, secret in CANARIES.items() if secret in told] == []


def test_no_file_that_is_left_holds_a_secret(run: Run) -> None:
    """Temporal's database, both buckets, the ledger of the emulator, every log."""
    found: list[tuple[str, str]] = []
    files = [one for one in sorted(run.stack.folder.rglob("*")) if one.is_file()]
    for file in files:
        data = file.read_bytes()
        found += [
            (str(file.relative_to(run.stack.folder)), name)
            for name, secret in CANARIES.items()
            if any(form in data for form in forms_of(secret))
        ]

    names = {file.name for file in files}
    assert {"temporal.db", "buffer.sqlite", "worker-0.log"} <= names
    assert any("gcs" in file.parts for file in files)
    assert found == []


def test_no_command_shows_a_secret_whatever_goes_wrong(run: Run) -> None:
    assert {told.code for told in run.told} > {0}
    for told in run.told:
        for name, secret in CANARIES.items():
            assert secret not in told.out + told.err, name


def test_only_the_header_that_needs_a_key_carries_it(run: Run) -> None:
    key = f"Bearer {canary('TEMPORAL_API_KEY')}"
    for call in run.temporal.seen:
        carried = {k for k, v in call.items() if canary("TEMPORAL_API_KEY") in v}
        assert carried == {"authorization"} or "authorization" not in call
    assert key in {call.get("authorization") for call in run.temporal.seen}
    for heard, name, before in (
        (run.buffer, "BUFFER_API_KEY", b"authorization: bearer "),
        (run.anthropic, "ANTHROPIC_API_KEY", b"authorization: bearer "),
    ):
        assert heard.lines_with(canary(name).encode()) == {before}
        for other, secret in CANARIES.items():
            if other != name:
                assert heard.lines_with(secret.encode()) == set(), other


def test_a_scanner_finds_nothing_in_what_is_left(run: Run) -> None:
    assert scanned(run.stack.folder) == set()
