"""ClipsWorkflow: cuts the best moments of a recording into files, without posting them."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from galley.models.media import ChooseClips, Clip, ClipReply, ClipsInput, ClipsView
    from galley.models.source import SourceRef
    from workflows import sources
    from workflows.post import media


# An input that does not fit ends the run, whose starter sees why.
@workflow.defn(failure_exception_types=[ValidationError])
class ClipsWorkflow:
    """The clips of one recording; ID ``clips:<key>``.

    Nothing is published, so nobody approves: the files stay in private staging.
    """

    @workflow.init
    def __init__(self, start: ClipsInput) -> None:
        self._start = start
        self._view = ClipsView(clips_id=workflow.info().workflow_id, stage="reading the source")

    @workflow.run
    async def run(self, start: ClipsInput) -> ClipsView:
        source = await sources.read(start.source, start.key, self._show)
        self._show("choosing moments", source=source)
        edges = start.edges or await self._chosen(source)
        self._show(f"cutting {_clips(len(edges))}")
        await asyncio.gather(*(self._cut(source, clip, edges) for clip in edges))
        self._show("the clips are cut")
        return self._view

    @workflow.query(description="The stage, and the clips that are cut.")
    def view(self) -> ClipsView:
        return self._view

    async def _chosen(self, source: SourceRef) -> tuple[Clip, ...]:
        start = self._start
        chosen = await media.choose(
            ChooseClips(source=source.sha256, count=start.count, least=start.least, most=start.most)
        )
        if not chosen.clips:
            raise ApplicationError(chosen.note, type="NoClips", non_retryable=True)
        return chosen.clips

    async def _cut(self, source: SourceRef, clip: Clip, edges: tuple[Clip, ...]) -> None:
        start = self._start
        reply = await media.cut(source.sha256, clip, start.persona, start.framing)
        found = (*self._view.clips, reply)
        starts = [one.start for one in edges]
        # In the order of the moments, whichever clip is cut first. Its start may have
        # moved out of a word, so its place is that of the nearest start asked for.
        in_order = sorted(
            found,
            key=lambda one: min(
                range(len(starts)), key=lambda at: abs(starts[at] - one.clip.start)
            ),
        )
        stage = f"cut {len(found)} of {_clips(len(edges))}"
        self._show(stage, clips=tuple(in_order))

    def _show(
        self, stage: str, source: SourceRef | None = None, clips: tuple[ClipReply, ...] = ()
    ) -> None:
        known = self._view
        self._view = ClipsView(
            clips_id=known.clips_id,
            stage=stage,
            source=source or known.source,
            clips=clips or known.clips,
        )
        workflow.set_current_details(f"**{stage}**")


def _clips(count: int) -> str:
    return "1 clip" if count == 1 else f"{count} clips"
