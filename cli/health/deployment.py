"""Whether runs are routed to the build that workers are set to, and how they are."""

from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from cli.terminal.findings import Health
from galley.settings import Settings


async def routed(client: Client, settings: Settings) -> tuple[Health, str]:
    """Look at the Worker Deployment that GALLEY_DEPLOYMENT names."""
    name, build = settings.deployment or "", settings.build_id or ""
    if not build:
        return Health.FAILED, (
            f"GALLEY_DEPLOYMENT is {name} and GALLEY_BUILD_ID is not set: give each "
            "build an ID of its own, such as its commit."
        )
    current = await _current(client, name)
    if current == build:
        return Health.OK, f"{name} runs build {build}."
    command = (
        f"temporal worker deployment set-current-version -n {client.namespace} "
        f"--deployment-name {name} --build-id {build}"
    )
    has = f"runs build {current}" if current else "has no current build: nothing runs"
    return (Health.WARNING if current else Health.FAILED), (
        f"{name} {has}; once workers of {build} poll, `{command}`."
    )


async def _current(client: Client, name: str) -> str:
    asked = DescribeWorkerDeploymentRequest(
        namespace=client.namespace, deployment_name=name
    )
    try:
        found = await client.workflow_service.describe_worker_deployment(asked)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return ""
        raise
    routing = found.worker_deployment_info.routing_config
    return routing.current_deployment_version.build_id
