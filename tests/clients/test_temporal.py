"""A command's standard output belongs to its answer."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import GrpcCompression
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from emulators.launch import temporal_binary
from galley.clients.temporal import LocalStackStoppedError, compression_to, connect, connect_config
from galley.settings import LOCAL_TEMPORAL


@pytest.mark.server
async def test_what_the_sdk_retries_is_not_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        dev_server_existing_path=str(temporal_binary())
    )
    address = server.client.service_client.config.target_host
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    client = await connect(tmp_path / "local.env", quiet=True)
    assert client.service_client.config.grpc_compression is GrpcCompression.NONE
    await server.shutdown()
    capfd.readouterr()

    with pytest.raises(RPCError):
        await client.count_workflows(rpc_timeout=timedelta(seconds=2))

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("has_run", "named", "target"),
    [
        (True, {}, None),
        (False, {}, "localhost:7233"),
        (True, {"TEMPORAL_ADDRESS": "temporal.example:7233"}, "temporal.example:7233"),
    ],
    ids=["stopped", "never-ran", "another-is-named"],
)
def test_where_a_local_stack_has_run_no_server_is_asked_unless_it_is_named(
    has_run: bool,  # noqa: FBT001 -- a case
    named: dict[str, str],
    target: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    if has_run:
        (tmp_path / LOCAL_TEMPORAL.name).touch()

    if target is None:
        with pytest.raises(LocalStackStoppedError):
            connect_config(tmp_path / "local.env")
    else:
        assert connect_config(tmp_path / "local.env").get("target_host") == target


@pytest.mark.parametrize(
    ("target", "compression"),
    [
        ("localhost:7233", GrpcCompression.NONE),
        ("127.0.0.1:7233", GrpcCompression.NONE),
        ("[::1]:7233", GrpcCompression.NONE),
        ("10.0.0.7:7233", GrpcCompression.NONE),
        ("temporal:7233", GrpcCompression.NONE),
        ("[2606:4700::1]:7233", GrpcCompression.GZIP),
        ("temporal.example:7233", GrpcCompression.GZIP),
        ("galley.a1b2c.tmprl.cloud:7233", GrpcCompression.GZIP),
    ],
)
def test_only_what_leaves_the_private_network_is_compressed(
    target: str, compression: GrpcCompression
) -> None:
    assert compression_to(target) is compression
