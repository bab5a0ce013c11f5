"""Look at every service the settings name, and say what is off and what to do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
)
from temporalio.client import Client

from cli.bucket_checks import media_bucket, state_bucket
from cli.directory import buffer_client
from cli.failures import CommandError, ExitCode
from cli.findings import Health
from cli.generators import generated_media
from cli.notifying import notifications
from cli.output import show_json, table
from cli.process import run
from cli.temporal import open_client
from cli.translation import explain
from galley.clients.anthropic import DraftClient
from galley.clients.buffer.organizations import resolve_organization
from galley.clients.condensing import CondenseClient
from galley.clients.guards import refuse_unreachable_media
from galley.clients.replicate import ReplicateClient
from galley.clients.transcribers import chosen_engine, replicate_token
from galley.clients.whisper import LocalWhisper
from galley.models import Engine
from galley.settings import Settings
from workflows import attributes, ids
from workflows.queues import Queue

_RETENTION_WANTED = timedelta(days=7)
_POLLED_WITHIN = timedelta(seconds=70)
"""A worker's long poll is renewed every minute."""


@dataclass(frozen=True)
class Finding:
    """What was seen of one part; ``said`` ends with what to do, if it is off."""

    part: str
    health: Health
    said: str
    code: ExitCode = ExitCode.DONE


Look = Callable[[], Awaitable[tuple[Health, str]]]


def examine_and_print(*, json: bool) -> None:
    """Carry out ``doctor``.

    Raises:
        CommandError: Something is off; the code is that of the worst finding.
    """
    findings = run(_examine())
    if json:
        show_json(
            [
                {"part": f.part, "health": f.health.value, "said": f.said}
                for f in findings
            ]
        )
    else:
        table(
            ("Part", "Health", "Seen"), [(f.part, f.health, f.said) for f in findings]
        )
    worst = max(finding.code for finding in findings)
    if worst is not ExitCode.DONE:
        raise CommandError("Something is off: see what to do above.", worst)


async def _examine() -> list[Finding]:
    settings = Settings()
    looks: list[tuple[str, Look]] = [
        ("buffer", lambda: _buffer(settings)),
        ("anthropic", lambda: _anthropic(settings)),
        ("transcription", lambda: _transcription(settings)),
        ("generated media", lambda: generated_media(settings)),
        ("state bucket", lambda: state_bucket(settings)),
        ("media bucket", lambda: media_bucket(settings)),
        ("media address", lambda: _address(settings)),
        ("notifications", lambda: notifications(settings)),
    ]
    temporal, others = await asyncio.gather(
        _temporal(), asyncio.gather(*(_find(part, look) for part, look in looks))
    )
    return [*temporal, *others]


async def _find(part: str, look: Look) -> Finding:
    try:
        health, said = await look()
    except Exception as error:
        told = error if isinstance(error, CommandError) else explain(error)
        if told is None:
            raise
        return Finding(part, Health.FAILED, str(told), told.code)
    code = ExitCode.FAILED if health is Health.FAILED else ExitCode.DONE
    return Finding(part, health, said, code)


async def _temporal() -> list[Finding]:
    try:
        client = await open_client()
    except CommandError as error:
        return [Finding("temporal", Health.FAILED, str(error), error.code)]
    return list(
        await asyncio.gather(
            _find("temporal", lambda: _namespace(client)),
            _find("search attributes", lambda: _attributes(client)),
            _find("worker", lambda: _worker(client)),
        )
    )


async def _namespace(client: Client) -> tuple[Health, str]:
    asked = DescribeNamespaceRequest(namespace=client.namespace)
    found = await client.workflow_service.describe_namespace(asked)
    kept = found.config.workflow_execution_retention_ttl.ToTimedelta()
    said = f"namespace {client.namespace} keeps ended runs for {kept.days} days"
    if kept >= _RETENTION_WANTED:
        return Health.OK, f"{said}."
    return Health.WARNING, (
        f"{said}: raise it with `temporal operator namespace update --retention 2160h "
        f"-n {client.namespace}`, so that a campaign started twice is recognised."
    )


async def _attributes(client: Client) -> tuple[Health, str]:
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    found = await client.operator_service.list_search_attributes(asked)
    wanted = {
        attributes.STATE.name: "Keyword",
        attributes.PLATFORM.name: "Keyword",
        attributes.CHANNEL.name: "Keyword",
        attributes.CAMPAIGN.name: "Keyword",
        attributes.DUE_AT.name: "Datetime",
        attributes.CHOICES.name: "Int",
    }
    missing = {
        n: kind for n, kind in wanted.items() if n not in found.custom_attributes
    }
    if not missing:
        return Health.OK, f"all {len(wanted)} are there."
    options = " ".join(f"--name {name} --type {kind}" for name, kind in missing.items())
    return Health.FAILED, (
        f"{', '.join(missing)} missing: run `temporal operator search-attribute create "
        f"-n {client.namespace} {options}`."
    )


async def _worker(client: Client) -> tuple[Health, str]:
    if alive := await pollers(client):
        return Health.OK, f"polling {ids.TASK_QUEUE}: {', '.join(alive[:3])}."
    return Health.FAILED, (
        f"nobody polls the task queue {ids.TASK_QUEUE}: run `uv run worker.py`."
    )


async def pollers(client: Client, queue: Queue = Queue.POSTS) -> list[str]:
    """Return the identities, ``<process>@<host>``, of the workers that are alive."""
    kind = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    if queue is Queue.POSTS:
        kind = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue.task_queue),
        task_queue_type=kind,
    )
    found = await client.workflow_service.describe_task_queue(asked)
    since = datetime.now(UTC) - _POLLED_WITHIN
    return [
        poller.identity
        for poller in found.pollers
        if poller.last_access_time.ToDatetime(tzinfo=UTC) > since
    ]


async def _buffer(settings: Settings) -> tuple[Health, str]:
    client = buffer_client(settings)
    try:
        found = await resolve_organization(client, settings.buffer_organization)
    finally:
        await client.aclose()
    given = "the key" if settings.buffer_api_key else "the authorization of the app"
    return Health.OK, (
        f"{settings.buffer_api_url} takes {given}; organization {found.name} "
        f"({found.id})."
    )


async def _anthropic(settings: Settings) -> tuple[Health, str]:
    key = settings.anthropic_api_key
    told = key.get_secret_value() if key else None
    address = settings.anthropic_base_url
    drafts = DraftClient(
        api_key=told, base_url=address, model=settings.draft_model, timeout=20
    )
    notes = CondenseClient(
        api_key=told, base_url=address, model=settings.condense_model, timeout=20
    )
    names = [await drafts.check(), await notes.check()]
    await drafts.aclose()
    await notes.aclose()
    return Health.OK, f"{address} offers {' and '.join(dict.fromkeys(names))}."


async def _transcription(settings: Settings) -> tuple[Health, str]:
    chosen = chosen_engine(settings)
    if chosen is None:
        return Health.OK, "off: recordings are refused (docs/how-to-transcribe.md)."
    if chosen.engine is Engine.LOCAL:
        await LocalWhisper(settings.whisper_model or "").check()
        return Health.OK, f"this machine, by {chosen.model.partition(':')[2]}."
    token = replicate_token(settings) or "none"
    client = ReplicateClient(token, settings.replicate_base_url, chosen.model)
    try:
        name = await client.check()
    finally:
        await client.aclose()
    return Health.OK, f"{settings.replicate_base_url} offers {name}."


async def _address(settings: Settings) -> tuple[Health, str]:
    refuse_unreachable_media(settings)
    return Health.OK, "Buffer and the media can reach each other."
