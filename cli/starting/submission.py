"""Start a campaign once, however often it is asked for."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client

from app.brands.personas import find_persona, keep_persona, ref_of
from app.campaigns.plan import busy_times
from cli.starting.given_transcripts import (
    TranscriptFile,
    find_transcript,
    keep_transcript,
    with_transcript,
)
from cli.starting.once import differing, start_once
from cli.starting.recordings import find_recording, spec_of_recording
from cli.starting.wishes import Wishes, campaign_input, read_file
from cli.terminal.connections import TerminalProgress
from cli.terminal.failures import usage
from cli.terminal.telling import telling
from galley.clients.guards import refuse_unsafe_set_up
from galley.clients.stores.opening import open_state
from galley.models import CampaignInput, Persona
from galley.settings import Settings
from galley.sources.detect import spec_for
from workflows import ids
from workflows.campaign import CampaignWorkflow

_FLAGS = {
    "platforms": "--platform",
    "channels": "--channel",
    "review.approval": "--approve",
    "media.maker": "--media",
    "posting.link_cards": "--options",
    "posting.delivery.save_to_draft": "--draft",
    "posting.delivery.scheduling_type": "--reminder",
}
"""Options that are not called like the last part of their name."""
_BYTES = "application/octet-stream"


@dataclass(frozen=True)
class Started:
    """A campaign that runs, or ran; ``is_new`` if this call began it."""

    campaign_id: str
    is_new: bool


@dataclass(frozen=True)
class Prepared:
    """A campaign that could be started, and the file it is made from, if it is one."""

    start: CampaignInput
    data: bytes | None
    persona: Persona | None = None
    file: Path | None = None
    """The recording it is made from, if it is one."""
    words: TranscriptFile | None = None
    """What is said in it, where a person gave that."""


def prepare(wishes: Wishes, settings: Settings) -> Prepared:
    """Check everything that can be checked without asking anybody.

    Raises:
        CommandError: The wishes are wrong; exit code 2.
        SourceError: The source cannot be used.
        SetUpError: Buffer is live, but could never fetch the media, or is not waited
            for.
    """
    refuse_unsafe_set_up(settings)
    file = None if wishes.spec else find_recording(wishes.source)
    data = wishes.data if wishes.spec or file else read_file(wishes.source)
    spec = wishes.spec or (
        spec_of_recording(file) if file else spec_for(wishes.source, data)
    )
    words = None
    if wishes.transcript is not None:
        words = find_transcript(wishes.transcript, file, is_heard=False)
    if words is not None:
        spec = with_transcript(spec, words)
    persona = find_persona(wishes.persona, settings)
    ref = ref_of(persona) if persona is not None else None
    start = campaign_input(wishes, spec, settings, datetime.now(UTC), ref)
    return Prepared(start, data, persona, file, words)


async def submit(client: Client, prepared: Prepared, settings: Settings) -> Started:
    """Start the campaign, or find the one that this source has already.

    A failed campaign may be started again: its posts are guarded by IDs of their own.

    Raises:
        CommandError: The source has a campaign that was started with other wishes.
    """
    start, source = prepared.start, prepared.start.source
    state = open_state(settings)
    if prepared.persona is not None:
        await keep_persona(prepared.persona, state, TerminalProgress())
    if prepared.data is not None:
        name = f"uploads/{source.upload}"
        await state.put_if_absent(name, prepared.data, _BYTES, same=True)
    if prepared.words is not None:
        await keep_transcript(prepared.words, state)
    if prepared.file is not None:
        async with telling(f"putting {prepared.file.name[:80]} into the state bucket"):
            await state.put_file(f"uploads/{source.upload}", prepared.file, _BYTES)
    campaign_id = ids.campaign_id(start.key)
    start = start.beside(await busy_times(client, start))
    is_new = await start_once(
        client,
        CampaignWorkflow.run,
        start,
        campaign_id,
        summary=f"campaign · {source.name}",
        digest=digest(start),
    )
    if not is_new:
        await _require_same(client, campaign_id, start)
    return Started(campaign_id, is_new=is_new)


def digest(start: CampaignInput) -> str:
    """Return the SHA-256 by which two starts of one source are compared."""
    content = start.options.digest + (start.source.transcript or "")
    return hashlib.sha256(content.encode()).hexdigest()


async def _require_same(client: Client, campaign_id: str, start: CampaignInput) -> None:
    # There may be none though the digests differ: an earlier version made the other.
    names = await differing(client, campaign_id, start, digest(start), difference)
    if names:
        raise usage(
            f"This source already has the campaign {campaign_id}, started with other "
            f"values for {', '.join(names)}: add --edition {start.edition + 1} to post "
            "it once more."
        )


def difference(first: CampaignInput, second: CampaignInput) -> list[str]:
    """Return the flags in which two starts of a source differ."""
    flags = [flag_of(name) for name in first.options.differences(second.options)]
    if first.source.transcript != second.source.transcript:
        flags.append("--transcript")
    return list(dict.fromkeys(flags))


def flag_of(option: str) -> str:
    """Return the flag of ``start`` that says an option, such as ``timing.every``."""
    if option.startswith("posting.networks."):
        return "--options"
    last = option.rpartition(".")[2].replace("_", "-")
    return _FLAGS.get(option, f"--{last}")
