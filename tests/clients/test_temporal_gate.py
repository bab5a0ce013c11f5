"""Temporal behind TLS, client certificates and API keys, at the wire."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import trustme
from temporalio.testing import WorkflowEnvironment

from emulators.launch import temporal_binary
from galley.clients.temporal import (
    TemporalDeniedError,
    TemporalSettingError,
    TemporalUnreachableError,
    connect,
    describe_namespace,
    no_such_namespace,
)
from tests.temporal_gate import AUTHORITY, OTHER_AUTHORITY, Gate, gate_before

pytestmark = pytest.mark.server
KEY = "a-key-that-nobody-may-see"
Set = Callable[[dict[str, str]], None]


@pytest.fixture(scope="module")
async def temporal() -> AsyncIterator[str]:
    server = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        dev_server_existing_path=str(temporal_binary())
    )
    yield server.client.service_client.config.target_host
    await server.shutdown()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Set:
    def tell(values: dict[str, str]) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return tell


def trusting(folder: Path, authority: trustme.CA = AUTHORITY) -> dict[str, str]:
    file = folder / "authority.pem"
    authority.cert_pem.write_to_path(file)
    return {"TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(file)}


def certified(folder: Path, authority: trustme.CA = AUTHORITY) -> dict[str, str]:
    own = authority.issue_cert("galley@example.org")
    certificate, key = folder / "own.pem", folder / "own.key"
    certificate.write_bytes(b"".join(blob.bytes() for blob in own.cert_chain_pems))
    own.private_key_pem.write_to_path(key)
    return {
        "TEMPORAL_TLS_CLIENT_CERT_PATH": str(certificate),
        "TEMPORAL_TLS_CLIENT_KEY_PATH": str(key),
    }


async def test_a_client_with_a_certificate_is_let_in(
    tmp_path: Path, temporal: str, told: Set
) -> None:
    async with gate_before(temporal, Gate(wants_certificate=True)) as gate:
        told({"TEMPORAL_ADDRESS": gate.address})
        told(trusting(tmp_path) | certified(tmp_path))

        client = await connect(tmp_path / "none.env")

        assert (await describe_namespace(client)).namespace_info.name == "default"


async def test_a_profile_says_all_that_variables_could(
    tmp_path: Path, temporal: str, told: Set
) -> None:
    async with gate_before(temporal, Gate(key=KEY, wants_certificate=True)) as gate:
        own, ca = certified(tmp_path), trusting(tmp_path)
        profile = tmp_path / "temporal.toml"
        profile.write_text(
            f'[profile.there]\naddress = "{gate.address}"\napi_key = "{KEY}"\n'
            "[profile.there.tls]\n"
            f'server_ca_cert_path = "{ca["TEMPORAL_TLS_SERVER_CA_CERT_PATH"]}"\n'
            f'client_cert_path = "{own["TEMPORAL_TLS_CLIENT_CERT_PATH"]}"\n'
            f'client_key_path = "{own["TEMPORAL_TLS_CLIENT_KEY_PATH"]}"\n'
        )
        told({"TEMPORAL_CONFIG_FILE": str(profile), "TEMPORAL_PROFILE": "there"})

        client = await connect(tmp_path / "none.env")

        assert (await describe_namespace(client)).namespace_info.name == "default"


async def test_a_key_goes_out_as_a_bearer_token_with_every_call(
    tmp_path: Path, temporal: str, told: Set
) -> None:
    async with gate_before(temporal, Gate(key=KEY)) as gate:
        told({"TEMPORAL_ADDRESS": gate.address, "TEMPORAL_API_KEY": KEY})
        told(trusting(tmp_path))

        await describe_namespace(await connect(tmp_path / "none.env"))

        assert len(gate.seen) >= 2
        assert {call["authorization"] for call in gate.seen} == {f"Bearer {KEY}"}


async def refusal(tmp_path: Path, gate: Gate, values: dict[str, str]) -> str:
    """Return what is said to a client with these settings, which is not let in."""
    with pytest.raises(TemporalUnreachableError) as caught:
        await describe_namespace(await connect(tmp_path / "none.env"))
    said = str(caught.value)
    assert gate.address in said
    for value in values.values():
        assert value not in said.replace(gate.address, "")
    assert KEY not in said
    return said


@pytest.mark.parametrize("key", ["another-key", "no\nkey", ""])
async def test_a_wrong_or_missing_key_is_told_in_words_and_not_repeated(
    tmp_path: Path, temporal: str, told: Set, key: str
) -> None:
    async with gate_before(temporal, Gate(key=KEY)) as gate:
        told({"TEMPORAL_ADDRESS": gate.address, "TEMPORAL_API_KEY": key})
        told(trusting(tmp_path))

        said = await refusal(tmp_path, gate, {"key": key} if key else {})

        assert "does not let us in" in said
        assert "TEMPORAL_API_KEY" in said


async def test_a_server_of_another_authority_is_not_trusted(
    tmp_path: Path, temporal: str, told: Set
) -> None:
    async with gate_before(temporal, Gate(key=KEY)) as gate:
        told({"TEMPORAL_ADDRESS": gate.address, "TEMPORAL_API_KEY": KEY})
        told(trusting(tmp_path, OTHER_AUTHORITY))

        said = await refusal(tmp_path, gate, {})

        assert "authority that is not trusted" in said
        assert "TEMPORAL_TLS_SERVER_CA_CERT_PATH" in said
        assert gate.seen == []  # the key has not gone out


async def test_a_server_of_another_name_is_not_trusted(
    tmp_path: Path, temporal: str, told: Set
) -> None:
    async with gate_before(temporal, Gate(key=KEY)) as gate:
        told({"TEMPORAL_ADDRESS": gate.address, "TEMPORAL_API_KEY": KEY})
        told(trusting(tmp_path) | {"TEMPORAL_TLS_SERVER_NAME": "other.example"})

        said = await refusal(tmp_path, gate, {})

        assert "TEMPORAL_TLS_SERVER_NAME" in said
        assert gate.seen == []


@pytest.mark.parametrize(
    ("authority", "words"),
    [(None, "asks for a certificate of ours"), (OTHER_AUTHORITY, "does not take our")],
    ids=["none", "another authority's"],
)
async def test_a_certificate_that_does_not_do_is_told_in_words(
    tmp_path: Path, temporal: str, told: Set, authority: trustme.CA | None, words: str
) -> None:
    async with gate_before(temporal, Gate(wants_certificate=True)) as gate:
        told({"TEMPORAL_ADDRESS": gate.address} | trusting(tmp_path))
        if authority:
            told(certified(tmp_path, authority))

        said = await refusal(tmp_path, gate, {})

        assert words in said
        assert "TEMPORAL_TLS_CLIENT_CERT_PATH" in said


async def test_a_server_that_wants_tls_is_told_from_one_that_speaks_none(
    tmp_path: Path, temporal: str, told: Set
) -> None:
    async with gate_before(temporal, Gate()) as gate:
        told({"TEMPORAL_ADDRESS": gate.address})
        assert "TEMPORAL_TLS=true" in await refusal(tmp_path, gate, {})

        told({"TEMPORAL_ADDRESS": temporal, "TEMPORAL_API_KEY": KEY})
        with pytest.raises(TemporalSettingError, match=r"TEMPORAL_TLS=false") as caught:
            await connect(tmp_path / "none.env")
        assert KEY not in str(caught.value)


async def test_a_namespace_that_is_not_there_is_told_with_the_command_that_makes_it(
    tmp_path: Path, temporal: str, told: Set
) -> None:
    told({"TEMPORAL_ADDRESS": temporal, "TEMPORAL_NAMESPACE": "nowhere"})

    with pytest.raises(TemporalSettingError, match=r"namespace create .*nowhere"):
        await describe_namespace(await connect(tmp_path / "none.env"))


def test_in_temporal_cloud_a_namespace_is_made_with_tcld() -> None:
    said = no_such_namespace("galley.a1b2c", "galley.a1b2c.tmprl.cloud:7233")

    assert "tcld namespace create" in said
    assert "temporal operator" not in said


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"TEMPORAL_PROFILE": "nobody"}, "temporal config list"),
        ({"TEMPORAL_TLS_CLIENT_CERT_PATH": "/nowhere/own.pem"}, "/nowhere/own.pem"),
        ({"TEMPORAL_ADDRESS": "not an address"}, "host:port"),
    ],
    ids=["profile", "file", "address"],
)
async def test_a_setting_that_cannot_be_right_is_named(
    tmp_path: Path, told: Set, values: dict[str, str], words: str
) -> None:
    told({"TEMPORAL_ADDRESS": "127.0.0.1:9"} | values)

    with pytest.raises(TemporalSettingError, match=words):
        await connect(tmp_path / "none.env")


def test_denied_is_told_apart_from_unreachable() -> None:
    assert issubclass(TemporalDeniedError, TemporalUnreachableError)
