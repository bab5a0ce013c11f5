"""Read the source of a run into text, as far as that takes: heard, and condensed."""

from collections.abc import Callable

from temporalio import workflow

from activities.interfaces import CondensingActivities, SourceActivities
from galley.models import CondenseSource, SourceRef, SourceSpec
from workflows import options
from workflows.transcription import Transcription

Tell = Callable[[str], None]
"""Shows what is waited for."""


async def read(spec: SourceSpec, key: str, tell: Tell) -> SourceRef:
    """Return the source with its text; a recording is transcribed.

    Args:
        spec: What to read.
        key: The run's; paid transcriptions count to its ceiling.
        tell: Shows how far a transcription is.
    """
    source = await workflow.execute_activity_method(
        SourceActivities.read_source, spec, **options.READ_SOURCE
    )
    if source.recording is None:
        return source
    return await Transcription(key, tell).run(spec.name, source)


async def condensed(
    source: SourceRef, key: str, instructions: str, tell: Tell
) -> SourceRef:
    """Return the source; a long one with a brief, written once for all drafts.

    Args:
        source: What was read.
        key: The run's; the calls count to its ceiling.
        instructions: What the drafts should do, in a person's words.
        tell: Shows that it is condensed.
    """
    if not source.is_long:
        return source
    tell("condensing the source")
    brief = await workflow.execute_activity_method(
        CondensingActivities.condense_source,
        CondenseSource(key=key, sha256=source.sha256, instructions=instructions),
        **options.CONDENSE_SOURCE,
    )
    return source.model_copy(update={"brief": brief})
