"""Look at a Temporal cluster as Galley needs it: what is missing, and its command."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType
from temporalio.service import RPCError, RPCStatusCode

from cli.health.deployment import routed
from cli.terminal.findings import Finding, Health, find
from galley.clients.temporal import describe_namespace
from galley.clients.temporal_errors import is_cloud
from galley.settings import Settings
from observability.queues import pollers_of
from workflows import attributes
from workflows.queues import Queue

RETENTION_DAYS = 90
"""What the local stack sets; the most that Temporal Cloud has
(https://docs.temporal.io/cloud/limits, read on 2026-11-26)."""
_RETENTION_WANTED = timedelta(days=7)
_NO_SUCH_SERVICE = {
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.UNIMPLEMENTED,
    RPCStatusCode.UNAUTHENTICATED,
}
_KINDS = {
    SearchAttributeIndexedValueType.KEYWORD: "Keyword",
    SearchAttributeIndexedValueType.DATETIME: "Datetime",
    SearchAttributeIndexedValueType.INT: "Int",
}
WANTED: Mapping[str, SearchAttributeIndexedValueType] = {
    key.name: key.indexed_value_type for key in attributes.ALL
}


async def look_at_cluster(
    client: Client, settings: Settings | None = None
) -> list[Finding]:
    """Look at the namespace, its search attributes and each task queue.

    With ``settings`` that name a Worker Deployment, at its current build too.
    """
    return list(
        await asyncio.gather(
            find("temporal", lambda: _namespace(client)),
            find("search attributes", lambda: _attributes(client)),
            *(
                find(_part(queue), lambda queue=queue: _worker(client, queue))
                for queue in Queue
            ),
            *(
                [find("deployment", lambda: routed(client, settings))]
                if settings and settings.deployment
                else []
            ),
        )
    )


def _part(queue: Queue) -> str:
    return "worker" if queue is Queue.POSTS else f"worker {queue}"


async def _namespace(client: Client) -> tuple[Health, str]:
    found = await describe_namespace(client)
    kept = found.config.workflow_execution_retention_ttl.ToTimedelta()
    said = f"namespace {client.namespace} keeps ended runs for {kept.days} days"
    if kept >= _RETENTION_WANTED:
        return Health.OK, f"{said}."
    return Health.WARNING, (
        f"{said}: raise it with `{retention_command(client)}`. What was started twice "
        "is recognised by its ended run for so long; the claims in the state bucket, "
        "which keep a post from going out twice, stay for good."
    )


def retention_command(client: Client) -> str:
    """Return the command that keeps ended runs for long enough."""
    if is_cloud(address_of(client)):
        return (
            f"tcld namespace retention set --namespace {client.namespace} "
            f"--retention-days {RETENTION_DAYS}"
        )
    return (
        f"temporal operator namespace update --retention {RETENTION_DAYS * 24}h "
        f"-n {client.namespace}"
    )


def address_of(client: Client) -> str:
    """Return where the server answers."""
    return client.service_client.config.target_host


async def _attributes(client: Client) -> tuple[Health, str]:
    missing = await missing_attributes(client)
    if not missing:
        return Health.OK, f"all {len(WANTED)} are there."
    return Health.FAILED, (
        f"{', '.join(missing)} missing: run `uv run starter.py setup`, or "
        f"`{attributes_command(client, missing)}`."
    )


def attributes_command(
    client: Client, missing: Mapping[str, SearchAttributeIndexedValueType]
) -> str:
    """Return the command that registers these search attributes."""
    if is_cloud(address_of(client)):
        pairs = (f'--search-attribute "{n}={_KINDS[k]}"' for n, k in missing.items())
        command = f"tcld namespace search-attributes add --namespace {client.namespace}"
    else:
        pairs = (f"--name {n} --type {_KINDS[k]}" for n, k in missing.items())
        command = f"temporal operator search-attribute create -n {client.namespace}"
    return " ".join([command, *pairs])


async def missing_attributes(
    client: Client,
) -> dict[str, SearchAttributeIndexedValueType]:
    """Return the search attributes that the namespace lacks, by name."""
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        found = await client.operator_service.list_search_attributes(asked)
    except RPCError as error:
        # Temporal Cloud has no such operation beside a namespace; queries tell too.
        if error.status not in _NO_SUCH_SERVICE:
            raise
        known = {name for name in WANTED if await can_be_asked_for(client, name)}
    else:
        known = set(found.custom_attributes)
    return {name: kind for name, kind in WANTED.items() if name not in known}


async def can_be_asked_for(client: Client, name: str) -> bool:
    """Return whether a query may name this search attribute by now."""
    try:
        await client.count_workflows(f"{name} IS NULL")
    except RPCError as error:
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            return False
        raise
    return True


async def _worker(client: Client, queue: Queue) -> tuple[Health, str]:
    if alive := await pollers_of(client, queue, datetime.now(UTC)):
        named = ", ".join(one.identity for one in alive[:3])
        return Health.OK, f"polling {queue.task_queue}: {named}."
    said = f"nobody polls the task queue {queue.task_queue}"
    if queue is Queue.POSTS:
        return Health.FAILED, f"{said}: run `uv run worker.py`."
    return Health.WARNING, (
        f"{said}, whose work waits: run `uv run worker.py --queues {queue}`."
    )
