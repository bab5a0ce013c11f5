"""A command's standard output belongs to its answer."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from emulators.launch import temporal_binary
from galley.clients.temporal import connect


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
    await server.shutdown()
    capfd.readouterr()

    with pytest.raises(RPCError):
        await client.count_workflows(rpc_timeout=timedelta(seconds=2))

    assert capfd.readouterr() == ("", "")
