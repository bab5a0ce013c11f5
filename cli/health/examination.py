"""Look at every service the settings name, and say what is off and what to do."""

import asyncio

from app.accounts.directory import buffer_client
from app.connections import open_client
from app.errors import AppError
from cli.health.bucket_checks import media_bucket, state_bucket
from cli.health.cluster import look_at_cluster
from cli.health.generators import generated_media
from cli.health.notifying import notifications
from cli.terminal.failures import CommandError, ExitCode
from cli.terminal.findings import Finding, Health, Look, find
from cli.terminal.output import show_json, table
from cli.terminal.process import run
from cli.terminal.telling import telling
from cli.terminal.translation import exit_code
from galley.clients.anthropic import DraftClient
from galley.clients.buffer.organizations import resolve_organization
from galley.clients.condensing import CondenseClient
from galley.clients.guards import refuse_unsafe_set_up
from galley.clients.replicate import ReplicateClient
from galley.clients.transcribers import chosen_engine, replicate_token
from galley.clients.whisper import LocalWhisper
from galley.models import Engine
from galley.settings import Settings


def examine_and_print(*, json: bool) -> None:
    """Carry out ``doctor``.

    Raises:
        CommandError: Something is off; the code is that of the worst finding.
    """
    findings = run(_told())
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


async def _told() -> list[Finding]:
    async with telling("asking every service that is set"):
        return await _examine()


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
        _temporal(), asyncio.gather(*(find(part, look) for part, look in looks))
    )
    return [*temporal, *others]


async def _temporal() -> list[Finding]:
    try:
        client = await open_client()
    except AppError as error:
        return [Finding("temporal", Health.FAILED, str(error), exit_code(error))]
    return await look_at_cluster(client, Settings())


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
    refuse_unsafe_set_up(settings)
    return Health.OK, "Buffer and the media can reach each other."
