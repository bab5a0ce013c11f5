"""Register the search attributes, then say how the cluster stands."""

import asyncio

from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType
from temporalio.service import RPCError, RPCStatusCode

from app.connections import open_client
from cli.health.cluster import (
    WANTED,
    attributes_command,
    can_be_asked_for,
    look_at_cluster,
    missing_attributes,
)
from cli.terminal.failures import CommandError, ExitCode
from cli.terminal.findings import Finding, Health
from cli.terminal.output import say, show_json, table
from cli.terminal.process import run
from galley.clients.temporal import describe_namespace
from galley.settings import Settings

_REFUSALS = {
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.UNIMPLEMENTED,
    RPCStatusCode.UNAUTHENTICATED,
}
_LOOKS, _PAUSE = 60, 0.5
"""Seconds between looks: the parts of a cluster know a new one within some."""


def set_up_and_print(*, check: bool, json: bool) -> None:
    """Carry out ``setup``.

    Raises:
        CommandError: Something is missing; the code is that of the worst finding.
    """
    made, findings = run(_set_up(check=check))
    if json:
        told = [
            {"part": f.part, "health": f.health.value, "said": f.said} for f in findings
        ]
        show_json({"registered": made, "findings": told})
    else:
        if made:
            say(f"Registered {', '.join(made)}.")
        table(
            ("Part", "Health", "Seen"), [(f.part, f.health, f.said) for f in findings]
        )
    worst = max(finding.code for finding in findings)
    if worst is not ExitCode.DONE:
        raise CommandError("Something is missing: see what to do above.", worst)


async def _set_up(*, check: bool) -> tuple[list[str], list[Finding]]:
    client = await open_client()
    await describe_namespace(client)
    made = [] if check else await register(client)
    findings = await look_at_cluster(client, Settings())
    # Nobody is to be told to start a worker as if the namespace were not ready.
    return made, [_as_advice(one) for one in findings]


def _as_advice(finding: Finding) -> Finding:
    if not finding.part.startswith("worker") or finding.health is not Health.FAILED:
        return finding
    return Finding(finding.part, Health.WARNING, finding.said)


async def register(client: Client) -> list[str]:
    """Register what is missing and return its names; nothing where all is there.

    Raises:
        CommandError: The server lets nobody register, or forgot it at once.
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
    await _seen(client)
    return sorted(missing)


def _not_registered(
    error: RPCError,
    client: Client,
    missing: dict[str, SearchAttributeIndexedValueType],
) -> Exception:
    if error.status not in _REFUSALS:
        return error
    command = attributes_command(client, missing)
    return CommandError(
        "This server lets no client register search attributes. Somebody who may "
        f"manage the namespace runs `{command}`; then run setup again.",
        ExitCode.UNAUTHORISED,
    )


async def _seen(client: Client) -> None:
    """Wait until queries may name them all: a start before that would be refused."""
    for _ in range(_LOOKS):
        known = [await can_be_asked_for(client, name) for name in WANTED]
        if all(known):
            return
        await asyncio.sleep(_PAUSE)
    raise CommandError(
        "The server took the search attributes and does not know them yet: run setup "
        "again in a minute."
    )
