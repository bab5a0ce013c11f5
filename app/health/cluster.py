"""The Temporal namespace: examined for ``doctor``, prepared by ``setup``.

A finding names the command of Temporal that mends it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType
from temporalio.service import RPCError, RPCStatusCode

from app.advice import Action
from app.connections import Connections
from app.errors import AppError, NotAuthorizedError
from app.health.findings import Finding, Level, Seen, find
from galley.clients.temporal import describe_namespace, is_cloud
from galley.settings import Settings
from observability.inspection import pollers_of
from workflows import ids
from workflows.ids import Queue

RETENTION_DAYS = 90
"""What the local stack sets; the most that Temporal Cloud has
(https://docs.temporal.io/cloud/limits, read on 2026-11-26)."""
_RETENTION_WANTED = timedelta(days=7)
_LOOKS, _PAUSE = 60, 0.5
"""Seconds between looks: all parts of a cluster know a new attribute after some."""
_REFUSALS = {
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
    key.name: key.indexed_value_type for key in ids.ALL
}


async def examine_cluster(client: Client, settings: Settings | None = None) -> list[Finding]:
    """Examine the namespace, its search attributes and each task queue.

    Where ``settings`` name a Worker Deployment, its current build too.
    """
    return list(
        await asyncio.gather(
            find("temporal", lambda: _namespace(client)),
            find("search attributes", lambda: _attributes(client)),
            *(find(_part(queue), lambda queue=queue: _worker(client, queue)) for queue in Queue),
            *(
                [find("deployment", lambda: _deployment(client, settings))]
                if settings and settings.deployment
                else []
            ),
        )
    )


def _part(queue: Queue) -> str:
    return "worker" if queue is Queue.POSTS else f"worker {queue}"


async def _namespace(client: Client) -> Seen:
    found = await describe_namespace(client)
    kept = found.config.workflow_execution_retention_ttl.ToTimedelta()
    seen = f"namespace {client.namespace} keeps ended runs for {kept.days} days"
    if kept >= _RETENTION_WANTED:
        return Seen(Level.OK, f"{seen}.")
    return Seen(
        Level.WARNING,
        f"{seen}: raise it with `{retention_command(client)}`. What was started twice "
        "is recognised by its ended run for so long; the claims in the state bucket, "
        "which keep a post from going out twice, stay for good.",
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


async def _attributes(client: Client) -> Seen:
    missing = await missing_attributes(client)
    if not missing:
        return Seen(Level.OK, f"all {len(WANTED)} are there.")
    return Seen(
        Level.FAILED,
        f"{', '.join(missing)} missing: `{attributes_command(client, missing)}` registers them.",
        Action.SET_UP,
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


async def missing_attributes(client: Client) -> dict[str, SearchAttributeIndexedValueType]:
    """Return the search attributes that the namespace lacks, by name."""
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        found = await client.operator_service.list_search_attributes(asked)
    except RPCError as error:
        # Temporal Cloud has no such operation beside a namespace; queries tell too.
        if error.status not in _REFUSALS:
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


async def _worker(client: Client, queue: Queue) -> Seen:
    if alive := await pollers_of(client, queue, datetime.now(UTC)):
        workers = tuple(one.identity for one in alive)
        said = f"polling {queue.task_queue}: {', '.join(workers[:3])}."
        return Seen(Level.OK, said, workers=workers)
    unpolled = f"nobody polls the task queue {queue.task_queue}"
    if queue is Queue.POSTS:
        return Seen(Level.FAILED, f"{unpolled}: run `galley-worker`.")
    return Seen(
        Level.WARNING, f"{unpolled}, whose work waits: run `galley-worker --queues {queue}`."
    )


async def _deployment(client: Client, settings: Settings) -> Seen:
    """Compare the current build of the Worker Deployment with GALLEY_BUILD_ID."""
    name, build = settings.deployment or "", settings.build_id or ""
    if not build:
        return Seen(
            Level.FAILED,
            f"GALLEY_DEPLOYMENT is {name} and GALLEY_BUILD_ID is not set: give each "
            "build an ID of its own, such as its commit.",
        )
    current = await _current_build(client, name)
    if current == build:
        return Seen(Level.OK, f"{name} runs build {build}.")
    command = (
        f"temporal worker deployment set-current-version -n {client.namespace} "
        f"--deployment-name {name} --build-id {build}"
    )
    has = f"runs build {current}" if current else "has no current build: nothing runs"
    return Seen(
        Level.WARNING if current else Level.FAILED,
        f"{name} {has}; once workers of {build} poll, `{command}`.",
    )


async def _current_build(client: Client, name: str) -> str:
    asked = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=name)
    try:
        found = await client.workflow_service.describe_worker_deployment(asked)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return ""
        raise
    routing = found.worker_deployment_info.routing_config
    return routing.current_deployment_version.build_id


# Prepare a namespace


@dataclass(frozen=True)
class SetUp:
    """What ``setup`` registered, and how the cluster is afterwards."""

    registered: list[str]
    findings: list[Finding]


async def set_up(connections: Connections, *, check: bool) -> SetUp:
    """Register the missing search attributes, unless ``check``; examine the cluster."""
    client = await connections.temporal()
    await describe_namespace(client)
    registered = [] if check else await register(client)
    findings = await examine_cluster(client, connections.settings)
    return SetUp(registered, [_without_worker(one) for one in findings])


def _without_worker(finding: Finding) -> Finding:
    """A namespace is ready before a worker runs: its absence is only a warning."""
    if not finding.part.startswith("worker") or finding.level is not Level.FAILED:
        return finding
    return replace(finding, level=Level.WARNING, error=None)


async def register(client: Client) -> list[str]:
    """Register what is missing and return its names; nothing where all is there.

    Raises:
        NotAuthorizedError: The server lets no client register.
        AppError: The server does not know them within 30 seconds.
    """
    missing = await missing_attributes(client)
    if not missing:
        return []
    asked = AddSearchAttributesRequest(namespace=client.namespace)
    for name, kind in missing.items():
        asked.search_attributes[name] = int(kind)  # pyright: ignore[reportArgumentType] - an enumeration of protobuf is a number
    try:
        await client.operator_service.add_search_attributes(asked)
    except RPCError as error:
        # Another setup at the same time has done it.
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise _not_registered(error, client, missing) from error
    await _wait_until_known(client)
    return sorted(missing)


def _not_registered(
    error: RPCError, client: Client, missing: dict[str, SearchAttributeIndexedValueType]
) -> Exception:
    if error.status not in _REFUSALS:
        return error
    command = attributes_command(client, missing)
    return NotAuthorizedError(
        "This server lets no client register search attributes. Somebody who may "
        f"manage the namespace runs `{command}`; then run setup again."
    )


async def _wait_until_known(client: Client) -> None:
    """Wait until queries may name them all: a start before that would be refused."""
    for _ in range(_LOOKS):
        known = [await can_be_asked_for(client, name) for name in WANTED]
        if all(known):
            return
        await asyncio.sleep(_PAUSE)
    raise AppError(
        "The server took the search attributes and does not know them yet: run setup "
        "again in a minute."
    )
